#include "base/bits.h"
#include "base/mem.h"
#include "base/table.h"
#include "estate/inner.h"
#include "estate/resolve.h"
#include "wire/wire.h"

enum { NAME_MAX = 4096, MAP_ENTRIES_MAX = 4 << 20 };

struct map_columns {
	size_t publisher, name, cpe;
};

static bool map_row(struct arena *arena, const struct csv_row *row, const struct map_columns *at,
		    struct name_entry *ret, struct err *err)
{
	struct str publisher = str_trim(csv_field(row, at->publisher)),
		   name = str_trim(csv_field(row, at->name));

	if (!name.n)
		return err_set(err, ERR_INVALID, "line %zu: no name", row->line);
	if (name.n > NAME_MAX || publisher.n > NAME_MAX)
		return err_set(err, ERR_LIMIT, "line %zu: a name of more than %d bytes", row->line,
			       NAME_MAX);
	ret->key = name_normal_key(arena, publisher, name, (struct str){0});
	if (!name_cpes_check(arena, csv_field(row, at->cpe), &ret->cpes, err))
		return err_wrap(err, "line %zu", row->line);
	return true;
}

bool name_map_read(struct arena *arena, struct str bytes, struct name_entry **ret, size_t *ret_n,
		   struct err *err)
{
	AUTO(csv_closep) struct csv *csv = NULL;
	const struct csv_row *row;
	struct map_columns at = {0};
	VEC_OF(struct name_entry) v = {0};
	size_t bad;
	bool ok = false;

	if (!str_is_utf8(bytes, &bad))
		return err_set(err, ERR_INVALID, "byte %zu is not UTF-8", bad);
	csv = csv_open(bytes, (struct csv_options){.comments = true});
	if (!csv_header(csv, err) || !csv_need_column(csv, "name", &at.name, err) ||
	    !csv_need_column(csv, "cpe", &at.cpe, err))
		return false;
	at.publisher = csv_column(csv, "publisher");
	while ((ok = csv_next(csv, &row, err)) && row) {
		struct name_entry e = {0};

		ok = v.n < MAP_ENTRIES_MAX
			     ? map_row(arena, row, &at, &e, err)
			     : err_set(err, ERR_LIMIT, "more than %d names", MAP_ENTRIES_MAX);
		if (!ok)
			break;
		VEC_PUSH(&v, e);
	}
	if (ok && v.n) {
		*ret = arena_alloc(arena, v.n * sizeof(**ret));
		memcpy(*ret, v.v, v.n * sizeof(**ret));
		*ret_n = v.n;
	} else if (ok) {
		ok = err_set(err, ERR_INVALID, "holds no name");
	}
	free(v.v);
	return ok;
}

bool estate_names_body(struct str name, struct str bytes, struct text *body, uint64_t *ret_entries,
		       struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct name_entry *v = NULL;
	struct hash digest = hash_of(bytes);
	char hex[HASH_HEX_BYTES];
	struct json_out *o;
	size_t n = 0;

	if (!name_map_read(arena, bytes, &v, &n, err))
		return err_wrap(err, "%.*s", STR_FMT(str_sub(name, 0, 120)));
	o = json_out_open(body);
	json_out_object(o);
	json_out_key(o, "name");
	json_out_str(o, name);
	json_out_key(o, "entries");
	json_out_i64(o, (int64_t)n);
	json_out_key(o, "bulk");
	json_out_str(o, hash_hex(&digest, hex));
	json_out_end(o);
	if (!json_out_close(o, err))
		return false;
	*ret_entries = n;
	return true;
}

/* The key of a name as `names` lists it: PUBLISHER|NAME or NAME; in arena. */
static bool key_of(struct arena *arena, struct str raw, struct str *ret, struct err *err)
{
	size_t bar = str_find_char(raw, '|', 0);
	struct str publisher = bar == SIZE_MAX ? (struct str){0} : str_sub(raw, 0, bar);
	struct str name = bar == SIZE_MAX ? raw : str_from_offset(raw, bar + 1);

	if (!str_trim(name).n)
		return err_set(err, ERR_USAGE,
			       "no name: say it as names lists it, PUBLISHER|NAME or NAME");
	if (raw.n > NAME_MAX)
		return err_set(err, ERR_LIMIT, "a name of more than %d bytes", NAME_MAX);
	*ret = name_normal_key(arena, str_trim(publisher), str_trim(name), (struct str){0});
	return true;
}

