#include "directory/inner.h"

#include "base/mem.h"
#include "base/table.h"
#include "wire/wire.h"

/* Published lists with a header, each with some of what the directory needs. */

static bool is(struct reader *r, size_t i, const char *what)
{
	return str_is(field(r, i), what);
}

static bool field_name(struct reader *r, size_t i, struct str *ret, struct err *err)
{
	*ret = field(r, i);
	return value_valid(*ret) ||
	       err_set(err, ERR_INVALID, "the name is too long or holds control characters");
}

/* The day the file says it was made becomes its time taken. */
static void taken_on(struct reader *r, size_t i)
{
	struct str day;
	int64_t ms;

	if (!field_day(r, i, &day, &(struct err){0}))
		return;
	ms = day_to_ms(day);
	if (ms > r->report->taken_ms)
		r->report->taken_ms = ms;
}

/* An organisation that rows mention with its name and role, said once. */
static void mention(struct reader *r, struct str code, struct str name, const char *role)
{
	if (code.n == 0 || !once(r, 'm', code))
		return;
	say(r, code, FACT_ROLE, str_of(role));
	if (value_valid(name))
		say(r, code, FACT_NAME, name);
}

/* --- practice, network, sub-ICB, ICB, region --- */

enum {
	H_PRACTICE,
	H_NAME,
	H_PCN,
	H_PCN_NAME,
	H_SUB,
	H_SUB_NAME,
	H_ICB,
	H_ICB_NAME,
	H_REGION,
	H_REGION_NAME,
	H_DATE,
	H_POSTCODE
};
static const char *const hierarchy_columns[] = {
	"PRACTICE_CODE", "PRACTICE_NAME",     "PCN_CODE", "PCN_NAME",	      "CCG_CODE",
	"CCG_NAME",	 "STP_CODE",	      "STP_NAME", "COMM_REGION_CODE", "COMM_REGION_NAME",
	"EXTRACT_DATE",	 "PRACTICE_POSTCODE", NULL};

static bool hierarchy_row(struct reader *r, bool *ret_skip, struct err *err)
{
	struct str practice, name, pcn, sub, icb, region;

	(void)ret_skip;
	if (!field_code(r, H_PRACTICE, false, &practice, err) ||
	    !field_name(r, H_NAME, &name, err) || !field_code(r, H_PCN, true, &pcn, err) ||
	    !field_code(r, H_SUB, false, &sub, err) || !field_code(r, H_ICB, false, &icb, err) ||
	    !field_code(r, H_REGION, false, &region, err))
		return false;
	taken_on(r, H_DATE);
	mention(r, practice, name, "gp_practice");
	mention(r, sub, field(r, H_SUB_NAME), "sub_icb");
	mention(r, icb, field(r, H_ICB_NAME), "icb");
	mention(r, region, field(r, H_REGION_NAME), "region");
	tie(r, "commissioned_by", practice, sub);
	tie(r, "part_of", sub, icb);
	tie(r, "part_of", icb, region);
	/* "U" is "Unallocated": in no network. */
	if (pcn.n > 1) {
		mention(r, pcn, field(r, H_PCN_NAME), "pcn");
		tie(r, "member_of", practice, pcn);
		tie(r, "part_of", pcn, sub);
	}
	return true;
}

/* --- patients --- */

enum { P_CODE, P_COUNT, P_TYPE, P_SEX, P_AGE, P_DATE, P_POSTCODE };
static const char *const patients_columns[] = {"CODE", "NUMBER_OF_PATIENTS", "TYPE",	 "SEX",
					       "AGE",  "EXTRACT_DATE",	     "POSTCODE", NULL};

static bool patients_row(struct reader *r, bool *ret_skip, struct err *err)
{
	struct str code, count = field(r, P_COUNT);

	if (!is(r, P_TYPE, "GP") || !is(r, P_SEX, "ALL") || !is(r, P_AGE, "ALL"))
		return *ret_skip = true;
	if (!field_code(r, P_CODE, false, &code, err))
		return false;
	if (!count_valid(count))
		return err_set(err, ERR_INVALID, "%.*s: \"%.*s\" is no number of patients",
			       STR_FMT(code), STR_FMT(count));
	taken_on(r, P_DATE);
	if (once(r, 'm', code))
		say(r, code, FACT_ROLE, STR("gp_practice"));
	say(r, code, FACT_PATIENTS, count);
	return true;
}

/* --- staff: full-time equivalents by month, organisation and staff group --- */

enum { S_MONTH, S_CODE, S_NAME, S_GROUP, S_FTE };
static const char *const staff_columns[] = {"month",	   "org_code", "org_name",
					    "staff_group", "fte",      NULL};

