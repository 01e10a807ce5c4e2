#include "estate/read.h"

/*
 * What Windows prints about itself, in any language: labels differ, the order
 * and the shape of values do not.  The line of the version ("6.1.7601 Service
 * Pack 1 Build 7601") follows that of the caption, which follows the host's.
 */

struct sysinfo_line {
	struct str label, value;
};

/* "Label:   value" that begins in the first column. */
static bool split_line(struct str line, struct sysinfo_line *ret)
{
	size_t at = 0;

	if (!line.n || char_is_space(line.p[0]))
		return false;
	/* Labels may hold a colon themselves ("Virtual Memory: In Use:    1 MB"). */
	for (;;) {
		at = str_find_char(line, ':', at);
		if (at == SIZE_MAX)
			return false;
		if (at + 1 >= line.n || char_is_space(line.p[at + 1]))
			break;
		at++;
	}
	ret->label = str_trim(str_sub(line, 0, at));
	ret->value = str_trim(str_from_offset(line, at + 1));
	return true;
}

static bool is_version(struct str value)
{
	struct windows_version v = {0};

	return value.n && char_is_digit(value.p[0]) && windows_version_parse(value, &v) && v.build;
}

/* "[12]: KB4012212": the text behind the number. */
static bool split_item(struct str line, struct str *ret)
{
	struct str s = str_trim(line);
	size_t i = 1;

	if (s.n < 3 || s.p[0] != '[')
		return false;
	while (i < s.n && char_is_digit(s.p[i]))
		i++;
	if (i == 1 || i + 1 >= s.n || s.p[i] != ']' || s.p[i + 1] != ':')
		return false;
	*ret = str_trim(str_from_offset(s, i + 2));
	return true;
}

/* The number of an update: "KB4012212", "Q147222", "KB914961 - Service Pack". */
static bool item_kb(struct str item, uint32_t *ret)
{
	size_t blank = 0;
	struct str word;

	while (blank < item.n && !char_is_space(item.p[blank]))
		blank++;
	word = str_sub(item, 0, blank);
	if (word.n > 2 && (word.p[0] == 'Q' || word.p[0] == 'q') && char_is_digit(word.p[1]))
		word = str_from_offset(word, 1);
	else if (!str_starts_ci(word, STR("KB")))
		return false;
	return kb_parse(word, ret);
}

/* Words that the label of the list of updates holds: en de nl pt cs; it; fr; es; pt; pl; sv; da. */
static bool is_update_label(struct str label)
{
	static const char *const words[] = {
		"hotfix",  "aggiornament", "correctif",	   "revisi",   "corre\xc3\xa7",
		"poprawk", "snabbkorr",	   "hurtigrettel", "gyorsjav", "d\xc3\xbczeltme"};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_find_ci(label, str_of(words[i]), 0) != SIZE_MAX)
			return true;
	return false;
}

static bool is_system_type(struct str value)
{
	return str_find_ci(value, STR("PC"), 0) != SIZE_MAX && value.n < 40 &&
	       row_arch_of(value) != WINDOWS_ARCH_ANY;
}

struct sysinfo {
	struct str host, caption, version, type;
	bool has_version, has_updates, cut;
	uint64_t stated, listed;
	bool stated_known;
	VEC_OF(uint32_t) kbs;
};

static void sysinfo_release(struct sysinfo *s)
{
	free(s->kbs.v);
}

static uint64_t first_number(struct str s, bool *ret_any)
{
	uint64_t n = 0;
	size_t i = 0;

	while (i < s.n && !char_is_digit(s.p[i]))
		i++;
	*ret_any = i < s.n;
	for (size_t digits = 0; i < s.n && char_is_digit(s.p[i]) && digits < 9; i++, digits++)
		n = n * 10 + (uint64_t)(s.p[i] - '0');
	return n;
}

/* One line of the list of updates; the list ends at the next label. */
static void take_item(struct sysinfo *out, struct str item, bool last_of_file)
{
	uint32_t kb;

	out->listed++;
	/* The last number of a file that just stops may be cut short. */
	if (last_of_file)
		out->cut = true;
	else if (item_kb(item, &kb))
		VEC_PUSH(&out->kbs, kb);
}

