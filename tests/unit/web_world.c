#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "web_world.h"

#include "base/clock.h"
#include "base/file.h"

struct seen *seen;

void pause_ms(int ms)
{
	(void)poll(NULL, 0, ms);
}

int64_t mono_ms(void)
{
	return clock_monotonic_ns() / 1000000;
}

/* --- what is served ----------------------------------------------------------------------- */

static struct web_stream *live;

static void count_up(struct web_request *req UNUSED, struct web_reply *reply)
{
	__atomic_fetch_add(&seen->runs, 1, __ATOMIC_SEQ_CST);
	text_add_c(web_reply_body(reply, "text/plain"), "counted");
}

static void slow(struct web_request *req, struct web_reply *reply)
{
	pause_ms(300);
	count_up(req, reply);
}

static void page(struct web_request *req, struct web_reply *reply)
{
	struct text *to = web_reply_body(reply, "text/html; charset=utf-8");

	for (unsigned i = 0; i < 500; i++)
		text_addf(to, "<p>%.*s line %u</p>\n", STR_FMT(web_param(req, "name")), i % 7);
	web_reply_cache(reply, WEB_CACHE_CHECK);
	web_reply_header(reply, "X-Right", STR("yes"));
	web_reply_header(reply, "X-Split", STR("a\r\nSet-Cookie: b=c"));
	if (web_query(req, "secret").n)
		web_reply_secret(reply);
}

static void large(struct web_request *req UNUSED, struct web_reply *reply)
{
	struct text *to = web_reply_body(reply, "application/octet-stream");

	memset(text_room(to, 1 << 20), 'x', 1 << 20);
	to->n += 1 << 20;
}

static void echo(struct web_request *req, struct web_reply *reply)
{
	struct text *to = web_reply_body(reply, "text/plain");

	for (size_t i = 0; i < req->form.n; i++)
		text_addf(to, "%.*s=%.*s;", STR_FMT(req->form.v[i].name),
			  STR_FMT(req->form.v[i].value));
	for (size_t i = 0; i < req->files.n; i++)
		text_addf(to, "%.*s:%zu:%s;", STR_FMT(req->files.v[i].file_name),
			  req->files.v[i].bytes.n, req->files.v[i].fd >= 0 ? "file" : "memory");
	if (req->body.bytes.n)
		text_addf(to, "raw:%zu:%s;", req->body.bytes.n,
			  req->body.fd >= 0 ? "file" : "memory");
	text_addf(to, "cookie=%.*s;", STR_FMT(web_cookie(req, "c")));
}

static void lead(struct web_request *req, struct web_reply *reply)
{
	web_reply_redirect(reply, web_query(req, "to"));
}

static void wrong(struct web_request *req, struct web_reply *reply)
{
	text_add_c(web_reply_body(reply, "text/html"), "dropped");
	web_problem(reply, 422, "no <b>%.*s</b> here", STR_FMT(web_query(req, "what")));
}

static void stream_closed(void *ctx UNUSED)
{
	__atomic_fetch_add(&seen->streams_closed, 1, __ATOMIC_SEQ_CST);
	live = NULL;
}

static void events(struct web_request *req, struct web_reply *reply)
{
	live = web_reply_stream(reply, stream_closed, NULL);
	web_stream_send(live, STR("hello"), STR("1"), STR("first\nsecond"));
	if (web_query(req, "once").n)
		web_stream_close(live);
}

static void tick(void *app UNUSED)
{
	if (live)
		web_stream_send(live, STR(""), STR(""), STR("tick"));
}

static bool open_app(void *ctx UNUSED, void **ret, struct err *err)
{
	__atomic_fetch_add(&seen->opens, 1, __ATOMIC_SEQ_CST);
	*ret = seen;
	return __atomic_load_n(&seen->may_open, __ATOMIC_SEQ_CST) ||
	       err_set(err, ERR_IO, "the database is away");
}

static void close_app(void *app UNUSED)
{
	__atomic_fetch_add(&seen->closes, 1, __ATOMIC_SEQ_CST);
}

static void heavy(struct web_request *req, struct web_reply *reply)
{
	__atomic_fetch_add(&seen->heavy, 1, __ATOMIC_SEQ_CST);
	pause_ms(800);
	count_up(req, reply);
}

