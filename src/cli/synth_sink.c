#include "cli/synth_device.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"

/* A list that is written in pieces, to a file or in memory. */

enum { SINK_BYTES = 1 << 18 };

static void begin(struct synth_sink *k)
{
	if (!k->buf)
		k->buf = mem_alloc(k->cap = SINK_BYTES);
	k->n = 0;
	k->written = 0;
	k->ok = true;
	k->memory = false;
}

void synth_sink_begin(struct synth_sink *k)
{
	begin(k);
	k->memory = true;
}

struct str synth_sink_take(struct synth_sink *k)
{
	struct str r = str_from(mem_resize(k->buf, k->n + 1, 1), k->n);

	k->buf = NULL;
	return r;
}

bool synth_sink_open(struct synth_sink *k, const char *path, struct err *err)
{
	begin(k);
	k->path = path;
	k->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	k->open = k->fd >= 0;
	return k->open || err_errno(err, errno, "%s", path);
}

static void flush(struct synth_sink *k)
{
	size_t done = 0;

	while (k->ok && done < k->n) {
		ssize_t n = write(k->fd, k->buf + done, k->n - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			k->ok = err_errno(&k->err, errno, "%s", k->path);
		else
			done += (size_t)n;
	}
	k->written += k->n;
	k->n = 0;
}

char *synth_sink_room(struct synth_sink *k, size_t n)
{
	if (k->n + n > k->cap && !k->memory)
		flush(k);
	if (k->n + n > k->cap)
		k->buf = mem_resize(k->buf, k->cap = (k->n + n) * 2, 1);
	return k->buf + k->n;
}

bool synth_sink_close(struct synth_sink *k, struct err *err)
{
	flush(k);
	k->open = false;
	if (close(k->fd) != 0 && k->ok)
		k->ok = err_errno(&k->err, errno, "%s", k->path);
	if (!k->ok)
		*err = k->err;
	return k->ok;
}

void synth_sink_drop(struct synth_sink *k)
{
	if (k->open)
		close(k->fd);
	free(k->buf);
}
