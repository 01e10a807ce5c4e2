#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "wire_test.h"

static const char *const names[] = {"a.json", "dir/b.csv", "empty"};
static const char *const bodies[] = {"{\"a\":1}", "a,b\n1,2\n", ""};

/* An archive of the three members (or only the first, raw) made by libarchive itself. */
static void pack(struct text *to, const char *format, const char *filter)
{
	struct archive *a = archive_write_new();
	size_t cap = (size_t)1 << 20, used = 0, members = strcmp(format, "raw") ? 3 : 1;

	assert_int_equal(archive_write_set_format_by_name(a, format), ARCHIVE_OK);
	if (filter)
		assert_int_equal(archive_write_add_filter_by_name(a, filter), ARCHIVE_OK);
	archive_write_open_memory(a, text_room(to, cap), cap, &used);
	for (size_t i = 0; i < members; i++) {
		struct archive_entry *e = archive_entry_new();

		archive_entry_set_pathname(e, names[i]);
		archive_entry_set_size(e, (la_int64_t)strlen(bodies[i]));
		archive_entry_set_filetype(e, AE_IFREG);
		archive_entry_set_perm(e, 0644);
		assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
		archive_write_data(a, bodies[i], strlen(bodies[i]));
		archive_entry_free(e);
	}
	archive_write_close(a);
	archive_write_free(a);
	to->n = used;
}

/* Members given before the end or the error; -1 - members for an error. */
static int unpack_all(struct str in, const struct unpack_limits *limits, struct err *err)
{
	AUTO(unpack_closep) struct unpack *u = NULL;
	const struct unpack_member *m;
	int n = 0;

	assert_true(unpack_bytes(STR("folder/f.json.gz"), in, limits, &u, err));
	for (;; n++) {
		if (!unpack_next(u, &m, err))
			return -1 - n;
		if (!m)
			return n;
		for (size_t i = 0; i < WIRE_PADDING; i++)
			assert_int_equal(m->bytes.p[m->bytes.n + i], 0);
		if (!str_is(m->name, "f.json.gz")) /* cut so short that it is no archive */
			assert_str(m->bytes, bodies[n]);
	}
}

static void every_packing_is_read(void **state)
{
	static const struct {
		const char *format, *filter;
		int members;
	} kinds[] = {{"zip", NULL, 3},	 {"gnutar", NULL, 3},  {"pax", "gzip", 3},
		     {"ustar", "xz", 3}, {"ustar", "zstd", 3}, {"ustar", "bzip2", 3},
		     {"raw", "gzip", 1}, {"raw", "xz", 1},     {"raw", "zstd", 1},
		     {"raw", "bzip2", 1}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		AUTO(text_freep) struct text t = {0};
		struct err err = {0};
		int n;

		pack(&t, kinds[i].format, kinds[i].filter);
		assert_int_equal(wire_kind_of(text_str(&t)), WIRE_ARCHIVE);
		n = unpack_all(text_str(&t), NULL, &err);
		if (n != kinds[i].members)
			fail_msg("%s %s: %d: %s", kinds[i].format,
				 kinds[i].filter ? kinds[i].filter : "", n, err.text);
		/* cut anywhere: an error, never a crash (tar's tail of zeros may be cut) */
		for (size_t cut = 1; cut < t.n; cut += 1 + t.n / 300) {
			char *exact = mem_copy(t.p, t.n - cut);

			n = unpack_all(str_from(exact, t.n - cut), NULL, &err);
			if (n >= 0 && t.n - cut > 300 && kinds[i].format[0] != 'g')
				fail_msg("%s %s cut by %zu: %d members", kinds[i].format,
					 kinds[i].filter ? kinds[i].filter : "", cut, n);
			free(exact);
		}
	}
}

static void damage_is_noticed(void **state)
{
	static const char *const filters[] = {"gzip", "xz", "bzip2"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
		AUTO(text_freep) struct text t = {0};
		struct err err = {0};

		pack(&t, "raw", filters[i]);
		for (size_t at = 12; at < t.n; at++) {
			t.p[at] ^= 0x10;
			unpack_all(text_str(&t), NULL, &err); /* an error, or unharmed */
			t.p[at] ^= 0x10;
		}
	}
}

