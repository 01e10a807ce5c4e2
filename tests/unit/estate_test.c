#include "estate_world.h"

#include <fcntl.h>
#include <dirent.h>

#include "base/parallel.h"
#include "estate/import.h"

#define HEAD "# taken: 2017-05-09T06:00Z\n"

static uint32_t device(const struct segment *s, const char *id)
{
	size_t at = segment_find(s, str_of(id));

	if (at == SIZE_MAX)
		fail_msg("no device %s", id);
	return (uint32_t)at;
}

static const char csv[] =
	"# source: agents\n# taken: 2017-05-09T06:00Z\n# kind: agent\n# scope: organisation\n"
	"device,class,type,os,os_version,segment,service,internet_facing,smb1,publisher,name,"
	"version,cpe,updates,files\n"
	"PC2,workstation,,Windows 7 Professional,6.1.7601 Service Pack 1,clinical,outpatients,no,"
	"on,Mozilla,Firefox,52.0,,KB4012212;KB3177467,srv.sys=6.1.7601.23689\n"
	"PC2,,,,,,,,,Oracle,Java 8 Update 121,8.0.1210.13,,,\n"
	"PC1,server,,Windows Server 2008 R2 Standard,6.1.7601 Service Pack 1,dmz,,yes,off,Mozilla,"
	"Firefox,52.0,,none,\n"
	"MRI1,medical,MR scanner,,,imaging,imaging,,,,,,,,\n";

static void a_csv_becomes_a_segment(void **state)
{
	struct world *w = *state;
	const struct segment *s;
	const struct estate_device *d;

	world_has(w, "R1H", "pcs.csv", csv);
	s = world_segment(w, "R1H");
	assert_int_equal(s->ndevices, 3);
	assert_int_equal(s->nraws, 2);
	assert_int_equal(s->npairs, 3);
	assert_int_equal(s->nkbs, 2);
	assert_int_equal(s->nfiles, 1);
	assert_int_equal(device(s, "MRI1"), 0);
	assert_int_equal(device(s, "PC1"), 1);
	d = &s->devices[device(s, "PC2")];
	assert_int_equal(d->class, CLASS_WORKSTATION);
	assert_int_equal(d->os_build, 7601);
	assert_int_equal(d->os_sp, 1);
	assert_int_equal(d->os_server, SERVER_CLIENT);
	assert_int_equal(d->internet_facing, SAID_NO);
	assert_int_equal(d->smb1_off, SAID_NO);
	assert_string_equal(segment_line(s, device(s, "PC2"))->name, "7sp1");
	assert_string_equal(segment_line(s, device(s, "PC1"))->name, "2008r2sp1");
	assert_null(segment_line(s, device(s, "MRI1")));
	assert_true(segment_has_kb(s, device(s, "PC2"), 4012212));
	assert_false(segment_has_kb(s, device(s, "PC2"), 4012215));
	/* "none" is seen and empty; a device without any word on updates was never seen. */
	assert_true(s->devices[device(s, "PC1")].facet[FACET_UPDATES].seen_ms != 0);
	assert_true(s->devices[device(s, "MRI1")].facet[FACET_UPDATES].seen_ms == 0);
	assert_true(s->devices[device(s, "MRI1")].facet[FACET_OS].seen_ms == 0);
	assert_int_equal(s->devices[device(s, "MRI1")].class, CLASS_MEDICAL);
	segment_unref(s);
}

static void newest_word_per_facet_wins(void **state)
{
	struct world *w = *state;
	const struct segment *s;

	world_has(w, "R1H", "a.csv",
		  "# taken: 2017-05-01\n# source: a\n# sees: os,software,updates\n"
		  "device,os,os_version,name,version,updates\n"
		  "X,Windows 7,6.1.7601,Old,1,KB1111111\n");
	world_has(w, "R1H", "b.csv",
		  "# taken: 2017-05-05\n# source: b\n# kind: scan\ndevice,name,version\nX,New,2\n");
	s = world_segment(w, "R1H");
	assert_int_equal(s->nraws, 1);
	assert_true(str_is(seg_str(s, s->raws[0].name), "New"));
	assert_int_equal(s->devices[0].facet[FACET_SOFTWARE].kind, ESTATE_SCAN);
	assert_int_equal(s->devices[0].facet[FACET_UPDATES].kind, ESTATE_AGENT);
	assert_true(segment_has_kb(s, 0, 1111111));
	segment_unref(s);
}

