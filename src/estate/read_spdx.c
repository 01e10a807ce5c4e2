#include "estate/read_json.h"

#include "base/table.h"

/*
 * SPDX 2.2 and 2.3 in JSON (ISO/IEC 5962 is 2.2.1).  One document is about one
 * device, called as the one package that the document DESCRIBES, else as the
 * document.  Every package is software of the device but for an operating
 * system, a device and a file (primaryPackagePurpose, 7.24 of 2.3).
 */

struct spdx {
	struct rows *r;
	struct arena *scratch;
	struct intern *described; /* SPDXIDs that the document describes */
	uint32_t device;
};

static struct str text_of(struct json_value v, const char *key)
{
	struct str s = json_str_or(v, key, (struct str){0});

	/* 7.3.1 and others: words for "nobody says". */
	return str_is(s, "NOASSERTION") || str_is(s, "NONE") ? (struct str){0} : s;
}

/* "Organization: Debian (security@debian.org)"; persons are no publishers (7.5). */
static struct str organisation_of(struct str s)
{
	static const char *const before[] = {"Organization:", "Organisation:"};
	size_t mail;

	for (size_t i = 0; i < ARRAY_LEN(before); i++) {
		if (!str_starts_ci(s, str_of(before[i])))
			continue;
		s = str_from_offset(s, strlen(before[i]));
		mail = str_find_char(s, '(', 0);
		if (mail != SIZE_MAX && str_find_char(s, '@', mail) != SIZE_MAX)
			s = str_sub(s, 0, mail);
		return str_trim(s);
	}
	return (struct str){0};
}

static struct str publisher_of(struct json_value package)
{
	struct str s = organisation_of(text_of(package, "supplier"));

	return s.n ? s : organisation_of(text_of(package, "originator"));
}

/* "cpe23Type", or the same behind the address of the list of types (annex F). */
static bool type_is(struct str type, const char *word)
{
	return str_is(type, word) ||
	       (str_starts(type, STR("http")) && str_ends(type, str_of(word)));
}

/* A name of either binding in the one of 2.3, so that the same name given in both is one; what
 * cannot be read stays as it is, and is counted where it is put. */
static struct str cpe_of(struct spdx *s, struct str locator)
{
	AUTO(text_freep) struct text t = {0};
	struct err ignored;
	struct cpe cpe;

	locator = str_trim(locator);
	if (!cpe_parse(s->scratch, locator, &cpe, &ignored))
		return locator;
	cpe_format_23(&cpe, &t);
	return arena_str(s->scratch, text_str(&t));
}

enum { CPES_MAX = 64 };
struct names {
	struct str purl, cpe[CPES_MAX];
	size_t n;
};

static bool names_add(struct names *to, struct str cpe, struct err *err)
{
	for (size_t i = 0; i < to->n; i++)
		if (str_eq(to->cpe[i], cpe))
			return true;
	if (to->n == CPES_MAX)
		return err_set(err, ERR_LIMIT, "a package has more than %d CPE names", CPES_MAX);
	to->cpe[to->n++] = cpe;
	return true;
}

/* externalRefs (7.21).  The category is spelt in several ways and says nothing more. */
static bool names_of(struct spdx *s, struct json_value package, struct names *ret, struct err *err)
{
	struct json_value list = {0}, ref;

	if (!json_get(package, "externalRefs", &list) || json_type(list) == JSON_NULL)
		return true;
	if (json_type(list) != JSON_ARRAY)
		return err_set(err, ERR_INVALID, "\"externalRefs\" is no list");
	for (struct json_iter it = json_iter(list); json_next(&it, &ref);) {
		struct str type = text_of(ref, "referenceType");
		struct str locator = text_of(ref, "referenceLocator");

		if (!locator.n)
			continue;
		if (type_is(type, "purl") && !ret->purl.n)
			ret->purl = locator;
		else if ((type_is(type, "cpe23Type") || type_is(type, "cpe22Type")) &&
			 !names_add(ret, cpe_of(s, locator), err))
			return false;
	}
	return true;
}

static bool put_os(struct spdx *s, struct json_value package, const struct names *names,
		   struct err *err)
{
	rows_seen(s->r, s->device, FACET_OS);
	return rows_text_once(s->r, s->device, ROW_OS_CPE, names->cpe[0], err) &&
	       rows_text_once(s->r, s->device, ROW_OS_NAME, text_of(package, "name"), err) &&
	       rows_text_once(s->r, s->device, ROW_OS_VERSION, text_of(package, "versionInfo"),
			      err);
}

/* A package may go by several CPE names, of which a tool often only guesses: it is any of them. */
static bool put_software(struct spdx *s, struct json_value package, const struct names *names,
			 struct err *err)
{
	struct row_raw raw = {.purl = names->purl,
			      .publisher = publisher_of(package),
			      .name = text_of(package, "name"),
			      .version = text_of(package, "versionInfo")};
	size_t i = 0;

	do {
		raw.cpe = names->cpe[i];
		if (!rows_software(s->r, s->device, &raw, false, err))
			return false;
	} while (++i < names->n);
	return true;
}

