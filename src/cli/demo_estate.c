#include "cli/demo.h"

#include "base/arena.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/rng.h"

/*
 * Norland is not on any map.  Its estate is at about a fiftieth of a real one, with
 * the mix of systems and of patching that the reviews of 2017 describe: mostly
 * Windows 7, a few in a hundred on Windows XP, some trusts good at patching and
 * some not, medical devices that nobody inventories closely.
 */

enum { SEED = 20170512 };

static const char *const region_names[DEMO_REGIONS] = {"Northmarch", "Eastmere", "Southfold",
						       "Westvale"};

static const char *const towns[DEMO_TRUSTS] = {
	"Ashcombe",   "Brindle Vale", "Carrowmoor", "Dunlaw",	   "Elderby",
	"Farrowgate", "Glenmire",     "Hartsea",    "Inglestone",  "Jessop Bay",
	"Kelderfell", "Larkmouth",    "Marrick",    "Nethercross", "Orleston",
	"Pellworth",  "Quarrendon",   "Rushmere",   "Stanmoor",	   "Tarnby",
};

static const char *const first_words[20] = {
	"Alder",   "Bridge", "Castle",	"Dale",	 "Elm",	    "Forge", "Green",
	"Harbour", "Ivy",    "Juniper", "Kiln",	 "Lime",    "Mill",  "North",
	"Orchard", "Priory", "Quay",	"Rowan", "Station", "Thorn",
};

static const char *const second_words[15] = {
	"Lane Surgery", "Road Practice",  "Hill Surgery",   "House Surgery", "Park Practice",
	"View Surgery", "Field Practice", "Court Surgery",  "Bank Surgery",  "Gate Practice",
	"Side Surgery", "Wood Practice",  "Street Surgery", "Close Surgery", "Way Practice",
};

/* What a device of the story is, apart from its patches. */
struct build {
	const char *os, *version; /* NULL: Windows 10, whose version has a revision */
	bool server;
	unsigned weight_trust, weight_practice;
	enum { PATCH_7, PATCH_81, PATCH_2012, PATCH_10, PATCH_OLD } patches;
};

static const struct build builds[] = {
	{"Microsoft Windows 7 Professional", "6.1.7601", false, 62, 74, PATCH_7},
	{"Microsoft Windows 7 Enterprise", "6.1.7601", false, 12, 0, PATCH_7},
	{"Microsoft Windows XP Professional", "5.1.2600 Service Pack 3", false, 5, 3, PATCH_OLD},
	{"Microsoft Windows 8.1 Pro", "6.3.9600", false, 2, 5, PATCH_81},
	{"Microsoft Windows 10 Pro", NULL, false, 6, 12, PATCH_10},
	{"Microsoft Windows Server 2003 Standard Edition", "5.2.3790 Service Pack 2", true, 1, 0,
	 PATCH_OLD},
	{"Microsoft Windows Server 2008 R2 Standard", "6.1.7601", true, 6, 4, PATCH_7},
	{"Microsoft Windows Server 2012 Standard", "6.2.9200", true, 2, 0, PATCH_2012},
	{"Microsoft Windows Server 2012 R2 Standard", "6.3.9600", true, 4, 2, PATCH_81},
};

struct software {
	const char *publisher, *name, *version;
	unsigned percent;
	const char *winter_name, *winter_version; /* what stood there in February; NULL: the same */
};

static const struct software clients[] = {
	{"Adobe Systems Incorporated", "Adobe Flash Player 18 NPAPI", "18.0.0.194", 12, NULL, NULL},
	{"Adobe Systems Incorporated", "Adobe Flash Player 25 NPAPI", "25.0.0.148", 55,
	 "Adobe Flash Player NPAPI", "24.0.0.194"},
	{"Adobe Systems Incorporated", "Adobe Reader XI (11.0.02)", "11.0.02", 9, NULL, NULL},
	{"Adobe Systems Incorporated", "Adobe Reader XI (11.0.20)", "11.0.20", 60,
	 "Adobe Reader XI (11.0.19)", "11.0.19"},
	{"Oracle", "Java 7 Update 9", "7.0.90", 7, NULL, NULL},
	{"Oracle Corporation", "Java 8 Update 131 (64-bit)", "8.0.1310.11", 40,
	 "Java 8 Update 121 (64-bit)", "8.0.1210.13"},
	{"Mozilla", "Mozilla Firefox 52.0.2 (x86 en-GB)", "52.0.2", 20,
	 "Mozilla Firefox 51.0.1 (x86 en-GB)", "51.0.1"},
	{"Google Inc.", "Google Chrome", "58.0.3029.81", 30, "Google Chrome", "56.0.2924.87"},
	{"Microsoft Corporation", "Microsoft Office Professional Plus 2010", "14.0.7015.1000", 64,
	 NULL, NULL},
	{"Microsoft Corporation", "Microsoft Office Professional Plus 2016", "16.0.4266.1001", 14,
	 NULL, NULL},
	{"Lumen Imaging", "Lumen PACS Client", "4.2.1", 22, NULL, NULL},
	{"Wardworks Ltd", "WardBoard 3", "3.9.0", 35, NULL, NULL},
	{"Meddoc", "Meddoc Clinical Viewer (x64)", "7.1", 28, NULL, NULL},
};

