#ifndef CLI_PERSON_H
#define CLI_PERSON_H

/* Inner door: the room access as commands open it. */

#include "access/access.h"
#include "cli/command.h"

struct person_gate {
	struct acts *acts;
	struct access *access;
};
void person_gate_close(struct person_gate *g);
/*
 * The service's people.  Only for the operator at the machine: ERR_DENIED with --as.  mode
 * ACTS_READ to look; else the site's key is opened too.
 */
MUST_CHECK bool person_gate_open(struct cli *c, enum acts_mode mode, struct person_gate *ret,
				 struct err *err);
/* The same as the post of --as, which acts; the key is opened. */
MUST_CHECK bool person_gate_as(struct cli *c, struct person_gate *ret, struct err *err);
/* The person of the first argument. */
MUST_CHECK bool person_of(struct cli *c, const struct person_gate *g, struct access_person *ret,
			  struct err *err);
/* Say a secret that is shown this once: beneath a line of why, or as member "token" of JSON. */
struct person_told {
	const char *what; /* "invitation for" */
	struct str who;
	int64_t until_ms; /* 0: none */
	const char *token;
	bool link; /* what the console opens */
};
MUST_CHECK bool person_tell(struct cli *c, const struct person_told *told, struct err *err);

/* In invite.c: a post invites, as far as it may give posts. */
enum { PERSON_INVITATION_DAYS = 7 };
MUST_CHECK bool person_invite_as(struct cli *c, const struct access_invitation *in,
				 struct err *err);

/* In person_secret.c. */
extern const struct cli_option person_totp_options[], person_sessions_options[];
MUST_CHECK bool person_password_run(struct cli *c, struct err *err);
MUST_CHECK bool person_totp_run(struct cli *c, struct err *err);
MUST_CHECK bool person_sessions_run(struct cli *c, struct err *err);

#endif
