#include "intel/feed.h"

/* NVD's JSON: 1.1 feeds, 2.0 objects, and the 2.0 configurations of overrides. */

enum { MAX_NODE_DEPTH = 16, MAX_REFERENCES = 200, MAX_TEXT_BYTES = 64 * 1024 };

static struct str capped(struct str s)
{
	if (s.n <= MAX_TEXT_BYTES)
		return s;
	s.n = MAX_TEXT_BYTES;
	while (s.n && ((uint8_t)s.p[s.n] & 0xc0) == 0x80)
		s.n--;
	return s;
}

/* ---- configurations ---- */

static bool name_readable(struct reading *r, struct str cpe)
{
	struct err err;
	struct cpe parsed;
	uint32_t id;

	if (cpe.n > INTEL_CPE_MAX_BYTES) {
		reading_refuse_criterion(r, "a CPE name of %zu bytes, at most %d are read", cpe.n,
					 INTEL_CPE_MAX_BYTES);
		return false;
	}
	id = intern_put(r->cpes, cpe);
	if (id == r->cpe_ok.n) {
		bool ok = cpe_parse_23(r->scratch, cpe, &parsed, &err);

		VEC_PUSH(&r->cpe_ok, ok ? 1 : 0);
		arena_clear(r->scratch);
		if (!ok) {
			reading_refuse_criterion(r, "'%.*s': %.200s", STR_FMT(str_sub(cpe, 0, 120)),
						 err.text);
			return false;
		}
		return true;
	}
	if (!r->cpe_ok.v[id])
		r->batch->counts.criteria_refused++;
	return r->cpe_ok.v[id];
}

struct raw_match {
	struct str cpe, start_in, start_ex, end_in, end_ex;
	bool vulnerable;
};

static void read_match(struct json_value v, struct raw_match *ret)
{
	static const struct {
		const char *name;
		size_t offset;
	} members[] = {
		{"cpe23Uri", offsetof(struct raw_match, cpe)},
		{"criteria", offsetof(struct raw_match, cpe)},
		{"versionStartIncluding", offsetof(struct raw_match, start_in)},
		{"versionStartExcluding", offsetof(struct raw_match, start_ex)},
		{"versionEndIncluding", offsetof(struct raw_match, end_in)},
		{"versionEndExcluding", offsetof(struct raw_match, end_ex)},
	};
	struct json_value e;
	struct str key;

	*ret = (struct raw_match){.vulnerable = true};
	for (struct json_iter it = json_iter(v); json_next_member(&it, &key, &e);) {
		if (str_is(key, "vulnerable")) {
			(void)json_bool(e, &ret->vulnerable);
			continue;
		}
		for (size_t i = 0; i < ARRAY_LEN(members); i++)
			if (str_is(key, members[i].name))
				(void)json_str(
					e, (struct str *)(void *)((char *)ret + members[i].offset));
	}
}

/* One operand is always added, so that what can't be read is never taken for "not affected". */
static void add_match(struct reading *r, struct json_value v, uint8_t *flags)
{
	struct raw_match raw;
	struct criterion m;

	read_match(v, &raw);
	m = (struct criterion){
		.cpe = raw.cpe,
		.start = raw.start_ex.n ? raw.start_ex : raw.start_in,
		.end = raw.end_ex.n ? raw.end_ex : raw.end_in,
		.start_excluding = raw.start_ex.n > 0,
		.end_excluding = raw.end_ex.n > 0,
	};
	if (m.start.n > INTEL_VERSION_MAX_BYTES || m.end.n > INTEL_VERSION_MAX_BYTES)
		reading_refuse_criterion(r, "a version of %zu bytes, at most %d are read",
					 MAX_OF(m.start.n, m.end.n), INTEL_VERSION_MAX_BYTES);
	else if (name_readable(r, m.cpe)) {
		config_out_match(&r->config, raw.vulnerable ? CONFIG_MATCH : CONFIG_PLATFORM, &m);
		return;
	}
	*flags |= FLAG_UNREADABLE;
	config_out_op(&r->config, CONFIG_UNREADABLE, 0);
}

/* A node of either form: operator, negate, criteria, and nodes within.  Adds one operand, or none
 * when there is nothing in it. */
static bool add_node(struct reading *r, struct json_value node, unsigned depth, uint8_t *flags)
{
	static const char *const lists[] = {"cpe_match", "cpeMatch", "children", "nodes"};
	struct json_value list, e;
	uint32_t operands = 0;

	if (depth > MAX_NODE_DEPTH) {
		reading_refuse_criterion(r, "configuration nodes nested over %d deep",
					 MAX_NODE_DEPTH);
		*flags |= FLAG_UNREADABLE;
		config_out_op(&r->config, CONFIG_UNREADABLE, 0);
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		if (!json_get(node, lists[i], &list))
			continue;
		for (struct json_iter it = json_iter(list); json_next(&it, &e);) {
			if (i >= 2) {
				operands += add_node(r, e, depth + 1, flags);
			} else {
				add_match(r, e, flags);
				operands++;
			}
		}
	}
	if (!operands)
		return false;
	bool all = str_is(json_str_or(node, "operator", STR("OR")), "AND");

	config_out_op(&r->config, all ? CONFIG_AND : CONFIG_OR, operands);
	if (json_bool_or(node, "negate", false))
		config_out_op(&r->config, CONFIG_NOT, 1);
	return true;
}