static const struct software servers[] = {
	{"Apache Software Foundation", "Apache Struts 2.3.31", "2.3.31", 12, NULL, NULL},
	{"OpenSSL Software Foundation", "OpenSSL 1.0.1f", "1.0.1f", 10, NULL, NULL},
	{"Cisco Systems", "Cisco WebEx Extension", "1.0.2", 6, NULL, NULL},
	{"Oracle Corporation", "Java 8 Update 131 (64-bit)", "8.0.1310.11", 35,
	 "Java 8 Update 121 (64-bit)", "8.0.1210.13"},
	{"Lumen Imaging", "Lumen PACS Archive", "4.2.0", 15, NULL, NULL},
};

struct maker {
	struct arena *arena;
	struct rng rng;
	struct demo_nation *nation;
	struct text csv;
	bool later; /* what is written is from after the alert: nothing unseen, old systems fixed */
	bool winter; /* from February: nothing that came out since is on it */
};

static bool chance(struct maker *m, unsigned percent)
{
	return rng_below(&m->rng, 100) < percent;
}

/* --- patches -------------------------------------------------------------------------- */

/* Where the update list stands; discipline 0 to 100 is the organisation's own. */
enum patching { PATCH_CURRENT, PATCH_SECURITY_ONLY, PATCH_WRONG_MONTH, PATCH_BEHIND, PATCH_UNSEEN };

static enum patching how_patched(struct maker *m, unsigned discipline)
{
	if (!m->later && chance(m, 4))
		return PATCH_UNSEEN;
	if (chance(m, discipline))
		return !m->later && chance(m, 12) ? PATCH_SECURITY_ONLY : PATCH_CURRENT;
	return chance(m, 12) ? PATCH_WRONG_MONTH : PATCH_BEHIND;
}

static const char *updates_for(struct maker *m, const struct build *b, enum patching how)
{
	/* current, security only, April's security-only alone, behind */
	static const char *const lists[][4] = {
		[PATCH_7] = {"KB2992611;KB3042553;KB3000869;KB4012215;KB4015549",
			     "KB2992611;KB3042553;KB3000869;KB4012212;KB4015546",
			     "KB2992611;KB3042553;KB3000869;KB4015546",
			     "KB2992611;KB3042553;KB3000869;KB3212646"},
		[PATCH_81] = {"KB2992611;KB3042553;KB2919355;KB4015550",
			      "KB2992611;KB3042553;KB2919355;KB4012213",
			      "KB2992611;KB3042553;KB2919355;KB4015547",
			      "KB2992611;KB3042553;KB2919355;KB3205401"},
		[PATCH_2012] = {"KB2992611;KB3042553;KB4015551", "KB2992611;KB3042553;KB4012214",
				"KB2992611;KB3042553;KB4015548", "KB2992611;KB3042553;KB3205409"},
		[PATCH_10] = {"KB4015217", "KB4015217", "KB3213986", "KB3213986"},
		[PATCH_OLD] = {"KB958644;KB2286198", "KB958644;KB2286198", "KB958644", "KB958644"},
	};

	if (how == PATCH_UNSEEN)
		return "unknown";
	if (b->patches == PATCH_OLD && !m->winter && (m->later || chance(m, 8)))
		return "KB958644;KB2286198;KB4012598"; /* custom support */
	return lists[b->patches][how];
}

