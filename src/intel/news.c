#include "intel/feed.h"

/* Which vulnerabilities a feed.import record changed. */

static bool is_about_vulnerabilities(struct str kind)
{
	static const enum intel_kind kinds[] = {INTEL_NVD, INTEL_OVERRIDE, INTEL_KEV, INTEL_EPSS};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_is(kind, intel_kind_name(kinds[i])))
			return true;
	return false;
}

static void cves_of(const struct intel_batch *b, struct arena *arena, struct intel_news *ret)
{
	ret->v = ARENA_ARRAY(arena, struct str, b->entries->n + 1);
	for (size_t i = 0; i < b->entries->n; i++) {
		char buf[CVE_TEXT_BYTES];

		ret->v[ret->n++] = arena_str(arena, cve_format(b->entries->v[i].key, buf));
	}
}

static bool batch_read(const struct journal *j, struct json_value body, struct arena *arena,
		       struct intel_batch **ret, struct err *err)
{
	AUTO(text_freep) struct text bytes = {0};
	struct str hex, source;
	struct hash digest;

	if (!json_need_str(body, "bulk", &hex, err) || !json_need_str(body, "source", &source, err))
		return false;
	if (!hash_parse(hex, &digest))
		return err_set(err, ERR_CORRUPT, "a feed's digest is no digest");
	return journal_get_bulk(j, &digest, JSON_MAX_BYTES, &bytes, err) &&
	       intel_read(arena, source, text_str(&bytes), ret, err);
}

bool intel_news_of(const struct journal *j, const struct record *r, struct arena *arena,
		   struct intel_news *ret, struct err *err)
{
	AUTO(json_closep) struct json_doc *doc = json_open();
	struct json_value body, counts;
	struct intel_batch *batch;
	struct str kind;
	int64_t accepted;

	*ret = (struct intel_news){0};
	if (!json_parse(doc, r->body, 0, &body, err) || !json_need_str(body, "kind", &kind, err) ||
	    !json_need(body, "counts", JSON_OBJECT, &counts, err) ||
	    !json_need_i64(counts, "accepted", &accepted, err))
		return false;
	ret->whole = !is_about_vulnerabilities(kind) || accepted < 0 || accepted > INTEL_NEWS_MOST;
	ret->kev = str_is(kind, intel_kind_name(INTEL_KEV));
	if (ret->whole || !accepted)
		return true;
	if (!batch_read(j, body, arena, &batch, err)) {
		/* Pruned meanwhile: then look at everything. */
		ret->whole = err->code == ERR_NOT_FOUND;
		return ret->whole;
	}
	cves_of(batch, arena, ret);
	return true;
}
