#include "intel/image.h"

#include "base/order.h"

#include "intel/feed.h"

/*
 * The image is a merge by CVE number of the recorded tables, each read in order
 * of that number.  A range of numbers is read at a time: all of them, or one by one.
 */

enum source { FROM_VULN, FROM_OVERRIDE, FROM_KEV, FROM_MSRC, FROM_FIX, FROM_EPSS, SOURCES };

#define RANGE " WHERE cve >= ?1 AND cve <= ?2 ORDER BY cve"
#define VULN_SELECT "SELECT cve, modified, published, state, flags, cvss, config FROM "
static const struct sql selects[SOURCES] = {
	[FROM_VULN] = {VULN_SELECT "intel_vuln" RANGE},
	[FROM_OVERRIDE] = {VULN_SELECT "intel_override" RANGE},
	[FROM_KEV] = {"SELECT cve, due, flags FROM intel_kev" RANGE ", name"},
	[FROM_MSRC] = {"SELECT cve, name, body FROM intel_msrc" RANGE ", name"},
	[FROM_FIX] = {"SELECT cve, body FROM intel_fix" RANGE ", name"},
	[FROM_EPSS] = {"SELECT cve, score, percentile FROM intel_epss" RANGE},
};

struct loading {
	const struct intel_image *with; /* whose histories and edges serve; NULL: the own */
	struct store *store;
	struct image_whole *w;
	struct catalogues catalogues;
	struct store_query *q[SOURCES];
	uint64_t key[SOURCES]; /* of the row each stands on; UINT64_MAX at the end */
	struct text match_key;
	struct config_in config;
};

static bool step(struct loading *l, size_t s, struct err *err)
{
	bool row;

	if (!store_step(l->q[s], &row, err))
		return false;
	l->key[s] = row ? (uint64_t)store_col_int(l->q[s], 0) : UINT64_MAX;
	return true;
}

/* ---- configurations ---- */

/* Equal criteria get one number; its strings live in the table's key: name, NUL, flags, start,
 * NUL, end. */
static uint32_t match_number(struct loading *l, const struct criterion *m)
{
	struct image_whole *w = l->w;
	struct text *key = &l->match_key;
	struct str kept;
	uint32_t id;

	key->n = 0;
	text_add(key, m->cpe);
	text_add_char(key, '\0');
	text_add_char(key, (char)('0' + m->start_excluding + 2 * m->end_excluding));
	text_add(key, m->start);
	text_add_char(key, '\0');
	text_add(key, m->end);
	id = intern_put(w->keys, text_str(key));
	if (id < w->matches.n)
		return id;
	kept = intern_str(w->keys, id);
	struct match one = {.cpe = str_sub(kept, 0, m->cpe.n),
			    .start = str_sub(kept, m->cpe.n + 2, m->start.n),
			    .end = str_sub(kept, m->cpe.n + 3 + m->start.n, m->end.n),
			    .start_excluding = m->start_excluding,
			    .end_excluding = m->end_excluding};

	VEC_PUSH(&w->matches, one);
	return id;
}

static bool add_config(struct loading *l, struct vuln_row *v, struct str bytes, struct err *err)
{
	struct config_in *in = &l->config;

	v->first_step = (uint32_t)l->w->steps.n;
	for (config_in_start(in, bytes); config_in_next(in);) {
		bool match = in->op == CONFIG_MATCH || in->op == CONFIG_PLATFORM;
		uint32_t arg = match ? match_number(l, &in->match) : in->operands;

		VEC_PUSH(&l->w->steps,
			 (struct config_step){.op = in->op & 7u, .arg = arg & 0x1fffffff});
	}
	if (in->in.bad)
		return err_set(err, ERR_CORRUPT, "the configuration of %.*s is damaged",
			       STR_FMT(v->cve));
	v->nsteps = (uint32_t)l->w->steps.n - v->first_step;
	return true;
}

/* ---- one CVE ---- */

