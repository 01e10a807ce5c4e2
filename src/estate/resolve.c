#include "estate/resolve.h"

const char *resolution_name(enum resolution resolution)
{
	static const char *const names[] = {
		[RESOLUTION_UNRESOLVED] = "unresolved",
		[RESOLUTION_GIVEN] = "given",
		[RESOLUTION_MAPPED] = "mapped",
		[RESOLUTION_EXACT] = "exact",
		[RESOLUTION_NONE] = "none",
	};

	return names[resolution];
}

struct estate_resolver *resolver_new(void)
{
	struct estate_resolver *r = mem_zero(1, sizeof(*r));

	r->arena = arena_open();
	r->keys = intern_open();
	return r;
}

void estate_resolver_close(struct estate_resolver *r)
{
	if (r->own)
		intel_dictionary_close(r->own);
	intern_close(r->keys);
	free(r->map.v);
	arena_close(r->arena);
	free(r);
}

/* ---- one raw name --------------------------------------------------------------------- */

/* Version and update go where the name leaves them open. */
static void fill(struct arena *arena, struct cpe *cpe, struct str name, struct str version)
{
	struct name_version v = name_version_from(arena, name, version);

	if (cpe->attr[CPE_VERSION].kind != CPE_ANY || !v.version.n)
		return;
	cpe->attr[CPE_VERSION] = cpe_attr_of(arena, v.version);
	if (cpe->attr[CPE_UPDATE].kind == CPE_ANY && v.update.n)
		cpe->attr[CPE_UPDATE] = cpe_attr_of(arena, v.update);
}

static struct cpe *copy_cpes(struct arena *arena, const struct cpe *from, size_t n)
{
	struct cpe *to = arena_alloc(arena, (n + 1) * sizeof(*to));

	memcpy(to, from, n * sizeof(*to));
	return to;
}

static const struct mapped *map_find_key(const struct estate_resolver *r, struct str key)
{
	uint32_t at = intern_find(r->keys, key);

	return at == UINT32_MAX ? NULL : &r->map.v[at];
}

/* By publisher and name, else by the name of whatever publisher. */
static const struct mapped *map_lookup(const struct estate_resolver *r, struct arena *arena,
				       struct str publisher, struct str name, struct str version)
{
	const struct mapped *m;

	if (!r->map.n || !name.n)
		return NULL;
	m = map_find_key(r, name_normal_key(arena, publisher, name, version));
	if (!m && publisher.n)
		m = map_find_key(r, name_normal_key(arena, (struct str){0}, name, version));
	return m;
}

/* "Apple Inc" as a CPE spells it, for an exact look only. */
static struct str plain(struct arena *arena, struct str s)
{
	char *p;
	struct str t = str_trim(s);

	if (!t.n || t.n > 200)
		return (struct str){0};
	p = arena_alloc(arena, t.n);
	for (size_t i = 0; i < t.n; i++)
		p[i] = t.p[i] == ' ' ? '_' : char_lower(t.p[i]);
	return str_from(p, t.n);
}

static const struct intel_product *exact(const struct estate_resolver *r, struct arena *arena,
					 struct str publisher, struct str name)
{
	struct str vendor = plain(arena, publisher), product = plain(arena, name);

	if (!vendor.n || !product.n || !r->dictionary)
		return NULL;
	return intel_dictionary_find(r->dictionary, (struct str){0}, vendor, product);
}

static void from_mapped(const struct mapped *m, struct arena *arena, struct str name,
			struct str version, struct estate_resolved *ret)
{
	struct cpe *cpes = copy_cpes(arena, m->cpes, m->n);

	ret->state = m->none ? RESOLUTION_NONE : RESOLUTION_MAPPED;
	for (size_t i = 0; i < m->n; i++)
		fill(arena, &cpes[i], name, version);
	ret->cpes = cpes;
	ret->n = m->n;
}

static void from_product(const struct intel_product *p, struct arena *arena, struct str name,
			 struct str version, struct estate_resolved *ret)
{
	struct cpe *cpe = arena_zero(arena, 1, sizeof(*cpe));

