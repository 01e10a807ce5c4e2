#include "names/version.h"

/*
 * The schemes, by name and by product, and how a CPE's update joins its version.
 */

static int cmp_generic(struct str a, struct str b)
{
	return version_compare_flags(a, 0, b, 0);
}

static int cmp_patched(struct str a, struct str b)
{
	return version_compare_flags(a, VERSION_P_IS_PATCH, b, VERSION_P_IS_PATCH);
}

struct scheme {
	const char *name;
	int (*compare)(struct str a, struct str b);
	bool (*reads)(struct str s); /* NULL: everything */
	const char *others[8];
};

static const struct scheme schemes[VERSION_SCHEMES] = {
	[VERSION_GENERIC] = {"generic", cmp_generic, NULL, {"libversion", "intdot", "windows"}},
	[VERSION_PATCHED] = {"patched", cmp_patched, NULL, {0}},
	[VERSION_DPKG] = {"dpkg", version_cmp_dpkg, NULL, {"deb", "debian"}},
	[VERSION_RPM] = {"rpm", version_cmp_rpm, NULL, {"redhat"}},
	[VERSION_SEMVER] = {"semver",
			    version_cmp_semver,
			    version_reads_semver,
			    {"npm", "cargo", "golang", "go", "hex", "pub", "swift"}},
	[VERSION_MAVEN] = {"maven", version_cmp_maven, NULL, {0}},
	[VERSION_APK] = {"apk", version_cmp_apk, version_reads_apk, {"alpine"}},
	[VERSION_ALPM] = {"alpm", version_cmp_alpm, NULL, {"arch", "archlinux"}},
	[VERSION_GENTOO] = {"gentoo", version_cmp_gentoo, version_reads_gentoo, {"ebuild"}},
	[VERSION_NUGET] = {"nuget", version_cmp_nuget, version_reads_semver, {0}},
	[VERSION_OPENSSL] = {"openssl", version_cmp_openssl, version_reads_openssl, {0}},
	[VERSION_PYPI] = {"pypi", version_cmp_pypi, version_reads_pypi, {"pep440"}},
	[VERSION_GEM] = {"gem", version_cmp_gem, NULL, {"rubygems"}},
};

int version_cmp_digits(struct str a, struct str b)
{
	while (a.n && a.p[0] == '0')
		a.p++, a.n--;
	while (b.n && b.p[0] == '0')
		b.p++, b.n--;
	if (a.n != b.n)
		return a.n < b.n ? -1 : 1;
	return a.n ? version_sign(memcmp(a.p, b.p, a.n)) : 0;
}

int version_cmp_ci(struct str a, struct str b)
{
	for (size_t i = 0; i < a.n && i < b.n; i++) {
		unsigned char x = (unsigned char)char_lower(a.p[i]);
		unsigned char y = (unsigned char)char_lower(b.p[i]);
		if (x != y)
			return x < y ? -1 : 1;
	}
	return a.n < b.n ? -1 : a.n > b.n;
}

bool version_is_digits(struct str s)
{
	return s.n > 0 && version_digits_end(s, 0) == s.n;
}

int version_compare(enum version_scheme scheme, struct str a, struct str b)
{
	assert(scheme < VERSION_SCHEMES);
	const struct scheme *s = &schemes[scheme];
	if (str_eq(a, b))
		return 0;
	if (!s->reads)
		return s->compare(a, b);
	bool reads_a = s->reads(a), reads_b = s->reads(b);
	if (reads_a && reads_b)
		return s->compare(a, b);
	if (reads_a || reads_b)
		return reads_a ? -1 : 1;
	return cmp_generic(a, b);
}

const char *version_scheme_name(enum version_scheme scheme)
{
	return scheme < VERSION_SCHEMES ? schemes[scheme].name : schemes[VERSION_GENERIC].name;
}

bool version_scheme_by_name(struct str name, enum version_scheme *ret)
{
	for (enum version_scheme i = 0; i < VERSION_SCHEMES; i++) {
		bool is = str_eq_ci(name, str_of(schemes[i].name));
		for (size_t j = 0; j < ARRAY_LEN(schemes[i].others) && schemes[i].others[j]; j++)
			is |= str_eq_ci(name, str_of(schemes[i].others[j]));
		if (is) {
			*ret = i;
			return true;
		}
	}
	return false;
}

