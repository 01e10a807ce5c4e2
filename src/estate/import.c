#include "estate/import.h"

static const struct {
	const char *name;
	int64_t days; /* how long the word of such a source stays fresh */
} kinds[ESTATE_KINDS] = {
	[ESTATE_AGENT] = {"agent", 7},
	[ESTATE_SCAN] = {"scan", 30},
	[ESTATE_REGISTER] = {"register", 90},
};

const char *estate_kind_name(enum estate_kind kind)
{
	return kinds[kind].name;
}

int64_t estate_fresh_days(enum estate_kind kind)
{
	return kinds[kind].days;
}

bool estate_is_fresh(const struct estate_seen *seen, int64_t now_ms)
{
	return seen->seen_ms && now_ms - seen->seen_ms <= kinds[seen->kind].days * MS_PER_DAY;
}

const char *facet_name(enum facet facet)
{
	static const char *const names[FACETS] = {
		[FACET_OS] = "os", [FACET_SOFTWARE] = "software", [FACET_UPDATES] = "updates"};

	return names[facet];
}

void estate_reading_free(struct estate_reading *r)
{
	estate_read_free(r->read);
	journal_pack_free(&r->pack);
	text_free(&r->body);
	text_free(&r->notes);
	*r = (struct estate_reading){0};
}

/* What the record says of its source: stated by the command, else by the file, else by default. */
struct terms {
	struct str source;
	enum estate_kind kind;
	int whole, sees;
	int64_t taken_ms;
	bool taken_by_default;
};

static bool terms_of(const struct estate_file_in *in, const struct rows *r,
		     const struct estate_counts *counts, struct terms *ret, struct err *err)
{
	const struct estate_stated *s = &in->stated;
	struct terms t = {.source = s->source.n ? s->source : r->source,
			  .whole = r->whole > 0,
			  .sees = r->sees,
			  .taken_ms = s->taken_ms ? s->taken_ms : r->taken_ms};
	struct str kind = s->kind.n ? s->kind : r->kind;

	/* What a supplier sees with and the organisation itself sees with are two sources. */
	if (!t.source.n && in->of)
		t.source = in->of->by;
	if (!t.source.n)
		t.source = str_of(estate_format_name(r->format));
	if (kind.n && !row_kind_parse(kind, &t.kind))
		return err_set(err, ERR_USAGE, "kind \"%.*s\" is none of agent, scan, register",
			       STR_FMT(str_sub(kind, 0, 60)));
	if (s->scope.n && !row_scope_parse(s->scope, &t.whole))
		return err_set(err, ERR_USAGE, "scope \"%.*s\" is neither organisation nor devices",
			       STR_FMT(str_sub(s->scope, 0, 60)));
	if (s->sees.n && !row_sees_parse(s->sees, &t.sees))
		return err_set(err, ERR_USAGE,
			       "sees \"%.*s\" is not a list of os, software, updates",
			       STR_FMT(str_sub(s->sees, 0, 60)));
	for (unsigned f = 0; f < FACETS && s->sees.n == 0 && r->sees < 0; f++) {
		t.sees = t.sees < 0 ? 0 : t.sees;
		t.sees |= counts->facet[f] ? 1 << f : 0;
	}
	t.taken_by_default = !t.taken_ms;
	if (!t.taken_ms)
		t.taken_ms = s->default_taken_ms ? s->default_taken_ms : in->received_ms;
	/* A clock may be some minutes off; a snapshot from tomorrow would outlive its truth. */
	if (t.taken_ms > in->received_ms + MS_PER_DAY)
		return err_set(err, ERR_INVALID,
			       "says it was taken %.10s, later than today: set the clock right or "
			       "say --taken",
			       date_format(t.taken_ms, (char[STAMP_BYTES]){0}).p);
	*ret = t;
	return true;
}

static void out_stamp(struct json_out *o, const char *key, int64_t ms)
{
	char buf[STAMP_BYTES];

	json_out_key(o, key);
	json_out_str(o, stamp_format(ms, buf));
}

static void out_text(struct json_out *o, const char *key, struct str s)
{
	json_out_key(o, key);
	json_out_str(o, s);
}

static void out_counts(struct json_out *o, const struct estate_counts *c)
{
	const struct {
		const char *key;
		uint64_t n;
	} all[] = {
		{"devices", c->devices},
		{"software", c->software},
		{"updates", c->updates},
		{"files", c->files},
		{"lines", c->lines},
		{"skipped", c->skipped},
		{"seen_os", c->facet[FACET_OS]},
		{"seen_software", c->facet[FACET_SOFTWARE]},
		{"seen_updates", c->facet[FACET_UPDATES]},
		{"incomplete", c->incomplete},
	};

	json_out_key(o, "counts");
	json_out_object(o);
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		json_out_key(o, all[i].key);
		json_out_i64(o, (int64_t)all[i].n);
	}
	json_out_end(o);
}

