#include "exposure/inner.h"

/*
 * A raw name stands for a product when somebody speaks of one so called; where an application and a
 * system are called alike, for the one that more vulnerabilities are of.  When vulnerabilities
 * change, so may that.
 */

/* The rows of `of` that another image has anew, as an image of their own. */
static void rows_before(const struct intel_image *of, const struct intel_image *anew,
			struct arena *arena, struct intel_image *ret)
{
	struct vuln_row *rows = ARENA_ARRAY(arena, struct vuln_row, anew->nvulns + 1);
	struct config_step *steps;
	struct match *matches;
	uint32_t nsteps = 0;

	*ret = (struct intel_image){.vulns = rows};
	for (uint32_t i = 0; i < anew->nvulns; i++) {
		const struct vuln_row *v = intel_image_find(of, anew->vulns[i].cve);

		if (v) {
			rows[ret->nvulns++] = *v;
			nsteps += v->nsteps;
		}
	}
	ret->steps = steps = ARENA_ARRAY(arena, struct config_step, nsteps + 1);
	ret->matches = matches = ARENA_ARRAY(arena, struct match, nsteps + 1);
	for (uint32_t i = 0; i < ret->nvulns; i++) {
		uint32_t from = rows[i].first_step;

		rows[i].first_step = ret->nsteps;
		for (uint32_t j = 0; j < rows[i].nsteps; j++) {
			struct config_step s = of->steps[from + j];

			if (s.op == CONFIG_MATCH || s.op == CONFIG_PLATFORM) {
				matches[ret->nmatches] = of->matches[s.arg];
				s.arg = ret->nmatches++ & 0x1fffffff;
			}
			steps[ret->nsteps++] = s;
		}
	}
}

struct change {
	const struct part *w;
	const struct intel_dictionary *known; /* as the part's names were looked up */
	struct intel_dictionary *gone, *come; /* of the rows that changed: before, and now */
	struct arena *scratch;
};

static void change_release(struct change *c)
{
	intel_dictionary_close(c->gone);
	intel_dictionary_close(c->come);
	arena_close(c->scratch);
}

static int64_t times(const struct intel_dictionary *d, const char *part, struct str vendor,
		     struct str product)
{
	const struct intel_product *p = intel_dictionary_find(d, str_of(part), vendor, product);

	return p ? p->cves : 0;
}

/* The part that a name is of; empty when nobody speaks of it. */
static struct str part_now(const struct change *c, struct str vendor, struct str product)
{
	static const char *const parts[] = {"*", "-", "a", "h", "o"}; /* as they are ordered */
	struct str best = {0};
	int64_t most = 0;

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		int64_t n = times(c->known, parts[i], vendor, product) -
			    times(c->gone, parts[i], vendor, product) +
			    times(c->come, parts[i], vendor, product);

		if (n > most) {
			most = n;
			best = str_of(parts[i]);
		}
	}
	return best;
}

/* Does a device hold it, or (nobody spoke of it before) a name that could be it? */
static bool concerns(const struct change *c, const struct intel_product *before, struct cpe *cpe)
{
	AUTO(span_list_freep) struct span_list found = {0};
	AUTO(text_freep) struct text key = {0};

	if (before) {
		cpe->attr[CPE_PART] = cpe_attr_of(c->scratch, before->part);
		group_key(cpe, &key);
		return intern_find(c->w->group_keys, text_str(&key)) != UINT32_MAX;
	}
	/* Software may be called as a system is: whatever the part. */
	cpe->attr[CPE_PART] = (struct cpe_attr){.kind = CPE_ANY};
	names_candidates(c->w, cpe, c->scratch, &found);
	return found.n != 0;
}

static struct str spoken(const struct change *c, const struct cpe_attr *a)
{
	AUTO(text_freep) struct text t = {0};

	cpe_attr_plain(a, &t);
	return arena_str(c->scratch, text_str(&t));
}

static bool settled_in(const struct change *c, const struct intel_image *image)
{
	for (uint32_t i = 0; i < image->nmatches; i++) {
		const struct intel_product *before;
		struct str vendor, product, now;
		struct cpe cpe;
		struct err err;

		arena_clear(c->scratch);
		if (!cpe_parse(c->scratch, image->matches[i].cpe, &cpe, &err))
			continue;
		vendor = spoken(c, &cpe.attr[CPE_VENDOR]);
		product = spoken(c, &cpe.attr[CPE_PRODUCT]);
		before = intel_dictionary_find(c->known, (struct str){0}, vendor, product);
		now = part_now(c, vendor, product);
		if (!str_eq(before ? before->part : (struct str){0}, now) &&
		    concerns(c, before, &cpe))
			return false;
	}
	return true;
}

bool names_settled(const struct part *w)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	const struct intel_image *base = w->of->grounds->image;
	struct intel_image before;

	rows_before(base, w->image, arena, &before);
	AUTO(change_release)
	struct change c = {.w = w,
			   .known = w->of->grounds->dictionary,
			   .gone = intel_dictionary_of(&before),
			   .come = intel_dictionary_of(w->image),
			   .scratch = arena_open()};

	return settled_in(&c, &before) && settled_in(&c, w->image);
}
