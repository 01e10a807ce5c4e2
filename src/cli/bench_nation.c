#include "cli/bench.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sys/wait.h>
#include <unistd.h>

#include "acts/acts.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/import.h"
#include "directory/directory.h"
#include "estate/estate.h"

/*
 * A nation of `lynchpin synth` from its files to answers: imported by the program's own commands,
 * then asked, then changed by one vulnerability and one inventory.
 */

const struct cli_option nation_bench_options[] = {
	{"--feeds", "FOLDER", "the feeds to import, all files of the folder"},
	{NULL, NULL, NULL},
};

enum {
	ASKED_MOST = 2000, /* vulnerabilities asked one by one */
	CHANGES = 21,	   /* times that one comes in anew */
	INVENTORY = 10000, /* devices at most of the organisation whose inventory comes in */
};

enum work { WORK_IMPORT, WORK_OPEN, WORK_EVERY, WORK_MEDIAN, WORKS };
struct nation_bench {
	struct cli *cli;
	const char *folder, *feeds;
	struct str org; /* whose inventory comes in anew */
	struct bench_rows rows;
	struct sizes {
		double devices, seconds[WORKS];
	} v[8]; /* by folder */
	unsigned at;
};

/* ---- the program's own commands ---------------------------------------------------------- */

struct words {
	struct arena *arena;
	char **v;
	size_t n, cap;
};

static void words_release(struct words *w)
{
	free(w->v);
}

static void word_put(struct words *w, struct str word)
{
	w->v = mem_grow(w->v, w->n, &w->cap, sizeof(*w->v));
	w->v[w->n++] = (char *)(uintptr_t)word.p;
}
#define word_add(w, ...) word_put(w, arena_fmt((w)->arena, __VA_ARGS__))

static int word_cmp(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool words_of_folder(struct words *w, const char *folder, struct err *err)
{
	DIR *d = opendir(folder);
	size_t first = w->n;

	if (!d)
		return err_errno(err, errno, "%s", folder);
	for (struct dirent *e = readdir(d); e; e = readdir(d))
		if (e->d_name[0] != '.')
			word_add(w, "%s/%s", folder, e->d_name);
	closedir(d);
	if (w->n > first)
		qsort(w->v + first, w->n - first, sizeof(*w->v), word_cmp);
	return true;
}

static bool run_self(struct words *w, struct err *err)
{
	int status = 0;
	pid_t pid;

	w->v = mem_grow(w->v, w->n, &w->cap, sizeof(*w->v));
	w->v[w->n] = NULL;
	pid = fork();
	if (pid < 0)
		return err_errno(err, errno, "fork");
	if (pid == 0) {
		int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

		if (fd >= 0)
			(void)dup2(fd, STDOUT_FILENO);
		execv("/proc/self/exe", w->v);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status))
		return err_set(err, ERR_IO, "%s %s did not end well", w->v[3], w->v[4]);
	return true;
}

static void command(struct words *w, struct acts *a, const char *noun, const char *verb)
{
	char now[STAMP_BYTES];

	word_add(w, "lynchpin");
	word_add(w, "--db=%s", store_path(acts_store(a)));
	word_add(w, "--now=%s", stamp_format(acts_now_ms(a), now).p);
	word_add(w, "%s", noun);
	word_add(w, "%s", verb);
}

static bool import_files(struct nation_bench *b, struct acts *a, double *ret_seconds,
			 struct err *err)
{
	AUTO(words_release) struct words feeds = {.arena = b->cli->arena};
	AUTO(words_release) struct words orgs = {.arena = b->cli->arena};
	AUTO(words_release) struct words estate = {.arena = b->cli->arena};
	char inventories[4096];
	int64_t began = clock_monotonic_ns();

	command(&feeds, a, "feed", "import");
	if (b->feeds && (!words_of_folder(&feeds, b->feeds, err) || !run_self(&feeds, err)))
		return false;
	bench_measured(&b->rows, "feeds imported", (double)feeds.n - 5, "files");
	command(&orgs, a, "org", "import");
	word_add(&orgs, "%s/organisations.csv", b->folder);
	word_add(&orgs, "%s/relationships.csv", b->folder);
	command(&estate, a, "estate", "import");
	word_add(&estate, "--org-from-name");
	(void)snprintf(inventories, sizeof(inventories), "%s/inventories", b->folder);
	if (!run_self(&orgs, err) || !words_of_folder(&estate, inventories, err))
		return false;
	b->rows.began_ns = clock_monotonic_ns();
	if (!run_self(&estate, err))
		return false;
	b->v[b->at].seconds[WORK_IMPORT] = (double)(clock_monotonic_ns() - b->rows.began_ns) / 1e9;
	*ret_seconds = (double)(clock_monotonic_ns() - began) / 1e9;
	return true;
}

