#ifndef BASE_FILE_H
#define BASE_FILE_H

/*
 * Whole files: read with a cap, map read-only, replace atomically (write beside,
 * fsync, rename, fsync the folder).
 */

#include "base/str.h"
#include "base/text.h"

/* Append the whole file to *out.  ERR_LIMIT past max_bytes, ERR_NOT_FOUND, ERR_IO. */
MUST_CHECK bool file_read(const char *path, size_t max_bytes, struct text *out, struct err *err);

/* The file seen as memory; empty files give {NULL, 0}.  Release with file_unmap(). */
MUST_CHECK bool file_map(const char *path, struct str *ret_bytes, struct err *err);
void file_unmap(struct str bytes);

/* Replace path by bytes with mode (e.g. 0600), durable on return; on failure path is as before. */
MUST_CHECK bool file_replace(const char *path, struct str bytes, unsigned mode, struct err *err);
/* The same of what can be made again: in place at once, on the disk when the system likes. */
MUST_CHECK bool file_replace_cache(const char *path, struct str bytes, unsigned mode,
				   struct err *err);

/* Create a folder; fine when it is there already. */
MUST_CHECK bool file_make_folder(const char *path, unsigned mode, struct err *err);

bool file_exists(const char *path);
/* A path without its folders. */
struct str file_base_name(const char *path);

/* Peak resident set of this process so far, bytes (getrusage). */
size_t process_peak_rss_bytes(void);

#endif
