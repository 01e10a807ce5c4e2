#include "store/pg.h"

#include <poll.h>

#include "base/clock.h"

/* A server that is restarting is back within this; the first tries come quickly. */
enum { WAIT_MS = 10000, FIRST_PAUSE_MS = 20, LAST_PAUSE_MS = 500 };
/* Who waits for no writer (its row is asked for with NOWAIT) waits so long for the server's own
 * locks, which others hold while they make or drop a table. */
enum { LOCK_LEAST_MS = 100 };
enum { VERSION_MIN = 150000 };

static void ignore_notice(void *arg UNUSED, const PGresult *res UNUSED)
{
}

/* ---- the address ------------------------------------------------------------------------ */

/* An '@' after the part that ends in one. */
static bool stray_at(const char *url)
{
	const char *authority = strstr(url, "://") + 3, *end = authority + strcspn(authority, "/?");
	const char *query = strchr(end, '?');
	size_t n = query ? (size_t)(query - end) : strlen(end);

	return memchr(end, '@', n) || (memchr(authority, '@', (size_t)(end - authority)) &&
				       memchr(authority, '[', (size_t)(end - authority)) &&
				       !memchr(authority, ']', (size_t)(end - authority)));
}

static bool parse(const char *url, PQconninfoOption **ret, struct err *err)
{
	char *said = NULL;

	/* Of a password with a bare '/', libpq would take and tell the rest for something else. */
	*ret = stray_at(url) ? NULL : PQconninfoParse(url, &said);
	PQfreemem(said); /* it may repeat the password */
	if (!*ret) {
		AUTO(text_freep) struct text masked = {0};

		url_mask(url, &masked);
		return err_set(err, ERR_USAGE,
			       "%s: not an address as PostgreSQL has it: "
			       "postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with %%40 for @ and "
			       "%%2F for / within them",
			       text_c(&masked));
	}
	return true;
}

static void add_part(struct text *out, const char *part)
{
	if (!part || !*part)
		return;
	if (out->n && out->p[out->n - 1] != '/')
		text_add_char(out, '-');
	for (; *part; part++)
		text_add_char(out, char_is_alpha(*part) || char_is_digit(*part) || *part == '.' ||
						   *part == '_'
					   ? *part
					   : '_');
}

bool url_name(const char *url, struct text *out, struct err *err)
{
	static const char *const parts[] = {"host", "hostaddr", "port", "dbname", "options"};
	PQconninfoOption *options;
	size_t was = out->n;

	if (!parse(url, &options, err))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		for (const PQconninfoOption *o = options; o->keyword; o++)
			if (strcmp(o->keyword, parts[i]) == 0)
				add_part(out, o->val);
	PQconninfoFree(options);
	if (out->n == was)
		text_add_c(out, "local");
	return out->n - was < 200 || err_set(err, ERR_USAGE, "the address is too long");
}

/* ---- connecting ------------------------------------------------------------------------- */

static PGconn *dial(const char *url)
{
	/* What the address says goes before: of two, libpq takes the later. */
	static const char *const names[] = {"fallback_application_name",
					    "connect_timeout",
					    "keepalives_idle",
					    "keepalives_interval",
					    "keepalives_count",
					    "tcp_user_timeout",
					    "dbname",
					    "client_encoding",
					    NULL};
	const char *values[] = {"lynchpin", "5", "5", "2", "3", "10000", url, "UTF8", NULL};
	PGconn *conn = PQconnectdbParams(names, values, 1);

	PQsetNoticeReceiver(conn, ignore_notice, NULL);
	return conn;
}

static bool say(struct store *s, const char *sql, struct err *err)
{
	PGresult *res = PQexec(pg_of(s)->conn, sql);
	ExecStatusType status = PQresultStatus(res);
	bool ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || pg_fail(s, res, err);

	PQclear(res);
	return ok;
}

/* A commit is on the disk before it returns; a writer whose machine died is noticed. */
static bool settle(struct store *s, struct err *err)
{
	struct pg *pg = pg_of(s);
	const char *encoding = PQparameterStatus(pg->conn, "server_encoding");
	char sql[512];

	if (PQserverVersion(pg->conn) < VERSION_MIN)
		return err_set(err, ERR_VERSION, "%s: PostgreSQL 15 or newer is needed, this is %d",
			       s->path, PQserverVersion(pg->conn) / 10000);
	if (!encoding || strcmp(encoding, "UTF8") != 0)
		return err_set(err, ERR_UNSUPPORTED,
			       "%s: the database must be in UTF8 (CREATE DATABASE ... ENCODING "
			       "'UTF8' TEMPLATE template0), this is in %s",
			       s->path, encoding ? encoding : "another encoding");
	snprintf(sql, sizeof(sql),
		 "SELECT set_config('synchronous_commit', 'on', false) "
		 "WHERE current_setting('synchronous_commit') IN ('off', 'local');"
		 "SET lock_timeout = %d; SET default_transaction_isolation = 'read committed';"
		 "SET tcp_keepalives_idle = 2; SET tcp_keepalives_interval = 1;"
		 "SET tcp_keepalives_count = 3; SET default_transaction_read_only = %s",
		 MAX_OF(pg->busy_ms, (int)LOCK_LEAST_MS), s->mode == STORE_READ ? "on" : "off");
	return say(s, sql, err);
}

