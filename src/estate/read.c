#include "estate/read.h"

#include "base/table.h"

static const struct {
	const char *name;
	read_fn *read;
	enum estate_kind kind; /* how such a source looks, unless somebody says */
} formats[ESTATE_FORMATS] = {
	[ESTATE_AUTO] = {"auto", NULL, ESTATE_AGENT},
	[ESTATE_CSV] = {"csv", read_csv, ESTATE_AGENT},
	[ESTATE_CYCLONEDX] = {"cyclonedx", read_cyclonedx, ESTATE_AGENT},
	[ESTATE_SYSTEMINFO] = {"systeminfo", read_systeminfo, ESTATE_AGENT},
	[ESTATE_QFE] = {"qfe", read_qfe, ESTATE_AGENT},
	[ESTATE_OFFERED] = {"offered", read_offered, ESTATE_AGENT},
	[ESTATE_DEFENDER] = {"defender", read_defender, ESTATE_AGENT},
	[ESTATE_WAZUH] = {"wazuh", read_wazuh, ESTATE_AGENT},
	[ESTATE_OSQUERY] = {"osquery", read_osquery, ESTATE_AGENT},
	[ESTATE_SPDX] = {"spdx", read_spdx, ESTATE_AGENT},
	[ESTATE_NMAP] = {"nmap", read_nmap, ESTATE_SCAN},
	[ESTATE_NESSUS] = {"nessus", read_nessus, ESTATE_SCAN},
	[ESTATE_MAPPED] = {"mapped", read_mapped, ESTATE_AGENT},
	[ESTATE_DEVICE_LIST] = {"register", read_register, ESTATE_REGISTER},
};

enum { LOOK_BYTES = 64 << 10 };

const char *estate_format_name(enum estate_format format)
{
	return formats[format].name;
}

bool estate_format_by_name(struct str name, enum estate_format *ret)
{
	for (unsigned i = 0; i < ESTATE_FORMATS; i++)
		if (str_eq_ci(name, str_of(formats[i].name))) {
			*ret = (enum estate_format)i;
			return true;
		}
	return false;
}

/* Words that only this format has among its first bytes. */
static enum estate_format json_format(struct str s)
{
	static const struct {
		const char *word;
		enum estate_format format;
	} words[] = {
		{"\"bomFormat\"", ESTATE_CYCLONEDX},
		{"spdx.org/rdf/3", ESTATE_SPDX},
		{"\"specVersion\"", ESTATE_CYCLONEDX},
		{"\"spdxVersion\"", ESTATE_SPDX},
		{"\"SPDXID\"", ESTATE_SPDX},
		{"\"syscollector", ESTATE_WAZUH},
		{"wazuh-states-inventory", ESTATE_WAZUH},
		{"\"SoftwareName\"", ESTATE_DEFENDER},
		{"\"softwareName\"", ESTATE_DEFENDER},
		{"\"machineId\"", ESTATE_DEFENDER},
		{"\"computerDnsName\"", ESTATE_DEFENDER},
		{"securitycenter.windows.com", ESTATE_DEFENDER},
		{"security.microsoft.com", ESTATE_DEFENDER},
		{"\"hostIdentifier\"", ESTATE_OSQUERY},
		{"\"tables\"", ESTATE_OSQUERY},
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_find(s, str_of(words[i].word), 0) != SIZE_MAX)
			return words[i].format;
	return ESTATE_AUTO;
}

/* "KB4022161: Title" in the first line that holds anything. */
static bool looks_offered(struct str s)
{
	struct str line;
	uint32_t kb;

	while (str_next_line(&s, &line)) {
		size_t colon = str_find_char(line, ':', 0);

		if (!str_trim(line).n)
			continue;
		return colon != SIZE_MAX && str_starts_ci(line, STR("KB")) &&
		       kb_parse(str_sub(line, 0, colon), &kb);
	}
	return false;
}

