#include "base/mem.h"
#include "web/body.h"
#include "web/pairs.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void read_body(struct str type, struct str sent, size_t step, struct text *to)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct web_pair h = {STR("Content-Type"), type};
	struct web_request req = {
		.arena = arena, .headers = {&h, 1}, .chunked = true, .body = {.fd = -1}};
	struct body b;
	bool ok = body_begin(&b, &req, "/tmp", false);

	for (size_t at = 0, n; ok && at < sent.n; at += n) {
		n = MIN_OF(step, sent.n - at);
		AUTO(freep) char *copy = mem_copy(sent.p + at, n);

		ok = body_add(&b, str_from(copy, n));
	}
	ok = ok && body_end(&b);
	text_addf(to, "%d %u %zu", ok, b.refusal.status, req.body.bytes.n);
	for (size_t i = 0; ok && i < req.form.n; i++) {
		assert(str_is_utf8(req.form.v[i].value, NULL));
		text_addf(to, "|%.*s=%.*s", STR_FMT(req.form.v[i].name),
			  STR_FMT(req.form.v[i].value));
	}
	for (size_t i = 0; ok && i < req.files.n; i++) {
		assert(str_find_char(req.files.v[i].file_name, '/', 0) == SIZE_MAX);
		text_addf(to, "|%.*s:%zu", STR_FMT(req.files.v[i].file_name),
			  req.files.v[i].bytes.n);
	}
	body_free(&b);
}

/* The first line is the Content-Type, the rest the body. */
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	AUTO(text_freep) struct text whole = {0}, bytes = {0}, pieces = {0};
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct str rest = {(const char *)p, n}, type = {0};
	struct web_pairs cookies = {0};

	(void)str_next_line(&rest, &type);
	read_body(type, rest, MAX_OF(rest.n, (size_t)1), &whole);
	read_body(type, rest, 1, &bytes);
	read_body(type, rest, 5, &pieces);
	assert(str_eq(text_str(&whole), text_str(&bytes)));
	assert(str_eq(text_str(&whole), text_str(&pieces)));
	cookies_read(arena, type, &cookies);
	cookies_read(arena, rest, &cookies);
	assert(cookies.n <= COOKIES_MOST);
	return 0;
}
