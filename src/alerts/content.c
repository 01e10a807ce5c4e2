#include "alerts/inner.h"

/* What a revision says, checked member by member on the way in. */

enum {
	TITLE_MAX = 200,
	TEXT_MAX = 64 << 10,
	WORD_MAX = 80,
	DEVICE_MAX = 1000,
	QUERY_MAX = 2000,
	ITEMS_MAX = 20000
};

static const char *const severities[SEVERITIES] = {
	[SEVERITY_INFORMATION] = "information", [SEVERITY_LOW] = "low",
	[SEVERITY_MEDIUM] = "medium",		[SEVERITY_HIGH] = "high",
	[SEVERITY_CRITICAL] = "critical",
};

/* FIRST's Traffic Light Protocol 2.0. */
static const char *const tlps[] = {"CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"};
/* The deployer's decisions of SSVC 2.0. */
static const char *const decisions[] = {"defer", "scheduled", "out-of-cycle", "immediate"};

const struct outcome_name outcome_names[] = {
	{"fix", OUTCOME_FIX},
	{"mitigation", OUTCOME_MITIGATION},
	{"isolation", OUTCOME_ISOLATION},
	{"confirmation", OUTCOME_CONFIRMATION},
	{0},
};

const char *severity_name(enum severity severity)
{
	return severities[severity];
}

bool severity_by_name(struct str name, enum severity *ret)
{
	for (unsigned i = 0; i < SEVERITIES; i++)
		if (str_is(name, severities[i]))
			return *ret = (enum severity)i, true;
	return false;
}

/* --- members --- */

static bool is_text(struct str s, bool lines)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' && !(lines && (s.p[i] == '\n' || s.p[i] == '\t')))
			return false;
	return true;
}

bool body_text(struct json_value body, struct body_member member, struct arena *arena,
	       struct str *ret, struct err *err)
{
	struct str s = {0};

	if (!json_may_str(body, member.key, &s, err))
		return false;
	s = str_trim(s);
	if (!s.n && member.needed)
		return err_set(err, ERR_INVALID, "\"%s\" is missing: --%s TEXT", member.key,
			       member.key);
	if (s.n > member.most)
		return err_set(err, ERR_LIMIT, "\"%s\" is longer than %zu bytes", member.key,
			       member.most);
	if (!is_text(s, member.lines))
		return err_set(err, ERR_INVALID, "\"%s\" holds control characters", member.key);
	*ret = s.n ? arena_str(arena, s) : s;
	return true;
}

static bool one_of(const char *const *words, size_t n, struct str *word)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq_ci(*word, str_of(words[i])))
			return *word = str_of(words[i]), true;
	return false;
}

struct items { /* a list, and what is in it */
	const char *key;
	enum { ITEM_WORD, ITEM_CODE, ITEM_CVE, ITEM_DEVICE } item;
};

static bool read_item(struct items list, struct str s, struct arena *arena, struct str *ret,
		      struct err *err)
{
	char *p, buf[CVE_TEXT_BYTES];
	uint64_t cve;

	s = str_trim(s);
	if (!s.n || s.n > (list.item == ITEM_DEVICE ? DEVICE_MAX : WORD_MAX) || !is_text(s, false))
		return err_set(err, ERR_INVALID, "\"%s\" holds \"%.*s\", which is no name",
			       list.key, STR_FMT(str_sub(s, 0, WORD_MAX)));
	if (list.item == ITEM_CODE)
		return *ret = directory_code(arena, s), true;
	if (list.item == ITEM_CVE)
		return cve_parse(s, &cve)
			       ? (*ret = arena_str(arena, cve_format(cve, buf)), true)
			       : err_set(err, ERR_INVALID,
					 "\"%.*s\" is no CVE number (CVE-2017-0144)", STR_FMT(s));
	if (list.item == ITEM_DEVICE)
		return *ret = arena_str(arena, s), true;
	p = arena_alloc(arena, s.n);
	for (size_t i = 0; i < s.n; i++)
		p[i] = char_lower(s.p[i]);
	return *ret = str_from(p, s.n), true;
}

static void list_settle(struct str *v, struct str_list *ret)
{
	size_t n = 0;

	if (ret->n)
		qsort(v, ret->n, sizeof(*v), str_qsort_cmp);
	for (size_t i = 0; i < ret->n; i++)
		if (!n || !str_eq(v[n - 1], v[i]))
			v[n++] = v[i];
	*ret = (struct str_list){v, n};
}