/* ---- asking ------------------------------------------------------------------------------- */

static int double_cmp(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void row_of(struct nation_bench *b, const char *work, const char *unit, double seconds)
{
	b->rows.began_ns = clock_monotonic_ns() - (int64_t)(seconds * 1e9);
	bench_measured(&b->rows, work, 1, unit);
}

static bool ask_each(struct nation_bench *b, const struct exposure_world *w,
		     const struct exposure_totals *all, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	size_t step = MAX_OF((size_t)all->affecting / ASKED_MOST, (size_t)1), seen = 0, n = 0;
	AUTO(freep) double *v = mem_zero(2 * (size_t)ASKED_MOST + 2, sizeof(*v));
	struct str worst = {0};
	double most = 0;

	for (size_t i = 0; i < all->n && n < 2 * (size_t)ASKED_MOST; i++) {
		struct exposure_org_list list;
		int64_t began;

		if (!all->exposed[i] || seen++ % step)
			continue;
		arena_clear(arena);
		began = clock_monotonic_ns();
		if (!exposure_orgs(w, all->vulns[i]->cve, arena, &list, err))
			return false;
		v[n] = (double)(clock_monotonic_ns() - began) / 1e9;
		if (v[n] > most) {
			most = v[n];
			worst = all->vulns[i]->cve;
		}
		n++;
	}
	if (!n)
		return true;
	qsort(v, n, sizeof(*v), double_cmp);
	b->v[b->at].seconds[WORK_MEDIAN] = v[n / 2];
	row_of(b, "one vulnerability, median of those that expose a device", "vulnerability",
	       v[n / 2]);
	row_of(b, arena_fmt(b->cli->arena, "one vulnerability, worst (%.*s)", STR_FMT(worst)).p,
	       "vulnerability", v[n - 1]);
	return true;
}

static struct exposure_sources sources_of(struct acts *a, struct estate *e)
{
	return (struct exposure_sources){.store = acts_store(a),
					 .estate = e,
					 .journal = acts_journal(a),
					 .now_ms = acts_now_ms(a)};
}

/* ---- changing ----------------------------------------------------------------------------- */

static bool answer_anew(struct exposure_world **w, const struct exposure_sources *from,
			struct str cve, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct exposure_world *next = NULL;
	struct exposure_org_list list;

	if (!exposure_world_follow(*w, from, &next, err))
		return false;
	if (next) {
		exposure_world_close(*w);
		*w = next;
	}
	return exposure_orgs(*w, cve, arena, &list, err);
}

static void make_cve(struct text *out, unsigned turn)
{
	text_addf(out,
		  "{\"cve\":{\"id\":\"CVE-2026-99999\",\"published\":\"2026-10-01T00:00:00.000\","
		  "\"lastModified\":\"2026-10-%02uT00:00:00.000\",\"vulnStatus\":\"Analyzed\","
		  "\"descriptions\":[{\"lang\":\"en\",\"value\":\"bench\"}],\"metrics\":{},"
		  "\"configurations\":[{\"nodes\":[{\"operator\":\"OR\",\"negate\":false,"
		  "\"cpeMatch\":[{\"vulnerable\":true,\"criteria\":"
		  "\"cpe:2.3:a:google:chrome:*:*:*:*:*:*:*:*\",\"versionEndExcluding\":\"%u.0\","
		  "\"matchCriteriaId\":\"A\"}]}]}]}}",
		  turn % 27 + 2, 60 + turn);
}

static bool cve_import(struct acts *a, struct str json, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(text_freep) struct text body = {0};
	struct act_request request = {.act = "feed.import"};
	struct intel_batch *batch;

	if (!intel_read(arena, STR("bench.json"), json, &batch, err))
		return false;
	intel_import_body(batch, STR("bench.json"), acts_now_ms(a), &body);
	request.body = text_str(&body);
	request.memo = batch;
	return acts_begin(a, err) && import_act(a, &request, json, err) && acts_commit(a, err);
}

static bool change_cve(struct nation_bench *b, struct acts *a, struct exposure_world **w,
		       const struct exposure_sources *from, struct err *err)
{
	double v[CHANGES];

	for (unsigned i = 0; i < CHANGES; i++) {
		AUTO(text_freep) struct text json = {0};
		int64_t began;

		make_cve(&json, i);
		began = clock_monotonic_ns();
		if (!cve_import(a, text_str(&json), err) ||
		    !answer_anew(w, from, STR("CVE-2026-99999"), err))
			return false;
		v[i] = (double)(clock_monotonic_ns() - began) / 1e9;
	}
	qsort(v, CHANGES, sizeof(*v), double_cmp);
	row_of(b, "a changed vulnerability, from its JSON to the national answer, median",
	       "vulnerability", v[CHANGES / 2]);
	return true;
}

/* The organisation's own inventory, taken anew and with a device more. */
static bool make_inventory(struct nation_bench *b, int64_t now_ms, const char *path,
			   struct err *err)
{
	AUTO(import_unmap) struct str was = {0};
	AUTO(text_freep) struct text csv = {0};
	struct str rest, line;
	char from[4096], now[STAMP_BYTES];

	(void)snprintf(from, sizeof(from), "%s/inventories/%.*s.csv", b->folder, STR_FMT(b->org));
	if (!file_map(from, &was, err))
		return false;
	rest = was;
	while (rest.n && rest.p[0] == '#' && str_next_line(&rest, &line)) {
		if (str_starts(line, STR("# taken:")))
			text_addf(&csv, "# taken: %s\n", stamp_format(now_ms, now).p);
		else
			text_addf(&csv, "%.*s\n", STR_FMT(line));
	}
	text_add(&csv, rest);
	text_add(&csv, STR("PC-NEW,workstation,,,,,,,,,,,,\n"));
	return file_replace(path, text_str(&csv), 0600, err);
}

/* One file that comes in. */
struct arrival {
	struct acts *acts;
	const char *path;
	struct estate_file_in in;
	uint64_t devices;
};

static bool arrival_open(void *ctx, size_t i, struct err *err)
{
	struct arrival *v = ctx;

	(void)i;
	return file_map(v->path, &v->in.bytes, err);
}

static bool arrival_take(void *ctx, size_t i, const struct estate_reading *r, struct err *err)
{
	struct arrival *v = ctx;

	(void)i;
	v->devices = r->counts.devices;
	return import_reading(v->acts, r, err);
}

static void arrival_done(void *ctx, size_t i)
{
	(void)i;
	import_unmap(&((struct arrival *)ctx)->in.bytes);
}

static bool change_estate(struct nation_bench *b, struct acts *a, struct estate *e,
			  struct exposure_world **w, struct err *err)
{
	const struct exposure_sources from = sources_of(a, e);
	char path[4096];
	struct arrival v = {.acts = a,
			    .path = path,
			    .in = {.name = arena_fmt(b->cli->arena, "%.*s.csv", STR_FMT(b->org)),
				   .org = b->org,
				   .received_ms = acts_now_ms(a)}};
	const struct estate_taker by = {
		.open = arrival_open, .take = arrival_take, .done = arrival_done, .ctx = &v};
	bool ok;

	(void)snprintf(path, sizeof(path), "%s.inventory", store_path(acts_store(a)));
	if (!make_inventory(b, acts_now_ms(a), path, err))
		return false;
	b->rows.began_ns = clock_monotonic_ns();
	ok = acts_begin(a, err) && estate_take_all(e, &v.in, 1, &by, err) && acts_commit(a, err) &&
	     answer_anew(w, &from, STR("CVE-2017-0144"), err);
	if (ok)
		bench_measured(&b->rows,
			       "a new inventory, from bytes on disk to the national answer",
			       (double)v.devices, "devices");
	return ok;
}

static bool count_hit(void *ctx, const struct estate_hit *hit, struct err *err)
{
	(void)hit;
	(void)err;
	++*(uint64_t *)ctx;
	return true;
}

/* The first is answered segment by segment, the second numbers all names. */
static bool search_thrice(struct nation_bench *b, struct estate *e, struct err *err)
{
	static const char *const rows[] = {"search with three terms",
					   "search with three terms, the second",
					   "search with three terms, again"};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t hits = 0;

		b->rows.began_ns = clock_monotonic_ns();
		if (!estate_search(e, STR("class:server os:windows name:chrome"), count_hit, &hits,
				   err))
			return false;
		bench_measured(&b->rows, rows[i], (double)hits, "hits");
	}
	return true;
}

