#include "estate/read_nessus.h"

/*
 * What the outputs of Nessus's plugins say.  The names of plugins are those of
 * tenable.com/plugins; a list of software or updates is only made by those that
 * log in.
 */

enum {
	/* Below this confidence plugin 11936 guesses: 95 and more is what the machine's own
	 * services and logins say, a TCP/IP fingerprint stays below. */
	NESSUS_SURE = 95,
};

typedef bool plugin_fn(struct nessus *b, struct nessus_host *h, struct str output, struct err *err);

/* The value of "Label : value" or "Label = value" in a text. */
static struct str value_of(struct str text, const char *label)
{
	struct str line;

	while (str_next_line(&text, &line)) {
		line = str_trim(line);
		if (!str_starts_ci(line, str_of(label)))
			continue;
		line = str_trim(str_from_offset(line, strlen(label)));
		if (line.n && (line.p[0] == ':' || line.p[0] == '='))
			return str_trim(str_from_offset(line, 1));
	}
	return (struct str){0};
}

static struct str kept(struct nessus *b, struct str s)
{
	return scan_clean(&b->scan, s);
}

/* 19506 Nessus Scan Information */
static bool scan_information(struct nessus *b, struct nessus_host *h, struct str output,
			     struct err *err)
{
	struct str checks = value_of(output, "Credentialed checks");

	(void)err;
	if (checks.n)
		h->credentials = str_starts_ci(checks, STR("yes")) ? SAID_YES : SAID_NO;
	scan_taken(&b->scan, scan_time(value_of(output, "Scan Start Date")));
	return true;
}

void nessus_os(struct nessus *b, struct nessus_host *h, struct str os)
{
	if (h->os.n)
		return;
	/* One candidate a line. */
	os = str_trim(os);
	h->several = str_find_char(os, '\n', 0) != SIZE_MAX;
	h->os = kept(b, str_sub(os, 0, str_find_char(os, '\n', 0)));
}

/* 11936 OS Identification */
static bool os_identification(struct nessus *b, struct nessus_host *h, struct str output,
			      struct err *err)
{
	struct str os = value_of(output, "Remote operating system");
	uint64_t confidence = 0;

	(void)err;
	if (!os.n)
		return true;
	if (!h->os.n)
		nessus_os(b, h, os);
	if (!str_to_u64(value_of(output, "Confidence level"), &confidence))
		confidence = 0;
	if (str_eq(h->os, kept(b, os)))
		h->confidence = MAX_OF(h->confidence, confidence);
	return true;
}

/* 10785 Microsoft Windows SMB NativeLanManager Remote System Information Disclosure */
static bool native_lanman(struct nessus *b, struct nessus_host *h, struct str output,
			  struct err *err)
{
	(void)err;
	h->said = kept(b, value_of(output, "The remote Operating System is"));
	h->lanman = kept(b, value_of(output, "The remote native lan manager is"));
	return true;
}

/* 48942 Microsoft Windows SMB Registry : OS Version and Processor Architecture */
static bool registry_version(struct nessus *b, struct nessus_host *h, struct str output,
			     struct err *err)
{
	(void)err;
	h->build = kept(b, value_of(output, "Operating system version"));
	h->arch = kept(b, value_of(output, "Architecture"));
	return true;
}

/* 45590 Common Platform Enumeration (CPE) */
static bool platform_enumeration(struct nessus *b, struct nessus_host *h, struct str output,
				 struct err *err)
{
	struct str line;

	while (str_next_line(&output, &line))
		if (str_starts(str_trim(line), STR("cpe:")) &&
		    !nessus_put_cpe(b, h, str_trim(line), err))
			return false;
	return true;
}

/* The KB that a line begins with; 0: none. */
static uint32_t leading_kb(struct str line)
{
	size_t n = 0;
	uint32_t kb;

	line = str_trim(line);
	if (line.n > 2 && (line.p[0] == '+' || line.p[0] == '-'))
		line = str_trim(str_from_offset(line, 1));
	while (n < line.n && (char_is_alpha(line.p[n]) || char_is_digit(line.p[n])))
		n++;
	line = str_sub(line, 0, n);
	return str_starts_ci(line, STR("KB")) && kb_parse(line, &kb) ? kb : 0;
}

/* 62042 SMB QuickFixEngineering (QFE) Enumeration, 52001 the same through WMI */
static bool quick_fixes(struct nessus *b, struct nessus_host *h, struct str output, struct err *err)
{
	struct str line;
	uint32_t kb;

	(void)err;
	while (str_next_line(&output, &line)) {
		kb = leading_kb(line);
		if (!kb)
			continue;
		rows_kb(b->scan.r, h->device, kb);
		h->updates = true;
	}
	return true;
}