static void scan(struct str text, struct sysinfo *out)
{
	struct str line, item, before[2] = {{0}};
	struct sysinfo_line l = {0}, head = {0};
	bool in_updates = false;
	uint32_t kb;

	while (str_next_line(&text, &line)) {
		if (split_line(line, &l)) {
			in_updates = is_update_label(l.label);
			head = l;
			if (in_updates) {
				out->has_updates = true;
				out->stated = first_number(l.value, &out->stated_known);
			}
			if (!out->has_version && is_version(l.value)) {
				out->has_version = true;
				out->version = l.value;
				out->caption = before[1];
				out->host = before[0];
			}
			if (!out->type.n && out->has_version && is_system_type(l.value))
				out->type = l.value;
			before[0] = before[1];
			before[1] = l.value;
		} else if (split_item(line, &item)) {
			if (!in_updates && !out->has_updates && item_kb(item, &kb)) {
				in_updates = out->has_updates = true;
				out->stated = first_number(head.value, &out->stated_known);
			}
			if (in_updates)
				take_item(out, item,
					  !text.n && line.n && line.p[line.n] != '\n' &&
						  line.p[line.n] != '\r');
		}
	}
}

static bool put_device(struct rows *r, const struct sysinfo *s, uint32_t device, struct err *err)
{
	struct row_device *d = &r->devices.v[device];

	if (!rows_text(r, device, ROW_OS_NAME, s->caption, err) ||
	    !rows_text(r, device, ROW_OS_VERSION, s->version, err))
		return false;
	rows_seen(r, device, FACET_OS);
	d->arch = (uint8_t)row_arch_of(s->type);
	if (!s->has_updates)
		return true;
	rows_seen(r, device, FACET_UPDATES);
	/* "N/A" is no count: it may be none, or a question that failed. */
	if (!s->stated_known || s->cut || s->listed < s->stated)
		rows_incomplete(r, device, FACET_UPDATES);
	for (size_t i = 0; i < s->kbs.n; i++)
		rows_kb(r, device, s->kbs.v[i]);
	return true;
}

static bool device_of(struct rows *r, const struct read_member *m, struct str host, uint32_t *ret,
		      struct err *err)
{
	struct str id = host.n ? host : m->device;

	if (!id.n)
		return err_set(err, ERR_INVALID, "names no host: say whose it is with --device ID");
	return rows_device(r, id, ret, err);
}

bool read_systeminfo(struct rows *r, const struct read_member *m, struct err *err)
{
	AUTO(text_freep) struct text text = {0};
	AUTO(sysinfo_release) struct sysinfo s = {0};
	uint32_t device = 0;

	if (!text_to_utf8(m->bytes, true, &text, err))
		return false;
	scan(text_str(&text), &s);
	if (!s.has_version)
		return err_set(err, ERR_INVALID,
			       "no line with a Windows version, as \"OS Version: 6.1.7601 ...\"");
	r->lines++;
	return device_of(r, m, s.host, &device, err) && put_device(r, &s, device, err);
}

/* ---- tables of updates: wmic qfe, Get-HotFix -------------------------------------- */

/* The next word of a table's line: parted by blanks, or by commas in a CSV. */
static bool next_word(struct str *rest, bool commas, struct str *ret)
{
	size_t i = 0, n;

	if (commas)
		return rest->n && str_next(rest, ',', ret);
	while (i < rest->n && char_is_space(rest->p[i]))
		i++;
	n = i;
	while (n < rest->n && !char_is_space(rest->p[n]))
		n++;
	*ret = str_sub(*rest, i, n - i);
	*rest = str_from_offset(*rest, n);
	return ret->n > 0;
}

static bool line_kb(struct str line, bool commas, uint32_t *ret)
{
	struct str word;

	while (next_word(&line, commas, &word))
		if (str_starts_ci(word, STR("KB")) && item_kb(word, ret))
			return true;
	return false;
}

struct qfe {
	struct str rest;  /* behind the header line */
	size_t host_at;	  /* offset of the host's column, SIZE_MAX for none */
	size_t host_word; /* the same in words, for a CSV */
	bool commas;
};

