#include "estate/mapping.h"

const char *const target_names[TARGETS] = {
	[TARGET_DEVICE] = "device",
	[TARGET_CLASS] = "class",
	[TARGET_TYPE] = "type",
	[TARGET_SEGMENT] = "segment",
	[TARGET_SERVICE] = "service",
	[TARGET_OS] = "os",
	[TARGET_OS_VERSION] = "os_version",
	[TARGET_OS_CPE] = "os_cpe",
	[TARGET_OS_ARCH] = "os_arch",
	[TARGET_OS_ROLE] = "os_role",
	[TARGET_INTERNET] = "internet_facing",
	[TARGET_SMB1] = "smb1",
	[TARGET_VENDOR] = "vendor",
	[TARGET_MODEL] = "model",
	[TARGET_UDI] = "udi",
	[TARGET_SUPPORT] = "support_until",
	[TARGET_CONTROLS] = "controls",
	[TARGET_SEEN] = "seen",
	[TARGET_UPDATES] = "updates",
	[TARGET_PUBLISHER] = "publisher",
	[TARGET_NAME] = "name",
	[TARGET_VERSION] = "version",
	[TARGET_CPE] = "cpe",
	[TARGET_PURL] = "purl",
	[TARGET_ORG] = "org",
};

static void table_release(struct map_table *t)
{
	free(t->words.v);
	free(t->sieves.v);
}

void mapping_release(struct mapping *m)
{
	table_release(&m->common);
	for (size_t i = 0; i < m->tables.n; i++)
		table_release(&m->tables.v[i]);
	free(m->tables.v);
	*m = (struct mapping){0};
}

struct parse {
	struct mapping *m;
	struct map_table *table;
	size_t line;
};

static bool bad(const struct parse *p, struct err *err, const char *what, struct str of)
{
	return err_set(err, ERR_INVALID, "mapping line %zu: \"%.*s\" %s", p->line,
		       STR_FMT(str_sub(of, 0, 80)), what);
}

static bool is_quoted(struct str s)
{
	return s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"';
}

/* "{OScode}.{BuildNumber}" */
static bool parse_pieces(const struct parse *p, struct str s, struct choice *to, struct err *err)
{
	struct str whole = s;

	while (s.n) {
		size_t open = str_find_char(s, '{', 0), close = str_find_char(s, '}', 0);
		struct piece piece = {.before = str_sub(s, 0, open)};

		if (to->n == MAPPING_PIECES)
			return bad(p, err, "is made of too many pieces", whole);
		if (open == SIZE_MAX && close == SIZE_MAX) {
			to->v[to->n++] = piece;
			return true;
		}
		if (close == SIZE_MAX || open == SIZE_MAX || open > close)
			return bad(p, err, "has a brace without its other", whole);
		piece.column = str_trim(str_sub(s, open + 1, close - open - 1));
		if (!piece.column.n)
			return bad(p, err, "names no column between its braces", whole);
		to->v[to->n++] = piece;
		s = str_from_offset(s, close + 1);
	}
	return true;
}

static bool parse_choice(const struct parse *p, struct str s, struct choice *to, struct err *err)
{
	if (!s.n)
		return bad(p, err, "names no column", s);
	if (is_quoted(s)) {
		to->v[to->n++] = (struct piece){.before = str_sub(s, 1, s.n - 2), .constant = true};
		return true;
	}
	if (str_find_char(s, '{', 0) != SIZE_MAX)
		return parse_pieces(p, s, to, err);
	to->v[to->n++] = (struct piece){.column = s};
	return true;
}

static bool target_of(struct str name, enum target *ret)
{
	for (unsigned t = 0; t < TARGETS; t++)
		if (str_eq_ci(name, str_of(target_names[t]))) {
			*ret = (enum target)t;
			return true;
		}
	return false;
}

static bool parse_rule(const struct parse *p, enum target target, struct str value, bool optional,
		       struct err *err)
{
	struct rule *rule = &p->table->rules[target];
	struct str one;

