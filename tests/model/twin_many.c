#include "twin_inner.h"

/* What a twin does once for many vulnerabilities and many devices. */

/* Each device of a raw: at[device]++, and (list not NULL) the raw where that was. */
static void raw_place(const struct segment *s, uint32_t raw, uint32_t *at, uint32_t *list)
{
	const uint64_t *words = segment_words(s, raw);
	uint32_t n = words ? s->ndevices : s->held[raw];

	for (uint32_t i = 0; i < n; i++) {
		uint32_t device = words ? i : segment_list(s, raw)[i];

		if (words && !bits_has(words, i))
			continue;
		if (list)
			list[at[device]] = raw;
		at[device]++;
	}
}

static void raws_list(struct inventory *v, const struct segment *s, struct arena *arena)
{
	v->start = ARENA_ARRAY(arena, uint32_t, s->ndevices + 2);
	v->list = ARENA_ARRAY(arena, uint32_t, s->npairs + 1);
	for (uint32_t r = 0; r < s->nraws; r++)
		raw_place(s, r, v->start + 1, NULL);
	for (uint32_t i = 0; i < s->ndevices; i++)
		v->start[i + 1] += v->start[i];
	for (uint32_t r = 0; r < s->nraws; r++)
		raw_place(s, r, v->start, v->list);
	/* Each start is where the next device's was. */
	for (uint32_t i = s->ndevices; i > 0; i--)
		v->start[i] = v->start[i - 1];
	v->start[0] = 0;
}

static void inventory_read(struct machine *m, struct inventory *v)
{
	const struct segment *s = m->s;

	raws_list(v, s, m->arena);
	v->raws = ARENA_ARRAY(m->arena, struct raw_is, s->nraws + 1);
	for (uint32_t r = 0; r < s->nraws; r++) {
		struct raw_is *is = &v->raws[r];

		machine_clear(m);
		raw_read(m, r);
		*is = (struct raw_is){.nheld = m->nheld, .nnames = m->nnames};
		is->held = ARENA_ARRAY(m->arena, struct held, m->nheld + 1);
		is->names = ARENA_ARRAY(m->arena, struct unknown_name, m->nnames + 1);
		memcpy(is->held, m->held, m->nheld * sizeof(*m->held));
		memcpy(is->names, m->names, m->nnames * sizeof(*m->names));
	}
}

/* All of a device that the vendor's word depends on. */
static void word_key(const struct machine *m, struct text *key)
{
	const struct segment *s = m->s;

	text_addf(key, "%s %d%d%d%d%d %u %u", m->line ? m->line->name : "", m->windows, m->os_seen,
		  m->os_fresh, m->updates_told, m->updates_fresh, m->d->os_build,
		  m->d->os_revision);
	for (uint32_t k = s->device_kb_start[m->no]; k < s->device_kb_start[m->no + 1]; k++)
		text_addf(key, " %u", s->device_kbs[k]);
	for (uint32_t i = 0; i < s->nfiles; i++)
		if (s->files[i].device == m->no)
			text_addf(key, "\n%.*s %.*s", STR_FMT(seg_str(s, s->files[i].name)),
				  STR_FMT(seg_str(s, s->files[i].version)));
}

static uint8_t *words_of_device(struct machine *m)
{
	AUTO(text_freep) struct text key = {0};
	struct twin_hand *h = m->hand;
	uint32_t no;

	word_key(m, &key);
	no = intern_put(h->word_keys, text_str(&key));
	if (no == h->words.n) {
		uint8_t *all = arena_alloc(h->kept, h->twin->n);

		memset(all, 0xff, h->twin->n);
		VEC_PUSH(&h->words, all);
	}
	return h->words.v[no];
}

/* ---- many vulnerabilities, many devices ------------------------------------------------- */

struct twin *twin_open(const struct exposure_parts *parts, const struct vuln_row *const *vulns,
		       size_t n)
{
	struct twin *t = mem_zero(1, sizeof(*t));
	const struct intel_image *image = parts->image;

	*t = (struct twin){.parts = parts, .arena = arena_open(), .vulns = vulns, .n = n};
	t->asked = ARENA_ARRAY(t->arena, struct asked *, image->nmatches + 1);
	for (size_t i = 0; i < n; i++)
		for (uint32_t j = 0; j < vulns[i]->nsteps; j++) {
			struct config_step s = image->steps[vulns[i]->first_step + j];

			if ((s.op != CONFIG_MATCH && s.op != CONFIG_PLATFORM) || t->asked[s.arg])
				continue;
			t->asked[s.arg] = ARENA_NEW(t->arena, struct asked);
			asked_read(&image->matches[s.arg], t->arena, t->asked[s.arg]);
		}
	return t;
}

void twin_close(struct twin *t)
{
	arena_close(t->arena);
	free(t);
}

struct twin_hand *twin_hand_open(const struct twin *t)
{
	struct twin_hand *h = mem_zero(1, sizeof(*h));

	h->twin = t;
	h->kept = arena_open();
	h->reach_keys = intern_open();
	h->word_keys = intern_open();
	h->m = mem_zero(1, sizeof(*h->m));
	return h;
}

void twin_hand_close(struct twin_hand *h)
{
	arena_close(h->kept);
	intern_close(h->reach_keys);
	intern_close(h->word_keys);
	free(h->reached.v);
	free(h->words.v);
	free(h->m);
	free(h);
}

static void device_answer(struct machine *m, int8_t *ret)
{
	AUTO(arena_closep) struct arena *arena = arena_open(), *scratch = arena_open();
	const struct twin *t = m->hand->twin;
	uint8_t *words;

	m->arena = arena;
	m->scratch = scratch;
	machine_read(m);
	words = words_of_device(m);
	for (size_t i = 0; i < t->n; i++) {
		arena_clear(scratch);
		if (words[i] == 0xff)
			words[i] = (uint8_t)vendor_word_find(m, t->vulns[i]);
		ret[i] = (int8_t)(nobody_judges(t->parts, t->vulns[i])
					  ? -1
					  : judge(m, t->vulns[i], words[i]));
	}
}

void twin_segment(struct twin_hand *h, const struct segment *s, int8_t *ret)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct machine *m = h->m;
	struct inventory inventory;

	m->parts = h->twin->parts;
	m->hand = h;
	m->s = s;
	m->arena = arena;
	inventory_read(m, &inventory);
	m->inventory = &inventory;
	for (m->no = 0; m->no < s->ndevices; m->no++) {
		m->d = &s->devices[m->no];
		device_answer(m, ret + m->no * h->twin->n);
	}
	m->inventory = NULL;
}
