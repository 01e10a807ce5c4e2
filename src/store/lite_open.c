#include "store/lite.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* Of no bytes, or one of SQLite's, which store_catalogue_create() looks into; and nobody else may
 * read it. */
static bool may_be_empty(const char *path)
{
	static const char magic[16] = "SQLite format 3";
	AUTO(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char head[sizeof(magic)];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_mode & 077)
		return false;
	return st.st_size == 0 || (read(fd, head, sizeof(head)) == (ssize_t)sizeof(head) &&
				   memcmp(head, magic, sizeof(magic)) == 0);
}

/* An empty file of our own making first, so that nobody else can ever read it. */
static bool make_file(const char *path, bool *ret_made, struct err *err)
{
	AUTO(close_fd) int fd = -1;

	fd = fault_here() ? (errno = EIO, -1)
			  : open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0) {
		*ret_made = true;
		return true;
	}
	/* A creation cut short leaves a file without tables: it may be gone on with. */
	if (errno == EEXIST && (lite_is_held(path) || may_be_empty(path)))
		return true;
	if (errno == EEXIST)
		return err_set(err, ERR_EXISTS, "%s: is there already", path);
	if (errno == EACCES || errno == EPERM || errno == EROFS)
		return err_set(err, ERR_DENIED, "%s: this user may not make a file there", path);
	return err_errno(err, errno, "%s: the store can't be created", path);
}

static bool look_for_file(const char *path, struct err *err)
{
	struct stat st;

	if (stat(path, &st) < 0 && errno == ENOENT)
		return err_set(err, ERR_NOT_FOUND, "%s: no such store", path) ||
		       err_hint(err, "; lynchpin init makes one");
	if (stat(path, &st) < 0)
		return err_errno(err, errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_CORRUPT, "%s: not a Lynchpin store", path);
	if (access(path, R_OK) < 0)
		return err_set(err, ERR_DENIED, "%s: the store can't be read by this user", path);
	return true;
}

static void add_uri(struct text *uri, const char *path, const char *options)
{
	text_add_c(uri, "file:");
	for (const char *p = path; *p; p++) {
		if (*p == '?' || *p == '#' || *p == '%')
			text_addf(uri, "%%%02x", (unsigned)(unsigned char)*p);
		else
			text_add_char(uri, *p);
	}
	text_add_c(uri, options);
}

/*
 * A reader in write-ahead mode writes a lock file beside the store.  Where it may not (an
 * archive on read-only media) and no log is left to read, nobody writes: no locks are needed.
 */
static bool only_media(const char *path)
{
	AUTO(text_freep) struct text t = {0};
	const char *slash = strrchr(path, '/');

	text_addf(&t, "%s-wal", path);
	if (file_exists(text_c(&t)))
		return false;
	text_clear(&t);
	text_add(&t, slash ? str_from(path, (size_t)(slash - path) + 1) : STR("."));
	return access(text_c(&t), W_OK) < 0;
}

static bool open_db(struct store *s, int busy_ms, struct err *err)
{
	AUTO(text_freep) struct text uri = {0};
	bool read = s->mode == STORE_READ;
	int flags = (read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_URI |
		    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	sqlite3 *db = NULL;
	int rc;

	add_uri(&uri, s->path, read && only_media(s->path) ? "?immutable=1" : "");
	rc = fault_here() ? SQLITE_IOERR : sqlite3_open_v2(text_c(&uri), &db, flags, NULL);
	s->db = db;
	if (rc != SQLITE_OK)
		return lite_fail(s, rc, err);
	(void)sqlite3_busy_timeout(db, busy_ms < 0 ? 0 : busy_ms ? busy_ms : BUSY_MS_DEFAULT);
	/* A store may come from elsewhere: its schema is not to be trusted with functions, and
	 * "x" is a name, never a string. */
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	if (!read && sqlite3_db_readonly(db, "main") == 1)
		return lite_fail(s, SQLITE_READONLY, err);
	return true;
}

/*
 * FULL: a commit is on the disk before it returns (NORMAL would lose the last ones to a
 * power cut).  The cache is for transactions of some hundred megabytes; the limit cuts the
 * log down again after one.
 */
static bool settle(struct store *s, struct err *err)
{
	if (!lite_exec(s,
		       "PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; "
		       "PRAGMA cache_size=-65536; PRAGMA cell_size_check=ON",
		       err))
		return false;
	if (s->mode == STORE_READ)
		return lite_exec(s, "PRAGMA query_only=ON", err);
	return lite_exec(s,
			 "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
			 "PRAGMA journal_size_limit=67108864; PRAGMA wal_autocheckpoint=2000",
			 err);
}

/* ERR_EXISTS when the file holds any table, ours or not. */
bool lite_absent(struct store *s, struct err *err)
{
	int64_t tables;

	if (!store_one_int(s, "SELECT count(*) FROM sqlite_schema", &tables, err))
		return false;
	return !tables || err_set(err, ERR_EXISTS, "%s: is there already", s->path);
}

bool lite_found(struct store *s, struct err *err)
{
	AUTO(text_freep) struct text sql = {0};

	text_addf(&sql, "PRAGMA application_id=%d", STORE_APPLICATION_ID);
	return lite_exec(s, text_c(&sql), err);
}

bool lite_recognise(struct store *s, struct err *err)
{
	int64_t id, tables;

	if (!store_one_int(s, "PRAGMA application_id", &id, err) ||
	    !store_one_int(s, "SELECT count(*) FROM sqlite_schema WHERE name = 'store_meta'",
			   &tables, err))
		return false;
	return (id == STORE_APPLICATION_ID && tables) ||
	       err_set(err, ERR_CORRUPT, "%s: not a Lynchpin store", s->path);
}

void lite_remove(const char *path)
{
	static const char *const ends[] = {"", "-wal", "-shm", "-journal"};

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		AUTO(text_freep) struct text t = {0};

		text_addf(&t, "%s%s", path, ends[i]);
		unlink(text_c(&t));
	}
}

bool lite_open(struct store *s, const struct store_config *config, bool *ret_made, struct err *err)
{
	bool fresh = s->mode == STORE_CREATE;

	if (fresh ? !make_file(s->path, ret_made, err) : !look_for_file(s->path, err))
		return false;
	s->held = lite_hold(s->path);
	/* Larger than SQLite's 4096: parts of bulk are a megabyte. */
	return open_db(s, config->busy_ms, err) &&
	       (!fresh || (lite_absent(s, err) && lite_exec(s, "PRAGMA page_size=8192", err))) &&
	       (fresh || lite_recognise(s, err)) && settle(s, err);
}

void lite_close(struct store *s)
{
	(void)sqlite3_close(s->db);
	lite_let_go(s->held);
}
