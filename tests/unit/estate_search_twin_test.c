#include "estate_world.h"

#include "base/rng.h"

/*
 * Searches of a nation that changes, held to plain loops over the rows of every device: random
 * inventories, random queries, again and again in one process.
 */

enum { ORGS = 6, DEVICES = 60, TERMS_MOST = 4, SEEDS = 8, QUERIES = 40 };

static const char *const orgs[ORGS] = {"R1H", "RAA", "RBB", "RCC", "RDD", "X99"};

static const char *pick(struct rng *rng, const char *const *v, size_t n)
{
	return v[rng_below(rng, (uint32_t)n)];
}
#define PICK(rng, v) pick(rng, v, ARRAY_LEN(v))

/* ---- inventories ------------------------------------------------------------------------ */

static void add_device(struct rng *rng, unsigned device, struct text *csv)
{
	static const char *const classes[] = {"", "workstation", "server", "medical", "network"};
	static const char *const systems[] = {",,",
					      "Windows 7 Enterprise,6.1.7601,",
					      "Windows 10 Pro,10.0.14393.953,",
					      "Windows 10 Pro,,",
					      "Windows Server 2012 R2,6.3.9600,",
					      "Ubuntu 16.04,16.04,",
					      "Thing OS,1,cpe:2.3:o:acme:thing_os:1:*:*:*:*:*:*:*",
					      "Other,1,cpe:2.3:o:acme:strange_os:1:*:*:*:*:*:*:*"};
	static const char *const types[] = {"", "MR scanner", "PC", "pump"};
	static const char *const places[] = {"ward", "imaging", "", "theatres"};
	static const char *const answers[] = {"", "yes", "no"};
	static const char *const smb1[] = {"", "on", "off"};
	static const char *const updates[] = {
		"", "unknown", "none", "KB4012212", "KB4012212;KB4012215", "KB4012213;incomplete"};

	text_addf(csv, "D%02u,%s,%s,%s,%s,%s,%s,", device, PICK(rng, classes), PICK(rng, types),
		  PICK(rng, places), PICK(rng, places), PICK(rng, answers), PICK(rng, smb1));
	if (rng_below(rng, 4))
		text_addf(csv, "%s,%s", PICK(rng, systems), PICK(rng, updates));
	else
		text_addf(csv, "Windows 10 Pro,10.0.%u.953,,%s", 14393 - rng_below(rng, 100),
			  PICK(rng, updates));
}

static void add_software(struct rng *rng, struct text *csv)
{
	static const char *const names[] = {"Mozilla,Firefox,",		 "Mozilla,Thunderbird,",
					    "Google LLC,Google Chrome,", "Old,Other thing,",
					    ",firefox helper,",		 "Microsoft,Office,",
					    "mozilla,mozilla firefox,"};
	static const char *const versions[] = {"", "45.0", "52.0", "52.0.1", "9", "2016"};

	text_add_c(csv, PICK(rng, names));
	if (rng_below(rng, 2))
		text_add_c(csv, PICK(rng, versions));
	else
		text_addf(csv, "%u.%u", rng_below(rng, 99), rng_below(rng, 9));
}

static void make_inventory(struct rng *rng, struct text *csv)
{
	static const char *const scopes[] = {"organisation", "devices"};
	static const char *const sources[] = {"agent", "scanner"};
	unsigned n = rng_below(rng, DEVICES);

	text_clear(csv);
	text_addf(csv, "# source: %s\n# scope: %s\n# taken: 2017-05-0%u\n", PICK(rng, sources),
		  PICK(rng, scopes), 1 + rng_below(rng, 9));
	text_add_c(csv, "device,class,type,segment,service,internet_facing,smb1,os,os_version,"
			"os_cpe,updates,publisher,name,version\n");
	for (unsigned i = 0; i <= n; i++) {
		unsigned device = rng_below(rng, 4) ? i * 3 % 64 : i + 70;
		unsigned software = rng_below(rng, 5);

		add_device(rng, device, csv);
		text_add_c(csv, ",,,\n");
		for (unsigned k = 0; k < software; k++) {
			text_addf(csv, "D%02u,,,,,,,,,,,", device);
			add_software(rng, csv);
			text_add_char(csv, '\n');
		}
	}
}