static bool take_vuln(struct loading *l, struct vuln_row *v, size_t s, struct err *err)
{
	struct store_query *q = l->q[s];
	bool has_config = store_col_str(q, 6).n > 0;

	if (s == FROM_VULN) {
		v->modified_ms = store_col_int(q, 1);
		v->published_ms = store_col_int(q, 2);
		v->cvss = store_col_int(q, 5) < 0 ? -1 : (float)store_col_int(q, 5) / 10;
		v->state = (uint8_t)store_col_int(q, 3);
	} else {
		if (!v->modified_ms)
			v->modified_ms = store_col_int(q, 1);
		if (!v->published_ms)
			v->published_ms = store_col_int(q, 2);
	}
	if (!has_config || v->nsteps || v->state == VULN_REJECTED)
		return true;
	v->from_override = s == FROM_OVERRIDE;
	v->has_unreadable = store_col_int(q, 4) & FLAG_UNREADABLE;
	v->state = VULN_ANALYSED;
	return add_config(l, v, store_col_str(q, 6), err);
}

static bool take(struct loading *l, struct vuln_row *v, size_t s, struct err *err)
{
	struct store_query *q = l->q[s];
	struct product_words *p;

	switch ((enum source)s) {
	case FROM_VULN:
	case FROM_OVERRIDE:
		return take_vuln(l, v, s, err);
	case FROM_KEV:
		v->kev = true;
		v->kev_due_ms = store_col_int(q, 1);
		v->kev_ransomware = store_col_int(q, 2) & FLAG_RANSOMWARE;
		return true;
	case FROM_MSRC:
		p = catalogues_find(&l->catalogues, store_col_str(q, 1));
		if (!p)
			return err_set(err, ERR_CORRUPT, "a feed of fixes has no word list");
		if (v->state != VULN_REJECTED)
			image_add_msrc(l->w, p, store_col_str(q, 2));
		return true;
	case FROM_FIX:
		if (v->state != VULN_REJECTED)
			image_add_fixes(l->w, store_col_str(q, 1));
		return true;
	case FROM_EPSS:
		v->epss = (float)((double)store_col_int(q, 1) / 1e6);
		v->epss_percentile = (float)((double)store_col_int(q, 2) / 1e6);
		return true;
	case SOURCES:
		break;
	}
	return true;
}

static bool add_vuln(struct loading *l, uint64_t key, struct err *err)
{
	char buf[CVE_TEXT_BYTES];
	struct vuln_row v = {.key = key,
			     .cve = arena_str(l->w->image.arena, cve_format(key, buf)),
			     .state = VULN_AWAITING,
			     .first_step = (uint32_t)l->w->steps.n,
			     .first_fix = (uint32_t)l->w->fixes.n,
			     .epss = -1,
			     .epss_percentile = -1,
			     .cvss = -1};

	for (size_t s = 0; s < SOURCES; s++) {
		while (l->key[s] < key) /* scores of what nothing else speaks of */
			if (!step(l, s, err))
				return false;
		while (l->key[s] == key)
			if (!take(l, &v, s, err) || !step(l, s, err))
				return false;
	}
	image_end_fixes(l->w, v.first_fix);
	v.nfixes = (uint32_t)(l->w->fixes.n - v.first_fix);
	VEC_PUSH(&l->w->vulns, v);
	return true;
}

static bool merge_range(struct loading *l, struct err *err)
{
	for (;;) {
		uint64_t key = UINT64_MAX;

		for (size_t s = 0; s < FROM_EPSS; s++)
			key = MIN_OF(key, l->key[s]);
		if (key == UINT64_MAX)
			return true;
		if (!add_vuln(l, key, err))
			return false;
	}
}

static bool load_range(struct loading *l, uint64_t from, uint64_t to, struct err *err)
{
	bool ok = true;

	for (size_t s = 0; ok && s < SOURCES; s++)
		ok = store_query(l->store, selects[s],
				 ARGS(store_int((int64_t)from), store_int((int64_t)to)), &l->q[s],
				 err) &&
		     step(l, s, err);
	ok = ok && merge_range(l, err);
	for (size_t s = 0; s < SOURCES; s++) {
		if (l->q[s])
			store_done(l->q[s]);
		l->q[s] = NULL;
	}
	return ok;
}

/* ---- the whole ---- */

static bool load_some(struct loading *l, const struct str *cves, size_t n, struct err *err)
{
	uint64_t *keys = ARENA_ARRAY(l->w->image.arena, uint64_t, n + 1);
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += cve_parse(cves[i], &keys[count]);
	if (count)
		qsort(keys, count, sizeof(*keys), u64_order);
	for (size_t i = 0; i < count; i++)
		if ((!i || keys[i] != keys[i - 1]) && !load_range(l, keys[i], keys[i], err))
			return false;
	return true;
}

