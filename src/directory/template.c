#include "directory/inner.h"

#include "wire/wire.h"

/*
 * Our own comma-separated templates, one per thing, for any sector
 * (doc/templates/organisations.md).  A column that is not of the template is refused: a
 * misspelt one would otherwise be silently lost.
 */

/* Every column of the file is one of the template's. */
static bool known_columns(struct reader *r, const char *const *columns, struct err *err)
{
	const struct str *names = NULL;
	size_t n = csv_columns(r->csv, &names);

	for (size_t i = 0; i < n; i++) {
		struct str name = str_trim(names[i]);
		size_t c = 0;

		while (columns[c] && !str_eq_ci(name, str_of(columns[c])))
			c++;
		if (!columns[c])
			return err_set(err, ERR_INVALID,
				       "line 1: column \"%.*s\" is not of the template "
				       "(doc/templates/organisations.md)",
				       (int)MIN_OF(name.n, (size_t)60), name.n ? name.p : "");
	}
	return true;
}

static bool has(const struct reader *r, size_t i)
{
	return r->column[i] != SIZE_MAX;
}

static bool field_value(struct reader *r, size_t i, struct str *ret, struct err *err)
{
	struct str s = field(r, i);

	if (!value_valid(s))
		return err_set(err, ERR_INVALID,
			       "a value is longer than %d bytes or holds control characters",
			       VALUE_MAX);
	*ret = keep(r, s);
	return true;
}

/* A name of ours: valid as a code, kept in lower case. */
static bool field_slug(struct reader *r, size_t i, bool may_be_empty, struct str *ret,
		       struct err *err)
{
	struct str s = field(r, i);

	if (s.n == 0 && may_be_empty)
		return *ret = (struct str){0}, true;
	if (!slug_lower(r->arena, s, ret))
		return err_set(err, ERR_INVALID, "\"%.*s\" is no name for a post or person",
			       (int)MIN_OF(s.n, (size_t)60), s.n ? s.p : "");
	return true;
}

static bool field_count(struct reader *r, size_t i, struct str *ret, struct err *err)
{
	struct str s = field(r, i);

	if (s.n && !count_valid(s))
		return err_set(err, ERR_INVALID, "\"%.*s\" is no number",
			       (int)MIN_OF(s.n, (size_t)60), s.p);
	*ret = s;
	return true;
}

/* --- organisations --- */

enum {
	O_CODE,
	O_NAME,
	O_ROLE,
	O_PARENT,
	O_REGION,
	O_OPENED,
	O_CLOSED,
	O_SUCCESSOR,
	O_EXPECTED,
	O_PATIENTS,
	O_STAFF,
	O_POSTCODE,
	O_CLASS /* the first of them */
};
static const char *const org_columns[] = {"code",
					  "name",
					  "role",
					  "parent",
					  "region",
					  "opened",
					  "closed",
					  "successor",
					  "expected_devices",
					  "patients",
					  "staff",
					  "postcode",
					  "expected_workstation",
					  "expected_server",
					  "expected_medical",
					  "expected_network",
					  "expected_mobile",
					  "expected_other",
					  NULL};

static bool org_begin(struct reader *r, struct err *err)
{
	return known_columns(r, org_columns, err);
}

static bool org_facts(struct reader *r, struct str code, struct err *err)
{
	static const struct {
		uint8_t column, fact;
	} plain[] = {{O_NAME, FACT_NAME}, {O_ROLE, FACT_ROLE}, {O_POSTCODE, FACT_POSTCODE}},
	  counts[] = {
		  {O_EXPECTED, FACT_EXPECTED}, {O_PATIENTS, FACT_PATIENTS}, {O_STAFF, FACT_STAFF}};
	struct str s;

	for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
		if (!field_value(r, plain[i].column, &s, err))
			return false;
		say(r, code, plain[i].fact, s);
	}
	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		if (!field_count(r, counts[i].column, &s, err))
			return err_wrap(err, "%s", org_columns[counts[i].column]);
		say(r, code, counts[i].fact, s);
	}
	for (uint8_t i = 0; i < ORG_CLASSES; i++) {
		if (!field_count(r, O_CLASS + i, &s, err))
			return err_wrap(err, "%s", org_columns[O_CLASS + i]);
		say(r, code, FACT_CLASS + i, s);
	}
	return true;
}

