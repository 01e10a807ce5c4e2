#include "desk/desk.h"

#include "base/file.h"
#include "base/text.h"
#include "wire/wire.h"

enum { WHAT_BYTES = 110, VALUE_BYTES = 60, LIST_SHOWN = 4 };

/* How the members of a body are told; all others come after these as "name value". */
enum manner {
	TELL_ALONE, /* the value speaks for itself */
	TELL_FILE,  /* a path: its last part */
	TELL_COUNTS,
	TELL_NAMED, /* "name value", before the members that are not listed */
	TELL_NEVER, /* said elsewhere, or nothing that a person asks for */
};

static const struct {
	const char *member;
	enum manner manner;
} members[] = {
	{"number", TELL_ALONE},	 {"cve", TELL_ALONE},	  {"file", TELL_FILE},
	{"name", TELL_FILE},	 {"raw", TELL_ALONE},	  {"title", TELL_ALONE},
	{"cpes", TELL_ALONE},	 {"counts", TELL_COUNTS}, {"source", TELL_NAMED},
	{"taken", TELL_NAMED},	 {"format", TELL_NEVER},  {"bulk", TELL_NEVER},
	{"bytes", TELL_NEVER},	 {"size", TELL_NEVER},	  {"received", TELL_NEVER},
	{"verdict", TELL_NEVER}, {"key", TELL_NEVER},	  {"org", TELL_NEVER},
	{"only", TELL_NEVER},	 {"sees", TELL_NEVER},	  {"forced", TELL_NEVER},
	{"of", TELL_NEVER},
};

/* Numbers of a file's counts that say nothing to whom it concerns. */
static bool count_is_told(struct str name)
{
	return !str_is(name, "lines") && !str_starts(name, STR("seen_")) &&
	       !str_is(name, "files") && !str_is(name, "unchanged");
}

static void tell_counts(struct text *out, struct json_value counts)
{
	struct json_iter it = json_iter(counts);
	struct json_value value;
	struct str name;
	int64_t n;

	while (json_next_member(&it, &name, &value))
		if (json_i64(value, &n) && n && count_is_told(name)) {
			size_t end = n == 1 && str_ends(name, STR("s")) ? name.n - 1 : name.n;

			text_addf(out, "%s%jd %.*s", out->n ? ", " : "", (intmax_t)n,
				  STR_FMT(str_sub(name, 0, end)));
		}
}

static void tell_str(struct text *out, struct str s)
{
	bool stamp = s.n == 24 && s.p[10] == 'T' && s.p[23] == 'Z';
	struct str shown = str_sub(s, 0, stamp ? 16 : VALUE_BYTES);

	while (shown.n < s.n && shown.n && ((unsigned char)s.p[shown.n] & 0xc0) == 0x80)
		shown.n--;
	text_add(out, shown);
	if (shown.n < s.n && !stamp)
		text_add_c(out, "...");
}

static void tell_value(struct text *out, struct json_value value);

/* "medical 39 server 10"; of a record that is named, its number: the site is this one, mostly. */
static void tell_members(struct text *out, struct json_value value)
{
	struct json_iter it = json_iter(value);
	struct json_value one;
	struct str name;
	size_t count = 0;

	while (json_next_member(&it, &name, &one)) {
		if (str_is(name, "site"))
			continue;
		if (count++ < LIST_SHOWN) {
			text_addf(out, "%s%.*s ", count > 1 ? " " : "", STR_FMT(name));
			tell_value(out, one);
		}
	}
	if (count > LIST_SHOWN)
		text_addf(out, " and %zu more", count - LIST_SHOWN);
}

static void tell_list(struct text *out, struct json_value value)
{
	struct json_iter it = json_iter(value);
	struct json_value one;
	size_t count = 0;

	while (json_next(&it, &one))
		if (count++ < LIST_SHOWN) {
			text_add_c(out, count > 1 ? " " : "");
			tell_value(out, one);
		}
	if (count > LIST_SHOWN)
		text_addf(out, " and %zu more", count - LIST_SHOWN);
}

static void tell_value(struct text *out, struct json_value value)
{
	struct str s = {0};
	int64_t n = 0;
	bool b = false;

	if (json_str(value, &s))
		tell_str(out, s);
	else if (json_i64(value, &n))
		text_addf(out, "%jd", (intmax_t)n);
	else if (json_bool(value, &b))
		text_add_c(out, b ? "yes" : "no");
	else if (json_type(value) == JSON_OBJECT)
		tell_members(out, value);
	else
		tell_list(out, value);
}

static void tell_member(struct text *out, struct str name, struct json_value value,
			enum manner manner)
{
	struct str s;

	if (manner == TELL_COUNTS) {
		tell_counts(out, value);
		return;
	}
	if (out->n)
		text_add_c(out, ", ");
	if (manner == TELL_FILE && json_str(value, &s)) {
		AUTO(text_freep) struct text path = {0};

		text_add(&path, s);
		tell_str(out, file_base_name(text_c(&path)));
		return;
	}
	if (manner != TELL_ALONE && manner != TELL_FILE)
		text_addf(out, "%.*s ", STR_FMT(name));
	tell_value(out, value);
}

static bool is_listed(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		if (str_is(name, members[i].member))
			return true;
	return false;
}

static void tell_body(struct text *out, struct json_value body)
{
	struct json_iter it = json_iter(body);
	struct json_value value;
	struct str name;

	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		if (members[i].manner != TELL_NEVER && json_get(body, members[i].member, &value))
			tell_member(out, str_of(members[i].member), value, members[i].manner);
	while (json_next_member(&it, &name, &value))
		if (!is_listed(name))
			tell_member(out, name, value, TELL_NEVER);
}

struct telling telling_of(struct arena *arena, struct str body)
{
	AUTO(json_closep) struct json_doc *doc = json_open();
	AUTO(text_freep) struct text what = {0};
	struct telling t = {0};
	struct json_value root;
	struct err none;
	size_t n = WHAT_BYTES;

	if (!json_parse(doc, body, 0, &root, &none))
		return (struct telling){.what = arena_str(arena, str_sub(body, 0, VALUE_BYTES))};
	tell_body(&what, root);
	t.org = json_str_or(root, "org", (struct str){0});
	if (!t.org.n)
		t.org = json_str_or(root, "code", (struct str){0});
	t.org = arena_str(arena, t.org);
	t.what = text_str(&what);
	while (n < t.what.n && ((unsigned char)t.what.p[n] & 0xc0) == 0x80)
		n--;
	t.what = t.what.n <= n ? arena_str(arena, t.what)
			       : arena_fmt(arena, "%.*s...", (int)n, t.what.p);
	return t;
}
