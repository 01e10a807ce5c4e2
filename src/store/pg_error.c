#include "store/pg.h"

static const struct {
	const char *state; /* of SQLSTATE, or its beginning */
	enum err_code code;
	const char *text; /* NULL: the server's own */
} answers[] = {
	{"55P03", ERR_CONFLICT, "another lynchpin is writing to this store; try again"},
	{"53100", ERR_FULL,
	 "no space left for the store; nothing was changed, free some space and try again"},
	{"53300", ERR_IO, "the database takes no more connections"},
	{"53", ERR_LIMIT, NULL},
	{"54", ERR_LIMIT, NULL},
	{"23", ERR_CONFLICT, NULL},
	{"40", ERR_CONFLICT, NULL},
	{"25006", ERR_DENIED, "the store is read-only for this user"},
	{"42501", ERR_DENIED, NULL},
	{"28", ERR_DENIED, NULL},
	{"3D000", ERR_NOT_FOUND, NULL},
	{"3F000", ERR_NOT_FOUND, NULL},
	{"42P07", ERR_EXISTS, NULL},
	{"42P06", ERR_EXISTS, NULL},
	{"22021", ERR_INVALID, "text that is not UTF-8"},
	{"57014", ERR_IO, NULL},
	{"57", ERR_IO, "the database server is shutting down or starting; try again"},
	{"08", ERR_IO, NULL},
	{"58", ERR_IO, NULL},
};

static bool lost(const struct store *s, struct err *err)
{
	if (pg_of(s)->held)
		return err_set(err, ERR_IO,
			       "%s: the connection to the database was lost; nothing was changed, "
			       "try again",
			       s->path);
	return err_set(err, ERR_IO, "%s: the connection to the database was lost; try again",
		       s->path);
}

bool pg_fail(const struct store *s, const PGresult *res, struct err *err)
{
	const char *state = res ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
	const char *said = res ? PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY) : NULL;

	if (!state)
		return lost(s, err);
	for (size_t i = 0; i < ARRAY_LEN(answers); i++)
		if (strncmp(state, answers[i].state, strlen(answers[i].state)) == 0)
			return err_set(err, answers[i].code, "%s: %s", s->path,
				       answers[i].text ? answers[i].text
				       : said	       ? said
						       : state);
	return err_set(err, ERR_CORRUPT, "%s: %s (%s)", s->path, said ? said : "refused", state);
}

bool pg_fail_txn(struct store *s, const PGresult *res, struct err *err)
{
	struct pg *pg = pg_of(s);

	if (pg->held && PQstatus(pg->conn) != CONNECTION_OK)
		pg->lost = true;
	if (!pg->has_failed) {
		(void)pg_fail(s, res, &pg->failed);
		pg->has_failed = pg->held;
	}
	*err = pg->failed;
	return false;
}