static void a_whole_snapshot_retires_its_own_source_only(void **state)
{
	struct world *w = *state;
	const struct segment *s;

	world_has(
		w, "R1H", "1.csv",
		"# taken: 2017-05-01\n# source: a\n# scope: organisation\ndevice,os\nX,Windows 7\n"
		"Y,Windows 7\n");
	world_has(w, "R1H", "2.csv", "# taken: 2017-05-01\n# source: b\ndevice,os\nY,Windows 7\n");
	world_has(w, "R1H", "3.csv",
		  "# taken: 2017-05-02\n# source: a\n# scope: organisation\ndevice,os\nZ,Windows "
		  "7\n");
	s = world_segment(w, "R1H");
	assert_int_equal(s->ndevices, 2);
	assert_true(segment_find(s, STR("X")) == SIZE_MAX);
	assert_true(segment_find(s, STR("Y")) != SIZE_MAX);
	segment_unref(s);
}

/* A list that says it is cut short does not displace a whole one of the same day. */
static void a_short_list_gives_way_to_a_whole_one(void **state)
{
	struct world *w = *state;
	const struct segment *s;

	world_has(w, "R1H", "1.csv",
		  "# taken: 2017-05-01T08:00Z\n# source: "
		  "qfe\ndevice,updates\nX,KB1111111;KB2222222\n");
	world_has(w, "R1H", "2.csv",
		  "# taken: 2017-05-01T09:00Z\n# source: "
		  "si\ndevice,updates\nX,KB1111111;incomplete\n");
	s = world_segment(w, "R1H");
	assert_true(segment_has_kb(s, 0, 2222222));
	assert_false(s->devices[0].facet[FACET_UPDATES].incomplete);
	segment_unref(s);
	world_has(w, "R1H", "3.csv",
		  "# taken: 2017-05-04T09:00Z\n# source: "
		  "si\ndevice,updates\nX,KB1111111;incomplete\n");
	s = world_segment(w, "R1H");
	assert_false(segment_has_kb(s, 0, 2222222));
	assert_true(s->devices[0].facet[FACET_UPDATES].incomplete);
	segment_unref(s);
}

static void offered_updates_are_not_installed(void **state)
{
	struct world *w = *state;
	const struct segment *s;

	world_has(w, "R1H", "PC7_qfe.txt",
		  "Description  CSName  HotFixID  InstalledOn\n"
		  "Update       PC7     KB4012212 5/9/2017\nUpdate       PC7     KB3109560 "
		  "5/9/2017\n");
	world_has(w, "R1H", "PC7_updates.txt", "KB3109560: Security Update (KB3109560)\n");
	s = world_segment(w, "R1H");
	assert_int_equal(s->ndevices, 1);
	assert_true(segment_has_kb(s, 0, 4012212));
	assert_false(segment_has_kb(s, 0, 3109560));
	segment_unref(s);
}

static void refused(struct world *w, const char *org, const char *bytes, const char *words)
{
	struct err err = {0};
	struct journal_head before, after;

	assert_true(journal_head(w->journal, &before, &err));
	if (world_import(w, org, "in.csv", bytes, &err))
		fail_msg("taken in: %s", bytes);
	if (!strstr(err.text, words))
		fail_msg("\"%s\" does not say \"%s\"", err.text, words);
	assert_null(strchr(err.text, '\n'));
	assert_true(journal_head(w->journal, &after, &err));
	assert_int_equal(before.number, after.number);
}

