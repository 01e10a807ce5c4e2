#include "cli/command.h"

#include "cli/sight.h"
#include "keys/keys.h"

/*
 * A service moves from one store to another: everything in one transaction, which commits when the
 * copy has been read back and is the same.
 */

static const struct {
	enum store_kind kind;
	const char *name;
} kinds[] = {
	{STORE_JOURNAL, "journal"},
	{STORE_RECORDED, "recorded"},
	{STORE_LOCAL, "local"},
	{STORE_DERIVED, "derived"},
};
enum { ALL_KINDS = STORE_JOURNAL | STORE_RECORDED | STORE_LOCAL | STORE_DERIVED };

struct dumped {
	struct hasher hasher;
	uint64_t rows;
};

static bool add_line(void *ctx, struct str line, struct err *err UNUSED)
{
	struct dumped *d = ctx;

	hasher_add(&d->hasher, line);
	hasher_add(&d->hasher, STR("\n"));
	d->rows++;
	return true;
}

static bool dump_hash(struct store *s, unsigned kind, struct hash *ret, uint64_t *ret_rows,
		      struct err *err)
{
	struct dumped d = {0};
	struct store_dump dump = {.kinds = kind, .line = add_line, .ctx = &d};

	hasher_init(&d.hasher);
	if (!store_dump(s, &dump, err))
		return false;
	*ret = hasher_end(&d.hasher);
	*ret_rows = d.rows;
	return true;
}

static bool same_dumps(struct cli *c, struct store *from, struct store *to, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		uint64_t rows, rows_there;
		struct hash h, there;
		char hex[HASH_HEX_BYTES];

		cli_progress("comparing %s rows", kinds[i].name);
		if (!dump_hash(from, kinds[i].kind, &h, &rows, err) ||
		    !dump_hash(to, kinds[i].kind, &there, &rows_there, err))
			return false;
		if (rows != rows_there || !hash_eq(&h, &there))
			return err_set(err, ERR_CORRUPT,
				       "the copy is not the same: %s rows differ (%ju there, %ju "
				       "here); nothing was kept",
				       kinds[i].name, (uintmax_t)rows_there, (uintmax_t)rows);
		text_addf(&c->out, "%-9s %10ju %s the same, dump %.16s\n", kinds[i].name,
			  (uintmax_t)rows, plural(rows, "row", "rows"), hash_hex(&h, hex).p);
	}
	return true;
}

static void report_free(struct journal_report *r)
{
	journal_report_free(r);
}

/* Read from the copy: its chain is whole, and ends as the one it was copied from. */
static bool same_journal(struct cli *c, struct journal *from, struct store *to, struct err *err)
{
	AUTO(journal_closep) struct journal *copy = NULL;
	AUTO(report_free) struct journal_report report = {0};
	const struct journal_check check = {.skip_bulk = true,
					    .steady = true}; /* same_dumps() compares bulk */
	struct journal_head head, there;
	char hex[HASH_HEX_BYTES];

	cli_progress("verifying the journal");
	if (!journal_open(to, NULL, &copy, err) || !journal_head(from, &head, err) ||
	    !journal_head(copy, &there, err) || !journal_verify(copy, &check, &report, err))
		return false;
	if (report.faults)
		return err_set(err, ERR_CORRUPT,
			       "the journal is not whole, so it is not copied: journal verify says "
			       "more");
	if (head.number != there.number || !hash_eq(&head.hash, &there.hash))
		return err_set(err, ERR_CORRUPT,
			       "the copy's journal ends differently; nothing was "
			       "kept");
	text_addf(&c->out, "journal   whole: %ju %s, the last %.16s\n", (uintmax_t)report.records,
		  plural(report.records, "record", "records"), hash_hex(&there.hash, hex).p);
	return true;
}

static void progress(void *ctx UNUSED, const char *table, uint64_t rows)
{
	cli_progress("%ju rows, %s", (uintmax_t)rows, table);
}

static bool copy_all(struct cli *c, struct acts *a, struct store *to, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct store_copy how = {.kinds = ALL_KINDS, .progress = progress};
	uint64_t rows;

	return store_begin(to, &txn, err) && store_copy(acts_store(a), txn, &how, &rows, err) &&
	       same_dumps(c, acts_store(a), to, err) && same_journal(c, acts_journal(a), to, err) &&
	       store_commit(&txn, err);
}

static bool any_line(void *ctx, struct str line UNUSED, struct err *err UNUSED)
{
	*(bool *)ctx = true;
	return false;
}

/* A copy that was killed leaves tables without rows: that may be gone on with. */
static bool open_empty(const struct store_config *config, struct store **ret, struct err *err)
{
	AUTO(store_closep) struct store *s = NULL;
	struct store_config again = *config;
	struct err ignored;
	bool any = false;
	struct store_dump dump = {.kinds = ALL_KINDS, .line = any_line, .ctx = &any};

	again.mode = STORE_WRITE;
	if (!store_open(&again, &s, &ignored) || !store_dump(s, &dump, &ignored) || any)
		return false; /* with err as it was: there already */
	*err = (struct err){0};
	*ret = s, s = NULL;
	return true;
}

static void say_key(struct cli *c, struct store *from, struct store *to)
{
	AUTO(text_freep) struct text key = {0}, there = {0}, said = {0}, said_there = {0};

	store_said(c->args[0], &said);
	store_said(c->args[1], &said_there);
	site_key_path(store_place(from), &key);
	site_key_path(store_place(to), &there);
	text_addf(
		&c->out,
		"copied %s to %s\n"
		"The site's key was not copied.  To act through the copy, put it there:\n"
		"  cp -p %s %s\n"
		"and from now on act through one of the two stores only: records of both would be "
		"two chains that nobody can join.\n",
		text_c(&said), text_c(&said_there), text_c(&key), text_c(&there));
}

static bool copy_to(struct cli *c, struct acts *a, const char *path, struct err *err)
{
	struct store_config config = {.path = path, .mode = STORE_CREATE, .tables = acts_tables};
	AUTO(store_closep) struct store *to = NULL;
	bool made = store_open(&config, &to, err), ok;

	if (!made && (err->code != ERR_EXISTS || !open_empty(&config, &to, err)))
		return false;
	ok = store_snapshot(acts_store(a), err);
	if (ok) {
		ok = copy_all(c, a, to, err);
		store_snapshot_end(acts_store(a));
	}
	if (ok)
		say_key(c, acts_store(a), to);
	store_close(to);
	to = NULL;
	if (!ok && made)
		store_remove(path);
	return ok;
}

bool store_copy_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	struct sight sight;

	c->db = c->args[0];
	if (!cli_open(c, ACTS_READ, &a, err) || !sight_open(c, a, &sight, err) ||
	    !sight_whole(&sight, err))
		return false;
	if (!copy_to(c, a, c->args[1], err)) {
		text_clear(&c->out);
		return false;
	}
	return true;
}
