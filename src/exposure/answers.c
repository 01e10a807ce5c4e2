#include "exposure/answers.h"

#include "base/parallel.h"

/*
 * Each thread has its own arenas: kept is the world's, batch lasts until the next batch,
 * scratch until the next question.
 */

enum { SHARE = 64 }; /* questions taken at a time */

struct hand {
	struct arena *kept, *batch, *scratch;
	struct text key;
};
struct answers {
	struct part *w;
	struct intern *releases;
	const struct question *questions;
	size_t n;
	struct answer *v;
	struct hand *hands;
};

static void releases_index(struct intern *releases)
{
	AUTO(text_freep) struct text key = {0};

	for (size_t i = 0; i < windows_line_count(); i++) {
		const struct windows_line *line = windows_line_at(i);

		for (size_t j = 0; j < line->n_cpes; j++) {
			const struct windows_cpe *c = &line->cpes[j];

			if (!c->version || strcmp(c->version, "-") == 0)
				continue;
			text_clear(&key);
			text_addf(&key, "%s:%s", c->product, c->version);
			intern_put(releases, text_str(&key));
		}
	}
}

struct answers *answers_open(struct part *w)
{
	struct answers *a = mem_zero(1, sizeof(*a));

	a->w = w;
	a->releases = intern_open();
	releases_index(a->releases);
	a->v = mem_zero(ANSWERS_BATCH, sizeof(*a->v));
	w->nkept = parallel_width();
	w->kept = mem_zero(w->nkept, sizeof(struct arena *));
	a->hands = mem_zero(w->nkept, sizeof(*a->hands));
	for (unsigned i = 0; i < w->nkept; i++) {
		w->kept[i] = arena_open();
		a->hands[i] = (struct hand){
			.kept = w->kept[i], .batch = arena_open(), .scratch = arena_open()};
	}
	return a;
}

void answers_close(struct answers *a)
{
	for (unsigned i = 0; i < a->w->nkept; i++) {
		arena_close(a->hands[i].batch);
		arena_close(a->hands[i].scratch);
		text_free(&a->hands[i].key);
	}
	intern_close(a->releases);
	free(a->hands);
	free(a->v);
	free(a);
}

static struct str plain_text(const struct cpe_attr *a)
{
	return a->kind == CPE_VALUE && !a->wild ? a->text : (struct str){0};
}

static bool is_release(const struct answers *a, struct hand *h, const struct cpe *cpe)
{
	const struct cpe_attr *p = &cpe->attr[CPE_PRODUCT], *v = &cpe->attr[CPE_VERSION];

	if (cpe->attr[CPE_VENDOR].kind != CPE_VALUE ||
	    !str_is(cpe->attr[CPE_VENDOR].text, "microsoft") || p->kind != CPE_VALUE ||
	    v->kind != CPE_VALUE)
		return false;
	text_clear(&h->key);
	text_add(&h->key, p->text);
	text_add_char(&h->key, ':');
	text_add(&h->key, v->text);
	return intern_find(a->releases, text_str(&h->key)) != UINT32_MAX;
}

static const struct cpe *cpe_keep(struct arena *a, const struct cpe *from)
{
	struct cpe *c = ARENA_NEW(a, struct cpe);

	*c = *from;
	for (int i = 0; i < CPE_ATTRS; i++)
		if (c->attr[i].kind == CPE_VALUE)
			c->attr[i].text = arena_str(a, c->attr[i].text);
		else
			c->attr[i].text = (struct str){0};
	return c;
}

static struct candidate candidate_of(const struct answers *a, struct hand *h, const struct cpe *cpe,
				     enum version_scheme scheme)
{
	const struct cpe_attr *v = &cpe->attr[CPE_VERSION];
	struct candidate r = {.component = {.scheme = scheme}};

	text_clear(&h->key);
	text_add_char(&h->key, (char)('A' + (int)scheme));
	cpe_format_23(cpe, &h->key);
	r.key = arena_str(h->batch, text_str(&h->key));
	text_clear(&h->key);
	group_key(cpe, &h->key);
	r.group_key = arena_str(h->batch, text_str(&h->key));
	r.component.release = is_release(a, h, cpe);
	r.component.cpe = cpe_keep(h->kept, cpe);
	if (v->kind == CPE_VALUE && !v->wild)
		r.component.version =
			arena_str(h->kept, version_with_update(h->scratch, v->text,
							       plain_text(&cpe->attr[CPE_UPDATE])));
	return r;
}

static struct answer answer_of(const struct answers *a, struct hand *h, const struct question *q)
{
	const struct exposure_resolver *ask = &a->w->resolver;
	struct estate_resolved r = {0};
	struct candidate *v;

	arena_clear(h->scratch);
	if (q->os)
		ask->os(ask->ctx, q->segment, q->at, h->scratch, &r);
	else
		ask->raw(ask->ctx, q->segment, &q->segment->raws[q->at], h->scratch, &r);
	v = ARENA_ARRAY(h->batch, struct candidate, r.n + 1);
	for (size_t i = 0; i < r.n; i++) {
		const struct cpe *c = &r.cpes[i];
		enum version_scheme scheme = r.scheme;

		if (!r.scheme_fixed)
			scheme = version_scheme_of_product(plain_text(&c->attr[CPE_VENDOR]),
							   plain_text(&c->attr[CPE_PRODUCT]));
		v[i] = candidate_of(a, h, c, scheme);
	}
	return (struct answer){r.state, (uint32_t)r.n, v};
}

static void share_answer(void *ctx, size_t item, unsigned worker)
{
	struct answers *a = ctx;
	size_t end = MIN_OF((item + 1) * SHARE, a->n);

	for (size_t i = item * SHARE; i < end; i++)
		a->v[i] = answer_of(a, &a->hands[worker], &a->questions[i]);
}

const struct answer *answers_get(struct answers *a, const struct question *questions, size_t n)
{
	assert(n <= ANSWERS_BATCH);
	a->questions = questions;
	a->n = n;
	for (unsigned i = 0; i < a->w->nkept; i++)
		arena_clear(a->hands[i].batch);
	parallel_each((n + SHARE - 1) / SHARE, share_answer, a);
	return a->v;
}
