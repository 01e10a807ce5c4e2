#include "desk/desk.h"

#include "exposure/exposure.h"

/* Why evidence shows a device exposed, down to the missing update, as exposure says it. */

struct focus { /* exposure of one organisation, to the alert's vulnerabilities */
	struct intel_image *image;
	struct estate *estate;
	const struct exposure_world *world;
	struct exposure_world *own; /* NULL: world is somebody else's */
	struct arena *arena;
};

static void focus_release(struct focus *l)
{
	exposure_world_closep(&l->own);
	estate_closep(&l->estate);
	intel_image_closep(&l->image);
	arena_closep(&l->arena);
}

static bool focus_open(const struct reasons_of *of, struct str org, struct focus *l,
		       struct err *err)
{
	struct exposure_sources sources = {
		.store = of->view.store, .only_org = org, .now_ms = of->view.at_ms};

	l->arena = arena_open();
	l->world = of->world;
	if (l->world)
		return true;
	if (!intel_image_load(of->view.store, of->content->cves.v, of->content->cves.n, &l->image,
			      err) ||
	    !estate_open(of->journal, &l->estate, err))
		return false;
	sources.image = l->image;
	sources.estate = l->estate;
	if (!exposure_world_open(&sources, &l->own, err))
		return false;
	l->world = l->own;
	return true;
}

struct asked {
	const struct reasons_of *of;
	struct alert_reason *out;
};

/* Both are by device; a device that several expose keeps the first reason. */
static void match(const struct asked *asked, struct str org, struct str cve,
		  const struct exposure_device_list *found)
{
	const struct alert_devices *devices = asked->of->devices;
	struct alert_reason *out = asked->out;

	for (size_t i = 0; i < devices->n; i++) {
		size_t lo = 0, hi = found->n;

		if (!str_eq(devices->v[i].org, org))
			continue;
		while (lo < hi) {
			size_t mid = lo + (hi - lo) / 2;

			if (str_cmp(found->v[mid].device, devices->v[i].id) < 0)
				lo = mid + 1;
			else
				hi = mid;
		}
		if (lo == found->n || !str_eq(found->v[lo].device, devices->v[i].id) ||
		    found->v[lo].state != EXPOSURE_EXPOSED)
			continue;
		if (out[i].cve.n)
			out[i].more++;
		else
			out[i] = (struct alert_reason){.cve = cve, .why = found->v[lo].why};
	}
}

/* --- what is unknown --- */

struct doubt { /* a device, exposed or unknown to one of the alert's vulnerabilities */
	const struct exposure_device *is;
	struct str cve;
};
struct doubts {
	struct doubt *v;
	size_t n, cap;
};

static void doubts_add(const struct reasons_of *of, struct str cve,
		       const struct exposure_device_list *found, struct doubts *d)
{
	unsigned classes = of->content->classes;

	for (size_t i = 0; i < found->n; i++)
		if (!classes || classes >> found->v[i].class & 1)
			ARENA_PUSH(of->view.arena, d, d->cap, (struct doubt){&found->v[i], cve});
}

/* By device, what exposes it first. */
static int by_device(const void *a, const void *b)
{
	const struct exposure_device *x = ((const struct doubt *)a)->is;
	const struct exposure_device *y = ((const struct doubt *)b)->is;
	int order = str_cmp(x->device, y->device);

	return order ? order : (y->state == EXPOSURE_EXPOSED) - (x->state == EXPOSURE_EXPOSED);
}

static void doubts_tell(const struct reasons_of *of, struct doubts *d)
{
	struct alert_unknowns *to = of->unknown;
	size_t cap = 0;

	if (d->n)
		qsort(d->v, d->n, sizeof(*d->v), by_device);
	for (size_t i = 0; i < d->n; i++) {
		const struct exposure_device *e = d->v[i].is;

		if ((i && str_eq(e->device, d->v[i - 1].is->device)) ||
		    e->state == EXPOSURE_EXPOSED)
			continue;
		ARENA_PUSH(
			of->view.arena, to, cap,
			(struct alert_unknown){
				.device = e->device,
				.cve = d->v[i].cve,
				.why = e->why,
				.type = e->type.n ? e->type : str_of(device_class_name(e->class)),
				.seen_ms = e->seen_ms});
	}
}

static bool reasons_of_org(const struct asked *asked, struct str org, struct err *err)
{
	const struct reasons_of *of = asked->of;
	const struct alert_content *content = of->content;
	bool doubting = of->unknown && str_eq(of->unknown->org, org);
	AUTO(focus_release) struct focus focus = {0};
	struct doubts doubts = {0};

	if (!focus_open(of, org, &focus, err)) {
		if (err->code != ERR_NOT_FOUND)
			return false;
		*err = (struct err){0}; /* an organisation without an inventory today */
		return true;
	}
	for (size_t i = 0; i < content->cves.n; i++) {
		struct exposure_filter filter = {.cve = content->cves.v[i],
						 .org = org,
						 .states = 1u << EXPOSURE_EXPOSED |
							   (doubting ? 1u << EXPOSURE_UNKNOWN : 0)};
		struct exposure_device_list list;
		struct err none;

		if (!exposure_devices(focus.world, &filter, of->view.arena, &list, &none) ||
		    !list.judged)
			continue;
		match(asked, org, content->cves.v[i], &list);
		if (doubting)
			doubts_add(of, content->cves.v[i], &list, &doubts);
	}
	if (doubting)
		doubts_tell(of, &doubts);
	return true;
}

static bool first_of_org(const struct alert_devices *devices, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (str_eq(devices->v[k].org, devices->v[i].org))
			return false;
	return true;
}

static bool among(const struct alert_devices *devices, struct str org)
{
	for (size_t i = 0; i < devices->n; i++)
		if (str_eq(devices->v[i].org, org))
			return true;
	return false;
}

bool desk_reasons(const struct reasons_of *of, struct alert_reason **ret, struct err *err)
{
	const struct alert_content *content = of->content;
	const struct alert_devices *devices = of->devices;
	struct alert_reason *out = ARENA_ARRAY(of->view.arena, struct alert_reason, devices->n + 1);
	const struct asked asked = {.of = of, .out = out};

	if (of->unknown && content->cves.n && !among(devices, of->unknown->org) &&
	    !reasons_of_org(&asked, of->unknown->org, err))
		return false;
	for (size_t i = 0; i < devices->n && content->cves.n; i++)
		if ((!i || !str_eq(devices->v[i].org, devices->v[i - 1].org)) &&
		    first_of_org(devices, i) && !reasons_of_org(&asked, devices->v[i].org, err))
			return false;
	for (size_t i = 0; i < devices->n; i++)
		if (!out[i].cve.n)
			out[i].why = content->query.n
					     ? arena_fmt(of->view.arena,
							 "estate search \"%.*s\" finds it",
							 STR_FMT(content->query))
					     : STR("exposed when last seen; nothing fresher clears "
						   "it");
	*ret = out;
	return true;
}
