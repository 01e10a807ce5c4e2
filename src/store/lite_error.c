#include "store/lite.h"

#include <errno.h>

static bool disk_says_full(int errnum)
{
	return errnum == ENOSPC || errnum == EDQUOT || errnum == EFBIG;
}

static bool fail_io(const struct store *s, int rc, struct err *err)
{
	int errnum = sqlite3_system_errno(lite_db(s));

	if (disk_says_full(errnum))
		return lite_fail(s, SQLITE_FULL, err);
	return err_set(err, ERR_IO, "%s: the disk refuses (%s); nothing was changed", s->path,
		       errnum ? strerrordesc_np(errnum) : sqlite3_errstr(rc));
}

bool lite_fail(const struct store *s, int rc, struct err *err)
{
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_set(err, ERR_CONFLICT,
			       "another lynchpin is writing to this store; try again") ||
		       err_hint(err, " (%s)", s->path);
	case SQLITE_FULL:
		return err_set(err, ERR_FULL,
			       "%s: no space left for the store; nothing was changed, free some "
			       "space and try again",
			       s->path);
	case SQLITE_READONLY:
		return err_set(err, ERR_DENIED, "%s: the store is read-only for this user",
			       s->path);
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_CANTOPEN:
		return err_set(err, ERR_DENIED, "%s: the store can't be opened by this user (%s)",
			       s->path, sqlite3_errmsg(lite_db(s)));
	case SQLITE_CORRUPT:
		return err_set(err, ERR_CORRUPT,
			       "%s: the store is damaged; restore it from a backup", s->path);
	case SQLITE_NOTADB:
		return err_set(err, ERR_CORRUPT, "%s: not a Lynchpin store", s->path);
	case SQLITE_CONSTRAINT:
		return err_set(err, ERR_CONFLICT, "%s: %s", s->path, sqlite3_errmsg(lite_db(s)));
	case SQLITE_TOOBIG:
		return err_set(err, ERR_LIMIT, "%s: a value is too large for the store", s->path);
	case SQLITE_ABORT:
		return err_set(err, ERR_CONFLICT, "%s: rolled back while reading; try again",
			       s->path);
	case SQLITE_IOERR:
		return fail_io(s, rc, err);
	default:
		return err_set(err, ERR_CORRUPT, "%s: %s", s->path, sqlite3_errmsg(lite_db(s)));
	}
}
