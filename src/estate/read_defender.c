#include "estate/read_json.h"

#include "base/table.h"

/*
 * Microsoft Defender: software by machine (API pages, or exports with one
 * object a line), machines, and weaknesses by machine.  The last names only
 * software that is weak, so it is an incomplete list, and the update it names
 * as fixing is one that is missing.
 */

struct defender {
	struct rows *r;
	struct arena *scratch;
	struct intern *aliases; /* machine ids; number is the place in r->aliases */
};

/*
 * The device of a machine id.  A device is called by its name; a second machine of the same name
 * (installed anew) by its id.
 */
static bool device_for(struct defender *d, struct str machine, struct str name, uint32_t *ret,
		       struct err *err)
{
	struct rows *r = d->r;
	uint32_t at = machine.n ? intern_find(d->aliases, machine) : UINT32_MAX;
	bool taken = false;

	if (at != UINT32_MAX) {
		*ret = r->aliases.v[at].device;
		return true;
	}
	if (!name.n)
		name = machine;
	if (name.n && machine.n) {
		size_t before = r->devices.n;

		if (!rows_device(r, name, ret, err))
			return false;
		taken = r->devices.n == before && !str_eq(name, machine);
	}
	if (!rows_device(r, taken ? machine : name, ret, err))
		return false;
	if (machine.n) {
		intern_put(d->aliases, machine);
		VEC_PUSH(&r->aliases, (struct row_alias){(struct str){0}, *ret});
	}
	return true;
}

static bool put_os(struct defender *d, uint32_t device, struct str platform, struct str version,
		   struct err *err)
{
	if (!platform.n && !version.n)
		return true;
	rows_seen(d->r, device, FACET_OS);
	return rows_text_once(d->r, device, ROW_OS_NAME, platform, err) &&
	       rows_text_once(d->r, device, ROW_OS_VERSION, version, err);
}

static bool put_product(struct defender *d, uint32_t device, struct json_value v, bool weakness,
			struct err *err)
{
	struct row_raw raw = {
		.publisher = weakness ? json_str_or(v, "productVendor", (struct str){0})
				      : json_either(v, "softwareVendor", "SoftwareVendor"),
		.name = weakness ? json_str_or(v, "productName", (struct str){0})
				 : json_either(v, "softwareName", "SoftwareName"),
		.version = weakness ? json_str_or(v, "productVersion", (struct str){0})
				    : json_either(v, "softwareVersion", "SoftwareVersion"),
	};

	/* The system itself is listed as a product whose version has the update revision. */
	if (str_is(raw.publisher, "microsoft") && str_starts(raw.name, STR("windows_")) &&
	    raw.version.n) {
		struct windows_version w = {0};

		if (windows_version_parse(raw.version, &w) && w.build) {
			struct str name = json_either(v, "osPlatform", "OSPlatform");

			return put_os(d, device, name.n ? name : raw.name, raw.version, err);
		}
	}
	return rows_software(d->r, device, &raw, false, err);
}

/* {"id","computerDnsName","osPlatform","osBuild"...} */
static bool put_machine(struct defender *d, struct json_value v, struct err *err)
{
	uint32_t device = 0;
	int64_t build = 0;
	struct str version = {0}, platform = json_str_or(v, "osPlatform", (struct str){0});

	if (!device_for(d, json_str_or(v, "id", (struct str){0}),
			json_str_or(v, "computerDnsName", (struct str){0}), &device, err))
		return false;
	build = json_i64_or(v, "osBuild", 0);
	if (build >= 10240 && build < 100000 &&
	    str_find_ci(platform, STR("windows"), 0) != SIZE_MAX)
		version = arena_fmt(d->scratch, "10.0.%d", (int)build);
	d->r->devices.v[device].arch =
		(uint8_t)row_arch_of(json_str_or(v, "osArchitecture", (struct str){0}));
	return put_os(d, device, platform, version, err);
}

/* {"machineId","productName","productVendor","productVersion","fixingKbId"} */
static bool put_weakness(struct defender *d, struct json_value v, struct err *err)
{
	struct str kb = json_str_or(v, "fixingKbId", (struct str){0});
	uint32_t device = 0, n;

	if (!device_for(d, json_str_or(v, "machineId", (struct str){0}), (struct str){0}, &device,
			err) ||
	    !put_product(d, device, v, true, err))
		return false;
	rows_incomplete(d->r, device, FACET_SOFTWARE);
	if (kb.n && kb_parse(kb, &n))
		rows_offered(d->r, device, n);
	return true;
}

static bool put_software(struct defender *d, struct json_value v, struct err *err)
{
	uint32_t device = 0;

	if (!device_for(d, json_either(v, "deviceId", "DeviceId"),
			json_either(v, "deviceName", "DeviceName"), &device, err))
		return false;
	if (!d->r->devices.v[device].text[ROW_OS_NAME].n &&
	    !put_os(d, device, json_either(v, "osPlatform", "OSPlatform"), (struct str){0}, err))
		return false;
	return put_product(d, device, v, false, err);
}

static bool put_item(struct defender *d, struct json_value v, struct err *err)
{
	struct json_value member;

	d->r->lines++;
	if (json_get(v, "softwareName", &member) || json_get(v, "SoftwareName", &member))
		return put_software(d, v, err);
	if (json_get(v, "machineId", &member) && json_get(v, "productName", &member))
		return put_weakness(d, v, err);
	if (json_get(v, "computerDnsName", &member) && json_get(v, "id", &member))
		return put_machine(d, v, err);
	d->r->skipped++;
	return true;
}

static bool put_value(void *ctx, struct json_value v, struct err *err)
{
	struct defender *d = ctx;
	struct json_value list = v, item;

	if (json_type(v) == JSON_OBJECT && !json_get(v, "value", &list))
		return put_item(d, v, err);
	if (json_type(list) != JSON_ARRAY)
		return rows_err(d->r, err, ERR_INVALID, "\"value\" is no list");
	for (struct json_iter it = json_iter(list); json_next(&it, &item);)
		if (!put_item(d, item, err))
			return false;
	return true;
}

bool read_defender(struct rows *r, const struct read_member *m, struct err *err)
{
	AUTO(intern_closep) struct intern *aliases = intern_open();
	AUTO(arena_closep) struct arena *scratch = arena_open();
	struct defender d = {r, scratch, aliases};

	size_t before = r->aliases.n;
	bool ok;

	/* Machines named by an earlier member of the archive. */
	for (size_t i = 0; i < before; i++)
		intern_put(aliases, r->aliases.v[i].id);
	ok = read_each_json(r, m, put_value, &d, err);
	for (size_t i = before; i < r->aliases.n; i++)
		r->aliases.v[i].id = arena_str(r->arena, intern_str(aliases, (uint32_t)i));
	r->line = 0;
	return ok;
}