/* One organisation's posts in the latest month, in tenths. */
struct staff {
	struct str month; /* the latest, as the file writes it */
	struct intern *orgs;
	struct {
		uint64_t *v;
		size_t n, cap;
	} tenths;
};

static bool tenths_of(struct str s, uint64_t *ret)
{
	double x;

	if (!str_to_double(s, &x) || !(x >= 0 && x < 1e7))
		return false;
	*ret = (uint64_t)(x * 10 + 0.5);
	return true;
}

/* Only the latest month's rows count. */
static bool latest_month(struct reader *r, struct str *ret_month, struct err *err)
{
	AUTO(csv_closep) struct csv *csv = csv_open(r->bytes, (struct csv_options){.sep = ','});
	const struct csv_row *row;
	struct str day, latest = {0}, last = {0}, written = {0};

	if (!csv_header(csv, err))
		return false;
	for (;;) {
		struct str month;

		if (!csv_next(csv, &row, err))
			return false;
		if (!row)
			break;
		month = str_trim(csv_field(row, r->column[S_MONTH]));
		if (month.n > VALUE_MAX || str_eq(month, last))
			continue;
		last = arena_str(r->arena, month);
		if (day_parse(r->arena, last, &day) && str_cmp(day, latest) > 0)
			latest = day, written = last;
	}
	r->report->taken_ms = day_to_ms(latest);
	*ret_month = written;
	return true;
}

/* Sum over staff groups, before the rows are judged one by one. */
static bool sum_staff(struct reader *r, struct staff *s, struct err *err)
{
	AUTO(csv_closep) struct csv *csv = csv_open(r->bytes, (struct csv_options){.sep = ','});
	const struct csv_row *row;

	if (!csv_header(csv, err))
		return false;
	for (;;) {
		struct str code;
		uint64_t tenths;
		uint32_t id;

		if (!csv_next(csv, &row, err))
			return false;
		if (!row)
			return true;
		code = str_trim(csv_field(row, r->column[S_CODE]));
		if (!str_eq(str_trim(csv_field(row, r->column[S_MONTH])), s->month) ||
		    !code_valid(code) ||
		    !tenths_of(str_trim(csv_field(row, r->column[S_FTE])), &tenths))
			continue;
		id = intern_put(s->orgs, code_upper(r->arena, code));
		if (id == s->tenths.n)
			VEC_PUSH(&s->tenths, 0);
		s->tenths.v[id] += tenths;
	}
}

static void staff_clear(struct staff *s)
{
	if (s->orgs)
		intern_close(s->orgs);
	free(s->tenths.v);
}

static bool staff_begin(struct reader *r, struct err *err)
{
	AUTO(staff_clear) struct staff s = {.orgs = intern_open()};
	struct str *month = ARENA_NEW(r->arena, struct str);

	if (!latest_month(r, &s.month, err) || !sum_staff(r, &s, err))
		return false;
	for (uint32_t i = 0; i < intern_count(s.orgs); i++)
		batch_fact(r->batch,
			   (struct fact_said){
				   .org = keep(r, intern_str(s.orgs, i)),
				   .fact = FACT_STAFF,
				   .weight = r->weight,
				   .value = arena_fmt(
					   r->arena, "%llu",
					   (unsigned long long)((s.tenths.v[i] + 5) / 10))});
	*month = s.month;
	r->state = month;
	return true;
}

static bool staff_row(struct reader *r, bool *ret_skip, struct err *err)
{
	const struct str *month = r->state;
	struct str code, name, day, fte = field(r, S_FTE);
	uint64_t tenths;

	if (!field_day(r, S_MONTH, &day, err))
		return false;
	if (!str_eq(field(r, S_MONTH), *month))
		return *ret_skip = true;
	if (!field_code(r, S_CODE, false, &code, err) || !field_name(r, S_NAME, &name, err))
		return false;
	if (!tenths_of(fte, &tenths))
		return err_set(err, ERR_INVALID, "%.*s: \"%.*s\" is no number of posts",
			       STR_FMT(code), (int)MIN_OF(fte.n, (size_t)60), fte.n ? fte.p : "");
	if (once(r, 'm', code))
		say(r, code, FACT_NAME, name);
	return true;
}

/* --- sub-ICB, ICB, region: the statistics office's lookup --- */

enum { L_SUB, L_SUB_NAME, L_ICB, L_ICB_NAME, L_REGION, L_REGION_NAME };
static const char *const lookup_columns[] = {"SICBL23CDH", "SICBL23NM", "ICB23CDH", "ICB23NM",
					     "NHSER23CDH", "NHSER23NM", NULL};