	cpe->attr[CPE_PART] = cpe_attr_of(arena, p->part);
	cpe->attr[CPE_VENDOR] = cpe_attr_of(arena, p->vendor);
	cpe->attr[CPE_PRODUCT] = cpe_attr_of(arena, p->product);
	fill(arena, cpe, name, version);
	ret->state = RESOLUTION_EXACT;
	ret->cpes = cpe;
	ret->n = 1;
}

/* What a source calls a software, read together with its package URL. */
struct calling {
	struct str publisher, name, version;
};

static struct calling calling_of(const struct segment *s, const struct estate_raw *raw,
				 struct arena *arena, struct estate_resolved *ret)
{
	struct calling c = {seg_str(s, raw->publisher), seg_str(s, raw->name),
			    seg_str(s, raw->version)};
	struct purl purl;
	struct err ignored;

	if (!raw->purl.n || !purl_parse(arena, seg_str(s, raw->purl), &purl, &ignored))
		return c;
	ret->scheme = purl_scheme(&purl);
	ret->scheme_fixed = true;
	if (!c.version.n)
		c.version = purl_full_version(arena, &purl);
	if (!c.name.n)
		c.name = purl.name;
	if (!c.publisher.n)
		c.publisher = purl.space;
	return c;
}

/* A name that the source states as CPE; NULL when it states none that can be read. */
static struct cpe *stated_cpe(const struct segment *s, struct seg_str at, struct arena *arena)
{
	struct str stated = seg_str(s, at);
	struct err ignored;
	struct cpe cpe;

	return stated.n && cpe_parse(arena, stated, &cpe, &ignored) ? copy_cpes(arena, &cpe, 1)
								    : NULL;
}

void estate_resolve_raw(const struct estate_resolver *r, const struct segment *s,
			const struct estate_raw *raw, struct arena *arena,
			struct estate_resolved *ret)
{
	const struct intel_product *product;
	const struct mapped *m;
	struct calling c;
	struct cpe *cpe;

	*ret = (struct estate_resolved){0};
	c = calling_of(s, raw, arena, ret);
	cpe = stated_cpe(s, raw->cpe, arena);
	if (cpe) {
		fill(arena, cpe, c.name, c.version);
		ret->state = RESOLUTION_GIVEN;
		ret->cpes = cpe;
		ret->n = 1;
		return;
	}
	m = map_lookup(r, arena, c.publisher, c.name, c.version);
	if (m) {
		from_mapped(m, arena, c.name, c.version, ret);
		return;
	}
	product = exact(r, arena, c.publisher, c.name);
	if (product)
		from_product(product, arena, c.name, c.version, ret);
}

/* ---- systems ------------------------------------------------------------------------- */

/* Systems whose names need no map: what it begins with -> vendor, product. */
static const struct {
	const char *begins, *vendor, *product;
} systems[] = {
	{"debian", "debian", "debian_linux"},
	{"ubuntu", "canonical", "ubuntu_linux"},
	{"red hat enterprise linux", "redhat", "enterprise_linux"},
	{"centos", "centos", "centos"},
	{"rocky", "rocky", "linux"},
	{"almalinux", "almalinux", "almalinux"},
	{"fedora", "fedoraproject", "fedora"},
	{"oracle linux", "oracle", "linux"},
	{"suse linux enterprise server", "suse", "linux_enterprise_server"},
	{"opensuse leap", "opensuse", "leap"},
	{"amazon linux", "amazon", "linux"},
	{"macos", "apple", "macos"},
	{"mac os x", "apple", "mac_os_x"},
	{"ios", "apple", "iphone_os"},
	{"ipados", "apple", "ipados"},
	{"android", "google", "android"},
	{"freebsd", "freebsd", "freebsd"},
	{"vmware esxi", "vmware", "esxi"},
};

/* "10 (buster)" -> "10". */
static struct str first_word(struct str s)
{
	size_t n = 0;

	while (n < s.n && !char_is_space(s.p[n]))
		n++;
	return str_sub(s, 0, n);
}

