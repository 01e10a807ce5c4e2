#include "console/api.h"

#include "wire/wire.h"

/*
 * From a request to the words of a command.  What comes from outside is only ever a value: options
 * are written "--name=value", and arguments stand after "--".
 */

enum { WORDS_MOST = 4096 };

struct words {
	struct api_request *q;
	struct json_value body;
	struct str *values; /* of the parameter that was asked for last */
	size_t nvalues, cap;
	char **v;
	int n;
	size_t vcap;
};

static bool push(struct words *w, struct str word, struct err *err)
{
	struct arena *arena = w->q->req->arena;
	struct {
		char **v;
		size_t n;
	} list = {w->v, (size_t)w->n};

	if (w->n >= WORDS_MOST)
		return err_set(err, ERR_LIMIT, "more than %d values", WORDS_MOST);
	ARENA_PUSH(arena, &list, w->vcap, (char *)(uintptr_t)arena_str(arena, word).p);
	w->v = list.v;
	w->n = (int)list.n;
	return true;
}

static bool value(struct words *w, struct str s, struct err *err)
{
	struct {
		struct str *v;
		size_t n;
	} list = {w->values, w->nvalues};

	if (s.n && memchr(s.p, '\0', s.n))
		return err_set(err, ERR_INVALID, "a text has a NUL character in it");
	if (list.n >= WORDS_MOST)
		return err_set(err, ERR_LIMIT, "more than %d values", WORDS_MOST);
	ARENA_PUSH(w->q->req->arena, &list, w->cap, s);
	w->values = list.v;
	w->nvalues = list.n;
	return true;
}

/* --- a value, from where it stands --- */

/* As a query or a path spells it. */
static bool take_spelled(struct words *w, const struct api_param *p, struct str s, struct err *err)
{
	uint64_t n;

	if (p->type == API_NUMBER && !str_to_u64(s, &n))
		return err_set(err, ERR_INVALID, "\"%.*s\" takes a whole number, not \"%.*s\"",
			       STR_FMT(p->name), STR_FMT(s));
	if (p->type == API_FLAG && str_is(s, "false"))
		return true;
	if (p->type == API_FLAG && !str_is(s, "true"))
		return err_set(err, ERR_INVALID, "\"%.*s\" takes true or false, not \"%.*s\"",
			       STR_FMT(p->name), STR_FMT(s));
	return value(w, s, err);
}

static bool take_query(struct words *w, const struct api_param *p, struct err *err)
{
	const struct web_pairs *query = &w->q->req->query;

	for (size_t i = 0; i < query->n; i++) {
		if (!str_eq(query->v[i].name, p->name) || !query->v[i].value.n)
			continue;
		if (w->nvalues && !p->many)
			return err_set(err, ERR_INVALID, "\"%.*s\" is given twice",
				       STR_FMT(p->name));
		if (!take_spelled(w, p, query->v[i].value, err))
			return false;
	}
	return true;
}

static bool take_json(struct words *w, const struct api_param *p, struct json_value v,
		      struct err *err)
{
	static const char *const wants[] = {"a string", "a whole number", "true or false"};
	struct str s;
	int64_t n;
	bool flag;

	if (p->type == API_TEXT && json_str(v, &s))
		return value(w, s, err);
	if (p->type == API_NUMBER && json_i64(v, &n) && n >= 0)
		return value(w, arena_fmt(w->q->req->arena, "%jd", (intmax_t)n), err);
	if (p->type == API_FLAG && json_bool(v, &flag))
		return !flag || value(w, STR("true"), err);
	return err_set(err, ERR_INVALID, "\"%.*s\" takes %s%s, not %s", STR_FMT(p->name),
		       p->many ? "a list, each " : "", wants[p->type],
		       json_type_name(json_type(v)));
}

static bool take_body(struct words *w, const struct api_param *p, struct err *err)
{
	struct json_value v, one;

	if (!json_get_str(w->body, p->name, &v) || json_type(v) == JSON_NULL)
		return true;
	if (!p->many)
		return take_json(w, p, v, err);
	if (json_type(v) != JSON_ARRAY)
		return err_set(err, ERR_INVALID, "\"%.*s\" takes a list, not %s", STR_FMT(p->name),
			       json_type_name(json_type(v)));
	for (struct json_iter it = json_iter(v); json_next(&it, &one);)
		if (!take_json(w, p, one, err))
			return false;
	return true;
}

