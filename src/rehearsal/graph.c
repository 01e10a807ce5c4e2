#include "rehearsal/rehearsal.h"

#include <errno.h>
#include <unistd.h>

enum { PART_BYTES = 1 << 18, LINE_BYTES_MOST = 1 << 12 };
static const uint64_t EDGES_MOST = ((uint64_t)1 << 31) - 1;

void graph_release(struct graph *g)
{
	free(g->start);
	free(g->to);
	*g = (struct graph){0};
}

struct reading {
	const char *name;
	struct graph *g;
	uint32_t *at; /* second time: where the next neighbour of a node goes */
	size_t room;  /* first time: of start */
	uint64_t line;
};

static bool is_gap(char c)
{
	return c == ' ' || c == '\t' || c == ',' || c == '\r';
}

static size_t skip_gap(struct str line, size_t i)
{
	while (i < line.n && is_gap(line.p[i]))
		i++;
	return i;
}

/* One number of a node from *i on; *i is moved past it. */
static bool node_read(const struct reading *r, struct str line, size_t *i, uint32_t *ret,
		      struct err *err)
{
	size_t from = *i;
	uint64_t n = 0;

	while (*i < line.n && line.p[*i] >= '0' && line.p[*i] <= '9' && n < GRAPH_NODES_MOST)
		n = n * 10 + (uint64_t)(line.p[(*i)++] - '0');
	if (n >= GRAPH_NODES_MOST)
		return err_set(err, ERR_LIMIT, "%s:%ju: a node's number is less than %d", r->name,
			       (uintmax_t)r->line, GRAPH_NODES_MOST);
	if (*i == from || (*i < line.n && !is_gap(line.p[*i])))
		return err_set(err, ERR_INVALID,
			       "%s:%ju: two numbers of nodes are expected, such as \"17 4\"",
			       r->name, (uintmax_t)r->line);
	*ret = (uint32_t)n;
	return true;
}

/* start[u + 2] counts u's neighbours, so that sums leave start[u + 1] where u's begin. */
static bool edge_count(struct reading *r, uint32_t a, uint32_t b, struct err *err)
{
	struct graph *g = r->g;
	uint32_t last = a > b ? a : b;

	if (last >= g->nodes) {
		size_t had = r->room;

		g->nodes = last + 1;
		if ((size_t)last + 3 > r->room) {
			r->room = (size_t)last + 3 + had / 2;
			g->start = mem_resize(g->start, r->room, sizeof(*g->start));
			memset(g->start + had, 0, (r->room - had) * sizeof(*g->start));
		}
	}
	if (a == b) {
		g->loops++;
		return true;
	}
	if (++g->edges > EDGES_MOST)
		return err_set(err, ERR_LIMIT, "%s: more than %ju edges", r->name,
			       (uintmax_t)EDGES_MOST);
	g->start[(size_t)a + 2]++;
	g->start[(size_t)b + 2]++;
	return true;
}

/* Each neighbour where the count of the first time left room; a file that grew between is refused.
 */
static bool edge_put(struct reading *r, uint32_t a, uint32_t b, struct err *err)
{
	struct graph *g = r->g;

	if (a == b)
		return true;
	if (a >= g->nodes || b >= g->nodes || r->at[a] == g->start[a + 1] ||
	    r->at[b] == g->start[b + 1])
		return err_set(err, ERR_INVALID, "%s changed while it was read", r->name);
	g->to[r->at[a]++] = b;
	g->to[r->at[b]++] = a;
	return true;
}

static bool line_read(struct reading *r, struct str line, struct err *err)
{
	size_t i = skip_gap(line, 0);
	uint32_t a = 0, b = 0;

	r->line++;
	if (i == line.n || line.p[i] == '#' || line.p[i] == '%')
		return true;
	if (!node_read(r, line, &i, &a, err))
		return false;
	i = skip_gap(line, i);
	if (!node_read(r, line, &i, &b, err))
		return false;
	if (skip_gap(line, i) != line.n)
		return err_set(err, ERR_INVALID,
			       "%s:%ju: more than two numbers; edges have no weight", r->name,
			       (uintmax_t)r->line);
	return r->at ? edge_put(r, a, b, err) : edge_count(r, a, b, err);
}

