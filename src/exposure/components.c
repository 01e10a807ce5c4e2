#include "exposure/answers.h"

#include "base/order.h"
#include "exposure/census.h"

/*
 * Distinct raws and systems of the whole estate, resolved once each; their
 * components, numbered by product and then version.
 */

enum { NAME_BIT = 0x80000000u };

struct draft {
	struct part *w;
	struct arena *scratch;
	struct intern *component_keys, *name_keys;
	VEC_OF(struct question) questions; /* distinct raws, then systems, by first sight */
	VEC_OF(struct component) components;
	VEC_OF(struct raw_name) names;
	VEC_OF(struct meaning) raws, systems;
	VEC_OF(uint32_t) meant; /* component drafts, or NAME_BIT and a name draft */
	VEC_OF(uint32_t) tokens;
};

static bool attr_is(const struct cpe_attr *a, const char *text)
{
	return a->kind == CPE_VALUE && str_is(a->text, text);
}

/* Kinds first, so that no text can be taken for ANY or NA. */
void group_key(const struct cpe *cpe, struct text *key)
{
	for (int i = CPE_PART; i <= CPE_PRODUCT; i++) {
		const struct cpe_attr *a = &cpe->attr[i];

		text_add_char(key, a->kind == CPE_ANY ? '*' : a->kind == CPE_NA ? '-' : 'v');
		text_add_char(key, a->wild ? '?' : '=');
		text_add(key, a->text);
		text_add_char(key, '\x1f');
	}
}

static uint32_t component_put(struct draft *d, const struct candidate *c)
{
	uint32_t no = intern_put(d->component_keys, c->key);

	if (no < d->components.n)
		return no;
	VEC_PUSH(&d->components, c->component);
	d->components.v[no].group = intern_put(d->w->group_keys, c->group_key);
	return no;
}

static void tokens_add(struct draft *d, struct str text)
{
	struct str *tokens;
	size_t n = name_tokens(d->scratch, text, &tokens);

	for (size_t i = 0; i < n; i++)
		VEC_PUSH(&d->tokens, intern_put(d->w->tokens, tokens[i]));
}

/* Names with equal words are one. */
static uint32_t name_put(struct draft *d, struct str publisher, struct str name, bool os)
{
	AUTO(text_freep) struct text key = {0};
	uint32_t no, *kept;
	size_t n = 0;

	d->tokens.n = 0;
	tokens_add(d, publisher);
	tokens_add(d, name);
	if (d->tokens.n)
		qsort(d->tokens.v, d->tokens.n, sizeof(*d->tokens.v), u32_order);
	for (size_t i = 0; i < d->tokens.n; i++)
		if (i == 0 || d->tokens.v[i] != d->tokens.v[i - 1])
			d->tokens.v[n++] = d->tokens.v[i];
	text_add_char(&key, os ? 'o' : 's');
	text_add(&key, str_from((const char *)d->tokens.v, n * sizeof(*d->tokens.v)));
	no = intern_put(d->name_keys, text_str(&key));
	if (no < d->names.n)
		return no | NAME_BIT;
	kept = ARENA_ARRAY(d->w->arena, uint32_t, n + 1);
	if (n)
		memcpy(kept, d->tokens.v, n * sizeof(*kept));
	VEC_PUSH(&d->names,
		 (struct raw_name){.tokens = kept,
				   .n = (uint32_t)n,
				   .os = os,
				   .text = arena_fmt(d->w->arena, "%.*s%s%.*s", STR_FMT(publisher),
						     publisher.n ? " " : "", STR_FMT(name))});
	return no | NAME_BIT;
}

static struct meaning meaning_of(struct draft *d, const struct answer *a)
{
	struct meaning m = {.first = (uint32_t)d->meant.n, .n = a->n, .how = a->how};

	for (uint32_t i = 0; i < a->n; i++)
		VEC_PUSH(&d->meant, component_put(d, &a->v[i]));
	return m;
}

