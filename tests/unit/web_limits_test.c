#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "web_world.h"

static void who_is_slow_is_not_waited_for(void **state UNUSED)
{
	static const struct {
		const char *about, *first, *again, *said;
	} cases[] = {
		{"headers", "GET / HTTP/1.1\r\n" HOST, "X: y\r\n", "HTTP/1.1 408 "},
		{"a request line", "GE", "T", "HTTP/1.1 408 "},
		{"a body", "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 1000\r\n\r\n", "x",
		 "HTTP/1.1 408 "},
		{"nothing", "", "", ""},
		{"idle after one", GET("/count"), "", "counted"},
	};
	struct web_config config = world_config();
	int fd[ARRAY_LEN(cases)];
	struct world w;

	config.limits.header_ms = 400;
	config.limits.body_ms = 400;
	config.limits.idle_ms = 300;
	world_begin(&w, &config);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		fd[i] = client_open(&w);
		client_say(fd[i], cases[i].first);
	}
	for (unsigned k = 0; k < 9; k++) {
		pause_ms(100);
		for (size_t i = 0; i < ARRAY_LEN(cases); i++)
			client_say(fd[i], cases[i].again);
	}
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(text_freep) struct text t = {0};

		client_hear(fd[i], 99, 3000, &t);
		expect_in(&t, cases[i].said);
		assert_true(client_is_closed(fd[i], 3000));
		close(fd[i]);
	}
	assert_int_equal(world_end(&w), 0);
}

static void who_does_not_read_is_dropped(void **state UNUSED)
{
	struct web_config config = world_config();
	AUTO(text_freep) struct text t = {0};
	struct world w;
	int small = 4096, fd;

	config.limits.write_ms = 500;
	world_begin(&w, &config);
	fd = client_open(&w);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	for (unsigned i = 0; i < 20; i++)
		client_say(fd, GET("/large"));
	ask_until(&w, GET("/metrics"), "\nlynchpin_http_slow_readers_total 1\n", &t);
	expect_in(&t, "\nlynchpin_http_connections 1\n");
	close(fd);
	assert_int_equal(world_end(&w), 0);
}

static void connections_are_counted(void **state UNUSED)
{
	struct web_config config = world_config();
	AUTO(text_freep) struct text t = {0};
	struct world w;
	int fd[8];

	config.limits.address = 5;
	config.limits.requests = 3;
	world_begin(&w, &config);
	for (unsigned i = 0; i < 5; i++) {
		fd[i] = client_open(&w);
		client_say(fd[i], GET("/livez"));
		text_clear(&t);
		client_hear(fd[i], 1, 2000, &t);
		expect_in(&t, "ok\n");
	}
	fd[5] = client_open(&w);
	assert_true(client_is_closed(fd[5], 2000));
	close(fd[5]);
	/* Each may ask three times. */
	text_clear(&t);
	client_say(fd[0], GET("/livez") GET("/livez") GET("/count"));
	client_hear(fd[0], 99, 2000, &t);
	expect_in(&t, "Connection: close\r\n\r\nok\n");
	expect_not_in(&t, "counted");
	close(fd[0]);
	ask_until(&w, GET("/livez"), "HTTP/1.1 200 OK", &t);
	for (unsigned i = 1; i < 5; i++)
		close(fd[i]);
	assert_int_equal(world_end(&w), 0);
}

static void what_is_on_is_finished_at_the_end(void **state UNUSED)
{
	struct web_config config = world_config();
	AUTO(text_freep) struct text t = {0}, kept = {0}, live = {0};
	int fd[3], code;
	int64_t began;
	struct world w;

	world_begin(&w, &config);
	for (unsigned i = 0; i < 3; i++)
		fd[i] = client_open(&w);
	client_say(fd[2], GET("/events"));
	client_hear(fd[2], 99, 300, &live);
	client_say(fd[1], GET("/livez"));
	client_hear(fd[1], 1, 1000, &kept);
	client_say(fd[0], GET("/slow"));
	pause_ms(100);
	kill(w.pid, SIGTERM);
	began = mono_ms();
	/* One that is kept open may ask once more. */
	for (unsigned i = 0; i < 50 && !strstr(text_c(&kept), "Connection: close\r\n"); i++) {
		pause_ms(20);
		text_clear(&kept);
		client_say(fd[1], GET("/livez"));
		client_hear(fd[1], 1, 1000, &kept);
	}
	expect_in(&kept, "Connection: close\r\n");
	client_hear(fd[0], 1, 2000, &t);
	expect_in(&t, "counted");
	assert_true(client_is_closed(fd[2], 2000));
	assert_int_equal(client_open(&w), -1);
	code = world_end(&w);
	assert_int_equal(code, 0);
	assert_true(mono_ms() - began < 9000);
	assert_int_equal(seen->closes, 2);
	assert_int_equal(seen->streams_closed, 1);
	for (unsigned i = 0; i < 3; i++)
		close(fd[i]);
}