static void bad_input_is_one_line(void **state)
{
	struct world *w = *state;

	refused(w, "NOPE", HEAD "device,os\nX,Windows 7\n", "NOPE");
	refused(w, "R1H", HEAD "device,os\nX,Windows 7,extra\n", "line 3: 3 columns");
	refused(w, "R1H", HEAD "device,os\nX\n", "line 3");
	refused(w, "R1H", HEAD "device,oss\nX,a\n", "\"oss\"");
	refused(w, "R1H", HEAD "os,device,os\na,X,b\n", "twice");
	refused(w, "R1H", HEAD "device,class\nX,server\nY,server\nX,medical\n",
		"line 5: two devices with one id");
	refused(w, "R1H", HEAD "device,class\nX,server\nY,server\nX,medical\n", "at line 3");
	refused(w, "R1H", HEAD "device,os\nX,Windows 7\nX,Windows 10\n", "two devices with one id");
	refused(w, "R1H", HEAD "device,class\nX,toaster\n", "toaster");
	refused(w, "R1H", HEAD "device,updates\nX,KBx\n", "KBx");
	refused(w, "R1H", HEAD "device,cpe\nX,cpe:2.3:a:x\n", "line 3: cpe");
	refused(w, "R1H", HEAD "device,files\nX,srv.sys\n", "name=version");
	refused(w, "R1H", HEAD "device,internet_facing\nX,perhaps\n", "perhaps");
	refused(w, "R1H", "# taken: 99999-01-01\ndevice,os\nX,a\n", "99999");
	refused(w, "R1H", "# taken: 2018-01-01\ndevice,os\nX,a\n", "later than today");
	refused(w, "R1H", HEAD "device,os\nX,\xff\n", "UTF-8");
	refused(w, "R1H", HEAD "device,os\n,a\n", "no device id");
	refused(w, "R1H", HEAD "device,os\n", "names no device");
	refused(w, "R1H", "", "");
	refused(w, "R1H", "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.4\"", "");
	refused(w, "R1H", "hello world", "no inventory");
}

static void a_long_version_is_refused(void **state)
{
	AUTO(text_freep) struct text t = {0};

	text_add_c(&t, HEAD "device,name,version\nX,a,");
	for (int i = 0; i < 10000; i++)
		text_add_char(&t, '1');
	text_add_c(&t, "\n");
	refused(*state, "R1H", text_c(&t), "line 3: version is 10000 bytes");
}

static void damage_segments(struct world *w, size_t offset, bool cut)
{
	char folder[128], name[512];
	DIR *d;

	snprintf(folder, sizeof(folder), "%s.d/segments", w->path);
	d = opendir(folder);
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));) {
		int fd;
		char c = 0;

		if (e->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", folder, e->d_name);
		fd = open(name, O_RDWR);
		assert_true(fd >= 0);
		if (cut) {
			assert_int_equal(ftruncate(fd, (off_t)offset), 0);
		} else if (pread(fd, &c, 1, (off_t)offset) == 1) {
			c = (char)(c ^ 0x55);
			assert_int_equal(pwrite(fd, &c, 1, (off_t)offset), 1);
		}
		close(fd);
	}
	closedir(d);
}

static void reopen(struct world *w)
{
	struct err err;

	estate_close(w->estate);
	assert_true(estate_open(w->journal, &w->estate, &err));
}

/* A damaged segment file is built anew, whatever byte is wrong. */
static void damaged_segments_are_rebuilt(void **state)
{
	struct world *w = *state;
	const struct segment *s;

	world_has(w, "R1H", "pcs.csv", csv);
	s = world_segment(w, "R1H");
	segment_unref(s);
	for (size_t at = 0; at < 2200; at += 7) {
		reopen(w);
		damage_segments(w, at, at % 3 == 0);
		s = world_segment(w, "R1H");
		assert_int_equal(s->ndevices, 3);
		assert_int_equal(s->npairs, 3);
		segment_unref(s);
	}
}

static void readers_keep_what_they_hold(void **state)
{
	struct world *w = *state;
	const struct segment *old, *new;

	world_has(w, "R1H", "1.csv", "# taken: 2017-05-01\ndevice,os\nX,Windows 7\n");
	old = world_segment(w, "R1H");
	world_has(w, "R1H", "2.csv", "# taken: 2017-05-02\ndevice,os\nY,Windows 7\n");
	new = world_segment(w, "R1H");
	assert_int_equal(old->ndevices, 1);
	assert_int_equal(new->ndevices, 2);
	estate_close(w->estate);
	assert_true(segment_find(old, STR("X")) == 0);
	segment_unref(old);
	segment_unref(new);
	assert_true(estate_open(w->journal, &w->estate, &(struct err){0}));
}

static int segment_files(struct world *w)
{
	char folder[128];
	int n = 0;
	DIR *d;

	snprintf(folder, sizeof(folder), "%s.d/segments", w->path);
	d = opendir(folder);
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));)
		n += strstr(e->d_name, ".seg") != NULL;
	closedir(d);
	return n;
}

