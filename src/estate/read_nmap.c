#include "estate/read_scan.h"

/*
 * Nmap's XML (-oX; nmap.dtd 1.04 and 1.05), with -sV, -O and scripts.  A host
 * that is up is a device.  A service is software as its banner says (a service
 * whose name only follows from the port's number is none); the system is as an
 * SMB server says itself, else what the fingerprint guesses.
 */

enum {
	/* Nmap prints "OS details" at this accuracy, below it "guesses". */
	NMAP_MATCH = 100,
	SERVICES_MAX = 1 << 18,
	SPOKEN_MAX = 16 << 10,
};

enum script { SCRIPT_OTHER, SCRIPT_SYSTEM, SCRIPT_PROTOCOLS };

struct guess {
	struct str name, vendor, product, family;
	uint64_t accuracy;
	bool several; /* systems with this accuracy */
};

struct nmap {
	struct scan scan;
	struct scan_service service; /* of the port that is open */
	VEC_OF(struct scan_service) services;
	struct str name, resolved, ipv4, ipv6, mac;
	struct guess guess;
	struct str said, lanman; /* by the SMB server */
	size_t dialects;
	uint64_t end;
	bool in_host, up, port_open, probed, matching, smb1, root, failed;
	enum script script;
	struct str key; /* of the elem that is open */
	bool in_dialects;
	struct text text; /* of the cpe or elem that is open */
};

static struct str attr(const struct xml_attr *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_is(v[i].name, name))
			return v[i].value;
	return (struct str){0};
}

static struct str keep(struct nmap *b, const struct xml_attr *v, size_t n, const char *name)
{
	return scan_clean(&b->scan, attr(v, n, name));
}

static uint64_t number(const struct xml_attr *v, size_t n, const char *name)
{
	uint64_t x = 0;

	return str_to_u64(attr(v, n, name), &x) && x < INT32_MAX * (uint64_t)64 ? x : 0;
}

static void begin_host(struct nmap *b, const struct xml_attr *v, size_t n)
{
	b->end = number(v, n, "endtime");
	if (!b->end)
		b->end = number(v, n, "starttime");
	arena_clear(b->scan.host);
	b->services.n = 0;
	b->name = b->resolved = b->ipv4 = b->ipv6 = b->mac = (struct str){0};
	b->guess = (struct guess){0};
	b->said = b->lanman = (struct str){0};
	b->dialects = 0;
	b->up = b->smb1 = b->matching = false;
	b->script = SCRIPT_OTHER;
	b->in_host = true;
	b->scan.r->lines++;
}

static void take_address(struct nmap *b, const struct xml_attr *v, size_t n)
{
	struct str type = attr(v, n, "addrtype");
	struct str *to = str_is(type, "mac") ? &b->mac : str_is(type, "ipv6") ? &b->ipv6 : &b->ipv4;

	if (!to->n)
		*to = keep(b, v, n, "addr");
}

/* As the person typed it ("user"), else as the address resolves ("PTR"). */
static void take_name(struct nmap *b, const struct xml_attr *v, size_t n)
{
	struct str *to = str_is(attr(v, n, "type"), "user") ? &b->name : &b->resolved;

	if (!to->n)
		*to = keep(b, v, n, "name");
}

static void take_match(struct nmap *b, const struct xml_attr *v, size_t n)
{
	uint64_t accuracy = number(v, n, "accuracy");

	b->matching = accuracy > b->guess.accuracy || !b->guess.name.n;
	if (b->matching)
		b->guess = (struct guess){.name = keep(b, v, n, "name"), .accuracy = accuracy};
	else
		b->matching = accuracy == b->guess.accuracy;
}

/* A fingerprint may stand for systems of several makers. */
static void take_class(struct nmap *b, const struct xml_attr *v, size_t n)
{
	struct str family;

	if (!b->matching)
		return;
	family = arena_fmt(b->scan.host, "%.*s %.*s", STR_FMT(attr(v, n, "vendor")),
			   STR_FMT(attr(v, n, "osfamily")));
	b->guess.several |= b->guess.family.n && !str_eq(family, b->guess.family);
	b->guess.family = family;
}