/* Clients that ask without a pause: each answer that began is whole, and none is refused. */
static void nothing_is_cut_off_under_load(void **state UNUSED)
{
	struct web_config config = world_config();
	unsigned answers = 0;
	int fd[16];
	struct world w;

	world_begin(&w, &config);
	for (unsigned i = 0; i < ARRAY_LEN(fd); i++)
		fd[i] = client_open(&w);
	for (unsigned round = 0, alive = ARRAY_LEN(fd); alive; round++) {
		alive = 0;
		if (round == 20)
			kill(w.pid, SIGTERM);
		for (unsigned i = 0; i < ARRAY_LEN(fd); i++) {
			AUTO(text_freep) struct text t = {0};

			if (fd[i] < 0)
				continue;
			client_say(fd[i], GET("/page/x"));
			client_hear(fd[i], 1, 3000, &t);
			/* A pause of a second, on a machine that is busy: idle ones end. */
			if (round < 20 || t.n)
				expect_in(&t, "</p>\n");
			answers++;
			alive++;
			if (!t.n || strstr(text_c(&t), "Connection: close")) {
				close(fd[i]);
				fd[i] = -1;
			}
		}
		assert_true(round < 1000);
	}
	assert_true(answers > 20 * ARRAY_LEN(fd));
	assert_int_equal(world_end(&w), 0);
}

static void heavy_pages_leave_room_for_light_ones(void **state UNUSED)
{
	struct web_config config = world_config();
	AUTO(text_freep) struct text a = {0}, b = {0}, t = {0};
	struct world w;
	int one, two;

	world_begin(&w, &config);
	one = client_open(&w);
	client_say(one, GET("/heavy"));
	/* From then on its worker accepts nobody. */
	for (unsigned i = 0; i < 500 && !__atomic_load_n(&seen->heavy, __ATOMIC_SEQ_CST); i++)
		pause_ms(10);
	two = client_open(&w);
	client_say(two, GET("/heavy") GET("/livez"));
	client_hear(two, 2, 600, &b);
	expect_in(&b, "HTTP/1.1 503 ");
	expect_in(&b, "Retry-After: 2\r\n");
	expect_in(&b, "ok\n");
	client_hear(one, 1, 2000, &a);
	expect_in(&a, "counted");
	ask(&w, GET("/heavy"), &t);
	expect_in(&t, "counted");
	close(one);
	close(two);
	assert_int_equal(world_end(&w), 0);
}

static void until_it_can_be_opened_it_is_not_ready(void **state UNUSED)
{
	struct web_config config = world_config();
	AUTO(text_freep) struct text t = {0};
	struct world w;

	seen->may_open = 0;
	world_begin(&w, &config);
	ask(&w, GET("/livez"), &t);
	expect_in(&t, "HTTP/1.1 200 ");
	ask(&w, GET("/readyz"), &t);
	expect_in(&t, "HTTP/1.1 503 ");
	expect_not_in(&t, "database");
	ask(&w, GET("/count"), &t);
	expect_in(&t, "HTTP/1.1 503 ");
	expect_in(&t, "Retry-After: ");
	seen->may_open = 1;
	ask_until(&w, GET("/readyz"), "HTTP/1.1 200 ", &t);
	world_log(&w, &t);
	expect_in(&t, "\"event\":\"unopened\",\"worker\":");
	expect_in(&t, "the database is away");
	assert_int_equal(world_end(&w), 0);
}

static bool only_with_a_ticket(const struct web_route *route, struct web_request *req,
			       struct web_reply *reply)
{
	if (!route->right || str_is(web_cookie(req, "ticket"), "yes"))
		return true;
	web_problem(reply, 401, "sign in first");
	return false;
}

static void a_right_is_asked_before_the_body(void **state UNUSED)
{
	struct web_config config = world_config();
	AUTO(text_freep) struct text t = {0};
	struct world w;

	config.app.admit = only_with_a_ticket;
	world_begin(&w, &config);
	ask(&w,
	    "POST /closed HTTP/1.1\r\n" HOST
	    "Expect: 100-continue\r\nContent-Length: 7000000\r\n\r\n",
	    &t);
	expect_in(&t, "HTTP/1.1 401 ");
	ask(&w, "POST /closed HTTP/1.1\r\n" HOST "Cookie: ticket=yes\r\nContent-Length: 1\r\n\r\nx",
	    &t);
	expect_in(&t, "raw:1:memory;");
	assert_int_equal(world_end(&w), 0);
}

static void addresses_of_every_kind_are_listened_on(void **state UNUSED)
{
	static const char *const wrong[] = {"nowhere", "127.0.0.1:", "1.2.3.4.5:80",
					    "unix:", "300.0.0.1:x"};
	char path[64];
	const char *one[] = {path};
	struct web_config config = world_config();
	AUTO(text_freep) struct text t = {0};
	struct err err;
	struct world w;

	snprintf(path, sizeof(path), "unix:/tmp/lynchpin-web-%d.sock", (int)getpid());
	config.listen = one;
	world_begin(&w, &config);
	ask(&w, GET("/livez"), &t);
	expect_in(&t, "HTTP/1.1 200 ");
	assert_int_equal(world_end(&w), 0);
	assert_int_equal(access(path + 5, F_OK), -1);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		one[0] = wrong[i];
		assert_false(web_serve(&config, &err));
		assert_int_equal(err.code, ERR_INVALID);
	}
	snprintf(path, sizeof(path), "[::1]:0");
	one[0] = path;
	if (socket(AF_INET6, SOCK_STREAM, 0) < 0)
		skip();
	config.workers = 0;
	assert_false(web_serve(&config, &err));
}

