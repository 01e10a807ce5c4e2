#include "wire/json.h"

#include "base/mem.h"

void json_close(struct json_doc *d)
{
	json_dom_close(d->dom);
	text_free(&d->copy);
	text_free(&d->wide);
	free(d->keys);
	free(d);
}

void json_error_at(const struct json_doc *d, size_t *ret_offset, size_t *ret_line)
{
	*ret_offset = d->error_at;
	*ret_line = d->error_line;
}

static size_t count_lines(struct str s)
{
	size_t n = 0;

	for (size_t at = 0; (at = str_find_char(s, '\n', at)) != SIZE_MAX; at++)
		n++;
	return n;
}

/* bytes[at] of the caller's input is where what is wrong; line is that of bytes[0]. */
struct where {
	struct str bytes;
	size_t base, line;
};

static bool fail_at(struct json_doc *d, const struct where *w, size_t at, const char *what,
		    struct err *err)
{
	d->error_at = w->base + at;
	d->error_line = w->line + count_lines(str_sub(w->bytes, 0, at));
	return err_set(err, ERR_INVALID, "line %zu, byte %zu: %s", d->error_line, d->error_at,
		       what);
}

static bool too_much(struct json_doc *d, const struct where *w, size_t at, const char *what,
		     struct err *err)
{
	fail_at(d, w, at, what, err);
	err->code = ERR_LIMIT;
	return false;
}

static bool fail_twice(struct json_doc *d, const struct where *w, uint64_t twice, struct err *err)
{
	struct str key = tape_str(&d->tape, d->tape.words[twice]);
	char what[128];
	size_t at;

	json_locate(w->bytes, twice, NULL, &at);
	snprintf(what, sizeof(what), "the key \"%.*s\" comes twice in one object",
		 (int)MIN_OF(key.n, (size_t)60), key.p);
	return fail_at(d, w, at, what, err);
}

/* w->bytes are padded and their depth was bounded. */
static bool parse_bounded(struct json_doc *d, const struct where *w, struct json_value *ret,
			  struct err *err)
{
	const char *wrong = json_dom_parse(d->dom, w->bytes.p, w->bytes.n, &d->tape), *better;
	uint64_t twice;
	size_t at;

	if (wrong) {
		text_clear(&d->wide);
		better = json_locate(w->bytes, 0, &d->wide, &at);
		if (better)
			return fail_at(d, w, at, better, err);
		wire_pad(&d->wide);
		if (!d->wide.n || json_dom_parse(d->dom, d->wide.p, d->wide.n, &d->tape))
			return fail_at(d, w, 0, wrong, err);
	}
	twice = json_key_twice(d);
	if (twice)
		return fail_twice(d, w, twice, err);
	*ret = (struct json_value){d, 1};
	return true;
}

static struct str padded_copy(struct json_doc *d, struct str bytes)
{
	text_clear(&d->copy);
	text_room(&d->copy, bytes.n + WIRE_PADDING);
	text_add(&d->copy, bytes);
	wire_pad(&d->copy);
	return text_str(&d->copy);
}

static bool is_utf16(struct str b)
{
	return b.n >= 2 && (!b.p[0] || !b.p[1] || str_starts(b, STR("\xff\xfe")) ||
			    str_starts(b, STR("\xfe\xff")));
}

bool json_parse(struct json_doc *d, struct str bytes, unsigned flags, struct json_value *ret,
		struct err *err)
{
	struct where w = {.bytes = bytes, .line = 1};
	size_t at;

	if (bytes.n > JSON_MAX_BYTES)
		return too_much(d, &(struct where){.line = 1}, 0, "larger than 2 GiB", err);
	if (is_utf16(bytes)) {
		text_clear(&d->copy);
		if (!text_to_utf8(bytes, false, &d->copy, err))
			return false;
		w.bytes = text_str(&d->copy);
		flags |= JSON_PADDED;
	} else if (str_starts(bytes, STR("\xef\xbb\xbf"))) {
		w.bytes = str_from_offset(bytes, 3);
		w.base = 3;
	}
	if (json_scan(w.bytes, false, &at) == JSON_SCAN_DEEP)
		return too_much(d, &w, at, "nested more than 64 deep", err);
	if (!(flags & JSON_PADDED))
		w.bytes = padded_copy(d, w.bytes);
	return parse_bounded(d, &w, ret, err);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The end of the string, number or word that starts at b.p[0]. */
static size_t scalar_end(struct str b)
{
	size_t i = 1;

	if (b.p[0] != '"') {
		while (i < b.n && !is_space(b.p[i]))
			i++;
		return i;
	}
	for (; i < b.n && b.p[i] != '"'; i++)
		if (b.p[i] == '\\')
			i++;
	return MIN_OF(i + 1, b.n);
}

/* Move on to the next value, keeping count of lines. */
static void stream_skip_space(struct json_stream *s)
{
	if (!s->next && str_starts(s->bytes, STR("\xef\xbb\xbf")))
		s->next = 3;
	while (s->next < s->bytes.n && is_space(s->bytes.p[s->next]))
		s->next++;
	s->at = s->next;
	s->line += s->line ? 0 : 1;
	s->line += count_lines(str_sub(s->bytes, s->seen, s->at - s->seen));
	s->seen = s->at;
}

bool json_next_doc(struct json_doc *d, struct json_stream *s, struct json_value *ret,
		   bool *ret_more, struct err *err)
{
	struct where w = {0};
	size_t len;

	stream_skip_space(s);
	if (s->at >= s->bytes.n) {
		*ret_more = false;
		return true;
	}
	w = (struct where){str_from_offset(s->bytes, s->at), s->at, s->line};
	if (w.bytes.p[0] == '{' || w.bytes.p[0] == '[') {
		enum json_scan got = json_scan(w.bytes, true, &len);

		if (got == JSON_SCAN_DEEP)
			return too_much(d, &w, len, "nested more than 64 deep", err);
	} else {
		len = scalar_end(w.bytes);
	}
	if (len > JSON_MAX_BYTES)
		return too_much(d, &w, 0, "a value larger than 2 GiB", err);
	w.bytes.n = len;
	if (!(s->flags & JSON_PADDED))
		w.bytes = padded_copy(d, w.bytes);
	if (!parse_bounded(d, &w, ret, err))
		return false;
	s->next = s->at + len;
	*ret_more = true;
	return true;
}
