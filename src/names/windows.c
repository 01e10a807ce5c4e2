#include "names/names.h"

/*
 * From what a machine or an update history says to the line, and from the line
 * to the names that the NVD would give the machine.
 */

const struct windows_line *windows_line_by_name(struct str name)
{
	for (size_t i = 0; i < windows_line_count(); i++)
		if (str_is(name, windows_line_at(i)->name))
			return windows_line_at(i);
	return NULL;
}

static bool is_rt(const struct windows_line *line)
{
	return line->family[0] == 'r';
}

/* The best line of one kind: same kernel, and the highest service pack not above what is said. */
static const struct windows_line *find_line(const struct windows_version *v, uint32_t build,
					    bool server)
{
	const struct windows_line *best = NULL;
	for (size_t i = 0; i < windows_line_count(); i++) {
		const struct windows_line *line = windows_line_at(i);
		if (line->major != v->major || line->minor != v->minor || line->build != build ||
		    line->server != server || is_rt(line) != (v->arch == WINDOWS_ARM))
			continue;
		/* From Vista on the build tells the service pack; before, only its number does. */
		if (v->major > 5 || line->sp <= v->sp)
			best = line;
	}
	return best;
}

const struct windows_line *windows_line_of(const struct windows_version *version)
{
	uint32_t build = version->build;
	/* Updates of 2019 and later count Server 2008 SP2 as 6003. */
	if (version->major == 6 && version->minor == 0 && build == 6003)
		build = 6002;
	const struct windows_line *line = find_line(version, build, version->server);
	/* Multi-session Windows 10 calls itself a server, Vista has no server of its first build.
	 */
	return line ? line : find_line(version, build, !version->server);
}

const struct windows_line *windows_line_of_history(struct str release, struct str build_or_sp)
{
	/* Channel 1809 is Server 2019 under another name. */
	if (str_eq_ci(release, STR("Windows Server, Version 1809")))
		return windows_line_by_name(STR("2019"));
	for (size_t i = 0; i < windows_line_count(); i++) {
		const struct windows_line *line = windows_line_at(i);
		if (line->release && str_eq_ci(release, str_of(line->release)) &&
		    str_eq_ci(build_or_sp, str_of(line->build_or_sp)))
			return line;
	}
	return NULL;
}

static bool cut_number(struct str *s, uint32_t *ret)
{
	uint64_t x = 0;
	size_t n = 0;
	while (n < s->n && n < 10 && char_is_digit(s->p[n]))
		x = x * 10 + (uint64_t)(s->p[n++] - '0');
	if (n == 0 || x > UINT32_MAX || (n < s->n && char_is_digit(s->p[n])))
		return false;
	*ret = (uint32_t)x;
	*s = str_from_offset(*s, n);
	return true;
}

static bool cut_char(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = str_from_offset(*s, 1);
	return true;
}

/* "Service Pack 1" in what follows the version. */
static void read_service_pack(struct str s, struct windows_version *v)
{
	size_t at = str_find_ci(s, STR("service pack"), 0);
	if (at == SIZE_MAX)
		return;
	struct str rest = str_trim(str_from_offset(s, at + strlen("service pack")));
	uint32_t sp;
	if (cut_number(&rest, &sp))
		v->sp = sp;
}

bool windows_version_parse(struct str s, struct windows_version *ret)
{
	struct windows_version v = *ret;
	s = str_trim(str_sub(s, 0, 256));
	v.revision = 0;
	if (!cut_number(&s, &v.major) || !cut_char(&s, '.') || !cut_number(&s, &v.minor))
		return false;
	if (cut_char(&s, '.')) {
		if (!cut_number(&s, &v.build))
			return false;
		if (cut_char(&s, '.') && !cut_number(&s, &v.revision))
			return false;
	} else {
		/* Active Directory writes "10.0 (19045)". */
		s = str_trim(s);
		if (!cut_char(&s, '(') || !cut_number(&s, &v.build) || !cut_char(&s, ')'))
			return false;
	}
	if (s.n && !char_is_space(s.p[0]))
		return false;
	read_service_pack(s, &v);
	*ret = v;
	return true;
}

static struct cpe_attr literal_attr(const char *text)
{
	if (!text || strcmp(text, "-") == 0)
		return (struct cpe_attr){.kind = CPE_NA};
	return (struct cpe_attr){.kind = CPE_VALUE, .text = str_of(text)};
}

static const char *arch_name(enum windows_arch arch)
{
	static const char *const names[] = {
		[WINDOWS_X86] = "x86",	   [WINDOWS_X64] = "x64",      [WINDOWS_ARM] = "arm",
		[WINDOWS_ARM64] = "arm64", [WINDOWS_IA64] = "itanium",
	};
	return arch < ARRAY_LEN(names) ? names[arch] : NULL;
}

/* A build without its revision says nothing of patches, so it is ANY, not a low version. */
static struct cpe_attr build_attr(struct arena *arena, struct str build)
{
	size_t dots = 0;
	for (size_t i = 0; i < build.n; i++)
		dots += build.p[i] == '.';
	return dots < 3 ? (struct cpe_attr){.kind = CPE_ANY} : cpe_attr_of(arena, build);
}

size_t windows_line_cpes(struct arena *arena, const struct windows_line *line,
			 enum windows_arch arch, struct str build, struct cpe ret[WINDOWS_MAX_CPES])
{
	static const struct windows_cpe any_windows = {"windows", "-", NULL};
	size_t n = 0;
	assert(line->n_cpes < WINDOWS_MAX_CPES);
	for (size_t i = 0; i <= line->n_cpes; i++) {
		const struct windows_cpe *spelling =
			i < line->n_cpes ? &line->cpes[i] : &any_windows;
		struct cpe cpe = {0};
		cpe.attr[CPE_PART] = literal_attr("o");
		cpe.attr[CPE_VENDOR] = literal_attr("microsoft");
		cpe.attr[CPE_PRODUCT] = literal_attr(spelling->product);
		cpe.attr[CPE_VERSION] = spelling->version ? literal_attr(spelling->version)
							  : build_attr(arena, build);
		cpe.attr[CPE_UPDATE] = literal_attr(spelling->update);
		if (arch_name(arch))
			cpe.attr[CPE_TARGET_HW] = literal_attr(arch_name(arch));
		ret[n++] = cpe;
	}
	return n;
}

bool kb_parse(struct str s, uint32_t *ret)
{
	s = str_trim(s);
	if (str_starts_ci(s, STR("kb")))
		s = str_trim(str_from_offset(s, 2));
	size_t n = 0;
	uint32_t kb = 0;
	while (n < s.n && n < 9 && char_is_digit(s.p[n]))
		kb = kb * 10 + (uint32_t)(s.p[n++] - '0');
	if (n < 5 || n > 8 || s.p[0] == '0')
		return false;
	/* "-v2" is a second edition of the same update. */
	struct str rest = str_from_offset(s, n);
	if (rest.n) {
		if (!cut_char(&rest, '-') || rest.n < 2 || char_lower(rest.p[0]) != 'v')
			return false;
		for (size_t i = 1; i < rest.n; i++)
			if (!char_is_digit(rest.p[i]))
				return false;
	}
	*ret = kb;
	return true;
}