static bool org_row(struct reader *r, bool *ret_skip, struct err *err)
{
	struct str code, parent, region, successor, opened, closed;

	(void)ret_skip;
	if (!field_code(r, O_CODE, false, &code, err))
		return false;
	if (field(r, O_NAME).n == 0)
		return err_set(err, ERR_INVALID, "%.*s: the name is empty", STR_FMT(code));
	if (!field_code(r, O_PARENT, true, &parent, err) ||
	    !field_code(r, O_REGION, true, &region, err) ||
	    !field_code(r, O_SUCCESSOR, true, &successor, err) ||
	    !field_day(r, O_OPENED, &opened, err) || !field_day(r, O_CLOSED, &closed, err) ||
	    !org_facts(r, code, err))
		return false;
	if (opened.n)
		say(r, code, FACT_OPENED, opened);
	if (has(r, O_CLOSED))
		say(r, code, FACT_CLOSED, closed);
	tie(r, "part_of", code, parent);
	imply(r, region, "region");
	tie(r, "located_in", code, region);
	batch_tie(r->batch, (struct tie_said){.org = code,
					      .kind = STR("succeeded_by"),
					      .to = successor,
					      .start = closed,
					      .weight = r->weight});
	return true;
}

/* --- relationships --- */

enum { R_FROM, R_KIND, R_TO, R_START, R_END };
static const char *const relation_columns[] = {"from", "kind", "to", "start", "end", NULL};

static bool relation_begin(struct reader *r, struct err *err)
{
	return known_columns(r, relation_columns, err);
}

static bool relation_row(struct reader *r, bool *ret_skip, struct err *err)
{
	struct str kind = field(r, R_KIND);
	struct tie_said t = {.weight = r->weight};

	(void)ret_skip;
	if (!field_code(r, R_FROM, false, &t.org, err) || !field_code(r, R_TO, false, &t.to, err) ||
	    !field_day(r, R_START, &t.start, err) || !field_day(r, R_END, &t.ended, err))
		return false;
	if (tie_kind_of(kind) == KIND_NONE)
		return err_set(err, ERR_INVALID, "\"%.*s\" is no kind of relationship",
			       (int)MIN_OF(kind.n, (size_t)60), kind.n ? kind.p : "");
	if (str_eq(t.org, t.to))
		return err_set(err, ERR_INVALID, "%.*s is related to itself", STR_FMT(t.org));
	t.kind = str_of(tie_kinds[tie_kind_of(kind)]);
	batch_tie(r->batch, t);
	return true;
}

/* --- sites --- */

enum { S_CODE, S_ORG, S_NAME, S_POSTCODE, S_OPENED, S_CLOSED };
static const char *const site_columns[] = {"code",   "org",    "name", "postcode",
					   "opened", "closed", NULL};

static bool site_begin(struct reader *r, struct err *err)
{
	return known_columns(r, site_columns, err);
}

static bool site_row(struct reader *r, bool *ret_skip, struct err *err)
{
	struct row_said row = {.thing = THING_SITE};

	(void)ret_skip;
	if (!field_code(r, S_CODE, false, &row.v[0], err) ||
	    !field_code(r, S_ORG, false, &row.v[1], err) ||
	    !field_value(r, S_NAME, &row.v[2], err) ||
	    !field_value(r, S_POSTCODE, &row.v[3], err) ||
	    !field_day(r, S_OPENED, &row.v[4], err) || !field_day(r, S_CLOSED, &row.v[5], err))
		return false;
	batch_row(r->batch, row);
	return true;
}

/* --- contacts --- */

enum { C_ORG, C_POST, C_NAME, C_EMAIL, C_PHONE, C_OUT_OF_BAND, C_CONFIRMED };
static const char *const contact_columns[] = {"org",   "post",	      "name",	   "email",
					      "phone", "out_of_band", "confirmed", NULL};

static bool contact_begin(struct reader *r, struct err *err)
{
	return known_columns(r, contact_columns, err);
}

