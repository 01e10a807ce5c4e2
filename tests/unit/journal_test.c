#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "journal/journal.h"
#include "test_store.h"

static char folder[64], path[96], key_path[104];

static const struct store_table *const tables[] = {journal_tables, NULL};

/* 2017-05-12T07:44:00Z and the seconds after. */
enum { SECOND = 1000 };
static const int64_t start_ms = 1494575040000;

struct world {
	struct store *store;
	struct site_key *key;
	struct journal *journal;
};

static struct store *open_store(enum store_mode mode)
{
	const struct store_config config = {
		.path = path, .mode = mode, .tables = tables, .busy_ms = -1};
	struct store *s = NULL;
	struct err err = {0};

	if (mode == STORE_CREATE)
		test_store_at(path);
	if (!store_open(&config, &s, &err))
		fail_msg("%s", err.text);
	return s;
}

static int setup(void **state)
{
	static struct world w;
	struct err err;

	snprintf(folder, sizeof(folder), "/tmp/lynchpin-journal-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/lynchpin.db", folder);
	snprintf(key_path, sizeof(key_path), "%s.key", path);
	w = (struct world){.store = open_store(STORE_CREATE)};
	assert_true(site_key_create(key_path, &w.key, &err));
	assert_true(journal_open(w.store, w.key, &w.journal, &err));
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	static const char *const ends[] = {"", "-wal", "-shm", ".key", ".2", ".2-wal", ".2-shm"};
	struct world *w = *state;

	journal_close(w->journal);
	site_key_close(w->key);
	store_close(w->store);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		char name[128];

		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
	return rmdir(folder);
}

static struct record said(const char *body, int64_t stamped_ms)
{
	return (struct record){.act = STR("test.say"),
			       .post = STR("national-lead"),
			       .user = STR("ana"),
			       .body = str_of(body),
			       .stamped_ms = stamped_ms};
}

static struct record say(struct world *w, const char *body, int64_t stamped_ms)
{
	struct record what = said(body, stamped_ms), r = {0};
	struct store_txn *txn = NULL;
	struct err err = {0};

	assert_true(store_begin(w->store, &txn, &err));
	if (!journal_append(w->journal, txn, &what, &r, &err))
		fail_msg("%s", err.text);
	assert_true(store_commit(&txn, &err));
	return r;
}

static struct hash put(struct world *w, struct str bytes)
{
	struct store_txn *txn = NULL;
	struct err err = {0};
	struct hash h;

	assert_true(store_begin(w->store, &txn, &err));
	assert_true(journal_put_bulk(txn, bytes, &h, &err));
	assert_true(store_commit(&txn, &err));
	return h;
}

/* Verify; the report's lines, to be freed by the caller. */
static uint64_t verify(struct world *w, const char *checkpoint, struct text *lines)
{
	const struct journal_check check = {.checkpoint = str_of(checkpoint)};
	struct journal_report report = {0};
	struct err err = {0};
	uint64_t faults;

	if (!journal_verify(w->journal, &check, &report, &err))
		fail_msg("%s", err.text);
	if (lines) {
		text_clear(lines);
		text_add(lines, text_str(&report.lines));
		text_add_c(lines, "");
	}
	faults = report.faults;
	journal_report_free(&report);
	return faults;
}

