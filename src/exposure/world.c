#include "exposure/plain.h"
#include "exposure/world.h"

const char *exposure_state_name(enum exposure_state state)
{
	static const char *const names[] = {"not_affected", "fixed", "unknown", "exposed"};

	assert(state < EXPOSURE_STATES);
	return names[state];
}

struct roll *roll_ref(struct roll *r)
{
	r->refs++;
	return r;
}

static void roll_unref(struct roll *r)
{
	if (--r->refs)
		return;
	for (uint32_t i = 0; i < r->nparts; i++)
		free(r->place_of[i]);
	free(r->place_of);
	free(r->places);
	free(r->names);
	free(r->kinds);
	arena_close(r->arena);
	free(r);
}

struct exposure_world *exposure_world_ref(struct exposure_world *w)
{
	w->refs++;
	return w;
}

void exposure_world_close(struct exposure_world *w)
{
	if (--w->refs)
		return;
	for (uint32_t i = 0; i < w->nparts; i++) {
		part_unref(w->parts[i]);
		if (w->anew.parts)
			part_unref(w->anew.parts[i]);
	}
	grounds_unref(w->anew.grounds);
	if (w->mark)
		journal_mark_close(w->mark);
	roll_unref(w->roll);
	free(w->parts);
	free(w->anew.parts);
	free(w);
}

/* ---- organisations ---------------------------------------------------------------- */

struct standing {
	struct str code;
	struct seat at;
};

/* By code; of one code the later part first. */
static int standing_cmp(const void *a, const void *b)
{
	const struct standing *x = a, *y = b;
	int c = str_cmp(x->code, y->code);

	if (c)
		return c;
	return x->at.part > y->at.part ? -1 : x->at.part < y->at.part;
}

static void places_find(struct roll *r, struct part *const *parts)
{
	VEC_OF(struct standing) all = {0};

	r->place_of = mem_zero(r->nparts, sizeof(*r->place_of));
	for (uint32_t p = 0; p < r->nparts; p++) {
		const struct part *part = parts[p];

		r->place_of[p] = mem_alloc((part->norgs + 1) * sizeof(uint32_t));
		r->widest = MAX_OF(r->widest, part->widest);
		for (uint32_t u = 0; u < part->norgs; u++) {
			r->place_of[p][u] = NONE;
			VEC_PUSH(&all, ((struct standing){part->orgs[u].segment->org, {p, u}}));
		}
	}
	if (all.n)
		qsort(all.v, all.n, sizeof(*all.v), standing_cmp);
	r->places = mem_zero(all.n + 1, sizeof(*r->places));
	for (size_t i = 0; i < all.n; i++) {
		if (i && str_eq(all.v[i].code, all.v[i - 1].code))
			continue;
		r->place_of[all.v[i].at.part][all.v[i].at.unit] = r->nplaces;
		r->places[r->nplaces++] = all.v[i].at;
	}
	free(all.v);
}

static struct exposure_org_name name_of(const struct exposure_org_name *names, size_t n,
					struct str code)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (str_cmp(names[mid].code, code) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < n && str_eq(names[lo].code, code))
		return names[lo];
	return (struct exposure_org_name){.code = code, .name = code, .expected = -1};
}

struct roll *roll_of(struct part *const *parts, uint32_t n, const struct exposure_org_name *names,
		     size_t nnames)
{
	struct roll *r = mem_zero(1, sizeof(*r));

	r->refs = 1;
	r->nparts = n;
	r->arena = arena_open();
	places_find(r, parts);
	r->names = mem_zero((size_t)r->nplaces + 1, sizeof(*r->names));
	r->kinds = mem_zero((size_t)r->nplaces + 1, sizeof(*r->kinds));
	for (uint32_t i = 0; i < r->nplaces; i++) {
		const struct unit *o = &parts[r->places[i].part]->orgs[r->places[i].unit];
		struct exposure_org_name one = name_of(names, nnames, o->segment->org);

		r->names[i] = (struct exposure_org_name){.code = arena_str(r->arena, one.code),
							 .name = arena_str(r->arena, one.name),
							 .region = arena_str(r->arena, one.region),
							 .expected = one.expected};
		kinds_count(o, r->kinds[i]);
	}
	return r;
}

struct exposure_world *world_of(struct part **parts, uint32_t n, struct roll *roll)
{
	struct exposure_world *w = mem_zero(1, sizeof(*w));

	w->refs = 1;
	w->roll = roll;
	w->parts = mem_zero(n, sizeof(struct part *));
	for (uint32_t i = 0; i < n; i++)
		w->parts[i] = parts[i];
	w->nparts = n;
	w->image = parts[0]->image;
	w->now_ms = parts[0]->now_ms;
	return w;
}

struct exposure_world *exposure_world_of(const struct exposure_parts *parts)
{
	struct part *one = part_of(parts, NULL, NULL);

	return world_of(&one, 1, roll_of(&one, 1, parts->orgs, parts->norgs));
}

uint32_t world_place(const struct exposure_world *w, struct str code)
{
	uint32_t lo = 0, hi = w->roll->nplaces;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (str_cmp(w->roll->names[mid].code, code) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < w->roll->nplaces && str_eq(w->roll->names[lo].code, code) ? lo : NONE;
}

/* ---- vulnerabilities -------------------------------------------------------------- */

bool world_ask(const struct exposure_world *w, struct str cve, struct asked_of *ret,
	       struct err *err)
{
	uint64_t key;

	if (!cve_parse(cve, &key))
		return err_set(err, ERR_INVALID, "\"%.*s\" is no CVE number", STR_FMT(cve));
	if (w->anew.parts && (ret->v = intel_image_find(w->anew.image, cve))) {
		ret->image = w->anew.image;
		ret->parts = w->anew.parts;
		return true;
	}
	ret->image = w->image;
	ret->parts = w->parts;
	ret->v = intel_image_find(w->image, cve);
	return ret->v || err_set(err, ERR_NOT_FOUND, "no feed that was imported speaks of %.*s",
				 STR_FMT(cve));
}

bool world_anew(const struct exposure_world *w, uint64_t key)
{
	for (uint32_t i = 0; w->anew.parts && i < w->anew.image->nvulns; i++)
		if (w->anew.image->vulns[i].key == key)
			return true;
	return false;
}

struct exposure_world_size exposure_world_size(const struct exposure_world *w)
{
	const struct part *first = w->parts[0];
	struct exposure_world_size r = {.orgs = w->roll->nplaces,
					.components = first->ncomponents,
					.groups = first->ngroups,
					.unresolved = first->nnames,
					.patch_states = first->nstates,
					.vulns = w->image->nvulns,
					.classes = first->nclasses,
					.parts = w->nparts};

	for (uint32_t i = 0; i < w->nparts; i++)
		r.bytes += part_bytes(w->parts[i]);
	for (uint32_t i = 0; i < w->roll->nplaces; i++)
		r.devices += place_unit(w, i)->ndevices;
	return r;
}