static void one_file_per_organisation(void **state)
{
	struct world *w = *state;

	world_has(w, "R1H", "1.csv", "# taken: 2017-05-01\ndevice,os\nX,Windows 7\n");
	segment_unref(world_segment(w, "R1H"));
	world_has(w, "R1H", "2.csv", "# taken: 2017-05-02\ndevice,os\nY,Windows 7\n");
	segment_unref(world_segment(w, "R1H"));
	assert_int_equal(segment_files(w), 1);
}

/* The only segment file there is. */
static void segment_read(struct world *w, struct text *ret)
{
	char folder[128], name[512] = "";
	struct err err;
	DIR *d;

	snprintf(folder, sizeof(folder), "%s.d/segments", w->path);
	d = opendir(folder);
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));)
		if (strstr(e->d_name, ".seg"))
			snprintf(name, sizeof(name), "%s/%s", folder, e->d_name);
	closedir(d);
	text_clear(ret);
	assert_true(file_read(name, 1 << 20, ret, &err));
	assert_int_equal(unlink(name), 0);
}

static void make_segments(struct world *w, const struct estate_file_in *in, size_t n,
			  const struct estate_reading *r)
{
	AUTO(segments_release) struct segments made = {0};
	AUTO(tasks_release) struct tasks tasks = {0};
	struct err err;

	assert_true(segments_plan(w->estate, &(struct readings){in, r, n}, &made, &err));
	segments_tasks(&made, &tasks);
	tasks_run(&tasks);
}

/* What was just read gives the same bytes as what is fetched from the store. */
static void segments_are_made_of_what_was_read(void **state)
{
	struct world *w = *state;
	AUTO(text_freep) struct text made = {0}, mixed = {0}, built = {0};
	struct estate_reading r[2] = {0};
	struct estate_file_in in[2] = {
		{.name = STR("1.csv"),
		 .bytes = STR("# taken: 2017-05-01\n# source: a\ndevice,os,name,version\n"
			      "X,Windows 7,Thing,1\nX,,Thong,2\nY,,Thing,1\nY,,Thong,2\n"
			      "Z,,Thong,2\nZ,,Thing,1\n"),
		 .org = STR("R1H"),
		 .received_ms = w->now_ms},
		{.name = STR("2.csv"),
		 .bytes = STR("# taken: 2017-05-02\n# source: b\ndevice,os\nY,Windows 7\n"),
		 .org = STR("R1H"),
		 .received_ms = w->now_ms},
	};
	struct err err;

	assert_true(estate_read_all(in, 2, r, &err));
	/* Nothing of them counts yet: nothing is made, and nothing breaks. */
	make_segments(w, in, 2, r);
	assert_int_equal(segment_files(w), 0);
	assert_true(world_take_in(w, &in[0], &err));
	assert_true(world_take_in(w, &in[1], &err));
	make_segments(w, in, 2, r);
	segment_read(w, &made);
	/* One of two was read before: it is fetched. */
	make_segments(w, in + 1, 1, r + 1);
	segment_read(w, &mixed);
	segment_unref(world_segment(w, "R1H"));
	segment_read(w, &built);
	assert_true(str_eq(text_str(&made), text_str(&built)));
	assert_true(str_eq(text_str(&mixed), text_str(&built)));
	estate_reading_free(&r[0]);
	estate_reading_free(&r[1]);
}

static bool count_devices(void *ctx, const struct segment *s, struct err *err)
{
	(void)err;
	*(uint32_t *)ctx += s->ndevices;
	return true;
}

static void every_organisation_has_its_segment(void **state)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct world *w = *state;
	struct estate_org *orgs = NULL;
	struct err err = {0};
	uint32_t devices = 0;
	size_t n = 0;

	for (int i = 0; i < 40; i++) {
		char body[128], code[16], text[96];

		snprintf(code, sizeof(code), "Y%05d", i);
		snprintf(body, sizeof(body), "{\"name\":\"Practice %d\",\"org\":\"%s\"}", i, code);
		if (!world_act(w, "org.add", str_of(body), NULL, &err))
			fail_msg("%s", err.text);
		snprintf(text, sizeof(text), "# taken: 2017-05-01\ndevice,os\nX%d,Windows 7\nY,\n",
			 i);
		world_has(w, code, "a.csv", text);
	}
	/* Several threads, however few processors there are. */
	parallel_set_width(4);
	for (int round = 0; round < 3; round++) {
		if (round == 1)
			reopen(w);
		devices = 0;
		if (!estate_each_segment(w->estate, count_devices, &devices, &err))
			fail_msg("%s", err.text);
		assert_int_equal(devices, 80);
	}
	parallel_set_width(0);
	assert_true(estate_orgs(w->estate, arena, &orgs, &n, &err));
	assert_int_equal(n, 40);
	assert_string_equal(orgs[39].code.p, "Y00039");
}