static bool lookup_row(struct reader *r, bool *ret_skip, struct err *err)
{
	struct str sub, icb, region;

	(void)ret_skip;
	if (!field_code(r, L_SUB, false, &sub, err) || !field_code(r, L_ICB, false, &icb, err) ||
	    !field_code(r, L_REGION, false, &region, err))
		return false;
	mention(r, sub, field(r, L_SUB_NAME), "sub_icb");
	mention(r, icb, field(r, L_ICB_NAME), "icb");
	mention(r, region, field(r, L_REGION_NAME), "region");
	tie(r, "part_of", sub, icb);
	tie(r, "part_of", icb, region);
	return true;
}

/* --- the data security register --- */

enum { D_CODE, D_NAME, D_SECTOR, D_COMMISSIONER, D_REGION, D_AREA };
static const char *const dspt_columns[] = {"Code",
					   "Organisation Name",
					   "Primary Sector",
					   "Commissioner (From ODS)",
					   "National Grouping",
					   "High Level Health Geography",
					   NULL};
static const char *const dspt_2019_columns[] = {"ODSCode", "OrganisationName", "PrimarySector",
						"CCG (from ODS and CQC)", NULL};

static const char *sector_role(struct str sector, struct str code)
{
	static const struct {
		const char *sector, *role;
	} roles[] = {
		{"General Practice (GP)", "gp_practice"},
		{"GP", "gp_practice"},
		{"NHS Trust", "trust"},
		{"Acute", "trust"},
		{"Mental Health Trust", "trust"},
		{"Ambulance Trust", "trust"},
		{"Community Services Provider", "community"},
		{"Commissioning Support Unit (CSU)", "csu"},
		{"CSU", "csu"},
		{"CCG", "sub_icb"},
		{"Social Care", "social_care"},
		{"Care Home", "social_care"},
		{"Domiciliary Care Organisation", "social_care"},
		{"Pharmacy", "pharmacy"},
		{"Dentist", "dentist"},
		{"Dentist (NHS)", "dentist"},
		{"Dentist (Private)", "dentist"},
		{"Optician", "optician"},
		{"Company", "company"},
		{"Local Authority", "local_authority"},
		{"University", "university"},
		{"University (including researcher and secondary use)", "university"},
		{"Researcher / Department", "university"},
		{"Arm's Length Body", "arms_length_body"},
		{"Arms Length Body", "arms_length_body"},
		{"NHS Digital", "arms_length_body"},
		{"Charity / Hospice", "charity"},
		{"Prison", "prison"},
	};

	if (str_is(sector, "CCG / Integrated Care Board (ICB)"))
		return code.p[0] == 'Q' ? "icb" : "sub_icb";
	for (size_t i = 0; i < ARRAY_LEN(roles); i++)
		if (str_is(sector, roles[i].sector))
			return roles[i].role;
	return "other";
}

/* "NHS SOUTH EAST LONDON ICB - 72Q (CCG)" holds its code; older lists have the name alone. */
static bool commissioner_code(struct reader *r, struct str s, struct str *ret)
{
	size_t dash = SIZE_MAX;

	if (!str_ends(s, STR(" (CCG)")))
		return false;
	s.n -= 6;
	for (size_t i = 0; (i = str_find(s, STR(" - "), i)) != SIZE_MAX; i++)
		dash = i;
	if (dash == SIZE_MAX)
		return false;
	s = str_trim(str_from_offset(s, dash + 3));
	if (!code_valid(s))
		return false;
	*ret = code_upper(r->arena, s);
	return true;
}

/* "BARTS HEALTH NHS TRUST (R1H)" without the code. */
static struct str name_alone(struct str name, struct str code)
{
	if (name.n > code.n + 3 && name.p[name.n - 1] == ')' &&
	    name.p[name.n - code.n - 2] == '(' &&
	    str_eq_ci(str_sub(name, name.n - code.n - 1, code.n), code))
		return str_trim(str_sub(name, 0, name.n - code.n - 2));
	return name;
}

static bool dspt_row(struct reader *r, bool *ret_skip, struct err *err)
{
	struct str code, name, commissioner, area = {0}, region = {0};

	(void)ret_skip;
	if (!field_code(r, D_CODE, false, &code, err) || !field_name(r, D_NAME, &name, err) ||
	    !field_code(r, D_AREA, true, &area, err) ||
	    !field_code(r, D_REGION, true, &region, err))
		return false;
	say(r, code, FACT_NAME, name_alone(name, code));
	say(r, code, FACT_ROLE, str_of(sector_role(field(r, D_SECTOR), code)));
	if (commissioner_code(r, field(r, D_COMMISSIONER), &commissioner)) {
		imply(r, commissioner, "commissioner");
		tie(r, "commissioned_by", code, commissioner);
	}
	imply(r, region, "region");
	if (area.n) {
		imply(r, area, "area");
		tie(r, "located_in", code, area);
		tie(r, "part_of", area, region);
	} else {
		tie(r, "located_in", code, region);
	}
	return true;
}