/* Has a line "Label: 10.0.17134 ... 17134", as systeminfo in any language. */
static bool looks_systeminfo(struct str s)
{
	struct str line;

	while (str_next_line(&s, &line)) {
		size_t colon = str_find_char(line, ':', 0);
		struct windows_version v = {0};
		struct str value;

		if (colon == SIZE_MAX || colon > 60 || !line.n || char_is_space(line.p[0]))
			continue;
		value = str_trim(str_from_offset(line, colon + 1));
		if (value.n && char_is_digit(value.p[0]) && windows_version_parse(value, &v) &&
		    v.build && str_find_ci(value, STR("build"), 0) != SIZE_MAX)
			return true;
		if (value.n && char_is_digit(value.p[0]) && windows_version_parse(value, &v) &&
		    v.build >= 2600 && v.major >= 5 && v.major <= 10)
			return true;
	}
	return false;
}

/* Is there such a column, quoted or not? */
static bool has_column(struct str line, struct str name)
{
	struct str cell;

	for (const char *sep = ",;\t|"; *sep; sep++)
		for (struct str rest = line; str_next(&rest, *sep, &cell);) {
			cell = str_trim(cell);
			if (cell.n > 2 && cell.p[0] == '"' && cell.p[cell.n - 1] == '"')
				cell = str_trim(str_sub(cell, 1, cell.n - 2));
			if (str_eq_ci(cell, name))
				return true;
		}
	return false;
}

/* A register of medical devices is known by the column that nothing else has. */
static bool looks_register(struct str line)
{
	return has_column(line, STR("udi")) || has_column(line, STR("udi_di")) ||
	       has_column(line, STR("udi-di"));
}

/* The first line that is no comment. */
static struct str header_of(struct str s)
{
	struct str line;

	if (str_starts(s, STR("\xef\xbb\xbf")))
		s = str_from_offset(s, 3);
	while (str_next_line(&s, &line))
		if (str_trim(line).n && line.p[0] != '#')
			return line;
	return (struct str){0};
}

/* The root element, for which whatever precedes it makes place. */
static enum estate_format xml_format(struct str s)
{
	static const struct {
		const char *word;
		enum estate_format format;
	} words[] = {
		{"cyclonedx.org/schema/bom", ESTATE_CYCLONEDX},
		{"<nmaprun", ESTATE_NMAP},
		{"<NessusClientData", ESTATE_NESSUS},
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_find(s, str_of(words[i].word), 0) != SIZE_MAX)
			return words[i].format;
	return ESTATE_AUTO;
}

static enum estate_format text_format(struct str s)
{
	struct str first = s, line = {0};

	while (str_next_line(&first, &line) && !str_trim(line).n)
		;
	if (read_is_nessus_csv(line))
		return ESTATE_NESSUS;
	if (str_find_ci(line, STR("HotFixID"), 0) != SIZE_MAX)
		return ESTATE_QFE;
	if (looks_offered(s))
		return ESTATE_OFFERED;
	line = header_of(s);
	if (looks_register(line))
		return ESTATE_DEVICE_LIST;
	if (has_column(line, STR("device")))
		return ESTATE_CSV;
	if (looks_systeminfo(s))
		return ESTATE_SYSTEMINFO;
	return ESTATE_AUTO;
}

static enum estate_format format_of(struct str bytes, enum wire_kind kind)
{
	AUTO(text_freep) struct text text = {0};
	struct str head = str_sub(bytes, 0, LOOK_BYTES);
	struct err ignored;

	switch (kind) {
	case WIRE_JSON:
	case WIRE_NDJSON:
		return json_format(head);
	case WIRE_XML:
		return xml_format(head);
	case WIRE_CSV:
	case WIRE_TEXT:
	case WIRE_UTF16:
		head.n -= kind == WIRE_UTF16 ? head.n % 2 : 0;
		return text_to_utf8(head, true, &text, &ignored) ? text_format(text_str(&text))
								 : ESTATE_AUTO;
	default:
		return ESTATE_AUTO;
	}
}

enum estate_format read_format_of(struct str bytes)
{
	return format_of(bytes, wire_kind_of(bytes));
}

void read_file_release(struct read_file *f)
{
	for (size_t i = 0; i < f->keep.n; i++)
		text_free(&f->keep.v[i]);
	free(f->keep.v);
	for (size_t i = 0; i < f->n; i++)
		csv_pieces_close(f->members[i].pieces);
	free(f->members);
	*f = (struct read_file){0};
}