static bool take_path(struct words *w, const struct api_param *p, struct err *err)
{
	const struct web_pairs *params = &w->q->req->params;

	for (size_t i = 0; i < params->n; i++)
		if (str_eq(params->v[i].name, p->name))
			return take_spelled(w, p, params->v[i].value, err);
	return true;
}

/* Its values into w->values. */
static bool take(struct words *w, const struct api_param *p, struct err *err)
{
	bool ok = true;

	w->nvalues = 0;
	switch (p->in) {
	case API_IN_PATH:
		ok = take_path(w, p, err);
		break;
	case API_IN_QUERY:
		ok = take_query(w, p, err);
		break;
	case API_IN_BODY:
		ok = take_body(w, p, err);
		break;
	}
	if (ok && p->must && !w->nvalues)
		return err_set(err, ERR_INVALID, "\"%.*s\" is missing", STR_FMT(p->name));
	return ok;
}

/* --- nothing that nobody knows --- */

static const struct api_param *param_of(const struct api_params *all, struct str name)
{
	for (size_t i = 0; i < all->n; i++)
		if (str_eq(all->v[i].name, name))
			return &all->v[i];
	return NULL;
}

static bool is_common(const struct api_request *q, struct str name)
{
	return q->params.paging &&
	       (str_is(name, "limit") || str_is(name, "offset") || str_is(name, "format"));
}

static bool check_query(const struct api_request *q, struct err *err)
{
	for (size_t i = 0; i < q->req->query.n; i++) {
		struct str name = q->req->query.v[i].name;
		const struct api_param *p = param_of(&q->params, name);

		if (!is_common(q, name) && (!p || p->in != API_IN_QUERY))
			return err_set(err, ERR_INVALID,
				       "\"%.*s\" is nothing that this address takes in its query",
				       STR_FMT(name));
	}
	return true;
}

static bool check_body(const struct words *w, struct err *err)
{
	struct json_value v;
	struct str key;

	for (struct json_iter it = json_iter(w->body); json_next_member(&it, &key, &v);) {
		const struct api_param *p = param_of(&w->q->params, key);

		if (!p || p->in != API_IN_BODY)
			return err_set(err, ERR_INVALID,
				       "\"%.*s\" is nothing that this address takes", STR_FMT(key));
	}
	return true;
}

static bool read_body(struct words *w, struct err *err)
{
	struct str bytes = w->q->req->body.bytes;

	if (w->q->row->method == WEB_GET || w->q->row->flags & API_UPLOAD || !bytes.n)
		return true;
	w->q->doc = json_open();
	if (!json_parse(w->q->doc, bytes, 0, &w->body, err))
		return false;
	if (json_type(w->body) != JSON_OBJECT)
		return err_set(err, ERR_INVALID, "the body is %s, expected an object",
			       json_type_name(json_type(w->body)));
	return check_body(w, err);
}

/* --- which page, and as what --- */

static bool read_page(struct api_request *q, struct err *err)
{
	static const struct api_param limit = {.name = {"limit", 5}, .type = API_NUMBER},
				      offset = {.name = {"offset", 6}, .type = API_NUMBER};
	const struct web_request *req = q->req;
	struct str format = web_query(req, "format");
	struct str accept = web_header(req, "Accept"), said;

	q->page.limit = API_PAGE;
	if (!q->params.paging)
		return true;
	q->page.given = web_pair(&req->query, "limit", &said) && said.n;
	if (q->page.given && !str_to_u64(said, &q->page.limit))
		return err_set(err, ERR_INVALID, "\"%.*s\" takes a whole number, not \"%.*s\"",
			       STR_FMT(limit.name), STR_FMT(said));
	if (web_pair(&req->query, "offset", &said) && said.n && !str_to_u64(said, &q->page.offset))
		return err_set(err, ERR_INVALID, "\"%.*s\" takes a whole number, not \"%.*s\"",
			       STR_FMT(offset.name), STR_FMT(said));
	if (!q->page.limit || q->page.limit > API_PAGE_MOST || q->page.offset > UINT32_MAX)
		return err_set(err, ERR_INVALID, "\"limit\" is 1 to %d", API_PAGE_MOST);
	if (format.n && !str_is(format, "csv") && !str_is(format, "json"))
		return err_set(err, ERR_INVALID, "\"format\" is json or csv, not \"%.*s\"",
			       STR_FMT(format));
	q->csv = str_is(format, "csv") ||
		 (!format.n && str_find_ci(accept, STR("text/csv"), 0) != SIZE_MAX);
	return true;
}

