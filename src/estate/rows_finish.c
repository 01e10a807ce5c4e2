#include "estate/rows.h"

#include "base/order.h"

static bool merge_flag(struct rows *r, uint8_t *to, uint8_t from, const char *what, struct err *err)
{
	if (from && *to && *to != from)
		return rows_err(r, err, ERR_INVALID,
				"%s is yes in one place and no in another of the same device",
				what);
	if (from)
		*to = from;
	return true;
}

static bool merge_device(struct rows *r, const struct rows *from, const struct row_device *d,
			 uint32_t *ret, struct err *err)
{
	struct row_device *to;
	uint32_t at;

	r->line = d->line;
	if (!rows_device(r, d->text[ROW_ID], &at, err))
		return false;
	for (unsigned i = ROW_ID + 1; i < ROW_TEXTS; i++)
		if (!rows_text(r, at, (enum row_text)i, d->text[i], err))
			return false;
	if (d->class && !rows_class(r, at, str_of(device_class_name(d->class)), err))
		return false;
	to = &r->devices.v[at];
	if (!merge_flag(r, &to->internet_facing, d->internet_facing, "internet_facing", err) ||
	    !merge_flag(r, &to->smb1_off, d->smb1_off, "smb1", err))
		return false;
	for (unsigned k = 0; d->kept && k < KEPT_TEXTS; k++)
		if (!rows_keep_text(r, at, (enum kept)k, from->kept.v[d->kept - 1].text[k], err))
			return false;
	to = &r->devices.v[at];
	to->seen_ms = MAX_OF(to->seen_ms, d->seen_ms);
	to->seen |= d->seen;
	to->incomplete |= d->incomplete;
	to->complete |= d->complete;
	if (d->arch)
		to->arch = d->arch;
	if (d->server)
		to->server = d->server;
	*ret = at;
	return true;
}

/* Into rows that hold nothing yet: what from holds is theirs. */
static void take_over(struct rows *r, struct rows *from)
{
#define TAKE(what)                                                                                 \
	do {                                                                                       \
		__typeof__(r->what) was = r->what;                                                 \
		r->what = from->what;                                                              \
		from->what = was;                                                                  \
	} while (0)
	TAKE(devices);
	TAKE(kept);
	TAKE(raws);
	TAKE(pairs);
	TAKE(kbs);
	TAKE(no_kbs);
	TAKE(files);
	TAKE(aliases);
	TAKE(device_slots);
	TAKE(raw_slots);
	TAKE(ndevice_slots);
	TAKE(nraw_slots);
#undef TAKE
}

static bool holds_nothing(const struct rows *r)
{
	return !r->devices.n && !r->kept.n && !r->raws.n && !r->pairs.n && !r->kbs.n &&
	       !r->no_kbs.n && !r->files.n && !r->aliases.n;
}

static void merge_counts(struct rows *r, const struct rows *from)
{
	r->lines += from->lines;
	r->skipped += from->skipped;
	r->bad_names += from->bad_names;
}

bool rows_merge(struct rows *r, struct rows *from, struct err *err)
{
	AUTO(freep) uint32_t *device = mem_zero(from->devices.n + 1, sizeof(*device));
	AUTO(freep) uint32_t *raw = mem_zero(from->raws.n + 1, sizeof(*raw));

	merge_counts(r, from);
	if (holds_nothing(r)) {
		take_over(r, from);
		return true;
	}
	for (size_t i = 0; i < from->devices.n; i++)
		if (!merge_device(r, from, &from->devices.v[i], &device[i], err))
			return false;
	r->line = 0;
	rows_raw_hashes(from, raw);
	for (size_t i = 0; i < from->raws.n; i++)
		raw[i] = rows_raw_admitted(r, &from->raws.v[i], raw[i]);
	rows_pairs_room(r, from->pairs.n);
	for (size_t i = 0; i < from->pairs.n; i++)
		r->pairs.v[r->pairs.n++] = (uint64_t)device[from->pairs.v[i] >> 32] << 32 |
					   raw[(uint32_t)from->pairs.v[i]];
	for (size_t i = 0; i < from->kbs.n; i++)
		rows_kb(r, device[from->kbs.v[i] >> 32], (uint32_t)from->kbs.v[i]);
	for (size_t i = 0; i < from->no_kbs.n; i++)
		rows_offered(r, device[from->no_kbs.v[i] >> 32], (uint32_t)from->no_kbs.v[i]);
	for (size_t i = 0; i < from->files.n; i++)
		if (!rows_file(r, device[from->files.v[i].device], from->files.v[i].name,
			       from->files.v[i].version, err))
			return false;
	return true;
}

/* The numbers of a Windows from what it says of its version; from its caption only where no version
 * was stated and the caption itself fixes the line ("Windows 7 Service Pack 1"). */
static void derive_os(struct row_device *d)
{
	struct windows_version v = {0};
	struct windows_named named = {0};
	struct str os = d->text[ROW_OS_NAME], version = d->text[ROW_OS_VERSION];
	bool windows = windows_line_of_caption(os, &named) ||
		       str_find_ci(os, STR("windows"), 0) != SIZE_MAX ||
		       str_find_ci(d->text[ROW_OS_CPE], STR(":microsoft:windows"), 0) != SIZE_MAX;

	d->derived = true;
	if (!windows || d->os_guessed)
		return;
	if (!d->server)
		d->server = str_find_ci(os, STR("server"), 0) != SIZE_MAX ||
					    str_find_ci(d->text[ROW_OS_CPE], STR(":windows_server"),
							0) != SIZE_MAX
				    ? SERVER_SERVER
				    : SERVER_CLIENT;
	if (!d->arch)
		d->arch = (uint8_t)(named.arch ? named.arch : row_arch_of(os));
	if (windows_version_parse(version, &v) && v.build) {
		d->major = v.major;
		d->minor = v.minor;
		d->build = v.build;
		d->revision = v.revision;
		d->sp = (uint8_t)v.sp;
	} else if (!version.n && named.line && named.exact && !named.application.n) {
		d->major = named.line->major;
		d->minor = named.line->minor;
		d->build = named.line->build;
		d->sp = (uint8_t)named.line->sp;
	}
}

