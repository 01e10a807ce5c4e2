#include "estate/read_nessus.h"

/*
 * Tables of findings as Nessus, Security Center and Tenable's service export
 * them: a line per finding, the host repeated in each.  A finding that was
 * filtered out of the table is as one that was never made: nothing follows.
 */

enum column {
	COL_PLUGIN,
	COL_FAMILY,
	COL_OUTPUT,
	COL_CVE,
	COL_HOST,
	COL_ADDRESS,
	COL_FQDN,
	COL_NETBIOS,
	COL_HOSTNAME,
	COL_OS,
	COL_SEEN,
	COLUMNS
};

/* Each by any of these names, the better first. */
enum { SPELLINGS = 3 };
static const char *const spellings[COLUMNS][SPELLINGS] = {
	[COL_PLUGIN] = {"Plugin ID", "Plugin", "definition.id"},
	[COL_FAMILY] = {"Plugin Family", "Family", "definition.family"},
	[COL_OUTPUT] = {"Plugin Output", "Plugin Text", "output"},
	[COL_CVE] = {"CVE", "definition.cve"},
	[COL_HOST] = {"Host", "asset.name"},
	[COL_ADDRESS] = {"IP Address", "asset.display_ipv4_address", "asset.display_ipv6_address"},
	[COL_FQDN] = {"FQDN", "DNS Name", "asset.display_fqdn"},
	[COL_NETBIOS] = {"NetBios", "NetBIOS Name", "asset.netbios_name"},
	[COL_HOSTNAME] = {"asset.host_name"},
	[COL_OS] = {"OS", "asset.operating_system"},
	[COL_SEEN] = {"Host End", "Last Observed", "last_seen"},
};

struct table {
	struct nessus *b;
	size_t column[COLUMNS];
	struct intern *names; /* of hosts */
	VEC_OF(struct nessus_host) hosts;
};

static void table_release(struct table *t)
{
	intern_close(t->names);
	free(t->hosts.v);
}

bool read_is_nessus_csv(struct str line)
{
	static const char *const plugin[] = {"plugin id,", "plugin,plugin name", "definition.id"};
	static const char *const output[] = {"plugin output", "plugin text", "output"};
	char plain[1 << 12];
	size_t n = 0;
	bool has_plugin = false, has_output = false;

	/* Quoted or not, and with any separator. */
	for (size_t i = 0; i < line.n && n < sizeof(plain); i++)
		if (line.p[i] != '"')
			plain[n++] = strchr(";\t|", line.p[i]) ? ',' : line.p[i];
	for (size_t i = 0; i < ARRAY_LEN(plugin); i++) {
		has_plugin |= str_find_ci(str_from(plain, n), str_of(plugin[i]), 0) != SIZE_MAX;
		has_output |= str_find_ci(str_from(plain, n), str_of(output[i]), 0) != SIZE_MAX;
	}
	return has_plugin && has_output;
}

static bool find_columns(struct table *t, const struct csv *c, struct err *err)
{
	for (unsigned i = 0; i < COLUMNS; i++) {
		t->column[i] = SIZE_MAX;
		for (unsigned k = 0; k < SPELLINGS && t->column[i] == SIZE_MAX; k++)
			if (spellings[i][k])
				t->column[i] = csv_column(c, spellings[i][k]);
	}
	if (t->column[COL_PLUGIN] == SIZE_MAX || t->column[COL_OUTPUT] == SIZE_MAX)
		return err_set(err, ERR_INVALID,
			       "no table of Nessus's findings: the columns \"Plugin ID\" and "
			       "\"Plugin Output\" are needed");
	if (t->column[COL_HOST] == SIZE_MAX && t->column[COL_ADDRESS] == SIZE_MAX)
		return err_set(err, ERR_INVALID,
			       "no column names the host: export it with \"Host\"");
	return true;
}

static struct str cell(const struct table *t, const struct csv_row *row, enum column which)
{
	return str_trim(csv_field(row, t->column[which]));
}

/* The host of a line: by all that names it there; NULL when nothing does. */
static struct nessus_host *host_of(struct table *t, const struct csv_row *row)
{
	static const enum column all[] = {COL_HOST, COL_ADDRESS, COL_FQDN, COL_NETBIOS,
					  COL_HOSTNAME};
	AUTO(text_freep) struct text key = {0};
	struct scan *s = &t->b->scan;
	uint32_t at;

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		text_add(&key, cell(t, row, all[i]));
		text_add_char(&key, '\n');
	}
	if (key.n == ARRAY_LEN(all))
		return NULL;
	at = intern_put(t->names, text_str(&key));
	if (at == t->hosts.n)
		VEC_PUSH(&t->hosts, (struct nessus_host){
					    .reported = scan_clean(s, cell(t, row, COL_HOST)),
					    .address = scan_clean(s, cell(t, row, COL_ADDRESS)),
					    .fqdn = scan_clean(s, cell(t, row, COL_FQDN)),
					    .netbios = scan_clean(s, cell(t, row, COL_NETBIOS)),
					    .hostname = scan_clean(s, cell(t, row, COL_HOSTNAME)),
				    });
	return &t->hosts.v[at];
}

static bool take_row(struct table *t, const struct csv_row *row, struct err *err)
{
	struct str plugin = cell(t, row, COL_PLUGIN), cve = cell(t, row, COL_CVE);
	struct nessus_host *h = host_of(t, row);
	bool wanted = nessus_wants(plugin, cell(t, row, COL_FAMILY));

	t->b->scan.r->lines++;
	if (!h) {
		t->b->scan.r->skipped++;
		return true;
	}
	t->b->verdicts += str_starts(cve, STR("CVE-"));
	nessus_os(t->b, h, cell(t, row, COL_OS));
	scan_taken(&t->b->scan, scan_time(cell(t, row, COL_SEEN)));
	if (!wanted)
		return true;
	return nessus_put(t->b, h, plugin, cell(t, row, COL_OUTPUT), err);
}

bool read_nessus_csv(struct nessus *b, struct str bytes, struct err *err)
{
	const struct csv_options options = {.max_field = NESSUS_OUTPUT_MAX,
					    .max_row = 2 * NESSUS_OUTPUT_MAX};
	AUTO(text_freep) struct text plain = {0};
	AUTO(csv_closep) struct csv *c = NULL;
	AUTO(table_release) struct table t = {.b = b, .names = intern_open()};
	const struct csv_row *row;

	if (!str_is_utf8(bytes, NULL)) {
		if (!text_to_utf8(bytes, true, &plain, err))
			return false;
		bytes = text_str(&plain);
	}
	c = csv_open(bytes, options);
	if (!csv_header(c, err) || !find_columns(&t, c, err))
		return false;
	for (;;) {
		if (!csv_next(c, &row, err))
			return false;
		if (!row)
			break;
		b->scan.r->line = row->line;
		if (!take_row(&t, row, err))
			return false;
	}
	b->scan.r->line = 0;
	for (size_t i = 0; i < t.hosts.n; i++)
		if (!nessus_settle(b, &t.hosts.v[i], err))
			return false;
	return nessus_end(b, err);
}
