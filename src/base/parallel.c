#include "base/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { WIDEST = 64 };

static unsigned width_set;

struct loop {
	void (*work)(void *ctx, size_t item, unsigned worker);
	void *ctx;
	size_t items;
	atomic_size_t next;
};

struct hand {
	struct loop *loop;
	unsigned worker;
	pthread_t thread;
};

unsigned parallel_width(void)
{
	cpu_set_t set;
	int n = 1;

	if (width_set)
		return width_set;
	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	return (unsigned)MIN_OF(MAX_OF(n, 1), WIDEST);
}

void parallel_set_width(unsigned threads)
{
	width_set = MIN_OF(threads, (unsigned)WIDEST);
}

static void *hand_run(void *arg)
{
	struct hand *h = arg;
	size_t i;

	while ((i = atomic_fetch_add(&h->loop->next, 1)) < h->loop->items)
		h->loop->work(h->loop->ctx, i, h->worker);
	return NULL;
}

void parallel_each(size_t items, void (*work)(void *ctx, size_t item, unsigned worker), void *ctx)
{
	struct loop loop = {.work = work, .ctx = ctx, .items = items};
	struct hand hands[WIDEST];
	unsigned n = (unsigned)MIN_OF((size_t)parallel_width(), items), started = 0;

	for (unsigned i = 1; i < n; i++) {
		struct hand *h = &hands[started];

		*h = (struct hand){.loop = &loop, .worker = i};
		if (pthread_create(&h->thread, NULL, hand_run, h) == 0)
			started++;
	}
	hand_run(&(struct hand){.loop = &loop, .worker = 0});
	for (unsigned i = 0; i < started; i++)
		pthread_join(hands[i].thread, NULL);
}
