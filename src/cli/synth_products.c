#include "cli/synth_seen.h"

#include "base/clock.h"
#include "base/table.h"

/*
 * Real products with their versions, as far as the store's intelligence speaks of them, but for
 * what no agent finds on a computer: parts of web sites, programs of telephones, systems of
 * appliances.
 */

enum { OWN_PRODUCTS = 2400, OWN_PERCENT = 6, VERSION_MOST = 40, OFFSET = 10 };
enum { ELSEWHERE_PERCENT = 4 /* of what is for servers is met at the desk */ };

/* What is on most desks and in most racks, as its inventories name it; the most popular first. */
static const struct {
	const char *cpe, *publisher, *name;
} common[] = {
	{"cpe:2.3:a:google:chrome", "Google LLC", "Google Chrome"},
	{"cpe:2.3:a:adobe:acrobat_reader_dc", "Adobe Systems Incorporated",
	 "Adobe Acrobat Reader DC"},
	{"cpe:2.3:a:adobe:acrobat_reader", "Adobe Systems Incorporated", "Adobe Reader XI"},
	{"cpe:2.3:a:adobe:flash_player", "Adobe Systems Incorporated", "Adobe Flash Player NPAPI"},
	{"cpe:2.3:a:oracle:jre", "Oracle Corporation", "Java"},
	{"cpe:2.3:a:mozilla:firefox", "Mozilla", "Mozilla Firefox"},
	{"cpe:2.3:a:microsoft:silverlight", "Microsoft Corporation", "Microsoft Silverlight"},
	{"cpe:2.3:a:microsoft:edge_chromium", "Microsoft Corporation", "Microsoft Edge"},
	{"cpe:2.3:a:7-zip:7-zip", "Igor Pavlov", "7-Zip"},
	{"cpe:2.3:a:citrix:receiver", "Citrix Systems Inc.", "Citrix Receiver"},
	{"cpe:2.3:a:vmware:tools", "VMware Inc.", "VMware Tools"},
	{"cpe:2.3:a:videolan:vlc_media_player", "VideoLAN", "VLC media player"},
	{"cpe:2.3:a:apple:itunes", "Apple Inc.", "iTunes"},
	{"cpe:2.3:a:apple:quicktime", "Apple Inc.", "QuickTime"},
	{"cpe:2.3:a:adobe:shockwave_player", "Adobe Systems Incorporated",
	 "Adobe Shockwave Player"},
	{"cpe:2.3:a:adobe:air", "Adobe Systems Incorporated", "Adobe AIR"},
	{"cpe:2.3:a:zoom:zoom", "Zoom Video Communications Inc.", "Zoom"},
	{"cpe:2.3:a:openssl:openssl", "OpenSSL Software Foundation", "OpenSSL"},
	{"cpe:2.3:a:teamviewer:teamviewer", "TeamViewer", "TeamViewer"},
	{"cpe:2.3:a:rarlab:winrar", "RARLAB", "WinRAR"},
	{"cpe:2.3:a:putty:putty", "Simon Tatham", "PuTTY"},
	{"cpe:2.3:a:python:python", "Python Software Foundation", "Python"},
	{"cpe:2.3:a:apache:tomcat", "Apache Software Foundation", "Apache Tomcat"},
	{"cpe:2.3:a:apache:http_server", "Apache Software Foundation", "Apache HTTP Server"},
	{"cpe:2.3:a:oracle:mysql", "Oracle Corporation", "MySQL Server"},
	{"cpe:2.3:a:wireshark:wireshark", "Wireshark Foundation", "Wireshark"},
	{"cpe:2.3:a:foxitsoftware:reader", "Foxit Software Inc.", "Foxit Reader"},
	{"cpe:2.3:a:git-scm:git", "The Git Development Community", "Git"},
};

/* The 2.3 names' eleventh field: what the thing is a part of. */
static const char *const not_installed[] = {"wordpress", "joomla\\!", "drupal",	   "typo3",
					    "magento",	 "moodle",    "mediawiki", "prestashop",
					    "jenkins",	 "android",   "iphone_os", "ipados",
					    "chrome",	 "node.js",   "xwiki",	   "craft_cms"};

