#include "alerts/alerts.h"
#include "base/mem.h"
#include "base/rng.h"
#include "cli/bench.h"
#include "cli/import.h"
#include "directory/directory.h"
#include "estate/estate.h"

/*
 * A made-up service: organisations with one inventory each, alerts about one vulnerability each.
 * Devices of an organisation hold much the same software; a vulnerability concerns a product that
 * some organisations hold, in versions that some of those have.
 */

const struct cli_option alerts_bench_options[] = {
	{"--orgs", "N", "so many organisations (else 10,000)"},
	{"--alerts", "N", "so many alerts (else 200)"},
	{"--devices", "N", "so many devices each (else 20)"},
	{"--seed", "N", "another service"},
	{NULL, NULL, NULL},
};

enum {
	SOFTWARE = 15,	 /* that an organisation's devices hold */
	PRODUCTS = 1000, /* to choose from; vulnerabilities are of the first */
	VERSIONS = 4,	 /* of each; half of them vulnerable */
	AGAIN = 40,	 /* inventories that come in one by one */
	SHOWN = 10,
	HISTORY_DAYS = 90,
	IMPORTS = 500, /* per transaction */
};

struct alerts_bench_state {
	struct cli *cli;
	uint64_t orgs, alerts, devices, seed;
	struct bench_rows rows;
	struct str *codes, *cves;
	int64_t taken_ms;
};

/* --- the service ------------------------------------------------------------------------ */

static bool act_with(struct acts *a, const char *act, struct str body, struct str bytes,
		     struct err *err)
{
	struct act_request request = {.act = act, .body = body};

	return acts_begin(a, err) && import_act(a, &request, bytes, err) && acts_commit(a, err);
}

bool bench_orgs_make(const struct bench_orgs *b, struct acts *a, struct err *err)
{
	AUTO(text_freep) struct text csv = {0}, body = {0};
	struct directory_view view = {acts_store(a), b->arena, acts_now_ms(a)};
	struct directory_report report;
	struct directory_import in = {.file = STR("bench.csv"),
				      .taken_ms = DIRECTORY_NO_DATE,
				      .received_ms = acts_now_ms(a)};

	text_add_c(&csv, "code,name,role,parent,region,expected_devices\n");
	for (uint64_t i = 0; i < b->n; i++) {
		b->codes[i] = arena_fmt(b->arena, "B%05ju", (uintmax_t)i);
		text_addf(&csv, "%.*s,Practice %ju,gp_practice,BENCH,,%ju\n", STR_FMT(b->codes[i]),
			  (uintmax_t)i, (uintmax_t)b->devices);
	}
	in.bytes = text_str(&csv);
	return directory_import_body(&view, &in, &report, &body, err) &&
	       act_with(a, "org.import", text_str(&body), in.bytes, err);
}

static void make_vulnerability(struct text *out, unsigned i)
{
	text_addf(out,
		  "%s{\"cve\":{\"id\":\"CVE-2017-%04u\",\"published\":\"2017-03-17T00:59:00.000\","
		  "\"lastModified\":\"2017-03-17T00:59:00.000\",\"vulnStatus\":\"Analyzed\","
		  "\"descriptions\":[{\"lang\":\"en\",\"value\":\"bench\"}],\"metrics\":{},"
		  "\"configurations\":[{\"nodes\":[{\"operator\":\"OR\",\"negate\":false,"
		  "\"cpeMatch\":[{\"vulnerable\":true,\"criteria\":"
		  "\"cpe:2.3:a:bench:product%u:*:*:*:*:*:*:*:*\",\"versionEndExcluding\":\"%u.0\","
		  "\"matchCriteriaId\":\"A\"}]}]}]}}",
		  i ? "," : "", i + 1, i, VERSIONS / 2);
}

static bool make_feed(struct alerts_bench_state *b, struct acts *a, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(text_freep) struct text json = {0}, body = {0};
	struct intel_batch *batch;

	text_add_c(&json, "{\"format\":\"NVD_CVE\",\"version\":\"2.0\",\"resultsPerPage\":1,"
			  "\"startIndex\":0,\"totalResults\":1,"
			  "\"timestamp\":\"2017-05-01T00:00:00.000\",\"vulnerabilities\":[");
	for (unsigned i = 0; i < b->alerts; i++) {
		b->cves[i] = arena_fmt(b->cli->arena, "CVE-2017-%04u", i + 1);
		make_vulnerability(&json, i);
	}
	text_add_c(&json, "]}");
	if (!intel_read(arena, STR("bench.json"), text_str(&json), &batch, err))
		return false;
	intel_import_body(batch, STR("bench.json"), acts_now_ms(a), &body);
	return act_with(a, "feed.import", text_str(&body), text_str(&json), err);
}

