#ifndef WEB_PAIRS_H
#define WEB_PAIRS_H

/* Inner door: names with values, as queries, forms and cookies spell them. */

#include "web/web.h"

enum { PAIRS_MOST = 4096, QUERY_PAIRS_MOST = 256, COOKIES_MOST = 64 };

/* Decode %XX once, '+' as a blank where plus; false: malformed, NUL, or not UTF-8. */
MUST_CHECK bool percent_decode(struct arena *arena, struct str s, bool plus, struct str *ret);
/* a=b&c=d (WHATWG URL, application/x-www-form-urlencoded), at most most pairs. */
MUST_CHECK bool pairs_read(struct arena *arena, struct str s, size_t most, struct web_pairs *ret);
/* A Cookie header (RFC 6265 4.2.1) is added to *to; what is malformed is left out. */
void cookies_read(struct arena *arena, struct str s, struct web_pairs *to);
/* A parameter of a header such as Content-Type or Content-Disposition: 'form-data; name="x"'.
 * False: absent, twice, or malformed. */
bool header_param(struct arena *arena, struct str value, const char *name, struct str *ret);
/* What stands before the parameters. */
struct str header_main(struct str value);

#endif
