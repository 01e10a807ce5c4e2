#include "web/body.h"
#include "web/pairs.h"

enum { BOUNDARY_MOST = 70 };

static bool refuse(struct multipart *m, unsigned status, const char *why)
{
	m->refusal = (struct gate_refusal){status, why};
	return false;
}

/* RFC 2046 5.1.1: bchars, not ended by a blank. */
static bool is_boundary(struct str s)
{
	if (!s.n || s.n > BOUNDARY_MOST || s.p[s.n - 1] == ' ')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!char_is_digit(s.p[i]) && !char_is_alpha(s.p[i]) &&
		    (!s.p[i] || !strchr("'()+_,-./:=? ", s.p[i])))
			return false;
	return true;
}

bool multipart_begin(struct multipart *m, struct web_request *req, struct str type)
{
	struct str boundary;

	m->arena = req->arena;
	m->form = &req->form;
	if (!header_param(m->arena, type, "boundary", &boundary) || !is_boundary(boundary))
		return refuse(m, 400, "the form has no boundary");
	m->delimiter = arena_fmt(m->arena, "\r\n--%.*s", STR_FMT(boundary));
	m->spools = ARENA_ARRAY(m->arena, struct spool, FILES_MOST);
	/* The first boundary stands at the beginning; others follow the end of a line. */
	m->matched = 2;
	return true;
}

/* --- the head of a part ------------------------------------------------------------ */

/* Without folders, which some browsers send. */
static struct str last_part(struct str path)
{
	for (size_t i = path.n; i > 0; i--)
		if (path.p[i - 1] == '/' || path.p[i - 1] == '\\')
			return str_from_offset(path, i);
	return path;
}

static bool is_sound_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	return str_is_utf8(s, NULL);
}

static bool begin_file(struct multipart *m, struct str file_name, struct str type)
{
	size_t i = m->files.n;

	if (i >= FILES_MOST)
		return refuse(m, 413, "the form has too many files");
	m->spools[i] = (struct spool){.folder = m->folder, .fd = -1};
	ARENA_PUSH(m->arena, &m->files, m->files_cap,
		   (struct web_upload){
			   .field = m->name,
			   .file_name = arena_str(m->arena, last_part(file_name)),
			   .type = arena_str(m->arena, type),
			   .fd = -1,
		   });
	m->is_file = true;
	return true;
}

static bool read_line(struct multipart *m, struct str line, struct web_pair *ret)
{
	size_t colon = str_find_char(line, ':', 0);

	ret->name = str_sub(line, 0, colon == SIZE_MAX ? 0 : colon);
	if (!ret->name.n)
		return refuse(m, 400, "a part's header is malformed");
	for (size_t i = 0; i < ret->name.n; i++)
		if (!gate_is_token_char(ret->name.p[i]))
			return refuse(m, 400, "a part's header is malformed");
	ret->value = str_trim(str_from_offset(line, colon + 1));
	return true;
}

static bool read_head(struct multipart *m)
{
	struct str rest = text_str(&m->head), line, disposition = {0}, type = {0}, file_name;
	struct web_pair h;

	while (rest.n && str_next_line(&rest, &line)) {
		if (!read_line(m, line, &h))
			return false;
		if (str_eq_ci(h.name, STR("Content-Disposition")))
			disposition = h.value;
		else if (str_eq_ci(h.name, STR("Content-Type")))
			type = h.value;
		else if (str_eq_ci(h.name, STR("Content-Transfer-Encoding")) &&
			 !str_eq_ci(h.value, STR("binary")) && !str_eq_ci(h.value, STR("8bit")) &&
			 !str_eq_ci(h.value, STR("7bit")))
			return refuse(m, 400, "a part is encoded"); /* RFC 7578 4.7 */
	}
	if (!str_eq_ci(header_main(disposition), STR("form-data")) ||
	    !header_param(m->arena, disposition, "name", &m->name) || !is_sound_name(m->name))
		return refuse(m, 400, "a part of the form has no name");
	m->name = arena_str(m->arena, m->name);
	m->is_file = false;
	if (!header_param(m->arena, disposition, "filename", &file_name))
		return true;
	return is_sound_name(file_name) ? begin_file(m, file_name, type)
					: refuse(m, 400, "a file's name is malformed");
}

/* A byte of it; lines are CRLF, none is folded, and nothing in them is a control. */
static bool head_byte(struct multipart *m, char c)
{
	struct text *h = &m->head;
	bool cr = h->n && h->p[h->n - 1] == '\r';
	bool at_line = !h->n || h->p[h->n - 1] == '\n';

	if (h->n >= PART_HEAD_MOST)
		return refuse(m, 413, "a part's headers are too long");
	if (cr != (c == '\n') || (!cr && c != '\r' && !gate_is_value_char(c)) ||
	    (at_line && (c == ' ' || c == '\t')))
		return refuse(m, 400, "a part's header is malformed");
	text_add_char(h, c);
	if (c != '\n' || !(h->n == 2 || h->p[h->n - 3] == '\n'))
		return true;
	h->n -= 2;
	m->state = PART_DATA;
	m->matched = 0;
	m->memory += h->n;
	return read_head(m);
}

