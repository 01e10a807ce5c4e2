#include "estate/read_scan.h"

enum { NOTES_MAX = 20 };

void scan_init(struct scan *s, struct rows *r, const struct read_member *m)
{
	*s = (struct scan){.r = r, .m = m, .host = arena_open(), .said = intern_open()};
	s->addresses = intern_open();
	for (size_t i = 0; i < r->devices.n; i++)
		VEC_PUSH(&s->addressed, false);
	for (size_t i = 0; i < r->aliases.n; i++) {
		intern_put(s->addresses, r->aliases.v[i].id);
		s->addressed.v[r->aliases.v[i].device] = true;
	}
}

void scan_release(struct scan *s)
{
	arena_close(s->host);
	intern_close(s->addresses);
	intern_close(s->said);
	free(s->addressed.v);
	free(s->said_of.v);
}

static bool of_name(struct scan *s, struct str name, struct str address, uint32_t *ret,
		    struct err *err)
{
	uint32_t at = address.n ? intern_find(s->addresses, address) : UINT32_MAX;
	size_t before = s->r->devices.n;

	if (at != UINT32_MAX) {
		*ret = s->r->aliases.v[at].device;
		return true;
	}
	if (!rows_device(s->r, name, ret, err))
		return false;
	if (address.n && s->r->devices.n == before && *ret < s->addressed.n &&
	    s->addressed.v[*ret] && !rows_device(s->r, address, ret, err))
		return false;
	while (s->addressed.n < s->r->devices.n)
		VEC_PUSH(&s->addressed, false);
	if (!address.n)
		return true;
	intern_put(s->addresses, address);
	VEC_PUSH(&s->r->aliases, (struct row_alias){arena_str(s->r->arena, address), *ret});
	s->addressed.v[*ret] = true;
	return true;
}

bool scan_device(struct scan *s, struct str name, struct str address, uint32_t *ret,
		 struct err *err)
{
	name = str_trim(name);
	address = str_trim(address);
	if (s->m->stated && s->hosts)
		return rows_err(s->r, err, ERR_INVALID, "holds several hosts: --device names one");
	s->hosts++;
	if (s->m->stated)
		name = s->m->device;
	return of_name(s, name.n ? name : address, address, ret, err);
}

struct str scan_clean(struct scan *s, struct str text)
{
	char *p;
	size_t n = 0;

	text = str_sub(str_trim(text), 0, ROW_TEXT_MAX);
	p = arena_alloc(s->host, text.n + 1);
	for (size_t i = 0; i < text.n; i++) {
		bool blank = (unsigned char)text.p[i] <= ' ';

		if (!blank)
			p[n++] = text.p[i];
		else if (n && p[n - 1] != ' ')
			p[n++] = ' ';
	}
	/* Cut within a character? */
	while (n && !str_is_utf8(str_from(p, n), NULL))
		n--;
	return str_trim(str_from(p, n));
}

static bool is_versional(char c)
{
	return char_is_digit(c) || char_is_alpha(c) || strchr(".:~_-", c) != NULL;
}

/* ".X" that ends a component: any. */
static bool has_any(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (char_lower(s.p[i]) == 'x' && (!i || s.p[i - 1] == '.' || s.p[i - 1] == ' ') &&
		    (i + 1 == s.n || !(char_is_digit(s.p[i + 1]) || char_is_alpha(s.p[i + 1]))))
			return true;
	return false;
}

struct str scan_version(struct str said)
{
	static const char *const guesses[] = {" - ",	 " or ",  "later",
					      "earlier", "prior", "through"};
	size_t n = 0;

	said = str_trim(said);
	for (size_t i = 0; i < ARRAY_LEN(guesses); i++)
		if (str_find_ci(said, str_of(guesses[i]), 0) != SIZE_MAX)
			return (struct str){0};
	if (said.n > 1 && char_lower(said.p[0]) == 'v' && char_is_digit(said.p[1]))
		said = str_from_offset(said, 1);
	if (!said.n || !char_is_digit(said.p[0]) || has_any(said))
		return (struct str){0};
	while (n < said.n && said.p[n] && is_versional(said.p[n]))
		n++;
	/* "1.3+" is that or later; "5.6.40-38+ubuntu20.04.1" is a package's. */
	if (n < said.n && said.p[n] == '+') {
		if (n + 1 == said.n || char_is_space(said.p[n + 1]))
			return (struct str){0};
		while (n < said.n && said.p[n] && (said.p[n] == '+' || is_versional(said.p[n])))
			n++;
	}
	if (n < said.n && strchr("<>*?|/", said.p[n]))
		return (struct str){0};
	return str_sub(said, 0, n);
}