static void make_register(struct rng *rng, struct text *csv)
{
	static const char *const support[] = {"", "2017-06", "2016-12-31", "2020-01-01"};
	static const char *const vendors[] = {"Acme", "Initech", ""};

	text_clear(csv);
	text_addf(csv, "# taken: 2017-05-0%u\n", 1 + rng_below(rng, 9));
	text_add_c(csv, "id,Manufacturer,Model,UDI,support until,network,controls\n");
	for (unsigned i = 0; i < 6; i++)
		text_addf(csv, "D%02u,%s,Field %u,(01)0401234567890%u,%s,imaging,%s\n", i * 3,
			  PICK(rng, vendors), rng_below(rng, 3), rng_below(rng, 3),
			  PICK(rng, support), rng_below(rng, 2) ? "own segment" : "");
}

/* What says the same as one that was taken in before changes nothing. */
static void take_in(struct world *w, struct rng *rng)
{
	AUTO(text_freep) struct text csv = {0};
	struct err err = {0};
	char name[32];

	if (rng_below(rng, 4))
		make_inventory(rng, &csv);
	else
		make_register(rng, &csv);
	(void)snprintf(name, sizeof(name), "%u.csv", rng_u32(rng));
	if (!world_import(w, PICK(rng, orgs), name, text_c(&csv), &err) && err.code != ERR_EXISTS)
		fail_msg("%s\n%s", err.text, text_c(&csv));
}

/* ---- queries ---------------------------------------------------------------------------- */

struct wanted {
	const char *word, *test, *value;
	bool negated;
};
struct asking {
	struct wanted v[TERMS_MOST];
	unsigned n;
	struct text text;
	const struct estate_resolver *resolver;
};

static const struct {
	const char *word;
	const char *const values[8];
} vocabulary[] = {
	{"", {"ward", "D0", "mr", "windows", "zzz"}},
	{"os",
	 {"windows_7", "windows 10", "Server-2012", "ubuntu", "thing_os", "strange_os",
	  "10-14393"}},
	{"line", {"7sp1", "2012r2", "10-14393"}},
	{"kb", {"KB4012212", "KB4012213", "KB1234567"}},
	{"class", {"workstation", "SERVER", "medical", "unknown"}},
	{"org", {"r1h", "RAA", "ZZZ"}},
	{"id", {"D1", "d03"}},
	{"type", {"scanner", "p"}},
	{"seg", {"ward", "imag"}},
	{"service", {"THEATRE"}},
	{"internet", {"yes", "no"}},
	{"smb1", {"on", "off"}},
	{"seen", {"os", "software", "updates"}},
	{"vendor", {"acme"}},
	{"model", {"field 1"}},
	{"udi", {"78901"}},
	{"support", {"2017-06-30", "2018-01-01"}},
	{"controls", {"own"}},
	{"name", {"firefox", "chrome", "o"}},
	{"publisher", {"mozilla", "microsoft"}},
	{"version", {"52.0", "10"}},
	{"unresolved", {"yes", "no"}},
};

static void make_query(struct rng *rng, struct asking *q)
{
	static const char *const tests[] = {"", "<", "<=", ">", ">=", "="};

	text_clear(&q->text);
	q->n = rng_below(rng, TERMS_MOST + 1);
	for (unsigned i = 0; i < q->n; i++) {
		struct wanted *t = &q->v[i];
		uint32_t at = rng_below(rng, ARRAY_LEN(vocabulary)), n = 0;
		bool tested;

		if (rng_below(rng, 3) == 0)
			at = (uint32_t)ARRAY_LEN(vocabulary) - 1 - rng_below(rng, 4);
		while (n < 8 && vocabulary[at].values[n])
			n++;
		*t = (struct wanted){vocabulary[at].word, "", "", rng_below(rng, 4) == 0};
		t->value = vocabulary[at].values[rng_below(rng, n)];
		tested = strcmp(t->word, "version") == 0 || strcmp(t->word, "support") == 0;
		t->test = tested ? PICK(rng, tests) : "";
		text_addf(&q->text, "%s%s%s%s%s\"%s\" ", t->negated ? "-" : "", t->word,
			  *t->word ? ":" : "", t->test, "", t->value);
	}
}

/* ---- plainly ---------------------------------------------------------------------------- */

enum plain { PLAIN_NO, PLAIN_UNKNOWN, PLAIN_YES };

struct of_device {
	const struct asking *q;
	const struct segment *s;
	uint32_t i;
	const char *why;
};