/* Products whose order the generic one gets wrong.  A NULL product is all of the vendor's. */
static const struct {
	const char *vendor, *product;
	enum version_scheme scheme;
} product_schemes[] = {
	{"openssl", "openssl", VERSION_OPENSSL},   /* 1.0.2z < 1.0.2za; 1.1.1-pre1 < 1.1.1 */
	{"openbsd", "openssh", VERSION_PATCHED},   /* 8.5p1 is the portable release of 8.5 */
	{"ntp", "ntp", VERSION_PATCHED},	   /* 4.2.8p18 */
	{"sudo_project", "sudo", VERSION_PATCHED}, /* 1.9.5p2 */
	{"todd_miller", "sudo", VERSION_PATCHED},
	{"gratisoft", "sudo", VERSION_PATCHED},
	{"isc", "bind", VERSION_PATCHED}, /* 9.11.4-P1 */
	{"isc", "dhcp", VERSION_PATCHED},
	{"ruby-lang", "ruby", VERSION_PATCHED},
	{"mit", "kerberos_5", VERSION_PATCHED},
	{"zend", "zend_framework", VERSION_PATCHED},
	{"zoneminder", "zoneminder", VERSION_PATCHED},
	{"magento", "magento", VERSION_PATCHED},
	{"adobe", "commerce", VERSION_PATCHED},
	{"adobe", "magento", VERSION_PATCHED},
	{"zimbra", "collaboration", VERSION_PATCHED},
	{"synacor", "zimbra_collaboration_suite", VERSION_PATCHED},
};

enum version_scheme version_scheme_of_product(struct str vendor, struct str product)
{
	for (size_t i = 0; i < ARRAY_LEN(product_schemes); i++)
		if (str_is(product, product_schemes[i].product) &&
		    str_is(vendor, product_schemes[i].vendor))
			return product_schemes[i].scheme;
	return VERSION_GENERIC;
}

static bool says_nothing(struct str s)
{
	return s.n == 0 || str_eq(s, STR("*")) || str_eq(s, STR("-"));
}

/* What goes between version and update, and where in update the rest begins. */
static const char *update_joint(struct str update, size_t *ret_from)
{
	size_t word = version_alpha_end(update, 0);
	size_t number = word + (word < update.n && memchr("_- ", update.p[word], 3) != NULL);
	bool counted = version_is_digits(str_from_offset(update, number));
	*ret_from = 0;
	if (counted && str_eq_ci(str_sub(update, 0, word), STR("update"))) {
		*ret_from = number;
		return "_";
	}
	/* Patch levels and single letters are written straight behind the number. */
	struct str head = str_sub(update, 0, word);
	if ((counted && (str_eq_ci(head, STR("p")) || str_eq_ci(head, STR("pl")))) ||
	    (word == 1 && update.n == 1))
		return "";
	return "-";
}

struct str version_with_update(struct arena *arena, struct str version, struct str update)
{
	if (says_nothing(update) || says_nothing(version))
		return version;
	size_t from;
	const char *joint = update_joint(update, &from);
	struct str tail = str_from_offset(update, from);
	/* 8.5p1 with update p1 says it twice. */
	if (version.n > tail.n && str_eq_ci(str_from_offset(version, version.n - tail.n), tail) &&
	    !(version_digit_at(tail, 0) && version_digit_at(version, version.n - tail.n - 1)) &&
	    (version_alpha_at(tail, 0) || str_find_char(version, '_', 0) != SIZE_MAX))
		return version;
	size_t joint_n = strlen(joint);
	char *p = arena_alloc(arena, version.n + joint_n + tail.n);
	memcpy(p, version.p, version.n);
	memcpy(p + version.n, joint, joint_n);
	memcpy(p + version.n + joint_n, tail.p, tail.n);
	return str_from(p, version.n + joint_n + tail.n);
}
