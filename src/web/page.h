#ifndef WEB_PAGE_H
#define WEB_PAGE_H

/*
 * What pages are made of.  tools/pages makes functions of templates that write through these alone,
 * so that nothing leaves unescaped.  Text is UTF-8; control characters that HTML forbids come out
 * as U+FFFD.
 */

#include "base/text.h"

void page_put_str(struct text *out, struct str s);
void page_put_c(struct text *out, const char *s);
void page_put_i64(struct text *out, int64_t n);
void page_put_u64(struct text *out, uint64_t n);
/* clang-format off */
#define page_put(out, x) _Generic((x), struct str: page_put_str, \
	char *: page_put_c, const char *: page_put_c, \
	signed char: page_put_i64, short: page_put_i64, int: page_put_i64, long: page_put_i64, \
	long long: page_put_i64, \
	unsigned char: page_put_u64, unsigned short: page_put_u64, unsigned: page_put_u64, \
	unsigned long: page_put_u64, unsigned long long: page_put_u64)(out, x)
/* A piece of an address: what is not unreserved (RFC 3986, 2.3) is percent-encoded. */
void page_url_str(struct text *out, struct str s);
void page_url_c(struct text *out, const char *s);
#define page_url(out, x) _Generic((x), struct str: page_url_str, \
	char *: page_url_c, const char *: page_url_c, \
	signed char: page_put_i64, short: page_put_i64, int: page_put_i64, long: page_put_i64, \
	long long: page_put_i64, \
	unsigned char: page_put_u64, unsigned short: page_put_u64, unsigned: page_put_u64, \
	unsigned long: page_put_u64, unsigned long long: page_put_u64)(out, x)
/* clang-format on */
/* An address of ours that is encoded already, without its first "/"; it never leads elsewhere. */
void page_path(struct text *out, struct str s);
/* As people read it: 41,306. */
void page_count(struct text *out, uint64_t n);

#endif