static bool lines_read(struct reading *r, struct str bytes, size_t *used, struct err *err)
{
	size_t end;

	*used = 0;
	while ((end = str_find_char(bytes, '\n', *used)) != SIZE_MAX) {
		if (!line_read(r, str_sub(bytes, *used, end - *used), err))
			return false;
		*used = end + 1;
	}
	if (bytes.n - *used > LINE_BYTES_MOST)
		return err_set(err, ERR_LIMIT, "%s:%ju: a line of more than %d bytes", r->name,
			       (uintmax_t)r->line + 1, LINE_BYTES_MOST);
	return true;
}

static bool pass(struct reading *r, int fd, struct err *err)
{
	AUTO(freep) char *buf = mem_alloc(PART_BYTES + LINE_BYTES_MOST);
	size_t kept = 0, used;
	off_t at = 0;
	ssize_t got;

	r->line = 0;
	while ((got = pread(fd, buf + kept, PART_BYTES, at)) > 0) {
		struct str bytes = str_from(buf, kept + (size_t)got);

		at += got;
		if (!lines_read(r, bytes, &used, err))
			return false;
		kept = bytes.n - used;
		memmove(buf, buf + used, kept);
	}
	if (got < 0)
		return err_errno(err, errno, "%s", r->name);
	return !kept || line_read(r, str_from(buf, kept), err);
}

/* Counts in start[u + 2] become beginnings in start[u + 1], and move one down as they are filled.
 */
static void sum_up(struct graph *g)
{
	for (size_t u = 0; u < g->nodes; u++)
		g->start[u + 2] += g->start[u + 1];
	memmove(g->start, g->start + 1, ((size_t)g->nodes + 1) * sizeof(*g->start));
	g->to = mem_zero(2 * g->edges + 1, sizeof(*g->to));
}

bool graph_read(int fd, const char *name, struct graph *ret, struct err *err)
{
	AUTO(graph_release) struct graph g = {.start = mem_zero(2, sizeof(uint32_t))};
	AUTO(freep) uint32_t *at = NULL;
	struct reading r = {.name = name, .g = &g, .room = 2};

	if (!pass(&r, fd, err))
		return false;
	if (!g.nodes)
		return err_set(err, ERR_INVALID, "%s: no edge in it", name);
	sum_up(&g);
	r.at = at = mem_alloc(g.nodes * sizeof(*at));
	memcpy(at, g.start, g.nodes * sizeof(*at));
	if (!pass(&r, fd, err))
		return false;
	*ret = g, g = (struct graph){0};
	return true;
}

void graph_random(uint32_t nodes, uint32_t edges, uint64_t seed, struct graph *ret)
{
	struct graph g = {.nodes = nodes,
			  .edges = edges,
			  .start = mem_zero((size_t)nodes + 2, sizeof(uint32_t))};
	AUTO(freep) uint32_t *at = mem_alloc(nodes * sizeof(*at));

	assert(nodes > 1);
	for (int time = 0; time < 2; time++) {
		struct rng rng = rng_of(seed, 0);

		for (uint32_t i = 0; i < edges; i++) {
			uint32_t a = rng_below(&rng, nodes), b = rng_below(&rng, nodes - 1);

			b += b >= a;
			if (time) {
				g.to[at[a]++] = b;
				g.to[at[b]++] = a;
			} else {
				g.start[(size_t)a + 2]++;
				g.start[(size_t)b + 2]++;
			}
		}
		if (!time) {
			sum_up(&g);
			memcpy(at, g.start, nodes * sizeof(*at));
		}
	}
	*ret = g;
}
