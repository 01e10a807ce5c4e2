#include "intel/feed.h"

/*
 * The recorded tables and the acts that fill them.  Two ways to merge, both
 * functions of the set of feeds.  Row by row: of two rows with one key the later modified
 * wins, and of equal times the larger digest of the feed.  Whole: the latest
 * edition of a catalogue replaces the one before.
 */

#define FEED_DIGEST(row)                                                                           \
	"(SELECT f.digest FROM intel_feed f WHERE f.site = " row ".site AND f.record = " row       \
	".record)"
#define NEWER(table)                                                                               \
	" WHERE excluded.modified > " table ".modified OR (excluded.modified = " table             \
	".modified AND " FEED_DIGEST("excluded") " > " FEED_DIGEST(table) ")"

#define VULN_COLUMNS                                                                               \
	"(cve INTEGER NOT NULL PRIMARY KEY, modified INTEGER NOT NULL, published INTEGER NOT "     \
	"NULL,"                                                                                    \
	" state INTEGER NOT NULL, flags INTEGER NOT NULL, cvss INTEGER NOT NULL,"                  \
	" site TEXT NOT NULL, record INTEGER NOT NULL, config BLOB NOT NULL, body BLOB NOT NULL);"
#define NAMED_COLUMNS                                                                              \
	"(name TEXT NOT NULL PRIMARY KEY, modified INTEGER NOT NULL, site TEXT NOT NULL,"          \
	" record INTEGER NOT NULL, body BLOB NOT NULL);"
#define LISTED_COLUMNS                                                                             \
	"(name TEXT NOT NULL, cve INTEGER NOT NULL, added INTEGER NOT NULL, due INTEGER NOT NULL," \
	" flags INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (cve, name));"

const struct store_table intel_tables[] = {
	{"intel_feed", STORE_RECORDED,
	 SQL("CREATE TABLE intel_feed (site TEXT NOT NULL, record INTEGER NOT NULL,"
	     " kind TEXT NOT NULL, name TEXT NOT NULL, source TEXT NOT NULL,"
	     " taken INTEGER NOT NULL, received INTEGER NOT NULL, size INTEGER NOT NULL,"
	     " digest TEXT NOT NULL, accepted INTEGER NOT NULL, skipped INTEGER NOT NULL,"
	     " refused INTEGER NOT NULL, criteria INTEGER NOT NULL, verdict TEXT NOT NULL,"
	     " PRIMARY KEY (site, record));"),
	 NULL},
	{"intel_source", STORE_RECORDED,
	 SQL("CREATE TABLE intel_source (name TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL,"
	     " url TEXT NOT NULL);"),
	 NULL},
	{"intel_catalogue", STORE_RECORDED,
	 SQL("CREATE TABLE intel_catalogue (kind TEXT NOT NULL, name TEXT NOT NULL,"
	     " modified INTEGER NOT NULL, site TEXT NOT NULL, record INTEGER NOT NULL,"
	     " words BLOB NOT NULL, edges BLOB NOT NULL, PRIMARY KEY (kind, name));"),
	 NULL},
	{"intel_vuln", STORE_RECORDED, SQL("CREATE TABLE intel_vuln " VULN_COLUMNS), NULL},
	{"intel_override", STORE_RECORDED, SQL("CREATE TABLE intel_override " VULN_COLUMNS), NULL},
	{"intel_epss", STORE_RECORDED,
	 SQL("CREATE TABLE intel_epss (cve INTEGER NOT NULL PRIMARY KEY, modified INTEGER NOT NULL,"
	     " score INTEGER NOT NULL, percentile INTEGER NOT NULL, site TEXT NOT NULL,"
	     " record INTEGER NOT NULL);"),
	 NULL},
	{"intel_kev", STORE_RECORDED, SQL("CREATE TABLE intel_kev " LISTED_COLUMNS), NULL},
	{"intel_msrc", STORE_RECORDED, SQL("CREATE TABLE intel_msrc " LISTED_COLUMNS), NULL},
	{"intel_fix", STORE_RECORDED, SQL("CREATE TABLE intel_fix " LISTED_COLUMNS), NULL},
	{"intel_history", STORE_RECORDED, SQL("CREATE TABLE intel_history " NAMED_COLUMNS), NULL},
	{"intel_cycle", STORE_RECORDED, SQL("CREATE TABLE intel_cycle " NAMED_COLUMNS), NULL},
	{"intel_tag", STORE_LOCAL,
	 SQL("CREATE TABLE intel_tag (url TEXT NOT NULL PRIMARY KEY, etag TEXT NOT NULL,"
	     " modified TEXT NOT NULL);"),
	 NULL},
	{0},
};

