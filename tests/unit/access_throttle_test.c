/* The table of delays, cell by cell, and which bucket is whose. */

#include "access_world.h"

#include "base/file.h"

static const char *span(int64_t ms, char to[16])
{
	if (ms == 0)
		return "none";
	if (ms % 3600000 == 0)
		snprintf(to, 16, "%d h", (int)(ms / 3600000));
	else if (ms % 60000 == 0)
		snprintf(to, 16, "%d min", (int)(ms / 60000));
	else
		snprintf(to, 16, "%d s", (int)(ms / 1000));
	return to;
}

/* What each attempt waits for, the failures before it having come all at once. */
static void a_delay_doubles_up_to_its_most(void **state)
{
	static const struct {
		enum bucket_kind kind;
		int failures;
		int64_t wait_s;
	} cells[] = {
		{BUCKET_DEVICE, 9, 0},	      {BUCKET_DEVICE, 10, 1},
		{BUCKET_DEVICE, 11, 2},	      {BUCKET_DEVICE, 19, 512},
		{BUCKET_DEVICE, 20, 900},     {BUCKET_DEVICE, 90, 900},
		{BUCKET_PAIR, 0, 0},	      {BUCKET_PAIR, 4, 0},
		{BUCKET_PAIR, 5, 2},	      {BUCKET_PAIR, 6, 4},
		{BUCKET_PAIR, 15, 2048},      {BUCKET_PAIR, 16, 3600},
		{BUCKET_PAIR, 500, 3600},     {BUCKET_ACCOUNT, 99, 0},
		{BUCKET_ACCOUNT, 100, 1},     {BUCKET_ACCOUNT, 109, 512},
		{BUCKET_ACCOUNT, 110, 900},   {BUCKET_ADDRESS, 59, 0},
		{BUCKET_ADDRESS, 60, 1},      {BUCKET_ADDRESS, 64, 10},
		{BUCKET_ADDRESS, 999, 10},    {BUCKET_SECOND, 4, 0},
		{BUCKET_SECOND, 5, 30},	      {BUCKET_SECOND, 6, 60},
		{BUCKET_SECOND, 11, 1920},    {BUCKET_SECOND, 12, 3600},
		{BUCKET_SECOND_DEVICE, 4, 0}, {BUCKET_SECOND_DEVICE, 5, 30},
	};
	const int64_t now = 1494547200000;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cells); i++) {
		const struct bucket_rule *r = &bucket_rules[cells[i].kind];
		struct bucket b = {0};

		for (int n = 0; n < cells[i].failures; n++)
			b = bucket_add(r, b, now);
		if (bucket_wait_ms(r, b, now) != cells[i].wait_s * 1000)
			fail_msg("%s after %d: %lld ms", r->name, cells[i].failures,
				 (long long)bucket_wait_ms(r, b, now));
		/* It passes, and no attempt in between makes it longer. */
		assert_int_equal(bucket_wait_ms(r, b, now + cells[i].wait_s * 1000), 0);
	}
}

static void failures_are_forgotten_one_by_one(void **state)
{
	const int64_t now = 1494547200000;

	(void)state;
	for (size_t k = 0; k < BUCKETS; k++) {
		const struct bucket_rule *r = &bucket_rules[k];
		struct bucket b = {0};

		for (int n = 0; n < 3; n++)
			b = bucket_add(r, b, now);
		assert_int_equal(bucket_failures(r, b, now), 3);
		assert_int_equal(bucket_failures(r, b, now + r->forgive_ms), 2);
		assert_int_equal(bucket_failures(r, b, now + 3 * r->forgive_ms - 1), 1);
		assert_int_equal(bucket_failures(r, b, now + 3 * r->forgive_ms), 0);
		for (int n = 0; n < 1000; n++)
			b = bucket_add(r, b, now);
		/* However many there were, an end is in sight. */
		assert_int_equal(bucket_failures(r, b, now + (r->free + 16) * r->forgive_ms), 0);
		/* A clock set back neither locks for longer nor opens. */
		assert_int_equal(bucket_wait_ms(r, b, now - MS_PER_DAY), r->most_ms);
	}
}