/* Makers of appliances, whose systems have CPE names as programs do, and a web site's parts. */
static const char *const left_out[] = {
	"cpe:2.3:a:f5:",	 "cpe:2.3:a:fortinet:",	 "cpe:2.3:a:juniper:",
	"cpe:2.3:a:checkpoint:", "cpe:2.3:a:sonicwall:", "cpe:2.3:a:paloaltonetworks:",
	"cpe:2.3:a:cisco:",	 "cpe:2.3:a:barracuda:", "cpe:2.3:a:digium:",
	"cpe:2.3:a:wordpress:",	 "cpe:2.3:a:joomla:",	 "cpe:2.3:a:drupal:",
	"cpe:2.3:a:mambo:",	 "cpe:2.3:a:phpnuke:",	 "cpe:2.3:a:siemens:"};

static const char *const of_servers[] = {
	"server",     "tomcat",	 "database", "gateway", "mysql",     "mariadb",	   "postgresql",
	"weblogic",   "manager", "portal",   "cms",	"ecommerce", "e-business", "php",
	"phpmyadmin", "forum",	 "wiki",     "blog",	"mail",	     "proxy",	   "cluster",
	"directory",  "hosting", "bulletin", "gallery"};

struct reading {
	struct arena *arena;
	struct intern *keys;
	VEC_OF(struct synth_seen) seen;
	VEC_OF(uint32_t) mentions;
	int64_t *first; /* of each match: when the first vulnerability spoke of it */
};

/* Where field number n of a formatted string begins; its length when there is none. */
static size_t field_at(struct str cpe, unsigned n)
{
	size_t i = 0;

	for (; i < cpe.n && n; i++) {
		if (cpe.p[i] == '\\')
			i++;
		else if (cpe.p[i] == ':')
			n--;
	}
	return MIN_OF(i, cpe.n);
}

static bool is_installed(struct str cpe)
{
	size_t from = field_at(cpe, 10), to = field_at(cpe, 11);
	struct str target = str_sub(cpe, from, to > from ? to - from - 1 : 0);

	if (!str_starts(cpe, STR("cpe:2.3:a:")))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(not_installed); i++)
		if (str_is(target, not_installed[i]))
			return false;
	for (size_t i = 0; i < ARRAY_LEN(left_out); i++)
		if (str_starts(cpe, str_of(left_out[i])))
			return false;
	return str_find(cpe, STR("firmware"), 10) == SIZE_MAX;
}

static bool is_of_servers(struct str cpe)
{
	for (size_t i = 0; i < ARRAY_LEN(of_servers); i++)
		if (str_find(cpe, str_of(of_servers[i]), 10) != SIZE_MAX)
			return true;
	return false;
}

/* "cpe:2.3:a:vendor:product" and the version of a plain formatted string. */
static bool software_of(struct str cpe, struct str *ret_prefix, struct str *ret_version)
{
	size_t colons = 0, fifth = 0, i;

	if (!is_installed(cpe))
		return false;
	for (i = 0; i < cpe.n && colons < 6; i++) {
		/* A comma or a quote in a name would have to be quoted in CSV. */
		if (cpe.p[i] == ',' || cpe.p[i] == '"' || cpe.p[i] == '*' || cpe.p[i] == '?') {
			if (colons < 5)
				return false;
		}
		if (cpe.p[i] == '\\')
			i++;
		else if (cpe.p[i] == ':' && ++colons == 5)
			fifth = i;
	}
	if (colons < 6)
		return false;
	*ret_prefix = str_sub(cpe, 0, fifth);
	*ret_version = str_sub(cpe, fifth + 1, i - fifth - 2);
	return str_find_char(*ret_prefix, ',', 0) == SIZE_MAX &&
	       str_find_char(*ret_prefix, '"', 0) == SIZE_MAX;
}

/* One that can stand in a CPE name and in CSV as it is. */
static bool plain_version(struct str v)
{
	if (!v.n || v.n > VERSION_MOST || v.p[0] == '-')
		return false;
	for (size_t i = 0; i < v.n; i++)
		if (!char_is_digit(v.p[i]) && !char_is_alpha(v.p[i]) && v.p[i] != '.' &&
		    v.p[i] != '-' && v.p[i] != '_')
			return false;
	return true;
}

