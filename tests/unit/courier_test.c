#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cmocka.h>

#include "courier/courier.h"

/* Where a request may go, and where not. */

static bool inside(const char *address)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

	if (inet_pton(AF_INET, address, &in.sin_addr) == 1)
		return courier_internal((struct sockaddr *)&in, sizeof(in));
	assert_int_equal(inet_pton(AF_INET6, address, &in6.sin6_addr), 1);
	return courier_internal((struct sockaddr *)&in6, sizeof(in6));
}

static void addresses_are_inside_or_out(void **state)
{
	static const char *const inner[] = {"0.0.0.0",
					    "0.1.2.3",
					    "10.0.0.1",
					    "10.255.255.255",
					    "100.64.0.1",
					    "100.127.255.255",
					    "127.0.0.1",
					    "127.255.255.254",
					    "169.254.169.254",
					    "172.16.0.1",
					    "172.31.255.255",
					    "192.0.0.8",
					    "192.0.2.1",
					    "192.88.99.1",
					    "192.168.1.1",
					    "198.18.0.1",
					    "198.19.255.255",
					    "198.51.100.7",
					    "203.0.113.9",
					    "224.0.0.1",
					    "240.0.0.1",
					    "255.255.255.255",
					    "::",
					    "::1",
					    "::ffff:127.0.0.1",
					    "::ffff:10.1.2.3",
					    "::ffff:169.254.169.254",
					    "::127.0.0.1",
					    "64:ff9b::10.0.0.1",
					    "64:ff9b:1::1",
					    "100::1",
					    "2001::1",
					    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
					    "2001:db8::1",
					    "2002:7f00:1::",
					    "2002:a00:1::1",
					    "3fff::1",
					    "fc00::1",
					    "fd12:3456::1",
					    "fe80::1",
					    "fec0::1",
					    "ff02::1",
					    "5f00::1",
					    "4000::1"};
	static const char *const outer[] = {"1.1.1.1",
					    "9.255.255.255",
					    "11.0.0.0",
					    "100.63.255.255",
					    "100.128.0.0",
					    "126.255.255.255",
					    "128.0.0.0",
					    "169.253.255.255",
					    "172.15.255.255",
					    "172.32.0.0",
					    "192.167.255.255",
					    "192.169.0.0",
					    "198.17.255.255",
					    "198.20.0.0",
					    "223.255.255.255",
					    "2606:4700:4700::1111",
					    "2a00:1450::1",
					    "2001:200::1",
					    "2001:4860:4860::8888",
					    "::ffff:1.1.1.1",
					    "64:ff9b::1.1.1.1",
					    "2002:101:101::1"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(inner); i++)
		if (!inside(inner[i]))
			fail_msg("%s is taken for outside", inner[i]);
	for (size_t i = 0; i < ARRAY_LEN(outer); i++)
		if (inside(outer[i]))
			fail_msg("%s is taken for inside", outer[i]);
}

static void other_families_are_inside(void **state)
{
	const struct sockaddr local = {.sa_family = AF_UNIX};
	const struct sockaddr_in cut = {.sin_family = AF_INET};

	(void)state;
	assert_true(courier_internal(&local, sizeof(local)));
	assert_true(courier_internal((const struct sockaddr *)&cut, 4));
}

