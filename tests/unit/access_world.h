#ifndef TESTS_ACCESS_WORLD_H
#define TESTS_ACCESS_WORLD_H

/* A service with a few posts, and the room access over it, whose passwords cost little. */

#include "world.h"

#include "access/inner.h"

struct gate {
	struct world *w;
	struct clock clock; /* stands still until a test moves it */
	struct access *access;
	struct access_entry entry; /* of the last gate_sign_in() or gate_code() */
};

/* *state becomes a struct gate *. */
int gate_open(void **state);
int gate_close(void **state);
/* The same room again, with other settings. */
void gate_reopen(struct gate *g, const struct access_settings *settings);
void gate_pass(struct gate *g, int64_t ms);

extern const char gate_password[]; /* what gate_person() chooses */
/* Somebody who was invited for a post and has accepted. */
struct person_id gate_person(struct gate *g, const char *email, const char *post);
struct access_client gate_from(const char *address);
enum access_outcome gate_sign_in(struct gate *g, const char *email, const char *password,
				 const struct access_client *client);
/* With the code to the last entry's token. */
enum access_outcome gate_code(struct gate *g, const char *code, const struct access_client *client);
/* A second factor that is on: its secret, and recovery codes. */
struct access_recovery gate_second(struct gate *g, struct person_id who,
				   uint8_t ret_secret[TOTP_SECRET_BYTES]);
void gate_totp(const struct gate *g, const uint8_t *secret, int64_t steps_from_now, char ret[8]);
/* The token of a session is good for this person. */
bool gate_is_in(struct gate *g, const char *token);
uint64_t gate_count(struct gate *g, const char *table);
/* Rows of these kinds as text; table NULL: all. */
void gate_dump(struct gate *g, unsigned kinds_of, const char *table, struct text *to);

#define GATE(fn) cmocka_unit_test_setup_teardown(fn, gate_open, gate_close)
#define OK(call)                                                                                   \
	do {                                                                                       \
		struct err err_ = {0}, *err = &err_;                                               \
		if (!(call))                                                                       \
			fail_msg("%s: %s", #call, err_.text);                                      \
	} while (0)
#define REFUSED(code_, call)                                                                       \
	do {                                                                                       \
		struct err err_ = {0}, *err = &err_;                                               \
		assert_false(call);                                                                \
		if (err_.code != (code_))                                                          \
			fail_msg("%s: %s: %s", #call, err_code_name(err_.code), err_.text);        \
	} while (0)

#endif
