#include "estate/read_nessus.h"

/*
 * Nessus exports (.nessus, version 2 of the format).  A ReportHost is a device:
 * its HostProperties come first, then its findings, of which the plugins that
 * list or measure something are read and the verdicts counted.
 */

enum item_text { TEXT_NONE, TEXT_TAG, TEXT_OUTPUT };

struct nessus_xml {
	struct nessus b;
	struct nessus_host host;
	struct str tag, plugin;
	bool in_host, wanted, root, web, ended;
	enum item_text taking;
	struct text text;
};

static struct str attr(const struct xml_attr *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_is(v[i].name, name))
			return v[i].value;
	return (struct str){0};
}

static void begin_host(struct nessus_xml *x, struct str name)
{
	arena_clear(x->b.scan.host);
	x->host = (struct nessus_host){.reported = scan_clean(&x->b.scan, name)};
	x->in_host = true;
	x->web = x->ended = false;
	x->b.scan.r->lines++;
}

static bool on_start(void *ctx, struct str name, const struct xml_attr *v, size_t n,
		     struct err *err)
{
	struct nessus_xml *x = ctx;

	if (str_is(name, "NessusClientData"))
		return err_set(err, ERR_UNSUPPORTED,
			       "version 1 of Nessus's format; export as version 2 (.nessus)");
	x->root |= str_is(name, "NessusClientData_v2");
	if (str_is(name, "ReportHost"))
		begin_host(x, attr(v, n, "name"));
	if (!x->in_host)
		return true;
	x->taking = TEXT_NONE;
	if (str_is(name, "tag")) {
		x->taking = TEXT_TAG;
		x->tag = scan_clean(&x->b.scan, attr(v, n, "name"));
	} else if (str_is(name, "ReportItem")) {
		x->plugin = scan_clean(&x->b.scan, attr(v, n, "pluginID"));
		x->wanted = nessus_wants(x->plugin, attr(v, n, "pluginFamily"));
	} else if (str_is(name, "plugin_output") && x->wanted) {
		x->taking = TEXT_OUTPUT;
	} else if (str_is(name, "cve")) {
		x->b.verdicts++;
	}
	text_clear(&x->text);
	return true;
}

/* Seconds since 1970, which name no zone because they need none. */
static int64_t stamp_of(struct str said)
{
	uint64_t seconds;

	return str_to_u64(said, &seconds) && seconds < UINT32_MAX ? (int64_t)seconds * MS_PER_SECOND
								  : 0;
}

static bool take_tag(struct nessus_xml *x, struct str said, struct err *err)
{
	struct nessus_host *h = &x->host;
	const struct {
		const char *tag;
		struct str *to;
	} texts[] = {{"netbios-name", &h->netbios},
		     {"hostname", &h->hostname},
		     {"host-fqdn", &h->fqdn},
		     {"host-ip", &h->address}};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (str_is(x->tag, texts[i].tag) && !texts[i].to->n)
			*texts[i].to = scan_clean(&x->b.scan, said);
	if (str_is(x->tag, "operating-system"))
		nessus_os(&x->b, h, said);
	else if (str_is(x->tag, "operating-system-conf") && !str_to_u64(said, &h->confidence))
		h->confidence = 0;
	else if (str_is(x->tag, "Credentialed_Scan"))
		h->tag_credentials = str_eq_ci(said, STR("true"));
	else if (str_is(x->tag, "system-type"))
		x->web = str_is(said, "web_application");
	else if (str_is(x->tag, "HOST_END_TIMESTAMP"))
		scan_taken(&x->b.scan, stamp_of(said));
	/* Of the two ends the one without a zone stands only where the other is missing. */
	x->ended |= str_is(x->tag, "HOST_END_TIMESTAMP");
	if (str_is(x->tag, "HOST_END") && !x->ended)
		h->end_ms = scan_time(said);
	if (!str_starts(x->tag, STR("cpe")))
		return true;
	return nessus_put_cpe(&x->b, h, scan_clean(&x->b.scan, said), err);
}

static bool end_host(struct nessus_xml *x, struct err *err)
{
	x->in_host = false;
	/* A scan of a web application is about no machine. */
	if (x->web) {
		x->b.scan.r->skipped++;
		return true;
	}
	if (!x->ended)
		scan_taken(&x->b.scan, x->host.end_ms);
	return nessus_settle(&x->b, &x->host, err);
}

static bool on_end(void *ctx, struct str name, struct err *err)
{
	struct nessus_xml *x = ctx;
	enum item_text taking = x->taking;

	x->taking = TEXT_NONE;
	if (!x->in_host)
		return true;
	if (str_is(name, "ReportHost"))
		return end_host(x, err);
	if (x->web)
		return true;
	if (taking == TEXT_TAG)
		return take_tag(x, str_trim(text_str(&x->text)), err);
	if (taking == TEXT_OUTPUT)
		return nessus_put(&x->b, &x->host, x->plugin, text_str(&x->text), err);
	return true;
}

static bool on_text(void *ctx, struct str s, struct err *err)
{
	struct nessus_xml *x = ctx;

	if (x->taking == TEXT_NONE)
		return true;
	if (x->text.n + s.n > NESSUS_OUTPUT_MAX)
		return err_set(err, ERR_LIMIT, "a text of more than %zu bytes", NESSUS_OUTPUT_MAX);
	text_add(&x->text, s);
	return true;
}

static void xml_release(struct nessus_xml *x)
{
	scan_release(&x->b.scan);
	text_free(&x->text);
}

bool read_nessus(struct rows *r, const struct read_member *m, struct err *err)
{
	AUTO(xml_release) struct nessus_xml x = {0};
	const struct xml_events events = {&x, on_start, on_end, on_text};

	r->line = 0;
	scan_init(&x.b.scan, r, m);
	if (wire_kind_of(m->bytes) != WIRE_XML)
		return read_nessus_csv(&x.b, m->bytes, err);
	if (!xml_read(m->bytes, &events, err))
		return false;
	if (!x.root)
		return err_set(err, ERR_INVALID, "no export of Nessus (\"NessusClientData_v2\")");
	return nessus_end(&x.b, err);
}
