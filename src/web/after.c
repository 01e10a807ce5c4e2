#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "web/server.h"

/*
 * What would hold up the loop: threads of the worker's own, one for each kind of task, begun by the
 * first.  The lists are the lock's; a task's conn is the loop's alone.
 */

struct task {
	struct task *next;
	struct conn *conn; /* NULL: it has gone */
	struct web_task is;
};

struct list {
	struct task *first, **last;
};

struct after {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct list todo, done;
	bool stop;
	unsigned n; /* begun and not yet answered: the loop's */
	int wake;
	struct event *on_wake;
};

static void push(struct list *list, struct task *t)
{
	t->next = NULL;
	*list->last = t;
	list->last = &t->next;
}

static struct task *pop(struct list *list)
{
	struct task *t = list->first;

	if (!t)
		return NULL;
	list->first = t->next;
	if (!list->first)
		list->last = &list->first;
	return t;
}

static void *work(void *ctx)
{
	static const uint64_t one = 1;
	struct after *a = ctx;
	struct task *t;

	pthread_mutex_lock(&a->lock);
	while (!a->stop) {
		t = pop(&a->todo);
		if (!t) {
			pthread_cond_wait(&a->more, &a->lock);
			continue;
		}
		pthread_mutex_unlock(&a->lock);
		t->is.work(t->is.ctx);
		pthread_mutex_lock(&a->lock);
		push(&a->done, t);
		/* The counter of an eventfd doesn't fill by ones. */
		while (write(a->wake, &one, sizeof(one)) < 0 && errno == EINTR)
			;
	}
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

static struct task *take(struct after *a, struct list *list)
{
	struct task *t;

	pthread_mutex_lock(&a->lock);
	t = pop(list);
	pthread_mutex_unlock(&a->lock);
	return t;
}

static void tell(struct after *a, struct task *t)
{
	struct web_task is = t->is;
	struct conn *conn = t->conn;

	free(t);
	a->n--;
	if (conn)
		conn_answer(conn, &is);
	else
		is.then(NULL, NULL, is.ctx);
}

static void on_wake(evutil_socket_t fd, short what UNUSED, void *ctx)
{
	struct after *a = ctx;
	struct task *t;
	uint64_t n;

	(void)!read(fd, &n, sizeof(n));
	while ((t = take(a, &a->done)))
		tell(a, t);
}

static bool begin_thread(struct after *a)
{
	sigset_t all, old;
	int failed;

	/* Signals are the loop's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	failed = pthread_create(&a->thread, NULL, work, a);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return !failed;
}

static struct after *after_open(struct worker *w)
{
	int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct after *a;

	if (wake < 0)
		return NULL;
	a = mem_zero(1, sizeof(*a));
	a->wake = wake;
	a->todo.last = &a->todo.first;
	a->done.last = &a->done.first;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->more, NULL);
	a->on_wake = event_new(w->base, wake, EV_READ | EV_PERSIST, on_wake, a);
	if (begin_thread(a)) {
		event_add(a->on_wake, NULL);
		return a;
	}
	event_free(a->on_wake);
	close(wake);
	free(a);
	return NULL;
}

bool web_reply_after(struct web_reply *reply, const struct web_task *task)
{
	struct after **a = &reply->w->after[task->lane];
	struct task *t;

	if (!*a)
		*a = after_open(reply->w);
	if (!*a || (*a)->n >= TASKS_MOST) {
		web_reply_header(reply, "Retry-After", STR("5"));
		web_problem(reply, 503, "too many are at it; try again in a moment");
		return false;
	}
	t = mem_zero(1, sizeof(*t));
	t->conn = reply->conn;
	t->is = *task;
	reply->conn->task = t;
	reply->waiting = true;
	(*a)->n++;
	pthread_mutex_lock(&(*a)->lock);
	push(&(*a)->todo, t);
	pthread_cond_signal(&(*a)->more);
	pthread_mutex_unlock(&(*a)->lock);
	return true;
}

size_t after_waiting(const struct worker *w, enum web_lane lane)
{
	return w->after[lane] ? w->after[lane]->n : 0;
}

void task_leave(struct task *t)
{
	t->conn = NULL;
}

static void close_lane(struct after *a)
{
	struct task *t;

	pthread_mutex_lock(&a->lock);
	a->stop = true;
	pthread_cond_signal(&a->more);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	while ((t = take(a, &a->done)) || (t = take(a, &a->todo)))
		tell(a, t);
	event_free(a->on_wake);
	close(a->wake);
	pthread_mutex_destroy(&a->lock);
	pthread_cond_destroy(&a->more);
	free(a);
}

void after_close(struct worker *w)
{
	for (size_t i = 0; i < WEB_LANES; i++)
		if (w->after[i])
			close_lane(w->after[i]);
	memset(w->after, 0, sizeof(w->after));
}
