#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static bool open_read(const char *path, int *ret_fd, struct stat *st, struct err *err)
{
	AUTO(close_fd) int fd = fault_here() ? (errno = EIO, -1) : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, st) < 0)
		return err_errno(err, errno, "%s", path);
	if (S_ISDIR(st->st_mode))
		return err_set(err, ERR_INVALID, "%s: is a folder, not a file", path);
	*ret_fd = fd, fd = -1;
	return true;
}

static void text_cut(struct text *t, size_t n)
{
	t->n = n;
	*text_room(t, 0) = '\0';
}

bool file_read(const char *path, size_t max_bytes, struct text *out, struct err *err)
{
	AUTO(close_fd) int fd = -1;
	size_t start = out->n;
	struct stat st;
	ssize_t got;

	if (!open_read(path, &fd, &st, err))
		return false;
	if (S_ISREG(st.st_mode) && (uint64_t)st.st_size > max_bytes)
		return err_set(err, ERR_LIMIT, "%s: %jd bytes, at most %zu are read", path,
			       (intmax_t)st.st_size, max_bytes);
	do {
		char *at = text_room(out, (size_t)1 << 16);

		got = fault_here() ? (errno = EIO, -1) : read(fd, at, (size_t)1 << 16);
		if (got < 0 && errno != EINTR) {
			text_cut(out, start);
			return err_errno(err, errno, "%s", path);
		}
		out->n += got > 0 ? (size_t)got : 0;
		if (out->n - start > max_bytes) {
			text_cut(out, start);
			return err_set(err, ERR_LIMIT, "%s: more than %zu bytes", path, max_bytes);
		}
	} while (got);
	*text_room(out, 1) = '\0';
	return true;
}

bool file_map(const char *path, struct str *ret_bytes, struct err *err)
{
	AUTO(close_fd) int fd = -1;
	struct stat st;
	void *p;

	if (!open_read(path, &fd, &st, err))
		return false;
	if (!st.st_size) {
		*ret_bytes = (struct str){NULL, 0};
		return true;
	}
	p = fault_here() ? (errno = EIO, MAP_FAILED)
			 : mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return err_errno(err, errno ? errno : EIO, "%s", path);
	*ret_bytes = str_from(p, (size_t)st.st_size);
	return true;
}

void file_unmap(struct str bytes)
{
	union {
		const char *c;
		void *v;
	} p = {.c = bytes.p};

	if (bytes.p)
		munmap(p.v, bytes.n);
}

static bool write_all(int fd, struct str bytes)
{
	while (bytes.n) {
		ssize_t n = fault_here() ? (errno = ENOSPC, -1) : write(fd, bytes.p, bytes.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		bytes = str_from_offset(bytes, (size_t)n);
	}
	return true;
}

static bool sync_file(int fd)
{
	return fault_here() ? (errno = EIO, false) : fsync(fd) == 0;
}

static void sync_folder(const char *path)
{
	AUTO(text_freep) struct text dir = {0};
	const char *slash = strrchr(path, '/');
	AUTO(close_fd) int fd = -1;

	text_add(&dir, slash ? str_from(path, (size_t)(slash - path) + 1) : STR("."));
	fd = open(text_c(&dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		(void)!fsync(fd);
}

static bool replace(const char *path, struct str bytes, unsigned mode, bool durable,
		    struct err *err)
{
	AUTO(text_freep) struct text tmp = {0};
	AUTO(close_fd) int fd = -1;

	text_addf(&tmp, "%s.%ld.new", path, (long)getpid());
	fd = fault_here() ? (errno = EIO, -1)
			  : open(text_c(&tmp), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0)
		return err_errno(err, errno, "%s", path);
	if (!write_all(fd, bytes) || (durable && !sync_file(fd)) ||
	    (fault_here() ? (errno = EIO, true) : rename(text_c(&tmp), path) < 0)) {
		int why = errno;

		unlink(text_c(&tmp));
		return err_errno(err, why, "%s", path);
	}
	if (durable)
		sync_folder(path);
	return true;
}

bool file_replace(const char *path, struct str bytes, unsigned mode, struct err *err)
{
	return replace(path, bytes, mode, true, err);
}

bool file_replace_cache(const char *path, struct str bytes, unsigned mode, struct err *err)
{
	return replace(path, bytes, mode, false, err);
}

bool file_make_folder(const char *path, unsigned mode, struct err *err)
{
	if ((fault_here() ? (errno = EIO, true) : mkdir(path, mode) < 0) && errno != EEXIST)
		return err_errno(err, errno, "%s", path);
	return true;
}

struct str file_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return str_of(slash ? slash + 1 : path);
}

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

size_t process_peak_rss_bytes(void)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	return (size_t)ru.ru_maxrss * 1024;
}
