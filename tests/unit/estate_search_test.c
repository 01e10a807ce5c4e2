#include "estate_world.h"

static const char csv[] =
	"# taken: 2017-05-09T06:00Z\n"
	"device,class,os,os_version,segment,service,internet_facing,publisher,name,version,"
	"updates\n"
	"A,workstation,Windows 7 Enterprise,6.1.7601,ward,outpatients,no,Mozilla,Firefox,52.0,"
	"KB4012212\n"
	"B,workstation,Windows 7 Enterprise,6.1.7601,ward,theatres,yes,Mozilla,Firefox,45.0,none\n"
	"B,,,,,,,Old,Other,52.0,\n"
	"C,medical,Windows 7 Enterprise,6.1.7601,imaging,imaging,,,,,\n"
	"D,server,Windows Server 2012 R2,6.3.9600,dmz,,yes,,,,KB4012213\n";

static bool add(void *ctx, const struct estate_hit *hit, struct err *err)
{
	struct text *out = ctx;

	(void)err;
	text_add(out, seg_str(hit->segment, hit->segment->devices[hit->device].id));
	if (hit->unknown)
		text_add_char(out, '?');
	return true;
}

static void finds(struct world *w, const char *query, const char *want)
{
	AUTO(text_freep) struct text out = {0};
	struct err err = {0};

	if (!estate_search(w->estate, str_of(query), add, &out, &err))
		fail_msg("%s: %s", query, err.text);
	if (strcmp(text_c(&out), want) != 0)
		fail_msg("%s gives \"%s\", not \"%s\"", query, text_c(&out), want);
}

static void terms_find_devices(void **state)
{
	struct world *w = *state;

	world_has(w, "R1H", "a.csv", csv);
	finds(w, "", "ABCD");
	finds(w, "os:windows_7", "ABC");
	finds(w, "os:\"windows 7\" class:medical", "C");
	finds(w, "-class:medical org:r1h", "ABD");
	finds(w, "org:R2H", "");
	finds(w, "-org:R1H", "");
	finds(w, "line:7sp1", "ABC");
	finds(w, "line:2012r2", "D");
	finds(w, "os:windows_server_2012", "D");
	finds(w, "internet:yes", "BD");
	finds(w, "seg:ward service:theatres", "B");
	finds(w, "seen:updates", "ABD");
	finds(w, "imag", "C");
	finds(w, "\"Server 2012\"", "D");
	finds(w, "unresolved:yes", "AB");
	finds(w, "id:A", "A");
}

/* Updates that were never seen decide nothing, with or without a sign. */
static void what_was_never_seen_is_unknown(void **state)
{
	struct world *w = *state;

	world_has(w, "R1H", "a.csv", csv);
	finds(w, "os:windows_7 kb:KB4012212", "AC?");
	finds(w, "os:windows_7 kb4012212", "AC?");
	finds(w, "os:windows_7 -kb:KB4012212", "BC?");
	finds(w, "class:workstation name:firefox", "AB");
	finds(w, "class:medical name:firefox", "C?");
}

/* The version is that of the software named, not of another on the device. */
static void one_software_has_name_and_version(void **state)
{
	struct world *w = *state;

	world_has(w, "R1H", "a.csv", csv);
	finds(w, "class:workstation name:firefox version:<52", "B");
	finds(w, "class:workstation name:firefox version:52.0", "A");
	finds(w, "class:workstation name:firefox version:>=45.0", "AB");
	finds(w, "class:workstation -version:52.0", "");
}

static void refuses(struct world *w, const char *query, const char *words)
{
	AUTO(text_freep) struct text out = {0};
	struct err err = {0};

	assert_false(estate_search(w->estate, str_of(query), add, &out, &err));
	assert_int_equal(err.code, ERR_USAGE);
	if (!strstr(err.text, words))
		fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

static void bad_terms_are_named(void **state)
{
	refuses(*state, "os:windows_7 colour:red", "\"colour:red\"");
	refuses(*state, "kb:abc", "\"kb:abc\"");
	refuses(*state, "KB40122l2", "is no KB number");
	refuses(*state, "-kb4012212x", "is no KB number");
	refuses(*state, "class:toaster", "toaster");
	refuses(*state, "line:xyz", "line:xyz");
	refuses(*state, "name:\"open", "quote");
	refuses(*state, "name:", "name:");
	refuses(*state, "internet:maybe", "yes or no");
	refuses(*state, "version:<", "version:<");
}

/* What help prints is what is read. */
static void every_word_is_read(void **state)
{
	static const char *const values[] = {"7sp1", "KB4012212", "medical",   "os",
					     "yes",  "1.0",	  "2027-01-01"};
	struct world *w = *state;

	for (const struct estate_search_word *word = estate_search_words; word->word; word++) {
		AUTO(text_freep) struct text query = {0}, out = {0};
		struct err err = {0};
		bool read = false;

		for (size_t i = 0; i < ARRAY_LEN(values) && !read; i++) {
			text_clear(&query);
			text_addf(&query, "%s:%s", word->word, values[i]);
			read = estate_search(w->estate, text_str(&query), add, &out, &err);
		}
		if (!read)
			fail_msg("%s: %s", word->word, err.text);
	}
}

#define IN_WORLD(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)

const struct CMUnitTest search_tests[] = {
	IN_WORLD(terms_find_devices),
	IN_WORLD(what_was_never_seen_is_unknown),
	IN_WORLD(one_software_has_name_and_version),
	IN_WORLD(bad_terms_are_named),
	IN_WORLD(every_word_is_read),
};
const size_t n_search_tests = ARRAY_LEN(search_tests);