/* cpes without bytes: the body takes back. */
static bool body_of(struct str raw, struct str key, struct str cpes, struct text *body,
		    struct err *err)
{
	struct json_out *o = json_out_open(body);

	json_out_object(o);
	json_out_key(o, "raw");
	json_out_str(o, raw);
	json_out_key(o, "key");
	json_out_str(o, key);
	if (cpes.n) {
		json_out_key(o, "cpes");
		json_out_str(o, cpes);
	}
	json_out_end(o);
	return json_out_close(o, err);
}

bool estate_resolve_body(struct str raw, struct str cpes, struct text *body, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct str key = {0}, clean = {0};

	return key_of(arena, raw, &key, err) && name_cpes_check(arena, cpes, &clean, err) &&
	       body_of(raw, key, clean, body, err);
}

bool estate_unresolve_body(struct str raw, struct text *body, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct str key = {0};

	return key_of(arena, raw, &key, err) && body_of(raw, key, (struct str){0}, body, err);
}

/* ---- whom one name concerns ------------------------------------------------------------ */

struct reach {
	const struct estate_resolver *resolver;
	struct arena *scratch;
	uint32_t entry;
	uint64_t devices, organisations;
};

static bool reach_segment(void *ctx, const struct segment *s, struct err *err)
{
	struct reach *r = ctx;
	AUTO(freep) uint64_t *held = mem_zero(bits_words(s->ndevices) + 1, sizeof(*held));
	uint64_t before = r->devices;

	(void)err;
	for (uint32_t i = 0; i < s->nraws; i++) {
		if (i % 256 == 0)
			arena_clear(r->scratch);
		if (!resolver_raw_by(r->resolver, s, &s->raws[i], r->scratch, r->entry))
			continue;
		segment_mark(s, i, held);
	}
	for (uint32_t i = 0; i < s->ndevices; i++) {
		if (i % 256 == 0)
			arena_clear(r->scratch);
		r->devices += bits_has(held, i) ||
			      resolver_os_by(r->resolver, s, i, r->scratch, r->entry);
	}
	r->organisations += r->devices > before;
	return true;
}

bool estate_name_reach(struct estate *e, struct str raw, struct estate_name *ret, struct err *err)
{
	AUTO(arena_closep) struct arena *scratch = arena_open();
	AUTO(estate_resolver_closep) struct estate_resolver *resolver = resolver_new();
	struct reach r = {.resolver = resolver, .scratch = scratch};
	struct str key = {0};

	if (!key_of(scratch, raw, &key, err) || !resolver_load(resolver, e->store, err))
		return false;
	r.entry = resolver_say(resolver, key);
	if (!estate_each_segment(e, reach_segment, &r, err))
		return false;
	ret->devices = r.devices;
	ret->organisations = r.organisations;
	return true;
}

/* ---- what is still unresolved -------------------------------------------------------- */

enum { CANDIDATES = 5, CANDIDATES_ASKED = 20 };

struct tally {
	struct estate_name name;
	struct str last_org;
};

struct tallies {
	const struct estate_resolver *resolver;
	struct arena *arena, *scratch;
	struct intern *keys;
	VEC_OF(struct tally) v;
};

static void tally_add(struct tallies *t, const struct segment *s, const struct estate_name *name,
		      uint64_t devices)
{
	AUTO(text_freep) struct text own = {0};
	struct tally *tally;
	uint32_t id;

	/* A system may be called like some software. */
	text_addf(&own, "%c%.*s", name->system ? 'o' : 'a', STR_FMT(name->key));
	id = intern_put(t->keys, text_str(&own));
	if (id == t->v.n)
		VEC_PUSH(&t->v,
			 (struct tally){.name = {.system = name->system,
						 .key = arena_str(t->arena, name->key),
						 .publisher = arena_str(t->arena, name->publisher),
						 .name = arena_str(t->arena, name->name),
						 .version = arena_str(t->arena, name->version)}});
	tally = &t->v.v[id];
	tally->name.devices += devices;
	if (!str_eq(tally->last_org, s->org)) {
		tally->name.organisations++;
		tally->last_org = arena_str(t->arena, s->org);
	}
}