/* "10_1803_x64_pro_qfe.txt" -> "10_1803_x64_pro". */
struct str read_stem_of(struct str name)
{
	static const char *const kinds[] = {"systeminfo", "qfe", "hotfixes", "updates", "offered"};
	size_t from = 0;

	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] == '/' || name.p[i] == '\\')
			from = i + 1;
	name = str_from_offset(name, from);
	for (size_t i = name.n; i-- > 1;)
		if (name.p[i] == '.') {
			name = str_sub(name, 0, i);
			break;
		}
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct str kind = str_of(kinds[i]);

		if (name.n > kind.n + 1 &&
		    str_eq_ci(str_from_offset(name, name.n - kind.n), kind) &&
		    strchr("_-. ", name.p[name.n - kind.n - 1]))
			return str_sub(name, 0, name.n - kind.n - 1);
	}
	return name;
}

bool read_is_windows_text(enum estate_format f)
{
	return f == ESTATE_SYSTEMINFO || f == ESTATE_QFE || f == ESTATE_OFFERED;
}

/* A member that names no host belongs to the host that another of the same stem names, else it is
 * called by the stem. */
static void pair_members(struct read_file *f)
{
	AUTO(intern_closep) struct intern *stems = intern_open();
	AUTO(freep) struct str *host = mem_zero(f->n + 1, sizeof(*host));
	AUTO(freep) bool *named = mem_zero(f->n + 1, sizeof(*named));

	for (size_t i = 0; i < f->n; i++) {
		const struct read_member *m = &f->members[i];
		struct str h = read_host_of(f->arena, m->format, m->bytes);
		uint32_t at = intern_put(stems, read_stem_of(m->name));

		named[i] = h.n > 0;
		if (h.n && read_is_windows_text(m->format))
			host[at] = h;
	}
	for (size_t i = 0; i < f->n; i++) {
		struct read_member *m = &f->members[i];
		struct str stem = read_stem_of(m->name);

		if (named[i])
			continue;
		m->device = arena_str(f->arena, stem);
		if (read_is_windows_text(m->format) && host[intern_find(stems, stem)].n)
			m->device = host[intern_find(stems, stem)];
	}
}

/* Machines before what refers to them; else as they came. */
static void order_members(struct read_file *f)
{
	size_t to = 0;

	for (size_t i = 0; i < f->n; i++) {
		struct read_member m = f->members[i];

		if (m.format != ESTATE_DEFENDER ||
		    str_find(str_sub(m.bytes, 0, LOOK_BYTES), STR("\"computerDnsName\""), 0) ==
			    SIZE_MAX)
			continue;
		memmove(&f->members[to + 1], &f->members[to], (i - to) * sizeof(m));
		f->members[to++] = m;
	}
}

/* The template is read as it lies there, but what Excel calls Unicode text; a half of a pair in it
 * is told when it is read. */
static void make_utf8(struct read_file *f, struct read_member *m, enum wire_kind kind)
{
	AUTO(text_freep) struct text text = {0};
	struct err ignored;

	if (kind != WIRE_UTF16 || !text_to_utf8(m->bytes, false, &text, &ignored))
		return;
	m->bytes = text_str(&text);
	m->padded = true;
	VEC_PUSH(&f->keep, text);
	text = (struct text){0};
}

static void add_member(struct read_file *f, struct read_member m, enum wire_kind kind)
{
	m.map = f->map;
	if (m.map.n)
		m.format = ESTATE_MAPPED;
	if (m.format == ESTATE_AUTO)
		m.format = format_of(m.bytes, kind);
	if (m.format == ESTATE_AUTO) {
		f->skipped++;
		return;
	}
	if (m.format == ESTATE_CSV)
		make_utf8(f, &m, kind);
	f->members = mem_grow(f->members, f->n, &f->cap, sizeof(*f->members));
	f->members[f->n++] = m;
}

