#include "web/body.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fault.h"

enum { WRITE_BYTES = 64 << 10 };

static bool refused(struct gate_refusal *ret)
{
	bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;

	/* RFC 4918 11.5. */
	*ret = full ? (struct gate_refusal){507, "there is no space left for what was sent"}
		    : (struct gate_refusal){500, "what was sent could not be kept"};
	return false;
}

static int make_file(const char *folder)
{
	char path[4096];
	int fd = fault_here() ? (errno = EIO, -1)
			      : open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	int n;

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd;
	/* A file system without nameless files. */
	n = snprintf(path, sizeof(path), "%s/lynchpin-XXXXXX", folder);
	if (n < 0 || (size_t)n >= sizeof(path))
		return -1;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

static bool write_out(struct spool *s, struct gate_refusal *ret)
{
	struct str rest = text_str(&s->memory);

	while (rest.n) {
		ssize_t n = fault_here() ? (errno = ENOSPC, -1) : write(s->fd, rest.p, rest.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return refused(ret);
		s->written += (uint64_t)n;
		rest = str_from_offset(rest, (size_t)n);
	}
	text_clear(&s->memory);
	return true;
}

bool spool_add(struct spool *s, struct str piece, struct gate_refusal *ret)
{
	text_add(&s->memory, piece);
	if (s->fd < 0 && s->memory.n > SPOOL_MEMORY) {
		s->fd = make_file(s->folder);
		if (s->fd < 0)
			return refused(ret);
		if (!write_out(s, ret))
			return false;
		text_free(&s->memory);
	}
	return s->fd < 0 || s->memory.n < WRITE_BYTES || write_out(s, ret);
}

bool spool_end(struct spool *s, struct gate_refusal *ret)
{
	void *map;

	if (s->fd < 0)
		return true;
	if (!write_out(s, ret))
		return false;
	map = fault_here() ? MAP_FAILED
			   : mmap(NULL, (size_t)s->written, PROT_READ, MAP_PRIVATE, s->fd, 0);
	if (map == MAP_FAILED)
		return refused(ret);
	s->map = str_from(map, (size_t)s->written);
	return true;
}

struct str spool_bytes(const struct spool *s)
{
	return s->fd < 0 ? text_str(&s->memory) : s->map;
}

void spool_free(struct spool *s)
{
	if (s->map.p)
		munmap((void *)(uintptr_t)s->map.p, s->map.n);
	if (s->fd >= 0)
		close(s->fd);
	text_free(&s->memory);
	*s = (struct spool){.folder = s->folder, .fd = -1};
}