static bool part(struct str text, const char *want)
{
	return str_find_ci(text, str_of(want), 0) != SIZE_MAX;
}

static bool as_test(const char *test, int c)
{
	if (strcmp(test, "<") == 0)
		return c < 0;
	if (strcmp(test, "<=") == 0)
		return c <= 0;
	if (strcmp(test, ">") == 0)
		return c > 0;
	if (strcmp(test, ">=") == 0)
		return c >= 0;
	return c == 0;
}

static bool raw_is(const struct segment *s, const struct estate_raw *r, const struct wanted *t)
{
	struct str version = seg_str(s, r->version), cpe = seg_str(s, r->cpe);

	if (strcmp(t->word, "name") == 0)
		return part(seg_str(s, r->name), t->value) || part(cpe, t->value) ||
		       part(seg_str(s, r->purl), t->value);
	if (strcmp(t->word, "publisher") == 0)
		return part(seg_str(s, r->publisher), t->value) || part(cpe, t->value);
	return version.n &&
	       as_test(t->test, version_compare(VERSION_GENERIC, version, str_of(t->value)));
}

static bool of_software(const struct wanted *t)
{
	return strcmp(t->word, "name") == 0 || strcmp(t->word, "publisher") == 0 ||
	       strcmp(t->word, "version") == 0;
}

/* One software of all positive terms; or, for a negated term, of that. */
static bool raw_counts(const struct of_device *d, const struct estate_raw *r,
		       const struct wanted *of)
{
	bool all = true;

	if (of->negated)
		return raw_is(d->s, r, of);
	for (unsigned i = 0; i < d->q->n; i++)
		if (of_software(&d->q->v[i]) && !d->q->v[i].negated)
			all = all && raw_is(d->s, r, &d->q->v[i]);
	return all;
}

static bool holds_software(const struct of_device *d, const struct wanted *of, bool unresolved)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct estate_resolved resolved;
	struct device_raws raws = segment_raws(d->s, d->i, arena);
	const struct device_raws *all = segment_all_raws(d->s, arena);
	bool found = false;

	assert_int_equal(raws.n, all[d->i].n);
	for (uint32_t k = 0; k < raws.n; k++) {
		const struct estate_raw *r = &d->s->raws[raws.v[k]];

		assert_int_equal(raws.v[k], all[d->i].v[k]);

		if (unresolved)
			estate_resolve_raw(d->q->resolver, d->s, r, arena, &resolved);
		found |=
			unresolved ? resolved.state == RESOLUTION_UNRESOLVED : raw_counts(d, r, of);
	}
	return found;
}

static void fold(struct str s, struct text *to)
{
	text_clear(to);
	for (size_t i = 0; i < s.n; i++)
		text_add_char(to, s.p[i] == '_' || s.p[i] == '-' ? ' ' : s.p[i]);
}

static bool folded_part(struct str text, const char *want)
{
	AUTO(text_freep) struct text a = {0}, b = {0};

	fold(text, &a);
	fold(str_of(want), &b);
	return str_find_ci(text_str(&a), text_str(&b), 0) != SIZE_MAX;
}

static bool os_is(const struct of_device *d, const char *want)
{
	const struct windows_line *line = segment_line(d->s, d->i);
	const struct estate_device *row = &d->s->devices[d->i];
	bool is = folded_part(seg_str(d->s, row->os_name), want) ||
		  part(seg_str(d->s, row->os_cpe), want);

	if (!line)
		return is;
	is |= str_eq_ci(str_of(want), str_of(line->name)) || folded_part(str_of(line->title), want);
	for (size_t i = 0; i < line->n_cpes; i++)
		is |= line->cpes[i].product &&
		      str_eq_ci(str_of(want), str_of(line->cpes[i].product));
	return is;
}

static enum plain if_seen(struct of_device *d, enum facet f, bool found)
{
	static const char *const never[] = {"operating system never seen", "software never seen",
					    "updates never seen"};
	const struct estate_seen *seen = &d->s->devices[d->i].facet[f];

	if (found)
		return PLAIN_YES;
	if (seen->seen_ms && !seen->incomplete)
		return PLAIN_NO;
	if (!d->why)
		d->why = !seen->seen_ms	 ? never[f]
			 : f == FACET_OS ? "its system is only guessed"
					 : "the list is incomplete";
	return PLAIN_UNKNOWN;
}