static bool put_package(struct spdx *s, struct json_value package, struct err *err)
{
	struct str purpose = text_of(package, "primaryPackagePurpose");
	struct names names = {0};

	s->r->lines++;
	if (json_type(package) != JSON_OBJECT)
		return err_set(err, ERR_INVALID, "a package is no object");
	if (!text_of(package, "name").n)
		return err_set(err, ERR_INVALID, "package \"%.*s\" has no name",
			       STR_FMT(str_sub(text_of(package, "SPDXID"), 0, 80)));
	if (!names_of(s, package, &names, err))
		return false;
	if (str_is(purpose, "OPERATING-SYSTEM") || str_is(purpose, "OPERATING_SYSTEM"))
		return put_os(s, package, &names, err);
	if (str_is(purpose, "FILE") || (str_is(purpose, "DEVICE") && !names.n)) {
		s->r->skipped++;
		return true;
	}
	return put_software(s, package, &names, err);
}

/* DESCRIBES and its reverse (11.1), and the short form of 2.2. */
static void find_described(struct spdx *s, struct json_value v)
{
	struct str self = text_of(v, "SPDXID");
	struct json_value list = {0}, item;

	if (json_get(v, "documentDescribes", &list))
		for (struct json_iter it = json_iter(list); json_next(&it, &item);) {
			struct str id = {0};

			if (json_str(item, &id))
				intern_put(s->described, id);
		}
	if (!json_get(v, "relationships", &list))
		return;
	for (struct json_iter it = json_iter(list); json_next(&it, &item);) {
		struct str type = text_of(item, "relationshipType");
		struct str from = text_of(item, "spdxElementId");
		struct str to = text_of(item, "relatedSpdxElement");

		if (str_is(type, "DESCRIBES") && str_eq(from, self))
			intern_put(s->described, to);
		if (str_is(type, "DESCRIBED_BY") && str_eq(to, self))
			intern_put(s->described, from);
	}
}

/* What the one package that is described is called; of several none is the device. */
static struct str subject_of(struct spdx *s, struct json_value packages)
{
	struct json_value package;
	struct str found = {0};
	size_t n = 0;

	for (struct json_iter it = json_iter(packages); json_next(&it, &package);) {
		if (intern_find(s->described, text_of(package, "SPDXID")) == UINT32_MAX)
			continue;
		found = text_of(package, "name");
		n++;
	}
	return n == 1 ? found : (struct str){0};
}

static bool check_version(struct json_value v, struct err *err)
{
	struct str version = text_of(v, "spdxVersion");
	struct json_value ignored;

	if (json_get(v, "@context", &ignored) || str_starts(version, STR("SPDX-3")))
		return err_set(err, ERR_UNSUPPORTED, "SPDX 3; 2.2 and 2.3 are read");
	if (!version.n)
		return err_set(err, ERR_INVALID, "no SPDX document (\"spdxVersion\")");
	if (!str_is(version, "SPDX-2.2") && !str_is(version, "SPDX-2.3"))
		return err_set(err, ERR_UNSUPPORTED,
			       "\"spdxVersion\": \"%.*s\"; SPDX-2.2 and "
			       "SPDX-2.3 are read",
			       STR_FMT(str_sub(version, 0, 20)));
	return true;
}

static bool put_document(struct spdx *s, const struct read_member *m, struct json_value v,
			 struct err *err)
{
	struct json_value created = {0}, packages = {0}, package;
	struct str id = m->device, taken = {0}, subject;

	if (!check_version(v, err) || !json_may(v, "packages", JSON_ARRAY, &packages, err))
		return false;
	if (json_get(v, "creationInfo", &created))
		taken = text_of(created, "created");
	if (taken.n && !stamp_parse(taken, &s->r->taken_ms))
		return err_set(err, ERR_INVALID, "\"created\": \"%.*s\" is no time",
			       STR_FMT(str_sub(taken, 0, 60)));
	find_described(s, v);
	subject = subject_of(s, packages);
	if (!subject.n)
		subject = text_of(v, "name");
	if (!m->stated && subject.n)
		id = subject;
	if (!id.n)
		return err_set(err, ERR_INVALID,
			       "names no device (DESCRIBES): say whose it is with --device ID");
	if (!rows_device(s->r, id, &s->device, err))
		return false;
	for (struct json_iter it = json_iter(packages); json_next(&it, &package);)
		if (!put_package(s, package, err))
			return false;
	return true;
}

bool read_spdx(struct rows *r, const struct read_member *m, struct err *err)
{
	AUTO(json_closep) struct json_doc *doc = json_open();
	AUTO(arena_closep) struct arena *scratch = arena_open();
	AUTO(intern_closep) struct intern *described = intern_open();
	struct spdx s = {.r = r, .scratch = scratch, .described = described};
	struct json_value v;

	r->line = 0;
	return json_parse(doc, m->bytes, m->padded ? JSON_PADDED : 0, &v, err) &&
	       put_document(&s, m, v, err);
}
