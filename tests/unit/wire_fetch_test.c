#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "wire_test.h"

/*
 * A real HTTPS server on a free port of 127.0.0.1: a certificate made for this
 * run by openssl, python3's own server behind it.  It says its port on its
 * standard output and ends when its standard input is closed, at the latest
 * after a minute.
 */
static const char server_code[] =
	"import http.server, os, ssl, sys, threading, time\n"
	"class H(http.server.BaseHTTPRequestHandler):\n"
	"    def log_message(self, *a): pass\n"
	"    def answer(self, code, body=b'', **headers):\n"
	"        self.send_response(code)\n"
	"        for k, v in headers.items(): self.send_header(k.replace('_', '-'), v)\n"
	"        self.send_header('Content-Length', str(len(body)))\n"
	"        self.end_headers()\n"
	"        self.wfile.write(body)\n"
	"    def do_GET(self):\n"
	"        p = self.path.split('?')[0]\n"
	"        if p == '/feed' and self.headers.get('If-None-Match') == '\"v1\"':\n"
	"            self.answer(304, ETag='\"v1\"')\n"
	"        elif p == '/feed':\n"
	"            self.answer(200, b'{\"a\":1}', ETag='\"v1\"',\n"
	"                        Last_Modified='Fri, 12 May 2017 07:44:00 GMT')\n"
	"        elif p == '/large': self.answer(200, b'x' * 100000)\n"
	"        elif p == '/chunks':\n"
	"            self.send_response(200)\n"
	"            self.end_headers()\n"
	"            self.wfile.write(b'x' * 100000)\n"
	"        elif p == '/again': self.answer(302, b'not this', Location='/feed')\n"
	"        elif p == '/loop': self.answer(302, Location='/loop')\n"
	"        elif p == '/plain': self.answer(302, Location='http://127.0.0.1:1/feed')\n"
	"        elif p == '/file': self.answer(302, Location='file:///etc/passwd')\n"
	"        elif p == '/denied': self.answer(403)\n"
	"        elif p == '/broken': self.answer(500)\n"
	"        elif p == '/slow': time.sleep(5)\n"
	"        elif p == '/cut':\n"
	"            self.send_response(200)\n"
	"            self.send_header('Content-Length', '50')\n"
	"            self.end_headers()\n"
	"            self.wfile.write(b'half')\n"
	"        else: self.answer(404)\n"
	"s = http.server.ThreadingHTTPServer(('127.0.0.1', 0), H)\n"
	"s.daemon_threads = True\n"
	"c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n"
	"c.load_cert_chain(sys.argv[1] + '/cert.pem', sys.argv[1] + '/key.pem')\n"
	"s.socket = c.wrap_socket(s.socket, server_side=True)\n"
	"threading.Thread(target=s.serve_forever, daemon=True).start()\n"
	"threading.Timer(60, os._exit, [1]).start()\n"
	"print(s.server_address[1], flush=True)\n"
	"sys.stdin.read()\n"
	"os._exit(0)\n";

static struct server {
	char folder[64];
	char ca[96];
	int to; /* its standard input; closing it ends it */
	pid_t pid;
	unsigned port;
} server;