static enum plain support_is(struct of_device *d, const struct wanted *t)
{
	struct str until = segment_kept(d->s, d->i, KEPT_SUPPORT);

	if (until.n)
		return as_test(t->test, str_cmp(until, str_of(t->value))) ? PLAIN_YES : PLAIN_NO;
	if (d->s->devices[d->i].class != CLASS_MEDICAL)
		return PLAIN_NO;
	if (!d->why)
		d->why = "nobody says until when it is supported";
	return PLAIN_UNKNOWN;
}

/* Of terms that are yes or no. */
static bool plainly(const struct of_device *d, const struct wanted *t)
{
	const struct segment *s = d->s;
	const struct estate_device *row = &s->devices[d->i];
	bool yes = strcmp(t->value, "yes") == 0 || strcmp(t->value, "on") == 0;
	struct str texts[] = {seg_str(s, row->id), seg_str(s, row->type), seg_str(s, row->segment),
			      seg_str(s, row->service), seg_str(s, row->os_name)};
	static const char *const words[] = {"id", "type", "seg", "service"};
	static const char *const kept[] = {"vendor", "model", "udi", "support", "controls"};
	bool any = false;

	for (unsigned i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(t->word, words[i]) == 0)
			return part(texts[i], t->value);
	for (unsigned i = 0; i < ARRAY_LEN(kept); i++)
		if (strcmp(t->word, kept[i]) == 0)
			return part(segment_kept(s, d->i, (enum kept)i), t->value);
	if (strcmp(t->word, "class") == 0)
		return str_eq_ci(str_of(device_class_name((enum device_class)row->class)),
				 str_of(t->value));
	if (strcmp(t->word, "org") == 0)
		return str_eq_ci(s->org, str_of(t->value));
	if (strcmp(t->word, "internet") == 0)
		return row->internet_facing == (yes ? SAID_YES : SAID_NO);
	if (strcmp(t->word, "smb1") == 0)
		return row->smb1_off == (yes ? SAID_NO : SAID_YES);
	if (strcmp(t->word, "unresolved") == 0)
		return holds_software(d, t, true) == yes;
	for (unsigned f = 0; f < FACETS; f++)
		if (strcmp(t->word, "seen") == 0 && strcmp(t->value, facet_name(f)) == 0)
			return row->facet[f].seen_ms != 0;
	for (unsigned i = 0; i < ARRAY_LEN(texts); i++)
		any |= part(texts[i], t->value);
	return any;
}

static enum plain plain_of(struct of_device *d, const struct wanted *t)
{
	uint32_t kb = 0;

	if (of_software(t))
		return if_seen(d, FACET_SOFTWARE, holds_software(d, t, false));
	if (strcmp(t->word, "os") == 0)
		return if_seen(d, FACET_OS, os_is(d, t->value));
	if (strcmp(t->word, "line") == 0)
		return if_seen(d, FACET_OS,
			       segment_line(d->s, d->i) == windows_line_by_name(str_of(t->value)));
	if (strcmp(t->word, "kb") == 0)
		return if_seen(d, FACET_UPDATES,
			       kb_parse(str_of(t->value), &kb) && segment_has_kb(d->s, d->i, kb));
	if (strcmp(t->word, "support") == 0)
		return support_is(d, t);
	return plainly(d, t) ? PLAIN_YES : PLAIN_NO;
}

struct answer {
	const struct asking *q;
	struct text text;
};

static void answer_add(struct answer *a, const struct segment *s, uint32_t device, const char *why)
{
	text_addf(&a->text, "%.*s/%.*s%s%s\n", STR_FMT(s->org),
		  STR_FMT(seg_str(s, s->devices[device].id)), why ? ": " : "", why ? why : "");
}

static bool look_plainly(void *ctx, const struct segment *s, struct err *err)
{
	struct answer *a = ctx;

	(void)err;
	for (uint32_t i = 0; i < s->ndevices; i++) {
		struct of_device d = {a->q, s, i, NULL};
		bool hit = true;

		for (unsigned t = 0; t < a->q->n; t++) {
			enum plain is = plain_of(&d, &a->q->v[t]);

			hit = hit && is != (a->q->v[t].negated ? PLAIN_YES : PLAIN_NO);
		}
		if (hit)
			answer_add(a, s, i, d.why);
	}
	return true;
}

/* ---- both ------------------------------------------------------------------------------- */

