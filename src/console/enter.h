#ifndef CONSOLE_ENTER_H
#define CONSOLE_ENTER_H

/* Inner door: what the ways in share. */

#include "console/inner.h"
#include "oidc/oidc.h"

typedef void web_then_fn(struct web_request *req, struct web_reply *reply, void *ctx);

/* The page of signing in, with what is wrong. */
void sign_in_page(struct web_request *req, struct web_reply *reply, struct fault fault);
/* ACCESS_IN or ACCESS_CODE: cookies, and on; next: where they were going. */
void enter_go_on(struct web_request *req, struct web_reply *reply, const struct access_entry *entry,
		 struct str next);

/* sso.c */
void sso_depart(struct web_request *req, struct web_reply *reply);
void sso_back(struct web_request *req, struct web_reply *reply);
/* Is there single sign-on? */
bool sso_there(struct web_request *req);

#endif
