#include "intel/feed.h"

/* The short lists: what is exploited, how probable exploitation is, how long things are supported.
 */

/* ---- KEV ---- */

struct kev {
	struct str cve, added, due, name, action, ransomware;
};

static void add_kev(struct reading *r, const struct kev *k, size_t line)
{
	struct entry e = {.cvss = -1};
	int64_t added, due;

	if (!cve_parse(str_trim(k->cve), &e.key)) {
		reading_refuse(r, "%s %zu: '%.*s' is no CVE number", "entry", line,
			       STR_FMT(str_sub(k->cve, 0, 40)));
		return;
	}
	if (!read_time(k->added, &added) || !read_time(k->due, &due)) {
		reading_refuse(r, "entry %zu: a date that is none, '%.*s' or '%.*s'", line,
			       STR_FMT(str_sub(k->added, 0, 40)), STR_FMT(str_sub(k->due, 0, 40)));
		return;
	}
	if (str_eq_ci(k->ransomware, STR("Known")))
		e.flags = FLAG_RANSOMWARE;
	e.modified_ms = added;
	e.published_ms = due;
	text_clear(&r->body);
	pack_str(&r->body, str_sub(k->name, 0, 4096));
	pack_str(&r->body, str_sub(k->action, 0, 16384));
	e.body = text_str(&r->body);
	reading_add(r, &e);
}

void kev_read_json(struct reading *r, struct json_value feed)
{
	const struct str none = {0};
	struct json_value list, v;
	size_t n = 0;
	int64_t ms;

	if (read_time(json_str_or(feed, "dateReleased", none), &ms))
		reading_taken(r, ms);
	if (!json_get(feed, "vulnerabilities", &list))
		return;
	for (struct json_iter it = json_iter(list); json_next(&it, &v);) {
		struct kev k = {
			.cve = json_str_or(v, "cveID", none),
			.added = json_str_or(v, "dateAdded", none),
			.due = json_str_or(v, "dueDate", none),
			.name = json_str_or(v, "vulnerabilityName", none),
			.action = json_str_or(v, "requiredAction", none),
			.ransomware = json_str_or(v, "knownRansomwareCampaignUse", none),
		};

		add_kev(r, &k, ++n);
	}
}

bool kev_read_csv(struct reading *r, struct csv *c, struct err *err)
{
	size_t cve = csv_column(c, "cveID"), added = csv_column(c, "dateAdded"),
	       due = csv_column(c, "dueDate"), name = csv_column(c, "vulnerabilityName"),
	       action = csv_column(c, "requiredAction"),
	       ransomware = csv_column(c, "knownRansomwareCampaignUse");
	const struct csv_row *row;

	for (;;) {
		int64_t ms;

		if (!csv_next(c, &row, err))
			return false;
		if (!row)
			return true;
		struct kev k = {csv_field(row, cve),	csv_field(row, added),
				csv_field(row, due),	csv_field(row, name),
				csv_field(row, action), csv_field(row, ransomware)};

		add_kev(r, &k, row->line);
		/* The table has no date of its own: the day of its last addition. */
		if (read_time(k.added, &ms))
			reading_taken(r, ms);
	}
}

/* ---- EPSS ---- */

/* A share as millionths; false outside 0 to 1. */
static bool millionths(struct str s, int64_t *ret)
{
	double x;

	if (!str_to_double(str_trim(s), &x) || !(x >= 0 && x <= 1))
		return false;
	*ret = (int64_t)(x * 1e6 + 0.5);
	return true;
}

bool epss_read(struct reading *r, struct csv *c, struct err *err)
{
	size_t cve = csv_column(c, "cve"), epss = csv_column(c, "epss"),
	       percentile = csv_column(c, "percentile");
	const struct csv_row *row;

	if (percentile == SIZE_MAX)
		percentile = csv_column(c, "EPSS Percentile");
	for (;;) {
		struct entry e = {.cvss = -1};

		if (!csv_next(c, &row, err))
			return false;
		if (!row)
			return true;
		if (!cve_parse(str_trim(csv_field(row, cve)), &e.key))
			reading_refuse(r, "line %zu: '%.*s' is no CVE number", row->line,
				       STR_FMT(str_sub(csv_field(row, cve), 0, 40)));
		else if (!millionths(csv_field(row, epss), &e.number) ||
			 !millionths(csv_field(row, percentile), &e.number2))
			reading_refuse(r, "line %zu: a probability that is none", row->line);
		else
			reading_add(r, &e);
	}
}