#define VULN_PUT(table)                                                                            \
	SQL("INSERT INTO " table " (cve, modified, published, state, flags, cvss, site, record,"   \
	    " config, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"                      \
	    " ON CONFLICT (cve) DO UPDATE SET modified = excluded.modified,"                       \
	    " published = excluded.published, state = excluded.state, flags = excluded.flags,"     \
	    " cvss = excluded.cvss, site = excluded.site, record = excluded.record,"               \
	    " config = excluded.config, body = excluded.body" NEWER(table))
#define NAMED_PUT(table)                                                                           \
	SQL("INSERT INTO " table " (name, modified, site, record, body)"                           \
	    " VALUES (?1, ?2, ?3, ?4, ?5)"                                                         \
	    " ON CONFLICT (name) DO UPDATE SET modified = excluded.modified,"                      \
	    " site = excluded.site, record = excluded.record, body = excluded.body" NEWER(table))
/* A list that names one CVE twice: the last word counts. */
#define LISTED_PUT(table)                                                                          \
	SQL("INSERT INTO " table " (name, cve, added, due, flags, body)"                           \
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (cve, name) DO UPDATE SET"               \
	    " added = excluded.added, due = excluded.due, flags = excluded.flags,"                 \
	    " body = excluded.body")
#define LISTED_CLEAR(table) SQL("DELETE FROM " table " WHERE name = ?1")

/* What is applied: a batch and the record that brought it. */
struct import {
	struct store_txn *txn;
	const struct intel_batch *batch;
	struct str name, site;
	int64_t record, taken_ms;
	uint64_t changed;
};

static bool put_vuln(struct import *im, const struct entry *e, struct sql sql, struct err *err)
{
	return store_run(im->txn, sql,
			 ARGS(store_int((int64_t)e->key), store_int(e->modified_ms),
			      store_int(e->published_ms), store_int(e->state), store_int(e->flags),
			      store_int(e->cvss), store_text(im->site), store_int(im->record),
			      store_blob(e->config.p, e->config.n),
			      store_blob(e->body.p, e->body.n)),
			 err);
}

static bool put_nvd(struct import *im, const struct entry *e, struct err *err)
{
	return put_vuln(im, e, VULN_PUT("intel_vuln"), err);
}

static bool put_override(struct import *im, const struct entry *e, struct err *err)
{
	struct entry dated = *e;

	if (!dated.modified_ms)
		dated.modified_ms = im->taken_ms;
	return put_vuln(im, &dated, VULN_PUT("intel_override"), err);
}

static bool put_epss(struct import *im, const struct entry *e, struct err *err)
{
	return store_run(
		im->txn,
		SQL("INSERT INTO intel_epss (cve, modified, score, percentile, site, record)"
		    " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (cve) DO UPDATE SET"
		    " modified = excluded.modified, score = excluded.score,"
		    " percentile = excluded.percentile, site = excluded.site,"
		    " record = excluded.record" NEWER("intel_epss")),
		ARGS(store_int((int64_t)e->key), store_int(im->taken_ms), store_int(e->number),
		     store_int(e->number2), store_text(im->site), store_int(im->record)),
		err);
}

static bool put_named(struct import *im, const struct entry *e, struct sql sql, struct err *err)
{
	return store_run(im->txn, sql,
			 ARGS(store_text(e->name), store_int(im->taken_ms), store_text(im->site),
			      store_int(im->record), store_blob(e->body.p, e->body.n)),
			 err);
}

static bool put_history(struct import *im, const struct entry *e, struct err *err)
{
	return put_named(im, e, NAMED_PUT("intel_history"), err);
}

static bool put_cycle(struct import *im, const struct entry *e, struct err *err)
{
	return put_named(im, e, NAMED_PUT("intel_cycle"), err);
}

static bool put_listed(struct import *im, const struct entry *e, struct sql sql, struct err *err)
{
	return store_run(im->txn, sql,
			 ARGS(store_text(im->name), store_int((int64_t)e->key),
			      store_int(e->modified_ms), store_int(e->published_ms),
			      store_int(e->flags), store_blob(e->body.p, e->body.n)),
			 err);
}

static bool put_kev(struct import *im, const struct entry *e, struct err *err)
{
	return put_listed(im, e, LISTED_PUT("intel_kev"), err);
}

static bool put_msrc(struct import *im, const struct entry *e, struct err *err)
{
	return put_listed(im, e, LISTED_PUT("intel_msrc"), err);
}

static bool put_fix(struct import *im, const struct entry *e, struct err *err)
{
	return put_listed(im, e, LISTED_PUT("intel_fix"), err);
}

/* clear: of a catalogue; NULL for what is merged row by row. */
static const struct {
	bool (*put)(struct import *im, const struct entry *e, struct err *err);
	struct sql clear;
} kinds[INTEL_KINDS] = {
	[INTEL_NVD] = {put_nvd, {0}},
	[INTEL_OVERRIDE] = {put_override, {0}},
	[INTEL_KEV] = {put_kev, LISTED_CLEAR("intel_kev")},
	[INTEL_EPSS] = {put_epss, {0}},
	[INTEL_MSRC] = {put_msrc, LISTED_CLEAR("intel_msrc")},
	[INTEL_HISTORY] = {put_history, {0}},
	[INTEL_FIX] = {put_fix, LISTED_CLEAR("intel_fix")},
	[INTEL_CYCLE] = {put_cycle, {0}},
};

/* Put the catalogue's edition if it is the latest; *ret_latest says. */
static bool put_catalogue(struct import *im, bool *ret_latest, struct err *err)
{
	const struct intel_entries *in = im->batch->entries;

	if (!store_run(
		    im->txn,
		    SQL("INSERT INTO intel_catalogue (kind, name, modified, site, record, words,"
			" edges) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
			" ON CONFLICT (kind, name) DO UPDATE SET modified = excluded.modified,"
			" site = excluded.site, record = excluded.record,"
			" words = excluded.words, edges = excluded.edges" NEWER("intel_catalogue")),
		    ARGS(store_text(str_of(intel_kind_name(im->batch->kind))), store_text(im->name),
			 store_int(im->taken_ms), store_text(im->site), store_int(im->record),
			 store_blob(in->words.p, in->words.n),
			 store_blob(in->edges.p, in->edges.n)),
		    err))
		return false;
	*ret_latest = store_changed(im->txn) > 0;
	return !*ret_latest ||
	       store_run(im->txn, kinds[im->batch->kind].clear, ARGS(store_text(im->name)), err);
}

static bool put_rows(struct import *im, struct err *err)
{
	const struct intel_entries *in = im->batch->entries;
	bool latest = true;
	uint64_t before;

	if (kinds[im->batch->kind].clear.text && !put_catalogue(im, &latest, err))
		return false;
	before = store_changed_total(im->txn);
	for (size_t i = 0; latest && i < in->n; i++)
		if (!kinds[im->batch->kind].put(im, &in->v[i], err))
			return false;
	im->changed = store_changed_total(im->txn) - before;
	return true;
}

/* ---- feed.import ---- */

static bool batch_of(struct act_ctx *ctx, struct intel_batch **ret, struct err *err)
{
	struct str hex, source, bytes;
	struct hash digest;

	if (ctx->memo) {
		*ret = ctx->memo;
		return true;
	}
	if (!json_need_str(ctx->body, "bulk", &hex, err) ||
	    !json_need_str(ctx->body, "source", &source, err))
		return false;
	if (!hash_parse(hex, &digest))
		return err_set(err, ERR_INVALID, "\"bulk\" is no digest");
	return act_bulk_bytes(ctx, &digest, &bytes, err) &&
	       intel_read(ctx->arena, source, bytes, ret, err);
}

struct stated {
	struct str kind, name, source, digest, taken, received, verdict;
	int64_t received_ms, taken_ms, size;
	bool taken_stated;
	int64_t accepted, skipped, refused, criteria;
};

static bool read_stated(struct json_value body, struct stated *s, struct err *err)
{
	struct json_value counts;

	*s = (struct stated){0};
	if (!json_need_str(body, "kind", &s->kind, err) ||
	    !json_need_str(body, "name", &s->name, err) ||
	    !json_need_str(body, "source", &s->source, err) ||
	    !json_need_str(body, "bulk", &s->digest, err) ||
	    !json_need_str(body, "received", &s->received, err) ||
	    !json_may_str(body, "taken", &s->taken, err) ||
	    !json_may_bool(body, "taken_stated", &s->taken_stated, err) ||
	    !json_need_str(body, "verdict", &s->verdict, err) ||
	    !json_need_i64(body, "size", &s->size, err) ||
	    !json_need(body, "counts", JSON_OBJECT, &counts, err) ||
	    !json_need_i64(counts, "accepted", &s->accepted, err) ||
	    !json_need_i64(counts, "skipped", &s->skipped, err) ||
	    !json_need_i64(counts, "refused", &s->refused, err) ||
	    !json_need_i64(counts, "criteria_refused", &s->criteria, err))
		return false;
	if (!s->name.n || s->name.n > 200)
		return err_set(err, ERR_INVALID, "a feed's name has 1 to 200 bytes");
	if (!stamp_parse(s->received, &s->received_ms) || !read_time(s->taken, &s->taken_ms))
		return err_set(err, ERR_INVALID, "\"received\" or \"taken\" is no time");
	if (!s->taken_ms)
		s->taken_ms = s->received_ms;
	return true;
}

/*
 * A feed from the future would win over every later one.  Where a person states when it was taken,
 * as an exercise does, what it says of its vulnerabilities' days is the feed's affair.
 */
static bool check_times(const struct intel_batch *b, const struct stated *s, struct err *err)
{
	int64_t latest = s->received_ms + 2 * MS_PER_DAY;
	char cve[CVE_TEXT_BYTES];

	if (s->taken_ms > latest)
		return err_set(err, ERR_INVALID,
			       "%.*s: says it was taken at %.*s, in the future; an exercise says "
			       "--taken TIME",
			       STR_FMT(s->name), STR_FMT(s->taken));
	if (s->taken_stated)
		return true;
	for (size_t i = 0; i < b->entries->n; i++)
		if ((b->kind == INTEL_NVD || b->kind == INTEL_OVERRIDE) &&
		    b->entries->v[i].modified_ms > latest)
			return err_set(err, ERR_INVALID,
				       "%.*s: %s says it was modified in the future; an exercise "
				       "says --taken TIME",
				       STR_FMT(s->name), cve_format(b->entries->v[i].key, cve).p);
	return true;
}

static bool check_import(struct act_ctx *ctx, struct err *err)
{
	char hex[HASH_HEX_BYTES];
	struct intel_batch *b;
	struct stated s;

	if (!read_stated(ctx->body, &s, err) || !batch_of(ctx, &b, err))
		return false;
	if (!str_eq(hash_hex(&b->digest, hex), s.digest) ||
	    !str_is(s.kind, intel_kind_name(b->kind)) || (uint64_t)s.size != b->size ||
	    (uint64_t)s.accepted != b->counts.accepted ||
	    (uint64_t)s.skipped != b->counts.skipped || (uint64_t)s.refused != b->counts.refused ||
	    (uint64_t)s.criteria != b->counts.criteria_refused)
		return err_set(err, ERR_INVALID,
			       "%.*s: what the import says of the feed is not what is in it",
			       STR_FMT(s.name));
	ctx->memo = b;
	return check_times(b, &s, err);
}

static bool put_feed(struct act_ctx *ctx, const struct stated *s, struct err *err)
{
	return store_run(
		ctx->txn,
		SQL("INSERT INTO intel_feed (site, record, kind, name, source, taken, received,"
		    " size, digest, accepted, skipped, refused, criteria, verdict) VALUES"
		    " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"),
		ARGS(store_text(ctx->record->site), store_int((int64_t)ctx->record->number),
		     store_text(s->kind), store_text(s->name), store_text(s->source),
		     store_int(s->taken_ms), store_int(s->received_ms), store_int(s->size),
		     store_text(s->digest), store_int(s->accepted), store_int(s->skipped),
		     store_int(s->refused), store_int(s->criteria), store_text(s->verdict)),
		err);
}

static bool apply_import(struct act_ctx *ctx, struct err *err)
{
	struct intel_batch *b;
	struct stated s;

	if (!read_stated(ctx->body, &s, err) || !batch_of(ctx, &b, err) || !put_feed(ctx, &s, err))
		return false;
	struct import im = {.txn = ctx->txn,
			    .batch = b,
			    .name = s.name,
			    .site = ctx->record->site,
			    .record = (int64_t)ctx->record->number,
			    .taken_ms = s.taken_ms};

	if (!put_rows(&im, err))
		return err_wrap(err, "%.*s", STR_FMT(s.name));
	if (ctx->say)
		text_addf(ctx->say, "%.*s: %llu of %zu rows new or changed\n", STR_FMT(s.name),
			  (unsigned long long)im.changed, b->entries->n);
	return true;
}

static struct str verdict_of(const struct intel_batch *b)
{
	bool part = b->counts.refused || b->counts.criteria_refused;

	if (b->taken_stated)
		return part ? STR("accepted in part" INTEL_STATED) : STR("accepted" INTEL_STATED);
	return part ? STR("accepted in part") : STR("accepted");
}

void intel_import_body(const struct intel_batch *b, struct str source, int64_t received_ms,
		       struct text *out)
{
	char hex[HASH_HEX_BYTES], received[STAMP_BYTES], taken[STAMP_BYTES];
	struct json_out *o = json_out_open(out);
	struct err err;

	json_out_object(o);
	json_out_key(o, "bulk");
	json_out_str(o, hash_hex(&b->digest, hex));
	json_out_key(o, "counts");
	json_out_object(o);
	json_out_key(o, "accepted");
	json_out_i64(o, (int64_t)b->counts.accepted);
	json_out_key(o, "skipped");
	json_out_i64(o, (int64_t)b->counts.skipped);
	json_out_key(o, "refused");
	json_out_i64(o, (int64_t)b->counts.refused);
	json_out_key(o, "criteria_refused");
	json_out_i64(o, (int64_t)b->counts.criteria_refused);
	json_out_end(o);
	json_out_key(o, "kind");
	json_out_str(o, str_of(intel_kind_name(b->kind)));
	json_out_key(o, "name");
	json_out_str(o, b->name);
	json_out_key(o, "received");
	json_out_str(o, stamp_format(received_ms, received));
	json_out_key(o, "size");
	json_out_i64(o, (int64_t)b->size);
	json_out_key(o, "source");
	json_out_str(o, str_is_utf8(source, NULL) ? source : b->name);
	if (b->taken_ms) {
		json_out_key(o, "taken");
		json_out_str(o, stamp_format(b->taken_ms, taken));
	}
	if (b->taken_stated) {
		json_out_key(o, "taken_stated");
		json_out_bool(o, true);
	}
	json_out_key(o, "verdict");
	json_out_str(o, verdict_of(b));
	json_out_end(o);
	bool ok = json_out_close(o, &err);

	assert(ok);
	(void)ok;
}

/* ---- feed.source ---- */

void intel_source_body(struct str name, struct str kind, struct str url, struct text *out)
{
	struct json_out *o = json_out_open(out);
	struct err err;

	json_out_object(o);
	json_out_key(o, "kind");
	json_out_str(o, kind);
	json_out_key(o, "name");
	json_out_str(o, name);
	json_out_key(o, "url");
	json_out_str(o, url);
	json_out_end(o);
	/* Names that are no UTF-8 leave nothing behind, which check refuses. */
	(void)!json_out_close(o, &err);
}

static bool check_source(struct act_ctx *ctx, struct err *err)
{
	struct str name, kind, url;
	bool known = false;

	if (!json_need_str(ctx->body, "name", &name, err) ||
	    !json_need_str(ctx->body, "kind", &kind, err) ||
	    !json_need_str(ctx->body, "url", &url, err))
		return false;
	for (size_t i = 0; i < INTEL_KINDS; i++)
		known = known || str_is(kind, intel_kind_name((enum intel_kind)i));
	if (!known)
		return err_set(err, ERR_INVALID, "'%.*s' is no kind of feed",
			       STR_FMT(str_sub(kind, 0, 40)));
	if (!name.n || name.n > 200)
		return err_set(err, ERR_INVALID, "a feed's name has 1 to 200 bytes");
	if (url.n && (url.n > 2048 || !(str_starts(url, STR("https://")))))
		return err_set(err, ERR_INVALID, "a feed's URL begins with https://");
	return true;
}

static bool apply_source(struct act_ctx *ctx, struct err *err)
{
	struct str name, kind, url;

	if (!json_need_str(ctx->body, "name", &name, err) ||
	    !json_need_str(ctx->body, "kind", &kind, err) ||
	    !json_need_str(ctx->body, "url", &url, err))
		return false;
	if (!url.n)
		return store_run(ctx->txn, SQL("DELETE FROM intel_source WHERE name = ?1"),
				 ARGS(store_text(name)), err);
	return store_run(ctx->txn,
			 SQL("INSERT INTO intel_source (name, kind, url) VALUES (?1, ?2, ?3)"
			     " ON CONFLICT (name) DO UPDATE SET kind = excluded.kind,"
			     " url = excluded.url"),
			 ARGS(store_text(name), store_text(kind), store_text(url)), err);
}

const struct act_kind intel_acts[] = {
	{"feed.import", "intel.write", "take in what a feed says", check_import, apply_import},
	{"feed.source", "settings.write", "say where a feed is fetched from", check_source,
	 apply_source},
	{0},
};