static const char *version_for(const struct build *b, enum patching how)
{
	if (b->version)
		return b->version;
	return how == PATCH_BEHIND || how == PATCH_WRONG_MONTH ? "10.0.14393.693"
							       : "10.0.14393.1066";
}

/* --- devices --------------------------------------------------------------------------- */

static const struct build *pick_build(struct maker *m, bool trust)
{
	unsigned at = rng_below(&m->rng, 100);

	for (size_t i = 0; i < ARRAY_LEN(builds); i++) {
		unsigned weight = trust ? builds[i].weight_trust : builds[i].weight_practice;

		if (at < weight)
			return &builds[i];
		at -= weight;
	}
	return &builds[0];
}

static void add_field(struct text *t, const char *s)
{
	text_addf(t, strpbrk(s, ",\"") ? ",\"%s\"" : ",%s", s);
}

struct device {
	const char *id, *class, *segment, *service, *os, *version, *role, *smb1, *updates;
};

static void add_row(struct maker *m, const struct device *d, const struct software *s)
{
	struct text *t = &m->csv;
	bool winter = m->winter && s && s->winter_name;

	text_add_c(t, d->id);
	add_field(t, d->class);
	add_field(t, d->segment);
	add_field(t, d->service);
	add_field(t, d->os);
	add_field(t, d->version);
	add_field(t, d->role);
	add_field(t, d->smb1);
	add_field(t, s ? s->publisher : "");
	add_field(t, winter ? s->winter_name : s ? s->name : "");
	add_field(t, winter ? s->winter_version : s ? s->version : "");
	add_field(t, d->updates);
	text_add_char(t, '\n');
}

/* How a device is patched, told apart from what it is: its inventories show one machine. */
static void patch_device(struct maker *m, const struct build *b, unsigned discipline,
			 uint64_t stream, struct device *d)
{
	struct rng what = m->rng;
	enum patching how;

	m->rng = rng_of(SEED, stream | (m->later ? 2 : 1));
	how = how_patched(m, discipline);
	if (m->winter && how != PATCH_UNSEEN)
		how = PATCH_BEHIND;
	d->version = version_for(b, how);
	d->updates = updates_for(m, b, how);
	m->rng = what;
}

static void add_device(struct maker *m, const struct demo_org *org, unsigned n, unsigned discipline)
{
	static const char *const services[] = {"outpatients", "wards",	 "theatres",
					       "pathology",   "imaging", "emergency"};
	uint64_t stream = (uint64_t)(org - m->nation->orgs + 1) << 32 | (uint64_t)n << 2;
	const struct software *catalogue;
	const struct build *b;
	struct device d;
	bool any = false;
	size_t count;

	m->rng = rng_of(SEED, stream);
	b = pick_build(m, org->trust);
	d = (struct device){
		.class = b->server ? "server" : "workstation",
		.segment = org->trust ? (chance(m, 80) ? "corporate" : "clinical") : "practice",
		.service = org->trust ? services[rng_below(&m->rng, ARRAY_LEN(services))]
				      : "general practice",
		.os = b->os,
		.role = b->server ? "server" : "client",
		.smb1 = chance(m, 2) ? "off" : "",
	};
	d.id = arena_fmt(m->arena, "%s-%s%03u", org->code, b->server ? "SRV" : "PC", n).p;
	patch_device(m, b, discipline, stream, &d);
	catalogue = b->server ? servers : clients;
	count = b->server ? ARRAY_LEN(servers) : ARRAY_LEN(clients);
	for (size_t i = 0; i < count; i++) {
		if (!chance(m, catalogue[i].percent))
			continue;
		add_row(m, &d, &catalogue[i]);
		any = true;
	}
	if (!any)
		add_row(m, &d, NULL);
	m->nation->devices++;
}

static void add_devices(struct maker *m, const struct demo_org *org, unsigned discipline)
{
	struct rng nation = m->rng;

	for (unsigned i = 1; i <= org->agent_devices; i++)
		add_device(m, org, i, discipline);
	m->rng = nation;
}

static bool save(struct maker *m, const char *path, struct err *err)
{
	bool ok = file_replace(path, text_str(&m->csv), 0644, err);

	text_clear(&m->csv);
	return ok;
}

static const char *keep_path(struct maker *m, struct demo_org *org, const char *suffix)
{
	size_t i = 0;

	while (org->files[i])
		i++;
	assert(i + 1 < ARRAY_LEN(org->files));
	org->files[i] = arena_fmt(m->arena, "inventories/%s%s%s", org->shown ? "" : "others/",
				  org->code, suffix)
				.p;
	return org->files[i];
}