/* One more than is wanted says whether there is more.  A table is given whole unless asked. */
static bool add_page(struct words *w, struct err *err)
{
	const struct api_request *q = w->q;
	struct arena *arena = q->req->arena;
	bool offset = q->params.paging == API_PAGE_OFFSET;
	uint64_t want = q->page.limit + 1 + (offset ? 0 : q->page.offset);

	if (q->params.paging != API_PAGE_LIMIT && !offset)
		return true;
	if (q->csv && !q->page.given)
		want = INT32_MAX;
	return push(w, arena_fmt(arena, "--limit=%ju", (uintmax_t)want), err) &&
	       (!offset || !q->page.offset ||
		push(w, arena_fmt(arena, "--offset=%ju", (uintmax_t)q->page.offset), err));
}

/* --- the words --- */

static bool add_options(struct words *w, struct err *err)
{
	struct arena *arena = w->q->req->arena;

	for (size_t i = 0; i < w->q->params.n; i++) {
		const struct api_param *p = &w->q->params.v[i];

		if (!p->option)
			continue;
		if (!take(w, p, err))
			return false;
		for (size_t k = 0; k < w->nvalues; k++) {
			AUTO(text_freep) struct text word = {0};

			text_add_c(&word, p->option);
			if (p->type != API_FLAG) {
				text_add_char(&word, '=');
				text_add(&word, w->values[k]);
			}
			if (!push(w, arena_str(arena, text_str(&word)), err))
				return false;
		}
	}
	return true;
}

/* "org+device": one word of two values. */
static bool add_joined(struct words *w, struct str names, struct err *err)
{
	AUTO(text_freep) struct text word = {0};
	struct str name;

	for (bool first = true; str_next(&names, '+', &name); first = false) {
		if (!take(w, param_of(&w->q->params, name), err))
			return false;
		if (!first)
			text_add_char(&word, '/');
		text_add(&word, w->nvalues ? w->values[0] : (struct str){0});
	}
	return push(w, text_str(&word), err);
}

static bool add_arguments(struct words *w, struct api_call *call, struct err *err)
{
	struct str rest = str_of(w->q->row->args);
	struct api_word word;

	if (!push(w, STR("--"), err))
		return false;
	while (api_next_word(&rest, &word)) {
		if (str_is(word.name, "@")) {
			if (!take(w, param_of(&w->q->params, STR("file")), err) ||
			    !push(w, w->nvalues ? w->values[0] : STR("upload"), err))
				return false;
			call->said.file_name = w->v[w->n - 1];
			call->said.file = w->q->req->body.bytes;
			continue;
		}
		if (str_find_char(word.name, '+', 0) != SIZE_MAX) {
			if (!add_joined(w, word.name, err))
				return false;
			continue;
		}
		if (!take(w, param_of(&w->q->params, word.name), err))
			return false;
		for (size_t i = 0; i < w->nvalues; i++)
			if (!push(w, w->values[i], err))
				return false;
	}
	return true;
}

static bool add_command(struct words *w, struct err *err)
{
	const struct api_row *row = w->q->row;
	struct arena *arena = w->q->req->arena;
	struct str post = visitor_of(w->q->req)->post;

	return push(w, STR("lynchpin"), err) && push(w, str_of(row->noun), err) &&
	       (!row->verb || push(w, str_of(row->verb), err)) &&
	       push(w, w->q->csv ? STR("--csv") : STR("--json"), err) &&
	       push(w, arena_fmt(arena, "--as=%.*s", STR_FMT(post)), err) &&
	       (!row->fixed || push(w, str_of(row->fixed), err));
}

bool api_words(struct api_request *q, struct api_call *call, struct err *err)
{
	struct words w = {.q = q};

	api_params(q->row, q->req->arena, &q->params);
	if (!check_query(q, err) || !read_page(q, err) || !read_body(&w, err) ||
	    !add_command(&w, err) || !add_page(&w, err) || !add_options(&w, err) ||
	    !add_arguments(&w, call, err))
		return false;
	call->words = w.v;
	call->nwords = w.n;
	return true;
}