static void the_manual_has_the_table(void **state)
{
	const char *root = getenv("LYNCHPIN_SOURCE");
	AUTO(text_freep) struct text path = {0}, doc = {0}, row = {0};
	char first[16], most[16], forgive[16];

	(void)state;
	if (!root)
		skip();
	text_addf(&path, "%s/doc/access.md", root);
	OK(file_read(text_c(&path), 1 << 20, &doc, err));
	for (size_t k = 0; k < BUCKETS; k++) {
		const struct bucket_rule *r = &bucket_rules[k];

		text_clear(&row);
		text_addf(&row, "| %s | %d | %s | %s | %s | %s |", r->name, (int)r->free,
			  span(r->first_ms, first), span(r->most_ms, most),
			  span(r->forgive_ms, forgive),
			  r->clear ? "clears it" : "takes itself back");
		if (str_find(text_str(&doc), text_str(&row), 0) == SIZE_MAX)
			fail_msg("doc/access.md lacks %s", text_c(&row));
	}
}

static void addresses_have_neighbours(void **state)
{
	static const struct {
		const char *a, *b;
		bool one, wide;
	} cells[] = {
		{"192.0.2.1", "192.0.2.1", true, true},
		{"192.0.2.1", "192.0.2.200", false, true},
		{"192.0.2.1", "192.0.3.1", false, false},
		{"::ffff:192.0.2.1", "192.0.2.1", true, true},
		{"2001:db8:1:2::1", "2001:db8:1:2::ffff", true, true},
		{"2001:db8:1:2::1", "2001:db8:1:3::1", false, true},
		{"2001:db8:1::1", "2001:db8:2::1", false, false},
		{"", "unix", true, true},
		{"", "0.0.0.0", false, false},
		{"192.0.2.1%eth0", "nonsense", true, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cells); i++) {
		struct place a = place_of(str_of(cells[i].a)), b = place_of(str_of(cells[i].b));

		assert_int_equal(a.one_n == b.one_n && memcmp(a.one, b.one, a.one_n) == 0,
				 cells[i].one);
		assert_int_equal(a.wide_n == b.wide_n && memcmp(a.wide, b.wide, a.wide_n) == 0,
				 cells[i].wide);
	}
}

/* Its cookie: not another's, not an older one than a year, not one that was touched. */
static void a_device_is_known_by_its_cookie(void **state)
{
	struct gate *g = *state;
	struct folded pat = email_typed(STR("pat@example.org")),
		      kit = email_typed(STR("kit@example.org"));
	uint8_t nonce[DEVICE_NONCE_BYTES], other[DEVICE_NONCE_BYTES];
	struct access_secret a, b;

	device_make(g->access, &pat, &a);
	device_make(g->access, &pat, &b);
	assert_true(device_known(g->access, &pat, str_of(a.c), nonce));
	assert_true(device_known(g->access, &pat, str_of(b.c), other));
	assert_memory_not_equal(nonce, other, sizeof(nonce));
	assert_false(device_known(g->access, &kit, str_of(a.c), nonce));
	gate_pass(g, 365 * MS_PER_DAY);
	assert_true(device_known(g->access, &pat, str_of(a.c), nonce));
	gate_pass(g, 1);
	assert_false(device_known(g->access, &pat, str_of(a.c), nonce));
	gate_pass(g, -MS_PER_DAY);
	for (size_t i = 0; a.c[i]; i++) {
		char was = a.c[i];

		a.c[i] = was == 'A' ? 'B' : 'A';
		assert_false(device_known(g->access, &pat, str_of(a.c), nonce));
		a.c[i] = was;
	}
	assert_false(device_known(g->access, &pat, STR(""), nonce));
}

/* Rows that say nothing any more go; there are never more than there are slots. */
static void buckets_are_swept(void **state)
{
	struct gate *g = *state;
	struct access_client from = gate_from("192.0.2.7");

	for (int i = 0; i < 5; i++)
		(void)gate_sign_in(g, "pat@example.org", "wrong", &from);
	assert_int_equal(gate_count(g, "access_bucket"), 3);
	gate_pass(g, 5 * MS_PER_HOUR - 1);
	OK(access_sweep(g->access, err));
	assert_int_equal(gate_count(g, "access_bucket"), 1);
	gate_pass(g, 1);
	OK(access_sweep(g->access, err));
	assert_int_equal(gate_count(g, "access_bucket"), 0);
}

const struct CMUnitTest access_throttle_tests[] = {
	cmocka_unit_test(a_delay_doubles_up_to_its_most),
	cmocka_unit_test(failures_are_forgotten_one_by_one),
	cmocka_unit_test(the_manual_has_the_table),
	cmocka_unit_test(addresses_have_neighbours),
	GATE(a_device_is_known_by_its_cookie),
	GATE(buckets_are_swept),
};
const size_t access_throttle_tests_n = ARRAY_LEN(access_throttle_tests);
