#ifndef TESTS_TEST_STORE_H
#define TESTS_TEST_STORE_H

/*
 * Where a test's store is made: at the path, or when $LYNCHPIN_TEST_DB is the address of a
 * PostgreSQL database, in a new schema there, of which the file at the path then holds the address.
 */

#include <fcntl.h>
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static inline void test_store_at(const char *path)
{
	const char *address = getenv("LYNCHPIN_TEST_DB");
	struct timespec now;
	char name[64];
	int fd;

	if (!address)
		return;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(name, sizeof(name), "unit_%ld_%lld_%ld", (long)getpid(), (long long)now.tv_sec,
		 now.tv_nsec);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	/* The name of the application is the schema's, so that a test can end its own connections.
	 */
	if (fd < 0 || dprintf(fd, "%s?options=-csearch_path%%3D%s&application_name=%s\n", address,
			      name, name) < 0)
		abort();
	close(fd);
}

static inline bool test_store_elsewhere(void)
{
	return getenv("LYNCHPIN_TEST_DB") != NULL;
}

/* Behind the store's back; NULL when it went well. */
static inline const char *test_store_by_hand(const char *path, const char *sql)
{
	static char said[512];
	char address[512] = "";
	sqlite3 *db = NULL;
	PGconn *conn;
	FILE *f = fopen(path, "r");
	bool ok, read = f && fgets(address, sizeof(address), f);

	if (f)
		fclose(f);
	address[strcspn(address, "\n")] = '\0';
	if (read && strncmp(address, "postgresql://", 13) == 0) {
		PGresult *res = PQexec(conn = PQconnectdb(address), sql);

		ok = PQresultStatus(res) == PGRES_COMMAND_OK ||
		     PQresultStatus(res) == PGRES_TUPLES_OK;
		snprintf(said, sizeof(said), "%s", PQerrorMessage(conn));
		PQclear(res);
		PQfinish(conn);
		return ok ? NULL : said;
	}
	ok = sqlite3_open(path, &db) == SQLITE_OK &&
	     sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
	snprintf(said, sizeof(said), "%s", sqlite3_errmsg(db));
	sqlite3_close(db);
	return ok ? NULL : said;
}

#endif
