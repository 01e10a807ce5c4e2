#include "estate_world.h"

#include <dirent.h>
#include <stdlib.h>

#include "base/rng.h"
#include "estate/import.h"
#include "estate/rows.h"

/*
 * What need not be read again, held to reading everything: random inventories one after the other,
 * and after each the segment, and what sources disagree on, to the byte; today's, and of the past.
 */

enum { WORLDS = 60, STEPS = 14, DEVICES = 5, SOURCES = 2, DAYS_MOST = 130 };

/* An inventory that came in, and its rows. */
struct told {
	struct estate_snapshot s;
	struct snapshot_more more;
	const struct rows *rows;
};

struct scene {
	struct arena *arena;
	uint64_t seed;
	struct rng rng;
	struct rows rows[STEPS];
	struct told v[STEPS]; /* oldest first */
	size_t n;
	struct text record; /* what is kept of what is spent */
	/* Nearly all is said; nothing comes late; within hours; few list all. */
	bool full, tame, near, parted;
	uint64_t needed, read, unopened;
};

static uint32_t below(struct scene *c, uint32_t n)
{
	return rng_below(&c->rng, n);
}

/* One in n. */
static bool once_in(struct scene *c, uint32_t n)
{
	return below(c, n) == 0;
}

static void must(bool ok, const struct err *err)
{
	if (!ok)
		fail_msg("%s", err->text);
}

/* ---- inventories ------------------------------------------------------------------------- */

static void say_facets(struct scene *c, struct rows *r, uint32_t d)
{
	static const char *const systems[] = {"Windows 7", "Windows 10", "Other"};
	static const char *const names[] = {"Firefox", "Chrome", "Zip"};
	struct row_device *row = &r->devices.v[d];
	struct err err;

	if (!once_in(c, c->full ? 30 : 4)) {
		rows_seen(r, d, FACET_OS);
		must(rows_text(r, d, ROW_OS_NAME, str_of(systems[below(c, 3)]), &err), &err);
		if (once_in(c, 2))
			row->build = 7601 + below(c, 2);
	}
	if (!once_in(c, c->full ? 30 : 4)) {
		rows_seen(r, d, FACET_SOFTWARE);
		for (uint32_t i = below(c, 3); i-- > 0;)
			must(rows_software(r, d,
					   &(struct row_raw){.name = str_of(names[below(c, 3)]),
							     .version = STR("1")},
					   false, &err),
			     &err);
		if (once_in(c, c->full ? 20 : 6))
			rows_incomplete(r, d, FACET_SOFTWARE);
	}
	if (c->full ? d && !once_in(c, 10) : !once_in(c, 3)) {
		rows_seen(r, d, FACET_UPDATES);
		for (uint32_t i = below(c, 4); i-- > 0;)
			rows_kb(r, d, 1000000 + below(c, 4));
		if (once_in(c, c->full ? 20 : 8))
			rows_incomplete(r, d, FACET_UPDATES);
	}
}

static void say_more(struct scene *c, struct rows *r, uint32_t d)
{
	static const char *const words[] = {"a", "b"};
	struct row_device *row = &r->devices.v[d];
	struct err err;

	if (once_in(c, 3))
		row->class = (uint8_t)(CLASS_WORKSTATION + below(c, 3));
	if (once_in(c, 4))
		row->smb1_off = (uint8_t)(SAID_NO + below(c, 2));
	if (once_in(c, 5))
		must(rows_text(r, d, ROW_SERVICE, str_of(words[below(c, 2)]), &err), &err);
	if (once_in(c, 6))
		must(rows_keep_text(r, d, KEPT_VENDOR, str_of(words[below(c, 2)]), &err), &err);
	if (once_in(c, 5))
		must(rows_file(r, d, str_of(words[below(c, 2)]), str_of(words[below(c, 2)]), &err),
		     &err);
	if (once_in(c, 3))
		rows_offered(r, d, 1000000 + below(c, 4));
}