static int64_t *first_seen(const struct intel_image *image)
{
	int64_t *first = mem_alloc((image->nmatches + 1) * sizeof(*first));

	for (uint32_t i = 0; i < image->nmatches; i++)
		first[i] = INT64_MAX;
	for (uint32_t i = 0; i < image->nvulns; i++) {
		const struct vuln_row *v = &image->vulns[i];

		for (uint32_t k = 0; v->published_ms && k < v->nsteps; k++) {
			struct config_step s = image->steps[v->first_step + k];

			if (s.op == CONFIG_MATCH || s.op == CONFIG_PLATFORM)
				first[s.arg] = MIN_OF(first[s.arg], v->published_ms);
		}
	}
	return first;
}

static void note_version(struct reading *r, uint32_t product, struct str v, int64_t ms)
{
	if (ms != INT64_MAX && plain_version(v))
		VEC_PUSH(&r->seen, (struct synth_seen){product, v, ms});
}

static int seen_cmp(const void *a, const void *b)
{
	const struct synth_seen *x = a, *y = b;
	int cmp;

	if (x->product != y->product)
		return x->product < y->product ? -1 : 1;
	cmp = version_compare(VERSION_GENERIC, x->version, y->version);
	cmp = cmp ? cmp : str_cmp(x->version, y->version);
	return cmp ? cmp : (x->ms > y->ms) - (x->ms < y->ms);
}

static void matches_read(struct reading *r, const struct intel_image *image)
{
	for (uint32_t i = 0; i < image->nmatches; i++) {
		const struct match *m = &image->matches[i];
		struct str prefix, version;
		uint32_t no;

		if (!software_of(m->cpe, &prefix, &version))
			continue;
		no = intern_put(r->keys, prefix);
		if (no == r->mentions.n)
			VEC_PUSH(&r->mentions, 0);
		r->mentions.v[no]++;
		note_version(r, no, version, r->first[i]);
		note_version(r, no, m->start, r->first[i]);
		note_version(r, no, m->end, r->first[i]);
	}
	if (r->seen.n)
		qsort(r->seen.v, r->seen.n, sizeof(*r->seen.v), seen_cmp);
}

/* "acrobat_reader" as "Acrobat Reader"; empty where the name is not plain. */
static struct str words_of(struct arena *arena, struct str s)
{
	struct str r = arena_str(arena, s);
	char *p = arena_alloc(arena, s.n + 1);
	bool begins = true;

	for (size_t i = 0; i < s.n; i++) {
		char ch = r.p[i];

		if (ch == '\\')
			return (struct str){0};
		if (begins && char_is_alpha(ch))
			ch = (char)(char_lower(ch) - 32);
		begins = ch == '_';
		p[i] = ch == '_' ? ' ' : ch;
	}
	return str_from(p, s.n);
}

static void name_product(struct arena *arena, struct synth_product *p)
{
	size_t colon = str_find_char(p->cpe, ':', 10);
	uint64_t hash = str_hash(p->cpe);

	p->of_servers = is_of_servers(p->cpe);
	p->spelling = hash % 8 < SYNTH_SPELLINGS ? (uint8_t)(hash % 8) : SYNTH_PLAIN;
	for (size_t i = 0; i < ARRAY_LEN(common); i++) {
		if (str_is(p->cpe, common[i].cpe)) {
			p->publisher = str_of(common[i].publisher);
			p->name = str_of(common[i].name);
			p->mentions = UINT32_MAX - (uint32_t)i;
			return;
		}
	}
	p->publisher = words_of(arena, str_sub(p->cpe, 10, colon - 10));
	p->name = words_of(arena, str_from_offset(p->cpe, colon + 1));
	if (!p->publisher.n || !p->name.n)
		p->publisher = p->name = (struct str){0};
}

static int popular_cmp(const void *a, const void *b)
{
	const struct synth_product *x = a, *y = b;

	if (x->mentions != y->mentions)
		return x->mentions > y->mentions ? -1 : 1;
	return str_cmp(x->cpe, y->cpe);
}

