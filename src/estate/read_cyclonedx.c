#include "estate/read_json.h"

/*
 * CycloneDX 1.2 to 1.7 in JSON (ECMA-424).  metadata.component is the device,
 * or the application that the bill is about; then the device is the one stated,
 * or is called as the application is.  A component of type device that holds
 * others is a device of its own where metadata names none.
 */

enum { NEST_MAX = 32 };

struct bill {
	struct rows *r;
	bool devices_within;
};

static struct str member(struct json_value v, const char *key)
{
	return json_str_or(v, key, (struct str){0});
}

static struct str publisher_of(struct json_value c)
{
	struct json_value supplier;
	struct str s = member(c, "publisher");

	if (!s.n && json_get(c, "supplier", &supplier))
		s = member(supplier, "name");
	if (!s.n)
		s = member(c, "author");
	if (!s.n)
		s = member(c, "group");
	return s;
}

static bool put_os(struct bill *b, uint32_t device, struct json_value c, struct err *err)
{
	struct rows *r = b->r;
	struct str cpe = member(c, "cpe");

	rows_seen(r, device, FACET_OS);
	if (cpe.n && str_starts_ci(cpe, STR("cpe:")))
		if (!rows_text_once(r, device, ROW_OS_CPE, cpe, err))
			return false;
	return rows_text_once(r, device, ROW_OS_NAME, member(c, "name"), err) &&
	       rows_text_once(r, device, ROW_OS_VERSION, member(c, "version"), err);
}

static bool is_software(struct str type)
{
	static const char *const other[] = {"file", "data", "cryptographic-asset",
					    "machine-learning-model"};

	for (size_t i = 0; i < ARRAY_LEN(other); i++)
		if (str_is(type, other[i]))
			return false;
	return true;
}

static bool put_components(struct bill *b, uint32_t device, struct json_value list, unsigned depth,
			   struct err *err);

static bool put_component(struct bill *b, uint32_t device, struct json_value c, unsigned depth,
			  struct err *err)
{
	struct json_value within = {0};
	struct str type = member(c, "type");
	bool holds = json_get(c, "components", &within) && json_count(within);
	struct row_raw raw;

	b->r->lines++;
	if (json_type(c) != JSON_OBJECT)
		return err_set(err, ERR_INVALID, "a component is no object");
	if (b->devices_within && holds && str_is(type, "device")) {
		if (!rows_device(b->r, member(c, "name"), &device, err))
			return false;
	} else if (str_is(type, "operating-system")) {
		if (!put_os(b, device, c, err))
			return false;
	} else if (is_software(type) && !str_is(member(c, "scope"), "excluded")) {
		raw = (struct row_raw){
			.cpe = member(c, "cpe"),
			.purl = member(c, "purl"),
			.publisher = publisher_of(c),
			.name = member(c, "name"),
			.version = member(c, "version"),
		};
		if (!rows_software(b->r, device, &raw, false, err))
			return false;
	} else {
		b->r->skipped++;
	}
	return !holds || put_components(b, device, within, depth + 1, err);
}

static bool put_components(struct bill *b, uint32_t device, struct json_value list, unsigned depth,
			   struct err *err)
{
	struct json_value c;

	if (depth > NEST_MAX)
		return err_set(err, ERR_LIMIT, "components lie more than %d deep in another",
			       NEST_MAX);
	if (json_type(list) != JSON_NULL && json_type(list) != JSON_ARRAY)
		return err_set(err, ERR_INVALID, "\"components\" is no list");
	for (struct json_iter it = json_iter(list); json_next(&it, &c);)
		if (!put_component(b, device, c, depth, err))
			return false;
	return true;
}

static bool holds_devices(struct json_value list)
{
	struct json_value c, within;

	for (struct json_iter it = json_iter(list); json_next(&it, &c);)
		if (str_is(member(c, "type"), "device") && json_get(c, "components", &within) &&
		    json_count(within))
			return true;
	return false;
}

/* The subject of the bill: a device, its system, or an application on it. */
static bool put_subject(struct bill *b, uint32_t device, struct json_value subject, struct err *err)
{
	struct json_value within;

	if (str_is(member(subject, "type"), "device")) {
		if (member(subject, "cpe").n) {
			struct row_raw raw = {.cpe = member(subject, "cpe"),
					      .publisher = publisher_of(subject),
					      .name = member(subject, "name"),
					      .version = member(subject, "version")};

			if (!rows_software(b->r, device, &raw, false, err))
				return false;
		}
		return !json_get(subject, "components", &within) ||
		       put_components(b, device, within, 1, err);
	}
	return put_component(b, device, subject, 0, err);
}

static bool put_bill(struct bill *b, const struct read_member *m, struct json_value v,
		     struct err *err)
{
	struct json_value subject = {0}, list = {0}, meta = {0};
	struct str id = m->device, version = member(v, "specVersion");
	uint32_t device = 0;

	if (!str_is(member(v, "bomFormat"), "CycloneDX") && !str_starts(version, STR("1.")))
		return err_set(err, ERR_INVALID, "no CycloneDX bill (\"bomFormat\")");
	if (!str_is(member(v, "bomFormat"), "CycloneDX") || !version.n)
		return err_set(err, ERR_INVALID, "\"bomFormat\" or \"specVersion\" is missing");
	if (!str_starts(version, STR("1.")))
		return err_set(err, ERR_UNSUPPORTED, "CycloneDX %.*s; 1.2 to 1.7 are read",
			       STR_FMT(str_sub(version, 0, 20)));
	if (json_get(v, "metadata", &meta)) {
		struct str taken = member(meta, "timestamp");

		if (taken.n && !stamp_parse(taken, &b->r->taken_ms))
			return err_set(err, ERR_INVALID, "\"timestamp\": \"%.*s\" is no time",
				       STR_FMT(str_sub(taken, 0, 60)));
		(void)json_get(meta, "component", &subject);
	}
	(void)json_get(v, "components", &list);
	if (json_type(subject) == JSON_OBJECT && !m->stated && member(subject, "name").n)
		id = member(subject, "name");
	b->devices_within = json_type(subject) != JSON_OBJECT && holds_devices(list);
	if (!id.n && !b->devices_within)
		return err_set(err, ERR_INVALID,
			       "names no device (\"metadata\", \"component\"): say whose it is "
			       "with --device ID");
	if (!b->devices_within && !rows_device(b->r, id, &device, err))
		return false;
	if (json_type(subject) == JSON_OBJECT && !put_subject(b, device, subject, err))
		return false;
	if (b->devices_within && !b->r->devices.n && json_count(list)) {
		struct json_value first;
		struct json_iter it = json_iter(list);

		/* What stands beside the devices belongs to the first. */
		while (json_next(&it, &first))
			if (str_is(member(first, "type"), "device"))
				break;
		if (!rows_device(b->r, member(first, "name"), &device, err))
			return false;
	}
	return put_components(b, device, list, 0, err);
}

bool read_cyclonedx(struct rows *r, const struct read_member *m, struct err *err)
{
	AUTO(json_closep) struct json_doc *doc = json_open();
	struct bill b = {r, false};
	struct json_value v;

	r->line = 0;
	if (wire_kind_of(m->bytes) == WIRE_XML)
		return read_cyclonedx_xml(r, m, err);
	return json_parse(doc, m->bytes, m->padded ? JSON_PADDED : 0, &v, err) &&
	       put_bill(&b, m, v, err);
}