static struct str file_of(struct str path)
{
	for (size_t i = path.n; i-- > 0;)
		if (path.p[i] == '\\' || path.p[i] == '/')
			return str_from_offset(path, i + 1);
	return path;
}

static bool put_file(struct nessus *b, struct nessus_host *h, struct str path, struct str version,
		     struct err *err)
{
	struct str name = file_of(str_trim(path));

	version = scan_version(version);
	if (!name.n || name.n > ROW_ID_MAX || !version.n)
		return true;
	return rows_file(b->scan.r, h->device, kept(b, name), kept(b, version), err);
}

/* 93962 Microsoft Security Rollup Enumeration: rollups alone, so never the whole list */
static bool rollups(struct nessus *b, struct nessus_host *h, struct str output, struct err *err)
{
	struct str rest = output, line;
	uint32_t kb;

	while (str_next_line(&rest, &line)) {
		size_t at = str_find(line, STR("[KB"), 0);

		if (at == SIZE_MAX || str_find_ci(line, STR("rollup"), 0) == SIZE_MAX)
			continue;
		kb = leading_kb(str_from_offset(line, at + 1));
		if (!kb)
			continue;
		rows_kb(b->scan.r, h->device, kb);
		h->rollups = true;
	}
	return put_file(b, h, value_of(output, "File checked"), value_of(output, "File version"),
			err);
}

/* 38153 Microsoft Windows Summary of Missing Patches: not installed, whatever a list says */
static bool missing_patches(struct nessus *b, struct nessus_host *h, struct str output,
			    struct err *err)
{
	struct str line;
	uint32_t kb;

	(void)err;
	while (str_next_line(&output, &line)) {
		kb = leading_kb(line);
		if (kb)
			rows_offered(b->scan.r, h->device, kb);
	}
	return true;
}

/* A bulletin's check: none of the updates it lists is installed, and a file is as it was. */
static bool bulletin(struct nessus *b, struct nessus_host *h, struct str output, struct err *err)
{
	struct str line, path = {0}, version;
	bool in_list = false;
	size_t cut;
	uint32_t kb;

	while (str_next_line(&output, &line)) {
		line = str_trim(line);
		if (str_starts_ci(line, STR("Remote version"))) {
			version = value_of(line, "Remote version");
			if (path.n && !put_file(b, h, path, version, err))
				return false;
			path = (struct str){0};
		}
		cut = str_find_ci(line, STR(" has not been patched"), 0);
		if (cut != SIZE_MAX)
			path = str_sub(line, 0, cut);
		if (value_of(line, "KB").n && kb_parse(value_of(line, "KB"), &kb))
			rows_offered(b->scan.r, h->device, kb);
		if (in_list && line.n > 2 && line.p[0] == '-' &&
		    kb_parse(str_trim(str_from_offset(line, 1)), &kb))
			rows_offered(b->scan.r, h->device, kb);
		else
			in_list = str_find_ci(line, STR("missing one of the following rollup KBs"),
					      0) != SIZE_MAX;
	}
	return true;
}

/* 20811 Microsoft Windows Installed Software Enumeration (credentialed check) */
static bool windows_software(struct nessus *b, struct nessus_host *h, struct str output,
			     struct err *err)
{
	bool in_list = false;
	struct str line;

	h->cut |= str_find_ci(output, STR("only a partial"), 0) != SIZE_MAX;
	while (str_next_line(&output, &line)) {
		struct row_raw raw = {0};
		size_t bracket = str_find(line, STR("  ["), 0), at;

		if (str_find(line, STR("The following software are installed"), 0) != SIZE_MAX) {
			h->listed = in_list = true;
			continue;
		}
		if (str_find(line, STR("The following updates are installed"), 0) != SIZE_MAX)
			in_list = false;
		if (!in_list || !str_trim(line).n)
			continue;
		raw.name = kept(b, str_sub(line, 0, bracket == SIZE_MAX ? line.n : bracket));
		at = str_find(line, STR("[version "), 0);
		if (at != SIZE_MAX) {
			raw.version = str_from_offset(line, at + 9);
			raw.version = kept(
				b, str_sub(raw.version, 0, str_find_char(raw.version, ']', 0)));
		}
		raw.version = str_sub(raw.version, 0, ROW_VERSION_MAX);
		if (!rows_software(b->scan.r, h->device, &raw, false, err))
			return false;
	}
	return true;
}

