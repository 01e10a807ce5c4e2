#ifndef WIRE_JSON_DOM_H
#define WIRE_JSON_DOM_H

/*
 * simdjson's DOM parser as C sees it: bytes in, tape out.  The tape is the
 * documented format of the library (a word per token, its kind in the top
 * byte), so that reading values needs no call into C++.
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct json_dom;

struct json_tape {
	const uint64_t *words;	/* words[0] is the root: its payload is the index past the end */
	const uint8_t *strings; /* a 32-bit length, the bytes, a NUL; 8 more may be read */
};

struct json_dom *json_dom_open(void); /* NULL: no memory */
void json_dom_close(struct json_dom *d);
/* n bytes and WIRE_PADDING after them are readable.  Returns NULL when well-formed, else what
 * is wrong, in a few static words.  *ret lives until the next call. */
const char *json_dom_parse(struct json_dom *d, const char *p, size_t n, struct json_tape *ret);

#ifdef __cplusplus
}
#endif

#endif
