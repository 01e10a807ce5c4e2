#include "acts/inner.h"

/*
 * A commit waits for the disk, an act by itself hardly: so acts of different people that don't wait
 * for each other share one.  Each is a part of the transaction: what is refused is undone alone.
 */

struct outcome {
	struct act_mark mark;
	bool refused;
	struct err err;
};

void acts_submit(struct acts *a, const struct acts_submission *s)
{
	struct acts_submission own = *s;

	if (!a->queue.arena)
		a->queue.arena = arena_open();
	own.request.body = arena_str(a->queue.arena, s->request.body);
	own.post = arena_str(a->queue.arena, s->post.n ? s->post : a->post);
	own.user = arena_str(a->queue.arena, s->user.n ? s->user : a->user);
	VEC_PUSH(&a->queue.v, own);
}

size_t acts_waiting(const struct acts *a)
{
	return a->queue.v.n;
}

static bool put_held(struct acts *a, const struct act_request *request, struct err *err)
{
	for (size_t i = 0; i < request->held_n; i++) {
		struct hash digest;

		if (!acts_put_bulk(a, request->held[i].bytes, &digest, err))
			return false;
		if (!hash_eq(&digest, &request->held[i].digest))
			return err_set(err, ERR_INVALID,
				       "%s: the bytes held are not those of their digest",
				       request->act);
	}
	return true;
}

/* As the post that submitted it. */
static bool run_as(struct acts *a, const struct acts_submission *s, struct act_mark *ret,
		   struct err *err)
{
	const struct str post = a->post, user = a->user;
	bool ok;

	a->post = s->post;
	a->user = s->user;
	ok = put_held(a, &s->request, err) && acts_run(a, &s->request, ret, err);
	a->post = post;
	a->user = user;
	return ok;
}

/* False when the transaction can't go on. */
static bool run_part(struct acts *a, const struct acts_submission *s, struct outcome *out,
		     struct err *err)
{
	size_t said = s->request.say ? s->request.say->n : 0;

	if (!store_part(a->txn, err))
		return false;
	if (run_as(a, s, &out->mark, &out->err) && store_part_keep(a->txn, &out->err))
		return true;
	out->refused = true;
	if (s->request.say)
		s->request.say->n = said;
	return store_part_undo(a->txn, err);
}

static bool run_all(struct acts *a, const struct queue *q, struct outcome *outcomes,
		    struct err *err)
{
	if (!acts_begin(a, err))
		return false;
	for (size_t i = 0; i < q->v.n; i++) {
		if (!run_part(a, &q->v.v[i], &outcomes[i], err)) {
			acts_rollback(a);
			return false;
		}
	}
	return acts_commit(a, err);
}

bool acts_flush(struct acts *a, struct err *err)
{
	struct queue q = a->queue;
	struct outcome *outcomes;
	struct err why = {0};
	bool ok;

	assert(!a->txn);
	if (!q.v.n)
		return true;
	a->queue = (struct queue){0}; /* told() may submit more */
	outcomes = mem_zero(q.v.n, sizeof(*outcomes));
	ok = run_all(a, &q, outcomes, &why);
	for (size_t i = 0; i < q.v.n; i++) {
		const struct acts_submission *s = &q.v.v[i];
		const struct outcome *o = &outcomes[i];
		struct act_told told = {o->mark.number, o->mark.hash, NULL};

		if (o->refused || !ok)
			told.refused = o->refused ? &o->err : &why;
		if (s->told)
			s->told(s->ctx, &told);
	}
	free(outcomes);
	free(q.v.v);
	arena_close(q.arena);
	if (!ok)
		*err = why;
	return ok;
}