/* An array of strings, sorted, each once; absent is empty. */
static bool read_list(struct json_value o, struct items items, struct arena *arena,
		      struct str_list *ret, struct err *err)
{
	struct json_value list = {0}, e;
	struct str_list out = {0};
	struct str *v, s;

	if (!json_may(o, items.key, JSON_ARRAY, &list, err))
		return false;
	if (json_count(list) > ITEMS_MAX)
		return err_set(err, ERR_LIMIT, "\"%s\" holds more than %d", items.key, ITEMS_MAX);
	v = ARENA_ARRAY(arena, struct str, json_count(list) + 1);
	for (struct json_iter it = json_iter(list); json_next(&it, &e);) {
		if (!json_str(e, &s))
			return err_set(err, ERR_INVALID, "\"%s\" is no list of texts", items.key);
		if (!read_item(items, s, arena, &v[out.n++], err))
			return false;
	}
	list_settle(v, &out);
	*ret = out;
	return true;
}

bool body_codes(struct json_value body, const char *key, struct arena *arena, struct str_list *ret,
		struct err *err)
{
	return read_list(body, (struct items){key, ITEM_CODE}, arena, ret, err);
}

/* A list of none is not all of them, which goes without saying. */
bool body_devices(struct json_value body, const char *key, struct arena *arena,
		  struct str_list *ret, struct err *err)
{
	struct json_value list;

	if (!read_list(body, (struct items){key, ITEM_DEVICE}, arena, ret, err))
		return false;
	return ret->n || !json_get(body, key, &list) ||
	       err_set(err, ERR_INVALID, "\"%s\" names none", key);
}

bool body_time(struct json_value body, const char *key, int64_t *ret, struct err *err)
{
	struct str s = {0};

	if (!json_may_str(body, key, &s, err))
		return false;
	return !s.n || stamp_parse(s, ret) ||
	       err_set(err, ERR_INVALID, "\"%s\": \"%.*s\" is no time", key,
		       STR_FMT(str_sub(s, 0, WORD_MAX)));
}

/* --- the parts --- */

static bool read_words(struct json_value body, struct arena *arena, struct alert_content *c,
		       struct err *err)
{
	struct str severity = {0};

	if (!body_text(body, (struct body_member){"title", TITLE_MAX, true, false}, arena,
		       &c->title, err) ||
	    !body_text(body, (struct body_member){"text", TEXT_MAX, false, true}, arena, &c->text,
		       err) ||
	    !body_text(body, (struct body_member){"severity", WORD_MAX, true, false}, arena,
		       &severity, err) ||
	    !body_text(body, (struct body_member){"tlp", WORD_MAX, true, false}, arena, &c->tlp,
		       err) ||
	    !body_text(body, (struct body_member){"ssvc", WORD_MAX, false, false}, arena, &c->ssvc,
		       err) ||
	    !body_text(body, (struct body_member){"supersedes", WORD_MAX, false, false}, arena,
		       &c->supersedes, err))
		return false;
	if (!severity_by_name(severity, &c->severity))
		return err_set(err, ERR_INVALID,
			       "\"%.*s\" is no severity: information, low, medium, high, critical",
			       STR_FMT(severity));
	if (!one_of(tlps, ARRAY_LEN(tlps), &c->tlp))
		return err_set(err, ERR_INVALID,
			       "\"%.*s\" is no TLP label: CLEAR, GREEN, AMBER, AMBER+STRICT, RED",
			       STR_FMT(c->tlp));
	if (c->ssvc.n && !one_of(decisions, ARRAY_LEN(decisions), &c->ssvc))
		return err_set(err, ERR_INVALID,
			       "\"%.*s\" is no SSVC decision: defer, scheduled, out-of-cycle, "
			       "immediate",
			       STR_FMT(c->ssvc));
	return !c->supersedes.n || alert_id_valid(c->supersedes) ||
	       err_set(err, ERR_INVALID, "\"supersedes\": \"%.*s\" is no alert (CC-2017-0001)",
		       STR_FMT(c->supersedes));
}

static bool read_about(struct json_value body, struct arena *arena, struct alert_content *c,
		       struct err *err)
{
	struct json_value about;