static void tally_raw(struct tallies *t, const struct segment *s, uint32_t at)
{
	const struct estate_raw *raw = &s->raws[at];
	struct estate_resolved resolved;
	struct estate_name name = {.publisher = seg_str(s, raw->publisher),
				   .name = seg_str(s, raw->name),
				   .version = seg_str(s, raw->version)};

	estate_resolve_raw(t->resolver, s, raw, t->scratch, &resolved);
	if (resolved.state != RESOLUTION_UNRESOLVED)
		return;
	if (!name.name.n)
		name.name = raw->purl.n ? seg_str(s, raw->purl) : seg_str(s, raw->cpe);
	name.key = name_normal_key(t->scratch, name.publisher, name.name, name.version);
	tally_add(t, s, &name, s->held[at]);
}

static void tally_os(struct tallies *t, const struct segment *s, uint32_t device)
{
	const struct estate_device *d = &s->devices[device];
	struct estate_resolved resolved;
	struct estate_name name = {.system = true,
				   .name = seg_str(s, d->os_name),
				   .version = seg_str(s, d->os_version)};

	if (!name.name.n)
		return;
	estate_resolve_os(t->resolver, s, device, t->scratch, &resolved);
	if (resolved.state != RESOLUTION_UNRESOLVED)
		return;
	name.key = name_normal_key(t->scratch, (struct str){0}, name.name, name.version);
	tally_add(t, s, &name, 1);
}

static bool tally_segment(void *ctx, const struct segment *s, struct err *err)
{
	struct tallies *t = ctx;

	(void)err;
	for (uint32_t i = 0; i < s->nraws; i++) {
		tally_raw(t, s, i);
		if (i % 256 == 255)
			arena_clear(t->scratch);
	}
	for (uint32_t i = 0; i < s->ndevices; i++) {
		tally_os(t, s, i);
		if (i % 256 == 255)
			arena_clear(t->scratch);
	}
	arena_clear(t->scratch);
	return true;
}

static int most_devices(const void *a, const void *b)
{
	const struct tally *x = a, *y = b;

	if (x->name.devices != y->name.devices)
		return x->name.devices > y->name.devices ? -1 : 1;
	return str_cmp(x->name.key, y->name.key);
}

static void add_candidates(const struct intel_dictionary *d, struct arena *arena,
			   struct estate_name *name)
{
	struct intel_candidate found[CANDIDATES_ASKED];
	size_t n = 0, asked = intel_dictionary_candidates(d, name->publisher, name->name,
							  CANDIDATES_ASKED, found);
	struct estate_candidate *v = arena_zero(arena, CANDIDATES, sizeof(*v));

	for (size_t i = 0; i < asked && n < CANDIDATES; i++)
		if (!name->system || str_is(found[i].product->part, "o"))
			v[n++] = (struct estate_candidate){
				.vendor = arena_str(arena, found[i].product->vendor),
				.product = arena_str(arena, found[i].product->product),
				.score = found[i].score,
				.vendor_agrees = found[i].vendor_agrees};
	name->candidates = v;
	name->ncandidates = n;
}

bool estate_names(struct estate *e, size_t most, struct arena *arena, struct estate_name_list *ret,
		  struct err *err)
{
	AUTO(intel_dictionary_closep) struct intel_dictionary *dictionary = NULL;
	AUTO(estate_resolver_closep) struct estate_resolver *resolver = NULL;
	AUTO(arena_closep) struct arena *scratch = arena_open();
	AUTO(intern_closep) struct intern *keys = intern_open();
	struct tallies t = {.arena = arena, .scratch = scratch, .keys = keys};
	size_t n;

	if (!intel_dictionary_load(e->store, &dictionary, err) ||
	    !estate_resolver_open(e, dictionary, &resolver, err))
		return false;
	t.resolver = resolver;
	if (!estate_each_segment(e, tally_segment, &t, err)) {
		free(t.v.v);
		return false;
	}
	if (t.v.n)
		qsort(t.v.v, t.v.n, sizeof(*t.v.v), most_devices);
	n = most && most < t.v.n ? most : t.v.n;
	ret->v = arena_zero(arena, n + 1, sizeof(*ret->v));
	for (size_t i = 0; i < n; i++) {
		ret->v[i] = t.v.v[i].name;
		add_candidates(dictionary, arena, &ret->v[i]);
	}
	ret->n = n;
	free(t.v.v);
	return true;
}