/* --- inventories ------------------------------------------------------------------------- */

static void make_inventory(const struct alerts_bench_state *b, uint64_t org, uint64_t turn,
			   struct text *csv)
{
	struct rng rng = rng_of(b->seed, org);
	uint32_t product[SOFTWARE], version[SOFTWARE];

	for (unsigned i = 0; i < SOFTWARE; i++) {
		product[i] = (uint32_t)rng_below(&rng, PRODUCTS);
		version[i] = (uint32_t)rng_below(&rng, VERSIONS);
	}
	if (turn)
		version[turn % SOFTWARE] = (version[turn % SOFTWARE] + 1) % VERSIONS;
	text_add_c(csv, "device,class,os,cpe\n");
	for (uint64_t d = 0; d < b->devices; d++)
		for (unsigned i = 0; i < SOFTWARE; i++)
			text_addf(csv,
				  "PC%03ju,workstation,Linux,"
				  "cpe:2.3:a:bench:product%u:%u.%u:*:*:*:*:*:*:*\n",
				  (uintmax_t)d, product[i], version[i],
				  (unsigned)rng_below(&rng, 8) == 0);
}

static bool import_one(struct alerts_bench_state *b, struct acts *a, uint64_t org, uint64_t turn,
		       struct err *err)
{
	AUTO(text_freep) struct text csv = {0};
	struct estate_file_in in = {.name = STR("bench.csv"),
				    .org = b->codes[org],
				    .received_ms = b->taken_ms + (int64_t)turn * MS_PER_HOUR,
				    .stated = {.kind = STR("agent"), .scope = STR("organisation")}};
	struct estate_reading r = {0};
	bool ok;

	make_inventory(b, org, turn, &csv);
	in.bytes = text_str(&csv);
	in.stated.taken_ms = in.received_ms;
	ok = estate_read_all(&in, 1, &r, err) &&
	     import_act(a, &(struct act_request){.act = "estate.import", .body = text_str(&r.body)},
			in.bytes, err);
	estate_reading_free(&r);
	return ok;
}

static bool make_estates(struct alerts_bench_state *b, struct acts *a, struct err *err)
{
	for (uint64_t from = 0; from < b->orgs; from += IMPORTS) {
		uint64_t to = MIN_OF(from + IMPORTS, b->orgs);

		cli_progress("inventories: %ju of %ju", (uintmax_t)from, (uintmax_t)b->orgs);
		if (!acts_begin(a, err))
			return false;
		for (uint64_t i = from; i < to; i++)
			if (!import_one(b, a, i, 0, err))
				return false;
		if (!acts_commit(a, err))
			return false;
	}
	return true;
}

static bool make_alerts(struct alerts_bench_state *b, struct acts *a, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct alerts_bench how = {.site = STR("bench"),
				   .orgs = {b->codes, b->orgs},
				   .cves = {b->cves, b->alerts},
				   .alerts = b->alerts,
				   .answered = 1,
				   .published_ms = b->taken_ms - MS_PER_DAY};

	return store_begin(acts_store(a), &txn, err) && alerts_bench_make(txn, &how, err) &&
	       store_commit(&txn, err);
}

/* --- measures ------------------------------------------------------------------------------ */

static bool forget_derived(struct acts *a, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;

	return store_begin(acts_store(a), &txn, err) && store_clear(txn, STORE_DERIVED, err) &&
	       store_commit(&txn, err);
}

static bool measure_whole(struct alerts_bench_state *b, struct acts *a, const char *work,
			  struct err *err)
{
	AUTO(alerts_closep) struct alerts *room = NULL;
	struct alerts_advanced done = {0};

	if (!forget_derived(a, err))
		return false;
	b->rows.began_ns = clock_monotonic_ns();
	if (!alerts_open(acts_journal(a), &b->cli->clock, &room, err) ||
	    !alerts_advance(room, &done, err))
		return false;
	bench_measured(&b->rows, work, (double)(b->orgs * b->alerts), "obligations");
	return true;
}

