#include "alerts/inner.h"

/* A revision's content, canonical; and how two of them differ. */

static void list_out(struct json_out *o, const char *key, const struct str_list *list)
{
	if (!list->n)
		return;
	json_out_key(o, key);
	json_out_array(o);
	for (size_t i = 0; i < list->n; i++)
		json_out_str(o, list->v[i]);
	json_out_end(o);
}

static void text_out(struct json_out *o, const char *key, struct str s)
{
	if (!s.n)
		return;
	json_out_key(o, key);
	json_out_str(o, s);
}

static void flag_out(struct json_out *o, const char *key, bool flag)
{
	if (!flag)
		return;
	json_out_key(o, key);
	json_out_bool(o, true);
}

static void about_out(struct json_out *o, const struct alert_content *c)
{
	json_out_key(o, "about");
	json_out_object(o);
	list_out(o, "cves", &c->cves);
	text_out(o, "query", c->query);
	flag_out(o, "confirmation", c->confirmation);
	json_out_end(o);
}

static void audience_out(struct json_out *o, const struct audience *a)
{
	json_out_key(o, "audience");
	json_out_object(o);
	flag_out(o, "everyone", a->everyone);
	list_out(o, "roles", &a->roles);
	list_out(o, "regions", &a->regions);
	list_out(o, "parents", &a->parents);
	list_out(o, "orgs", &a->orgs);
	list_out(o, "except", &a->except);
	json_out_end(o);
}

static void answers_out(struct json_out *o, const struct alert_content *c)
{
	char buf[STAMP_BYTES];

	json_out_key(o, "outcomes");
	json_out_array(o);
	for (const struct outcome_name *name = outcome_names; name->name; name++)
		if (c->outcomes & name->bit)
			json_out_str(o, str_of(name->name));
	json_out_end(o);
	if (c->classes) {
		json_out_key(o, "classes");
		json_out_array(o);
		for (unsigned i = 0; i < DEVICE_CLASSES; i++)
			if (c->classes & 1u << i)
				json_out_str(o, str_of(device_class_name((enum device_class)i)));
		json_out_end(o);
	}
	if (c->remediate_by)
		text_out(o, "remediate_by", stamp_format(c->remediate_by, buf));
}

void alert_content_out(struct json_out *o, const struct alert_content *content)
{
	text_out(o, "title", content->title);
	text_out(o, "severity", str_of(severity_name(content->severity)));
	text_out(o, "tlp", content->tlp);
	text_out(o, "text", content->text);
	text_out(o, "ssvc", content->ssvc);
	text_out(o, "supersedes", content->supersedes);
	about_out(o, content);
	audience_out(o, &content->audience);
	answers_out(o, content);
}

bool content_text(const struct alert_content *content, struct text *out, struct err *err)
{
	struct json_out *o = json_out_open(out);

	json_out_object(o);
	alert_content_out(o, content);
	json_out_end(o);
	return json_out_close(o, err);
}

/* --- what changed --- */

static bool list_same(const struct str_list *a, const struct str_list *b)
{
	for (size_t i = 0; i < a->n && a->n == b->n; i++)
		if (!str_eq(a->v[i], b->v[i]))
			return false;
	return a->n == b->n;
}

static bool about_same(const struct alert_content *a, const struct alert_content *b)
{
	return list_same(&a->cves, &b->cves) && str_eq(a->query, b->query) &&
	       a->confirmation == b->confirmation;
}

bool content_same_scope(const struct alert_content *a, const struct alert_content *b)
{
	return about_same(a, b) && a->classes == b->classes && a->outcomes == b->outcomes;
}

static bool audience_same(const struct audience *a, const struct audience *b)
{
	return a->everyone == b->everyone && list_same(&a->roles, &b->roles) &&
	       list_same(&a->regions, &b->regions) && list_same(&a->parents, &b->parents) &&
	       list_same(&a->orgs, &b->orgs) && list_same(&a->except, &b->except);
}

const char *content_asks_otherwise(const struct alert_content *a, const struct alert_content *b)
{
	if (!about_same(a, b))
		return "what it is about";
	if (a->severity != b->severity)
		return "the severity";
	if (!audience_same(&a->audience, &b->audience))
		return "the audience";
	if (a->outcomes != b->outcomes)
		return "the outcomes that satisfy it";
	if (a->classes != b->classes)
		return "the classes of device";
	if (a->remediate_by != b->remediate_by || !str_eq(a->ssvc, b->ssvc))
		return "the clock";
	return str_eq(a->supersedes, b->supersedes) ? NULL : "which alert it supersedes";
}