static struct str next_word(struct str *rest)
{
	struct str s = str_trim(*rest);
	size_t n = 0;

	while (n < s.n && !char_is_space(s.p[n]))
		n++;
	*rest = str_from_offset(s, n);
	return str_sub(s, 0, n);
}

static size_t last_char(struct str s, char c)
{
	for (size_t i = s.n; i-- > 0;)
		if (s.p[i] == c)
			return i;
	return SIZE_MAX;
}

/* "ii  bash  5.0-4  amd64  GNU Bourne Again SHell", as dpkg -l; false when it is no such line.
 * Only what has an 'i' second is installed, not what was removed but for its settings. */
static bool dpkg_line(struct str line, struct row_raw *ret)
{
	struct str state = next_word(&line), name = next_word(&line), version = next_word(&line);
	size_t colon = str_find_char(name, ':', 0);

	if (state.n < 2 || state.n > 3 || !strchr("uihrp", state.p[0]) || !version.n ||
	    !strchr("ncHUFWtiR", state.p[1]))
		return false;
	if (state.p[1] == 'i')
		*ret = (struct row_raw){.name = str_sub(name, 0, colon), .version = version};
	return true;
}

/* "openssl-libs-1.0.2k-19.el7|1": name, version, release and epoch, as rpm -qa is asked for. */
static bool rpm_line(struct nessus *b, struct str line, struct row_raw *ret)
{
	struct str package = next_word(&line), epoch = {0};
	size_t bar = str_find_char(package, '|', 0), release, version;
	uint64_t n;

	if (bar != SIZE_MAX) {
		epoch = str_from_offset(package, bar + 1);
		package = str_sub(package, 0, bar);
	}
	release = last_char(package, '-');
	version = release == SIZE_MAX ? SIZE_MAX : last_char(str_sub(package, 0, release), '-');
	if (version == SIZE_MAX || !version || version + 1 == release)
		return false;
	ret->name = str_sub(package, 0, version);
	ret->version = str_from_offset(package, version + 1);
	if (str_to_u64(epoch, &n) && n)
		ret->version =
			arena_fmt(b->scan.host, "%ju:%.*s", (uintmax_t)n, STR_FMT(ret->version));
	return true;
}

static bool by_rpm(struct str system)
{
	static const char *const all[] = {
		"alibaba", "alma",	    "amazon",	      "cbl-mariner", "centos",	"euleros",
		"fedora",  "junos space",   "kylinos server", "mandr",	     "mcafee",	"oracle",
		"photon",  "vmware photon", "red hat",	      "rocky",	     "sophos",	"suse",
		"tencent", "trend",	    "citrix",	      "virtuozzo",   "carrier",
	};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (str_starts_ci(system, str_of(all[i])))
			return true;
	return false;
}

/* "Debian Linux" -> "debian", "Red Hat Linux" -> "redhat", as package URLs spell them. */
static struct str distribution_of(struct nessus *b, const struct nessus_host *h, struct str system)
{
	char *p;
	size_t n = 0, end = str_find_ci(system, STR(" linux"), 0);

	if (str_find_ci(h->os, STR("ubuntu"), 0) != SIZE_MAX)
		return STR("ubuntu");
	system = str_sub(system, 0, MIN_OF(end, (size_t)40));
	p = arena_alloc(b->scan.host, system.n + 1);
	for (size_t i = 0; i < system.n; i++)
		if (!char_is_space(system.p[i]))
			p[n++] = char_lower(system.p[i]);
	return kept(b, str_from(p, n));
}

static bool put_package(struct nessus *b, struct nessus_host *h, struct str system, struct str line,
			struct err *err)
{
	struct row_raw raw = {0};
	const char *type = NULL;

	if (dpkg_line(line, &raw))
		type = "deb";
	else if (by_rpm(system) && rpm_line(b, line, &raw))
		type = "rpm";
	else
		raw.name = line;
	raw.name = kept(b, raw.name);
	raw.version = str_sub(kept(b, raw.version), 0, ROW_VERSION_MAX);
	if (raw.name.n && type)
		raw.purl = package_purl(b->scan.host, type, distribution_of(b, h, system), raw.name,
					raw.version);
	if (raw.purl.n > PURL_MAX_BYTES)
		raw.purl = (struct str){0};
	return rows_software(b->scan.r, h->device, &raw, false, err);
}