static void templates_can_be_taken_in(void **state)
{
	const char *source = getenv("LYNCHPIN_SOURCE");
	AUTO(text_freep) struct text inventory = {0}, map = {0}, body = {0};
	struct world *w = *state;
	char path[4096];
	struct err err = {0};
	uint64_t n = 0;

	if (!source)
		skip();
	snprintf(path, sizeof(path), "%s/doc/templates/inventory.csv", source);
	assert_true(file_read(path, 1 << 20, &inventory, &err));
	w->now_ms += 30 * MS_PER_DAY;
	world_has(w, "R1H", "inventory.csv", text_c(&inventory));
	snprintf(path, sizeof(path), "%s/doc/templates/name-map.csv", source);
	assert_true(file_read(path, 1 << 20, &map, &err));
	assert_true(estate_names_body(STR("m"), text_str(&map), &body, &n, &err));
	assert_int_equal(n, 3);
}

static void no_snapshots_is_an_empty_segment(void **state)
{
	const struct segment *s = world_segment(*state, "R1H");

	assert_int_equal(s->ndevices, 0);
	assert_int_equal(s->npairs, 0);
	segment_unref(s);
}

/* ---- names ----------------------------------------------------------------------- */

static enum resolution resolve(struct world *w, const char *name, struct text *out)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(estate_resolver_closep) struct estate_resolver *r = NULL;
	const struct segment *s = world_segment(w, "R1H");
	struct estate_resolved found = {0};
	struct err err = {0};

	if (!estate_resolver_open(w->estate, NULL, &r, &err))
		fail_msg("%s", err.text);
	for (uint32_t i = 0; i < s->nraws; i++)
		if (str_is(seg_str(s, s->raws[i].name), name))
			estate_resolve_raw(r, s, &s->raws[i], arena, &found);
	text_clear(out);
	for (size_t i = 0; i < found.n; i++)
		cpe_format_23(&found.cpes[i], out);
	segment_unref(s);
	return found.state;
}

static void act_ok(struct world *w, const char *act, struct text *body, const struct act_bulk *held)
{
	struct err err = {0};

	if (!world_act(w, act, text_str(body), held, &err))
		fail_msg("%s", err.text);
	text_clear(body);
}

static void names_are_settled_for_all(void **state)
{
	AUTO(text_freep) struct text body = {0}, out = {0};
	struct world *w = *state;
	struct err err = {0};
	uint64_t n = 0;
	static const char map[] = "publisher,name,cpe\n"
				  "Mozilla,Firefox,cpe:2.3:a:mozilla:firefox:*:*:*:*:*:*:*:*\n"
				  ",Helper,NONE\n";
	const struct act_bulk held = {hash_of(str_of(map)), str_of(map)};

	world_has(
		w, "R1H", "a.csv",
		"# taken: 2017-05-01\ndevice,publisher,name,version,cpe\nX,Mozilla,Firefox,52.0,\n"
		"X,Someone,Helper,1,\nX,,Given,3,cpe:/a:v:p\nX,Acme,Thing,1.2,\n");
	assert_int_equal(resolve(w, "Firefox", &out), RESOLUTION_UNRESOLVED);
	assert_int_equal(resolve(w, "Given", &out), RESOLUTION_GIVEN);
	assert_string_equal(text_c(&out), "cpe:2.3:a:v:p:3:*:*:*:*:*:*:*");
	if (!estate_names_body(STR("map.csv"), str_of(map), &body, &n, &err))
		fail_msg("%s", err.text);
	assert_int_equal(n, 2);
	act_ok(w, "names.adopt", &body, &held);
	assert_int_equal(resolve(w, "Firefox", &out), RESOLUTION_MAPPED);
	assert_string_equal(text_c(&out), "cpe:2.3:a:mozilla:firefox:52.0:*:*:*:*:*:*:*");
	assert_int_equal(resolve(w, "Helper", &out), RESOLUTION_NONE);
	assert_true(estate_resolve_body(STR("Acme|Thing"), STR("cpe:/a:acme:thing"), &body, &err));
	act_ok(w, "estate.resolve", &body, NULL);
	assert_int_equal(resolve(w, "Thing", &out), RESOLUTION_MAPPED);
	assert_string_equal(text_c(&out), "cpe:2.3:a:acme:thing:1.2:*:*:*:*:*:*:*");
	assert_false(estate_resolve_body(STR("Acme|Thing"), STR("nonsense"), &body, &err));
	assert_false(estate_resolve_body(STR(" "), STR("NONE"), &body, &err));
}