/* The check is of what is connected to, whatever the address says. */
static void posts_stay_out_of_the_inside(void **state)
{
	static const char *const urls[] = {"http://127.0.0.1:1/",
					   "http://[::1]:1/",
					   "http://169.254.169.254/latest",
					   "http://localhost:1/",
					   "http://[::ffff:127.0.0.1]:1/",
					   "http://2130706433:1/",
					   "http://0x7f.1:1/",
					   "http://0:1/",
					   "http://127.1:1/",
					   "http://[::ffff:7f00:1]:1/"};
	struct courier_said said;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		courier_post(&(struct courier_post){.url = urls[i],
						    .body = STR("{}"),
						    .timeout_seconds = 5,
						    .may = COURIER_PLAIN},
			     &said);
		assert_int_equal(said.outcome, COURIER_AWAY);
		if (!strstr(said.why, "internal address"))
			fail_msg("%s: %s", urls[i], said.why);
	}
	courier_post(&(struct courier_post){.url = urls[0],
					    .timeout_seconds = 5,
					    .may = COURIER_PLAIN | COURIER_INTERNAL},
		     &said);
	assert_int_equal(said.outcome, COURIER_AWAY);
	assert_null(strstr(said.why, "internal address"));
	/* And plain only when that is allowed. */
	courier_post(&(struct courier_post){.url = urls[0],
					    .timeout_seconds = 5,
					    .may = COURIER_INTERNAL},
		     &said);
	assert_int_equal(said.outcome, COURIER_AWAY);
}

static void mail_stays_out_too(void **state)
{
	const struct courier_server server = {.url = "smtp://127.0.0.1:1", .timeout_seconds = 5};
	struct courier_mail *m = courier_mail_open(&server);
	struct courier_said said;

	(void)state;
	courier_mail_send(m, STR("a@example.org"), STR("b@example.org"), STR("x\r\n"), &said);
	courier_mail_close(m);
	assert_int_equal(said.outcome, COURIER_AWAY);
	assert_non_null(strstr(said.why, "internal address"));
}

static void urls_are_looked_at(void **state)
{
	static const struct {
		const char *url;
		bool mail;
		unsigned may;
		bool ok;
	} cases[] = {
		{"https://example.org/hook?x=1", false, 0, true},
		{"http://example.org/", false, 0, false},
		{"http://example.org/", false, COURIER_PLAIN, true},
		{"https://user:secret@example.org/", false, 0, false},
		{"https://user@example.org/", false, 0, false},
		{"https://example.org/#part", false, 0, false},
		{"file:///etc/passwd", false, COURIER_PLAIN, false},
		{"ftp://example.org/", false, COURIER_PLAIN, false},
		{"gopher://example.org/", false, COURIER_PLAIN, false},
		{"https://", false, 0, false},
		{"", false, 0, false},
		{"example.org", false, 0, false},
		{"https://example.org/\r\nX: y", false, 0, false},
		{"https://example.org/a b", false, 0, false},
		{"smtps://mail.example.org", true, 0, true},
		{"smtp://mail.example.org:587", true, 0, true},
		{"https://mail.example.org", true, 0, false},
		{"smtp://mail.example.org", false, 0, false},
	};
	AUTO(text_freep) struct text shown = {0};
	struct err err = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (courier_url_check(cases[i].url, cases[i].mail, cases[i].may, &err) !=
		    cases[i].ok)
			fail_msg("%s: %s", cases[i].url, err.text);
	courier_url_shown("https://hooks.example.org:8443/secret/path?token=x", &shown);
	assert_string_equal(text_c(&shown), "https://hooks.example.org:8443");
}

static void addresses_are_sane(void **state)
{
	static const char *const bad[] = {"",
					  "@",
					  "a@",
					  "@b",
					  "a@b@c",
					  "a b@c",
					  "a@b\r\nRCPT TO:<x@y>",
					  "<a@b>",
					  "a@b>",
					  "\"a\"@b",
					  "a,b@c",
					  "a;b@c",
					  "a:b@c",
					  "\xc3\xa4@b",
					  "-a@b",
					  "a\\@b",
					  "a(x)@b",
					  "a@[127.0.0.1]"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (courier_address_sane(str_of(bad[i])))
			fail_msg("%s passes", bad[i]);
	assert_true(courier_address_sane(STR("pat.o'neill+x@trust.example.org")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_inside_or_out),
		cmocka_unit_test(other_families_are_inside),
		cmocka_unit_test(posts_stay_out_of_the_inside),
		cmocka_unit_test(mail_stays_out_too),
		cmocka_unit_test(urls_are_looked_at),
		cmocka_unit_test(addresses_are_sane),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