/* 22869 Software Enumeration (SSH) */
static bool packages(struct nessus *b, struct nessus_host *h, struct str output, struct err *err)
{
	static const char before[] = "packages installed on the remote ";
	struct str line, system = {0};

	while (str_next_line(&output, &line)) {
		size_t at = str_find(line, str_of(before), 0);

		if (at != SIZE_MAX) {
			system = str_from_offset(line, at + sizeof(before) - 1);
			system = str_sub(system, 0, str_find(system, STR(" system"), 0));
			h->listed = true;
			continue;
		}
		if (system.n && str_trim(line).n && !put_package(b, h, system, line, err))
			return false;
	}
	return true;
}

/* 96982 Server Message Block (SMB) Protocol Version 1 Enabled (uncredentialed check) */
static bool smb1_enabled(struct nessus *b, struct nessus_host *h, struct str output,
			 struct err *err)
{
	(void)b, (void)output, (void)err;
	h->smb1 = h->smb1_asked = true;
	return true;
}

/* 100871 Microsoft Windows SMB Versions Supported (remote check) */
static bool smb_versions(struct nessus *b, struct nessus_host *h, struct str output,
			 struct err *err)
{
	(void)b, (void)err;
	h->smb1_asked |= str_find(output, STR("SMBv"), 0) != SIZE_MAX;
	h->smb1 |= str_find(output, STR("SMBv1"), 0) != SIZE_MAX;
	return true;
}

static const struct {
	const char *plugin;
	plugin_fn *put;
} plugins[] = {
	{"19506", scan_information},
	{"11936", os_identification},
	{"10785", native_lanman},
	{"48942", registry_version},
	{"45590", platform_enumeration},
	{"62042", quick_fixes},
	{"52001", quick_fixes},
	{"93962", rollups},
	{"38153", missing_patches},
	{"20811", windows_software},
	{"22869", packages},
	{"96982", smb1_enabled},
	{"100871", smb_versions},
};

static plugin_fn *plugin_of(struct str plugin)
{
	for (size_t i = 0; i < ARRAY_LEN(plugins); i++)
		if (str_is(plugin, plugins[i].plugin))
			return plugins[i].put;
	return NULL;
}

bool nessus_wants(struct str plugin, struct str family)
{
	return plugin_of(plugin) || str_is(family, "Windows : Microsoft Bulletins");
}

bool nessus_put(struct nessus *b, struct nessus_host *h, struct str plugin, struct str output,
		struct err *err)
{
	plugin_fn *put = plugin_of(plugin);

	/* Security Center leaves the tags of the XML in its tables. */
	output = str_sub(output, 0, str_find(output, STR("</plugin_output>"), 0));
	return nessus_device(b, h, err) && (put ? put : bulletin)(b, h, output, err);
}

bool nessus_put_cpe(struct nessus *b, struct nessus_host *h, struct str stated, struct err *err)
{
	size_t arrow = str_find(stated, STR(" ->"), 0);
	struct scan_service v = {.n = 1};
	struct err ignored;
	struct cpe cpe;

	v.cpe[0] = str_trim(str_sub(stated, 0, MIN_OF(arrow, stated.n)));
	if (!cpe_parse(b->scan.host, v.cpe[0], &cpe, &ignored))
		return true;
	if (str_is(cpe.attr[CPE_PART].text, "o")) {
		if (!h->os_cpe.n)
			h->os_cpe = kept(b, v.cpe[0]);
		return true;
	}
	if (arrow != SIZE_MAX)
		v.product = str_from_offset(stated, arrow + 3);
	return nessus_device(b, h, err) && scan_put_service(&b->scan, h->device, &v, err);
}

bool nessus_device(struct nessus *b, struct nessus_host *h, struct err *err)
{
	const struct str all[] = {h->netbios, h->hostname, h->fqdn, h->reported};
	struct str name = {0};
	size_t slash;

	if (h->has_device)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(all) && !name.n; i++)
		name = all[i];
	/* "WORKGROUP\NAME" */
	slash = last_char(name, '\\');
	if (slash != SIZE_MAX)
		name = str_from_offset(name, slash + 1);
	h->has_device = true;
	return scan_device(&b->scan, name, h->address, &h->device, err);
}

/* "AlmaLinux release 8.8 (Sapphire Caracal)": name and version of a distribution. */
static void part_name(struct str *name, struct str *version)
{
	size_t at = 0;
	struct str rest;

	while (at < name->n && !(char_is_digit(name->p[at]) && at && name->p[at - 1] == ' '))
		at++;
	if (at == name->n)
		return;
	rest = str_from_offset(*name, at);
	*version = scan_version(next_word(&rest));
	if (!version->n)
		return;
	*name = str_trim(str_sub(*name, 0, at));
	if (str_ends(*name, STR(" release")))
		*name = str_trim(str_sub(*name, 0, name->n - 8));
}