static void agent_head(struct maker *m, const struct demo_org *org, const char *taken)
{
	text_addf(&m->csv,
		  "# source: %s agent\n# kind: agent\n# scope: organisation\n# taken: %s\n"
		  "# sees: os,software,updates\n"
		  "device,class,segment,service,os,os_version,os_role,smb1,publisher,name,version,"
		  "updates\n",
		  org->trust ? "desktop" : "practice supplier's", taken);
}

/* The agent's export: every device it can see. */
static bool write_agent(struct maker *m, struct demo_org *org, unsigned devices, const char *taken,
			struct err *err)
{
	unsigned discipline =
		org->trust ? 30 + rng_below(&m->rng, 66) : 45 + rng_below(&m->rng, 50);

	org->agent_devices = devices;
	agent_head(m, org, taken);
	add_devices(m, org, discipline);
	return save(m, keep_path(m, org, ".csv"), err);
}

/* What the agent of an organisation shows a day after the alert; one in a hundred machines of a
 * trust that says it has patched everything has not been. */
static bool write_later(struct maker *m, const struct demo_org *org, unsigned discipline,
			struct err *err)
{
	uint64_t devices = m->nation->devices;
	bool ok;

	m->later = true;
	agent_head(m, org, "2017-04-27T05:00Z");
	add_devices(m, org, discipline);
	ok = save(m, arena_fmt(m->arena, "inventories/%s-thursday.csv", org->code).p, err);
	m->nation->devices = devices;
	m->later = false;
	return ok;
}

/* The medical engineers' register knows what there is, not how it is patched. */
static bool write_register(struct maker *m, struct demo_org *org, struct err *err)
{
	static const char *const kinds[][2] = {{"MRI scanner", "imaging"},
					       {"CT scanner", "imaging"},
					       {"Blood analyser", "pathology"},
					       {"Infusion pump server", "wards"}};

	text_add(&m->csv,
		 STR("# source: medical device register\n# kind: register\n# scope: organisation\n"
		     "# taken: 2017-04-05T09:00Z\n# sees: os\n"
		     "device,class,type,segment,service,os,os_version\n"));
	for (unsigned i = 0; i < 4; i++) {
		bool old = chance(m, 30);

		text_addf(&m->csv, "%s-MD%02u,medical,%s,medical,%s,%s,%s\n", org->code, i + 1,
			  kinds[i][0], kinds[i][1],
			  old ? "Microsoft Windows XP Embedded" : "Windows Embedded Standard 7",
			  old ? "5.1.2600 Service Pack 3" : "6.1.7601");
		m->nation->devices++;
	}
	return save(m, keep_path(m, org, "-medical.csv"), err);
}

/* --- other formats ------------------------------------------------------------------------ */

/* A practice without an agent sends what "systeminfo" prints; the third list is cut short, as
 * the real program does with long ones. */
static bool write_systeminfo(struct maker *m, struct demo_org *org, struct err *err)
{
	static const char *const kbs[3][3] = {{"KB2992611", "KB3042553", "KB4015549"},
					      {"KB2992611", "KB3042553", "KB3212646"},
					      {"KB2992611", "KB3042553", "KB3212646"}};

	for (unsigned i = 0; i < 3; i++) {
		text_addf(&m->csv,
			  "\r\nHost Name:                 %s-PC%03u\r\n"
			  "OS Name:                   Microsoft Windows 7 Professional \r\n"
			  "OS Version:                6.1.7601 Service Pack 1 Build 7601\r\n"
			  "OS Manufacturer:           Microsoft Corporation\r\n"
			  "OS Configuration:          Standalone Workstation\r\n"
			  "System Type:               x64-based PC\r\n"
			  "Hotfix(s):                 %d Hotfix(s) Installed.\r\n",
			  org->code, i + 1, i == 2 ? 241 : 3);
		for (unsigned k = 0; k < 3; k++)
			text_addf(&m->csv, "                           [%02u]: %s\r\n", k + 1,
				  kbs[i][k]);
		if (!save(m,
			  keep_path(m, org,
				    i == 0   ? "-1.txt"
				    : i == 1 ? "-2.txt"
					     : "-3.txt"),
			  err))
			return false;
		m->nation->devices++;
	}
	return true;
}