static int64_t taken_at(struct scene *c)
{
	int64_t last = c->n ? c->v[c->n - 1].s.taken_ms : MS_PER_DAY * 17000;

	if (!c->tame && once_in(c, 6))
		return last - below(c, 60) * MS_PER_DAY;
	if (c->near)
		return last + below(c, 20) * MS_PER_HOUR;
	return last + below(c, once_in(c, 4) ? DAYS_MOST : 8) * MS_PER_DAY + below(c, 2);
}

static void rows_make(struct scene *c, struct rows *r, bool whole, int64_t taken_ms)
{
	static const char *const ids[DEVICES] = {"D0", "D1", "D2", "D3", "D4"};
	uint32_t alone = whole || once_in(c, 2) ? DEVICES : below(c, DEVICES), d = 0;
	struct err err;

	rows_init(r, c->arena, false);
	for (uint32_t i = 0; i < DEVICES; i++) {
		if (alone < DEVICES ? i != alone : once_in(c, 4))
			continue;
		must(rows_device(r, str_of(ids[i]), &d, &err), &err);
		if (once_in(c, 8))
			continue;
		say_facets(c, r, d);
		if (once_in(c, c->full ? 10 : 1))
			say_more(c, r, d);
		if (once_in(c, 10))
			r->devices.v[d].seen_ms = taken_ms - below(c, 20) * MS_PER_DAY;
	}
	rows_finish(r);
}

/* Into its place among those that there are. */
static void come_in(struct scene *c, const struct told *t)
{
	size_t at = c->n++;

	for (; at && c->v[at - 1].s.taken_ms > t->s.taken_ms; at--)
		c->v[at] = c->v[at - 1];
	c->v[at] = *t;
}

static void tell(struct scene *c)
{
	static const char *const sources[SOURCES] = {"a", "b"};
	struct rows *r = &c->rows[c->n];
	struct told t = {.rows = r};

	t.s = (struct estate_snapshot){
		.site = STR("s"),
		.org = STR("R1H"),
		.source = str_of(sources[below(c, SOURCES)]),
		.kind = once_in(c, 3) ? (enum estate_kind)below(c, ESTATE_KINDS) : ESTATE_AGENT,
		.format = STR("csv"),
		.record = c->n + 1,
		.taken_ms = taken_at(c),
		.whole = (c->parted ? once_in(c, 4) : !once_in(c, c->full ? 10 : 4)),
		.sees = once_in(c, c->full ? 20 : 5) ? 1 + below(c, 7) : 7};
	rows_make(c, r, t.s.whole, t.s.taken_ms);
	rows_count(r, &t.s.counts);
	if (r->devices.n == 1)
		t.more.only = r->devices.v[0].text[ROW_ID];
	come_in(c, &t);
}

/* ---- both ways ---------------------------------------------------------------------------- */

struct made {
	struct build_source v[STEPS];
	uint32_t place[STEPS];
	struct build_in in;
	struct text out;
	struct estate_conflict_list conflicts;
};

/* All that are current, but those that are spent. */
static void make(struct scene *c, const struct need *need, const struct told *const *told,
		 const struct spent *spent, struct made *ret)
{
	struct err err;
	size_t n = 0;

	for (uint32_t i = 0; i < need->n; i++) {
		if (!need->v[i].current || (spent && spent->v[i].n))
			continue;
		ret->place[n] = i;
		ret->v[n++] = source_of(&need->v[i], told[i]->rows);
	}
	ret->in = (struct build_in){.org = need->org, .inputs = need->inputs, .v = ret->v, .n = n};
	must(segment_build(&ret->in, &ret->out, &err), &err);
	segment_conflicts(&ret->in, c->arena, &ret->conflicts);
}