struct str scan_cpe(struct scan *s, struct str stated, bool *ret_versioned)
{
	AUTO(text_freep) struct text t = {0};
	size_t arrow = str_find(stated, STR(" ->"), 0);
	struct err ignored;
	struct cpe cpe;

	*ret_versioned = false;
	stated = str_trim(str_sub(stated, 0, arrow == SIZE_MAX ? stated.n : arrow));
	if (!cpe_parse(s->host, stated, &cpe, &ignored) || cpe.attr[CPE_PART].kind != CPE_VALUE ||
	    str_is(cpe.attr[CPE_PART].text, "o"))
		return (struct str){0};
	if (cpe.attr[CPE_VERSION].kind == CPE_VALUE) {
		cpe_attr_plain(&cpe.attr[CPE_VERSION], &t);
		*ret_versioned = scan_version(text_str(&t)).n == t.n;
		if (!*ret_versioned)
			cpe.attr[CPE_VERSION] = cpe.attr[CPE_UPDATE] = (struct cpe_attr){0};
		text_clear(&t);
	}
	cpe_format_23(&cpe, &t);
	return arena_str(s->host, text_str(&t));
}

bool scan_put_service(struct scan *s, uint32_t device, const struct scan_service *v,
		      struct err *err)
{
	struct row_raw raw = {.name = scan_clean(s, v->product),
			      .version = scan_version(v->version)};
	struct str cpe[SCAN_CPES_MAX];
	bool versioned, any = false;
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++) {
		cpe[n] = scan_cpe(s, v->cpe[i], &versioned);
		any |= cpe[n].n && versioned;
		n += cpe[n].n > 0;
	}
	/* A service of the system itself is no software of its own. */
	if (!n)
		return v->n || rows_software(s->r, device, &raw, false, err);
	/* The version is of one of them: of which is said only when it is the only one. */
	if (n > 1 || any)
		raw.version = (struct str){0};
	for (size_t i = 0; i < n; i++) {
		raw.cpe = cpe[i];
		if (!rows_software(s->r, device, &raw, false, err))
			return false;
		raw.name = (struct str){0};
	}
	return true;
}

bool scan_put_system(struct scan *s, uint32_t device, const struct scan_system *v, struct err *err)
{
	static const enum row_text all[] = {ROW_OS_NAME, ROW_OS_VERSION, ROW_OS_CPE};
	const struct str texts[] = {scan_clean(s, v->name), v->version, v->cpe};
	struct row_device *d = &s->r->devices.v[device];

	if (!texts[0].n || (d->seen >> FACET_OS & 1 && !(d->os_guessed && v->sure)))
		return true;
	rows_seen(s->r, device, FACET_OS);
	if (v->sure)
		d->complete |= 1u << FACET_OS;
	else
		rows_incomplete(s->r, device, FACET_OS);
	d->os_guessed = !v->sure;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		d->text[all[i]] = (struct str){0};
		if (!rows_text(s->r, device, all[i], texts[i], err))
			return false;
	}
	return true;
}

/* The last word when it is a build of Windows: 2600 of XP and on. */
static uint32_t build_of(struct str *name)
{
	size_t at = name->n;
	uint64_t n = 0;

	while (at && char_is_digit(name->p[at - 1]))
		at--;
	if (!at || name->p[at - 1] != ' ' || !str_to_u64(str_from_offset(*name, at), &n) ||
	    n < 2600 || n > 99999)
		return 0;
	*name = str_trim(str_sub(*name, 0, at));
	return (uint32_t)n;
}

/* SMB's own version ("6.3") stands still at 8.1, the build does not. */
static bool kernel_of(uint32_t build, uint32_t *ret_major, uint32_t *ret_minor)
{
	if (build >= 10240) {
		*ret_major = 10;
		*ret_minor = 0;
		return true;
	}
	for (size_t i = 0; i < windows_line_count(); i++) {
		const struct windows_line *line = windows_line_at(i);

		if (line->build != build)
			continue;
		*ret_major = line->major;
		*ret_minor = line->minor;
		return true;
	}
	return false;
}

bool scan_windows(struct scan *s, struct str said, struct scan_system *ret)
{
	struct str name = scan_clean(s, said), pack = {0};
	size_t sp = str_find_ci(name, STR(" service pack "), 0);
	uint32_t build, major = 0, minor = 0;

	if (!str_starts_ci(name, STR("windows ")) &&
	    !str_starts_ci(name, STR("microsoft windows ")))
		return false;
	if (sp != SIZE_MAX) {
		pack = str_from_offset(name, sp);
		name = str_sub(name, 0, sp);
	}
	build = build_of(&name);
	if (!build || !kernel_of(build, &major, &minor))
		return false;
	*ret = (struct scan_system){
		.name = name,
		.version = arena_fmt(s->host, "%u.%u.%u%.*s", major, minor, build, STR_FMT(pack)),
		.sure = true};
	return true;
}