static void make_notes(const struct rows *r, size_t members_skipped, struct text *notes)
{
	if (members_skipped)
		text_addf(notes, "%zu %s of the archive %s of no format we read\n", members_skipped,
			  plural(members_skipped, "file", "files"),
			  plural(members_skipped, "is", "are"));
	if (r->bad_names)
		text_addf(notes,
			  "%ju %s (CPE or purl) not as the standard says; that software stays "
			  "unresolved\n",
			  (uintmax_t)r->bad_names, plural(r->bad_names, "name is", "names are"));
	if (r->dropped_kbs)
		text_addf(notes, "%ju %s listed as installed and still offered; taken as missing\n",
			  (uintmax_t)r->dropped_kbs,
			  plural(r->dropped_kbs, "update is", "updates are"));
	if (r->no_kbs.n)
		text_addf(notes, "%zu %s offered, not installed\n", r->no_kbs.n,
			  plural(r->no_kbs.n, "update is", "updates are"));
	text_add(notes, text_str(&r->notes));
}

void estate_read_free(struct estate_read *r)
{
	if (!r)
		return;
	rows_release(&r->rows);
	read_file_release(&r->file);
	if (r->arena)
		arena_close(r->arena);
	free(r);
}

/* The inventory and, where it was read by one, the mapping: a rebuild reads it by the same. */
static void out_bulk(struct json_out *o, const struct estate_file_in *in, const struct hash *digest)
{
	struct hash map = hash_of(in->stated.map);
	char hex[HASH_HEX_BYTES], map_hex[HASH_HEX_BYTES];

	if (!in->stated.map.n) {
		out_text(o, "bulk", hash_hex(digest, hex));
		return;
	}
	json_out_key(o, "bulk");
	json_out_array(o);
	json_out_str(o, hash_hex(digest, hex));
	json_out_str(o, hash_hex(&map, map_hex));
	json_out_end(o);
	out_text(o, "map", hash_hex(&map, map_hex));
}

static bool make_body(struct job *j, const struct terms *t, struct err *err)
{
	const struct estate_file_in *in = j->in;
	const struct rows *r = &j->read->rows;
	char whole[HASH_HEX_BYTES];
	struct json_out *o = json_out_open(&j->reading.body);

	json_out_object(o);
	out_text(o, "org", in->org);
	out_text(o, "name", in->name);
	out_text(o, "source", t->source);
	out_text(o, "kind", str_of(estate_kind_name(t->kind)));
	out_text(o, "scope", t->whole ? STR("organisation") : STR("devices"));
	out_text(o, "format", str_of(estate_format_name(r->format)));
	if (in->stated.format != ESTATE_AUTO)
		out_text(o, "forced", str_of(estate_format_name(in->stated.format)));
	if (j->read->device.n)
		out_text(o, "device", j->read->device);
	/* The only device it is about: an older one about the same device and facets retires. */
	if (r->devices.n == 1)
		out_text(o, "only", r->devices.v[0].text[ROW_ID]);
	out_stamp(o, "taken", t->taken_ms);
	out_stamp(o, "received", in->received_ms);
	json_out_key(o, "sees");
	json_out_array(o);
	for (unsigned f = 0; f < FACETS; f++)
		if (t->sees >> f & 1)
			json_out_str(o, str_of(facet_name((enum facet)f)));
	json_out_end(o);
	json_out_key(o, "size");
	json_out_i64(o, (int64_t)in->bytes.n);
	out_bulk(o, in, &j->reading.pack.digest);
	if (in->of) {
		out_text(o, "by", in->of->by);
		out_text(o, "of", hash_hex(&in->of->whole, whole));
	}
	out_text(o, "verdict", STR("accepted"));
	out_counts(o, &j->reading.counts);
	json_out_end(o);
	return json_out_close(o, err);
}

bool job_finish(struct job *j, struct err *err)
{
	struct terms terms = {0};

	if (j->read->rows.org.n && !str_eq_ci(j->read->rows.org, j->in->org))
		return err_set(err, ERR_INVALID, "its rows are of \"%.*s\", not of %.*s",
			       STR_FMT(str_sub(j->read->rows.org, 0, 60)), STR_FMT(j->in->org));
	rows_count(&j->read->rows, &j->reading.counts);
	j->reading.format = j->read->rows.format;
	if (!terms_of(j->in, &j->read->rows, &j->reading.counts, &terms, err) ||
	    !make_body(j, &terms, err))
		return false;
	j->reading.taken_ms = terms.taken_ms;
	j->reading.taken_by_default = terms.taken_by_default;
	make_notes(&j->read->rows, j->read->file.skipped, &j->reading.notes);
	return true;
}
