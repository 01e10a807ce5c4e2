#include "wire/inflow.h"

enum { TAR_MAGIC_AT = 257 };

enum packing packing_of(struct str b)
{
	if (str_starts(b, STR("\x1f\x8b\x08")))
		return PACKING_GZIP;
	if (str_starts(b, STR("\xfd"
			      "7zXZ\0")))
		return PACKING_XZ;
	if (str_starts(b, STR("\x28\xb5\x2f\xfd")))
		return PACKING_ZSTD;
	if (b.n >= 10 && str_starts(b, STR("BZh")) &&
	    str_eq(str_sub(b, 4, 6), STR("\x31\x41\x59\x26\x53\x59")))
		return PACKING_BZIP2;
	if (str_starts(b, STR("PK\3\4")) || str_starts(b, STR("PK\5\6")))
		return PACKING_ZIP;
	if (str_eq(str_sub(b, TAR_MAGIC_AT, 5), STR("ustar")))
		return PACKING_TAR;
	return PACKING_NONE;
}

void inflow_close(struct inflow *f)
{
	if (f->kind == PACKING_GZIP)
		inflateEnd(&f->z);
	lzma_end(&f->xz);
	ZSTD_freeDStream(f->zstd);
	free(f);
}

static bool cut_short(struct err *err)
{
	return err_set(err, ERR_CORRUPT, "cut short");
}

/* Members one after another, as gzip -c a b makes them; zeros may pad the end. */
static bool read_gzip(struct inflow *f, char *to, size_t n, size_t *ret_got, struct err *err)
{
	size_t step_in = MIN_OF(f->in.n, (size_t)1 << 30), step_out = MIN_OF(n, (size_t)1 << 30);
	int code;

	if (f->between && !str_starts(f->in, STR("\x1f\x8b"))) {
		for (size_t i = 0; i < f->in.n; i++)
			if (f->in.p[i])
				return err_set(err, ERR_CORRUPT, "something follows the gzip data");
		f->done = true;
		return true;
	}
	if (f->between && inflateReset(&f->z) != Z_OK)
		return err_set(err, ERR_CORRUPT, "gzip: cannot go on");
	f->between = false;
	f->z.next_in = (z_const Bytef *)(uintptr_t)f->in.p; /* zlib only reads it */
	f->z.avail_in = (uInt)step_in;
	f->z.next_out = (Bytef *)to;
	f->z.avail_out = (uInt)step_out;
	code = inflate(&f->z, Z_NO_FLUSH);
	f->in = str_from_offset(f->in, step_in - f->z.avail_in);
	*ret_got = step_out - f->z.avail_out;
	f->between = code == Z_STREAM_END;
	if (code == Z_BUF_ERROR || (code == Z_OK && !f->in.n && !*ret_got))
		return cut_short(err);
	if (code != Z_OK && code != Z_STREAM_END)
		return err_set(err, ERR_CORRUPT, "gzip: %s", f->z.msg ? f->z.msg : "corrupt");
	return true;
}

static const char *xz_wrong(lzma_ret code)
{
	switch (code) {
	case LZMA_MEMLIMIT_ERROR:
		return "xz: needs more than 256 MiB of memory";
	case LZMA_OPTIONS_ERROR:
		return "xz: made with options not known here";
	case LZMA_BUF_ERROR:
		return "cut short";
	default:
		return "xz: corrupt";
	}
}

static bool read_xz(struct inflow *f, char *to, size_t n, size_t *ret_got, struct err *err)
{
	lzma_ret code;

	f->xz.next_in = (const uint8_t *)f->in.p;
	f->xz.avail_in = f->in.n;
	f->xz.next_out = (uint8_t *)to;
	f->xz.avail_out = n;
	code = lzma_code(&f->xz, LZMA_FINISH);
	f->in = str_from_offset(f->in, f->in.n - f->xz.avail_in);
	*ret_got = n - f->xz.avail_out;
	f->done = code == LZMA_STREAM_END;
	if (code == LZMA_OK || code == LZMA_STREAM_END)
		return true;
	return err_set(err, code == LZMA_MEMLIMIT_ERROR ? ERR_LIMIT : ERR_CORRUPT, "%s",
		       xz_wrong(code));
}

static bool read_zstd(struct inflow *f, char *to, size_t n, size_t *ret_got, struct err *err)
{
	ZSTD_inBuffer in = {f->in.p, f->in.n, 0};
	ZSTD_outBuffer out = {to, n, 0};
	size_t code;

	if (f->between && !f->in.n) {
		f->done = true;
		return true;
	}
	code = ZSTD_decompressStream(f->zstd, &out, &in);
	if (ZSTD_isError(code))
		return err_set(err, ERR_CORRUPT, "zstd: %s", ZSTD_getErrorName(code));
	f->in = str_from_offset(f->in, in.pos);
	f->between = code == 0;
	*ret_got = out.pos;
	if (!in.pos && !out.pos)
		return cut_short(err);
	return true;
}

bool inflow_read(struct inflow *f, char *to, size_t n, size_t *ret_got, struct err *err)
{
	size_t got = 0;

	while (!got && !f->done) {
		if (!(f->kind == PACKING_GZIP ? read_gzip(f, to, n, &got, err)
		      : f->kind == PACKING_XZ ? read_xz(f, to, n, &got, err)
					      : read_zstd(f, to, n, &got, err)))
			return false;
	}
	*ret_got = got;
	return true;
}
