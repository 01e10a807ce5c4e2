#include "alerts/derive.h"

#include "base/table.h"

/*
 * What the published alerts ask of an inventory, and the basis of each: a digest of all that its
 * rows of evidence rest on beside the inventories.  While it is the same the rows are too.
 */

void subjects_close(struct subjects *s)
{
	free(s->v.v);
	arena_close(s->arena);
	free(s);
}

static bool subject_take(struct subjects *s, struct str alert, struct str text, struct err *err)
{
	struct alert_content c = {0};

	if (!content_parse(text, s->arena, &c, err))
		return err_wrap(err, "%.*s", STR_FMT(alert));
	if (c.confirmation)
		return true;
	VEC_PUSH(&s->v, (struct subject){.alert = arena_str(s->arena, alert),
					 .query = c.query,
					 .cves = c.cves,
					 .classes = c.classes});
	return true;
}

static bool subjects_load(struct store *store, struct subjects *s, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool ok;

	if (!store_query(store,
			 SQL("SELECT alert, content FROM alerts_revision AS r WHERE published > 0"
			     " AND NOT EXISTS (SELECT 1 FROM alerts_revision AS l WHERE"
			     " l.alert = r.alert AND l.revision > r.revision AND l.published > 0)"
			     " ORDER BY alert"),
			 ARGS(), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		if (!subject_take(s, store_col_str(q, 0), arena_str(s->arena, store_col_str(q, 1)),
				  err))
			return false;
	}
	return ok;
}

bool subjects_image(struct alerts *a, const struct subject *v, size_t n, struct intel_image **ret,
		    struct err *err)
{
	AUTO(intern_closep) struct intern *cves = intern_open();
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct str *all;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < v[i].cves.n; j++)
			intern_put(cves, v[i].cves.v[j]);
	all = ARENA_ARRAY(arena, struct str, intern_count(cves) + 1);
	for (uint32_t i = 0; i < intern_count(cves); i++)
		all[i] = intern_str(cves, i);
	return intel_image_load(a->store, all, intern_count(cves), ret, err);
}

/* ---- basis ------------------------------------------------------------------------------ */

static void hash_number(struct hasher *h, int64_t n)
{
	hasher_add(h, str_from((const char *)&n, sizeof(n)));
}

static void hash_text(struct hasher *h, struct str s)
{
	hash_number(h, (int64_t)s.n);
	hasher_add(h, s);
}

static void hash_step(struct hasher *h, const struct intel_image *image, struct config_step step)
{
	const struct match *m;

	hash_number(h, step.op);
	if (step.op != CONFIG_MATCH && step.op != CONFIG_PLATFORM) {
		hash_number(h, step.arg);
		return;
	}
	m = &image->matches[step.arg];
	hash_text(h, m->cpe);
	hash_text(h, m->start);
	hash_text(h, m->end);
	hash_number(h, m->start_excluding + 2 * m->end_excluding);
}

static void hash_fix(struct hasher *h, const struct fix *f)
{
	hash_number(h, f->line);
	hash_number(h, f->kind);
	hash_number(h, f->listed_only);
	hash_number(h, f->kb);
	hash_text(h, f->file);
	hash_text(h, f->from);
	hash_text(h, f->branch_low);
	hash_text(h, f->branch_high);
}

static void hash_cve(struct hasher *h, const struct intel_image *image, struct str cve)
{
	const struct vuln_row *v = intel_image_find(image, cve);

	hash_text(h, cve);
	hash_number(h, v ? v->state : -1);
	for (uint32_t i = 0; v && i < v->nsteps; i++)
		hash_step(h, image, image->steps[v->first_step + i]);
	for (uint32_t i = 0; v && i < v->nfixes; i++)
		hash_fix(h, &image->fixes[v->first_fix + i]);
}

static void hash_rollups(struct hasher *h, const struct rollup *v, uint32_t n)
{
	hash_number(h, n);
	for (uint32_t i = 0; i < n; i++) {
		hash_number(h, v[i].kb);
		hash_number(h, v[i].order);
		hash_number(h, v[i].revision);
	}
}

/* What every judgement of a device rests on: the update histories, supersedence, names. */
static struct hash basis_of_all(const struct alerts *a)
{
	const struct intel_image *image = a->image;
	struct hash dictionary = intel_dictionary_digest(a->dictionary);
	struct hash names = estate_resolver_names(a->resolver);
	struct hasher h;

	hasher_init(&h);
	hasher_add(&h, hash_str(&dictionary));
	hasher_add(&h, hash_str(&names));
	for (uint32_t i = 0; i < image->nhistories; i++) {
		const struct history *y = &image->histories[i];

		hash_text(&h, y->key);
		hash_rollups(&h, y->rollups, y->nrollups);
		hash_rollups(&h, y->security_only, y->nsecurity_only);
	}
	for (uint32_t i = 0; i < image->nedges; i++) {
		hash_number(&h, image->edges[i].line);
		hash_number(&h, image->edges[i].newer_kb);
		hash_number(&h, image->edges[i].older_kb);
	}
	return hasher_end(&h);
}

static struct hash basis_of(const struct alerts *a, const struct subject *s, struct hash all)
{
	struct hasher h;

	hasher_init(&h);
	hasher_add(&h, hash_str(&all));
	hash_number(&h, s->classes);
	hash_text(&h, s->query);
	for (size_t i = 0; i < s->cves.n; i++)
		hash_cve(&h, a->image, s->cves.v[i]);
	return hasher_end(&h);
}

bool subjects_ready(struct alerts *a, struct err *err)
{
	AUTO(subjects_closep) struct subjects *s = NULL;
	struct hash all;

	if (a->subjects)
		return true;
	s = mem_zero(1, sizeof(*s));
	s->arena = arena_open();
	if (!subjects_load(a->store, s, err))
		return false;
	if (s->v.n) {
		if ((!a->image && !subjects_image(a, s->v.v, s->v.n, &a->image, err)) ||
		    !sources_names(a, err))
			return false;
		all = basis_of_all(a);
		for (size_t i = 0; i < s->v.n; i++)
			s->v.v[i].basis = basis_of(a, &s->v.v[i], all);
	}
	a->subjects = s;
	s = NULL;
	return true;
}