static bool conflicts_are_same(const struct estate_conflict_list *a,
			       const struct estate_conflict_list *b)
{
	bool same = a->n == b->n;

	for (size_t i = 0; same && i < a->n; i++) {
		const struct estate_conflict *x = &a->v[i], *y = &b->v[i];

		same = str_eq(x->device, y->device) && str_eq(x->value, y->value) &&
		       str_eq(x->source, y->source) && str_eq(x->fact, y->fact) &&
		       str_eq(x->why, y->why) && x->seen_ms == y->seen_ms && x->kind == y->kind &&
		       x->believed == y->believed;
	}
	return same;
}

/* As an import does: of some there are rows, of the rest what was kept, or else it is read. */
static void hear_again(struct scene *c, const struct need *need, const struct told *const *told,
		       struct spent *spent)
{
	struct build_source v[STEPS];
	size_t were = spent->n;

	for (uint32_t i = 0; i < need->n; i++) {
		bool at_hand = told[i]->s.record == c->n || once_in(c, 5);

		if (!need_reads(need, spent, i) || !at_hand)
			continue;
		v[i] = source_of(&need->v[i], told[i]->rows);
		spent_hear(spent, i, &v[i]);
	}
	spent_find(need, spent);
	for (uint32_t i = 0; i < need->n; i++)
		if (!once_in(c, 4))
			spent->said[i].rows = NULL;
		else
			spent->said[i] = (struct saying){0};
	c->unopened += spent->n - were;
}

/* Of those that some() keeps; the record is written anew when all are. */
static void compare(struct scene *c, bool (*some)(struct scene *c, size_t i))
{
	struct estate_snapshot v[STEPS];
	struct snapshot_more more[STEPS];
	const struct told *told[STEPS];
	struct need need = {.org = STR("R1H"), .v = v, .more = more};
	struct made all = {0}, few = {0};
	struct spent spent = {0};

	for (size_t i = 0; i < c->n; i++) {
		if (some && !some(c, i))
			continue;
		told[need.n] = &c->v[i];
		v[need.n] = c->v[i].s;
		v[need.n].current = true;
		more[need.n++] = c->v[i].more;
	}
	snapshots_mark(&(struct snapshot_list){v, more, need.n});
	need_hash(&need);
	spent_read(&need, text_str(&c->record), &spent);
	if (!once_in(c, 4))
		hear_again(c, &need, told, &spent);
	make(c, &need, told, NULL, &all);
	make(c, &need, told, &spent, &few);
	if (!str_eq(text_str(&all.out), text_str(&few.out)))
		fail_msg("another segment, seed %ju", (uintmax_t)c->seed);
	if (!conflicts_are_same(&all.conflicts, &few.conflicts))
		fail_msg("other conflicts, seed %ju", (uintmax_t)c->seed);
	c->needed += all.in.n;
	c->read += few.in.n;
	if (!some) {
		for (uint32_t i = 0; i < few.in.n; i++)
			if (!once_in(c, 30))
				spent_hear(&spent, few.place[i], &few.v[i]);
		spent_find(&need, &spent);
		text_clear(&c->record);
		spent_write(&need, &spent, &c->record);
	}
	spent_release(&spent);
	text_free(&all.out);
	text_free(&few.out);
}

static bool any(struct scene *c, size_t i)
{
	(void)i;
	return !once_in(c, 3);
}

static bool early(struct scene *c, size_t i)
{
	return i < c->n / 2;
}

static void scene_close(struct scene *c)
{
	for (size_t i = 0; i < c->n; i++)
		rows_release(&c->rows[i]);
	text_free(&c->record);
	arena_close(c->arena);
}

static void play(struct scene *c, uint64_t seed)
{
	c->arena = arena_open();
	c->seed = seed;
	c->rng = rng_of(seed, 0);
	c->tame = seed % 3 == 0;
	c->full = seed % 2 == 0;
	c->near = seed / 2 % 2 == 0;
	c->parted = seed % 5 == 0;
	while (c->n < STEPS) {
		tell(c);
		if (once_in(c, 20))
			text_clear(&c->record);
		compare(c, any);
		compare(c, early);
		compare(c, NULL);
		compare(c, any);
	}
}