/* ---- endoflife.date ---- */

/* "cpe:2.3:o:microsoft:windows", "cpe:/a:vendor:product": cut after the product. */
static bool cpe_vendor_product(struct arena *scratch, struct str s, struct cpe *ret)
{
	struct err err;
	struct str full = s;

	if (str_starts(s, STR("cpe:2.3:"))) {
		size_t colons = 0;

		for (size_t i = 0; i < s.n; i++)
			colons += s.p[i] == ':' && (!i || s.p[i - 1] != '\\');
		if (colons > 12)
			return false;
		full = arena_fmt(scratch, "%.*s%.*s", STR_FMT(s), (int)(2 * (12 - colons)),
				 ":*:*:*:*:*:*:*:*:*:*:*:*");
	}
	return cpe_parse(scratch, full, ret, &err) && ret->attr[CPE_VENDOR].kind == CPE_VALUE &&
	       ret->attr[CPE_PRODUCT].kind == CPE_VALUE;
}

static void pack_identifiers(struct reading *r, struct json_value list)
{
	AUTO(text_freep) struct text names = {0};
	struct json_value e;
	struct cpe cpe;
	size_t n = 0;

	for (struct json_iter it = json_iter(list); json_next(&it, &e);) {
		struct str s = json_str_or(e, "cpe", (struct str){0});

		if (s.n && s.n <= INTEL_CPE_MAX_BYTES && cpe_vendor_product(r->scratch, s, &cpe)) {
			pack_str(&names, cpe.attr[CPE_VENDOR].text);
			pack_str(&names, cpe.attr[CPE_PRODUCT].text);
			n++;
		}
		arena_clear(r->scratch);
	}
	pack_u64(&r->body, n);
	text_add(&r->body, text_str(&names));
}

/* A release cycle's name may be written as a number. */
static struct str cycle_name(struct json_value v, char buf[32])
{
	struct json_value name;
	struct str s = {0};
	double x;

	if (!json_get(v, "releaseCycle", &name))
		return s;
	if (json_str(name, &s))
		return s;
	if (json_double(name, &x))
		return json_number(x, buf);
	return s;
}

static bool pack_cycle(struct reading *r, struct json_value v)
{
	struct json_value eol = {0};
	struct str date = {0};
	int64_t released, ends = 0;
	bool ended = false;
	char buf[32];
	struct str name = cycle_name(v, buf);

	(void)json_get(v, "eol", &eol);
	if (json_str(eol, &date) && !read_time(date, &ends))
		return false;
	(void)json_bool(eol, &ended);
	if (!name.n || name.n > 200 ||
	    !read_time(json_str_or(v, "releaseDate", (struct str){0}), &released))
		return false;
	pack_str(&r->body, name);
	pack_i64(&r->body, released);
	pack_i64(&r->body, ends);
	pack_u64(&r->body, ended);
	return true;
}

void cycle_read(struct reading *r, struct json_value v)
{
	struct str name = json_str_or(v, "_product", (struct str){0});
	struct json_value list = {0}, e;
	struct entry row = {.cvss = -1, .name = name};

	if (!name.n || name.n > 200) {
		reading_refuse(r, "a product without a name");
		return;
	}
	text_clear(&r->body);
	pack_str(&r->body, str_sub(json_str_or(v, "title", name), 0, 200));
	(void)json_get(v, "identifiers", &list);
	pack_identifiers(r, list);
	list = (struct json_value){0};
	(void)json_get(v, "releases", &list);
	for (struct json_iter it = json_iter(list); json_next(&it, &e);) {
		size_t before = r->body.n;

		if (!pack_cycle(r, e)) {
			r->body.n = before;
			reading_refuse(r, "%.*s: a release whose name or dates cannot be read",
				       STR_FMT(name));
		}
	}
	row.body = text_str(&r->body);
	reading_add(r, &row);
}