bool intel_digest(struct store *store, struct hash *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	AUTO(text_freep) struct text line = {0};
	struct hasher h;
	bool ok;

	if (!store_query(store,
			 SQL("SELECT kind, name, taken, digest FROM intel_feed"
			     " ORDER BY kind, name, taken, digest"),
			 ARGS(), &q, err))
		return false;
	hasher_init(&h);
	while (store_next(q, &ok, err)) {
		text_clear(&line);
		text_addf(&line, "%.*s\n%.*s\n%lld\n%.*s\n", STR_FMT(store_col_str(q, 0)),
			  STR_FMT(store_col_str(q, 1)), (long long)store_col_int(q, 2),
			  STR_FMT(store_col_str(q, 3)));
		hasher_add(&h, text_str(&line));
	}
	if (!ok)
		return false;
	*ret = hasher_end(&h);
	return true;
}

static void publish(struct image_whole *w)
{
	struct intel_image *m = &w->image;

	m->vulns = w->vulns.v;
	m->nvulns = (uint32_t)w->vulns.n;
	m->steps = w->steps.v;
	m->nsteps = (uint32_t)w->steps.n;
	m->matches = w->matches.v;
	m->nmatches = (uint32_t)w->matches.n;
	m->fixes = w->fixes.v;
	m->nfixes = (uint32_t)w->fixes.n;
	m->edges = w->edges.v;
	m->nedges = (uint32_t)w->edges.n;
}

static bool load_updates(struct loading *l, struct err *err)
{
	if (!image_load_histories(l->store, l->w, err))
		return false;
	image_load_edges(l->w, &l->catalogues);
	return true;
}

static bool load(struct loading *l, const struct str *cves, size_t n, struct err *err)
{
	struct image_whole *w = l->w;

	return catalogues_load(l->store, w->image.arena, &l->catalogues, err) &&
	       intel_digest(l->store, &w->image.digest, err) && (l->with || load_updates(l, err)) &&
	       (cves ? load_some(l, cves, n, err) : load_range(l, 0, INT64_MAX, err));
}

static bool image_load(struct loading l, const struct str *cves, size_t n, struct intel_image **ret,
		       struct err *err)
{
	struct image_whole *w = l.w = mem_zero(1, sizeof(*w));
	bool ok;

	w->image.arena = arena_open();
	w->keys = intern_open();
	ok = load(&l, cves, n, err);
	publish(w);
	text_free(&l.match_key);
	text_free(&l.config.name);
	free(l.catalogues.v.v);
	if (ok)
		*ret = &w->image;
	else
		intel_image_close(&w->image);
	return ok;
}

bool intel_image_load(struct store *store, const struct str *only_cves, size_t n,
		      struct intel_image **ret, struct err *err)
{
	return image_load((struct loading){.store = store}, only_cves, n, ret, err);
}

bool intel_image_more(struct store *store, const struct intel_news *news,
		      const struct intel_image *with, struct intel_image **ret, struct err *err)
{
	struct intel_image *m;

	if (!image_load((struct loading){.store = store, .with = with}, news->v, news->n, &m, err))
		return false;
	m->histories = with->histories;
	m->nhistories = with->nhistories;
	m->edges = with->edges;
	m->nedges = with->nedges;
	*ret = m;
	return true;
}

void intel_image_close(struct intel_image *image)
{
	struct image_whole *w = (struct image_whole *)(void *)image;

	free(w->vulns.v);
	free(w->steps.v);
	free(w->matches.v);
	free(w->fixes.v);
	free(w->edges.v);
	intern_close(w->keys);
	arena_close(w->image.arena);
	free(w);
}

const struct vuln_row *intel_image_find(const struct intel_image *image, struct str cve)
{
	size_t low = 0, high = image->nvulns;
	uint64_t key;

	if (!cve_parse(cve, &key))
		return NULL;
	while (low < high) {
		size_t mid = (low + high) / 2;

		if (image->vulns[mid].key < key)
			low = mid + 1;
		else
			high = mid;
	}
	return low < image->nvulns && image->vulns[low].key == key ? &image->vulns[low] : NULL;
}

const struct history *intel_image_history(const struct intel_image *image,
					  const struct windows_line *line)
{
	for (uint32_t i = 0; line && line->history && i < image->nhistories; i++)
		if (str_is(image->histories[i].key, line->history))
			return &image->histories[i];
	return NULL;
}
