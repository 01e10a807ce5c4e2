#include "alerts/derive.h"

void alerts_close(struct alerts *a)
{
	sources_forget(a, true, true, true);
	if (a->estate)
		estate_close(a->estate);
	free(a);
}

bool alerts_open(const struct journal *journal, const struct clock *clock, struct alerts **ret,
		 struct err *err)
{
	AUTO(alerts_closep) struct alerts *a = mem_zero(1, sizeof(*a));

	a->journal = journal;
	a->clock = clock;
	a->store = journal_store(journal);
	if (!estate_open(journal, &a->estate, err))
		return false;
	*ret = a;
	a = NULL;
	return true;
}

void sources_forget(struct alerts *a, bool intelligence, bool names, bool alerts)
{
	if (a->subjects)
		subjects_close(a->subjects);
	a->subjects = NULL;
	if ((intelligence || alerts) && a->image) {
		intel_image_close(a->image);
		a->image = NULL;
	}
	if ((intelligence || names) && a->resolver) {
		estate_resolver_close(a->resolver);
		a->resolver = NULL;
	}
	if (intelligence && a->dictionary) {
		intel_dictionary_close(a->dictionary);
		a->dictionary = NULL;
	}
}

bool sources_names(struct alerts *a, struct err *err)
{
	if (!a->dictionary && !intel_dictionary_load(a->store, &a->dictionary, err))
		return false;
	return a->resolver || estate_resolver_open(a->estate, a->dictionary, &a->resolver, err);
}

static void resolve_raw(const void *ctx, const struct segment *s, const struct estate_raw *raw,
			struct arena *arena, struct estate_resolved *ret)
{
	estate_resolve_raw(ctx, s, raw, arena, ret);
}

static void resolve_os(const void *ctx, const struct segment *s, uint32_t device,
		       struct arena *arena, struct estate_resolved *ret)
{
	estate_resolve_os(ctx, s, device, arena, ret);
}

struct exposure_resolver sources_resolver(const struct estate_resolver *r)
{
	return (struct exposure_resolver){r, resolve_raw, resolve_os};
}
