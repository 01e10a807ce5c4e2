#include <signal.h>
#include <unistd.h>
#include <zlib.h>

#include "web_world.h"

/* One server for all that needs no special limits. */
static struct world w;

static int setup(void **state UNUSED)
{
	struct web_config config = world_config();

	world_begin(&w, &config);
	return 0;
}

static int teardown(void **state UNUSED)
{
	return world_end(&w);
}

static void health_is_told(void **state UNUSED)
{
	AUTO(text_freep) struct text t = {0};

	ask(&w, GET("/livez"), &t);
	expect_in(&t, "HTTP/1.1 200 OK\r\n");
	expect_in(&t, "\r\n\r\nok\n");
	ask(&w, GET("/readyz"), &t);
	expect_in(&t, "HTTP/1.1 200 OK\r\n");
	ask(&w, GET("/metrics"), &t);
	expect_in(&t, "Content-Type: text/plain; version=0.0.4");
	expect_in(&t, "\nlynchpin_workers 2\n");
}

static void every_answer_has_the_security_headers(void **state UNUSED)
{
	static const char *const asked[] = {
		GET("/livez"), GET("/nowhere"), GET("/wrong"),
		GET("/count"), "BAD\r\n\r\n",	"DELETE /count HTTP/1.1\r\n" HOST "\r\n"};
	static const char *const headers[] = {
		"Content-Security-Policy: default-src 'self';",
		"frame-ancestors 'none'",
		"X-Content-Type-Options: nosniff\r\n",
		"Referrer-Policy: same-origin\r\n",
		"Cross-Origin-Opener-Policy: same-origin\r\n",
		"Cache-Control: no-store\r\n",
		"Date: ",
		" GMT\r\n",
		"X-Request-Id: ",
	};

	for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
		AUTO(text_freep) struct text t = {0};

		ask(&w, asked[i], &t);
		for (size_t k = 0; k < ARRAY_LEN(headers); k++)
			expect_in(&t, headers[k]);
		expect_not_in(&t, "Strict-Transport");
		expect_not_in(&t, "unsafe");
	}
}

static void errors_are_problem_documents(void **state UNUSED)
{
	AUTO(text_freep) struct text t = {0};

	ask(&w, GET("/nowhere"), &t);
	expect_in(&t, "HTTP/1.1 404 Not Found\r\n");
	expect_in(&t, "Content-Type: text/html; charset=utf-8\r\n");
	ask(&w, GET("/api/nowhere"), &t);
	expect_in(&t, "Content-Type: application/problem+json\r\n");
	expect_in(&t, "\"status\":404,\"title\":\"Not Found\",\"type\":\"about:blank\"}");
	ask(&w, "GET /wrong HTTP/1.1\r\n" HOST "Accept: application/json\r\n\r\n", &t);
	expect_in(&t, "HTTP/1.1 422 ");
	expect_in(&t, "application/problem+json");
	ask(&w, GET("/wrong?what=%3Cscript%3E"), &t);
	expect_in(&t, "no &lt;b&gt;&lt;script&gt;&lt;/b&gt; here");
	expect_not_in(&t, "dropped");
	ask(&w, "POST /count HTTP/1.1\r\n" HOST "\r\n", &t);
	expect_in(&t, "HTTP/1.1 405 ");
	expect_in(&t, "Allow: GET, HEAD, OPTIONS\r\n");
	ask(&w, "OPTIONS /echo HTTP/1.1\r\n" HOST "\r\n", &t);
	expect_in(&t, "HTTP/1.1 204 ");
	expect_in(&t, "Allow: POST, OPTIONS\r\n");
	ask(&w, "POST /closed HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n", &t);
	expect_in(&t, "HTTP/1.1 403 ");
	expect_in(&t, "Connection: close\r\n");
}