/* Names of one product, whatever its version, are one system; of which version is not seen. */
static void take_system(struct nmap *b, struct str stated)
{
	struct err ignored;
	struct str vendor, product;
	struct cpe cpe;

	if (!b->matching || !cpe_parse(b->scan.host, stated, &cpe, &ignored) ||
	    !str_is(cpe.attr[CPE_PART].text, "o"))
		return;
	vendor = cpe.attr[CPE_VENDOR].text;
	product = cpe.attr[CPE_PRODUCT].text;
	b->guess.several |= b->guess.product.n && (!str_eq(vendor, b->guess.vendor) ||
						   !str_eq(product, b->guess.product));
	b->guess.vendor = vendor;
	b->guess.product = product;
}

static void take_script(struct nmap *b, const struct xml_attr *v, size_t n)
{
	struct str id = attr(v, n, "id"), output = attr(v, n, "output");

	b->script = str_is(id, "smb-os-discovery") ? SCRIPT_SYSTEM
		    : str_is(id, "smb-protocols")  ? SCRIPT_PROTOCOLS
						   : SCRIPT_OTHER;
	if (b->up && str_find(id, STR("vuln"), 0) != SIZE_MAX &&
	    str_find(output, STR("VULNERABLE"), 0) != SIZE_MAX &&
	    str_find(output, STR("NOT VULNERABLE"), 0) == SIZE_MAX)
		scan_note(&b->scan, arena_fmt(b->scan.host, "%.*s says VULNERABLE",
					      STR_FMT(scan_clean(&b->scan, str_sub(id, 0, 80)))));
}

static void take_service(struct nmap *b, const struct xml_attr *v, size_t n)
{
	/* "table" is a guess from the port's number. */
	b->probed = !str_is(attr(v, n, "method"), "table");
	b->service = (struct scan_service){.product = keep(b, v, n, "product"),
					   .version = keep(b, v, n, "version")};
}

static bool on_start(void *ctx, struct str name, const struct xml_attr *v, size_t n,
		     struct err *err)
{
	struct nmap *b = ctx;

	(void)err;
	text_clear(&b->text);
	if (str_is(name, "nmaprun")) {
		b->root = true;
		return true;
	}
	if (str_is(name, "host"))
		begin_host(b, v, n);
	else if (str_is(name, "finished"))
		b->failed = str_is(attr(v, n, "exit"), "error");
	if (!b->in_host)
		return true;
	if (str_is(name, "status"))
		b->up = str_is(attr(v, n, "state"), "up");
	else if (str_is(name, "address"))
		take_address(b, v, n);
	else if (str_is(name, "hostname"))
		take_name(b, v, n);
	else if (str_is(name, "port"))
		b->port_open = b->probed = false;
	else if (str_is(name, "state"))
		b->port_open = str_is(attr(v, n, "state"), "open");
	else if (str_is(name, "service"))
		take_service(b, v, n);
	else if (str_is(name, "osmatch"))
		take_match(b, v, n);
	else if (str_is(name, "osclass"))
		take_class(b, v, n);
	else if (str_is(name, "script"))
		take_script(b, v, n);
	else if (str_is(name, "table"))
		b->in_dialects = str_is(attr(v, n, "key"), "dialects");
	else if (str_is(name, "elem"))
		b->key = keep(b, v, n, "key");
	return true;
}

static bool take_cpe(struct nmap *b, struct str stated, struct err *err)
{
	if (b->matching) {
		take_system(b, stated);
		return true;
	}
	if (b->service.n == SCAN_CPES_MAX)
		return err_set(err, ERR_LIMIT, "a service has more than %d CPE names",
			       SCAN_CPES_MAX);
	b->service.cpe[b->service.n++] = stated;
	return true;
}

static void take_elem(struct nmap *b, struct str said)
{
	if (b->script == SCRIPT_SYSTEM && str_is(b->key, "os"))
		b->said = said;
	else if (b->script == SCRIPT_SYSTEM && str_is(b->key, "lanmanager"))
		b->lanman = said;
	else if (b->script == SCRIPT_PROTOCOLS && b->in_dialects && said.n) {
		b->dialects++;
		b->smb1 |= str_find(said, STR("SMBv1"), 0) != SIZE_MAX ||
			   str_starts(said, STR("NT LM 0.12"));
	}
}

static bool end_port(struct nmap *b, struct err *err)
{
	if (!b->port_open || !b->probed)
		return true;
	if (b->services.n == SERVICES_MAX)
		return err_set(err, ERR_LIMIT, "a host has more than %d services", SERVICES_MAX);
	VEC_PUSH(&b->services, b->service);
	return true;
}

