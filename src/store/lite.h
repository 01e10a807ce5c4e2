#ifndef STORE_LITE_H
#define STORE_LITE_H

/* SQLite, behind struct store_driver. */

#include <sqlite3.h>

#include "store/inner.h"

static inline sqlite3 *lite_db(const struct store *s)
{
	return s->db;
}

/* Turn SQLite's answer into ours.  Returns false. */
bool lite_fail(const struct store *s, int rc, struct err *err);

/* Has this process a connection to the file at path?  Then it must not open it by itself. */
bool lite_is_held(const char *path);
/* From before a connection to it until after; NULL: there is none at path. */
struct held *lite_hold(const char *path);
void lite_let_go(struct held *h);

bool lite_open(struct store *s, const struct store_config *config, bool *ret_made, struct err *err);
void lite_close(struct store *s);
bool lite_exec(struct store *s, const char *sql, struct err *err);
bool lite_absent(struct store *s, struct err *err);
bool lite_found(struct store *s, struct err *err);
bool lite_recognise(struct store *s, struct err *err);

#endif