/* --- what a part holds ---------------------------------------------------------------- */

static bool data(struct multipart *m, struct str piece)
{
	if (!piece.n)
		return true;
	if (!m->begun)
		return refuse(m, 400, "the form begins with something else");
	if (m->is_file)
		return spool_add(&m->spools[m->files.n - 1], piece, &m->refusal);
	m->memory += piece.n;
	if (m->memory > FORM_MOST)
		return refuse(m, 413, "the form's fields are too long");
	text_add(&m->value, piece);
	return true;
}

static bool end_part(struct multipart *m)
{
	struct str value = text_str(&m->value);
	struct web_upload *file = m->is_file ? &m->files.v[m->files.n - 1] : NULL;

	if (!m->begun)
		return true;
	if (file) {
		struct spool *s = &m->spools[m->files.n - 1];

		if (!spool_end(s, &m->refusal))
			return false;
		file->bytes = spool_bytes(s);
		file->fd = s->fd;
		return true;
	}
	if (m->form->n >= PAIRS_MOST)
		return refuse(m, 413, "the form has too many fields");
	if (!str_is_utf8(value, NULL) || str_find_char(value, '\0', 0) != SIZE_MAX)
		return refuse(m, 400, "a field of the form is not UTF-8 text");
	ARENA_PUSH(m->arena, m->form, m->form_cap,
		   (struct web_pair){m->name, arena_str(m->arena, value)});
	text_clear(&m->value);
	return true;
}

/*
 * Bytes up to a boundary.  CR stands in the delimiter only at its start, so where a match fails
 * none can have begun within it.
 */
static bool take_data(struct multipart *m, struct str *in)
{
	size_t i = 0;

	if (m->matched == m->delimiter.n) {
		m->state = PART_AFTER;
		return end_part(m);
	}
	if (!m->matched) {
		i = MIN_OF(str_find_char(*in, '\r', 0), in->n);
		if (!data(m, str_sub(*in, 0, i)))
			return false;
		m->matched = i < in->n;
		*in = str_from_offset(*in, MIN_OF(i + 1, in->n));
		return true;
	}
	if (in->p[0] == m->delimiter.p[m->matched]) {
		m->matched++;
		*in = str_from_offset(*in, 1);
		return true;
	}
	i = m->matched;
	m->matched = 0;
	return data(m, str_sub(m->delimiter, 0, i));
}

static bool take_after(struct multipart *m, char c)
{
	static const struct {
		char c;
		enum part_state then;
	} steps[][2] = {
		[PART_AFTER] = {{'\r', PART_AFTER_LF}, {'-', PART_AFTER_DASH}},
		[PART_AFTER_LF] = {{'\n', PART_HEAD}, {'\n', PART_HEAD}},
		[PART_AFTER_DASH] = {{'-', PART_EPILOGUE}, {'-', PART_EPILOGUE}},
	};
	unsigned second = c != steps[m->state][0].c;

	if (c != steps[m->state][second].c)
		return refuse(m, 400, "a boundary is malformed");
	m->state = steps[m->state][second].then;
	m->begun = true;
	text_clear(&m->head);
	return true;
}

/* RFC 2046 has an epilogue, RFC 7578 has no use for one: only the end of the line. */
static bool take_epilogue(struct multipart *m, char c)
{
	return c == '\r' || c == '\n' || refuse(m, 400, "something follows the form");
}

bool multipart_add(struct multipart *m, struct str piece)
{
	/* A delimiter that is whole is acted on when its last byte is taken. */
	while (piece.n || (m->state == PART_DATA && m->matched == m->delimiter.n)) {
		char c = piece.n ? piece.p[0] : '\0';
		bool ok;

		if (m->state == PART_DATA) {
			if (!take_data(m, &piece))
				return false;
			continue;
		}
		piece = str_from_offset(piece, 1);
		ok = m->state == PART_HEAD	 ? head_byte(m, c)
		     : m->state == PART_EPILOGUE ? take_epilogue(m, c)
						 : take_after(m, c);
		if (!ok)
			return false;
	}
	return true;
}

bool multipart_end(struct multipart *m)
{
	return m->state == PART_EPILOGUE || refuse(m, 400, "the form is not at its end");
}

void multipart_free(struct multipart *m)
{
	for (size_t i = 0; i < m->files.n; i++)
		spool_free(&m->spools[i]);
	text_free(&m->head);
	text_free(&m->value);
}
