#include <errno.h>
#include <netdb.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "web/server.h"

enum { BACKLOG = 1024 };

/* --- where a peer comes from --------------------------------------------------------------- */

static bool is_v4_mapped(const struct in6_addr *a)
{
	return IN6_IS_ADDR_V4MAPPED(a);
}

/* An IPv4 address, or the /64 that one subscriber has. */
static struct str subscriber(const struct sockaddr *peer)
{
	const struct sockaddr_in6 *six = (const void *)peer;
	const struct sockaddr_in *four = (const void *)peer;

	if (peer->sa_family == AF_INET)
		return str_from((const char *)&four->sin_addr, 4);
	if (peer->sa_family != AF_INET6)
		return (struct str){0};
	return is_v4_mapped(&six->sin6_addr) ? str_from((const char *)&six->sin6_addr + 12, 4)
					     : str_from((const char *)&six->sin6_addr, 8);
}

uint16_t address_bucket(const struct shared *s, const struct sockaddr *peer)
{
	return (uint16_t)(u64_hash(str_hash(subscriber(peer)) ^ s->seed) % ADDRESS_BUCKETS);
}

bool address_is_local(const struct sockaddr *peer)
{
	const struct sockaddr_in6 *six = (const void *)peer;
	struct str who = subscriber(peer);

	if (peer->sa_family == AF_UNIX)
		return true;
	return who.n == 4 ? who.p[0] == 127 : IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}

void address_format(const struct sockaddr *peer, char buf[INET6_ADDRSTRLEN])
{
	const struct sockaddr_in6 *six = (const void *)peer;
	const struct sockaddr_in *four = (const void *)peer;

	buf[0] = '\0';
	if (peer->sa_family == AF_INET)
		(void)inet_ntop(AF_INET, &four->sin_addr, buf, INET6_ADDRSTRLEN);
	else if (peer->sa_family == AF_INET6 && is_v4_mapped(&six->sin6_addr))
		(void)inet_ntop(AF_INET, (const char *)&six->sin6_addr + 12, buf, INET6_ADDRSTRLEN);
	else if (peer->sa_family == AF_INET6)
		(void)inet_ntop(AF_INET6, &six->sin6_addr, buf, INET6_ADDRSTRLEN);
}

/* --- listening ---------------------------------------------------------------------------------
 */

static struct listener *add(struct server *s, int fd)
{
	struct listener *l = &s->listeners[s->nlisteners++];

	*l = (struct listener){.fd = fd};
	return l;
}

static void say(const struct server *s, const char *url)
{
	if (s->config->listening)
		s->config->listening(s->config->ctx, str_of(url));
}

static bool listen_unix(struct server *s, struct str path, struct err *err)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct stat st;
	struct listener *l;
	char url[128];
	int fd;

	if (!path.n || path.n >= sizeof(a.sun_path))
		return err_set(err, ERR_INVALID, "the path of a socket has 1 to %zu bytes",
			       sizeof(a.sun_path) - 1);
	memcpy(a.sun_path, path.p, path.n);
	/* One that a server before us left; anything else that lies there stays. */
	if (lstat(a.sun_path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(a.sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    chmod(a.sun_path, 0660) < 0 || listen(fd, BACKLOG) < 0) {
		err_errno(err, errno, "%.*s", STR_FMT(path));
		if (fd >= 0)
			close(fd);
		return false;
	}
	l = add(s, fd);
	l->is_unix = true;
	memcpy(l->path, a.sun_path, sizeof(l->path));
	snprintf(url, sizeof(url), "unix:%s", l->path);
	say(s, url);
	return true;
}

static void say_address(const struct server *s, int fd)
{
	struct sockaddr_storage a;
	socklen_t n = sizeof(a);
	char host[64], port[16], url[128];

	if (getsockname(fd, (struct sockaddr *)&a, &n) < 0 ||
	    getnameinfo((struct sockaddr *)&a, n, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return;
	snprintf(url, sizeof(url), a.ss_family == AF_INET6 ? "http%s://[%s]:%s" : "http%s://%s:%s",
		 s->config->cert ? "s" : "", host, port);
	say(s, url);
}

static int open_socket(const struct addrinfo *ai)
{
	int one = 1, zero = 0, keep;
	int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	/* [::] takes IPv4 too. */
	if (ai->ai_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	keep = errno;
	close(fd);
	errno = keep;
	return -1;
}

static bool listen_inet(struct server *s, struct str at, struct err *err)
{
	struct addrinfo how = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
	size_t colon = at.n;
	char host[256], port[16];
	struct str h, p;
	int code, fd;

	while (colon && at.p[colon - 1] != ':')
		colon--;
	h = str_sub(at, 0, colon ? colon - 1 : 0);
	p = str_from_offset(at, colon);
	if (h.n >= 2 && h.p[0] == '[' && h.p[h.n - 1] == ']')
		h = str_sub(h, 1, h.n - 2);
	if (!colon || !p.n || p.n >= sizeof(port) || h.n >= sizeof(host))
		return err_set(err, ERR_INVALID,
			       "\"%.*s\" is no address: 127.0.0.1:8080, [::1]:8080, :8080 or "
			       "unix:/path",
			       STR_FMT(at));
	snprintf(host, sizeof(host), "%.*s", STR_FMT(h));
	snprintf(port, sizeof(port), "%.*s", STR_FMT(p));
	how.ai_family = h.n ? AF_UNSPEC : AF_INET6;
	code = getaddrinfo(h.n ? host : NULL, port, &how, &found);
	if (code)
		return err_set(err, ERR_INVALID, "%.*s: %s", STR_FMT(at), gai_strerror(code));
	fd = open_socket(found);
	code = errno;
	freeaddrinfo(found);
	if (fd < 0)
		return err_errno(err, code, "%.*s", STR_FMT(at));
	add(s, fd);
	say_address(s, fd);
	return true;
}

bool listeners_open(struct server *s, struct err *err)
{
	for (size_t i = 0; i < s->config->nlisten; i++) {
		struct str at = str_of(s->config->listen[i]);

		if (s->nlisteners == LISTEN_MOST)
			return err_set(err, ERR_INVALID, "at most %d addresses", LISTEN_MOST);
		if (str_starts(at, STR("unix:")) ? !listen_unix(s, str_from_offset(at, 5), err)
						 : !listen_inet(s, at, err))
			return false;
	}
	return true;
}

void listeners_close(struct server *s, bool unlink_too)
{
	for (size_t i = 0; i < s->nlisteners; i++) {
		close(s->listeners[i].fd);
		if (unlink_too && s->listeners[i].is_unix)
			unlink(s->listeners[i].path);
	}
	s->nlisteners = 0;
}
