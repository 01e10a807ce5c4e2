#include <zstd.h>

#include "wire/wire.h"

bool zstd_pack(struct str bytes, int level, struct text *to, struct err *err)
{
	size_t bound = ZSTD_compressBound(bytes.n), got;
	char *room = text_room(to, bound);

	got = ZSTD_compress(room, bound, bytes.p, bytes.n, level);
	if (ZSTD_isError(got))
		return err_set(err, ERR_INVALID, "zstd: %s", ZSTD_getErrorName(got));
	to->n += got;
	to->p[to->n] = '\0';
	return true;
}

/* One frame that says its own size, as zstd_pack() makes them. */
bool zstd_unpack(struct str bytes, size_t max_bytes, struct text *to, struct err *err)
{
	unsigned long long size = ZSTD_getFrameContentSize(bytes.p, bytes.n);
	size_t got;
	char *room;

	if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN)
		return err_set(err, ERR_CORRUPT, "not a zstd frame of known size");
	if (size > max_bytes)
		return err_set(err, ERR_LIMIT, "unpacks to %llu bytes, at most %zu are taken", size,
			       max_bytes);
	if (ZSTD_findFrameCompressedSize(bytes.p, bytes.n) != bytes.n)
		return err_set(err, ERR_CORRUPT, "zstd: cut short, or something follows the frame");
	room = text_room(to, (size_t)size + WIRE_PADDING);
	got = ZSTD_decompress(room, (size_t)size, bytes.p, bytes.n);
	if (ZSTD_isError(got) || got != size)
		return err_set(err, ERR_CORRUPT, "zstd: %s",
			       ZSTD_isError(got) ? ZSTD_getErrorName(got) : "wrong size");
	to->n += got;
	wire_pad(to);
	return true;
}
