#include <assert.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rehearsal/rehearsal.h"

static void walk(const struct graph *g)
{
	assert(g->start[0] == 0 && g->start[g->nodes] == 2 * g->edges);
	for (uint32_t u = 0; u < g->nodes; u++)
		for (uint32_t i = g->start[u]; i < g->start[u + 1]; i++)
			assert(g->to[i] < g->nodes && g->to[i] != u);
}

/* A list of edges from anywhere; what is read of it has neighbours within its nodes, both ways. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("graph", MFD_CLOEXEC);
	struct graph g = {0};
	struct err err;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	if (graph_read(fd, "graph", &g, &err))
		walk(&g);
	graph_release(&g);
	close(fd);
	return 0;
}
