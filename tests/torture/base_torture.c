#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>
#include <dirent.h>

#include <cmocka.h>

#include "base/file.h"
#include "torture.h"

struct place {
	char folder[64];
	char path[96];
};

static int setup(void **state)
{
	static struct place p;
	struct err err;

	snprintf(p.folder, sizeof(p.folder), "/tmp/lynchpin-torture-XXXXXX");
	assert_non_null(mkdtemp(p.folder));
	snprintf(p.path, sizeof(p.path), "%s/file", p.folder);
	assert_true(file_replace(p.path, STR("before"), 0600, &err));
	*state = &p;
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;

	unlink(p->path);
	return rmdir(p->folder);
}

static void holds(const struct place *p, const char *want)
{
	AUTO(text_freep) struct text t = {0};
	struct err err;

	assert_true(file_read(p->path, 100, &t, &err));
	assert_string_equal(text_c(&t), want);
}

static bool replace(void *ctx, struct err *err)
{
	struct place *p = ctx;

	return file_replace(p->path, STR("after"), 0600, err);
}

/* The old contents, and no half-written file beside them. */
static void as_before(void *ctx)
{
	struct place *p = ctx;
	DIR *d = opendir(p->folder);
	int files = 0;

	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));)
		files += e->d_name[0] != '.';
	closedir(d);
	assert_int_equal(files, 1);
	holds(p, "before");
}

static void replacing_is_all_or_nothing(void **state)
{
	struct torture t = {.step = replace, .unchanged = as_before, .ctx = *state};

	assert_int_equal(torture(&t), 4); /* open, write, sync, rename */
	holds(*state, "after");
}

static bool read_whole(void *ctx, struct err *err)
{
	AUTO(text_freep) struct text t = {0};
	struct place *p = ctx;

	text_add(&t, STR("kept "));
	if (file_read(p->path, 100, &t, err)) {
		assert_string_equal(text_c(&t), "kept before");
		return true;
	}
	assert_string_equal(text_c(&t), "kept ");
	assert_int_equal(err->code, ERR_IO);
	return false;
}

static void a_refused_read_adds_nothing(void **state)
{
	struct torture t = {.step = read_whole, .ctx = *state};

	assert_true(torture(&t) >= 3);
}

static bool map_whole(void *ctx, struct err *err)
{
	struct place *p = ctx;
	struct str bytes = STR("untouched");

	if (!file_map(p->path, &bytes, err)) {
		assert_string_equal(bytes.p, "untouched");
		assert_int_equal(err->code, ERR_IO);
		return false;
	}
	assert_true(str_eq(bytes, STR("before")));
	file_unmap(bytes);
	return true;
}

static void a_refused_map_gives_nothing(void **state)
{
	struct torture t = {.step = map_whole, .ctx = *state};

	assert_int_equal(torture(&t), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(replacing_is_all_or_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(a_refused_read_adds_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(a_refused_map_gives_nothing, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