/* ---- one nation ---------------------------------------------------------------------------- */

static bool ask_all(struct nation_bench *b, struct exposure_world *w, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct exposure_org_list list;
	struct exposure_totals all;

	if (!exposure_orgs(w, STR("CVE-2017-0144"), arena, &list, err))
		return false;
	for (size_t i = 0, most = 0; i < list.n; i++)
		if (list.v[i].devices > most && list.v[i].devices <= INVENTORY) {
			most = list.v[i].devices;
			b->org = arena_str(b->cli->arena, list.v[i].org);
		}
	b->rows.began_ns = clock_monotonic_ns();
	exposure_sweep(w, arena, &all);
	b->v[b->at].seconds[WORK_EVERY] = (double)(clock_monotonic_ns() - b->rows.began_ns) / 1e9;
	bench_measured(&b->rows,
		       arena_fmt(b->cli->arena,
				 "every vulnerability, every organisation (%ju expose, %ju pairs)",
				 (uintmax_t)all.affecting, (uintmax_t)all.pairs)
			       .p,
		       (double)all.n, "vulnerabilities");
	return ask_each(b, w, &all, err);
}

static bool measure_open(struct nation_bench *b, struct acts *a, struct estate *e,
			 double cold_seconds, struct err *err)
{
	struct exposure_world *w = NULL;
	const struct exposure_sources from = sources_of(a, e);
	struct exposure_world_size size;
	double opened;
	bool ok;

	b->rows.began_ns = clock_monotonic_ns();
	if (!exposure_world_open(&from, &w, err))
		return false;
	opened = (double)(clock_monotonic_ns() - b->rows.began_ns) / 1e9;
	size = exposure_world_size(w);
	b->v[b->at].devices = (double)size.devices;
	b->v[b->at].seconds[WORK_OPEN] = opened;
	bench_measured(&b->rows,
		       arena_fmt(b->cli->arena,
				 "opened: %ju organisations, %ju components, %ju classes, %ju MB",
				 (uintmax_t)size.orgs, (uintmax_t)size.components,
				 (uintmax_t)size.classes, (uintmax_t)size.bytes >> 20)
			       .p,
		       (double)size.devices, "devices");
	row_of(b, "from cold: files to the first answer", "nation", cold_seconds + opened);
	ok = ask_all(b, w, err) && change_cve(b, a, &w, &from, err) &&
	     change_estate(b, a, e, &w, err) && search_thrice(b, e, err);
	exposure_world_close(w);
	return ok;
}