/* A trust's integration engine, as its vendor's bill of materials. */
static bool write_cyclonedx(struct maker *m, struct demo_org *org, struct err *err)
{
	text_addf(
		&m->csv,
		"{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.4\",\"version\":1,\n"
		" \"metadata\":{\"timestamp\":\"2017-04-24T12:00:00Z\",\"component\":{\"type\":"
		"\"device\","
		"\"name\":\"%s-ENGINE\"}},\n \"components\":[\n"
		"  {\"type\":\"operating-system\",\"name\":\"Debian GNU/Linux\",\"version\":\"8\","
		"\"cpe\":\"cpe:2.3:o:debian:debian_linux:8.0:*:*:*:*:*:*:*\"},\n"
		"  {\"type\":\"library\",\"name\":\"openssl\",\"version\":\"1.0.1f\","
		"\"cpe\":\"cpe:2.3:a:openssl:openssl:1.0.1f:*:*:*:*:*:*:*\"},\n"
		"  {\"type\":\"library\",\"name\":\"struts2-core\",\"version\":\"2.3.31\","
		"\"cpe\":\"cpe:2.3:a:apache:struts:2.3.31:*:*:*:*:*:*:*\"},\n"
		"  {\"type\":\"application\",\"name\":\"bash\",\"version\":\"4.3.48\","
		"\"cpe\":\"cpe:2.3:a:gnu:bash:4.3.48:*:*:*:*:*:*:*\"}\n ]}\n",
		org->code);
	m->nation->devices++;
	return save(m, keep_path(m, org, "-engine.json"), err);
}

/* --- organisations --------------------------------------------------------------------------- */

static bool write_trust(struct maker *m, struct demo_org *org, unsigned i, struct err *err)
{
	unsigned devices = 70 + rng_below(&m->rng, 110);

	if (i == 12) /* one trust sends nothing at all */
		return true;
	/* two have not sent anything since the winter */
	m->winter = i == 7 || i == 16;
	if (!write_agent(m, org, devices, m->winter ? "2017-02-14T05:00Z" : "2017-04-25T05:00Z",
			 err))
		return false;
	m->winter = false;
	if (i % 3 == 0 && !write_register(m, org, err))
		return false;
	return i != 4 || write_cyclonedx(m, org, err);
}

static bool write_practice(struct maker *m, struct demo_org *org, unsigned i, struct err *err)
{
	if (i == 16)
		return write_systeminfo(m, org, err);
	return write_agent(m, org, 4 + rng_below(&m->rng, 6), "2017-04-24T05:00Z", err);
}

static void org_line(struct text *t, const struct demo_org *org, const char *region,
		     unsigned expected, unsigned patients)
{
	text_addf(t, "%s,%s,%s,%s,%s,%u,%u\n", org->code, org->name,
		  org->trust ? "trust" : "gp_practice", region, region, expected, patients);
}

static bool write_all(struct maker *m, struct text *list, struct text *relations, struct err *err)
{
	for (unsigned i = 0; i < DEMO_TRUSTS + DEMO_PRACTICES; i++) {
		struct demo_org *org = &m->nation->orgs[i];
		unsigned k = i - DEMO_TRUSTS, patients = 3000 + rng_below(&m->rng, 9000);
		uint64_t before = m->nation->devices;
		char region[8];

		org->trust = i < DEMO_TRUSTS;
		/* two trusts, and the practice that sends what systeminfo prints */
		org->shown = i == 0 || i == 4 || i == DEMO_TRUSTS + 16;
		snprintf(region, sizeof(region), "R%u", i % DEMO_REGIONS + 1);
		if (org->trust) {
			snprintf(org->code, sizeof(org->code), "T%02u", i + 1);
			snprintf(org->name, sizeof(org->name), "%s Hospitals", towns[i]);
		} else {
			snprintf(org->code, sizeof(org->code), "P%03u", k + 1);
			snprintf(org->name, sizeof(org->name), "%s %s", first_words[k % 20],
				 second_words[k / 20]);
			text_addf(relations, "%s,it_supplied_by,S%u\n", org->code, k % 3 + 1);
		}
		if (!(org->trust ? write_trust(m, org, i, err) : write_practice(m, org, k, err)))
			return false;
		before = m->nation->devices - before;
		org_line(list, org, region, before ? (unsigned)(before + before / 20) : 120,
			 org->trust ? 0 : patients);
	}
	return write_later(m, &m->nation->orgs[0], 97, err) &&
	       write_later(m, &m->nation->orgs[4], 100, err);
}