	if (rule->n)
		return bad(p, err, "is mapped twice", str_of(target_names[target]));
	rule->line = p->line;
	rule->optional = optional;
	while (str_next(&value, '|', &one)) {
		if (rule->n == MAPPING_CHOICES)
			return bad(p, err, "has too many choices", str_of(target_names[target]));
		if (!parse_choice(p, str_trim(one), &rule->v[rule->n++], err))
			return false;
	}
	return rule->n || bad(p, err, "names no column", str_of(target_names[target]));
}

/* "class: Desktop = workstation", "skip: Status = retired" */
static bool parse_word(const struct parse *p, struct str key, struct str to, struct err *err)
{
	size_t colon = str_find_char(key, ':', 0);
	struct str name = str_trim(str_sub(key, 0, colon));
	struct str from = str_trim(str_from_offset(key, colon + 1));
	bool only = str_eq_ci(name, STR("only"));
	struct word word = {.from = from, .to = to};

	if (!from.n)
		return bad(p, err, "says nothing behind its colon", key);
	if (only || str_eq_ci(name, STR("skip"))) {
		VEC_PUSH(&p->table->sieves, (struct sieve){from, to, only});
		return true;
	}
	if (!target_of(name, &word.target))
		return bad(p, err, "is nothing that can be mapped (doc/templates/mapping.md)",
			   name);
	VEC_PUSH(&p->table->words, word);
	return true;
}

static bool parse_sees(struct str value, unsigned *ret)
{
	int bits;

	if (!row_sees_parse(value, &bits))
		return false;
	*ret = (unsigned)bits;
	return true;
}

static bool parse_dates(struct str value, enum date_order *ret)
{
	static const char *const names[] = {
		[DATES_ISO] = "iso", [DATES_DMY] = "dmy", [DATES_MDY] = "mdy"};

	for (unsigned i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq_ci(value, str_of(names[i]))) {
			*ret = (enum date_order)i;
			return true;
		}
	return false;
}

/* *ret_known: key is one of those; what it says is right when the function returns true. */
static bool parse_statement(struct mapping *m, struct str key, struct str value, bool *ret_known)
{
	enum estate_kind kind;
	unsigned bits = 0;

	*ret_known = true;
	if (str_eq_ci(key, STR("source"))) {
		m->source = value;
		return value.n && value.n <= ROW_ID_MAX;
	}
	if (str_eq_ci(key, STR("kind"))) {
		m->kind = value;
		return row_kind_parse(value, &kind);
	}
	if (str_eq_ci(key, STR("scope")))
		return row_scope_parse(value, &m->whole);
	if (str_eq_ci(key, STR("sees")))
		return row_sees_parse(value, &m->sees);
	if (str_eq_ci(key, STR("incomplete"))) {
		bool ok = parse_sees(value, &bits);

		m->incomplete = bits;
		return ok;
	}
	if (str_eq_ci(key, STR("dates")))
		return parse_dates(value, &m->dates);
	if (str_eq_ci(key, STR("same_device"))) {
		m->first_word = str_eq_ci(value, STR("first"));
		return m->first_word || str_eq_ci(value, STR("refuse"));
	}
	return *ret_known = false;
}

static bool parse_line(struct parse *p, struct str line, struct err *err)
{
	size_t eq = str_find_char(line, '=', 0);
	struct str key = str_trim(str_sub(line, 0, eq)), value;
	bool optional, known;
	enum target target;

	if (eq == SIZE_MAX)
		return bad(p, err, "is neither NAME = COLUMN nor [TABLE]", line);
	value = str_trim(str_from_offset(line, eq + 1));
	if (str_find_char(key, ':', 0) != SIZE_MAX)
		return parse_word(p, key, value, err);
	optional = key.n && key.p[key.n - 1] == '?';
	if (optional)
		key = str_trim(str_sub(key, 0, key.n - 1));
	if (target_of(key, &target))
		return parse_rule(p, target, value, optional, err);
	if (parse_statement(p->m, key, value, &known))
		return true;
	return bad(p, err,
		   known ? "is nothing that can be said here (doc/templates/mapping.md)"
			 : "is nothing that can be mapped (doc/templates/mapping.md)",
		   known ? value : key);
}