static int run_quietly(char *const argv[])
{
	pid_t pid = fork();
	int status = -1;

	if (!pid) {
		if (freopen("/dev/null", "w", stderr))
			execvp(argv[0], argv);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return status;
}

/* execvp() takes char *, and writes to none. */
#define ARG(c) ((char *)(uintptr_t)(c))

static bool make_certificate(void)
{
	char cert[96], key[96];
	char *const argv[] = {ARG("openssl"),
			      ARG("req"),
			      ARG("-x509"),
			      ARG("-newkey"),
			      ARG("ec"),
			      ARG("-pkeyopt"),
			      ARG("ec_paramgen_curve:prime256v1"),
			      ARG("-nodes"),
			      ARG("-days"),
			      ARG("2"),
			      ARG("-subj"),
			      ARG("/CN=127.0.0.1"),
			      ARG("-addext"),
			      ARG("subjectAltName=IP:127.0.0.1"),
			      ARG("-keyout"),
			      key,
			      ARG("-out"),
			      cert,
			      NULL};

	snprintf(cert, sizeof(cert), "%s/cert.pem", server.folder);
	snprintf(key, sizeof(key), "%s/key.pem", server.folder);
	snprintf(server.ca, sizeof(server.ca), "%s", cert);
	return run_quietly(argv) == 0;
}

static bool read_port(int fd)
{
	char buf[16] = "";
	struct str line;
	uint64_t port;
	ssize_t n = read(fd, buf, sizeof(buf) - 1);

	line = str_trim(str_from(buf, n > 0 ? (size_t)n : 0));
	if (!str_to_u64(line, &port))
		return false;
	server.port = (unsigned)port;
	return true;
}

static bool start_server(void)
{
	int in[2], out[2];
	bool ok;

	if (pipe(in) || pipe(out))
		return false;
	server.pid = fork();
	if (!server.pid) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[1]);
		if (freopen("/dev/null", "w", stderr))
			execlp("python3", "python3", "-c", server_code, server.folder, NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	server.to = in[1];
	ok = read_port(out[0]);
	close(out[0]);
	return ok;
}

static int set_up(void **state)
{
	(void)state;
	snprintf(server.folder, sizeof(server.folder), "/tmp/wire-fetch-XXXXXX");
	signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(server.folder) || !make_certificate() || !start_server())
		server.port = 0;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const files[] = {"cert.pem", "key.pem"};
	char path[96];

	(void)state;
	if (server.pid > 0) {
		close(server.to);
		waitpid(server.pid, NULL, 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", server.folder, files[i]);
		unlink(path);
	}
	rmdir(server.folder);
	return 0;
}

static bool get(const char *path, struct fetch_request q, struct fetch_result *ret, struct err *err)
{
	char url[200];

	snprintf(url, sizeof(url), "https://user:secret@127.0.0.1:%u%s?key=secret", server.port,
		 path);
	q.url = url;
	if (!q.ca_file)
		q.ca_file = server.ca;
	return fetch_get(&q, ret, err);
}

static void get_fails(const char *path, struct fetch_request q, enum err_code code,
		      const char *says)
{
	struct fetch_result r = {0};
	struct err err = {0};

	if (get(path, q, &r, &err))
		fail_msg("%s was fetched", path);
	if (err.code != code || !strstr(err.text, says) || strstr(err.text, "secret"))
		fail_msg("%s: %s: %s", path, err_code_name(err.code), err.text);
	assert_null(r.bytes.p);
}

static void need_server(void)
{
	if (!server.port) {
		print_message("skipped: needs python3 and openssl\n");
		skip();
	}
}

static void a_feed_is_fetched_once(void **state)
{
	struct fetch_result r = {0}, again = {0};
	struct err err;

	(void)state;
	need_server();
	if (!get("/feed", (struct fetch_request){0}, &r, &err))
		fail_msg("%s", err.text);
	assert_string_equal(text_c(&r.bytes), "{\"a\":1}");
	assert_string_equal(text_c(&r.etag), "\"v1\"");
	assert_string_equal(text_c(&r.last_modified), "Fri, 12 May 2017 07:44:00 GMT");
	assert_false(r.not_modified);
	assert_true(get("/feed",
			(struct fetch_request){.etag = text_c(&r.etag),
					       .last_modified = text_c(&r.last_modified)},
			&again, &err));
	assert_true(again.not_modified && again.bytes.n == 0);
	fetch_release(&again);
	fetch_release(&r);
	assert_true(get("/again", (struct fetch_request){0}, &r, &err));
	assert_string_equal(text_c(&r.bytes), "{\"a\":1}");
	fetch_release(&r);
}

static void fetches_are_bounded(void **state)
{
	struct fetch_request none = {0};

	(void)state;
	need_server();
	get_fails("/none", none, ERR_NOT_FOUND, "/none: the server answered 404");
	get_fails("/denied", none, ERR_DENIED, "403");
	get_fails("/broken", none, ERR_IO, "500");
	get_fails("/large", (struct fetch_request){.max_bytes = 1000}, ERR_LIMIT,
		  "more than 1000 bytes");
	get_fails("/chunks", (struct fetch_request){.max_bytes = 1000}, ERR_LIMIT,
		  "more than 1000 bytes");
	get_fails("/loop", none, ERR_IO, "redirect");
	get_fails("/plain", none, ERR_IO, "");
	get_fails("/plain", (struct fetch_request){.redirects = 1}, ERR_IO, "rotocol");
	get_fails("/file", (struct fetch_request){.plain_http = true}, ERR_IO, "rotocol");
	get_fails("/cut", none, ERR_IO, "");
	get_fails("/slow", (struct fetch_request){.timeout_seconds = 1}, ERR_IO, "imeout");
	get_fails("/feed", (struct fetch_request){.ca_file = "/etc/hostname"}, ERR_IO, "");
	get_fails("/feed", (struct fetch_request){.etag = "x\r\nHost: y"}, ERR_INVALID, "control");
}

static void only_https_unless_allowed(void **state)
{
	struct fetch_result r = {0};
	struct err err;

	(void)state;
	assert_false(fetch_get(&(struct fetch_request){.url = "http://127.0.0.1:1/x"}, &r, &err));
	assert_non_null(strstr(err.text, "rotocol"));
	assert_false(fetch_get(&(struct fetch_request){.url = "file:///etc/passwd"}, &r, &err));
	assert_false(fetch_get(&(struct fetch_request){.url = "not a url"}, &r, &err));
	assert_false(fetch_get(&(struct fetch_request){.url = "https://127.0.0.1:1/x?s=secret"}, &r,
			       &err));
	assert_null(strstr(err.text, "secret"));
}

/* A server of its own for each that needs one. */
const struct CMUnitTest wire_fetch_tests[] = {
	cmocka_unit_test_setup_teardown(a_feed_is_fetched_once, set_up, tear_down),
	cmocka_unit_test_setup_teardown(fetches_are_bounded, set_up, tear_down),
	cmocka_unit_test(only_https_unless_allowed),
	{0},
};