/* What was derived from what: the devices of an organisation run few systems. */
struct derived {
	struct str name, version, cpe;
	uint8_t server, arch;
	bool guessed;
	struct row_device to;
};

static bool derived_of(const struct derived *m, const struct row_device *d)
{
	return m->to.derived && m->server == d->server && m->arch == d->arch &&
	       m->guessed == d->os_guessed && str_eq(m->version, d->text[ROW_OS_VERSION]) &&
	       str_eq(m->name, d->text[ROW_OS_NAME]) && str_eq(m->cpe, d->text[ROW_OS_CPE]);
}

static void derive_all(struct rows *r)
{
	enum { MEMO = 256 };
	AUTO(freep) struct derived *memo = r->devices.n > 1 ? mem_zero(MEMO, sizeof(*memo)) : NULL;

	for (size_t i = 0; i < r->devices.n; i++) {
		struct row_device *d = &r->devices.v[i];
		uint64_t h = str_hash(d->text[ROW_OS_VERSION]) ^
			     u64_hash(str_hash(d->text[ROW_OS_NAME]));
		struct derived *m = memo ? &memo[h % MEMO] : &(struct derived){0};

		if (!derived_of(m, d)) {
			*m = (struct derived){.name = d->text[ROW_OS_NAME],
					      .version = d->text[ROW_OS_VERSION],
					      .cpe = d->text[ROW_OS_CPE],
					      .server = d->server,
					      .arch = d->arch,
					      .guessed = d->os_guessed};
			derive_os(d);
			m->to = *d;
		}
		d->derived = true;
		d->server = m->to.server;
		d->arch = m->to.arch;
		d->major = m->to.major;
		d->minor = m->to.minor;
		d->build = m->to.build;
		d->revision = m->to.revision;
		d->sp = m->to.sp;
	}
}

static size_t sort_once(uint64_t *v, size_t n)
{
	bool sorted = true;
	size_t to = 0;

	for (size_t i = 1; i < n && sorted; i++)
		sorted = v[i - 1] < v[i];
	if (sorted)
		return n;
	qsort(v, n, sizeof(*v), u64_order);
	for (size_t i = 0; i < n; i++)
		if (!i || v[i] != v[i - 1])
			v[to++] = v[i];
	return to;
}

/* What Windows Update still offers is not installed, whatever another list says. */
static void drop_offered(struct rows *r)
{
	size_t to = 0, j = 0;

	for (size_t i = 0; i < r->kbs.n; i++) {
		while (j < r->no_kbs.n && r->no_kbs.v[j] < r->kbs.v[i])
			j++;
		if (j < r->no_kbs.n && r->no_kbs.v[j] == r->kbs.v[i])
			r->dropped_kbs++;
		else
			r->kbs.v[to++] = r->kbs.v[i];
	}
	r->kbs.n = to;
}

void rows_finish(struct rows *r)
{
	derive_all(r);
	for (size_t i = 0; i < r->devices.n; i++)
		r->devices.v[i].incomplete &= (uint8_t)~r->devices.v[i].complete;
	if (r->kbs.n)
		r->kbs.n = sort_once(r->kbs.v, r->kbs.n);
	if (r->no_kbs.n) {
		r->no_kbs.n = sort_once(r->no_kbs.v, r->no_kbs.n);
		drop_offered(r);
	}
}

void rows_count(const struct rows *r, struct estate_counts *ret)
{
	*ret = (struct estate_counts){
		.devices = r->devices.n,
		.software = r->pairs.n,
		.updates = r->kbs.n,
		.files = r->files.n,
		.lines = r->lines,
		.skipped = r->skipped,
	};
	for (size_t i = 0; i < r->devices.n; i++) {
		for (unsigned f = 0; f < FACETS; f++)
			ret->facet[f] += r->devices.v[i].seen >> f & 1;
		ret->incomplete += r->devices.v[i].incomplete != 0;
	}
}

bool row_scope_parse(struct str s, int *ret)
{
	s = str_trim(s);
	if (str_eq_ci(s, STR("organisation")) || str_eq_ci(s, STR("organization")))
		*ret = 1;
	else if (str_eq_ci(s, STR("devices")))
		*ret = 0;
	else
		return false;
	return true;
}

bool row_sees_parse(struct str s, int *ret)
{
	struct str piece;
	int bits = 0;

	while (str_next(&s, ',', &piece)) {
		int bit = 0;

		for (unsigned f = 0; f < FACETS; f++)
			if (str_eq_ci(str_trim(piece), str_of(facet_name((enum facet)f))))
				bit = 1 << f;
		if (!bit)
			return false;
		bits |= bit;
	}
	*ret = bits;
	return bits != 0;
}

bool row_kind_parse(struct str s, enum estate_kind *ret)
{
	for (unsigned k = 0; k < ESTATE_KINDS; k++)
		if (str_eq_ci(str_trim(s), str_of(estate_kind_name((enum estate_kind)k)))) {
			*ret = (enum estate_kind)k;
			return true;
		}
	return false;
}