/*
 * A fingerprint names what answers: a kernel, where the NVD names the distribution or the firmware
 * around it, and no build of Windows from another.  So it never makes the system seen; a full match
 * says at least which product answers.
 */
static bool put_system(struct nmap *b, uint32_t device, struct err *err)
{
	const struct guess *g = &b->guess;
	struct scan_system v = {0};

	if (scan_windows(&b->scan, b->said, &v))
		return scan_put_system(&b->scan, device, &v, err);
	if (!g->name.n)
		return true;
	v.name = arena_fmt(b->scan.host, "%.*s (a guess of Nmap)", STR_FMT(g->name));
	if (g->accuracy >= NMAP_MATCH && g->product.n && !g->several &&
	    !str_is(g->vendor, "microsoft"))
		v.cpe = arena_fmt(b->scan.host, "cpe:2.3:o:%.*s:%.*s:*:*:*:*:*:*:*:*",
				  STR_FMT(g->vendor), STR_FMT(g->product));
	return scan_put_system(&b->scan, device, &v, err);
}

static bool end_host(struct nmap *b, struct err *err)
{
	struct str address = b->ipv4.n ? b->ipv4 : b->ipv6.n ? b->ipv6 : b->mac;
	struct str samba = scan_samba(b->lanman.n ? b->lanman : b->said);
	uint32_t device = 0;

	b->in_host = false;
	if (!b->up) {
		b->scan.r->skipped++;
		return true;
	}
	scan_taken(&b->scan, (int64_t)b->end * MS_PER_SECOND);
	if (!scan_device(&b->scan, b->name.n ? b->name : b->resolved, address, &device, err) ||
	    !put_system(b, device, err) || !scan_put_samba(&b->scan, device, samba, err))
		return false;
	for (size_t i = 0; i < b->services.n; i++)
		if (!scan_put_service(&b->scan, device, &b->services.v[i], err))
			return false;
	if (b->dialects)
		scan_put_smb1(&b->scan, device, b->smb1);
	if (b->scan.r->devices.v[device].seen >> FACET_SOFTWARE & 1)
		rows_incomplete(b->scan.r, device, FACET_SOFTWARE);
	return true;
}

static bool on_end(void *ctx, struct str name, struct err *err)
{
	struct nmap *b = ctx;
	struct str said;

	if (!b->in_host)
		return true;
	if (str_is(name, "host"))
		return end_host(b, err);
	if (str_is(name, "port"))
		return end_port(b, err);
	if (str_is(name, "osmatch"))
		b->matching = false;
	else if (str_is(name, "script"))
		b->script = SCRIPT_OTHER;
	else if (str_is(name, "table"))
		b->in_dialects = false;
	if (!str_is(name, "cpe") && !str_is(name, "elem"))
		return true;
	said = scan_clean(&b->scan, text_str(&b->text));
	text_clear(&b->text);
	if (str_is(name, "cpe"))
		return take_cpe(b, said, err);
	take_elem(b, said);
	return true;
}

static bool on_text(void *ctx, struct str s, struct err *err)
{
	struct nmap *b = ctx;

	(void)err;
	/* Only names and short values are ours; what scripts print at length is not. */
	if (b->in_host && b->text.n + s.n <= SPOKEN_MAX)
		text_add(&b->text, s);
	return true;
}

static void nmap_release(struct nmap *b)
{
	scan_release(&b->scan);
	free(b->services.v);
	text_free(&b->text);
}

bool read_nmap(struct rows *r, const struct read_member *m, struct err *err)
{
	AUTO(nmap_release) struct nmap b = {0};
	const struct xml_events events = {&b, on_start, on_end, on_text};

	r->line = 0;
	scan_init(&b.scan, r, m);
	if (!xml_read(m->bytes, &events, err))
		return false;
	if (!b.root)
		return err_set(err, ERR_INVALID, "no output of Nmap (\"nmaprun\")");
	if (!b.scan.hosts)
		return err_set(err, ERR_INVALID, "no host of it is up");
	if (b.failed)
		text_add_c(&r->notes, "the scan ended with an error: hosts may be missing\n");
	scan_tell(&b.scan);
	return true;
}
