#include "wire/unpack.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static struct unpack *unpack_new(struct str name, const struct unpack_limits *limits)
{
	struct unpack *u = mem_zero(1, sizeof(*u));
	size_t slash = 0;

	if (limits)
		u->limits = *limits;
	if (!u->limits.member_bytes)
		u->limits.member_bytes = (size_t)4 << 30;
	if (!u->limits.total_bytes)
		u->limits.total_bytes = (size_t)16 << 30;
	if (!u->limits.members)
		u->limits.members = 100000;
	if (!u->limits.ratio)
		u->limits.ratio = 2000;
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] == '/')
			slash = i + 1;
	text_add(&u->name, str_from_offset(name, slash));
	return u;
}

/* A mapping's last page is zero past the end of the file. */
static bool is_mapping_padded(size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return n % page && page - n % page >= WIRE_PADDING;
}

static bool is_regular(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
}

static bool take_input(struct unpack *u, const char *path, struct err *err)
{
	if (is_regular(path)) {
		if (!file_map(path, &u->input, err))
			return false;
		u->mapped = u->input.n > 0;
		u->padded = is_mapping_padded(u->input.n);
		return true;
	}
	if (!file_read(path, u->limits.member_bytes, &u->held, err))
		return false;
	wire_pad(&u->held);
	u->input = text_str(&u->held);
	u->padded = true;
	return true;
}

bool unpack_file(const char *path, const struct unpack_limits *limits, struct unpack **ret,
		 struct err *err)
{
	AUTO(unpack_closep) struct unpack *u = unpack_new(str_of(path), limits);

	if (!take_input(u, strcmp(path, "-") == 0 ? "/dev/stdin" : path, err))
		return false;
	*ret = u, u = NULL;
	return true;
}

bool unpack_bytes(struct str name, struct str bytes, const struct unpack_limits *limits,
		  struct unpack **ret, struct err *err)
{
	struct unpack *u = unpack_new(name, limits);

	(void)err;
	u->input = bytes;
	*ret = u;
	return true;
}