static void take_long(void *ctx UNUSED)
{
	pause_ms(200);
	__atomic_fetch_add(&seen->worked, 1, __ATOMIC_SEQ_CST);
}

static void took_long(struct web_request *req, struct web_reply *reply, void *ctx)
{
	assert(ctx == seen);
	__atomic_fetch_add(req ? &seen->waited : &seen->left, 1, __ATOMIC_SEQ_CST);
	if (req)
		text_addf(web_reply_body(reply, "text/plain"), "%.*s for %.*s", STR_FMT(req->path),
			  STR_FMT(req->address));
}

static void after(struct web_request *req UNUSED, struct web_reply *reply)
{
	struct web_task task = {.work = take_long, .then = took_long, .ctx = seen};

	(void)!web_reply_after(reply, &task);
}

static void once_more(struct web_request *req, struct web_reply *reply, void *ctx)
{
	struct web_task task = {.work = take_long, .then = took_long, .ctx = ctx};

	if (req)
		(void)!web_reply_after(reply, &task);
}

static void twice(struct web_request *req UNUSED, struct web_reply *reply)
{
	struct web_task task = {.work = take_long, .then = once_more, .ctx = seen};

	(void)!web_reply_after(reply, &task);
}

static const struct web_route routes[] = {
	{WEB_GET, "/twice/{n}", NULL, twice, 0, 0},
	{WEB_GET, "/after/{n}", NULL, after, 0, 0},
	{WEB_GET, "/count", NULL, count_up, 0, 0},
	{WEB_GET, "/slow", NULL, slow, 0, 0},
	{WEB_GET, "/heavy", NULL, heavy, WEB_HEAVY, 0},
	{WEB_GET, "/page/fixed", NULL, count_up, 0, 0},
	{WEB_GET, "/page/{name}", NULL, page, 0, 0},
	{WEB_GET, "/large", NULL, large, 0, 0},
	{WEB_POST, "/echo", NULL, echo, 0, 8 << 20},
	{WEB_POST, "/small", NULL, echo, 0, 1000},
	{WEB_GET, "/lead", NULL, lead, 0, 0},
	{WEB_GET, "/wrong", NULL, wrong, 0, 0},
	{WEB_GET, "/api/wrong", NULL, wrong, 0, 0},
	{WEB_GET, "/events", NULL, events, 0, 0},
	{WEB_POST, "/closed", "some.right", echo, 0, 8 << 20},
};

struct web_config world_config(void)
{
	static const char *const listening[] = {"127.0.0.1:0"};
	struct web_config c = {
		.app = {.routes = routes,
			.nroutes = ARRAY_LEN(routes),
			.open = open_app,
			.close = close_app,
			.tick = tick},
		.listen = listening,
		.nlisten = 1,
		.workers = 2,
		.folder = "/tmp",
		.limits = web_limits_default,
		.clock = clock_system(),
		.version = "test",
	};

	if (!seen)
		seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);
	*seen = (struct seen){.may_open = 1};
	return c;
}

/* --- the server ------------------------------------------------------------------------------ */

static void tell_url(void *ctx, struct str url)
{
	ssize_t n = write(*(int *)ctx, url.p, url.n);

	(void)n;
}