static void head_is_get_without_its_body(void **state UNUSED)
{
	AUTO(text_freep) struct text t = {0};
	int fd = client_open(&w);

	client_say(fd, "HEAD /count HTTP/1.1\r\n" HOST "\r\n" GET_LAST("/livez"));
	client_hear(fd, 99, 2000, &t);
	expect_in(&t, "Content-Length: 7\r\n");
	expect_not_in(&t, "counted");
	expect_in(&t, "\r\n\r\nok\n");
	close(fd);
}

static void requests_in_a_row_are_answered_in_order(void **state UNUSED)
{
	AUTO(text_freep) struct text t = {0};
	const char *first, *second, *third;
	int fd = client_open(&w);

	client_say(fd, GET("/livez") GET("/page/fixed") GET("/nowhere") GET_LAST("/livez"));
	client_hear(fd, 99, 2000, &t);
	first = strstr(text_c(&t), "ok\nHTTP/1.1 200");
	second = strstr(text_c(&t), "countedHTTP/1.1 404");
	third = strstr(text_c(&t), "</html>\nHTTP/1.1 200");
	assert_true(first && second > first && third > second);
	close(fd);
}

/* What follows a refused request never runs, in whichever pieces it comes. */
static void nothing_runs_after_a_refusal(void **state UNUSED)
{
	static const char *const bad[] = {
		"GET / HTTP/1.1\r\n\r\n" GET("/count"),
		"POST /echo HTTP/1.1\r\n" HOST
		"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" GET("/count"),
		"POST /echo HTTP/1.1\r\n" HOST "Content-Length : 5\r\n\r\nhello" GET("/count"),
		"POST /nowhere HTTP/1.1\r\n" HOST "Content-Length: 99\r\n\r\n" GET("/count"),
		"POST /small HTTP/1.1\r\n" HOST "Content-Length: 9999\r\n\r\n" GET("/count"),
	};
	int before = seen->runs;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(text_freep) struct text t = {0};
		int fd = client_open(&w);

		client_say(fd, bad[i]);
		client_say(fd, GET("/count"));
		client_hear(fd, 99, 3000, &t);
		expect_in(&t, "HTTP/1.1 4");
		expect_in(&t, "Connection: close\r\n");
		expect_not_in(&t, "counted");
		close(fd);
	}
	assert_int_equal(seen->runs, before);
}

static void pages_are_compressed_when_accepted(void **state UNUSED)
{
	static const char *const plain[] = {
		GET("/page/x"), "GET /page/x HTTP/1.1\r\n" HOST "Accept-Encoding: gzip;q=0\r\n\r\n",
		"GET /page/x?secret=1 HTTP/1.1\r\n" HOST "Accept-Encoding: gzip\r\n\r\n"};
	AUTO(text_freep) struct text t = {0};
	unsigned char out[65536];
	z_stream z = {0};
	const char *body;

	for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
		ask(&w, plain[i], &t);
		expect_not_in(&t, "Content-Encoding");
		expect_in(&t, "<p>x line 3</p>");
	}
	ask(&w, "GET /page/x HTTP/1.1\r\n" HOST "Accept-Encoding: br, gzip;q=0.8\r\n\r\n", &t);
	expect_in(&t, "Content-Encoding: gzip\r\n");
	expect_in(&t, "Vary: Accept-Encoding\r\n");
	expect_in(&t, "X-Right: yes\r\n");
	expect_not_in(&t, "X-Split");
	body = strstr(text_c(&t), "\r\n\r\n") + 4;
	assert_true(t.n - (size_t)(body - t.p) < 1500);
	assert_int_equal(inflateInit2(&z, 31), Z_OK);
	z.next_in = (Bytef *)(uintptr_t)body;
	z.avail_in = (uInt)(t.n - (size_t)(body - t.p));
	z.next_out = out;
	z.avail_out = sizeof(out);
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	assert_memory_equal(out, "<p>x line 0</p>\n", 16);
	inflateEnd(&z);
}

