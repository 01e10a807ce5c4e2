#include "estate/read_json.h"

/*
 * Wazuh's syscollector: a message of {"metadata", "items"}, where each item is
 * a document of one of the inventory's indices.  A message of changes (VDSync)
 * is no inventory: what it doesn't name may be there all the same.
 */

struct wazuh {
	struct rows *r;
	const struct read_member *m;
	struct arena *scratch;
};

static struct str text_at(struct json_value v, const char *path)
{
	struct json_value found;
	struct str s = {0};

	if (json_path(v, path, &found))
		(void)json_str(found, &s);
	return s;
}

static bool index_is(struct json_value item, const char *what)
{
	struct str index = json_str_or(item, "index", (struct str){0});

	return str_ends(index, str_of(what));
}

static bool put_system(struct wazuh *w, uint32_t device, struct json_value data, struct err *err)
{
	struct str name = text_at(data, "host/os/name"), version = text_at(data, "host/os/version");

	w->r->devices.v[device].arch = (uint8_t)row_arch_of(text_at(data, "host/architecture"));
	if (name.n || version.n)
		rows_seen(w->r, device, FACET_OS);
	return rows_text(w->r, device, ROW_OS_NAME, name, err) &&
	       rows_text(w->r, device, ROW_OS_VERSION, version, err);
}

static bool put_package(struct wazuh *w, uint32_t device, struct str platform,
			struct json_value data, struct err *err)
{
	struct str type = text_at(data, "package/type");
	struct row_raw raw = {
		.publisher = text_at(data, "package/vendor"),
		.name = text_at(data, "package/name"),
		.version = text_at(data, "package/version"),
	};

	if (raw.name.n && (str_is(type, "deb") || str_is(type, "rpm")))
		raw.purl = package_purl(w->scratch, type.p, platform, raw.name, raw.version);
	return rows_software(w->r, device, &raw, false, err);
}

static bool put_item(struct wazuh *w, uint32_t device, struct str platform, struct json_value item,
		     struct err *err)
{
	struct json_value data;
	uint32_t kb;

	w->r->lines++;
	if (!json_get(item, "data", &data) ||
	    str_eq_ci(json_str_or(item, "operation", (struct str){0}), STR("Delete"))) {
		w->r->skipped++;
		return true;
	}
	if (index_is(item, "inventory-packages"))
		return put_package(w, device, platform, data, err);
	if (index_is(item, "inventory-system"))
		return put_system(w, device, data, err);
	if (index_is(item, "inventory-hotfixes")) {
		rows_seen(w->r, device, FACET_UPDATES);
		if (kb_parse(text_at(data, "package/hotfix/name"), &kb))
			rows_kb(w->r, device, kb);
		else
			rows_incomplete(w->r, device, FACET_UPDATES);
		return true;
	}
	w->r->skipped++;
	return true;
}

static bool put_message(void *ctx, struct json_value v, struct err *err)
{
	struct wazuh *w = ctx;
	struct str option = text_at(v, "metadata/option"), host = {0}, platform = {0};
	struct json_value items, item, data;
	uint32_t device = 0;

	if (json_type(v) != JSON_OBJECT)
		return rows_err(w->r, err, ERR_INVALID, "no object of Wazuh's syscollector");
	if (!json_need(v, "items", JSON_ARRAY, &items, err))
		return rows_err(w->r, err, ERR_INVALID, "no list of \"items\"");
	if (str_is(option, "VDSync"))
		return rows_err(w->r, err, ERR_UNSUPPORTED,
				"holds changes only (VDSync), not a whole inventory (VDFirst)");
	for (struct json_iter it = json_iter(items); json_next(&it, &item);)
		if (index_is(item, "inventory-system") && json_get(item, "data", &data)) {
			host = text_at(data, "host/hostname");
			platform = text_at(data, "host/os/platform");
		}
	if (!host.n)
		host = w->m->device;
	if (!host.n)
		return rows_err(w->r, err, ERR_INVALID,
				"names no host: say whose it is with --device ID");
	if (!rows_device(w->r, host, &device, err))
		return false;
	for (struct json_iter it = json_iter(items); json_next(&it, &item);)
		if (!put_item(w, device, platform, item, err))
			return false;
	return true;
}

bool read_wazuh(struct rows *r, const struct read_member *m, struct err *err)
{
	AUTO(arena_closep) struct arena *scratch = arena_open();
	struct wazuh w = {r, m, scratch};
	bool ok = read_each_json(r, m, put_message, &w, err);

	r->line = 0;
	return ok;
}