static void raw_meaning(struct draft *d, const struct question *q, const struct answer *a)
{
	const struct segment *s = q->segment;
	const struct estate_raw *raw = &s->raws[q->at];
	struct meaning m = meaning_of(d, a);

	arena_clear(d->scratch);
	if (m.n == 0 && m.how != RESOLUTION_NONE) {
		struct str name = seg_str(s, raw->name);

		if (name.n == 0)
			name = raw->purl.n ? seg_str(s, raw->purl) : seg_str(s, raw->cpe);
		VEC_PUSH(&d->meant, name_put(d, seg_str(s, raw->publisher), name, false));
		m.n = 1;
		m.how = RESOLUTION_UNRESOLVED;
	}
	VEC_PUSH(&d->raws, m);
}

static uint16_t line_number(const struct windows_line *line)
{
	for (size_t i = 0; line && i < windows_line_count(); i++)
		if (windows_line_at(i) == line)
			return (uint16_t)i;
	return LINE_UNTOLD;
}

static bool names_windows(const struct draft *d, const struct meaning *m, struct str os_name)
{
	struct windows_named named = {0};

	if (os_name.n && windows_line_of_caption(os_name, &named))
		return true;
	for (uint32_t i = 0; i < m->n; i++) {
		uint32_t no = d->meant.v[m->first + i];
		const struct cpe *c = no & NAME_BIT ? NULL : d->components.v[no].cpe;

		if (c && attr_is(&c->attr[CPE_VENDOR], "microsoft") &&
		    str_starts(c->attr[CPE_PRODUCT].text, STR("windows")))
			return true;
	}
	return false;
}

static void os_meaning(struct draft *d, const struct question *q, const struct answer *a)
{
	const struct segment *s = q->segment;
	const struct windows_line *line = segment_line(s, q->at);
	struct str os_name = seg_str(s, s->devices[q->at].os_name);
	struct meaning m = meaning_of(d, a);

	arena_clear(d->scratch);
	m.line = line ? line_number(line) : LINE_OTHER;
	if (!line && names_windows(d, &m, os_name))
		m.line = LINE_UNTOLD;
	m.told = line || m.n || os_name.n;
	if (m.n == 0 && os_name.n) {
		VEC_PUSH(&d->meant, name_put(d, (struct str){0}, os_name, true));
		m.n = 1;
	}
	VEC_PUSH(&d->systems, m);
}

static void key_part(struct text *key, const struct segment *s, struct seg_str ref)
{
	text_add(key, seg_str(s, ref));
	text_add_char(key, '\x1f');
}

static uint32_t raws_count(const struct unit *o)
{
	return o->segment->nraws;
}

static uint32_t *raws_numbers(struct unit *o)
{
	return o->raw_no;
}

static void raw_key(void *own, const struct part *w, struct sight at, struct text *key)
{
	const struct segment *s = w->orgs[at.unit].segment;
	const struct estate_raw *raw = &s->raws[at.at];

	(void)own;
	key_part(key, s, raw->cpe);
	key_part(key, s, raw->purl);
	key_part(key, s, raw->publisher);
	key_part(key, s, raw->name);
	key_part(key, s, raw->version);
}

static uint32_t devices_count(const struct unit *o)
{
	return o->ndevices;
}

static uint32_t *systems_numbers(struct unit *o)
{
	return o->os_no;
}

static void system_key(void *own, const struct part *w, struct sight at, struct text *key)
{
	const struct segment *s = w->orgs[at.unit].segment;
	const struct estate_device *dev = &s->devices[at.at];
	const uint32_t numbers[] = {dev->os_major, dev->os_minor,  dev->os_build, dev->os_revision,
				    dev->os_sp,	   dev->os_server, dev->os_arch};

	(void)own;
	text_add(key, str_from((const char *)numbers, sizeof(numbers)));
	key_part(key, s, dev->os_name);
	key_part(key, s, dev->os_cpe);
	key_part(key, s, dev->os_version);
}

