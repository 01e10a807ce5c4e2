#include "base/mem.h"
#include "web/gate.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static bool keep(void *ctx, struct str piece)
{
	text_add(ctx, piece);
	return true;
}

/* What must hold of every request that would run. */
static void check(const struct web_request *req)
{
	const struct web_pairs *h = &req->headers;
	unsigned hosts = 0;

	assert(req->path.n && (req->path.p[0] == '/' || req->method == WEB_OPTIONS));
	assert(str_is_utf8(req->path, NULL));
	assert(str_find(req->path, STR("/../"), 0) == SIZE_MAX &&
	       !memchr(req->path.p, 0, req->path.n));
	assert(!(req->chunked && req->has_length));
	for (size_t i = 0; i < h->n; i++) {
		hosts += str_eq_ci(h->v[i].name, STR("Host"));
		assert(h->v[i].name.n && !memchr(h->v[i].name.p, ' ', h->v[i].name.n));
		for (size_t k = 0; k < h->v[i].value.n; k++)
			assert(gate_is_value_char(h->v[i].value.p[k]));
	}
	assert(hosts == 1 || (!req->minor && !hosts));
}

static void converse(struct str sent, size_t step, struct text *to)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	enum gate_step said = GATE_MORE;
	struct gate g;

	gate_init(&g, &gate_limits_default);
	g.body = keep;
	g.ctx = to;
	gate_reset(&g, arena);
	for (size_t at = 0; at < sent.n && said != GATE_BAD;) {
		size_t n = MIN_OF(step, sent.n - at);
		AUTO(freep) char *copy = mem_copy(sent.p + at, n);
		struct str in = {copy, n};

		at += n;
		while ((said = gate_push(&g, &in)) == GATE_HEAD || said == GATE_DONE) {
			if (said == GATE_HEAD && !gate_take_body(&g, 4096)) {
				said = GATE_BAD;
				break;
			}
			check(g.req);
			text_addf(to, "%d %.*s %zu %zu|", said, STR_FMT(g.req->path),
				  g.req->query.n, g.req->cookies.n);
			if (said == GATE_DONE)
				gate_reset(&g, arena);
		}
	}
	text_addf(to, "%d %u", said == GATE_BAD, g.refusal.status);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	AUTO(text_freep) struct text whole = {0}, bytes = {0}, pieces = {0};
	struct str in = {(const char *)p, n};

	converse(in, MAX_OF(n, (size_t)1), &whole);
	converse(in, 1, &bytes);
	converse(in, 7, &pieces);
	assert(str_eq(text_str(&whole), text_str(&bytes)));
	assert(str_eq(text_str(&whole), text_str(&pieces)));
	return 0;
}