/* --- people -------------------------------------------------------------------------------------
 */

static void person_line(struct maker *m, struct text *t, const char *post, const char *kind,
			const char *org)
{
	static const char *const given[] = {"Ada",  "Bram", "Cleo",  "Dov", "Edda", "Finn",
					    "Gita", "Hugo", "Ines",  "Jon", "Kaya", "Lev",
					    "Mina", "Noor", "Oskar", "Pia", "Quin", "Rosa"};
	static const char *const family[] = {"Arkwright", "Bell",    "Carver", "Dyer",	   "Ellery",
					     "Fletcher",  "Glover",  "Hooper", "Ironside", "Joyner",
					     "Kettle",	  "Lorimer", "Mercer", "Naylor"};
	const char *a = given[rng_below(&m->rng, ARRAY_LEN(given))];
	const char *b = family[rng_below(&m->rng, ARRAY_LEN(family))];

	text_addf(t, "%s,%s,%s,,%s.holder,%s %s,%s@%s.norland.example,,2017-01-01\n", post, kind,
		  org, post, a, b, post, org);
}

/* Posts and who holds them.  Two practices have nobody, as happens. */
static void people(struct maker *m, struct text *t)
{
	char post[32], region[8];

	text_add(t, STR("post,kind,org,title,person,person_name,email,phone,from\n"));
	person_line(m, t, "national-lead", "national-lead", "NORLAND");
	person_line(m, t, "duty-analyst", "national-analyst", "NORLAND");
	person_line(m, t, "inquiry", "auditor", "NORLAND");
	person_line(m, t, "fenwick-desk", "responder", "S1");
	for (unsigned i = 1; i <= DEMO_REGIONS; i++) {
		snprintf(region, sizeof(region), "R%u", i);
		snprintf(post, sizeof(post), "r%u-lead", i);
		person_line(m, t, post, "regional-lead", region);
	}
	for (size_t i = 0; i < m->nation->norgs; i++) {
		const struct demo_org *org = &m->nation->orgs[i];

		if (i == DEMO_TRUSTS + 100 || i == DEMO_TRUSTS + 200)
			continue;
		snprintf(post, sizeof(post), "%s-lead", org->code);
		person_line(m, t, post, "security-lead", org->code);
		snprintf(post, sizeof(post), "%s-%s", org->code, org->trust ? "siro" : "partner");
		person_line(m, t, post, org->trust ? "siro" : "partner", org->code);
	}
	person_line(m, t, "lumen-desk", "responder", "V1");
}

bool demo_write(struct arena *arena, struct demo_nation *ret, struct err *err)
{
	AUTO(text_freep) struct text list = {0}, relations = {0}, posts = {0};
	struct maker m = {.arena = arena, .rng = rng_of(SEED, 0), .nation = ret};
	bool ok;

	*ret = (struct demo_nation){.norgs = DEMO_TRUSTS + DEMO_PRACTICES};
	ret->orgs = ARENA_ARRAY(arena, struct demo_org, ret->norgs);
	text_add(&list, STR("code,name,role,parent,region,expected_devices,patients\n"));
	for (unsigned i = 0; i < DEMO_REGIONS; i++)
		text_addf(&list, "R%u,%s,region,NORLAND,,,\n", i + 1, region_names[i]);
	text_add(&list, STR("S1,Fenwick Practice Systems,supplier,,,,\nS2,Hollin IT,supplier,,,,\n"
			    "S3,Pikestone Computing,supplier,,,,\n"
			    "V1,Lumen Imaging,supplier,,,,\n"));
	text_add(&relations, STR("from,kind,to\n"));
	ok = file_make_folder("inventories", 0755, err) &&
	     file_make_folder("inventories/others", 0755, err) &&
	     write_all(&m, &list, &relations, err) &&
	     file_replace("organisations.csv", text_str(&list), 0644, err) &&
	     file_replace("relationships.csv", text_str(&relations), 0644, err);
	people(&m, &posts);
	ok = ok && file_replace("posts.csv", text_str(&posts), 0644, err);
	text_free(&m.csv);
	return ok;
}
