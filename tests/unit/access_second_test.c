/* The second factor: published vectors, setting up, replay, recovery. */

#include "access_world.h"

static void hex_is(const uint8_t *bytes, const char *want)
{
	char hex[2 * SHA1_BYTES + 1];

	assert_string_equal(hex_encode(bytes, SHA1_BYTES, hex).p, want);
}

/* FIPS 180-4's examples, and a million times "a". */
static void sha1_is_as_published(void **state)
{
	char million[1000];
	uint8_t h[SHA1_BYTES];
	struct text t = {0};

	(void)state;
	sha1(STR("abc"), h);
	hex_is(h, "a9993e364706816aba3e25717850c26c9cd0d89d");
	sha1(STR(""), h);
	hex_is(h, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
	sha1(STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), h);
	hex_is(h, "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
	memset(million, 'a', sizeof(million));
	for (int i = 0; i < 1000; i++)
		text_add(&t, str_from(million, sizeof(million)));
	sha1(text_str(&t), h);
	hex_is(h, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
	text_free(&t);
}

/* RFC 2202, section 3. */
static void hmac_is_as_published(void **state)
{
	uint8_t key[20], h[SHA1_BYTES];

	(void)state;
	memset(key, 0x0b, sizeof(key));
	hmac_sha1(str_from((const char *)key, 20), STR("Hi There"), h);
	hex_is(h, "b617318655057264e28bc0b6fb378c8ef146be00");
	hmac_sha1(STR("Jefe"), STR("what do ya want for nothing?"), h);
	hex_is(h, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
}

/* RFC 4226 appendix D (counters) and RFC 6238 appendix B (times), 6 and 8 digits. */
static void codes_are_as_published(void **state)
{
	static const uint32_t hotps[] = {755224, 287082, 359152, 969429, 338314,
					 254676, 287922, 162583, 399871, 520489};
	static const struct {
		uint64_t seconds;
		uint32_t code;
	} totps[] = {{59, 94287082},	     {1111111109, 7081804},  {1111111111, 14050471},
		     {1234567890, 89005924}, {2000000000, 69279037}, {20000000000, 65353130}};
	const struct str key = STR("12345678901234567890");

	(void)state;
	for (uint64_t i = 0; i < ARRAY_LEN(hotps); i++)
		assert_int_equal(hotp(key, i, 6), hotps[i]);
	for (size_t i = 0; i < ARRAY_LEN(totps); i++)
		assert_int_equal(hotp(key, totps[i].seconds / 30, 8), totps[i].code);
}

/* RFC 4648, section 10. */
static void base32_is_as_published(void **state)
{
	static const char *const want[] = {"",	      "MY",	  "MZXQ",      "MZXW6",
					   "MZXW6YQ", "MZXW6YTB", "MZXW6YTBOI"};
	char got[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		base32_encode((const uint8_t *)"foobar", i, got);
		assert_string_equal(got, want[i]);
	}
}

static void the_code_follows_the_password(void **state)
{
	struct gate *g = *state;
	struct person_id pat = gate_person(g, "pat@example.org", "lead@t1");
	struct access_client from = gate_from("192.0.2.7");
	uint8_t secret[TOTP_SECRET_BYTES];
	struct access_code_attempt none = {.code = STR("123456")};
	struct access_person p;
	char code[8], spaced[12];

	(void)gate_second(g, pat, secret);
	OK(access_person_get(g->access, STR("pat@example.org"), g->w->arena, &p, err));
	assert_true(p.second);
	assert_int_equal(p.recovery, 10);
	assert_int_equal(gate_sign_in(g, "pat@example.org", gate_password, &from), ACCESS_CODE);
	assert_false(gate_is_in(g, g->entry.token.c));
	assert_string_equal(g->entry.device.c, "");
	assert_int_equal(gate_code(g, "", &from), ACCESS_REFUSED);
	assert_int_equal(gate_code(g, "12345", &from), ACCESS_REFUSED);
	gate_totp(g, secret, 0, code);
	snprintf(spaced, sizeof(spaced), "%.3s %s ", code, code + 3);
	assert_int_equal(gate_code(g, spaced, &from), ACCESS_IN);
	assert_true(gate_is_in(g, g->entry.token.c));
	none.pending = str_of(g->entry.token.c); /* a session is not what waits for a code */
	REFUSED(ERR_DENIED, access_code_try(g->access, &none, &g->entry, err));
}

/* One step of drift each way, each once, and none before one that was accepted. */
static void a_step_is_accepted_once(void **state)
{
	static const struct {
		int64_t steps;
		enum access_outcome outcome;
	} cells[] = {{-2, ACCESS_REFUSED}, {2, ACCESS_REFUSED}, {-1, ACCESS_IN},
		     {-1, ACCESS_REFUSED}, {0, ACCESS_IN},	{-1, ACCESS_REFUSED},
		     {0, ACCESS_REFUSED},  {1, ACCESS_IN},	{1, ACCESS_REFUSED}};
	struct gate *g = *state;
	struct person_id pat = gate_person(g, "pat@example.org", "lead@t1");
	struct access_client from = gate_from("192.0.2.7");
	uint8_t secret[TOTP_SECRET_BYTES];
	char code[8];

	(void)gate_second(g, pat, secret);
	gate_pass(g, 2 * TOTP_STEP_MS);
	for (size_t i = 0; i < ARRAY_LEN(cells); i++) {
		assert_int_equal(gate_sign_in(g, "pat@example.org", gate_password, &from),
				 ACCESS_CODE);
		gate_totp(g, secret, cells[i].steps, code);
		if (gate_code(g, code, &from) != cells[i].outcome)
			fail_msg("cell %zu: outcome %d", i, (int)g->entry.outcome);
	}
}

static void a_recovery_code_is_used_once(void **state)
{
	struct gate *g = *state;
	struct person_id pat = gate_person(g, "pat@example.org", "lead@t1");
	struct access_client from = gate_from("192.0.2.7");
	uint8_t secret[TOTP_SECRET_BYTES];
	struct access_recovery codes = gate_second(g, pat, secret), again;
	struct access_person p;
	char shouted[16];

	for (size_t i = 0; i < 15; i++)
		shouted[i] = codes.c[3][i] == '-' ? ' '
						  : (char)(codes.c[3][i] >= 'a' ? codes.c[3][i] - 32
										: codes.c[3][i]);
	shouted[14] = '\0';
	(void)gate_sign_in(g, "pat@example.org", gate_password, &from);
	assert_int_equal(gate_code(g, shouted, &from), ACCESS_IN);
	(void)gate_sign_in(g, "pat@example.org", gate_password, &from);
	assert_int_equal(gate_code(g, codes.c[3], &from), ACCESS_REFUSED);
	assert_int_equal(gate_code(g, codes.c[4], &from), ACCESS_IN);
	OK(access_person_get(g->access, STR("pat@example.org"), g->w->arena, &p, err));
	assert_int_equal(p.recovery, 8);
	OK(access_recovery_renew(g->access, pat, &again, err));
	(void)gate_sign_in(g, "pat@example.org", gate_password, &from);
	assert_int_equal(gate_code(g, codes.c[5], &from), ACCESS_REFUSED);
	assert_int_equal(gate_code(g, again.c[5], &from), ACCESS_IN);
}

/* Guessing takes a growing time, however many passwords are given in between. */
static void codes_are_not_guessed(void **state)
{
	struct gate *g = *state;
	struct person_id pat = gate_person(g, "pat@example.org", "lead@t1");
	struct access_client from = gate_from("198.51.100.9"), home = gate_from("192.0.2.7");
	uint8_t secret[TOTP_SECRET_BYTES];
	struct access_recovery codes;
	struct access_secret device;
	char code[8];

	OK(access_password_set(g->access, pat, STR("a wholly other sentence"), NULL, err));
	assert_int_equal(gate_sign_in(g, "pat@example.org", "a wholly other sentence", &home),
			 ACCESS_IN);
	device = g->entry.device;
	codes = gate_second(g, pat, secret);
	for (int i = 0; i < 5; i++) {
		(void)gate_sign_in(g, "pat@example.org", "a wholly other sentence", &from);
		assert_int_equal(gate_code(g, "000000", &from), ACCESS_REFUSED);
	}
	(void)gate_sign_in(g, "pat@example.org", "a wholly other sentence", &from);
	assert_int_equal(gate_code(g, codes.c[0], &from), ACCESS_WAIT);
	assert_int_equal(g->entry.wait_ms, 30000);
	/* The owner's device is not kept waiting. */
	home.device = str_of(device.c);
	(void)gate_sign_in(g, "pat@example.org", "a wholly other sentence", &home);
	gate_totp(g, secret, 0, code);
	assert_int_equal(gate_code(g, code, &home), ACCESS_IN);
}

static void what_waits_for_a_code_waits_five_minutes(void **state)
{
	struct gate *g = *state;
	struct person_id pat = gate_person(g, "pat@example.org", "lead@t1");
	struct access_client from = gate_from("192.0.2.7");
	uint8_t secret[TOTP_SECRET_BYTES];
	struct access_code_attempt late;
	struct access_link link;
	char code[8];

	(void)gate_second(g, pat, secret);
	(void)gate_sign_in(g, "pat@example.org", gate_password, &from);
	REFUSED(ERR_DENIED,
		access_link_look(g->access, str_of(g->entry.token.c), g->w->arena, &link, err));
	gate_pass(g, 5 * 60000);
	gate_totp(g, secret, 0, code);
	late = (struct access_code_attempt){str_of(g->entry.token.c), str_of(code), from};
	REFUSED(ERR_DENIED, access_code_try(g->access, &late, &g->entry, err));
}

static void it_is_set_up_by_its_first_code(void **state)
{
	struct gate *g = *state;
	struct person_id pat = gate_person(g, "pat@example.org", "lead@t1");
	struct access_client from = gate_from("192.0.2.7");
	AUTO(text_freep) struct text uri = {0}, want = {0};
	struct access_recovery codes;
	struct access_secret secret;
	struct access_person p;

	REFUSED(ERR_NOT_FOUND, access_totp_confirm(g->access, pat, STR("123456"), &codes, err));
	REFUSED(ERR_NOT_FOUND, access_recovery_renew(g->access, pat, &codes, err));
	OK(access_totp_begin(g->access, pat, &secret, &uri, err));
	assert_int_equal(strlen(secret.c), 32);
	text_addf(&want,
		  "otpauth://totp/Aldershire:pat%%40example.org?secret=%s&issuer=Aldershire"
		  "&algorithm=SHA1&digits=6&period=30",
		  secret.c);
	assert_string_equal(text_c(&uri), text_c(&want));
	REFUSED(ERR_DENIED, access_totp_confirm(g->access, pat, STR("12345"), &codes, err));
	/* Until then a password is enough. */
	assert_int_equal(gate_sign_in(g, "pat@example.org", gate_password, &from), ACCESS_IN);
	OK(access_person_get(g->access, STR("pat@example.org"), g->w->arena, &p, err));
	assert_false(p.second);
}

/* A short password stands only beside a second factor. */
static void it_is_not_left_to_a_short_password(void **state)
{
	struct gate *g = *state;
	struct person_id pat = gate_person(g, "pat@example.org", "lead@t1");
	struct access_client from = gate_from("192.0.2.7");
	uint8_t secret[TOTP_SECRET_BYTES];
	struct access_person p;

	REFUSED(ERR_INVALID, access_password_set(g->access, pat, STR("8 is few"), NULL, err));
	(void)gate_second(g, pat, secret);
	OK(access_password_set(g->access, pat, STR("8 is few"), NULL, err));
	REFUSED(ERR_CONFLICT, access_totp_off(g->access, pat, false, err));
	OK(access_totp_off(g->access, pat, true, err));
	OK(access_person_get(g->access, STR("pat@example.org"), g->w->arena, &p, err));
	assert_false(p.second || p.password || p.recovery);
	assert_int_equal(gate_sign_in(g, "pat@example.org", "8 is few", &from), ACCESS_REFUSED);
	OK(access_password_set(g->access, pat, str_of(gate_password), NULL, err));
	(void)gate_second(g, pat, secret);
	OK(access_totp_off(g->access, pat, false, err));
	assert_int_equal(gate_sign_in(g, "pat@example.org", gate_password, &from), ACCESS_IN);
}

/* A row put in another person's place does not open. */
static void a_secret_is_its_persons(void **state)
{
	struct gate *g = *state;
	struct person_id pat = gate_person(g, "pat@example.org", "lead@t1");
	struct person_id kit = gate_person(g, "kit@example.org", "lead@t1");
	struct access_client from = gate_from("192.0.2.7");
	uint8_t secret[TOTP_SECRET_BYTES];
	struct access_code_attempt attempt;
	struct store_txn *txn;
	char code[8];

	(void)gate_second(g, pat, secret);
	OK(store_begin(g->w->store, &txn, err));
	OK(store_run(txn, SQL("UPDATE access_second SET person = ?1"), ARGS(store_int(kit.n)),
		     err));
	OK(store_commit(&txn, err));
	assert_int_equal(gate_sign_in(g, "kit@example.org", gate_password, &from), ACCESS_CODE);
	gate_totp(g, secret, 0, code);
	attempt = (struct access_code_attempt){str_of(g->entry.token.c), str_of(code), from};
	REFUSED(ERR_CORRUPT, access_code_try(g->access, &attempt, &g->entry, err));
}

const struct CMUnitTest access_second_tests[] = {
	cmocka_unit_test(sha1_is_as_published),
	cmocka_unit_test(hmac_is_as_published),
	cmocka_unit_test(codes_are_as_published),
	cmocka_unit_test(base32_is_as_published),
	GATE(the_code_follows_the_password),
	GATE(a_step_is_accepted_once),
	GATE(a_recovery_code_is_used_once),
	GATE(codes_are_not_guessed),
	GATE(what_waits_for_a_code_waits_five_minutes),
	GATE(it_is_set_up_by_its_first_code),
	GATE(it_is_not_left_to_a_short_password),
	GATE(a_secret_is_its_persons),
};
const size_t access_second_tests_n = ARRAY_LEN(access_second_tests);