/* The registry's "6.1.7601", and "10.17763" for 10.0.17763. */
static struct str kernel_version(struct nessus *b, const struct nessus_host *h)
{
	size_t sp = str_find_ci(h->os, STR("Service Pack "), 0);
	struct str pack = sp == SIZE_MAX ? (struct str){0} : str_sub(h->os, sp, 14);

	if (str_starts(h->build, STR("10.")) && !str_starts(h->build, STR("10.0.")))
		return arena_fmt(b->scan.host, "10.0.%.*s", STR_FMT(str_from_offset(h->build, 3)));
	return arena_fmt(b->scan.host, "%.*s %.*s", STR_FMT(h->build), STR_FMT(pack));
}

static struct scan_system system_of(struct nessus *b, const struct nessus_host *h,
				    bool credentialed)
{
	struct scan_system v = {.name = h->os};
	bool windows = str_find_ci(h->os, STR("windows"), 0) != SIZE_MAX;
	size_t on = str_find(h->os, STR(" on "), 0);

	if (windows && h->build.n) {
		v.version = str_trim(kernel_version(b, h));
		v.sure = true;
		return v;
	}
	if (scan_windows(&b->scan, h->said, &v))
		return v;
	/* A kernel is not the distribution around it, by whose name the NVD goes. */
	v.sure = !h->several && (credentialed || h->confidence >= NESSUS_SURE) &&
		 (on != SIZE_MAX || !str_starts_ci(h->os, STR("linux kernel")));
	if (!v.sure) {
		if (v.name.n)
			v.name = arena_fmt(b->scan.host, "%.*s (a guess of Nessus)",
					   STR_FMT(v.name));
		return v;
	}
	if (str_starts_ci(v.name, STR("linux kernel")) && on != SIZE_MAX)
		v.name = str_trim(str_from_offset(v.name, on + 4));
	if (!windows)
		part_name(&v.name, &v.version);
	/* A distribution is no kernel, and the kernel's name would hide it. */
	if (!v.version.n)
		v.cpe = h->os_cpe;
	return v;
}

/* A list is whole by its maker, unless the scan denies that it logged in. */
static void settle_lists(struct row_device *d, const struct nessus_host *h)
{
	bool logged_in = h->credentials != SAID_NO;
	unsigned whole = 0, seen = 0;

	if (h->listed) {
		seen |= 1u << FACET_SOFTWARE;
		whole |= logged_in && !h->cut ? 1u << FACET_SOFTWARE : 0;
	}
	if (h->updates || h->rollups) {
		seen |= 1u << FACET_UPDATES;
		whole |= logged_in && h->updates ? 1u << FACET_UPDATES : 0;
	}
	d->seen |= (uint8_t)seen;
	d->complete |= (uint8_t)whole;
	d->incomplete |= (uint8_t)(d->seen & (1u << FACET_SOFTWARE | 1u << FACET_UPDATES));
}

bool nessus_settle(struct nessus *b, struct nessus_host *h, struct err *err)
{
	bool credentialed = h->credentials ? h->credentials == SAID_YES : h->tag_credentials;
	struct row_device *d;
	struct scan_system v;

	if (!nessus_device(b, h, err))
		return false;
	v = system_of(b, h, credentialed);
	if (!scan_put_system(&b->scan, h->device, &v, err) ||
	    !scan_put_samba(&b->scan, h->device, scan_samba(h->lanman), err))
		return false;
	if (h->smb1_asked)
		scan_put_smb1(&b->scan, h->device, h->smb1);
	d = &b->scan.r->devices.v[h->device];
	if (h->arch.n && !d->arch)
		d->arch = (uint8_t)row_arch_of(h->arch);
	settle_lists(d, h);
	return true;
}

bool nessus_end(struct nessus *b, struct err *err)
{
	if (!b->scan.hosts)
		return err_set(err, ERR_INVALID, "names no host that was scanned");
	if (b->verdicts)
		text_addf(&b->scan.r->notes,
			  "%ju %s a CVE: kept with the file, not taken as evidence\n",
			  (uintmax_t)b->verdicts,
			  plural(b->verdicts, "finding names", "findings name"));
	scan_tell(&b->scan);
	return true;
}