	if (!json_need(body, "about", JSON_OBJECT, &about, err) ||
	    !read_list(about, (struct items){"cves", ITEM_CVE}, arena, &c->cves, err) ||
	    !body_text(about, (struct body_member){"query", QUERY_MAX, false, false}, arena,
		       &c->query, err) ||
	    !json_may_bool(about, "confirmation", &c->confirmation, err))
		return false;
	if (!c->cves.n && !c->query.n && !c->confirmation)
		return err_set(err, ERR_INVALID,
			       "the alert is about nothing: name vulnerabilities or a search of "
			       "the estate, or ask for a confirmation only");
	if (c->confirmation && (c->cves.n || c->query.n))
		return err_set(err, ERR_INVALID,
			       "an alert that asks for a confirmation only is about no "
			       "vulnerability and no search: those an inventory shows");
	return true;
}

static bool read_audience(struct json_value body, struct arena *arena, struct audience *a,
			  struct err *err)
{
	struct json_value o;

	if (!json_need(body, "audience", JSON_OBJECT, &o, err) ||
	    !json_may_bool(o, "everyone", &a->everyone, err) ||
	    !read_list(o, (struct items){"roles", ITEM_WORD}, arena, &a->roles, err) ||
	    !read_list(o, (struct items){"regions", ITEM_CODE}, arena, &a->regions, err) ||
	    !read_list(o, (struct items){"parents", ITEM_CODE}, arena, &a->parents, err) ||
	    !read_list(o, (struct items){"orgs", ITEM_CODE}, arena, &a->orgs, err) ||
	    !read_list(o, (struct items){"except", ITEM_CODE}, arena, &a->except, err))
		return false;
	return a->everyone || a->roles.n || a->regions.n || a->parents.n || a->orgs.n ||
	       err_set(err, ERR_INVALID,
		       "the alert is for nobody: name roles, regions, parents or organisations, "
		       "or everyone");
}

static bool outcome_bit(struct str name, unsigned *bits)
{
	for (const struct outcome_name *o = outcome_names; o->name; o++)
		if (str_is(name, o->name))
			return *bits |= o->bit, true;
	return false;
}

static bool class_bit(struct str name, unsigned *bits)
{
	for (unsigned i = CLASS_UNKNOWN + 1; i < DEVICE_CLASSES; i++)
		if (str_is(name, device_class_name((enum device_class)i)))
			return *bits |= 1u << i, true;
	return false;
}

static bool read_answers(struct json_value body, struct arena *arena, struct alert_content *c,
			 struct err *err)
{
	struct str_list words = {0}, classes = {0};

	if (!read_list(body, (struct items){"outcomes", ITEM_WORD}, arena, &words, err) ||
	    !read_list(body, (struct items){"classes", ITEM_WORD}, arena, &classes, err) ||
	    !body_time(body, "remediate_by", &c->remediate_by, err))
		return false;
	for (size_t i = 0; i < words.n; i++)
		if (!outcome_bit(words.v[i], &c->outcomes))
			return err_set(err, ERR_INVALID,
				       "\"%.*s\" is no outcome: fix, mitigation, isolation, "
				       "confirmation",
				       STR_FMT(words.v[i]));
	for (size_t i = 0; i < classes.n; i++)
		if (!class_bit(classes.v[i], &c->classes))
			return err_set(err, ERR_INVALID, "\"%.*s\" is no class of device",
				       STR_FMT(classes.v[i]));
	if (!c->outcomes)
		return err_set(err, ERR_INVALID, "no outcome would satisfy it: name one or more");
	return !c->confirmation || c->outcomes == OUTCOME_CONFIRMATION ||
	       err_set(err, ERR_INVALID,
		       "an alert that asks for a confirmation only has that outcome alone");
}

bool content_read(struct json_value body, struct arena *arena, struct alert_content *ret,
		  struct err *err)
{
	struct alert_content c = {0};

	if (!read_words(body, arena, &c, err) || !read_about(body, arena, &c, err) ||
	    !read_audience(body, arena, &c.audience, err) || !read_answers(body, arena, &c, err))
		return false;
	*ret = c;
	return true;
}

bool content_parse(struct str text, struct arena *arena, struct alert_content *ret, struct err *err)
{
	AUTO(json_closep) struct json_doc *doc = json_open();
	struct json_value v;

	return json_parse(doc, text, 0, &v, err) && content_read(v, arena, ret, err);
}