static bool parse_heading(struct parse *p, struct str line, struct err *err)
{
	struct str name = str_trim(str_sub(line, 1, line.n - 2));

	if (line.p[line.n - 1] != ']' || !name.n)
		return bad(p, err, "is no [TABLE]", line);
	if (p->m->tables.n == MAPPING_MAX_TABLES)
		return bad(p, err, "is one table too many", name);
	VEC_PUSH(&p->m->tables, (struct map_table){.name = name});
	p->table = &p->m->tables.v[p->m->tables.n - 1];
	return true;
}

static bool parse_lines(struct parse *p, struct str text, struct err *err)
{
	struct str line;

	if (str_starts(text, STR("\xef\xbb\xbf")))
		text = str_from_offset(text, 3);
	for (p->line = 1; str_next_line(&text, &line); p->line++) {
		line = str_trim(line);
		if (!line.n || line.p[0] == '#')
			continue;
		if (!(line.p[0] == '[' ? parse_heading(p, line, err) : parse_line(p, line, err)))
			return false;
	}
	return true;
}

static bool names_device(const struct mapping *m, struct err *err)
{
	if (m->common.rules[TARGET_DEVICE].n)
		return true;
	if (!m->tables.n)
		return err_set(err, ERR_INVALID, "mapping: nothing says which column is device");
	for (size_t i = 0; i < m->tables.n; i++)
		if (!m->tables.v[i].rules[TARGET_DEVICE].n)
			return err_set(err, ERR_INVALID,
				       "mapping: in [%.*s] nothing says which column is device",
				       STR_FMT(str_sub(m->tables.v[i].name, 0, 60)));
	return true;
}

bool mapping_parse(struct str text, struct mapping *ret, struct err *err)
{
	AUTO(mapping_release) struct mapping m = {.whole = -1, .sees = -1};
	struct parse p = {.m = &m, .table = &m.common};
	size_t at;

	if (text.n > MAPPING_MAX_BYTES)
		return err_set(err, ERR_LIMIT, "mapping: %zu bytes, at most %d are read", text.n,
			       MAPPING_MAX_BYTES);
	if (!str_is_utf8(text, &at))
		return err_set(err, ERR_INVALID, "mapping: byte %zu is not UTF-8", at);
	if (!parse_lines(&p, text, err) || !names_device(&m, err))
		return false;
	*ret = m;
	m = (struct mapping){0};
	return true;
}

/* ---- words of cells ------------------------------------------------------------------ */

static bool digits(struct str *rest, size_t least, size_t most, unsigned *ret)
{
	size_t n = 0;
	unsigned x = 0;

	while (n < rest->n && n < most && char_is_digit(rest->p[n]))
		x = x * 10 + (unsigned)(rest->p[n++] - '0');
	if (n < least)
		return false;
	*ret = x;
	*rest = str_from_offset(*rest, n);
	return true;
}

static bool sign(struct str *rest, const char *signs)
{
	if (!rest->n || !rest->p[0] || !strchr(signs, rest->p[0]))
		return false;
	*rest = str_from_offset(*rest, 1);
	return true;
}

/* "7:44", "7:44:00 PM" behind a date; what else stands there says nothing. */
static int64_t time_of(struct str s)
{
	unsigned hour, minute, second = 0;

	s = str_trim(s);
	if (!digits(&s, 1, 2, &hour) || !sign(&s, ":") || !digits(&s, 2, 2, &minute))
		return 0;
	if (sign(&s, ":") && !digits(&s, 2, 2, &second))
		second = 0;
	s = str_trim(s);
	if (hour <= 12 && str_starts_ci(s, STR("pm")))
		hour = hour % 12 + 12;
	else if (hour == 12 && str_starts_ci(s, STR("am")))
		hour = 0;
	if (hour > 23 || minute > 59 || second > 59)
		return 0;
	return (((int64_t)hour * 60 + minute) * 60 + second) * MS_PER_SECOND;
}