static void names_and_plain_files(void **state)
{
	AUTO(unpack_closep) struct unpack *u = NULL;
	AUTO(text_freep) struct text t = {0}, taken = {0};
	const struct unpack_member *m;
	struct err err;
	char path[] = "/tmp/wire-test-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	pack(&t, "raw", "gzip");
	assert_true(unpack_bytes(STR("x/nvd.json.gz"), text_str(&t), NULL, &u, &err));
	assert_true(unpack_next(u, &m, &err) && m);
	assert_str(m->name, "nvd.json");
	unpack_take(u, &taken);
	assert_str(text_str(&taken), bodies[0]);
	assert_true(unpack_next(u, &m, &err) && !m);
	unpack_close(u), u = NULL;
	/* around the end of a page, where a mapping has no padding */
	for (size_t n = 4020; n < 4110; n += 5) {
		text_clear(&t);
		memset(text_room(&t, n), 'x', n);
		t.n = n;
		assert_true(file_replace(path, text_str(&t), 0600, &err));
		assert_true(unpack_file(path, NULL, &u, &err));
		assert_true(unpack_next(u, &m, &err) && m);
		assert_true(str_eq(m->bytes, text_str(&t)));
		for (size_t i = 0; i < WIRE_PADDING; i++)
			assert_int_equal(m->bytes.p[n + i], 0);
		unpack_close(u), u = NULL;
	}
	assert_true(file_replace(path, STR(""), 0600, &err));
	assert_true(unpack_file(path, NULL, &u, &err));
	assert_true(unpack_next(u, &m, &err) && m && m->bytes.n == 0);
	unlink(path);
	assert_false(unpack_file(path, NULL, &(struct unpack *){0}, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void bombs_are_refused(void **state)
{
	AUTO(text_freep) struct text zeros = {0}, packed = {0}, twice = {0};
	struct unpack_limits small = {.member_bytes = 1000000}, few = {.members = 2};
	struct unpack_limits total = {.total_bytes = 10};
	struct err err = {0};
	size_t n = (size_t)80 << 20;

	(void)state;
	memset(text_room(&zeros, n), 0, n);
	zeros.n = n;
	assert_true(zstd_pack(text_str(&zeros), 3, &packed, &err));
	assert_int_equal(unpack_all(text_str(&packed), &small, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_int_equal(unpack_all(text_str(&packed), NULL, &err), -1);
	assert_non_null(strstr(err.text, "over 2000 times"));
	pack(&twice, "zip", NULL);
	assert_int_equal(unpack_all(text_str(&twice), &few, &err), -3);
	assert_int_equal(unpack_all(text_str(&twice), &total, &err), -2);
}

static void zstd_parts(void **state)
{
	AUTO(text_freep) struct text t = {0}, back = {0};
	struct err err;

	(void)state;
	assert_true(zstd_pack(STR("hello hello hello hello"), 3, &t, &err));
	assert_true(zstd_unpack(text_str(&t), 23, &back, &err));
	assert_str(text_str(&back), "hello hello hello hello");
	assert_false(zstd_unpack(text_str(&t), 22, &back, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	assert_false(zstd_unpack(str_sub(text_str(&t), 0, t.n - 1), 100, &back, &err));
	assert_false(zstd_unpack(STR("no"), 100, &back, &err));
	assert_int_equal(back.n, 23);
	text_clear(&t);
	assert_true(zstd_pack(STR(""), 3, &t, &err) && zstd_unpack(text_str(&t), 0, &back, &err));
}

const struct CMUnitTest wire_unpack_tests[] = {
	cmocka_unit_test(every_packing_is_read),
	cmocka_unit_test(damage_is_noticed),
	cmocka_unit_test(names_and_plain_files),
	cmocka_unit_test(bombs_are_refused),
	cmocka_unit_test(zstd_parts),
	{0},
};