/* --- trusts and commissioners with their dates and who succeeded them --- */

enum { G_CODE, G_NAME, G_SUCCESSOR, G_START, G_CLOSE, G_SECTOR, G_POSTCODE, G_AREA, G_REGION };
static const char *const lineage_columns[] = {"Code",	    "Name",   "Successor.Code", "Start",
					      "Close",	    "Sector", "Postcode",	"STPCDH",
					      "NHSER20CDH", NULL};

static bool lineage_row(struct reader *r, bool *ret_skip, struct err *err)
{
	struct str code, name, successor, start, close, area, region, sector = field(r, G_SECTOR);

	(void)ret_skip;
	if (!field_code(r, G_CODE, false, &code, err) || !field_name(r, G_NAME, &name, err) ||
	    !field_code(r, G_SUCCESSOR, true, &successor, err) ||
	    !field_day(r, G_START, &start, err) || !field_day(r, G_CLOSE, &close, err) ||
	    !field_code(r, G_AREA, true, &area, err) ||
	    !field_code(r, G_REGION, true, &region, err))
		return false;
	say(r, code, FACT_NAME, name);
	say(r, code, FACT_ROLE, str_of(sector_role(sector, code)));
	say(r, code, FACT_OPENED, start);
	say(r, code, FACT_CLOSED, close);
	if (value_valid(field(r, G_POSTCODE)))
		say(r, code, FACT_POSTCODE, field(r, G_POSTCODE));
	imply(r, area, "area");
	imply(r, region, "region");
	tie(r, "located_in", code, area.n ? area : region);
	if (area.n)
		tie(r, "part_of", area, region);
	if (!successor.n || str_is(successor, "NA"))
		return true;
	imply(r, successor, "");
	batch_tie(r->batch, (struct tie_said){.org = code,
					      .kind = STR("succeeded_by"),
					      .to = successor,
					      .start = close,
					      .weight = r->weight});
	return true;
}

/* --- hospitals as sites --- */

enum { U_CODE, U_NAME, U_PARENT, U_POSTCODE };
static const char *const hospital_columns[] = {"OrganisationCode", "OrganisationName",
					       "ParentODSCode", "Postcode", NULL};

static bool hospital_row(struct reader *r, bool *ret_skip, struct err *err)
{
	struct str code, name, parent, postcode = field(r, U_POSTCODE);

	(void)ret_skip;
	if (!field_code(r, U_CODE, false, &code, err) || !field_name(r, U_NAME, &name, err) ||
	    !field_code(r, U_PARENT, false, &parent, err))
		return false;
	batch_row(r->batch,
		  (struct row_said){THING_SITE,
				    {code, parent, keep(r, name),
				     value_valid(postcode) ? keep(r, postcode) : (struct str){0}}});
	return true;
}

const struct row_format nhs_formats[] = {
	{.about = {"gp-hierarchy", "gp-list", "practice, network, sub-ICB, ICB and region"},
	 .columns = hierarchy_columns,
	 .needed = 10,
	 .weight = WEIGHT_DERIVED,
	 .row = hierarchy_row},
	{.about = {"gp-patients", "gp-list", "patients registered at a practice"},
	 .columns = patients_columns,
	 .needed = 6,
	 .weight = WEIGHT_DERIVED,
	 .row = patients_row},
	{.about = {"staff", "workforce", "staff by organisation, month and staff group"},
	 .columns = staff_columns,
	 .needed = 5,
	 .weight = WEIGHT_LISTED,
	 .begin = staff_begin,
	 .row = staff_row},
	{.about = {"ons-lookup", "ons", "sub-ICB, ICB and region"},
	 .columns = lookup_columns,
	 .needed = 6,
	 .weight = WEIGHT_DERIVED,
	 .row = lookup_row},
	{.about = {"dspt-register", "dspt", "data security register, from 2021"},
	 .columns = dspt_columns,
	 .needed = 3,
	 .weight = WEIGHT_LISTED,
	 .row = dspt_row},
	{.about = {"dspt-register-2019", "dspt", "data security register, 2019"},
	 .columns = dspt_2019_columns,
	 .needed = 4,
	 .weight = WEIGHT_LISTED,
	 .row = dspt_row},
	{.about = {"dspt-lineage", "dspt", "trusts and commissioners with their successors"},
	 .columns = lineage_columns,
	 .needed = 6,
	 .weight = WEIGHT_LISTED,
	 .row = lineage_row},
	{.about = {"nhsuk-hospitals", "nhsuk", "hospitals as sites of their trusts"},
	 .columns = hospital_columns,
	 .needed = 4,
	 .weight = WEIGHT_LISTED,
	 .row = hospital_row},
	{.row = NULL},
};
