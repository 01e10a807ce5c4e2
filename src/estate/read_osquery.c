#include "estate/read_json.h"

/*
 * osquery: {"host": ID, "tables": {"programs": [...], ...}}, or its own result
 * log with snapshot queries, an object a line.  There a query's name is free, so
 * a table is known by its columns.  A log of differences is no inventory.
 */

struct osquery {
	struct rows *r;
	const struct read_member *m;
	struct arena *scratch;
	uint64_t differences;
};

static struct str column(struct json_value row, const char *name)
{
	return json_str_or(row, name, (struct str){0});
}

static bool has(struct json_value row, const char *name)
{
	struct json_value v;

	return json_get(row, name, &v);
}

static bool put_os(struct osquery *q, uint32_t device, struct json_value row, struct err *err)
{
	struct str name = column(row, "name"), version = column(row, "version"),
		   build = column(row, "build"), revision = column(row, "revision");

	/* Windows says its build apart: "10.0.17763", "17763", and newer ones the revision. */
	if (str_find_ci(name, STR("windows"), 0) != SIZE_MAX && build.n) {
		struct windows_version v = {0};
		uint64_t ubr;

		if (!windows_version_parse(version, &v) || !v.build)
			version = arena_fmt(q->scratch, "%.*s.%.*s.%.*s",
					    STR_FMT(column(row, "major")),
					    STR_FMT(column(row, "minor")), STR_FMT(build));
		if (!v.revision && revision.n && str_to_u64(revision, &ubr))
			version = arena_fmt(q->scratch, "%.*s.%.*s", STR_FMT(version),
					    STR_FMT(revision));
	}
	rows_seen(q->r, device, FACET_OS);
	q->r->devices.v[device].arch = (uint8_t)row_arch_of(column(row, "arch"));
	return rows_text(q->r, device, ROW_OS_NAME, name, err) &&
	       rows_text(q->r, device, ROW_OS_VERSION, version, err);
}

static bool put_package(struct osquery *q, uint32_t device, const char *type, struct json_value row,
			struct err *err)
{
	struct str version = column(row, "version"), release = column(row, "release"),
		   epoch = column(row, "epoch");
	struct row_raw raw = {
		.publisher = column(row, str_of(type).p[0] == 'd' ? "maintainer" : "vendor"),
		.name = column(row, "name"),
	};

	if (str_is(str_of(type), "rpm")) {
		if (release.n)
			version = arena_fmt(q->scratch, "%.*s-%.*s", STR_FMT(version),
					    STR_FMT(release));
		if (epoch.n && !str_is(epoch, "0"))
			version = arena_fmt(q->scratch, "%.*s:%.*s", STR_FMT(epoch),
					    STR_FMT(version));
	}
	raw.version = version;
	if (raw.name.n)
		raw.purl = package_purl(q->scratch, type, (struct str){0}, raw.name, version);
	return rows_software(q->r, device, &raw, false, err);
}

static bool put_program(struct osquery *q, uint32_t device, struct json_value row, struct err *err)
{
	struct row_raw raw = {
		.publisher = column(row, "publisher"),
		.name = column(row, "name"),
		.version = column(row, "version"),
	};

	if (!raw.version.n)
		raw.version = column(row, "bundle_short_version");
	return rows_software(q->r, device, &raw, false, err);
}

static bool put_patch(struct osquery *q, uint32_t device, struct json_value row, struct err *err)
{
	uint32_t kb;

	(void)err;
	rows_seen(q->r, device, FACET_UPDATES);
	if (kb_parse(column(row, "hotfix_id"), &kb))
		rows_kb(q->r, device, kb);
	else
		q->r->skipped++;
	return true;
}

static bool put_row(struct osquery *q, uint32_t device, struct str table, struct json_value row,
		    struct err *err)
{
	q->r->lines++;
	if (json_type(row) != JSON_OBJECT)
		return rows_err(q->r, err, ERR_INVALID, "a row of a table is no object");
	if (str_is(table, "patches") || (!table.n && has(row, "hotfix_id")))
		return put_patch(q, device, row, err);
	if (str_is(table, "os_version") || (!table.n && has(row, "platform") && has(row, "build")))
		return put_os(q, device, row, err);
	if (str_is(table, "deb_packages") || (!table.n && has(row, "maintainer")))
		return put_package(q, device, "deb", row, err);
	if (str_is(table, "rpm_packages") || (!table.n && has(row, "release") && has(row, "epoch")))
		return put_package(q, device, "rpm", row, err);
	if (str_is(table, "programs") || str_is(table, "apps") ||
	    (!table.n && (has(row, "identifying_number") || has(row, "publisher") ||
			  has(row, "bundle_identifier"))))
		return put_program(q, device, row, err);
	q->r->skipped++;
	return true;
}

static bool device_of(struct osquery *q, struct json_value v, uint32_t *ret, struct err *err)
{
	struct str id = json_str_or(v, "host", (struct str){0});

	if (!id.n)
		id = json_str_or(v, "hostIdentifier", (struct str){0});
	if (!id.n)
		id = q->m->device;
	if (!id.n)
		return rows_err(q->r, err, ERR_INVALID,
				"names no host: say whose it is with --device ID");
	return rows_device(q->r, id, ret, err);
}

static bool put_value(void *ctx, struct json_value v, struct err *err)
{
	struct osquery *q = ctx;
	struct json_value tables, rows, row;
	uint32_t device = 0;
	struct str table, taken;
	int64_t unix_time = json_i64_or(v, "unixTime", 0);

	if (json_get(v, "snapshot", &rows)) {
		if (!device_of(q, v, &device, err))
			return false;
		if (unix_time > 0 && unix_time < 253402300800 &&
		    unix_time * MS_PER_SECOND > q->r->taken_ms)
			q->r->taken_ms = unix_time * MS_PER_SECOND;
		for (struct json_iter it = json_iter(rows); json_next(&it, &row);)
			if (!put_row(q, device, (struct str){0}, row, err))
				return false;
		return true;
	}
	if (!json_get(v, "tables", &tables) || json_type(tables) != JSON_OBJECT) {
		q->differences++;
		q->r->skipped++;
		return true;
	}
	if (!device_of(q, v, &device, err))
		return false;
	taken = json_str_or(v, "taken", (struct str){0});
	if (taken.n && !stamp_parse(taken, &q->r->taken_ms))
		return rows_err(q->r, err, ERR_INVALID, "\"taken\": \"%.*s\" is no time",
				STR_FMT(str_sub(taken, 0, 60)));
	for (struct json_iter it = json_iter(tables); json_next_member(&it, &table, &rows);)
		for (struct json_iter in = json_iter(rows); json_next(&in, &row);)
			if (!put_row(q, device, table, row, err))
				return false;
	return true;
}

bool read_osquery(struct rows *r, const struct read_member *m, struct err *err)
{
	AUTO(arena_closep) struct arena *scratch = arena_open();
	struct osquery q = {r, m, scratch, 0};
	size_t before = r->devices.n;
	bool ok = read_each_json(r, m, put_value, &q, err);

	r->line = 0;
	if (ok && q.differences && r->devices.n == before)
		return err_set(err, ERR_UNSUPPORTED,
			       "holds differences only: an inventory needs snapshot queries");
	return ok;
}
