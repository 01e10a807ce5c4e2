#ifndef COURIER_INNER_H
#define COURIER_INNER_H

/* Inner door: what both ways out share. */

#include <curl/curl.h>

#include "courier/courier.h"

/* One way out, and whether it was stopped at an internal address. */
struct way {
	CURL *curl;
	unsigned may;
	bool stopped; /* set by the check, cleared by way_begin() */
	char detail[CURL_ERROR_SIZE];
	struct {
		char c[160];
		unsigned code;
	} no; /* the last reply of SMTP that was a refusal */
};
/* A handle with everything set that both need; schemes as libcurl lists them. */
void way_open(struct way *w, const char *schemes, const char *ca_file, uint32_t timeout_seconds);
void way_close(struct way *w);
/* Do it; *ret is COURIER_TAKEN where libcurl saw no fault, else why not, AWAY by default. */
CURLcode way_go(struct way *w, struct courier_said *ret);

#endif
