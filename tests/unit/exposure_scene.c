#include "exposure_scene.h"

void scene_open(struct scene *s)
{
	*s = (struct scene){.arena = arena_open()};
	s->d.arena = s->m.arena = s->arena;
}

static void scene_build(struct scene *s)
{
	if (s->world)
		return;
	s->segment = make_segment(&s->m, "ORG");
	s->parts = (struct exposure_parts){.image = draw_image(&s->d),
					   .segments = &s->segment,
					   .nsegments = 1,
					   .resolver = exposure_resolver_stated(),
					   .now_ms = MADE_NOW_MS};
	s->world = exposure_world_of(&s->parts);
}

void scene_close(struct scene *s)
{
	if (s->world)
		exposure_world_close(s->world);
	arena_close(s->arena);
}

static void scene_ask(struct scene *s, const char *device, const char *cve,
		      struct exposure_why *ret)
{
	struct err err = {0};

	scene_build(s);
	if (!exposure_why(s->world,
			  &(struct exposure_question){STR("ORG"), str_of(device), str_of(cve)},
			  s->arena, ret, &err))
		fail_msg("%s", err.text);
}

enum exposure_state scene_state(struct scene *s, const char *device, const char *cve)
{
	struct exposure_device_list list;
	struct exposure_why why;
	struct err err = {0};

	scene_ask(s, device, cve, &why);
	assert_true(why.judged);
	/* The list and the reasons must not part. */
	if (!exposure_devices(s->world,
			      &(struct exposure_filter){.cve = str_of(cve), .org = STR("ORG")},
			      s->arena, &list, &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < list.n; i++)
		if (str_is(list.v[i].device, device)) {
			assert_int_equal(list.v[i].state, why.state);
			assert_true(list.v[i].why.n > 0);
		}
	return why.state;
}

bool scene_says(struct scene *s, const char *device, const char *cve, const char *text)
{
	AUTO(text_freep) struct text all = {0};
	struct exposure_why why;

	scene_ask(s, device, cve, &why);
	exposure_why_text(&why, &all);
	if (str_find(text_str(&all), str_of(text), 0) != SIZE_MAX)
		return true;
	print_error("\"%s\" is not said in:\n%s", text, text_c(&all));
	return false;
}