static const struct census_kind raws_kind = {
	.count = raws_count, .numbers = raws_numbers, .key = raw_key};
static const struct census_kind systems_kind = {
	.count = devices_count, .numbers = systems_numbers, .key = system_key};

/* What stands for something, each once: raws first, then systems. */
static void questions_find(struct draft *d)
{
	AUTO(census_release) struct census raws = {0};
	AUTO(census_release) struct census systems = {0};

	census_take(d->w, &raws_kind, &raws);
	census_take(d->w, &systems_kind, &systems);
	for (uint32_t i = 0; i < raws.n; i++)
		VEC_PUSH(&d->questions, ((struct question){d->w->orgs[raws.v[i].unit].segment,
							   raws.v[i].at, false}));
	for (uint32_t i = 0; i < systems.n; i++)
		VEC_PUSH(&d->questions, ((struct question){d->w->orgs[systems.v[i].unit].segment,
							   systems.v[i].at, true}));
}

/* Asked by many, numbered in order. */
static void questions_settle(struct draft *d)
{
	AUTO(answers_closep) struct answers *all = answers_open(d->w);

	for (size_t at = 0; at < d->questions.n; at += ANSWERS_BATCH) {
		const struct question *q = d->questions.v + at;
		size_t n = MIN_OF(d->questions.n - at, (size_t)ANSWERS_BATCH);
		const struct answer *a = answers_get(all, q, n);

		for (size_t i = 0; i < n; i++)
			if (q[i].os)
				os_meaning(d, &q[i], &a[i]);
			else
				raw_meaning(d, &q[i], &a[i]);
	}
}

/* ---- from drafts to ids ------------------------------------------------------- */

static bool has_version(const struct component *c)
{
	const struct cpe_attr *v = &c->cpe->attr[CPE_VERSION];

	return v->kind == CPE_VALUE && !v->wild;
}

static int component_cmp(const void *a, const void *b, void *ctx)
{
	const struct component *components = ctx;
	const struct component *x = &components[*(const uint32_t *)a];
	const struct component *y = &components[*(const uint32_t *)b];
	int c;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	if (has_version(x) != has_version(y))
		return has_version(x) ? 1 : -1;
	if (x->scheme != y->scheme)
		return x->scheme < y->scheme ? -1 : 1;
	c = has_version(x) ? version_compare(x->scheme, x->version, y->version) : 0;
	return c ? c : u32_order(a, b);
}

static int by_version_text(const void *a, const void *b, void *ctx)
{
	const struct component *c = ctx;
	const uint32_t *x = a, *y = b;

	return str_cmp(c[*x].cpe->attr[CPE_VERSION].text, c[*y].cpe->attr[CPE_VERSION].text);
}

static int by_folded(const void *a, const void *b, void *ctx)
{
	const struct component *c = ctx;
	const uint32_t *x = a, *y = b;

	return str_cmp(c[*x].version, c[*y].version);
}

static bool component_is_wild(const struct component *c)
{
	bool wild = false;

	for (int i = 0; i < CPE_ATTRS; i++)
		wild |= c->cpe->attr[i].wild;
	return wild;
}

static bool is_odd(const struct cpe *c)
{
	bool odd = false;

	for (int i = CPE_PART; i <= CPE_PRODUCT; i++)
		odd |= c->attr[i].kind != CPE_VALUE || c->attr[i].wild;
	return odd;
}