static bool from_systems(struct arena *arena, struct str name, struct str version,
			 struct estate_resolved *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(systems); i++) {
		struct str begins = str_of(systems[i].begins);
		struct cpe *cpe;

		if (!str_starts_ci(name, begins) ||
		    (name.n > begins.n && char_is_alpha(name.p[begins.n])))
			continue;
		cpe = arena_zero(arena, 1, sizeof(*cpe));
		cpe->attr[CPE_PART] = cpe_attr_of(arena, STR("o"));
		cpe->attr[CPE_VENDOR] = cpe_attr_of(arena, str_of(systems[i].vendor));
		cpe->attr[CPE_PRODUCT] = cpe_attr_of(arena, str_of(systems[i].product));
		if (version.n)
			cpe->attr[CPE_VERSION] = cpe_attr_of(arena, first_word(version));
		ret->state = RESOLUTION_MAPPED;
		ret->cpes = cpe;
		ret->n = 1;
		return true;
	}
	return false;
}

static void from_line(const struct windows_line *line, const struct estate_device *d,
		      struct arena *arena, struct estate_resolved *ret)
{
	struct cpe *cpes = arena_alloc(arena, WINDOWS_MAX_CPES * sizeof(*cpes));
	struct str build = {0};

	/* Without the revision the build says nothing of the updates in it. */
	if (d->os_revision)
		build = arena_fmt(arena, "%u.%u.%u.%u", d->os_major, d->os_minor, d->os_build,
				  d->os_revision);
	ret->n = windows_line_cpes(arena, line, (enum windows_arch)d->os_arch, build, cpes);
	ret->cpes = cpes;
	ret->state = RESOLUTION_MAPPED;
}

void estate_resolve_os(const struct estate_resolver *r, const struct segment *s, uint32_t device,
		       struct arena *arena, struct estate_resolved *ret)
{
	const struct estate_device *d = &s->devices[device];
	const struct windows_line *line = segment_line(s, device);
	struct str name = seg_str(s, d->os_name), version = seg_str(s, d->os_version);
	const struct mapped *m;
	struct cpe *cpe;

	*ret = (struct estate_resolved){0};
	if (line) {
		from_line(line, d, arena, ret);
		if (ret->n)
			return;
	}
	cpe = stated_cpe(s, d->os_cpe, arena);
	if (cpe) {
		if (cpe->attr[CPE_VERSION].kind == CPE_ANY && version.n)
			cpe->attr[CPE_VERSION] = cpe_attr_of(arena, first_word(version));
		ret->state = RESOLUTION_GIVEN;
		ret->cpes = cpe;
		ret->n = 1;
		return;
	}
	m = map_lookup(r, arena, (struct str){0}, name, version);
	if (m)
		from_mapped(m, arena, name, version, ret);
	else if (!from_systems(arena, name, version, ret))
		*ret = (struct estate_resolved){0};
}

/* ---- the reach of one entry of the map -------------------------------------------------- */

uint32_t resolver_say(struct estate_resolver *r, struct str key)
{
	uint32_t at = intern_put(r->keys, key);

	if (at == r->map.n)
		VEC_PUSH(&r->map, (struct mapped){.none = true});
	return at;
}

bool resolver_raw_by(const struct estate_resolver *r, const struct segment *s,
		     const struct estate_raw *raw, struct arena *arena, uint32_t at)
{
	struct estate_resolved ignored = {0};
	struct calling c = calling_of(s, raw, arena, &ignored);

	return !stated_cpe(s, raw->cpe, arena) &&
	       map_lookup(r, arena, c.publisher, c.name, c.version) == &r->map.v[at];
}

bool resolver_os_by(const struct estate_resolver *r, const struct segment *s, uint32_t device,
		    struct arena *arena, uint32_t at)
{
	const struct estate_device *d = &s->devices[device];
	const struct windows_line *line = segment_line(s, device);
	struct estate_resolved found = {0};

	if (line)
		from_line(line, d, arena, &found);
	return !found.n && !stated_cpe(s, d->os_cpe, arena) &&
	       map_lookup(r, arena, (struct str){0}, seg_str(s, d->os_name),
			  seg_str(s, d->os_version)) == &r->map.v[at];
}