/* Members of an archive, or the one that a compressed file is. */
static bool open_members(struct read_file *f, struct err *err)
{
	const struct unpack_limits limits = {.member_bytes = (size_t)2 << 30,
					     .total_bytes = (size_t)4 << 30};
	AUTO(unpack_closep) struct unpack *unpack = NULL;
	const struct unpack_member *u;

	if (!unpack_bytes(f->name, f->bytes, &limits, &unpack, err))
		return false;
	for (;;) {
		struct text text = {0};
		struct str name;

		if (!unpack_next(unpack, &u, err))
			return false;
		if (!u)
			return true;
		name = arena_str(f->arena, u->name);
		unpack_take(unpack, &text);
		VEC_PUSH(&f->keep, text);
		add_member(f,
			   (struct read_member){.name = name,
						.bytes = text_str(&text),
						.padded = true,
						.format = f->format,
						.width = 1},
			   wire_kind_of(text_str(&text)));
	}
}

/* Nothing but white space, in UTF-16 too. */
static bool is_blank(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] && !char_is_space(s.p[i]) && (unsigned char)s.p[i] < 0xfe)
			return false;
	return true;
}

bool read_open(struct read_file *f, struct err *err)
{
	enum wire_kind kind = wire_kind_of(f->bytes);
	bool archive = kind == WIRE_ARCHIVE;

	if (!archive)
		add_member(f,
			   (struct read_member){.name = f->name,
						.bytes = f->bytes,
						.format = f->format,
						.width = 1},
			   kind);
	else if (!open_members(f, err))
		return false;
	if (!f->n && !archive && is_blank(f->bytes))
		return err_set(err, ERR_INVALID, "holds nothing");
	if (!f->n)
		return err_set(
			err, ERR_UNSUPPORTED,
			"is no inventory we read (CSV template, register of medical devices, "
			"CycloneDX, SPDX, systeminfo, qfe, Defender, Wazuh, osquery, Nmap, Nessus; "
			"any other table of devices by --map)");
	pair_members(f);
	order_members(f);
	return true;
}

void read_state_device(struct read_file *f, struct str device)
{
	for (size_t i = 0; i < f->n; i++) {
		if (!f->members[i].device.n)
			continue;
		f->members[i].device = device;
		f->members[i].stated = true;
	}
}

static bool says_anything(const struct rows *r)
{
	for (size_t i = 0; i < r->devices.n; i++)
		if (r->devices.v[i].seen || r->devices.v[i].smb1_off)
			return true;
	return r->no_kbs.n || r->files.n;
}

/* A file says for how long it is fresh by what it is; of several kinds, for the shortest time. */
static struct str kind_of(const struct read_file *f)
{
	enum estate_kind kind = formats[f->members[0].format].kind;

	for (size_t i = 1; i < f->n; i++)
		kind = MIN_OF(kind, formats[f->members[i].format].kind);
	return kind == ESTATE_AGENT ? (struct str){0} : str_of(estate_kind_name(kind));
}

bool read_rows(struct read_file *f, struct rows *r, struct err *err)
{
	r->format = f->members[0].format;
	for (size_t i = 0; i < f->n; i++) {
		struct read_member *m = &f->members[i];

		r->borrow = m->format == ESTATE_CSV;
		r->line = 0;
		if (!formats[m->format].read(r, m, err))
			return f->n > 1 ? err_wrap(err, "%.*s", STR_FMT(str_sub(m->name, 0, 80)))
					: false;
	}
	r->line = 0;
	if (!r->devices.n)
		return err_set(err, ERR_INVALID, "names no device");
	/* A register may list bare devices; an agent's file that says nothing is a mistake. */
	if (r->format != ESTATE_CSV && r->format != ESTATE_MAPPED &&
	    r->format != ESTATE_DEVICE_LIST && !says_anything(r))
		return err_set(err, ERR_INVALID,
			       "says nothing of a system, software or updates: %s",
			       formats[r->format].kind == ESTATE_SCAN
				       ? "scan with -sV and -O, or with credentials"
				       : "leave this file out");
	if (!r->kind.n)
		r->kind = kind_of(f);
	rows_finish(r);
	return true;
}