static void unresolved_names_are_counted(void **state)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct estate_name_list list = {0};
	struct err err = {0};

	world_has(*state, "R1H", "a.csv",
		  "# taken: "
		  "2017-05-01\ndevice,publisher,name,version\nX,Acme,Thing,1\nY,Acme,Thing,2\n"
		  "Y,Rare,One,1\n");
	if (!estate_names(((struct world *)*state)->estate, 10, arena, &list, &err))
		fail_msg("%s", err.text);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.v[0].devices, 2);
	assert_int_equal(list.v[0].organisations, 1);
	assert_string_equal(list.v[0].name.p, "Thing");
}

/* An operating system that nobody knows is on the list as well, and may be settled there. */
static void unresolved_systems_are_listed(void **state)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(text_freep) struct text body = {0};
	struct world *w = *state;
	struct estate_name_list list = {0};
	struct estate_name reach = {0};
	struct err err = {0};

	world_has(w, "R1H", "a.csv",
		  "# taken: 2017-05-01\ndevice,os,os_version\nX,WardOS,3.1\nY,WardOS,3.2\n"
		  "Z,Windows 7,6.1.7601\nU,Debian GNU/Linux,8\nV,,\n");
	assert_true(estate_names(w->estate, 10, arena, &list, &err));
	assert_int_equal(list.n, 1);
	assert_true(list.v[0].system);
	assert_int_equal(list.v[0].devices, 2);
	assert_true(estate_name_reach(w->estate, list.v[0].key, &reach, &err));
	assert_int_equal(reach.devices, 2);
	assert_true(estate_resolve_body(list.v[0].key, STR("NONE"), &body, &err));
	act_ok(w, "estate.resolve", &body, NULL);
	assert_true(estate_names(w->estate, 10, arena, &list, &err));
	assert_int_equal(list.n, 0);
}