static void what_is_known_is_not_sent_again(void **state UNUSED)
{
	AUTO(text_freep) struct text t = {0}, again = {0};
	const char *etag;

	ask(&w, GET("/page/x"), &t);
	expect_in(&t, "Cache-Control: private, no-cache\r\n");
	etag = strstr(text_c(&t), "ETag: W/\"");
	assert_non_null(etag);
	text_addf(&again, "GET /page/x HTTP/1.1\r\n" HOST "If-None-Match: \"zzz\", %.*s\r\n\r\n",
		  (int)strcspn(etag + 6, "\r"), etag + 6);
	ask(&w, text_c(&again), &t);
	expect_in(&t, "HTTP/1.1 304 Not Modified\r\n");
	expect_in(&t, "ETag: W/\"");
	expect_not_in(&t, "Content-Length");
	ask(&w, "GET /page/y HTTP/1.1\r\n" HOST "If-None-Match: \"zzz\"\r\n\r\n", &t);
	expect_in(&t, "HTTP/1.1 200 ");
}

static void bodies_arrive(void **state UNUSED)
{
	AUTO(text_freep) struct text t = {0}, big = {0};
	int fd;

	ask(&w,
	    "POST /echo HTTP/1.1\r\n" HOST "Cookie: c=d\r\n"
	    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\na=1&b=%41",
	    &t);
	expect_in(&t, "HTTP/1.1 400 ");
	ask(&w,
	    "POST /echo HTTP/1.1\r\n" HOST "Cookie: c=d\r\n"
	    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\na=1&b=%41",
	    &t);
	expect_in(&t, "a=1;b=A;cookie=d;");
	text_add_c(&big, "POST /echo HTTP/1.1\r\n" HOST
			 "Content-Type: multipart/form-data; boundary=XX\r\n"
			 "Transfer-Encoding: chunked\r\n\r\n");
	text_add_c(
		&big,
		"40\r\n--XX\r\nContent-Disposition: form-data; name=f; filename=x.csv\r\n\r\n\r\n");
	for (unsigned i = 0; i < 48; i++) {
		text_add_c(&big, "10000\r\n");
		memset(text_room(&big, 65536), 'y', 65536);
		big.n += 65536;
		text_add_c(&big, "\r\n");
	}
	text_add_c(&big, "a\r\n\r\n--XX--\r\n\r\n0\r\n\r\n");
	ask(&w, text_c(&big), &t);
	expect_in(&t, "x.csv:3145728:file;");
	fd = client_open(&w);
	text_clear(&t);
	client_say(fd, "POST /echo HTTP/1.1\r\n" HOST
		       "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n");
	client_hear(fd, 1, 2000, &t);
	assert_string_equal(text_c(&t), "HTTP/1.1 100 Continue\r\n\r\n");
	client_say(fd, "abc");
	client_hear(fd, 2, 2000, &t);
	expect_in(&t, "raw:3:memory;");
	close(fd);
	ask(&w,
	    "POST /small HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 1001\r\n\r\n",
	    &t);
	expect_in(&t, "HTTP/1.1 413 ");
	expect_not_in(&t, "100 Continue");
}

static void a_redirect_stays_here(void **state UNUSED)
{
	static const char *const to[][2] = {
		{GET("/lead?to=/a/b?c%3Dd"), "Location: /a/b?c=d\r\n"},
		{GET("/lead?to=//evil"), "Location: /\r\n"},
		{GET("/lead?to=https://evil"), "Location: /\r\n"},
		{GET("/lead?to=/%5Cevil"), "Location: /\r\n"},
	};

	for (size_t i = 0; i < ARRAY_LEN(to); i++) {
		AUTO(text_freep) struct text t = {0};

		ask(&w, to[i][0], &t);
		expect_in(&t, "HTTP/1.1 303 See Other\r\n");
		expect_in(&t, to[i][1]);
	}
}