void world_begin(struct world *w, struct web_config *config)
{
	int pipes[2], log;
	ssize_t n;

	snprintf(w->folder, sizeof(w->folder), "/tmp/lynchpin-web-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	snprintf(w->log, sizeof(w->log), "%s/log", w->folder);
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	w->pid = fork();
	if (w->pid == 0) {
		struct err err = {0};
		bool ok;

		/* A test that fails leaves no server behind. */
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		log = open(w->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
		dup2(log, STDERR_FILENO);
		config->listening = tell_url;
		config->ctx = &pipes[1];
		ok = web_serve(config, &err);
		if (!ok)
			dprintf(STDERR_FILENO, "%s\n", err.text);
		_exit(!ok);
	}
	close(pipes[1]);
	n = read(pipes[0], w->url, sizeof(w->url) - 1);
	w->url[MAX_OF(n, 0)] = '\0';
	close(pipes[0]);
	assert_true(n > 0);
}

int world_end(struct world *w)
{
	int status = 0;

	kill(w->pid, SIGTERM);
	assert_int_equal(waitpid(w->pid, &status, 0), w->pid);
	unlink(w->log);
	rmdir(w->folder);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

void world_log(const struct world *w, struct text *to)
{
	struct err err;

	pause_ms(300); /* lines are written at the next tick */
	text_clear(to);
	assert_true(file_read(w->log, 10 << 20, to, &err));
}

/* --- the client --------------------------------------------------------------------------------
 */

int client_open(const struct world *w)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct sockaddr_un u = {.sun_family = AF_UNIX};
	const char *colon = strrchr(w->url, ':');
	bool is_unix = strncmp(w->url, "unix:", 5) == 0;
	uint64_t port = 0;
	int fd = socket(is_unix ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0 && colon);
	if (is_unix) {
		snprintf(u.sun_path, sizeof(u.sun_path), "%s", w->url + 5);
		assert_int_equal(connect(fd, (struct sockaddr *)&u, sizeof(u)), 0);
		return fd;
	}
	assert_true(str_to_u64(str_of(colon + 1), &port));
	a.sin_port = htons((uint16_t)port);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

void client_say(int fd, const char *bytes)
{
	size_t n = strlen(bytes);

	while (n) {
		ssize_t k = send(fd, bytes, n, MSG_NOSIGNAL);

		if (k <= 0)
			return;
		bytes += k;
		n -= (size_t)k;
	}
}

/* How many answers stand whole in t (each has a length, or no body). */
static unsigned whole_answers(struct str t)
{
	unsigned n = 0;

	for (;;) {
		size_t end = str_find(t, STR("\r\n\r\n"), 0);
		struct str head = str_sub(t, 0, end);
		size_t at = str_find(head, STR("Content-Length: "), 0);
		uint64_t length = 0;

		if (end == SIZE_MAX)
			return n;
		if (at != SIZE_MAX) {
			struct str digits = str_from_offset(head, at + 16);

			digits = str_sub(digits, 0, str_find_char(digits, '\r', 0));
			if (!str_to_u64(digits, &length))
				return n;
		}
		if (t.n < end + 4 + length)
			return n;
		t = str_from_offset(t, end + 4 + (size_t)length);
		n++;
	}
}

void client_hear(int fd, unsigned answers, int ms, struct text *to)
{
	int64_t until = mono_ms() + ms;

	text_add_c(to, "");
	while (whole_answers(text_str(to)) < answers && mono_ms() < until) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t n;

		if (poll(&p, 1, (int)(until - mono_ms())) <= 0)
			continue;
		n = recv(fd, text_room(to, 65536), 65536, 0);
		if (n <= 0)
			return;
		to->n += (size_t)n;
		to->p[to->n] = '\0';
	}
}

bool client_is_closed(int fd, int ms)
{
	int64_t until = mono_ms() + ms;
	char buf[4096];

	while (mono_ms() < until) {
		struct pollfd p = {.fd = fd, .events = POLLIN};

		if (poll(&p, 1, (int)(until - mono_ms())) > 0 && recv(fd, buf, sizeof(buf), 0) <= 0)
			return true;
	}
	return false;
}

void ask(const struct world *w, const char *bytes, struct text *to)
{
	int fd = client_open(w);

	text_clear(to);
	client_say(fd, bytes);
	client_hear(fd, 1, 5000, to);
	close(fd);
}

void ask_until(const struct world *w, const char *bytes, const char *part, struct text *to)
{
	int64_t until = mono_ms() + 10000;

	do {
		ask(w, bytes, to);
		if (strstr(text_c(to), part))
			return;
		pause_ms(50);
	} while (mono_ms() < until);
	expect_in(to, part);
}

void expect_in(const struct text *t, const char *part)
{
	if (strstr(text_c(t), part))
		return;
	fail_msg("\"%s\" is not in: %.1500s", part, text_c(t));
}

void expect_not_in(const struct text *t, const char *part)
{
	if (!strstr(text_c(t), part))
		return;
	fail_msg("\"%s\" is in: %.1500s", part, text_c(t));
}