/* What organisations and their small suppliers wrote for themselves; nobody's dictionary. */
static void own_products(struct synth_products *p, int64_t as_of_ms, struct arena *arena)
{
	static const char *const makers[] = {"Wardworks Ltd", "Lumen Imaging", "Meddoc",
					     "Clinical Tools Group", "Informatics Department"};
	static const char *const what[] = {"Ward Board",   "Letters",	 "Bed Viewer",
					   "Rota Planner", "Label Tool", "Results Viewer",
					   "Theatre List", "Audit Form"};
	static const char *const numbers[] = {"1.0",   "1.2",	"1.2.7", "1.4",	  "2.0.1",
					      "2.1",   "2.2.4", "2.4",	 "3.0.1", "3.1",
					      "3.1.8", "3.3",	"4.0.2", "4.2",	  "5.0"};
	struct synth_version *v = ARENA_ARRAY(arena, struct synth_version, ARRAY_LEN(numbers));

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		v[i] = (struct synth_version){as_of_ms - (int64_t)(14 - i) * 200 * MS_PER_DAY,
					      str_of(numbers[i])};
	for (unsigned i = 0; i < OWN_PRODUCTS; i++)
		p->v[p->n++] = (struct synth_product){
			.publisher = str_of(makers[i % ARRAY_LEN(makers)]),
			.name = arena_fmt(arena, "%s %u", what[i / 5 % ARRAY_LEN(what)],
					  i / 40 + 1),
			.versions = v,
			.n = 1 + i % ARRAY_LEN(numbers)};
}

static void popularity(struct synth_products *p, struct arena *arena)
{
	double sum = 0, at = 0;
	size_t k = 0;

	p->often = ARENA_ARRAY(arena, uint32_t, SYNTH_OFTEN);
	for (size_t i = 0; i < p->known; i++)
		sum += 1.0 / (double)(i + OFFSET);
	for (size_t i = 0; i < p->known; i++) {
		at += SYNTH_OFTEN * (1.0 / (double)(i + OFFSET)) / sum;
		while (k < SYNTH_OFTEN && (double)k < at)
			p->often[k++] = (uint32_t)i;
	}
	for (; p->known && k < SYNTH_OFTEN; k++)
		p->often[k] = (uint32_t)p->known - 1;
}

void synth_products_read(const struct intel_image *image, int64_t as_of_ms, struct arena *arena,
			 struct synth_products *ret)
{
	struct reading r = {.arena = arena, .keys = intern_open(), .first = first_seen(image)};
	struct synth_history history = {.arena = arena, .as_of_ms = as_of_ms};
	struct synth_products p = {0};

	matches_read(&r, image);
	p.v = ARENA_ARRAY(arena, struct synth_product, r.mentions.n + OWN_PRODUCTS);
	for (size_t from = 0, to; from < r.seen.n; from = to) {
		struct synth_product *one = &p.v[p.n];
		uint32_t no = r.seen.v[from].product;

		for (to = from; to < r.seen.n && r.seen.v[to].product == no;)
			to++;
		one->n = synth_history_make(&history, r.seen.v + from, to - from, &one->versions);
		if (!one->n)
			continue;
		one->cpe = arena_str(arena, intern_str(r.keys, no));
		one->mentions = r.mentions.v[no];
		name_product(arena, one);
		p.n++;
	}
	p.known = p.n;
	if (p.n)
		qsort(p.v, p.n, sizeof(*p.v), popular_cmp);
	own_products(&p, as_of_ms, arena);
	popularity(&p, arena);
	free(history.v.v);
	free(r.first);
	free(r.seen.v);
	free(r.mentions.v);
	intern_close(r.keys);
	*ret = p;
}

uint32_t synth_product_draw(const struct synth_products *p, bool server, struct rng *rng)
{
	uint32_t own = (uint32_t)(p->n - p->known), no;

	if (!p->known || rng_below(rng, 100) < OWN_PERCENT)
		return (uint32_t)p->known + rng_below(rng, own);
	no = p->often[rng_u32(rng) % SYNTH_OFTEN];
	for (int i = 0; i < 8 && !server && p->v[no].of_servers; i++) {
		if (rng_below(rng, 100) < ELSEWHERE_PERCENT)
			return no;
		no = p->often[rng_u32(rng) % SYNTH_OFTEN];
	}
	return no;
}

struct str synth_version_at(const struct synth_product *p, int64_t ms)
{
	size_t out = synth_out_by(p->versions, p->n, sizeof(*p->versions), ms);

	return p->versions[out ? out - 1 : 0].text;
}