static void events_are_sent_as_they_happen(void **state UNUSED)
{
	AUTO(text_freep) struct text t = {0};
	int before = seen->streams_closed, fd = client_open(&w);

	client_say(fd, GET("/events"));
	for (unsigned i = 0; i < 50 && !strstr(text_c(&t), "data: tick"); i++)
		client_hear(fd, 99, 100, &t);
	assert_true(str_starts(text_str(&t), STR("HTTP/1.1 200 OK\r\n")));
	expect_in(&t, "Content-Type: text/event-stream\r\n");
	expect_not_in(&t, "Content-Length");
	expect_in(&t, "event: hello\nid: 1\ndata: first\ndata: second\n\n");
	expect_in(&t, "data: tick\n\n");
	assert_int_equal(seen->streams_closed, before);
	close(fd);
	for (unsigned i = 0; i < 100 && seen->streams_closed == before; i++)
		pause_ms(50);
	assert_int_equal(seen->streams_closed, before + 1);
	/* HEAD opens and ends one; so does a handler that thinks better of it. */
	ask(&w, "HEAD /events HTTP/1.1\r\n" HOST "\r\n", &t);
	expect_in(&t, "text/event-stream\r\n");
	expect_not_in(&t, "data:");
	fd = client_open(&w);
	text_clear(&t);
	client_say(fd, GET("/events?once=1"));
	client_hear(fd, 99, 3000, &t);
	expect_in(&t, "data: second\n\n");
	expect_not_in(&t, "tick");
	close(fd);
	assert_int_equal(seen->streams_closed, before + 3);
	ask_until(&w, GET("/metrics"), "\nlynchpin_http_streams 0\n", &t);
}

static void the_log_names_the_route_and_no_more(void **state UNUSED)
{
	AUTO(text_freep) struct text t = {0};
	struct str rest, line;

	ask(&w,
	    "GET /page/R1H-secret?token=tok-secret HTTP/1.1\r\n" HOST
	    "Cookie: c=cookie-secret\r\n\r\n",
	    &t);
	ask(&w, GET("/path-secret"), &t);
	world_log(&w, &t);
	expect_in(&t, "\"route\":\"/page/{name}\",\"status\":200,\"bytes\":");
	expect_in(&t, "\"route\":\"-\",\"status\":404");
	expect_not_in(&t, "secret");
	expect_not_in(&t, "127.0.0.1");
	rest = text_str(&t);
	while (str_next_line(&rest, &line))
		assert_true(str_starts(line, STR("{\"time\":\"")) && str_ends(line, STR("}")));
}

static void what_takes_long_holds_up_nobody(void **state UNUSED)
{
	AUTO(text_freep) struct text t = {0};
	AUTO(text_freep) struct text quick = {0};
	int fd = client_open(&w), other = client_open(&w);
	int64_t began = mono_ms();

	/* Two wait in turn, and what stands behind them on the line comes behind them. */
	client_say(fd, GET("/after/1") GET("/after/2") GET("/livez"));
	for (unsigned i = 0; i < 20; i++)
		client_say(other, GET("/livez"));
	client_hear(other, 20, 5000, &quick);
	assert_true(mono_ms() - began < 350);
	client_hear(fd, 3, 5000, &t);
	expect_in(&t, "\r\n\r\n/after/1 for 127.0.0.1HTTP/1.1 200 OK");
	expect_in(&t, "\r\n\r\n/after/2 for 127.0.0.1HTTP/1.1 200 OK");
	expect_in(&t, "\r\n\r\nok\n");
	close(fd);
	close(other);
	assert_int_equal(__atomic_load_n(&seen->waited, __ATOMIC_SEQ_CST), 2);
}

static void what_took_long_may_take_longer(void **state UNUSED)
{
	AUTO(text_freep) struct text t = {0};
	unsigned before = (unsigned)__atomic_load_n(&seen->worked, __ATOMIC_SEQ_CST);
	int fd = client_open(&w);

	client_say(fd, GET("/twice/1") GET("/livez"));
	client_hear(fd, 2, 5000, &t);
	expect_in(&t, "\r\n\r\n/twice/1 for 127.0.0.1HTTP/1.1 200 OK");
	expect_in(&t, "\r\n\r\nok\n");
	close(fd);
	assert_int_equal(__atomic_load_n(&seen->worked, __ATOMIC_SEQ_CST), before + 2);
}