static void records_come_back(void **state)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct world *w = *state;
	struct record a = say(w, "{\"n\":1}", start_ms);
	struct record b =
		say(w, "{\"name\":\"St Bartholomew\\u0001 \xc3\xa9\"}", start_ms + SECOND);
	struct record r = {0};
	struct journal_head head;
	struct err err;

	assert_int_equal(a.number, 1);
	assert_int_equal(b.number, 2);
	assert_true(hash_eq(&b.prev, &a.hash));
	assert_true(journal_find(w->journal, 2, arena, &r, &err));
	assert_true(str_eq(r.body, b.body));
	assert_true(str_is(r.act, "test.say"));
	assert_true(str_is(r.post, "national-lead"));
	assert_true(str_is(r.user, "ana"));
	assert_true(str_eq(r.site, site_id_str(&(struct site_id){{0}})) || r.site.n == 16);
	assert_true(r.stamped_ms == start_ms + SECOND);
	assert_memory_equal(&r.seal, &b.seal, sizeof(r.seal));
	assert_true(journal_find_by_hash(w->journal, &a.hash, arena, &r, &err));
	assert_int_equal(r.number, 1);
	a.hash.b[0] ^= 1;
	assert_false(journal_find_by_hash(w->journal, &a.hash, arena, &r, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_false(journal_find(w->journal, 3, arena, &r, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_true(journal_head(w->journal, &head, &err));
	assert_int_equal(head.number, 2);
	assert_true(hash_eq(&head.hash, &b.hash));
	assert_int_equal(verify(w, NULL, NULL), 0);
}

static void the_text_is_as_documented(void **state)
{
	AUTO(text_freep) struct text want = {0};
	AUTO(text_freep) struct text got = {0};
	struct world *w = *state;
	struct record r = say(w, "{\"n\":1}", start_ms);
	struct hash root =
		hash_of(str_from((const char *)site_key_public(w->key)->b, PUBLIC_KEY_BYTES));
	char hex[HASH_HEX_BYTES];
	struct err err;

	text_addf(&want,
		  "{\"act\":\"test.say\",\"body\":{\"n\":1},\"number\":1,"
		  "\"post\":\"national-lead\",\"prev\":\"%s\",\"site\":\"%s\","
		  "\"time\":\"2017-05-12T07:44:00.000Z\",\"user\":\"ana\",\"v\":1}",
		  hash_hex(&root, hex).p, site_key_id(w->key).c);
	assert_true(record_text(&r, &got, &err));
	assert_string_equal(text_c(&got), text_c(&want));
	root = hash_of(text_str(&got));
	assert_true(hash_eq(&root, &r.hash));
}

static void time_never_runs_backwards(void **state)
{
	struct world *w = *state;
	struct record r;

	say(w, "{}", start_ms);
	r = say(w, "{}", start_ms - 5 * SECOND);
	assert_true(r.stamped_ms == start_ms);
	assert_int_equal(verify(w, NULL, NULL), 0);
}

static void what_is_not_a_record_is_refused(void **state)
{
	static const char *const bodies[] = {
		"",
		"1",
		"[]",
		"{",
		"{} ",
		" {}",
		"{\"a\": 1}",
		"{\"b\":1,\"a\":2}",
		"{\"a\":1,\"a\":1}",
		"{},\"x\":1",
		"{},\"number\":7",
		"{\"a\":1.0}",
		"{\"a\":\"\xff\"}",
		"{\"bulk\":\"no digest\"}",
		"{\"bulk\":7}",
	};
	struct world *w = *state;
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	char name[JOURNAL_NAME_MAX + 2];
	struct record what, r;
	struct err err;

	assert_true(store_begin(w->store, &txn, &err));
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		what = said(bodies[i], start_ms);
		if (journal_append(w->journal, txn, &what, &r, &err))
			fail_msg("accepted: %s", bodies[i]);
		assert_int_equal(err.code, ERR_INVALID);
	}
	memset(name, 'x', sizeof(name));
	what = said("{}", start_ms);
	what.act = (struct str){0};
	assert_false(journal_append(w->journal, txn, &what, &r, &err));
	what.act = str_from(name, JOURNAL_NAME_MAX + 1);
	assert_false(journal_append(w->journal, txn, &what, &r, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	what.act = str_from(name, JOURNAL_NAME_MAX);
	what.user = STR("\xc3");
	assert_false(journal_append(w->journal, txn, &what, &r, &err));
	what.user = (struct str){0};
	assert_true(journal_append(w->journal, txn, &what, &r, &err));
	assert_int_equal(r.number, 1);
}

static void too_large_a_record_is_refused(void **state)
{
	AUTO(text_freep) struct text body = {0};
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct world *w = *state;
	struct record what = said("{}", start_ms), r;
	struct err err;

	text_add_c(&body, "{\"a\":\"");
	memset(text_room(&body, JOURNAL_TEXT_MAX), 'a', JOURNAL_TEXT_MAX);
	body.n += JOURNAL_TEXT_MAX;
	text_add_c(&body, "\"}");
	what.body = text_str(&body);
	assert_true(store_begin(w->store, &txn, &err));
	assert_false(journal_append(w->journal, txn, &what, &r, &err));
	assert_int_equal(err.code, ERR_LIMIT);
}

static void a_rollback_takes_it_out_again(void **state)
{
	struct world *w = *state;
	struct record what = said("{}", start_ms), r, again;
	struct store_txn *txn = NULL;
	struct err err;

	assert_true(store_begin(w->store, &txn, &err));
	assert_true(journal_append(w->journal, txn, &what, &r, &err));
	assert_true(journal_append(w->journal, txn, &what, &r, &err));
	assert_int_equal(r.number, 2);
	store_rollback(txn);
	again = say(w, "{}", start_ms);
	assert_int_equal(again.number, 1);
	assert_int_equal(verify(w, NULL, NULL), 0);
}

static void two_writers_make_one_chain(void **state)
{
	struct world *w = *state;
	struct world other = {.store = open_store(STORE_WRITE), .key = w->key};
	struct store_txn *a = NULL, *b = NULL;
	struct err err;

	assert_true(journal_open(other.store, w->key, &other.journal, &err));
	for (int i = 0; i < 10; i++) {
		struct record r = say(i % 2 ? w : &other, "{}", start_ms + i);

		assert_int_equal(r.number, i + 1);
	}
	assert_true(store_begin(w->store, &a, &err));
	assert_false(store_begin(other.store, &b, &err));
	assert_int_equal(err.code, ERR_CONFLICT);
	store_rollback(a);
	assert_int_equal(verify(&other, NULL, NULL), 0);
	journal_close(other.journal);
	store_close(other.store);
}

static void without_or_with_another_key(void **state)
{
	struct world *w = *state;
	AUTO(site_key_closep) struct site_key *other = NULL;
	AUTO(journal_closep) struct journal *reader = NULL;
	AUTO(text_freep) struct text text = {0};
	struct store_txn *txn = NULL;
	struct record what = said("{}", start_ms), r;
	struct journal_head head;
	struct journal *j = NULL;
	struct err err;

	say(w, "{}", start_ms);
	unlink(key_path);
	assert_true(site_key_create(key_path, &other, &err));
	assert_false(journal_open(w->store, other, &j, &err));
	assert_int_equal(err.code, ERR_DENIED);
	assert_null(j);
	assert_true(journal_open(w->store, NULL, &reader, &err));
	assert_true(journal_head(reader, &head, &err));
	assert_int_equal(head.number, 1);
	assert_true(store_begin(w->store, &txn, &err));
	assert_false(journal_append(reader, txn, &what, &r, &err));
	assert_int_equal(err.code, ERR_DENIED);
	store_rollback(txn);
	assert_false(journal_checkpoint(reader, start_ms, &text, &err));
	assert_int_equal(err.code, ERR_DENIED);
}

static bool add_number(void *ctx, const struct record *r, struct err *err)
{
	if (r->number == 99)
		return err_set(err, ERR_DENIED, "enough");
	text_addf(ctx, "%d ", (int)r->number);
	return true;
}

static void each_in_order_from_and_until(void **state)
{
	AUTO(text_freep) struct text seen = {0};
	struct world *w = *state;
	struct err err;

	for (int i = 0; i < 5; i++)
		say(w, "{}", start_ms + i * SECOND);
	assert_true(journal_each(w->journal, (struct journal_range){1, INT64_MAX}, add_number,
				 &seen, &err));
	assert_string_equal(text_c(&seen), "1 2 3 4 5 ");
	text_clear(&seen);
	assert_true(journal_each(w->journal, (struct journal_range){2, start_ms + 3 * SECOND},
				 add_number, &seen, &err));
	assert_string_equal(text_c(&seen), "2 3 4 ");
}

struct heard {
	uint64_t numbers[8];
	size_t n, most; /* most: then it says no */
};

static bool hear(void *ctx, const struct record *r, struct err *err)
{
	struct heard *h = ctx;

	if (h->n == h->most)
		return err_set(err, ERR_LIMIT, "enough");
	h->numbers[h->n++] = r->number;
	return true;
}

static void news_come_once(void **state)
{
	AUTO(journal_mark_closep) struct journal_mark *mark = journal_mark_open();
	struct world *w = *state;
	struct heard h = {.most = 8};
	struct err err = {0};

	assert_true(journal_news(w->journal, mark, hear, &h, &err)); /* of an empty journal */
	say(w, "{\"n\":1}", start_ms);
	say(w, "{\"n\":2}", start_ms);
	AUTO(journal_mark_closep) struct journal_mark *before = journal_mark_copy(mark);

	assert_true(journal_news(w->journal, mark, hear, &h, &err));
	assert_int_equal(h.n, 2);
	assert_true(h.numbers[0] == 1 && h.numbers[1] == 2);
	assert_true(journal_news(w->journal, mark, hear, &h, &err));
	assert_int_equal(h.n, 2);
	/* What was not taken comes again. */
	say(w, "{\"n\":3}", start_ms);
	say(w, "{\"n\":4}", start_ms);
	h = (struct heard){.most = 1};
	assert_false(journal_news(w->journal, mark, hear, &h, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	h = (struct heard){.most = 8};
	assert_true(journal_news(w->journal, mark, hear, &h, &err));
	assert_true(h.n == 1 && h.numbers[0] == 4);
	/* A copy goes its own way. */
	h.n = 0;
	assert_true(journal_news(w->journal, before, hear, &h, &err));
	assert_true(h.n == 4 && h.numbers[0] == 1);
	/* To the end, unread. */
	say(w, "{\"n\":5}", start_ms);
	assert_true(journal_news(w->journal, mark, NULL, NULL, &err));
	say(w, "{\"n\":6}", start_ms);
	h.n = 0;
	assert_true(journal_news(w->journal, mark, hear, &h, &err));
	assert_true(h.n == 1 && h.numbers[0] == 6);
}

static void fill(struct text *t, size_t n, uint64_t seed)
{
	struct rng rng = rng_of(seed, 0);
	char *at = text_room(t, n + 8);

	for (size_t i = 0; i < n; i += 8) {
		uint64_t x = rng_u64(&rng);

		memcpy(at + i, &x, 8);
	}
	t->n += n;
}

static int64_t count(struct world *w, struct sql sql)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct err err;
	bool row;

	assert_true(store_query(w->store, sql, ARGS(), &q, &err));
	assert_true(store_step(q, &row, &err));
	return store_col_int(q, 0);
}

/* By parts, the last first. */
static bool unpack(struct world *w, const struct hash *h, uint64_t most, struct text *ret)
{
	AUTO(journal_unpack_free) struct journal_unpack u = {.parts = 0};
	struct err err;

	if (!journal_unpack_begin(w->journal, h, most, &u, &err))
		return false;
	for (size_t i = u.parts; i-- > 0;)
		journal_unpack_part(&u, i);
	text_add(ret, text_str(&u.out));
	return journal_unpack_holds(&u);
}

static void bulk_comes_back(void **state)
{
	static const size_t sizes[] = {0,
				       1,
				       JOURNAL_PART_BYTES - 1,
				       JOURNAL_PART_BYTES,
				       JOURNAL_PART_BYTES + 1,
				       3 * JOURNAL_PART_BYTES};
	struct world *w = *state;
	struct err err;

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		AUTO(text_freep) struct text bytes = {0};
		AUTO(text_freep) struct text back = {0};
		AUTO(text_freep) struct text parts = {0};
		struct hash h;

		fill(&bytes, sizes[i], i);
		h = put(w, text_str(&bytes));
		text_add_c(&back, "kept ");
		assert_true(journal_get_bulk(w->journal, &h, UINT64_MAX, &back, &err));
		assert_true(str_eq(str_from_offset(text_str(&back), 5), text_str(&bytes)));
		assert_true(unpack(w, &h, sizes[i], &parts));
		assert_true(str_eq(text_str(&parts), text_str(&bytes)));
		if (!sizes[i])
			continue;
		assert_false(unpack(w, &h, sizes[i] - 1, &parts));
		assert_false(journal_get_bulk(w->journal, &h, sizes[i] - 1, &back, &err));
		assert_int_equal(err.code, ERR_LIMIT);
	}
	assert_int_equal(count(w, SQL("SELECT count(*) FROM journal_bulk_part")), 8);
}

static void equal_bulk_is_kept_once(void **state)
{
	AUTO(text_freep) struct text bytes = {0};
	struct world *w = *state;
	struct hash a, b;

	fill(&bytes, 3000000, 1);
	a = put(w, text_str(&bytes));
	b = put(w, text_str(&bytes));
	assert_true(hash_eq(&a, &b));
	assert_int_equal(count(w, SQL("SELECT count(*) FROM journal_bulk_part")), 3);
}

static void cite(const struct hash *h, const char *member, struct text *body)
{
	char hex[HASH_HEX_BYTES];

	text_clear(body);
	text_addf(body, "{\"%s\":[\"%s\"],\"reason\":\"old\"}", member, hash_hex(h, hex).p);
}

static bool run_act(struct world *w, const struct act_kind *kind, const char *body_text,
		    struct err *err)
{
	AUTO(json_closep) struct json_doc *doc = json_open();
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct record what = said(body_text, start_ms), r;
	struct act_ctx ctx = {
		.store = w->store, .journal = w->journal, .record = &what, .arena = arena};

	what.act = str_of(kind->name);
	if (!json_parse(doc, what.body, 0, &ctx.body, err) || !store_begin(w->store, &txn, err) ||
	    !kind->check(&ctx, err) || !journal_append(w->journal, txn, &what, &r, err))
		return false;
	ctx.record = &r;
	ctx.txn = txn;
	return kind->apply(&ctx, err) && store_commit(&txn, err);
}

static void pruned_bulk_names_its_record(void **state)
{
	AUTO(text_freep) struct text bytes = {0};
	AUTO(text_freep) struct text body = {0};
	AUTO(text_freep) struct text lines = {0};
	struct world *w = *state;
	struct hash h, other = {{0}};
	struct err err;

	fill(&bytes, 3000000, 1);
	h = put(w, text_str(&bytes));
	cite(&h, "bulk", &body);
	say(w, text_c(&body), start_ms);
	cite(&other, "bulk_pruned", &body);
	assert_false(run_act(w, &journal_acts[0], text_c(&body), &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_false(run_act(w, &journal_acts[0], "{\"bulk_pruned\":[],\"reason\":\"x\"}", &err));
	cite(&h, "bulk_pruned", &body);
	assert_true(run_act(w, &journal_acts[0], text_c(&body), &err));
	assert_false(journal_get_bulk(w->journal, &h, UINT64_MAX, &lines, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_non_null(strstr(err.text, "pruned by record 2"));
	assert_int_equal(count(w, SQL("SELECT count(*) FROM journal_bulk_part")), 0);
	assert_int_equal(verify(w, NULL, &lines), 0);
	put(w, text_str(&bytes));
	text_clear(&lines);
	assert_true(journal_get_bulk(w->journal, &h, UINT64_MAX, &lines, &err));
	assert_int_equal(verify(w, NULL, &lines), 0);
}

static void cited_bulk_must_be_there(void **state)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	AUTO(text_freep) struct text body = {0};
	struct world *w = *state;
	struct hash h = hash_of(STR("nobody has this"));
	struct record what, r;
	struct err err;

	cite(&h, "bulk", &body);
	what = said(text_c(&body), start_ms);
	assert_true(store_begin(w->store, &txn, &err));
	assert_false(journal_append(w->journal, txn, &what, &r, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void by_hand(const char *sql)
{
	const char *said = test_store_by_hand(path, sql);

	if (said)
		fail_msg("%s: %s", sql, said);
}

static void damaged_bulk_is_found(void **state)
{
	static const char *const damages[] = {
		"UPDATE journal_bulk_part SET zstd = digest WHERE part = 1",
		"UPDATE journal_bulk_part SET part = 7 WHERE part = 1",
		"DELETE FROM journal_bulk_part WHERE part = 2",
		"UPDATE journal_bulk SET bytes = 5",
		"UPDATE journal_bulk SET bytes = 1125899906842624",
		"UPDATE journal_bulk SET parts = 2",
		"UPDATE journal_bulk SET pruned_site = 'x', pruned_number = 1",
		"DELETE FROM journal_bulk",
	};
	AUTO(text_freep) struct text bytes = {0};
	AUTO(text_freep) struct text body = {0};
	AUTO(text_freep) struct text lines = {0};
	struct world *w = *state;
	struct hash h;

	fill(&bytes, 3000000, 1);
	h = put(w, text_str(&bytes));
	cite(&h, "bulk", &body);
	say(w, "{}", start_ms);
	say(w, text_c(&body), start_ms);
	by_hand("CREATE TABLE keep_part AS SELECT * FROM journal_bulk_part;"
		"CREATE TABLE keep_bulk AS SELECT * FROM journal_bulk");
	for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
		by_hand(damages[i]);
		assert_false(unpack(w, &h, UINT64_MAX, &lines));
		assert_int_equal(verify(w, NULL, &lines), 1);
		assert_int_equal(strncmp(text_c(&lines), "record 2: bulk ", 15), 0);
		by_hand("DELETE FROM journal_bulk; DELETE FROM journal_bulk_part;"
			"INSERT INTO journal_bulk SELECT * FROM keep_bulk;"
			"INSERT INTO journal_bulk_part SELECT * FROM keep_part");
	}
	assert_true(unpack(w, &h, UINT64_MAX, &lines));
	assert_int_equal(verify(w, NULL, NULL), 0);
}

static bool names_record(const struct text *lines, int64_t number)
{
	char want[40];

	snprintf(want, sizeof(want), "record %lld", (long long)number);
	return strstr(text_c(lines), want) != NULL;
}

/* Flip each bit of one value, in place and past every check of ours; is it named? */
static void flip_column(struct world *w, sqlite3 *db, int64_t number, const char *column, bool text)
{
	AUTO(text_freep) struct text lines = {0};
	sqlite3_stmt *get, *set;
	char sql[160];
	int n;

	snprintf(sql, sizeof(sql), "SELECT %s FROM journal_record WHERE number = %lld", column,
		 (long long)number);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &get, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(get), SQLITE_ROW);
	n = sqlite3_column_bytes(get, 0);
	assert_true(n >= 16);
	snprintf(sql, sizeof(sql), "UPDATE journal_record SET %s = ?1 WHERE number = %lld", column,
		 (long long)number);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &set, NULL), SQLITE_OK);
	for (int i = -1; i < n; i++) {
		AUTO(freep) char *bytes = mem_copy(sqlite3_column_blob(get, 0), (size_t)n);
		int end = n;

		if (i < 0)
			end--;
		else
			bytes[i] ^= (char)(1 << i % 7);
		if (text)
			sqlite3_bind_text(set, 1, bytes, end, SQLITE_TRANSIENT);
		else
			sqlite3_bind_blob(set, 1, bytes, end, SQLITE_TRANSIENT);
		assert_int_equal(sqlite3_step(set), SQLITE_DONE);
		sqlite3_reset(set);
		if (!verify(w, NULL, &lines) || !names_record(&lines, number))
			fail_msg("byte %d of %s of record %lld is not found: %s", i, column,
				 (long long)number, text_c(&lines));
	}
	if (text)
		sqlite3_bind_text(set, 1, sqlite3_column_blob(get, 0), n, SQLITE_TRANSIENT);
	else
		sqlite3_bind_blob(set, 1, sqlite3_column_blob(get, 0), n, SQLITE_TRANSIENT);
	assert_int_equal(sqlite3_step(set), SQLITE_DONE);
	sqlite3_finalize(set);
	sqlite3_finalize(get);
}

static void flip_integer(struct world *w, int64_t number, const char *column, int64_t value)
{
	AUTO(text_freep) struct text lines = {0};

	for (int bit = 0; bit < 63; bit++) {
		int64_t other = value ^ (int64_t)1 << bit;
		char sql[200];

		/* A number that is taken can't be taken twice. */
		if (strcmp(column, "number") == 0 && other >= 1 && other <= 3)
			continue;
		snprintf(sql, sizeof(sql),
			 "UPDATE journal_record SET %s = %lld WHERE number = %lld", column,
			 (long long)other, (long long)number);
		by_hand(sql);
		if (!verify(w, NULL, &lines) || !names_record(&lines, number))
			fail_msg("bit %d of %s of record %lld is not found: %s", bit, column,
				 (long long)number, text_c(&lines));
		snprintf(sql, sizeof(sql), "UPDATE journal_record SET %s = %lld WHERE %s = %lld",
			 column, (long long)value, column, (long long)other);
		by_hand(sql);
	}
}

static void any_flipped_byte_is_found_and_named(void **state)
{
	struct world *w = *state;
	sqlite3 *db = NULL;

	/* Through SQLite's hand, each of thousands; what verifies is the same in either. */
	if (test_store_elsewhere())
		skip();
	for (int i = 0; i < 3; i++)
		say(w, "{\"about\":\"a\\u0000\",\"n\":[1,2.5,null]}", start_ms + i * SECOND);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_exec(db, "PRAGMA synchronous=OFF", NULL, NULL, NULL);
	for (int64_t number = 1; number <= 3; number++) {
		flip_column(w, db, number, "site", true);
		flip_column(w, db, number, "hash", false);
		flip_column(w, db, number, "seal", false);
		flip_column(w, db, number, "text", true);
		flip_integer(w, number, "number", number);
		flip_integer(w, number, "stamped_ms", start_ms + (number - 1) * SECOND);
	}
	sqlite3_close(db);
	assert_int_equal(verify(w, NULL, NULL), 0);
}

static void removal_and_reordering_are_found(void **state)
{
	AUTO(text_freep) struct text lines = {0};
	struct world *w = *state;

	for (int i = 0; i < 6; i++)
		say(w, "{}", start_ms + i * SECOND);
	by_hand("DELETE FROM journal_record WHERE number IN (3, 4)");
	assert_true(verify(w, NULL, &lines) > 0);
	assert_non_null(strstr(text_c(&lines), "record 3: missing from here to record 5"));
	by_hand("UPDATE journal_record SET number = number - 2 WHERE number > 4");
	assert_true(verify(w, NULL, &lines) > 0);
	assert_non_null(strstr(text_c(&lines), "record 3: its text is that of record 5"));
}

static void a_checkpoint_finds_a_cut_tail(void **state)
{
	AUTO(text_freep) struct text checkpoint = {0};
	AUTO(text_freep) struct text early = {0};
	AUTO(text_freep) struct text lines = {0};
	struct world *w = *state;
	struct err err;

	assert_true(journal_checkpoint(w->journal, start_ms, &early, &err));
	for (int i = 0; i < 4; i++)
		say(w, "{}", start_ms + i * SECOND);
	assert_true(journal_checkpoint(w->journal, start_ms, &checkpoint, &err));
	say(w, "{}", start_ms + 9 * SECOND);
	assert_int_equal(verify(w, text_c(&early), &lines), 0);
	assert_int_equal(verify(w, text_c(&checkpoint), &lines), 0);
	by_hand("DELETE FROM journal_record WHERE number > 3");
	assert_int_equal(verify(w, NULL, &lines), 0);
	assert_int_equal(verify(w, text_c(&checkpoint), &lines), 1);
	assert_non_null(strstr(text_c(&lines), "record 4: cut off"));
	/* The same key says something else instead: the checkpoint knows better. */
	say(w, "{\"other\":true}", start_ms + 9 * SECOND);
	assert_int_equal(verify(w, NULL, &lines), 0);
	assert_int_equal(verify(w, text_c(&checkpoint), &lines), 1);
	assert_non_null(strstr(text_c(&lines), "record 4: it is not the one"));
}

static void a_damaged_checkpoint_is_refused(void **state)
{
	AUTO(text_freep) struct text checkpoint = {0};
	struct world *w = *state;
	struct err err;

	say(w, "{}", start_ms);
	assert_true(journal_checkpoint(w->journal, start_ms, &checkpoint, &err));
	for (size_t i = 0; i < checkpoint.n; i++) {
		struct journal_check check = {.checkpoint = text_str(&checkpoint)};
		struct journal_report report = {0};

		checkpoint.p[i] ^= 1;
		assert_false(journal_verify(w->journal, &check, &report, &err));
		assert_int_equal(err.code, ERR_INVALID);
		checkpoint.p[i] ^= 1;
		journal_report_free(&report);
	}
}

/* A journal written anew with another key is whole in itself; the key known tells. */
static void another_key_is_found(void **state)
{
	AUTO(site_key_closep) struct site_key *other = NULL;
	AUTO(text_freep) struct text lines = {0};
	struct world *w = *state;
	struct world forged = {.store = w->store};
	struct err err;

	unlink(key_path);
	assert_true(site_key_create(key_path, &other, &err));
	forged.key = other;
	assert_true(journal_open(w->store, other, &forged.journal, &err));
	say(&forged, "{}", start_ms);
	assert_int_equal(verify(&forged, NULL, NULL), 0);
	assert_true(verify(w, NULL, &lines) > 0);
	assert_non_null(strstr(text_c(&lines), "not the one known from elsewhere"));
	journal_close(forged.journal);
}

static void a_copy_up_to_a_moment(void **state)
{
	AUTO(text_freep) struct text bytes = {0};
	AUTO(text_freep) struct text body = {0};
	struct world *w = *state;
	struct world copy = {0};
	struct store_txn *txn = NULL;
	struct err err;
	uint64_t n = 0;
	struct hash h;
	size_t end = strlen(path);

	fill(&bytes, 3000000, 1);
	h = put(w, text_str(&bytes));
	cite(&h, "bulk", &body);
	say(w, text_c(&body), start_ms);
	say(w, text_c(&body), start_ms + SECOND);
	say(w, "{}", start_ms + 2 * SECOND);
	snprintf(path + end, sizeof(path) - end, ".2");
	copy.store = open_store(STORE_CREATE);
	path[end] = '\0';
	assert_true(store_begin(copy.store, &txn, &err));
	assert_true(journal_copy(w->journal, start_ms + SECOND, txn, &n, &err));
	assert_true(store_commit(&txn, &err));
	assert_int_equal(n, 2);
	assert_true(journal_open(copy.store, NULL, &copy.journal, &err));
	assert_int_equal(verify(&copy, NULL, NULL), 0);
	text_clear(&body);
	assert_true(journal_get_bulk(copy.journal, &h, UINT64_MAX, &body, &err));
	journal_close(copy.journal);
	store_close(copy.store);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(records_come_back),
		TEST(the_text_is_as_documented),
		TEST(time_never_runs_backwards),
		TEST(what_is_not_a_record_is_refused),
		TEST(too_large_a_record_is_refused),
		TEST(a_rollback_takes_it_out_again),
		TEST(two_writers_make_one_chain),
		TEST(without_or_with_another_key),
		TEST(each_in_order_from_and_until),
		TEST(news_come_once),
		TEST(bulk_comes_back),
		TEST(equal_bulk_is_kept_once),
		TEST(pruned_bulk_names_its_record),
		TEST(cited_bulk_must_be_there),
		TEST(damaged_bulk_is_found),
		TEST(any_flipped_byte_is_found_and_named),
		TEST(removal_and_reordering_are_found),
		TEST(a_checkpoint_finds_a_cut_tail),
		TEST(a_damaged_checkpoint_is_refused),
		TEST(another_key_is_found),
		TEST(a_copy_up_to_a_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