static bool take_hit(void *ctx, const struct estate_hit *hit, struct err *err)
{
	(void)err;
	answer_add(ctx, hit->segment, hit->device, hit->unknown);
	return true;
}

static bool look_in(void *ctx, const struct segment *s, struct err *err)
{
	struct answer *a = ctx;
	const struct estate_query query = {text_str(&a->q->text), take_hit, a};

	return estate_search_in(s, a->q->resolver, &query, err);
}

static void compare(const struct asking *q, const char *how, const struct answer *got,
		    const struct answer *want)
{
	if (!str_eq(text_str(&got->text), text_str(&want->text)))
		fail_msg("%s: %s gives\n%s, not\n%s", text_c(&q->text), how, text_c(&got->text),
			 text_c(&want->text));
}

static void asks_alike(struct estate *e, const struct asking *q)
{
	struct answer want = {.q = q}, all = {.q = q}, one = {.q = q};
	struct err err = {0};

	if (!estate_each_segment(e, look_plainly, &want, &err) ||
	    !estate_search(e, text_str(&q->text), take_hit, &all, &err) ||
	    !estate_each_segment(e, look_in, &one, &err))
		fail_msg("%s: %s", text_c(&q->text), err.text);
	compare(q, "the search", &all, &want);
	compare(q, "each by itself", &one, &want);
	text_free(&want.text);
	text_free(&all.text);
	text_free(&one.text);
}

static void asks_some(struct estate *e, struct rng *rng, unsigned n)
{
	AUTO(estate_resolver_closep) struct estate_resolver *resolver = NULL;
	struct asking q = {.n = 0};
	struct err err = {0};

	if (!estate_resolver_open(e, NULL, &resolver, &err))
		fail_msg("%s", err.text);
	q.resolver = resolver;
	for (unsigned i = 0; i < n; i++) {
		make_query(rng, &q);
		asks_alike(e, &q);
	}
	text_free(&q.text);
}

static void have_orgs(struct world *w)
{
	struct err err = {0};

	for (unsigned i = 1; i < ORGS; i++) {
		AUTO(text_freep) struct text body = {0};

		text_addf(&body, "{\"name\":\"Practice %u\",\"org\":\"%s\"}", i, orgs[i]);
		if (!world_act(w, "org.add", text_str(&body), NULL, &err))
			fail_msg("%s", err.text);
	}
}

static void random_searches_are_as_plain_loops_say(void **state)
{
	struct world *w = *state;

	have_orgs(w);
	for (uint32_t seed = 0; seed < SEEDS; seed++) {
		struct rng rng = rng_of(seed, 7);

		print_message("seed %u\n", seed);
		for (unsigned i = rng_below(&rng, 4); i; i--)
			take_in(w, &rng);
		asks_some(w->estate, &rng, QUERIES);
	}
}

/* ---- what is kept from one search to the next ------------------------------------------- */

static bool add_id(void *ctx, const struct estate_hit *hit, struct err *err)
{
	(void)err;
	text_add(ctx, seg_str(hit->segment, hit->segment->devices[hit->device].id));
	return true;
}

static void finds(struct estate *e, const char *query, const char *want)
{
	for (unsigned again = 0; again < 3; again++) {
		AUTO(text_freep) struct text out = {0};
		struct err err = {0};

		if (!estate_search(e, str_of(query), add_id, &out, &err))
			fail_msg("%s: %s", query, err.text);
		if (strcmp(text_c(&out), want) != 0)
			fail_msg("%s gives \"%s\", not \"%s\"", query, text_c(&out), want);
	}
}

static const char one[] = "# taken: 2017-05-01\n# scope: organisation\n"
			  "device,class,publisher,name,version\nA,server,Acme,Thing,1\n";
static const char two[] = "# taken: 2017-05-02\n# scope: organisation\n"
			  "device,class,publisher,name,version\nB,server,Acme,Thing,2\n"
			  "C,,Acme,Part,1\n";

struct process {
	struct store *store;
	struct journal *journal;
	struct estate *estate;
};

static void process_open(struct process *p, const struct world *w)
{
	const struct store_config config = {
		.path = w->path, .mode = STORE_READ, .tables = w->plan->tables};
	struct err err = {0};

	if (!store_open(&config, &p->store, &err) ||
	    !journal_open(p->store, NULL, &p->journal, &err) ||
	    !estate_open(p->journal, &p->estate, &err))
		fail_msg("%s", err.text);
}