static bool qfe_header(struct str text, struct qfe *ret)
{
	static const char *const hosts[] = {"CSName", "Source", "Node", "PSComputerName"};
	struct str line, word, words;
	size_t n = 0;

	do {
		if (!str_next_line(&text, &line))
			return false;
	} while (!str_trim(line).n);
	if (str_find_ci(line, STR("HotFixID"), 0) == SIZE_MAX)
		return false;
	*ret = (struct qfe){.rest = text,
			    .host_at = SIZE_MAX,
			    .host_word = SIZE_MAX,
			    .commas = str_find_char(line, ',', 0) != SIZE_MAX};
	for (words = line; next_word(&words, ret->commas, &word); n++)
		for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
			if (str_eq_ci(str_trim(word), str_of(hosts[i]))) {
				ret->host_at = (size_t)(word.p - line.p);
				ret->host_word = n;
			}
	return true;
}

static struct str qfe_host(const struct qfe *q, struct str line)
{
	struct str word = {0};

	if (q->host_at == SIZE_MAX)
		return word;
	if (q->commas) {
		for (size_t i = 0; i <= q->host_word; i++)
			if (!str_next(&line, ',', &word))
				return (struct str){0};
		return str_trim(word);
	}
	/* A column begins where its heading does; a text before it may be wider in bytes. */
	if (q->host_at >= line.n || (q->host_at && !char_is_space(line.p[q->host_at - 1])))
		return (struct str){0};
	line = str_from_offset(line, q->host_at);
	return next_word(&line, false, &word) ? word : (struct str){0};
}

bool read_qfe(struct rows *r, const struct read_member *m, struct err *err)
{
	AUTO(text_freep) struct text text = {0};
	struct qfe q = {0};
	struct str line;
	bool any = false;

	if (!text_to_utf8(m->bytes, true, &text, err))
		return false;
	if (!qfe_header(text_str(&text), &q)) {
		if (str_trim(text_str(&text)).n)
			return err_set(err, ERR_INVALID, "no heading with HotFixID");
		r->skipped++;
		return true;
	}
	while (str_next_line(&q.rest, &line)) {
		uint32_t kb, device = 0;

		if (!line_kb(line, q.commas, &kb))
			continue;
		if (!device_of(r, m, qfe_host(&q, line), &device, err))
			return false;
		r->lines++;
		any = true;
		rows_seen(r, device, FACET_UPDATES);
		if (!q.rest.n && line.p[line.n] != '\n' && line.p[line.n] != '\r') {
			rows_incomplete(r, device, FACET_UPDATES);
			continue;
		}
		r->devices.v[device].complete |= 1u << FACET_UPDATES;
		rows_kb(r, device, kb);
	}
	/* A heading and nothing beneath is no proof that nothing is installed. */
	if (!any)
		r->skipped++;
	return true;
}

/* ---- what Windows Update offers ---------------------------------------------------- */

bool read_offered(struct rows *r, const struct read_member *m, struct err *err)
{
	AUTO(text_freep) struct text text = {0};
	struct str rest, line;
	uint32_t device = 0, kb;

	if (!text_to_utf8(m->bytes, true, &text, err))
		return false;
	if (!device_of(r, m, (struct str){0}, &device, err))
		return false;
	rest = text_str(&text);
	while (str_next_line(&rest, &line)) {
		size_t colon = str_find_char(line, ':', 0);

		if (colon == SIZE_MAX || !str_starts_ci(line, STR("KB")) ||
		    !kb_parse(str_sub(line, 0, colon), &kb)) {
			r->skipped += str_trim(line).n > 0;
			continue;
		}
		r->lines++;
		rows_offered(r, device, kb);
	}
	return true;
}

struct str read_host_of(struct arena *arena, enum estate_format format, struct str bytes)
{
	AUTO(text_freep) struct text text = {0};
	AUTO(sysinfo_release) struct sysinfo s = {0};
	struct str host = {0}, line;
	struct qfe q = {0};
	struct err ignored;

	if (format != ESTATE_SYSTEMINFO && format != ESTATE_QFE)
		return host;
	if (!text_to_utf8(bytes, true, &text, &ignored))
		return host;
	if (format == ESTATE_SYSTEMINFO) {
		scan(text_str(&text), &s);
		host = s.host;
	} else if (qfe_header(text_str(&text), &q)) {
		uint32_t kb;

		while (!host.n && str_next_line(&q.rest, &line))
			if (line_kb(line, q.commas, &kb))
				host = qfe_host(&q, line);
	}
	return host.n && host.n <= ROW_ID_MAX ? arena_str(arena, host) : (struct str){0};
}