static bool measure_one(struct alerts_bench_state *b, struct acts *a, struct err *err)
{
	AUTO(alerts_closep) struct alerts *room = NULL;
	struct alerts_advanced done = {0};
	int64_t spent_ns = 0;

	if (!alerts_open(acts_journal(a), &b->cli->clock, &room, err))
		return false;
	for (uint64_t i = 0; i <= AGAIN; i++) {
		int64_t began_ns;

		if (!acts_begin(a, err) || !import_one(b, a, i % b->orgs, i + 1, err) ||
		    !acts_commit(a, err))
			return false;
		began_ns = clock_monotonic_ns();
		if (!alerts_advance(room, &done, err))
			return false;
		if (i) /* the first loads what the others have in hand */
			spent_ns += clock_monotonic_ns() - began_ns;
	}
	b->rows.began_ns = clock_monotonic_ns() - spent_ns;
	bench_measured(&b->rows, "one organisation's new inventory, warm", AGAIN, "inventories");
	return true;
}

static bool measure_show(struct alerts_bench_state *b, struct acts *a, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct obligation_filter filter = {.alert = STR("CC-2017-0001")};
	struct obligation_list list = {0};

	b->rows.began_ns = clock_monotonic_ns();
	for (unsigned i = 0; i < SHOWN; i++) {
		struct alerts_view view = {acts_store(a), arena, b->taken_ms + 2 * MS_PER_DAY};

		if (!alert_obligations(&view, &filter, &list, err))
			return false;
		arena_clear(arena);
	}
	bench_measured(&b->rows, "one alert shown", SHOWN, "alerts");
	return true;
}

static bool make_history(struct alerts_bench_state *b, struct acts *a, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	size_t bytes[2] = {0};
	struct alerts_bench how = {.site = STR("bench"),
				   .orgs = {b->codes, b->orgs},
				   .days = HISTORY_DAYS,
				   .bytes = bytes,
				   .published_ms = b->taken_ms - MS_PER_DAY};

	if (!store_begin(acts_store(a), &txn, err) || !alerts_bench_make(txn, &how, err) ||
	    !store_commit(&txn, err))
		return false;
	bench_measured(&b->rows, "90 days of daily history, once for all alerts", (double)bytes[0],
		       "bytes");
	bench_measured(&b->rows, "the same of one alert, a third of them exposed", (double)bytes[1],
		       "bytes");
	return true;
}

static bool measure_trend(struct alerts_bench_state *b, struct acts *a, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	const struct trend_query query = {.alert = STR("CC-2017-0001")};
	struct trend trend = {0};

	if (!make_history(b, a, err))
		return false;
	for (unsigned i = 0; i < SHOWN; i++) {
		struct alerts_view view = {acts_store(a), arena,
					   b->taken_ms + HISTORY_DAYS * MS_PER_DAY};

		if (!alert_trend(&view, &query, &trend, err))
			return false;
		arena_clear(arena);
	}
	bench_measured(&b->rows, "its trend read", SHOWN, "trends");
	return true;
}

static bool measure(void *ctx, struct acts *a, struct err *err)
{
	struct alerts_bench_state *b = ctx;
	const struct bench_orgs orgs = {b->cli->arena, b->codes, b->orgs, b->devices};

	b->rows.began_ns = clock_monotonic_ns();
	if (!bench_orgs_make(&orgs, a, err) || !make_feed(b, a, err) || !make_estates(b, a, err) ||
	    !make_alerts(b, a, err))
		return false;
	bench_measured(&b->rows, "service made", (double)b->orgs, "organisations");
	return measure_whole(b, a, "derived with estates built", err) &&
	       measure_whole(b, a, "derived again from nothing", err) && measure_one(b, a, err) &&
	       measure_show(b, a, err) && measure_trend(b, a, err);
}

bool alerts_bench_run(struct cli *c, struct err *err)
{
	struct alerts_bench_state b = {.cli = c, .rows.bench = "alerts", .taken_ms = 1494403200000};

	if (!cli_opt_u64(c, "--orgs", 10000, &b.orgs, err) ||
	    !cli_opt_u64(c, "--alerts", 200, &b.alerts, err) ||
	    !cli_opt_u64(c, "--devices", 20, &b.devices, err) ||
	    !cli_opt_u64(c, "--seed", 1, &b.seed, err))
		return false;
	if (!b.orgs || b.orgs > 99999 || !b.alerts || b.alerts > PRODUCTS || !b.devices ||
	    b.devices > 999)
		return err_set(err, ERR_USAGE,
			       "it takes 1 to 99999 organisations, 1 to %d alerts and 1 to 999 "
			       "devices",
			       PRODUCTS);
	b.codes = ARENA_ARRAY(c->arena, struct str, b.orgs);
	b.cves = ARENA_ARRAY(c->arena, struct str, b.alerts);
	return bench_service(c, measure, &b, err) && bench_print(c, b.rows.v, b.rows.n, err);
}
