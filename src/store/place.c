#include "store/lite.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

enum { ADDRESS_BYTES_MAX = 4096 };

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static bool is_url(struct str s)
{
	return str_starts(s, STR("postgresql://")) || str_starts(s, STR("postgres://"));
}

/* ---- what may be shown ----------------------------------------------------------------- */

/* The value after the '=' of a parameter whose name ends in "password". */
static bool ends_in_password(struct str parameter)
{
	size_t eq = str_find_char(parameter, '=', 0);

	return eq != SIZE_MAX && str_ends(str_sub(parameter, 0, eq), STR("password"));
}

/*
 * Whatever stands where a password may stand, also in an address that is otherwise wrong: from the
 * first ':' after the scheme to the last '@', which a password with a forgotten %40 has too.
 */
void url_mask(const char *url, struct text *out)
{
	struct str rest = str_of(url), piece;
	size_t scheme = str_find(rest, STR("://"), 0) + 3, at = SIZE_MAX, colon, query;

	for (size_t i = scheme; i < rest.n; i++)
		at = rest.p[i] == '@' ? i : at;
	colon = str_find_char(rest, ':', scheme);
	if (at != SIZE_MAX && colon < at) {
		text_add(out, str_sub(rest, 0, colon));
		text_add_c(out, ":***");
		rest = str_from_offset(rest, at);
	}
	query = str_find_char(rest, '?', 0);
	if (query == SIZE_MAX) {
		text_add(out, rest);
		return;
	}
	text_add(out, str_sub(rest, 0, query + 1));
	rest = str_from_offset(rest, query + 1);
	for (bool first = true; str_next(&rest, '&', &piece); first = false) {
		text_add_c(out, first ? "" : "&");
		if (ends_in_password(piece)) {
			text_add(out, str_sub(piece, 0, str_find_char(piece, '=', 0) + 1));
			text_add_c(out, "***");
		} else {
			text_add(out, piece);
		}
	}
}

void store_said(const char *path, struct text *out)
{
	if (is_url(str_of(path)))
		url_mask(path, out);
	else
		text_add_c(out, path);
}

/* ---- where it leads -------------------------------------------------------------------- */

/* The first line of a file that holds an address; else nothing. */
static bool read_address(const char *path, struct text *out, struct err *err)
{
	AUTO(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char buf[ADDRESS_BYTES_MAX];
	struct str rest, line;
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    (n = read(fd, buf, sizeof(buf))) <= 0)
		return true;
	rest = str_from(buf, (size_t)n);
	if (!is_url(rest) || !str_next_line(&rest, &line))
		return true;
	text_add(out, str_trim(line));
	if (st.st_mode & 077) {
		AUTO(text_freep) struct text masked = {0};

		url_mask(text_c(out), &masked);
		if (!str_eq(text_str(&masked), text_str(out)))
			return err_set(err, ERR_DENIED,
				       "%s: holds a password and others may read it; chmod 600 it",
				       path);
	}
	return true;
}

static bool local_place(const char *url, struct text *out, struct err *err)
{
	const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

	if (data && *data == '/')
		text_add_c(out, data);
	else if (home && *home == '/')
		text_addf(out, "%s/.local/share", home);
	else
		return err_set(err, ERR_USAGE,
			       "no $HOME and no $XDG_DATA_HOME to keep the site's key in: set one, "
			       "or put the address into a file and give that as --db");
	text_add_c(out, "/lynchpin/");
	return url_name(url, out, err);
}

void place_free(struct place *p)
{
	text_free(&p->url);
	text_free(&p->said);
	text_free(&p->path);
}

bool place_find(const char *path, struct place *p, struct err *err)
{
	if (is_url(str_of(path))) {
		text_add_c(&p->url, path);
		url_mask(path, &p->said);
		p->driver = &store_pg;
		return local_place(path, &p->path, err);
	}
	text_add_c(&p->said, path);
	text_add_c(&p->path, path);
	p->driver = &store_lite;
	if (!lite_is_held(path) && !read_address(path, &p->url, err))
		return false;
	if (p->url.n)
		p->driver = &store_pg;
	return true;
}

static bool make_folders(char *path, struct err *err)
{
	for (char *p = path + 1; (p = strchr(p, '/')); p++) {
		bool ok;

		*p = '\0';
		ok = file_make_folder(path, 0700, err);
		*p = '/';
		if (!ok)
			return false;
	}
	return true;
}

bool store_place_of(const char *path, struct text *out, struct err *err)
{
	AUTO(place_free) struct place p = {0};

	if (!place_find(path, &p, err))
		return false;
	if (is_url(str_of(path)) && !make_folders(p.path.p, err))
		return false;
	text_add(out, text_str(&p.path));
	return true;
}

bool store_there(const char *path, bool *ret, struct err *err)
{
	AUTO(place_free) struct place p = {0};

	if (!place_find(path, &p, err))
		return false;
	if (p.url.n)
		return pg_there(text_c(&p.url), text_c(&p.said), ret, err);
	*ret = file_exists(path);
	return true;
}
