#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "keys/keys.h"

static char folder[64], path[96];

static int setup(void **state UNUSED)
{
	snprintf(folder, sizeof(folder), "/tmp/lynchpin-keys-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/site.key", folder);
	return 0;
}

static int teardown(void **state UNUSED)
{
	unlink(path);
	return rmdir(folder);
}

/* RFC 7693 has only BLAKE2b-512's vector; these are what b2sum -l 256 prints. */
static void hashes_are_blake2b_256(void **state UNUSED)
{
	static const char empty[] =
		"0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8";
	static const char abc[] =
		"bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319";
	struct hash h = hash_of((struct str){0});
	char hex[HASH_HEX_BYTES];
	struct hasher hasher;

	assert_true(str_is(hash_hex(&h, hex), empty));
	h = hash_of(STR("abc"));
	assert_true(str_is(hash_hex(&h, hex), abc));
	hasher_init(&hasher);
	hasher_add(&hasher, STR("a"));
	hasher_add(&hasher, (struct str){0});
	hasher_add(&hasher, STR("bc"));
	h = hasher_end(&hasher);
	assert_true(str_is(hash_hex(&h, hex), abc));
}

static void hexadecimal_has_one_spelling(void **state UNUSED)
{
	uint8_t b[2] = {7, 7};
	char buf[5];

	assert_true(hex_decode(STR("00ff"), b, 2));
	assert_int_equal(b[0], 0);
	assert_int_equal(b[1], 255);
	assert_true(str_is(hex_encode(b, 2, buf), "00ff"));
	b[0] = 9;
	assert_false(hex_decode(STR("00FF"), b, 2));
	assert_false(hex_decode(STR("00f"), b, 2));
	assert_false(hex_decode(STR("00ff0"), b, 2));
	assert_false(hex_decode(STR("0 ff"), b, 2));
	assert_int_equal(b[0], 9);
}

/* RFC 4648 section 10. */
static void base64_as_the_standard(void **state UNUSED)
{
	static const char *const pairs[][2] = {
		{"", ""},
		{"f", "Zg=="},
		{"fo", "Zm8="},
		{"foo", "Zm9v"},
		{"foob", "Zm9vYg=="},
		{"fooba", "Zm9vYmE="},
		{"foobar", "Zm9vYmFy"},
	};
	static const char *const bad[] = {"Z", "Zg", "Zg=", "Zh==", "Zg==\n", "Zm 8=", "Zm9-"};
	struct err err;

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		AUTO(text_freep) struct text t = {0};

		text_add_c(&t, ">");
		base64_encode(str_of(pairs[i][0]), &t);
		assert_true(str_is(str_from_offset(text_str(&t), 1), pairs[i][1]));
		text_clear(&t);
		assert_true(base64_decode(str_of(pairs[i][1]), &t, &err));
		assert_true(str_is(text_str(&t), pairs[i][0]));
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(text_freep) struct text t = {0};

		assert_false(base64_decode(str_of(bad[i]), &t, &err));
		assert_int_equal(t.n, 0);
	}
}

static void a_key_is_kept_and_found_again(void **state UNUSED)
{
	AUTO(site_key_closep) struct site_key *made = NULL;
	AUTO(site_key_closep) struct site_key *found = NULL;
	struct seal seal;
	struct err err;
	struct stat st;

	assert_true(site_key_create(path, &made, &err));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_nlink, 1);
	assert_true(site_key_open(path, &found, &err));
	assert_memory_equal(site_key_public(made), site_key_public(found), PUBLIC_KEY_BYTES);
	assert_string_equal(site_key_id(made).c, site_key_id(found).c);
	assert_int_equal(strlen(site_key_id(made).c), 16);
	seal = site_key_seal(found, STR("said"));
	assert_true(seal_verify(site_key_public(made), STR("said"), &seal));
	assert_false(seal_verify(site_key_public(made), STR("sayd"), &seal));
	seal.b[0] ^= 1;
	assert_false(seal_verify(site_key_public(made), STR("said"), &seal));
}