static void add_nodes(struct reading *r, struct json_value list, uint8_t *flags)
{
	struct json_value node;

	config_out_clear(&r->config);
	for (struct json_iter it = json_iter(list); json_next(&it, &node);)
		(void)add_node(r, node, 0, flags);
}

/* ---- scores ---- */

struct score_list {
	struct text bytes;
	uint32_t n;
	int best_version, best; /* newest version so far, and its base score in tenths */
};

static void add_score(struct score_list *s, struct str vector, struct str source, double stated,
		      bool primary)
{
	struct err err;
	struct cvss c;
	bool valid = cvss_parse(vector, &c, &err);
	int base = valid ? c.base : stated >= 0 && stated <= 10 ? (int)(stated * 10 + 0.5) : -1;
	int version = valid ? (int)c.version * 2 + primary : -1;

	pack_str(&s->bytes, vector.n <= 512 ? vector : str_sub(vector, 0, 512));
	pack_str(&s->bytes, source.n <= 256 ? source : str_sub(source, 0, 256));
	pack_u64(&s->bytes, stated >= 0 && stated <= 10 ? (uint64_t)(stated * 10 + 1.5) : 0);
	s->n++;
	if (base >= 0 && (version > s->best_version || s->best < 0)) {
		s->best = base;
		s->best_version = version;
	}
}

static void scores_11(struct json_value item, struct score_list *s)
{
	static const char *const paths[] = {"impact/baseMetricV3/cvssV3",
					    "impact/baseMetricV2/cvssV2"};
	struct json_value v;

	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		if (json_path(item, paths[i], &v))
			add_score(s, json_str_or(v, "vectorString", (struct str){0}),
				  STR("nvd@nist.gov"), json_double_or(v, "baseScore", -1), true);
}

static void scores_20(struct json_value cve, struct score_list *s)
{
	static const char *const lists[] = {"metrics/cvssMetricV40", "metrics/cvssMetricV31",
					    "metrics/cvssMetricV30", "metrics/cvssMetricV2"};
	struct json_value list, e, data;

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		if (!json_path(cve, lists[i], &list))
			continue;
		for (struct json_iter it = json_iter(list); json_next(&it, &e);)
			if (json_get(e, "cvssData", &data))
				add_score(
					s, json_str_or(data, "vectorString", (struct str){0}),
					json_str_or(e, "source", (struct str){0}),
					json_double_or(data, "baseScore", -1),
					str_is(json_str_or(e, "type", (struct str){0}), "Primary"));
	}
}

/* ---- text ---- */

static struct str english(struct json_value list)
{
	struct json_value e;

	for (struct json_iter it = json_iter(list); json_next(&it, &e);)
		if (str_starts(json_str_or(e, "lang", (struct str){0}), STR("en")))
			return capped(json_str_or(e, "value", (struct str){0}));
	return (struct str){0};
}

/* Members `key` of a list's objects, as a packed list of at most max strings. */
static void pack_members(struct text *out, struct json_value list, const char *key, size_t max)
{
	size_t n = MIN_OF(json_count(list), max), i = 0;
	struct json_value e;

	pack_u64(out, n);
	for (struct json_iter it = json_iter(list); i < n && json_next(&it, &e); i++)
		pack_str(out, str_sub(json_str_or(e, key, (struct str){0}), 0, 2048));
}

/* Weaknesses: lists of {"description": [{"value"}]}. */
static void pack_weaknesses(struct text *out, struct json_value list)
{
	struct json_value e, descriptions, d;
	struct str values[32];
	size_t n = 0;

	for (struct json_iter it = json_iter(list); json_next(&it, &e);) {
		if (!json_get(e, "description", &descriptions))
			continue;
		for (struct json_iter k = json_iter(descriptions);
		     n < ARRAY_LEN(values) && json_next(&k, &d);)
			values[n++] = str_sub(json_str_or(d, "value", (struct str){0}), 0, 256);
	}
	pack_u64(out, n);
	for (size_t i = 0; i < n; i++)
		pack_str(out, values[i]);
}

struct texts {
	struct str status, description;
	struct json_value weaknesses, references;
};