/* --- TLS -----------------------------------------------------------------------------------------
 */

static void make_certificate(const char *cert, const char *key, long serial)
{
	EVP_PKEY *pkey = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	FILE *f;

	assert_true(pkey && x);
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), serial);
	X509_gmtime_adj(X509_getm_notBefore(x), -60);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
				   (const unsigned char *)"localhost", -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	X509_set_pubkey(x, pkey);
	assert_true(X509_sign(x, pkey, EVP_sha256()) > 0);
	f = fopen(cert, "w");
	assert_true(f && PEM_write_X509(f, x));
	fclose(f);
	f = fopen(key, "w");
	assert_true(f && PEM_write_PrivateKey(f, pkey, NULL, NULL, 0, NULL, NULL));
	fclose(f);
	X509_free(x);
	EVP_PKEY_free(pkey);
}

/* Ask over TLS of at most that version; the certificate's serial number, or -1. */
static long ask_tls(const struct world *w, int version, const char *bytes, struct text *to)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl = SSL_new(ctx);
	int fd = client_open(w), n;
	long serial = -1;
	char buf[4096];

	text_clear(to);
	text_add_c(to, "");
	SSL_set_security_level(ssl, 0);
	SSL_set_min_proto_version(ssl, TLS1_VERSION);
	SSL_set_max_proto_version(ssl, version);
	SSL_set_fd(ssl, fd);
	if (SSL_connect(ssl) == 1) {
		X509 *peer = SSL_get1_peer_certificate(ssl);

		serial = ASN1_INTEGER_get(X509_get0_serialNumber(peer));
		X509_free(peer);
		SSL_write(ssl, bytes, (int)strlen(bytes));
		while ((n = SSL_read(ssl, buf, sizeof(buf))) > 0)
			text_add(to, str_from(buf, (size_t)n));
	}
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	close(fd);
	return serial;
}

static void tls_is_spoken_and_its_certificate_renewed(void **state UNUSED)
{
	char folder[] = "/tmp/lynchpin-tls-XXXXXX", cert[64], key[64];
	struct web_config config = world_config();
	AUTO(text_freep) struct text t = {0};
	struct err err;
	struct world w;

	assert_non_null(mkdtemp(folder));
	snprintf(cert, sizeof(cert), "%s/cert", folder);
	snprintf(key, sizeof(key), "%s/key", folder);
	config.cert = cert;
	config.key = key;
	assert_false(web_serve(&config, &err));
	assert_int_equal(err.code, ERR_INVALID);
	make_certificate(cert, key, 17);
	world_begin(&w, &config);
	assert_true(strncmp(w.url, "https://", 8) == 0);
	assert_int_equal(ask_tls(&w, TLS1_3_VERSION, GET_LAST("/page/x"), &t), 17);
	expect_in(&t, "HTTP/1.1 200 OK\r\n");
	expect_in(&t, "Strict-Transport-Security: max-age=");
	expect_in(&t, "line 2</p>\n");
	assert_int_equal(ask_tls(&w, TLS1_2_VERSION, GET_LAST("/large"), &t), 17);
	assert_true(t.n > 1 << 20);
	assert_int_equal(ask_tls(&w, TLS1_1_VERSION, GET_LAST("/livez"), &t), -1);
	make_certificate(cert, key, 18);
	kill(w.pid, SIGHUP);
	for (unsigned i = 0; i < 60 && ask_tls(&w, TLS1_3_VERSION, GET_LAST("/livez"), &t) != 18;
	     i++)
		pause_ms(50);
	assert_int_equal(ask_tls(&w, TLS1_3_VERSION, GET_LAST("/livez"), &t), 18);
	/* One that can't be is told, and the one before stays. */
	unlink(key);
	kill(w.pid, SIGHUP);
	world_log(&w, &t);
	assert_int_equal(ask_tls(&w, TLS1_3_VERSION, GET_LAST("/livez"), &t), 18);
	world_log(&w, &t);
	expect_in(&t, "\"event\":\"certificate\"");
	assert_int_equal(world_end(&w), 0);
	unlink(cert);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_slow_is_not_waited_for),
		cmocka_unit_test(who_does_not_read_is_dropped),
		cmocka_unit_test(connections_are_counted),
		cmocka_unit_test(what_is_on_is_finished_at_the_end),
		cmocka_unit_test(nothing_is_cut_off_under_load),
		cmocka_unit_test(heavy_pages_leave_room_for_light_ones),
		cmocka_unit_test(until_it_can_be_opened_it_is_not_ready),
		cmocka_unit_test(a_right_is_asked_before_the_body),
		cmocka_unit_test(addresses_of_every_kind_are_listened_on),
		cmocka_unit_test(tls_is_spoken_and_its_certificate_renewed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