static void groups_build(struct part *w)
{
	w->ngroups = intern_count(w->group_keys);
	w->groups = ARENA_ARRAY(w->arena, struct group, w->ngroups + 1);
	w->odd = ARENA_ARRAY(w->arena, uint32_t, w->ngroups + 1);
	w->perm = ARENA_ARRAY(w->arena, uint32_t, (size_t)w->ncomponents * 2 + 1);
	for (uint32_t i = 0; i < w->ncomponents;) {
		struct group *g = &w->groups[w->components[i].group];
		uint32_t n;

		*g = (struct group){.lo = i, .vlo = i, .perm = 2 * i};
		g->odd = is_odd(w->components[i].cpe);
		if (g->odd)
			w->odd[w->nodd++] = w->components[i].group;
		for (; i < w->ncomponents && w->components[i].group == w->components[g->lo].group;
		     i++) {
			g->wild |= component_is_wild(&w->components[i]);
			if (!has_version(&w->components[i]))
				g->vlo = i + 1;
		}
		g->hi = i;
		n = g->hi - g->vlo;
		for (uint32_t j = 0; j < n; j++)
			w->perm[g->perm + j] = w->perm[g->perm + n + j] = g->vlo + j;
		qsort_r(w->perm + g->perm, n, sizeof(uint32_t), by_version_text, w->components);
		qsort_r(w->perm + g->perm + n, n, sizeof(uint32_t), by_folded, w->components);
	}
}

/* Software names first, then names of systems; returns the new number of each draft. */
static uint32_t *names_order(struct draft *d)
{
	struct part *w = d->w;
	uint32_t *at = mem_zero(d->names.n + 1, sizeof(*at)), n = 0;

	w->names = ARENA_ARRAY(w->arena, struct raw_name, d->names.n + 1);
	for (int os = 0; os < 2; os++) {
		if (os)
			w->os_names = n;
		for (size_t i = 0; i < d->names.n; i++)
			if (d->names.v[i].os == (os != 0)) {
				w->names[n] = d->names.v[i];
				at[i] = n++;
			}
	}
	w->nnames = n;
	return at;
}

static void ids_assign(struct draft *d)
{
	struct part *w = d->w;
	size_t n = d->components.n;
	AUTO(freep) uint32_t *order = mem_zero(n + 1, sizeof(*order));
	AUTO(freep) uint32_t *id = mem_zero(n + 1, sizeof(*id));
	AUTO(freep) uint32_t *name_at = names_order(d);

	for (uint32_t i = 0; i < n; i++)
		order[i] = i;
	qsort_r(order, n, sizeof(*order), component_cmp, d->components.v);
	w->ncomponents = w->name_id = (uint32_t)n;
	w->components = ARENA_ARRAY(w->arena, struct component, n + 1);
	for (uint32_t i = 0; i < n; i++) {
		w->components[i] = d->components.v[order[i]];
		id[order[i]] = i;
	}
	w->state_id = w->name_id + w->nnames;
	w->meant = ARENA_ARRAY(w->arena, uint32_t, d->meant.n + 1);
	for (size_t i = 0; i < d->meant.n; i++) {
		uint32_t m = d->meant.v[i];

		w->meant[i] = m & NAME_BIT ? w->name_id + name_at[m & ~NAME_BIT] : id[m];
	}
}

static void *keep(struct arena *a, const void *p, size_t bytes)
{
	void *q = arena_alloc(a, bytes + 1);

	if (bytes)
		memcpy(q, p, bytes);
	return q;
}

void components_build(struct part *w)
{
	struct draft d = {.w = w, .scratch = arena_open()};

	d.component_keys = intern_open();
	d.name_keys = intern_open();
	questions_find(&d);
	questions_settle(&d);
	w->raws = keep(w->arena, d.raws.v, d.raws.n * sizeof(*w->raws));
	w->systems = keep(w->arena, d.systems.v, d.systems.n * sizeof(*w->systems));
	w->nsystems = (uint32_t)d.systems.n;
	ids_assign(&d);
	groups_build(w);
	names_index(w);
	intern_close(d.component_keys);
	intern_close(d.name_keys);
	arena_close(d.scratch);
	free(d.questions.v);
	free(d.components.v);
	free(d.names.v);
	free(d.raws.v);
	free(d.systems.v);
	free(d.meant.v);
	free(d.tokens.v);
}