static bool contact_row(struct reader *r, bool *ret_skip, struct err *err)
{
	struct row_said row = {.thing = THING_CONTACT};

	(void)ret_skip;
	if (!field_code(r, C_ORG, false, &row.v[0], err) ||
	    !field_slug(r, C_POST, false, &row.v[1], err) ||
	    !field_day(r, C_CONFIRMED, &row.v[6], err))
		return false;
	for (size_t i = C_NAME; i <= C_OUT_OF_BAND; i++)
		if (!field_value(r, i, &row.v[i], err))
			return false;
	if (!row.v[C_EMAIL].n && !row.v[C_PHONE].n && !row.v[C_OUT_OF_BAND].n)
		return err_set(err, ERR_INVALID, "%.*s: neither e-mail nor telephone",
			       STR_FMT(row.v[0]));
	batch_row(r->batch, row);
	return true;
}

/* --- posts and who holds them --- */

enum { T_POST, T_KIND, T_ORG, T_TITLE, T_PERSON, T_PERSON_NAME, T_EMAIL, T_PHONE, T_FROM, T_TO };
static const char *const post_columns[] = {"post",   "kind",	    "org",   "title",
					   "person", "person_name", "email", "phone",
					   "from",   "to",	    NULL};

static bool post_begin(struct reader *r, struct err *err)
{
	return known_columns(r, post_columns, err);
}

static bool post_holder(struct reader *r, struct str post, struct str from, struct err *err)
{
	struct str person, ended;
	struct row_said p = {.thing = THING_PERSON};

	if (!field_slug(r, T_PERSON, true, &person, err) || !field_day(r, T_TO, &ended, err) ||
	    !field_value(r, T_PERSON_NAME, &p.v[1], err) ||
	    !field_value(r, T_EMAIL, &p.v[2], err) || !field_value(r, T_PHONE, &p.v[3], err))
		return false;
	if (!person.n)
		return true;
	if (!from.n)
		return err_set(err, ERR_INVALID, "%.*s: from which day does %.*s hold it?",
			       STR_FMT(post), STR_FMT(person));
	p.v[0] = person;
	if (p.v[1].n)
		batch_row(r->batch, p);
	batch_row(r->batch, (struct row_said){THING_HOLDING, {post, person, from, ended}});
	return true;
}

static bool post_row(struct reader *r, bool *ret_skip, struct err *err)
{
	struct row_said row = {.thing = THING_POST};
	struct str from;

	(void)ret_skip;
	if (!field_slug(r, T_POST, false, &row.v[0], err) ||
	    !field_slug(r, T_KIND, false, &row.v[1], err) ||
	    !field_code(r, T_ORG, false, &row.v[2], err) ||
	    !field_value(r, T_TITLE, &row.v[3], err) || !field_day(r, T_FROM, &from, err))
		return false;
	if (!post_kind_given(row.v[1]))
		return post_kind_unknown(row.v[1], err);
	batch_row(r->batch, row);
	return post_holder(r, row.v[0], from, err);
}

const struct row_format template_formats[] = {
	{.about = {"posts", "template", "posts and who holds them (template)"},
	 .columns = post_columns,
	 .needed = 3,
	 .weight = WEIGHT_STATED,
	 .begin = post_begin,
	 .row = post_row},
	{.about = {"sites", "template", "sites of organisations (template)"},
	 .columns = site_columns,
	 .needed = 3,
	 .weight = WEIGHT_STATED,
	 .begin = site_begin,
	 .row = site_row},
	{.about = {"contacts", "template", "contacts of organisations (template)"},
	 .columns = contact_columns,
	 .needed = 2,
	 .weight = WEIGHT_STATED,
	 .begin = contact_begin,
	 .row = contact_row},
	{.about = {"relationships", "template", "dated relationships (template)"},
	 .columns = relation_columns,
	 .needed = 3,
	 .weight = WEIGHT_STATED,
	 .begin = relation_begin,
	 .row = relation_row},
	{.about = {"organisations", "template", "organisations (template)"},
	 .columns = org_columns,
	 .needed = 2,
	 .weight = WEIGHT_STATED,
	 .begin = org_begin,
	 .row = org_row},
	{.row = NULL},
};