/* Taking back leads to what the adopted map says, and may be followed by another word. */
static void a_word_by_hand_can_be_taken_back(void **state)
{
	AUTO(text_freep) struct text body = {0}, out = {0};
	static const char map[] = "publisher,name,cpe\n"
				  "Acme,Thing,cpe:2.3:a:acme:mapped:*:*:*:*:*:*:*:*\n";
	const struct act_bulk held = {hash_of(str_of(map)), str_of(map)};
	struct estate_name reach = {0};
	struct world *w = *state;
	struct err err = {0};
	uint64_t n;

	world_has(w, "R1H", "a.csv",
		  "# taken: 2017-05-01\ndevice,publisher,name,version\nX,Acme,Thing,1\n"
		  "Y,Acme,Thing,2\nY,Aaa,Thing,2\n");
	assert_true(estate_name_reach(w->estate, STR("Acme|Thing"), &reach, &err));
	assert_int_equal(reach.devices, 2);
	assert_int_equal(reach.organisations, 1);
	assert_true(estate_name_reach(w->estate, STR("Acme|Thong"), &reach, &err));
	assert_int_equal(reach.devices, 0);
	assert_true(estate_unresolve_body(STR("Acme|Thing"), &body, &err));
	assert_false(world_act(w, "estate.unresolve", text_str(&body), NULL, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	text_clear(&body);
	assert_true(estate_names_body(STR("map.csv"), str_of(map), &body, &n, &err));
	act_ok(w, "names.adopt", &body, &held);
	w->now_ms++;
	assert_true(estate_resolve_body(STR("Acme|Thing"), STR("NONE"), &body, &err));
	act_ok(w, "estate.resolve", &body, NULL);
	/* A name alone is what the more exact word leaves over. */
	assert_true(estate_name_reach(w->estate, STR("Thing"), &reach, &err));
	assert_int_equal(reach.devices, 1);
	w->now_ms++;
	assert_true(estate_unresolve_body(STR("acme | THING"), &body, &err));
	act_ok(w, "estate.unresolve", &body, NULL);
	assert_int_equal(resolve(w, "Thing", &out), RESOLUTION_MAPPED);
	assert_string_equal(text_c(&out), "cpe:2.3:a:acme:mapped:2:*:*:*:*:*:*:*");
	assert_true(estate_unresolve_body(STR("Acme|Thing"), &body, &err));
	assert_false(world_act(w, "estate.unresolve", text_str(&body), NULL, &err));
	text_clear(&body);
	w->now_ms++;
	assert_true(estate_resolve_body(STR("Acme|Thing"), STR("NONE"), &body, &err));
	act_ok(w, "estate.resolve", &body, NULL);
}

/* The very same file twice is one snapshot; with another word on it, two. */
static void the_same_bytes_are_taken_in_once(void **state)
{
	struct world *w = *state;
	struct estate_file_in in = {.name = STR("a.csv"),
				    .bytes = STR("device,os\nX,Windows 7\n"),
				    .org = STR("R1H"),
				    .received_ms = w->now_ms,
				    .stated = {.default_taken_ms = w->now_ms - MS_PER_DAY}};
	struct err err = {0};

	assert_true(world_take_in(w, &in, &err));
	in.received_ms = w->now_ms += MS_PER_DAY;
	assert_false(world_take_in(w, &in, &err));
	assert_int_equal(err.code, ERR_EXISTS);
	assert_non_null(strstr(err.text, "the same bytes were imported for R1H"));
	in.stated.default_taken_ms += 1000; /* seen again later: evidence anew */
	assert_true(world_take_in(w, &in, &err));
	in.stated.source = STR("other");
	assert_true(world_take_in(w, &in, &err));
}

static void snapshots_are_listed(void **state)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct world *w = *state;
	struct estate_snapshot_list list = {0};
	struct err err = {0};

	world_has(w, "R1H", "1.csv",
		  "# taken: 2017-05-01\n# scope: organisation\ndevice,os\nX,Windows 7\n");
	world_has(w, "R1H", "2.csv",
		  "# taken: 2017-05-02\n# scope: organisation\ndevice,os\nX,Windows 7\n");
	assert_true(estate_snapshots(w->estate, STR("R1H"), arena, &list, &err));
	assert_int_equal(list.n, 2);
	assert_false(list.v[0].current);
	assert_true(list.v[1].current);
	assert_true(list.v[1].whole);
	assert_int_equal(list.v[1].counts.devices, 1);
	assert_int_equal(list.v[1].sees, 1u << FACET_OS);
}

#define IN_WORLD(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(a_csv_becomes_a_segment),
		IN_WORLD(newest_word_per_facet_wins),
		IN_WORLD(a_whole_snapshot_retires_its_own_source_only),
		IN_WORLD(a_short_list_gives_way_to_a_whole_one),
		IN_WORLD(offered_updates_are_not_installed),
		IN_WORLD(bad_input_is_one_line),
		IN_WORLD(a_long_version_is_refused),
		IN_WORLD(damaged_segments_are_rebuilt),
		IN_WORLD(segments_are_made_of_what_was_read),
		IN_WORLD(readers_keep_what_they_hold),
		IN_WORLD(one_file_per_organisation),
		IN_WORLD(every_organisation_has_its_segment),
		IN_WORLD(templates_can_be_taken_in),
		IN_WORLD(no_snapshots_is_an_empty_segment),
		IN_WORLD(names_are_settled_for_all),
		IN_WORLD(unresolved_names_are_counted),
		IN_WORLD(unresolved_systems_are_listed),
		IN_WORLD(a_word_by_hand_can_be_taken_back),
		IN_WORLD(the_same_bytes_are_taken_in_once),
		IN_WORLD(snapshots_are_listed),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	failed += _cmocka_run_group_tests("read", read_tests, n_read_tests, NULL, NULL);
	failed += _cmocka_run_group_tests("search", search_tests, n_search_tests, NULL, NULL);
	failed += _cmocka_run_group_tests("twin", twin_tests, n_twin_tests, NULL, NULL);
	failed += _cmocka_run_group_tests("part", part_tests, n_part_tests, NULL, NULL);
	failed += _cmocka_run_group_tests("scan", scan_tests, n_scan_tests, NULL, NULL);
	failed += _cmocka_run_group_tests("mapping", mapping_tests, n_mapping_tests, NULL, NULL);
	failed += _cmocka_run_group_tests("spent", spent_tests, n_spent_tests, NULL, NULL);
	return failed;
}
