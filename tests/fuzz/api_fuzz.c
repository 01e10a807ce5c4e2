#include "console/api.h"
#include "web/pairs.h"
#include "wire/wire.h"

/*
 * A request to the API becomes words of a command: whatever was sent, each is what the table says
 * that it may be.
 */

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static bool is_option(const struct cli_described *d, const char *word)
{
	if (strncmp(word, "--limit=", 8) == 0 || strncmp(word, "--offset=", 9) == 0)
		return true;
	for (const struct cli_option *o = d->options; o && o->name; o++) {
		size_t n = strlen(o->name);

		if (strncmp(word, o->name, n) == 0 && word[n] == (o->value ? '=' : '\0'))
			return !o->value || strcmp(o->value, "FILE") != 0;
	}
	return false;
}

/* Noun, verb, how to print, as whom; options; "--"; arguments. */
static void judge(const struct api_request *q, const struct api_call *call)
{
	const struct api_row *row = q->row;
	char *const *v = call->words;
	int i = 1;

	assert(strcmp(v[i++], row->noun) == 0);
	assert(!row->verb || strcmp(v[i++], row->verb) == 0);
	assert(strcmp(v[i++], q->csv ? "--csv" : "--json") == 0);
	assert(strcmp(v[i++], "--as=lead@t1") == 0);
	assert(!row->fixed || strcmp(v[i++], row->fixed) == 0);
	for (; strcmp(v[i], "--") != 0; i++)
		assert(is_option(&q->params.command, v[i]));
	assert((unsigned)(call->nwords - i - 1) <= q->params.command.max_args);
	assert(!(row->flags & API_UPLOAD) == !call->said.file_name);
}

/* What {name} of the pattern stands for: all the same. */
static void fill(const struct api_row *row, struct str value, struct web_request *req)
{
	struct str rest = str_of(row->pattern), piece;
	size_t cap = 0;

	while (str_next(&rest, '/', &piece))
		if (piece.n > 2 && piece.p[0] == '{')
			ARENA_PUSH(req->arena, &req->params, cap,
				   (struct web_pair){str_sub(piece, 1, piece.n - 2), value});
}

/* A byte that chooses the row; a line for what stands in the path, one for the query; the body. */
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct visitor who = {.token = true, .post = STR("lead@t1"), .email = STR("a@b")};
	struct web_request req = {.arena = arena, .user = &who, .body = {.fd = -1}};
	struct str rest = {(const char *)p, n}, path = {0}, query = {0};
	struct api_request q = {.req = &req};
	struct api_call call = {0};
	struct err err = {0};

	if (!n)
		return 0;
	q.row = &api_rows[p[0] % api_nrows];
	rest = str_from_offset(rest, 1);
	(void)str_next_line(&rest, &path);
	if (rest.p)
		(void)str_next_line(&rest, &query);
	/* The gate lets neither through. */
	if (!path.n || memchr(path.p, '\0', path.n) ||
	    !pairs_read(arena, query, QUERY_PAIRS_MOST, &req.query))
		return 0;
	fill(q.row, path, &req);
	req.body.bytes = rest;
	if (api_words(&q, &call, &err))
		judge(&q, &call);
	else
		assert(err.code && err.text[0]);
	if (q.doc)
		json_close(q.doc);
	api_call_free(&call);
	return 0;
}