static void pack_body(struct reading *r, const struct texts *t, const struct score_list *s)
{
	text_clear(&r->body);
	pack_str(&r->body, t->status);
	pack_str(&r->body, t->description);
	pack_u64(&r->body, s->n);
	text_add(&r->body, text_str(&s->bytes));
	pack_weaknesses(&r->body, t->weaknesses);
	pack_members(&r->body, t->references, "url", MAX_REFERENCES);
}

static void add_entry(struct reading *r, struct entry *e, bool rejected)
{
	if (rejected) {
		e->state = VULN_REJECTED;
		e->flags = 0;
		config_out_clear(&r->config);
	} else {
		e->state = r->config.steps ? VULN_ANALYSED : VULN_AWAITING;
	}
	e->config = text_str(&r->config.bytes);
	e->body = text_str(&r->body);
	reading_add(r, e);
}

/* The entry's number and times; false when it was refused. */
static bool head(struct reading *r, struct str id, struct str published, struct str modified,
		 struct entry *e)
{
	r->cve = 0;
	if (!cve_parse(id, &e->key)) {
		reading_refuse(r, "'%.*s' is no CVE number", STR_FMT(str_sub(id, 0, 40)));
		return false;
	}
	if (!read_time(published, &e->published_ms) || !read_time(modified, &e->modified_ms)) {
		reading_refuse(r, "%.*s: a date that is none, published '%.*s', modified '%.*s'",
			       STR_FMT(id), STR_FMT(str_sub(published, 0, 40)),
			       STR_FMT(str_sub(modified, 0, 40)));
		return false;
	}
	r->cve = e->key;
	return true;
}

static void read_item(struct reading *r, struct json_value item)
{
	struct score_list scores = {.best_version = -2, .best = -1};
	struct json_value v = {0}, list = {0};
	struct texts t = {0};
	struct entry e = {0};

	(void)json_path(item, "cve/CVE_data_meta", &v);
	if (!head(r, json_str_or(v, "ID", (struct str){0}),
		  json_str_or(item, "publishedDate", (struct str){0}),
		  json_str_or(item, "lastModifiedDate", (struct str){0}), &e))
		return;
	if (json_path(item, "cve/description/description_data", &list))
		t.description = english(list);
	(void)json_path(item, "cve/problemtype/problemtype_data", &t.weaknesses);
	(void)json_path(item, "cve/references/reference_data", &t.references);
	list = (struct json_value){0};
	(void)json_path(item, "configurations/nodes", &list);
	add_nodes(r, list, &e.flags);
	scores_11(item, &scores);
	e.cvss = (int16_t)scores.best;
	pack_body(r, &t, &scores);
	text_free(&scores.bytes);
	add_entry(r, &e, str_starts(t.description, STR("** REJECT")));
}

void nvd_read_11(struct reading *r, struct json_value feed)
{
	struct json_value items, item;
	int64_t ms;

	if (read_time(json_str_or(feed, "CVE_data_timestamp", (struct str){0}), &ms))
		reading_taken(r, ms);
	if (json_get(feed, "CVE_Items", &items))
		for (struct json_iter it = json_iter(items); json_next(&it, &item);)
			read_item(r, item);
}

void nvd_read_20(struct reading *r, struct json_value cve)
{
	struct score_list scores = {.best_version = -2, .best = -1};
	struct json_value list = {0};
	struct texts t = {0};
	struct entry e = {0};

	if (!head(r, json_str_or(cve, "id", (struct str){0}),
		  json_str_or(cve, "published", (struct str){0}),
		  json_str_or(cve, "lastModified", (struct str){0}), &e))
		return;
	t.status = str_sub(json_str_or(cve, "vulnStatus", (struct str){0}), 0, 64);
	if (json_get(cve, "descriptions", &list))
		t.description = english(list);
	(void)json_get(cve, "weaknesses", &t.weaknesses);
	(void)json_get(cve, "references", &t.references);
	list = (struct json_value){0};
	(void)json_get(cve, "configurations", &list);
	add_nodes(r, list, &e.flags);
	scores_20(cve, &scores);
	e.cvss = (int16_t)scores.best;
	pack_body(r, &t, &scores);
	text_free(&scores.bytes);
	add_entry(r, &e, str_eq_ci(t.status, STR("Rejected")));
}

void override_read(struct reading *r, struct json_value v)
{
	struct score_list none = {0};
	struct json_value note = {0}, list = {0};
	struct texts t = {0};
	struct entry e = {.cvss = -1};

	(void)json_get(v, "_annotation", &note);
	if (!head(r, json_str_or(note, "cve_id", (struct str){0}),
		  json_str_or(note, "published", (struct str){0}),
		  json_str_or(note, "modified", (struct str){0}), &e))
		return;
	t.description = capped(json_str_or(note, "description", (struct str){0}));
	t.status = capped(json_str_or(note, "reason", (struct str){0}));
	(void)json_path(v, "cve/configurations", &list);
	add_nodes(r, list, &e.flags);
	pack_body(r, &t, &none);
	add_entry(r, &e, false);
}
