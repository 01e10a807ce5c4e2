#include "estate/resolve.h"

static bool next_cpe(struct str *rest, struct str *ret)
{
	size_t n = 0;

	*rest = str_trim(*rest);
	while (n < rest->n && !char_is_space(rest->p[n]))
		n++;
	*ret = str_sub(*rest, 0, n);
	*rest = str_from_offset(*rest, n);
	return n > 0;
}

enum { CPES_MAX = 16 };

/* Names parted by blanks, parsed; *ret_n 0 for "NONE". */
static bool parse_cpes(struct arena *arena, struct str cpes, struct cpe ret[CPES_MAX],
		       size_t *ret_n, struct err *err)
{
	struct str one;
	size_t n = 0;

	cpes = str_trim(cpes);
	*ret_n = 0;
	if (str_eq_ci(cpes, STR("NONE")))
		return true;
	while (next_cpe(&cpes, &one)) {
		if (n == CPES_MAX)
			return err_set(err, ERR_LIMIT, "more than %d CPE names for one name",
				       CPES_MAX);
		if (!cpe_parse(arena, one, &ret[n++], err))
			return err_wrap(err, "cpe \"%.*s\"", STR_FMT(str_sub(one, 0, 120)));
	}
	*ret_n = n;
	return n > 0 || err_set(err, ERR_INVALID, "no CPE name (nor NONE)");
}

bool name_cpes_check(struct arena *arena, struct str cpes, struct str *ret, struct err *err)
{
	AUTO(text_freep) struct text t = {0};
	struct cpe v[CPES_MAX];
	size_t n = 0;

	if (!parse_cpes(arena, cpes, v, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (i)
			text_add_char(&t, ' ');
		cpe_format_23(&v[i], &t);
	}
	*ret = n ? arena_str(arena, text_str(&t)) : STR("NONE");
	return true;
}

bool resolver_load(struct estate_resolver *r, struct store *store, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct hasher h;
	bool row;

	hasher_init(&h);
	if (!store_query(
		    store,
		    SQL("SELECT key, cpes FROM estate_name AS n WHERE cpes <> '' AND NOT EXISTS "
			"(SELECT 1 FROM estate_name AS o WHERE o.key = n.key AND o.cpes <> '' "
			"AND (o.stamped_ms, o.site, o.record, o.ordinal) > (n.stamped_ms, "
			"n.site, n.record, n.ordinal)) ORDER BY key"),
		    ARGS(), &q, err))
		return false;
	for (;;) {
		struct cpe v[CPES_MAX];
		struct mapped m = {0};
		struct cpe *kept;

		if (!store_step(q, &row, err))
			return false;
		if (!row)
			break;
		hasher_add(&h, store_col_str(q, 0));
		hasher_add(&h, STR("\n"));
		hasher_add(&h, store_col_str(q, 1));
		hasher_add(&h, STR("\n"));
		if (!parse_cpes(r->arena, arena_str(r->arena, store_col_str(q, 1)), v, &m.n, err))
			return err_wrap(err, "name map");
		kept = arena_alloc(r->arena, (m.n + 1) * sizeof(*kept));
		memcpy(kept, v, m.n * sizeof(*kept));
		m.cpes = kept;
		m.none = m.n == 0;
		intern_put(r->keys, store_col_str(q, 0));
		VEC_PUSH(&r->map, m);
	}
	r->names = hasher_end(&h);
	return true;
}

struct hash estate_resolver_names(const struct estate_resolver *r)
{
	return r->names;
}

bool estate_resolver_open(struct estate *e, const struct intel_dictionary *dictionary,
			  struct estate_resolver **ret, struct err *err)
{
	AUTO(estate_resolver_closep) struct estate_resolver *r = resolver_new();

	if (!resolver_load(r, e->store, err))
		return false;
	if (!dictionary) {
		if (!intel_dictionary_load(e->store, &r->own, err))
			return false;
		dictionary = r->own;
	}
	r->dictionary = dictionary;
	*ret = r;
	r = NULL;
	return true;
}
