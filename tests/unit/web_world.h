#ifndef TESTS_WEB_WORLD_H
#define TESTS_WEB_WORLD_H

/* A server in a process of its own, and a client that says exactly what a test wants said. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "web/web.h"

struct seen { /* what handlers counted, in memory that all processes share */
	int runs, opens, closes, streams_closed, heavy, may_open;
	int worked, waited, left;
};
extern struct seen *seen;

struct world {
	char url[200], folder[64], log[96];
	int pid;
};

/* Sensible for tests: 2 workers, short times, the routes of web_world.c. */
struct web_config world_config(void);
void world_begin(struct world *w, struct web_config *config);
/* SIGTERM; the parent's exit code. */
int world_end(struct world *w);

int client_open(const struct world *w);
void client_say(int fd, const char *bytes);
/* Until the peer closes, ms have passed, or n answers are whole. */
void client_hear(int fd, unsigned answers, int ms, struct text *to);
/* Has the peer closed within ms? */
bool client_is_closed(int fd, int ms);
/* One request on a connection of its own; what was answered. */
void ask(const struct world *w, const char *bytes, struct text *to);
/* Again and again, for up to 10 seconds, until part is in the answer. */
void ask_until(const struct world *w, const char *bytes, const char *part, struct text *to);
void expect_in(const struct text *t, const char *part);
void expect_not_in(const struct text *t, const char *part);
void pause_ms(int ms);
int64_t mono_ms(void);
/* What was logged, whole. */
void world_log(const struct world *w, struct text *to);

#define HOST "Host: a\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"
#define GET_LAST(path) "GET " path " HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"

#endif