struct str scan_samba(struct str said)
{
	size_t at = str_find_ci(said, STR("samba "), 0);

	return at == SIZE_MAX ? (struct str){0} : scan_version(str_from_offset(said, at + 6));
}

bool scan_put_samba(struct scan *s, uint32_t device, struct str version, struct err *err)
{
	const struct scan_service samba = {.product = STR("Samba smbd"),
					   .version = version,
					   .cpe = {STR("cpe:/a:samba:samba")},
					   .n = 1};

	return !version.n || scan_put_service(s, device, &samba, err);
}

void scan_put_smb1(struct scan *s, uint32_t device, bool spoken)
{
	struct row_device *d = &s->r->devices.v[device];

	if (spoken)
		d->smb1_off = SAID_NO;
	else if (d->smb1_off == SAID_UNKNOWN)
		d->smb1_off = SAID_YES;
}

void scan_note(struct scan *s, struct str finding)
{
	uint32_t at = intern_put(s->said, str_sub(finding, 0, 120));

	if (at == s->said_of.n)
		VEC_PUSH(&s->said_of, 0);
	s->said_of.v[at]++;
}

void scan_tell(struct scan *s)
{
	size_t n = intern_count(s->said);

	for (uint32_t i = 0; i < MIN_OF(n, (size_t)NOTES_MAX); i++)
		text_addf(&s->r->notes, "%.*s: %u %s, not taken as evidence\n",
			  STR_FMT(intern_str(s->said, i)), s->said_of.v[i],
			  plural(s->said_of.v[i], "host", "hosts"));
	if (n > NOTES_MAX)
		text_addf(&s->r->notes, "%zu more findings, not taken as evidence\n",
			  n - NOTES_MAX);
}

/* The words of a time, parted by blanks, commas, slashes and colons. */
enum { TIME_WORDS = 8 };
static size_t time_words(struct str said, struct str v[TIME_WORDS])
{
	size_t n = 0, from = 0;

	for (size_t i = 0; i <= said.n && n < TIME_WORDS; i++) {
		if (i < said.n && !strchr(" ,/:", said.p[i]))
			continue;
		if (i > from)
			v[n++] = str_sub(said, from, i - from);
		from = i + 1;
	}
	return n;
}

static unsigned month_of(struct str word)
{
	static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	for (unsigned i = 0; word.n == 3 && i < 12; i++)
		if (str_eq_ci(word, str_from(months + (size_t)i * 3, 3)))
			return i + 1;
	return 0;
}

static int64_t time_of(struct str year, unsigned month, struct str day, const struct str *clock)
{
	uint64_t y, d, h, m;

	if (!str_to_u64(year, &y) || y < 1990 || y > 9999 || !str_to_u64(day, &d) || d > 31 ||
	    !date_valid((int64_t)y, month, (unsigned)d) || !str_to_u64(clock[0], &h) || h > 23 ||
	    !str_to_u64(clock[1], &m) || m > 59)
		return 0;
	return day_of((int64_t)y, month, (unsigned)d) * MS_PER_DAY + (int64_t)h * MS_PER_HOUR +
	       (int64_t)m * 60 * MS_PER_SECOND;
}

int64_t scan_time(struct str said)
{
	struct str v[TIME_WORDS];
	uint64_t month;
	int64_t ms = 0;
	size_t n;

	said = str_trim(said);
	if (stamp_parse(said, &ms))
		return ms;
	n = time_words(str_sub(said, 0, 64), v);
	if (n >= 7 && month_of(v[1])) /* Wed Mar 23 15:07:52 2022 */
		return time_of(v[6], month_of(v[1]), v[2], &v[3]);
	if (n >= 5 && month_of(v[0])) /* Jan 5, 2021 10:24:08 */
		return time_of(v[2], month_of(v[0]), v[1], &v[3]);
	if (n >= 5 && str_to_u64(v[1], &month) && month <= 12) /* 2013/7/1 11:33 */
		return time_of(v[0], (unsigned)month, v[2], &v[3]);
	return 0;
}

void scan_taken(struct scan *s, int64_t ms)
{
	if (ms > 0 && (!s->r->taken_ms || ms < s->r->taken_ms))
		s->r->taken_ms = ms;
}