static void a_stop_waits_for_what_is_on(void **state UNUSED)
{
	struct web_config config = world_config();
	AUTO(text_freep) struct text t = {0};
	struct world own;
	int fds[8];

	config.workers = 1;
	config.limits.stop_ms = 500;
	world_begin(&own, &config);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		fds[i] = client_open(&own);
		client_say(fds[i], GET("/after/x"));
	}
	pause_ms(50);
	assert_int_equal(world_end(&own), 0);
	client_hear(fds[0], 1, 1000, &t);
	expect_in(&t, "/after/x for 127.0.0.1");
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		close(fds[i]);
	assert_int_equal(__atomic_load_n(&seen->waited, __ATOMIC_SEQ_CST) +
				 __atomic_load_n(&seen->left, __ATOMIC_SEQ_CST),
			 8);
	assert_true(__atomic_load_n(&seen->left, __ATOMIC_SEQ_CST) > 0);
}

static void the_figures_are_as_prometheus_wants_them(void **state UNUSED)
{
	AUTO(text_freep) struct text t = {0};
	char path[128], command[300];
	const char *body;
	FILE *f;

	if (system("promtool --version >/dev/null 2>&1") != 0) {
		print_message("promtool (Debian's prometheus) is not here: skipped\n");
		skip();
	}
	ask(&w, GET("/count"), &t);
	ask(&w, GET("/metrics"), &t);
	body = strstr(text_c(&t), "\r\n\r\n");
	assert_non_null(body);
	expect_in(&t,
		  "lynchpin_http_requests_total{method=\"GET\",route=\"/count\",status=\"2xx\"} ");
	snprintf(path, sizeof(path), "%s/metrics", w.folder);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(body + 4, f);
	fclose(f);
	snprintf(command, sizeof(command), "promtool check metrics <%s", path);
	assert_int_equal(system(command), 0);
	unlink(path);
}

static void a_killed_worker_is_followed_by_another(void **state UNUSED)
{
	AUTO(text_freep) struct text t = {0};
	char command[64];

	snprintf(command, sizeof(command), "kill -9 $(cat /proc/%d/task/%d/children)", w.pid,
		 w.pid);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(system(command), 0);
		/* The listeners are the parent's: who comes meanwhile waits, and is not refused. */
		ask(&w, GET("/livez"), &t);
		expect_in(&t, "HTTP/1.1 200 OK\r\n");
	}
	ask_until(&w, GET("/metrics"), "\nlynchpin_http_connections 1\n", &t);
	expect_not_in(&t, "\nlynchpin_worker_starts_total 2\n");
	world_log(&w, &t);
	expect_in(&t, "signal=9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(health_is_told),
		cmocka_unit_test(every_answer_has_the_security_headers),
		cmocka_unit_test(errors_are_problem_documents),
		cmocka_unit_test(head_is_get_without_its_body),
		cmocka_unit_test(requests_in_a_row_are_answered_in_order),
		cmocka_unit_test(nothing_runs_after_a_refusal),
		cmocka_unit_test(pages_are_compressed_when_accepted),
		cmocka_unit_test(what_is_known_is_not_sent_again),
		cmocka_unit_test(bodies_arrive),
		cmocka_unit_test(a_redirect_stays_here),
		cmocka_unit_test(events_are_sent_as_they_happen),
		cmocka_unit_test(what_takes_long_holds_up_nobody),
		cmocka_unit_test(what_took_long_may_take_longer),
		cmocka_unit_test(a_stop_waits_for_what_is_on),
		cmocka_unit_test(the_figures_are_as_prometheus_wants_them),
		cmocka_unit_test(the_log_names_the_route_and_no_more),
		cmocka_unit_test(a_killed_worker_is_followed_by_another),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