static bool nation_measure(void *ctx, struct acts *a, struct err *err)
{
	struct nation_bench *b = ctx;
	AUTO(estate_closep) struct estate *e = NULL;
	double cold_seconds, imported;

	b->rows.began_ns = clock_monotonic_ns();
	if (!import_files(b, a, &cold_seconds, err) || !estate_open(acts_journal(a), &e, err))
		return false;
	imported = b->v[b->at].seconds[WORK_IMPORT];
	if (!measure_open(b, a, e, cold_seconds, err))
		return false;
	b->rows.began_ns = clock_monotonic_ns() - (int64_t)(imported * 1e9);
	bench_measured(&b->rows, "the whole estate imported from files", b->v[b->at].devices,
		       "devices");
	return true;
}

/* Cost over devices, as the exponent between the smallest nation and the largest: 1 is linear. */
static void exponents(struct nation_bench *b)
{
	static const char *const names[] = {"exponent: estate imported", "exponent: opened",
					    "exponent: every vulnerability",
					    "exponent: one vulnerability"};
	const struct sizes *x = &b->v[0], *y = &b->v[b->at - 1];

	for (int i = 0; b->at > 1 && i < WORKS; i++) {
		double e = log(y->seconds[i] / x->seconds[i]) / log(y->devices / x->devices);

		b->rows.began_ns = clock_monotonic_ns();
		bench_measured(&b->rows, arena_fmt(b->cli->arena, "%s %.2f", names[i], e).p, e,
			       "exponent");
	}
}

bool nation_bench_run(struct cli *c, struct err *err)
{
	struct nation_bench b = {.cli = c, .rows.bench = "nation"};

	b.feeds = cli_opt(c, "--feeds");
	for (; b.at < c->nargs && b.at < ARRAY_LEN(b.v); b.at++) {
		b.folder = c->args[b.at];
		if (!bench_service(c, nation_measure, &b, err))
			return false;
	}
	exponents(&b);
	return bench_print(c, b.rows.v, b.rows.n, err);
}