/* The server's or libpq's words, on one line, without what may hold a password. */
static bool fail_connect(struct store *s, struct err *err)
{
	struct str said = str_of(PQerrorMessage(pg_of(s)->conn)), line;
	static const char *const denied[] = {"authentication", "no password", "pg_hba", "role \""};
	struct err text;

	(void)str_next_line(&said, &line);
	for (size_t i = 0; i < ARRAY_LEN(denied); i++)
		if (str_find(line, str_of(denied[i]), 0) != SIZE_MAX)
			return err_set(err, ERR_DENIED, "%s: %.*s", s->path, STR_FMT(line));
	(void)err_set(&text, ERR_NOT_FOUND, "%.*s", STR_FMT(line));
	if (strstr(text.text, "database \"") && strstr(text.text, "does not exist"))
		return err_set(err, ERR_NOT_FOUND,
			       "%s: there is no such database; createdb makes it", s->path);
	return err_set(err, ERR_IO, "%s: %s", s->path, text.text);
}

/* The server is there and starts or ends: it is waited for also at the first try. */
static bool is_starting(const struct pg *pg)
{
	const char *said = PQerrorMessage(pg->conn);

	return strstr(said, "starting up") || strstr(said, "shutting down") ||
	       strstr(said, "recovery mode") || strstr(said, "not yet accepting");
}

static bool connect_now(struct store *s, bool again, struct err *err)
{
	struct pg *pg = pg_of(s);
	int64_t until = clock_monotonic_ns() / 1000000 + WAIT_MS;

	for (int pause = FIRST_PAUSE_MS;; pause = MIN_OF(2 * pause, (int)LAST_PAUSE_MS)) {
		PQfinish(pg->conn);
		pg->conn = fault_here() ? NULL : dial(pg->url);
		if (PQstatus(pg->conn) == CONNECTION_OK)
			break;
		if ((!again && !is_starting(pg)) || clock_monotonic_ns() / 1000000 > until)
			return fail_connect(s, err);
		(void)poll(NULL, 0, pause);
	}
	pg->generation++;
	pg->listening = false;
	return settle(s, err);
}

bool pg_may_retry(const struct store *s)
{
	return !pg_of(s)->held && PQstatus(pg_of(s)->conn) != CONNECTION_OK;
}

bool pg_ready(struct store *s, struct err *err)
{
	struct pg *pg = pg_of(s);

	if (PQstatus(pg->conn) == CONNECTION_OK && !pg->lost)
		return true;
	if (pg->held)
		return pg_fail_txn(s, NULL, err);
	return connect_now(s, true, err);
}

/* The first schema of the path is made where it is not there: ?options=-csearch_path%3Dname. */
static bool make_schema(struct store *s, struct err *err)
{
	return say(s,
		   "DO $$ DECLARE name text := trim(split_part(current_setting('search_path'), "
		   "',', 1)); BEGIN IF current_schema() IS NULL AND name ~ '^[a-z_][a-z0-9_]*$' "
		   "THEN EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', name); END IF; END $$",
		   err);
}

bool pg_open(struct store *s, const struct store_config *config, bool *ret_made UNUSED,
	     struct err *err)
{
	struct pg *pg = mem_zero(1, sizeof(*pg));
	PQconninfoOption *options;

	s->db = pg;
	pg->url = mem_copy(config->path, strlen(config->path));
	pg->busy_ms = config->busy_ms ? config->busy_ms : BUSY_MS_DEFAULT;
	if (!parse(pg->url, &options, err))
		return false;
	PQconninfoFree(options);
	if (!connect_now(s, false, err))
		return false;
	if (s->mode != STORE_CREATE)
		return s->driver->recognise(s, err);
	return make_schema(s, err) && s->driver->absent(s, err);
}

void pg_close(struct store *s)
{
	struct pg *pg = pg_of(s);

	if (!pg)
		return;
	PQfinish(pg->conn);
	text_free(&pg->rows);
	free(pg->url);
	free(pg);
}

/* ---- without a store -------------------------------------------------------------------- */

static PGresult *ask_there(PGconn *conn)
{
	return PQexec(conn,
		      "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
		      "WHERE n.nspname = current_schema() AND c.relname = 'store_meta'");
}

bool pg_there(const char *url, const char *said, bool *ret, struct err *err)
{
	struct pg pg = {.url = mem_copy(url, strlen(url))};
	struct store s = {.db = &pg, .path = mem_copy(said, strlen(said))};
	bool ok;

	ok = connect_now(&s, false, err);
	if (ok) {
		PGresult *res = ask_there(pg.conn);

		*ret = PQntuples(res) > 0;
		ok = PQresultStatus(res) == PGRES_TUPLES_OK || pg_fail(&s, res, err);
		PQclear(res);
	}
	PQfinish(pg.conn);
	free(pg.url);
	free(s.path);
	return ok;
}

void pg_remove(const char *url)
{
	PGconn *conn = dial(url);

	if (PQstatus(conn) == CONNECTION_OK)
		PQclear(PQexec(conn,
			       "DO $$ DECLARE t text; BEGIN FOR t IN SELECT name FROM store_table "
			       "LOOP EXECUTE format('DROP TABLE IF EXISTS %I', t); END LOOP; "
			       "DROP TABLE store_table, store_meta; END $$"));
	PQfinish(conn);
}