static void process_close(struct process *p)
{
	estate_close(p->estate);
	journal_close(p->journal);
	store_close(p->store);
}

static void what_others_take_in_is_found(void **state)
{
	struct world *w = *state;
	struct process other;

	have_orgs(w);
	process_open(&other, w);
	finds(w->estate, "name:thing", "");
	finds(other.estate, "name:thing", "");
	world_has(w, "RBB", "a.csv", one);
	finds(other.estate, "name:thing", "A");
	finds(w->estate, "class:server name:thing", "A");
	world_has(w, "RAA", "a.csv", two);
	finds(other.estate, "name:thing", "BA");
	world_has(w, "RBB", "b.csv", two);
	finds(other.estate, "name:thing version:>1", "BB");
	finds(w->estate, "name:part", "CC");
	finds(w->estate, "org:raa name:part", "C");
	process_close(&other);
}

static void take_in_within(struct world *w, struct store_txn *txn, const char *org,
			   const char *bytes)
{
	const struct estate_file_in in = {.name = STR("x.csv"),
					  .bytes = str_of(bytes),
					  .org = str_of(org),
					  .received_ms = w->now_ms};
	struct record what = {
		.stamped_ms = w->now_ms, .act = STR("estate.import"), .post = STR("national-lead")};
	struct estate_reading r = {0};
	struct record sealed;
	struct hash digest;
	struct err err = {0};
	bool ok = estate_read_all(&in, 1, &r, &err);

	what.body = text_str(&r.body);
	if (!ok || !journal_put_bulk(txn, in.bytes, &digest, &err) ||
	    !journal_append(w->journal, txn, &what, &sealed, &err) ||
	    !world_again(w, txn, &sealed, &err))
		fail_msg("%s", err.text);
	estate_reading_free(&r);
}

/* Nor what another record of the same number brought before it was taken out. */
static void what_is_rolled_back_is_not_found(void **state)
{
	struct world *w = *state;
	struct store_txn *txn = NULL;
	struct err err = {0};

	have_orgs(w);
	world_has(w, "R1H", "a.csv", one);
	finds(w->estate, "name:thing", "A");
	assert_true(store_begin(w->store, &txn, &err));
	take_in_within(w, txn, "R1H", two);
	finds(w->estate, "name:thing", "B");
	store_rollbackp(&txn);
	finds(w->estate, "name:thing", "A");
	assert_true(store_begin(w->store, &txn, &err));
	take_in_within(w, txn, "RAA", one);
	finds(w->estate, "name:thing", "AA");
	store_rollbackp(&txn);
	world_has(w, "RCC", "a.csv", two);
	finds(w->estate, "name:thing", "AB");
	finds(w->estate, "name:part", "C");
}

static void what_names_stand_for_may_change(void **state)
{
	struct world *w = *state;
	AUTO(text_freep) struct text body = {0};
	struct err err = {0};

	have_orgs(w);
	world_has(w, "R1H", "a.csv", one);
	world_has(w, "RAA", "a.csv", two);
	finds(w->estate, "unresolved:yes", "ABC");
	if (!estate_resolve_body(STR("Acme|Thing"), STR("cpe:/a:acme:thing"), &body, &err) ||
	    !world_act(w, "estate.resolve", text_str(&body), NULL, &err))
		fail_msg("%s", err.text);
	finds(w->estate, "unresolved:yes", "C");
	world_has(w, "RBB", "a.csv", two);
	finds(w->estate, "unresolved:yes", "CC");
	finds(w->estate, "unresolved:no name:thing", "ABB");
	finds(w->estate, "org:RBB unresolved:yes", "C");
	text_clear(&body);
	if (!estate_unresolve_body(STR("Acme|Thing"), &body, &err) ||
	    !world_act(w, "estate.unresolve", text_str(&body), NULL, &err))
		fail_msg("%s", err.text);
	finds(w->estate, "unresolved:yes", "ABCBC");
}

#define IN_WORLD(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)

const struct CMUnitTest twin_tests[] = {
	IN_WORLD(random_searches_are_as_plain_loops_say),
	IN_WORLD(what_others_take_in_is_found),
	IN_WORLD(what_is_rolled_back_is_not_found),
	IN_WORLD(what_names_stand_for_may_change),
};
const size_t n_twin_tests = ARRAY_LEN(twin_tests);
