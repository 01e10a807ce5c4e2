#include "console/api.h"

#include "pages.h"
#include "wire/wire.h"

/* Running a command, and what it said as an answer: in pages, or why not. */

bool api_run(struct api_call *call)
{
	const struct cli_config config = {.argc = call->nwords,
					  .argv = call->words,
					  .program = call->words[0],
					  .user = call->user,
					  .db = call->db,
					  .acts = call->acts,
					  .kept = call->kept,
					  .clock = call->clock,
					  .caught = &call->said};

	return cli_run(&config) == 0;
}

void api_call_free(struct api_call *call)
{
	text_free(&call->said.out);
	text_free(&call->said.notes);
}

/* --- pages --- */

/* The address of what comes next (RFC 8288). */
static void link_next(const struct api_request *q, struct web_reply *reply)
{
	const struct web_request *req = q->req;
	AUTO(text_freep) struct text to = {0};
	struct str rest = str_from_offset(req->path, 1), piece;

	text_add_char(&to, '<');
	while (str_next(&rest, '/', &piece)) {
		text_add_char(&to, '/');
		page_url(&to, piece);
	}
	text_add_char(&to, '?');
	for (size_t i = 0; i < req->query.n; i++) {
		if (str_is(req->query.v[i].name, "limit") || str_is(req->query.v[i].name, "offset"))
			continue;
		page_url(&to, req->query.v[i].name);
		text_add_char(&to, '=');
		page_url(&to, req->query.v[i].value);
		text_add_char(&to, '&');
	}
	text_addf(&to, "limit=%ju&offset=%ju>; rel=\"next\"", (uintmax_t)q->page.limit,
		  (uintmax_t)(q->page.offset + q->page.limit));
	web_reply_header(reply, "Link", text_str(&to));
}

struct cut {
	uint64_t skip, most; /* of a list */
	bool more;
};

static void list_out(struct json_out *o, struct json_value list, struct cut *cut)
{
	struct json_value v;
	uint64_t at = 0;

	json_out_array(o);
	for (struct json_iter it = json_iter(list); json_next(&it, &v); at++) {
		if (at >= cut->skip + cut->most) {
			cut->more = true;
			break;
		}
		if (at >= cut->skip)
			json_out_value(o, v);
	}
	json_out_end(o);
}

/* The same with a part of its list. */
static bool cut_json(struct str said, struct str list, struct cut *cut, struct text *to,
		     struct err *err)
{
	AUTO(json_closep) struct json_doc *d = json_open();
	struct json_out *o;
	struct json_value all, v;
	struct str key;

	if (!json_parse(d, said, 0, &all, err))
		return false;
	if (!json_get_str(all, list, &v) || (!cut->skip && json_count(v) <= cut->most)) {
		text_add(to, said);
		return true;
	}
	o = json_out_open(to);
	json_out_object(o);
	for (struct json_iter it = json_iter(all); json_next_member(&it, &key, &v);) {
		json_out_key_str(o, key);
		if (str_eq(key, list))
			list_out(o, v, cut);
		else
			json_out_value(o, v);
	}
	json_out_end(o);
	return json_out_close(o, err);
}

/* Where the row ends that begins at from: a line's end may stand in quotes. */
static size_t csv_row_end(struct str s, size_t from)
{
	bool quoted = false;

	for (; from < s.n; from++) {
		if (s.p[from] == '"')
			quoted = !quoted;
		else if (s.p[from] == '\n' && !quoted)
			return from + 1;
	}
	return s.n;
}

static void cut_csv(struct str said, struct cut *cut, struct text *to)
{
	size_t at = csv_row_end(said, 0), end;

	text_add(to, str_sub(said, 0, at));
	for (uint64_t row = 0; at < said.n; at = end, row++) {
		end = csv_row_end(said, at);
		if (row >= cut->skip + cut->most) {
			cut->more = true;
			break;
		}
		if (row >= cut->skip)
			text_add(to, str_sub(said, at, end - at));
	}
}

static struct cut cut_of(const struct api_request *q)
{
	bool offset = q->params.paging == API_PAGE_OFFSET;

	return (struct cut){offset ? 0 : q->page.offset,
			    q->csv && !q->page.given ? UINT32_MAX : q->page.limit, false};
}

/* --- answers --- */

static void answer_csv(const struct api_request *q, struct str said, struct web_reply *reply)
{
	struct text *to = web_reply_body(reply, "text/csv; charset=utf-8");
	struct cut cut = cut_of(q);

	cut_csv(said, &cut, to);
	web_reply_header(reply, "Content-Disposition",
			 arena_fmt(q->req->arena, "attachment; filename=\"%.*s.csv\"",
				   STR_FMT(api_list_of(q->row))));
	if (cut.more)
		link_next(q, reply);
}

static void answer_json(const struct api_request *q, struct str said, struct web_reply *reply)
{
	struct text *to = web_reply_body(reply, "application/json");
	struct cut cut = cut_of(q);
	struct err err = {0};

	if (!q->params.paging)
		text_add(to, said);
	else if (!cut_json(said, api_list_of(q->row), &cut, to, &err))
		page_fail(reply, &err);
	else if (cut.more)
		link_next(q, reply);
}

/* What is said to people in lines, of commands that have no other words. */
static void answer_lines(struct str said, struct web_reply *reply)
{
	struct json_out *o = json_out_open(web_reply_body(reply, "application/json"));
	struct err err = {0};
	struct str line;

	json_out_object(o);
	json_out_key(o, "said");
	json_out_array(o);
	while (said.p && str_next_line(&said, &line))
		if (line.n)
			json_out_str(o, line);
	json_out_end(o);
	json_out_end(o);
	if (!json_out_close(o, &err))
		page_fail(reply, &err);
}

/* Beside the answer, in its head, what a terminal would show on standard error. */
static void add_notes(struct str notes, struct web_reply *reply)
{
	struct str line;

	while (notes.p && str_next_line(&notes, &line))
		if (line.n)
			web_reply_header(reply, "Lynchpin-Note", line);
}

static void refuse(const struct err *err, struct web_reply *reply)
{
	if (err->code == ERR_UNSUPPORTED)
		web_problem(reply, 422, "%.*s", (int)err_said(err), err->text);
	else if (err->code == ERR_FULL)
		web_problem(reply, 507, "there is no room left; nothing was done");
	else
		page_fail(reply, err);
}

void api_answer(const struct api_request *q, const struct api_call *call, struct web_reply *reply)
{
	struct str said = text_str(&call->said.out);
	bool json = said.n && (said.p[0] == '{' || said.p[0] == '[');
	enum err_code code = call->said.err.code;

	if (code && !(code == ERR_CORRUPT && q->row->flags & API_REPORTS && json)) {
		refuse(&call->said.err, reply);
		return;
	}
	add_notes(text_str(&call->said.notes), reply);
	if (q->csv)
		answer_csv(q, said, reply);
	else if (json)
		answer_json(q, said, reply);
	else
		answer_lines(said, reply);
	/* A program asks again and again; what a browser keeps lies on somebody's disk. */
	if (q->row->method == WEB_GET && visitor_of(q->req)->token)
		web_reply_cache(reply, WEB_CACHE_CHECK);
}