static void what_is_spent_changes_nothing(void **state)
{
	const char *set = getenv("LYNCHPIN_WORLDS");
	uint64_t worlds = WORLDS, needed = 0, read = 0, unopened = 0;

	(void)state;
	if (set)
		assert_true(str_to_u64(str_of(set), &worlds));
	for (uint64_t seed = 1; seed <= worlds; seed++) {
		struct scene c = {0};

		play(&c, seed);
		needed += c.needed;
		read += c.read;
		unopened += c.unopened;
		scene_close(&c);
	}
	print_message("%ju of %ju were read, %ju told from what was kept of them\n",
		      (uintmax_t)read, (uintmax_t)needed, (uintmax_t)unopened);
	assert_true(read * 10 < needed * 9 && unopened * 10 > worlds);
}

/* ---- in a store --------------------------------------------------------------------------- */

/* Two devices, of which one has no word on updates, once a week. */
static void week_text(unsigned n, struct text *csv)
{
	char at[STAMP_BYTES];

	text_clear(csv);
	text_addf(csv,
		  "# source: a\n# taken: %s\n# scope: organisation\n"
		  "device,os,name,version,updates\nPC1,Windows 7,Thing,%u,KB1000001\n"
		  "PC2,Windows 7,Thing,%u,%s\n",
		  stamp_format((17000 + 7 * (int64_t)n) * MS_PER_DAY, at).p, n, n,
		  n == 1 ? "KB1000002" : "");
}

static void week(struct world *w, unsigned n, struct text *csv)
{
	char name[16];
	struct err err;

	snprintf(name, sizeof(name), "%u.csv", n);
	week_text(n, csv);
	must(world_import(w, "R1H", name, text_c(csv), &err), &err);
}

/* Build anew; returns how many are read. */
static size_t build(struct estate *e, struct text *ret, enum err_code *ret_code)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(building_release) struct building b = {0};
	const struct segment *s = NULL;
	struct needs needs = {0};
	struct err err;
	size_t n;

	must(needs_of(e, STR("R1H"), arena, &needs, &err), &err);
	assert_int_equal(needs.n, 1);
	building_open(e, &needs.v[0], &b);
	building_run(&b, 0, 0);
	*ret_code = b.ok ? ERR_NONE : b.err.code;
	if (!b.ok)
		return 0;
	text_clear(ret);
	text_add(ret, text_str(&b.out));
	n = b.n;
	must(building_keep(e, &b, &s, &err), &err);
	segment_unref(s);
	return n;
}

/* An estate that keeps no files, and so reads everything. */
static struct estate *bare(struct world *w)
{
	struct estate *e = NULL;
	struct err err;

	must(estate_open(w->journal, &e, &err), &err);
	text_clear(&e->folder);
	return e;
}

static void few_are_read_again(void **state)
{
	struct world *w = *state;
	AUTO(text_freep) struct text csv = {0}, out = {0}, all = {0};
	AUTO(estate_closep) struct estate *plain = bare(w);
	enum err_code code;

	/* The first has the only word on the updates of PC2. */
	for (unsigned n = 1; n <= 12; n++) {
		week(w, n, &csv);
		assert_true(build(w->estate, &out, &code) <= 3);
		assert_int_equal(build(plain, &all, &code), n);
		assert_true(str_eq(text_str(&out), text_str(&all)));
	}
	/* What comes late may be retired by what was spent. */
	world_has(w, "R1H", "late.csv",
		  "# source: a\n# taken: 2016-07-28\ndevice,os,updates\nPC3,Windows 7,none\n");
	assert_int_equal(build(w->estate, &out, &code), 13);
	assert_int_equal(build(plain, &all, &code), 13);
	assert_true(str_eq(text_str(&out), text_str(&all)));
	assert_int_equal(build(w->estate, &out, &code), 2);
	assert_true(str_eq(text_str(&out), text_str(&all)));
}