bool mapping_date(struct str s, enum date_order order, int64_t *ret_ms)
{
	unsigned a, b, c, year, month, day;
	struct str rest = s = str_trim(s);

	if (stamp_parse(s, ret_ms))
		return true;
	if (!digits(&rest, 1, 4, &a) || !sign(&rest, "-/. ") || !digits(&rest, 1, 2, &b) ||
	    !sign(&rest, "-/. ") || !digits(&rest, 2, 4, &c))
		return false;
	if (rest.n && !char_is_space(rest.p[0]) && rest.p[0] != 'T' && rest.p[0] != ',')
		return false;
	year = a > 31 ? a : c;
	day = a > 31 ? c : order == DATES_MDY ? b : a;
	month = a <= 31 && order == DATES_MDY ? a : b;
	/* 3/4/2017 is two days, unless somebody says which. */
	if (a <= 31 && order == DATES_ISO)
		return false;
	if (year < 1000 || !date_valid(year, month, day))
		return false;
	*ret_ms = day_of(year, month, day) * MS_PER_DAY +
		  time_of(rest.n ? str_from_offset(rest, 1) : rest);
	return true;
}

bool mapping_last_day(struct str s, enum date_order order, char buf[STAMP_BYTES], struct str *ret)
{
	struct str rest = s = str_trim(s);
	unsigned year, month = 12;
	int64_t ms;

	if (mapping_date(s, order, &ms)) {
		*ret = date_format(ms, buf);
		return true;
	}
	if (!digits(&rest, 4, 4, &year) || year < 1000)
		return false;
	if (rest.n && (!sign(&rest, "-/") || !digits(&rest, 2, 2, &month) || rest.n))
		return false;
	if (month < 1 || month > 12)
		return false;
	ms = (month == 12 ? day_of(year + 1, 1, 1) : day_of(year, month + 1, 1)) * MS_PER_DAY;
	*ret = date_format(ms - MS_PER_DAY, buf);
	return true;
}

/* GS1: "(01)" or "01" and a GTIN of 14 digits, or a bare GTIN; HIBCC: "+", ICCBBA: "=" or "&". */
bool udi_looks_right(struct str s)
{
	size_t n = 0;

	if (s.n < 6 || s.n > ROW_ID_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] > '~')
			return false;
	if (s.p[0] == '+' || s.p[0] == '=' || s.p[0] == '&')
		return char_is_alpha(s.p[1]) || char_is_digit(s.p[1]);
	if (str_starts(s, STR("(01)")))
		s = str_from_offset(s, 4);
	else if (s.n >= 16 && str_starts(s, STR("01")))
		s = str_from_offset(s, 2);
	while (n < s.n && char_is_digit(s.p[n]))
		n++;
	return n >= 14 || (n == s.n && (n == 8 || n == 12 || n == 13));
}

const char register_mapping[] =
	"source = device register\n"
	"kind = register\n"
	"device = device | id | asset | asset_id | asset id\n"
	"class ?= class | \"medical\"\n"
	"type ?= type | device_type | device type\n"
	"vendor ?= vendor | manufacturer\n"
	"model ?= model\n"
	"udi = udi | udi_di | udi-di\n"
	"os ?= os\n"
	"os_version ?= os_version\n"
	"os_cpe ?= os_cpe\n"
	"os_arch ?= os_arch\n"
	"os_role ?= os_role\n"
	"publisher ?= publisher | vendor | manufacturer\n"
	"name ?= software | name\n"
	"version ?= software_version | software version | version\n"
	"cpe ?= cpe\n"
	"purl ?= purl\n"
	"updates ?= updates\n"
	"support_until ?= support_until | support until | supported_until | end of support\n"
	"segment ?= network | segment\n"
	"service ?= service | department\n"
	"internet_facing ?= internet_facing | internet-facing | internet facing\n"
	"smb1 ?= smb1\n"
	"controls ?= controls\n"
	"seen ?= seen | checked\n"
	"org ?= org\n";
