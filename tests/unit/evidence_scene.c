#include "evidence_scene.h"

struct scene *scene_new(void)
{
	static struct scene scene;
	static const struct scene empty;
	struct scene *s = &scene;

	scene = empty;
	s->facts = (struct obligation_facts){
		.org = STR("A"),
		.start_ms = DAY(10),
		.clock = {true, DAY(2), DAY(3), DAY(14)},
		.calendar = &s->calendar,
		.claims = s->claims,
		.runs = {s->runs, 0},
		.evidencable = true,
		.has_inventory = true,
		.reached = true,
	};
	return s;
}

struct claim *add_claim(struct scene *s, enum claim_kind kind, int64_t at_ms, const char *devices)
{
	size_t i = s->facts.nclaims++;
	struct claim *c = &s->claims[i];
	struct str rest = str_of(devices);

	assert_true(s->facts.nclaims <= SCENE_CLAIMS);
	*c = (struct claim){.kind = kind,
			    .ref = {STR("site"), i + 1},
			    .at_ms = at_ms,
			    .org = STR("A"),
			    .post = STR("A/lead"),
			    .devices = s->named[i]};
	while (devices && str_next(&rest, ' ', &s->named[i][c->ndevices]))
		c->ndevices++;
	return c;
}

struct claim *add_approved(struct scene *s, enum claim_kind kind, int64_t at_ms, int64_t until_ms,
			   const char *devices)
{
	struct claim *c = add_claim(s, kind, at_ms, devices);

	c->until_ms = until_ms;
	c->decided_ms = at_ms;
	c->approved = true;
	return c;
}

struct evidence_run *add_run(struct scene *s, int64_t from_ms, int64_t covers_until_ms,
			     const char *exposed)
{
	size_t i = s->facts.runs.n++;
	struct evidence_run *r = &s->runs[i];
	struct str rest = str_of(exposed);
	struct evidence_device *d = s->devices[i];

	assert_true(s->facts.runs.n <= SCENE_RUNS);
	*r = (struct evidence_run){.from_ms = from_ms,
				   .last_ms = from_ms,
				   .known_ms = from_ms,
				   .covers_until_ms = covers_until_ms,
				   .devices = 9,
				   .expected = 10,
				   .v = d,
				   .ref = {STR("site"), 100 + i}};
	while (exposed && str_next(&rest, ' ', &d[r->exposed].id)) {
		d[r->exposed].org = STR("A");
		d[r->exposed++].seen_ms = from_ms;
	}
	r->oldest_ms = r->newest_ms = r->exposed ? from_ms : 0;
	return r;
}

enum obligation_state judged(struct scene *s, int64_t now_ms)
{
	s->facts.now_ms = now_ms;
	obligation_judge(&s->facts, &s->is);
	return s->is.state;
}
