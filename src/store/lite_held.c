#include "store/lite.h"

#include <pthread.h>
#include <sys/stat.h>

#include "base/mem.h"

/*
 * Which files of SQLite's this process has open.  POSIX takes all of a process's locks on a file
 * away when it closes any descriptor of it (fcntl(2)); SQLite sees to its own, so that only ours
 * must not be opened.  Without its locks a connection is not seen by others: the last of them to
 * end removes the log of writes, and what is written to it from then on is lost.
 */
struct held {
	struct held *next;
	dev_t dev;
	ino_t ino;
	unsigned n; /* connections */
};
static struct held *all;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct held **find(const struct stat *st)
{
	struct held **at = &all;

	while (*at && ((*at)->dev != st->st_dev || (*at)->ino != st->st_ino))
		at = &(*at)->next;
	return at;
}

bool lite_is_held(const char *path)
{
	struct stat st;
	bool held;

	if (stat(path, &st) < 0)
		return false;
	pthread_mutex_lock(&lock);
	held = *find(&st) != NULL;
	pthread_mutex_unlock(&lock);
	return held;
}

struct held *lite_hold(const char *path)
{
	struct held **at, *h;
	struct stat st;

	if (stat(path, &st) < 0)
		return NULL;
	pthread_mutex_lock(&lock);
	at = find(&st);
	if (!*at) {
		*at = mem_zero(1, sizeof(**at));
		(*at)->dev = st.st_dev;
		(*at)->ino = st.st_ino;
	}
	h = *at;
	h->n++;
	pthread_mutex_unlock(&lock);
	return h;
}

void lite_let_go(struct held *h)
{
	struct held **at = &all;

	if (!h)
		return;
	pthread_mutex_lock(&lock);
	if (--h->n == 0) {
		while (*at != h)
			at = &(*at)->next;
		*at = h->next;
		free(h);
	}
	pthread_mutex_unlock(&lock);
}
