#include "wire/unpack.h"

#include <errno.h>

#include "base/file.h"

/* Below this much output no ratio is suspicious. */
static const uint64_t ratio_floor_bytes = (uint64_t)64 << 20;
enum { READ_BYTES = 1 << 17, HEAD_BYTES = 512 };

void unpack_close(struct unpack *u)
{
	if (u->ar)
		archive_read_free(u->ar);
	if (u->in)
		inflow_close(u->in);
	if (u->mapped)
		file_unmap(u->input);
	text_free(&u->held);
	text_free(&u->name);
	text_free(&u->block);
	text_free(&u->out);
	text_free(&u->inner);
	free(u);
}

/* n more bytes came out, the member has now member_bytes. */
static bool charge(struct unpack *u, size_t n, size_t member_bytes, struct err *err)
{
	u->total_bytes += n;
	if (member_bytes > u->limits.member_bytes)
		return err_set(err, ERR_LIMIT, "unpacks to more than %zu bytes",
			       u->limits.member_bytes);
	if (u->total_bytes > u->limits.total_bytes)
		return err_set(err, ERR_LIMIT, "unpacks to more than %zu bytes in all",
			       u->limits.total_bytes);
	if (u->total_bytes > ratio_floor_bytes && u->total_bytes / u->limits.ratio > u->input.n)
		return err_set(err, ERR_LIMIT, "unpacks to over %u times its size",
			       u->limits.ratio);
	return true;
}

/* All the rest of f, after what is in *to. */
static bool drain(struct unpack *u, struct inflow *f, struct text *to, struct err *err)
{
	size_t got;

	do {
		/* Larger steps as it grows; never far past the limit. */
		size_t step = MAX_OF((size_t)READ_BYTES, MIN_OF(to->n / 2, (size_t)16 << 20));
		char *room = text_room(to, step);

		if (!inflow_read(f, room, step, &got, err))
			return false;
		to->n += got;
		if (!charge(u, got, to->n, err))
			return false;
	} while (got);
	wire_pad(to);
	return true;
}

/* The name without folder and without what the packing added to it. */
static struct str bare_name(struct str name)
{
	static const char *const endings[] = {".gz", ".xz", ".zst", ".bz2"};

	for (size_t i = 0; i < ARRAY_LEN(endings); i++)
		if (str_ends(name, str_of(endings[i])))
			return str_sub(name, 0, name.n - strlen(endings[i]));
	return name;
}

/* u->out holds a member: unpack it once more if it is packed, and show it. */
static bool show(struct unpack *u, struct str name, struct err *err)
{
	enum packing kind = packing_of(text_str(&u->out));

	u->holder = &u->out;
	if (packing_is_stream(kind)) {
		AUTO(inflow_closep) struct inflow *f = inflow_open(kind, text_str(&u->out));

		text_clear(&u->inner);
		if (!drain(u, f, &u->inner, err))
			return err_wrap(err, "%.*s", STR_FMT(name));
		u->holder = &u->inner;
		name = bare_name(name);
	}
	u->member = (struct unpack_member){name, text_str(u->holder)};
	return true;
}

static bool plain_member(struct unpack *u, struct err *err)
{
	u->state = UNPACK_DONE;
	if (u->input.n > u->limits.member_bytes)
		return charge(u, 0, u->input.n, err);
	if (u->padded) {
		u->member = (struct unpack_member){text_str(&u->name), u->input};
		u->holder = NULL;
		return true;
	}
	text_clear(&u->out);
	text_room(&u->out, u->input.n + WIRE_PADDING);
	text_add(&u->out, u->input);
	wire_pad(&u->out);
	u->member = (struct unpack_member){text_str(&u->name), text_str(&u->out)};
	u->holder = &u->out;
	return true;
}

/* libarchive asks for the next block of a compressed tar. */
static la_ssize_t read_block(struct archive *ar, void *ctx, const void **ret_block)
{
	struct unpack *u = ctx;
	size_t got = u->block.n;

	*ret_block = u->block.p;
	if (u->ahead) {
		u->ahead = false;
		return (la_ssize_t)got;
	}
	if (!inflow_read(u->in, u->block.p, READ_BYTES, &got, &u->in_err) ||
	    !charge(u, got, 0, &u->in_err)) {
		u->in_failed = true;
		archive_set_error(ar, EINVAL, "%s", u->in_err.text);
		return -1;
	}
	return (la_ssize_t)got;
}

static bool archive_failed(struct unpack *u, struct err *err)
{
	const char *what = archive_error_string(u->ar);

	if (u->in_failed) {
		*err = u->in_err;
		return false;
	}
	return err_set(err, ERR_CORRUPT, "%s", what ? what : "corrupt archive");
}

/* POSIX ends a tar with blocks of zeros; without them something is missing. */
static bool is_tar_ended(struct str b)
{
	if (b.n < 2 * HEAD_BYTES)
		return false;
	for (size_t i = b.n - HEAD_BYTES; i < b.n; i++)
		if (b.p[i])
			return false;
	return true;
}