static void no_key_is_overwritten(void **state UNUSED)
{
	AUTO(site_key_closep) struct site_key *a = NULL;
	struct site_key *b = NULL;
	AUTO(text_freep) struct text before = {0};
	AUTO(text_freep) struct text after = {0};
	struct err err;

	assert_true(site_key_create(path, &a, &err));
	assert_true(file_read(path, 1000, &before, &err));
	assert_false(site_key_create(path, &b, &err));
	assert_int_equal(err.code, ERR_EXISTS);
	assert_null(b);
	assert_true(file_read(path, 1000, &after, &err));
	assert_true(str_eq(text_str(&before), text_str(&after)));
}

static void a_key_that_others_may_read_is_refused(void **state UNUSED)
{
	static const mode_t modes[] = {0640, 0604, 0620, 0602, 0610, 0666};
	AUTO(site_key_closep) struct site_key *made = NULL;
	struct site_key *k = NULL;
	struct err err;

	assert_true(site_key_create(path, &made, &err));
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		chmod(path, modes[i]);
		assert_false(site_key_open(path, &k, &err));
		assert_int_equal(err.code, ERR_DENIED);
		assert_non_null(strstr(err.text, "chmod 600"));
	}
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_false(site_key_open(path, &k, &err));
	assert_int_equal(err.code, ERR_DENIED);
	rmdir(path);
	assert_false(site_key_open(path, &k, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_null(k);
}

/* Every cut and every flipped bit of the file is noticed, and no error says the secret. */
static void a_damaged_key_is_refused(void **state UNUSED)
{
	AUTO(site_key_closep) struct site_key *made = NULL;
	AUTO(text_freep) struct text whole = {0};
	struct site_key *k = NULL;
	struct err err;

	assert_true(site_key_create(path, &made, &err));
	assert_true(file_read(path, 1000, &whole, &err));
	for (size_t n = 0; n < whole.n; n++) {
		assert_true(file_replace(path, str_from(whole.p, n), 0600, &err));
		assert_false(site_key_open(path, &k, &err));
		assert_int_equal(err.code, ERR_CORRUPT);
		whole.p[n] ^= 1;
		assert_true(file_replace(path, text_str(&whole), 0600, &err));
		whole.p[n] ^= 1;
		assert_false(site_key_open(path, &k, &err));
		assert_int_equal(err.code, ERR_CORRUPT);
		assert_null(memmem(err.text, strlen(err.text), whole.p + 20, 16));
	}
	text_add_c(&whole, "\n");
	assert_true(file_replace(path, text_str(&whole), 0600, &err));
	assert_false(site_key_open(path, &k, &err));
	assert_null(k);
}

/* Each purpose has its own, which another opening gives again, and no other key has. */
static void a_derived_key_is_of_its_purpose(void **state UNUSED)
{
	AUTO(site_key_closep) struct site_key *k = NULL, *again = NULL;
	uint8_t one[DERIVED_KEY_BYTES], same[DERIVED_KEY_BYTES], other[DERIVED_KEY_BYTES];
	struct err err;

	assert_true(site_key_create(path, &k, &err));
	assert_true(site_key_open(path, &again, &err));
	site_key_derive(k, STR("access"), one);
	site_key_derive(again, STR("access"), same);
	site_key_derive(k, STR("acces"), other);
	assert_memory_equal(one, same, sizeof(one));
	assert_memory_not_equal(one, other, sizeof(one));
	assert_memory_not_equal(one, site_key_public(k)->b, sizeof(one));
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_are_blake2b_256),
		cmocka_unit_test(hexadecimal_has_one_spelling),
		cmocka_unit_test(base64_as_the_standard),
		cmocka_unit_test_setup_teardown(a_key_is_kept_and_found_again, setup, teardown),
		cmocka_unit_test_setup_teardown(no_key_is_overwritten, setup, teardown),
		cmocka_unit_test_setup_teardown(a_key_that_others_may_read_is_refused, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_damaged_key_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_derived_key_is_of_its_purpose, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