static void file_path(struct world *w, const char *ending, char ret[512])
{
	char folder[128];
	DIR *d;

	snprintf(folder, sizeof(folder), "%s.d/segments", w->path);
	d = opendir(folder);
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));)
		if (strstr(e->d_name, ending))
			snprintf(ret, 512, "%s/%s", folder, e->d_name);
	closedir(d);
}

/* As an import does it: is the segment then there?  ret_older: so many others were read for it. */
static bool is_made(struct world *w, const struct estate_file_in *in, size_t *ret_older)
{
	AUTO(segments_release) struct segments made = {0};
	AUTO(tasks_release) struct tasks tasks = {0};
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(segment_unrefp) const struct segment *s = NULL;
	struct estate_reading r = {0};
	struct needs needs = {0};
	struct err err;

	must(estate_read_all(in, 1, &r, &err), &err);
	must(segments_plan(w->estate, &(struct readings){in, &r, 1}, &made, &err), &err);
	segments_tasks(&made, &tasks);
	tasks_run(&tasks);
	estate_reading_free(&r);
	*ret_older = made.nolder;
	must(needs_of(w->estate, STR("R1H"), arena, &needs, &err), &err);
	return building_map(w->estate, &needs.v[0], &s);
}

static bool week_is_made(struct world *w, unsigned n, size_t *ret_older)
{
	AUTO(text_freep) struct text csv = {0};
	char name[16];

	week(w, n, &csv);
	snprintf(name, sizeof(name), "%u.csv", n);
	return is_made(w,
		       &(struct estate_file_in){.name = str_of(name),
						.bytes = text_str(&csv),
						.org = STR("R1H"),
						.received_ms = w->now_ms},
		       ret_older);
}

static void the_segment_is_that_of_all(struct world *w)
{
	AUTO(text_freep) struct text out = {0}, all = {0};
	AUTO(estate_closep) struct estate *plain = bare(w);
	enum err_code code;
	char path[512] = "";
	struct err err;

	(void)build(plain, &all, &code);
	assert_int_equal(code, ERR_NONE);
	file_path(w, ".seg", path);
	must(file_read(path, 1 << 20, &out, &err), &err);
	assert_true(str_eq(text_str(&out), text_str(&all)));
}

/* However many counted before: what comes in is a segment when it is in, and nothing is opened but
 * the first, which has the only word on some updates. */
static void an_import_makes_its_segment(void **state)
{
	struct world *w = *state;
	size_t older;

	for (unsigned n = 1; n <= 10; n++) {
		assert_true(week_is_made(w, n, &older));
		assert_int_equal(older, n > 1);
		the_segment_is_that_of_all(w);
	}
}

static void a_lost_record_means_reading(void **state)
{
	struct world *w = *state;
	AUTO(text_freep) struct text bytes = {0};
	char path[512] = "";
	struct err err;
	size_t older;

	for (unsigned n = 1; n <= 7; n++) {
		assert_true(week_is_made(w, n, &older));
		assert_int_equal(older, n == 4 ? 3 : n == 5 ? 4 : n > 1);
		the_segment_is_that_of_all(w);
		file_path(w, ".spent", path);
		if (n == 3)
			assert_int_equal(unlink(path), 0);
		if (n != 4)
			continue;
		must(file_read(path, 1 << 20, &bytes, &err), &err);
		bytes.p[bytes.n - 1] ^= 1;
		must(file_replace(path, text_str(&bytes), 0600, &err), &err);
	}
}

/* What comes late may be retired by what was spent. */
static void what_comes_late_means_reading(void **state)
{
	struct world *w = *state;
	struct estate_file_in late = {.name = STR("late.csv"),
				      .bytes = STR("# source: a\n# taken: 2016-07-28\n"
						   "device,os,updates\nPC3,Windows 7,none\n"),
				      .org = STR("R1H"),
				      .received_ms = w->now_ms};
	struct err err;
	size_t older;

	for (unsigned n = 1; n <= 4; n++)
		assert_true(week_is_made(w, n, &older));
	must(world_take_in(w, &late, &err), &err);
	assert_true(is_made(w, &late, &older));
	assert_int_equal(older, 4);
	the_segment_is_that_of_all(w);
	assert_true(week_is_made(w, 5, &older));
	assert_int_equal(older, 1);
	the_segment_is_that_of_all(w);
}

