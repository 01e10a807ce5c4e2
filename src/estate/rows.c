#include "estate/rows.h"

#include <stdarg.h>

void rows_init(struct rows *r, struct arena *arena, bool borrow)
{
	*r = (struct rows){.arena = arena, .borrow = borrow, .whole = -1, .sees = -1};
	r->ndevice_slots = r->nraw_slots = 256;
	r->device_slots = mem_zero(r->ndevice_slots, sizeof(*r->device_slots));
	r->raw_slots = mem_zero(r->nraw_slots, sizeof(*r->raw_slots));
}

void rows_release(struct rows *r)
{
	free(r->devices.v);
	free(r->kept.v);
	free(r->raws.v);
	free(r->pairs.v);
	free(r->kbs.v);
	free(r->no_kbs.v);
	free(r->files.v);
	free(r->aliases.v);
	free(r->device_slots);
	free(r->raw_slots);
	text_free(&r->notes);
	arena_close(r->scratch);
	*r = (struct rows){0};
}

bool rows_err(const struct rows *r, struct err *err, enum err_code code, const char *fmt, ...)
{
	char text[ERR_TEXT_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (r->line)
		return err_set(err, code, "line %zu: %s", r->line, text);
	return err_set(err, code, "%s", text);
}

struct str rows_keep(struct rows *r, struct str s)
{
	if (!s.n)
		return (struct str){0};
	return r->borrow ? s : arena_str(r->arena, s);
}

/* So many at the beginning are no control characters: eight at a time. */
static size_t plain_bytes(struct str s)
{
	const uint64_t ones = 0x0101010101010101u, highs = ones << 7;
	uint64_t w;
	size_t i = 0;

	for (; s.n - i >= sizeof(w); i += sizeof(w)) {
		memcpy(&w, s.p + i, sizeof(w));
		if ((w - ones * ' ') & ~w & highs)
			break;
	}
	return i;
}

bool rows_check(const struct rows *r, const char *what, struct str s, size_t most, struct err *err)
{
	if (s.n > most)
		return rows_err(r, err, ERR_LIMIT, "%s is %zu bytes long, at most %zu are read",
				what, s.n, most);
	for (size_t i = plain_bytes(s); i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ')
			return rows_err(r, err, ERR_INVALID,
					"%s \"%.*s\" has a control character in it", what,
					STR_FMT(str_sub(s, 0, 80)));
	if (!str_is_utf8(s, NULL))
		return rows_err(r, err, ERR_INVALID, "%s \"%.*s\" is not UTF-8", what,
				STR_FMT(str_sub(s, 0, 80)));
	return true;
}

/* Double a slot table; slots carry their hash, so items are not looked at. */
static void slots_grow(struct row_slot **slots, size_t *n)
{
	size_t wide = *n * 2;
	struct row_slot *to = mem_zero(wide, sizeof(*to));

	for (size_t i = 0; i < *n; i++) {
		size_t at = (*slots)[i].hash & (wide - 1);

		if (!(*slots)[i].at)
			continue;
		while (to[at].at)
			at = (at + 1) & (wide - 1);
		to[at] = (*slots)[i];
	}
	free(*slots);
	*slots = to;
	*n = wide;
}

bool rows_device(struct rows *r, struct str id, uint32_t *ret, struct err *err)
{
	uint32_t hash;
	size_t at;

	id = str_trim(id);
	hash = (uint32_t)str_hash(id);
	for (at = hash & (r->ndevice_slots - 1); r->device_slots[at].at;
	     at = (at + 1) & (r->ndevice_slots - 1)) {
		uint32_t i = r->device_slots[at].at - 1;

		if (r->device_slots[at].hash == hash && str_eq(r->devices.v[i].text[ROW_ID], id)) {
			*ret = i;
			return true;
		}
	}
	if (!id.n)
		return rows_err(r, err, ERR_INVALID, "no device id");
	if (!rows_check(r, "device id", id, ROW_ID_MAX, err))
		return false;
	if (r->devices.n >= ROWS_DEVICES_MAX)
		return rows_err(r, err, ERR_LIMIT, "more than %d devices", ROWS_DEVICES_MAX);
	VEC_PUSH(&r->devices,
		 (struct row_device){.text[ROW_ID] = rows_keep(r, id), .line = r->line});
	r->device_slots[at] = (struct row_slot){hash, (uint32_t)r->devices.n};
	if (r->devices.n * 2 > r->ndevice_slots)
		slots_grow(&r->device_slots, &r->ndevice_slots);
	*ret = (uint32_t)r->devices.n - 1;
	return true;
}

static bool two_devices(const struct rows *r, const struct row_device *d, const char *what,
			const char *said[2], struct err *err)
{
	struct str id = str_sub(d->text[ROW_ID], 0, 64);

	if (d->line && r->line)
		return rows_err(r, err, ERR_INVALID,
				"two devices with one id: \"%.*s\" has %s \"%.60s\" here and "
				"\"%.60s\" where it begins at line %zu",
				STR_FMT(id), what, said[1], said[0], d->line);
	return rows_err(r, err, ERR_INVALID,
			"two devices with one id: \"%.*s\" has %s \"%.60s\" and \"%.60s\"",
			STR_FMT(id), what, said[0], said[1]);
}

bool rows_text(struct rows *r, uint32_t device, enum row_text which, struct str s, struct err *err)
{
	static const char *const names[ROW_TEXTS] = {"id", "type",   "segment",	  "service",
						     "os", "os_cpe", "os_version"};
	struct row_device *d = &r->devices.v[device];
	size_t most = which == ROW_OS_VERSION ? ROW_VERSION_MAX : ROW_TEXT_MAX;

	s = str_trim(s);
	if (!s.n || str_eq(s, d->text[which]))
		return true;
	if (!rows_check(r, names[which], s, most, err))
		return false;
	if (d->text[which].n) {
		struct str a = arena_str(r->arena, str_sub(d->text[which], 0, 60));
		struct str b = arena_str(r->arena, str_sub(s, 0, 60));

		return two_devices(r, d, names[which], (const char *[2]){a.p, b.p}, err);
	}
	d->text[which] = rows_keep(r, s);
	return true;
}

bool rows_keep_text(struct rows *r, uint32_t device, enum kept which, struct str s, struct err *err)
{
	static const char *const names[KEPT_TEXTS] = {"vendor", "model", "udi", "support_until",
						      "controls"};
	struct row_device *d = &r->devices.v[device];
	struct str *was;

	s = str_trim(s);
	if (!s.n)
		return true;
	if (!rows_check(r, names[which], s, ROW_TEXT_MAX, err))
		return false;
	if (!d->kept) {
		VEC_PUSH(&r->kept, (struct row_kept){0});
		d->kept = (uint32_t)r->kept.n;
	}
	was = &r->kept.v[d->kept - 1].text[which];
	if (was->n && !str_eq(*was, s)) {
		struct str a = arena_str(r->arena, str_sub(*was, 0, 60));
		struct str b = arena_str(r->arena, str_sub(s, 0, 60));

		return two_devices(r, d, names[which], (const char *[2]){a.p, b.p}, err);
	}
	if (!was->n)
		*was = rows_keep(r, s);
	return true;
}

static const char *const class_names[DEVICE_CLASSES] = {
	[CLASS_UNKNOWN] = "unknown", [CLASS_WORKSTATION] = "workstation", [CLASS_SERVER] = "server",
	[CLASS_MEDICAL] = "medical", [CLASS_NETWORK] = "network",	  [CLASS_MOBILE] = "mobile",
	[CLASS_OTHER] = "other",
};

const char *device_class_name(enum device_class class)
{
	return class_names[class];
}

bool rows_class(struct rows *r, uint32_t device, struct str s, struct err *err)
{
	struct row_device *d = &r->devices.v[device];

	s = str_trim(s);
	if (!s.n)
		return true;
	for (unsigned i = 0; i < DEVICE_CLASSES; i++) {
		if (!str_eq_ci(s, str_of(class_names[i])))
			continue;
		if (i != CLASS_UNKNOWN && d->class != CLASS_UNKNOWN && d->class != i)
			return two_devices(r, d, "class",
					   (const char *[2]){class_names[d->class], class_names[i]},
					   err);
		if (i != CLASS_UNKNOWN)
			d->class = (uint8_t)i;
		return true;
	}
	return rows_err(r, err, ERR_INVALID,
			"class \"%.*s\" is none of workstation, server, medical, network, mobile, "
			"other, unknown",
			STR_FMT(str_sub(s, 0, 60)));
}

/* SAID_UNKNOWN when it is no such word. */
static uint8_t yes_or_no(struct str s)
{
	static const struct {
		const char *word;
		uint8_t said;
	} words[] = {{"no", SAID_NO},	{"off", SAID_NO}, {"false", SAID_NO}, {"0", SAID_NO},
		     {"yes", SAID_YES}, {"on", SAID_YES}, {"true", SAID_YES}, {"1", SAID_YES}};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq_ci(s, str_of(words[i].word)))
			return words[i].said;
	return SAID_UNKNOWN;
}

bool rows_flag(struct rows *r, uint8_t *field, const char *what, struct str s, struct err *err)
{
	uint8_t said;

	s = str_trim(s);
	if (!s.n || str_eq_ci(s, STR("unknown")))
		return true;
	said = yes_or_no(s);
	if (said == SAID_UNKNOWN)
		return rows_err(r, err, ERR_INVALID, "%s \"%.*s\" is neither yes nor no", what,
				STR_FMT(str_sub(s, 0, 60)));
	if (*field && *field != said)
		return rows_err(r, err, ERR_INVALID,
				"%s is yes in one line and no in another of the same device", what);
	*field = said;
	return true;
}

enum windows_arch row_arch_of(struct str s)
{
	static const struct {
		const char *word;
		enum windows_arch arch;
	} words[] = {
		{"arm64", WINDOWS_ARM64}, {"aarch64", WINDOWS_ARM64}, {"itanium", WINDOWS_IA64},
		{"ia64", WINDOWS_IA64},	  {"x86_64", WINDOWS_X64},    {"amd64", WINDOWS_X64},
		{"x64", WINDOWS_X64},	  {"64-bit", WINDOWS_X64},    {"64bit", WINDOWS_X64},
		{"x86", WINDOWS_X86},	  {"i386", WINDOWS_X86},      {"i686", WINDOWS_X86},
		{"32-bit", WINDOWS_X86},  {"32bit", WINDOWS_X86},     {"arm", WINDOWS_ARM},
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_find_ci(s, str_of(words[i].word), 0) != SIZE_MAX)
			return words[i].arch;
	return WINDOWS_ARCH_ANY;
}

static uint32_t raw_hash(const struct row_raw *raw)
{
	uint64_t h = str_hash(raw->name);

	h = u64_hash(h ^ str_hash(raw->version));
	if (raw->publisher.n)
		h = u64_hash(h ^ str_hash(raw->publisher));
	if (raw->cpe.n)
		h = u64_hash(h + str_hash(raw->cpe));
	if (raw->purl.n)
		h = u64_hash(h - str_hash(raw->purl));
	return (uint32_t)h;
}

static bool raw_eq(const struct row_raw *a, const struct row_raw *b)
{
	return str_eq(a->name, b->name) && str_eq(a->version, b->version) &&
	       str_eq(a->publisher, b->publisher) && str_eq(a->cpe, b->cpe) &&
	       str_eq(a->purl, b->purl);
}

/* Can the CPE and purl be read as their standards say?  Unless strict, what cannot is counted, and
 * stays as stated: nothing resolves it, so it is unknown rather than absent. */
static bool names_readable(struct rows *r, const struct row_raw *raw, bool strict, struct err *err)
{
	struct cpe cpe;
	struct purl purl;
	struct err why;

	if (!r->scratch)
		r->scratch = arena_open();
	arena_clear(r->scratch);
	if (raw->cpe.n && !cpe_parse(r->scratch, raw->cpe, &cpe, &why)) {
		r->bad_names++;
		if (strict)
			return rows_err(r, err, why.code, "cpe \"%.*s\": %s",
					STR_FMT(str_sub(raw->cpe, 0, 120)), why.text);
	}
	if (raw->purl.n && !purl_parse(r->scratch, raw->purl, &purl, &why)) {
		r->bad_names++;
		if (strict)
			return rows_err(r, err, why.code, "purl \"%.*s\": %s",
					STR_FMT(str_sub(raw->purl, 0, 120)), why.text);
	}
	return true;
}

static struct row_raw raw_keep(struct rows *r, const struct row_raw *raw)
{
	return (struct row_raw){
		.cpe = rows_keep(r, raw->cpe),
		.purl = rows_keep(r, raw->purl),
		.publisher = rows_keep(r, raw->publisher),
		.name = rows_keep(r, raw->name),
		.version = rows_keep(r, raw->version),
	};
}

/* A new distinct software: looked at once, however many devices have it. */
static bool raw_admit(struct rows *r, const struct row_raw *raw, bool strict, struct row_raw *to,
		      struct err *err)
{
	if (!rows_check(r, "publisher", raw->publisher, ROW_TEXT_MAX, err) ||
	    !rows_check(r, "name", raw->name, ROW_TEXT_MAX, err) ||
	    !rows_check(r, "version", raw->version, ROW_VERSION_MAX, err) ||
	    !rows_check(r, "cpe", raw->cpe, CPE_MAX_BYTES, err) ||
	    !rows_check(r, "purl", raw->purl, PURL_MAX_BYTES, err))
		return false;
	if ((raw->cpe.n || raw->purl.n) && !names_readable(r, raw, strict, err))
		return false;
	*to = raw_keep(r, raw);
	return true;
}

/* Where raw stands, or would. */
static struct row_slot *raw_slot(const struct rows *r, const struct row_raw *raw, uint32_t hash)
{
	size_t at = hash & (r->nraw_slots - 1);

	while (r->raw_slots[at].at &&
	       (r->raw_slots[at].hash != hash || !raw_eq(&r->raws.v[r->raw_slots[at].at - 1], raw)))
		at = (at + 1) & (r->nraw_slots - 1);
	return &r->raw_slots[at];
}

static uint32_t raw_put(struct rows *r, struct row_slot *slot, const struct row_raw *raw,
			uint32_t hash)
{
	VEC_PUSH(&r->raws, *raw);
	*slot = (struct row_slot){hash, (uint32_t)r->raws.n};
	if (r->raws.n * 2 > r->nraw_slots)
		slots_grow(&r->raw_slots, &r->nraw_slots);
	return (uint32_t)r->raws.n - 1;
}

bool rows_raw(struct rows *r, const struct row_raw *raw, bool strict, uint32_t *ret,
	      struct err *err)
{
	uint32_t hash = raw_hash(raw);
	struct row_slot *slot = raw_slot(r, raw, hash);
	struct row_raw kept;

	if (slot->at) {
		*ret = slot->at - 1;
		return true;
	}
	if (!raw_admit(r, raw, strict, &kept, err))
		return false;
	if (r->raws.n >= UINT32_MAX - 2)
		return rows_err(r, err, ERR_LIMIT, "too many kinds of software");
	*ret = raw_put(r, slot, &kept, hash);
	return true;
}

uint32_t rows_raw_admitted(struct rows *r, const struct row_raw *raw, uint32_t hash)
{
	struct row_slot *slot = raw_slot(r, raw, hash);
	struct row_raw kept;

	if (slot->at)
		return slot->at - 1;
	kept = raw_keep(r, raw);
	return raw_put(r, slot, &kept, hash);
}

void rows_raw_hashes(const struct rows *r, uint32_t *ret)
{
	for (size_t i = 0; i < r->nraw_slots; i++)
		if (r->raw_slots[i].at)
			ret[r->raw_slots[i].at - 1] = r->raw_slots[i].hash;
}

void rows_pairs_room(struct rows *r, size_t n)
{
	if (r->pairs.n + n <= r->pairs.cap)
		return;
	r->pairs.cap = MAX_OF(r->pairs.cap * 2, r->pairs.n + n);
	r->pairs.v = mem_resize(r->pairs.v, r->pairs.cap, sizeof(*r->pairs.v));
}

bool rows_software(struct rows *r, uint32_t device, const struct row_raw *raw, bool strict,
		   struct err *err)
{
	struct row_raw trimmed = {
		.cpe = str_trim(raw->cpe),
		.purl = str_trim(raw->purl),
		.publisher = str_trim(raw->publisher),
		.name = str_trim(raw->name),
		.version = str_trim(raw->version),
	};
	uint32_t at = 0;

	if (!trimmed.name.n && !trimmed.cpe.n && !trimmed.purl.n)
		return true;
	if (!rows_raw(r, &trimmed, strict, &at, err))
		return false;
	VEC_PUSH(&r->pairs, (uint64_t)device << 32 | at);
	rows_seen(r, device, FACET_SOFTWARE);
	return true;
}

void rows_kb(struct rows *r, uint32_t device, uint32_t kb)
{
	VEC_PUSH(&r->kbs, (uint64_t)device << 32 | kb);
}

void rows_offered(struct rows *r, uint32_t device, uint32_t kb)
{
	VEC_PUSH(&r->no_kbs, (uint64_t)device << 32 | kb);
}

bool rows_file(struct rows *r, uint32_t device, struct str name, struct str version,
	       struct err *err)
{
	name = str_trim(name);
	version = str_trim(version);
	if (!rows_check(r, "file name", name, ROW_ID_MAX, err) ||
	    !rows_check(r, "file version", version, ROW_VERSION_MAX, err))
		return false;
	if (!name.n || !version.n)
		return rows_err(r, err, ERR_INVALID,
				"a file is written as name=version, for example "
				"srv.sys=6.1.7601.23689");
	VEC_PUSH(&r->files, (struct row_file){device, rows_keep(r, name), rows_keep(r, version)});
	return true;
}