static bool start_archive(struct unpack *u, enum packing kind, struct err *err)
{
	int code;

	u->state = UNPACK_ARCHIVE;
	u->ar = archive_read_new();
	assert(u->ar);
	if (kind == PACKING_ZIP) {
		archive_read_support_format_zip_seekable(u->ar);
	} else {
		archive_read_support_format_tar(u->ar);
		archive_read_support_format_empty(u->ar);
	}
	if (kind == PACKING_BZIP2) {
		archive_read_support_format_raw(u->ar);
		archive_read_support_filter_bzip2(u->ar);
	}
	if (kind == PACKING_TAR && !u->in && !is_tar_ended(u->input))
		return err_set(err, ERR_CORRUPT, "cut short: the tar has no end");
	if (u->in)
		code = archive_read_open(u->ar, u, NULL, read_block, NULL);
	else
		code = archive_read_open_memory(u->ar, u->input.p, u->input.n);
	if (code != ARCHIVE_OK)
		return archive_failed(u, err);
	/* Too short for libarchive to know it as bzip2, it would pass as it is. */
	if (kind == PACKING_BZIP2 && archive_filter_code(u->ar, 0) != ARCHIVE_FILTER_BZIP2)
		return err_set(err, ERR_CORRUPT, "cut short");
	return true;
}

/* What follows a tar's end within its compression: nothing of interest, but checked. */
static bool finish_stream(struct unpack *u, struct err *err)
{
	size_t got;

	do {
		if (!inflow_read(u->in, u->block.p, READ_BYTES, &got, err) ||
		    !charge(u, got, 0, err))
			return false;
	} while (got);
	return true;
}

static struct str entry_name(struct unpack *u, struct archive_entry *e)
{
	const char *name = archive_entry_pathname(e);

	if (!name)
		name = archive_entry_pathname_utf8(e);
	if (archive_format(u->ar) == ARCHIVE_FORMAT_RAW)
		return bare_name(text_str(&u->name));
	return name ? str_of(name) : STR("unnamed member");
}

static bool read_entry(struct unpack *u, struct err *err)
{
	la_ssize_t got;

	text_clear(&u->out);
	do {
		size_t step = MAX_OF((size_t)READ_BYTES, MIN_OF(u->out.n / 2, (size_t)16 << 20));

		got = archive_read_data(u->ar, text_room(&u->out, step), step);
		if (got < 0)
			return archive_failed(u, err);
		u->out.n += (size_t)got;
		/* What comes out of a compressed tar was counted by read_block(). */
		if (!charge(u, u->in ? 0 : (size_t)got, u->out.n, err))
			return false;
	} while (got);
	wire_pad(&u->out);
	return true;
}

/* The next regular file of the archive; u->holder is NULL when there is none. */
static bool next_entry(struct unpack *u, struct err *err)
{
	struct archive_entry *e;
	struct str name;
	int code;

	for (;;) {
		code = archive_read_next_header(u->ar, &e);
		if (code == ARCHIVE_EOF) {
			u->state = UNPACK_DONE;
			return !u->in || finish_stream(u, err);
		}
		if (code != ARCHIVE_OK && code != ARCHIVE_WARN)
			return archive_failed(u, err);
		if (++u->members > u->limits.members)
			return err_set(err, ERR_LIMIT, "more than %u members", u->limits.members);
		if (archive_entry_filetype(e) == AE_IFREG)
			break;
	}
	name = entry_name(u, e);
	if (!read_entry(u, err))
		return err_wrap(err, "%.*s", STR_FMT(name));
	return show(u, name, err);
}

/* A compressed buffer: look at its head to see whether a tar is within. */
static bool start_stream(struct unpack *u, enum packing kind, struct err *err)
{
	size_t got = 1;

	u->in = inflow_open(kind, u->input);
	text_room(&u->block, READ_BYTES);
	while (got && u->block.n < HEAD_BYTES) {
		if (!inflow_read(u->in, u->block.p + u->block.n, READ_BYTES - u->block.n, &got,
				 err))
			return false;
		u->block.n += got;
	}
	if (packing_of(text_str(&u->block)) == PACKING_TAR) {
		u->ahead = true;
		return start_archive(u, PACKING_TAR, err) && next_entry(u, err);
	}
	u->state = UNPACK_DONE;
	text_add(&u->out, text_str(&u->block));
	return charge(u, u->out.n, u->out.n, err) && drain(u, u->in, &u->out, err) &&
	       show(u, bare_name(text_str(&u->name)), err);
}

static bool start(struct unpack *u, struct err *err)
{
	enum packing kind = packing_of(str_sub(u->input, 0, HEAD_BYTES));

	if (kind == PACKING_NONE)
		return plain_member(u, err);
	if (packing_is_stream(kind))
		return start_stream(u, kind, err);
	return start_archive(u, kind, err) && next_entry(u, err);
}

bool unpack_next(struct unpack *u, const struct unpack_member **ret, struct err *err)
{
	bool ok = true;

	u->holder = NULL;
	u->member = (struct unpack_member){0};
	if (u->state == UNPACK_START)
		ok = start(u, err);
	else if (u->state == UNPACK_ARCHIVE)
		ok = next_entry(u, err);
	if (!ok) {
		u->state = UNPACK_DONE; /* the caller knows what it gave us */
		return false;
	}
	*ret = u->member.name.p ? &u->member : NULL;
	return true;
}

void unpack_take(struct unpack *u, struct text *ret)
{
	struct text t = {0};

	if (u->holder) {
		t = *u->holder;
		*u->holder = (struct text){0};
	} else {
		text_room(&t, u->member.bytes.n + WIRE_PADDING);
		text_add(&t, u->member.bytes);
		wire_pad(&t);
	}
	u->member = (struct unpack_member){0};
	*ret = t;
}