static void a_damaged_record_is_not_believed(void **state)
{
	struct world *w = *state;
	AUTO(text_freep) struct text csv = {0}, out = {0}, bytes = {0};
	enum err_code code;
	char path[512] = "";
	struct err err;

	for (unsigned n = 1; n <= 4; n++)
		week(w, n, &csv);
	assert_int_equal(build(w->estate, &out, &code), 4);
	assert_int_equal(build(w->estate, &out, &code), 2);
	file_path(w, ".spent", path);
	must(file_read(path, 1 << 20, &bytes, &err), &err);
	for (size_t i = 0; i < bytes.n; i += 7) {
		bytes.p[i] ^= 1;
		must(file_replace(path, text_str(&bytes), 0600, &err), &err);
		assert_int_equal(build(w->estate, &out, &code), 4);
		bytes.p[i] ^= 1;
	}
	must(file_replace(path, str_sub(text_str(&bytes), 0, bytes.n - 1), 0600, &err), &err);
	assert_int_equal(build(w->estate, &out, &code), 4);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(build(w->estate, &out, &code), 4);
	assert_int_equal(build(w->estate, &out, &code), 2);
}

/* Whether an answer can be given does not hang on a cache. */
static void what_was_pruned_is_missed(void **state)
{
	struct world *w = *state;
	AUTO(text_freep) struct text csv = {0}, out = {0}, body = {0};
	char hex[HASH_HEX_BYTES];
	enum err_code code;
	struct hash digest;
	struct err err;

	for (unsigned n = 1; n <= 4; n++) {
		week(w, n, &csv);
		if (n == 3)
			digest = hash_of(text_str(&csv));
		(void)build(w->estate, &out, &code);
	}
	text_addf(&body, "{\"bulk_pruned\":[\"%s\"],\"reason\":\"old\"}", hash_hex(&digest, hex).p);
	must(world_act(w, "journal.prune", text_str(&body), NULL, &err), &err);
	(void)build(w->estate, &out, &code);
	assert_int_equal(code, ERR_NOT_FOUND);
}

static void one_of(struct world *w, const char *source, enum estate_kind kind, const char *day,
		   const char *updates)
{
	char csv[256];

	snprintf(csv, sizeof(csv),
		 "# source: %s\n# kind: %s\n# taken: %s\ndevice,updates\nPC1,%s\n", source,
		 estate_kind_name(kind), day, updates);
	world_has(w, "R1H", source, csv);
}

/* Nor whether a segment can be made. */
static void what_was_pruned_is_not_told_from_what_was_kept(void **state)
{
	struct world *w = *state;
	AUTO(text_freep) struct text csv = {0}, out = {0}, body = {0};
	char hex[HASH_HEX_BYTES];
	enum err_code code;
	struct hash digest;
	struct err err;
	size_t older;

	for (unsigned n = 1; n <= 3; n++)
		assert_true(week_is_made(w, n, &older));
	week_text(3, &csv);
	digest = hash_of(text_str(&csv));
	text_addf(&body, "{\"bulk_pruned\":[\"%s\"],\"reason\":\"old\"}", hash_hex(&digest, hex).p);
	must(world_act(w, "journal.prune", text_str(&body), NULL, &err), &err);
	assert_false(week_is_made(w, 4, &older));
	(void)build(w->estate, &out, &code);
	assert_int_equal(code, ERR_NOT_FOUND);
}

/* What was offered may count again when the word on updates falls back to an older one. */
static void what_is_offered_stays_for_long(void **state)
{
	struct world *w = *state;
	AUTO(text_freep) struct text out = {0}, all = {0};
	AUTO(estate_closep) struct estate *plain = bare(w);
	struct estate_file_in offered = {
		.name = STR("PC1_updates.txt"),
		.bytes = STR("KB1000001: Security Update (KB1000001)\n"),
		.org = STR("R1H"),
		.received_ms = w->now_ms,
		.stated = {.source = STR("a"), .device = STR("PC1"), .format = ESTATE_OFFERED}};
	enum err_code code;
	struct err err;

	assert_true(stamp_parse(STR("2017-01-01"), &offered.stated.taken_ms));
	must(world_take_in(w, &offered, &err), &err);
	one_of(w, "a", ESTATE_AGENT, "2017-01-11", "KB1000001");
	(void)build(w->estate, &out, &code);
	one_of(w, "b", ESTATE_SCAN, "2017-01-01", "KB1000001;KB1000002");
	one_of(w, "c", ESTATE_REGISTER, "2017-01-19", "none");
	assert_int_equal(build(w->estate, &out, &code), 4);
	assert_int_equal(build(plain, &all, &code), 4);
	assert_true(str_eq(text_str(&out), text_str(&all)));
	one_of(w, "a", ESTATE_AGENT, "2017-04-12", "KB1000003");
	assert_int_equal(build(w->estate, &out, &code), 4);
	assert_int_equal(build(w->estate, &out, &code), 3);
	assert_int_equal(build(plain, &all, &code), 4);
	assert_true(str_eq(text_str(&out), text_str(&all)));
}

static bool same_segment(const struct segment *a, const struct segment *b)
{
	return a->ndevices == b->ndevices && a->nraws == b->nraws && a->nkbs == b->nkbs &&
	       a->as_of_ms == b->as_of_ms && hash_eq(&a->inputs, &b->inputs) &&
	       memcmp(a->devices, b->devices, a->ndevices * sizeof(*a->devices)) == 0 &&
	       memcmp(a->strings, b->strings, a->nstrings) == 0;
}

/* The estate after each delivery. */
static void the_past(struct estate *e, struct arena *arena, struct estate_at *v, size_t n)
{
	struct estate_history_list list = {0};
	struct err err;

	must(estate_histories(e, STR("R1H"), arena, &list, &err), &err);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.v[0].n, n);
	for (size_t i = 0; i < n; i++)
		v[i] = (struct estate_at){.history = &list.v[0], .deliveries = i + 1};
	must(estate_segments_at(e, v, n, &err), &err);
}

static void the_past_stays(void **state)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct world *w = *state;
	AUTO(text_freep) struct text csv = {0}, out = {0};
	AUTO(estate_closep) struct estate *plain = bare(w);
	struct estate_at before[8], after[8];
	enum err_code code;

	for (unsigned n = 1; n <= 8; n++) {
		w->now_ms += MS_PER_HOUR;
		week(w, n, &csv);
		(void)build(w->estate, &out, &code);
	}
	the_past(plain, arena, before, 8);
	the_past(w->estate, arena, after, 8);
	for (size_t i = 0; i < 8; i++) {
		assert_true(same_segment(before[i].segment, after[i].segment));
		assert_int_equal(after[i].segment->devices[1].facet[FACET_UPDATES].seen_ms,
				 17007 * MS_PER_DAY);
	}
	estate_segments_drop(before, 8);
	estate_segments_drop(after, 8);
}

#define IN_WORLD(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)

const struct CMUnitTest spent_tests[] = {
	cmocka_unit_test(what_is_spent_changes_nothing),
	IN_WORLD(few_are_read_again),
	IN_WORLD(an_import_makes_its_segment),
	IN_WORLD(a_lost_record_means_reading),
	IN_WORLD(what_comes_late_means_reading),
	IN_WORLD(a_damaged_record_is_not_believed),
	IN_WORLD(what_was_pruned_is_missed),
	IN_WORLD(what_was_pruned_is_not_told_from_what_was_kept),
	IN_WORLD(what_is_offered_stays_for_long),
	IN_WORLD(the_past_stays),
};
const size_t n_spent_tests = ARRAY_LEN(spent_tests);
