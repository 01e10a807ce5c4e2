#include "directory/inner.h"

#include "base/table.h"
#include "wire/wire.h"

/*
 * The registers of the Organisation Data Service: comma-separated, without a header, 27
 * columns (numbered from 1 in its own description): 1 code, 2 name, 3 national grouping, 4
 * high level health geography, 10 postcode, 11 opened, 12 closed, 13 status, 14 sub-type,
 * 15 commissioner, 16 joined it, 17 left it, 18 telephone, 26 prescribing setting.
 */
enum {
	ODS_CODE,
	ODS_NAME,
	ODS_REGION,
	ODS_AREA,
	ODS_POSTCODE = 9,
	ODS_OPENED,
	ODS_CLOSED,
	ODS_STATUS,
	ODS_SUBTYPE,
	ODS_PARENT,
	ODS_JOINED,
	ODS_LEFT,
	ODS_PHONE,
	ODS_SETTING = 25,
	ODS_COLUMNS = 27,
};

/* An area's rows name its region; where they don't agree it is no place (Q99, "none"). */
enum { AREA_AGREE_PER_CENT = 90 };

static struct str at(const struct csv_row *row, size_t i)
{
	return str_trim(csv_field(row, i));
}

static bool ods_row_like(const struct csv_row *row)
{
	struct str opened = at(row, ODS_OPENED);
	uint64_t n;

	return row->n == ODS_COLUMNS && code_valid(at(row, ODS_CODE)) &&
	       (opened.n == 0 || (opened.n == 8 && str_to_u64(opened, &n)));
}

static bool practice_looks(const struct csv_row *row)
{
	return ods_row_like(row) && at(row, ODS_SETTING).n > 0;
}

static bool commissioner_looks(const struct csv_row *row)
{
	struct str subtype = at(row, ODS_SUBTYPE);

	return ods_row_like(row) && (str_is(subtype, "C") || str_is(subtype, "H"));
}

/* Say which area lies in which region, from all rows that are open. */
static bool learn_areas(struct reader *r, struct err *err)
{
	AUTO(csv_closep) struct csv *csv = csv_open(r->bytes, (struct csv_options){.sep = ','});
	AUTO(intern_closep) struct intern *areas = intern_open();
	AUTO(intern_closep) struct intern *pairs = intern_open();
	AUTO(map_closep) struct map *counts = map_open();
	const struct csv_row *row;

	for (;;) {
		struct str area, region;
		char pair[2 * DIRECTORY_CODE_MAX + 1];
		uint32_t id;

		if (!csv_next(csv, &row, err))
			return false;
		if (!row)
			break;
		area = at(row, ODS_AREA), region = at(row, ODS_REGION);
		if (at(row, ODS_CLOSED).n || !code_valid(area) || !code_valid(region))
			continue;
		memcpy(pair, area.p, area.n);
		pair[area.n] = '\n';
		memcpy(pair + area.n + 1, region.p, region.n);
		id = intern_put(pairs, str_from(pair, area.n + 1 + region.n));
		*map_put(counts, id, 0) += 1;
		id = intern_put(areas, area);
		*map_put(counts, (uint64_t)1 << 32 | id, 0) += 1;
	}
	for (uint32_t i = 0; i < intern_count(pairs); i++) {
		struct str rest = intern_str(pairs, i), area = {0};
		uint64_t all, same = *map_find(counts, i);

		if (!str_next(&rest, '\n', &area))
			continue;
		all = *map_find(counts, (uint64_t)1 << 32 | intern_find(areas, area));
		if (same * 100 < all * AREA_AGREE_PER_CENT)
			continue;
		area = code_upper(r->arena, area), rest = code_upper(r->arena, rest);
		once(r, 'a', area);
		imply(r, area, "area");
		imply(r, rest, "region");
		tie(r, "part_of", area, rest);
	}
	return true;
}

/* Where it lies: its area if that is a place, else its region. */
static void say_place(struct reader *r, struct str code)
{
	struct str area = at(r->row, ODS_AREA), region = at(r->row, ODS_REGION);
	bool known = false;

	if (code_valid(area)) {
		char buf[DIRECTORY_CODE_MAX + 1] = {'a'};

		area = code_upper(r->arena, area);
		memcpy(buf + 1, area.p, area.n);
		known = intern_find(r->seen, str_from(buf, area.n + 1)) != UINT32_MAX;
	}
	if (known) {
		tie(r, "located_in", code, area);
	} else if (code_valid(region)) {
		region = code_upper(r->arena, region);
		imply(r, region, "region");
		tie(r, "located_in", code, region);
	}
}

static bool row_day(struct reader *r, size_t i, struct str *ret, struct err *err)
{
	struct str s = at(r->row, i);

	return day_parse(r->arena, s, ret) ||
	       err_set(err, ERR_INVALID, "column %zu: \"%.*s\" is no date", i + 1,
		       (int)MIN_OF(s.n, (size_t)60), s.p);
}

/* What every row has: code, name, postcode, dates. */
static bool row_head(struct reader *r, struct str *ret_code, struct str *ret_days, struct err *err)
{
	struct str code = at(r->row, ODS_CODE), name = at(r->row, ODS_NAME);

	if (r->row->n != ODS_COLUMNS)
		return err_set(err, ERR_INVALID, "%zu columns, not %d", r->row->n, ODS_COLUMNS);
	if (!code_valid(code))
		return err_set(err, ERR_INVALID, "\"%.*s\" is no code",
			       (int)MIN_OF(code.n, (size_t)60), code.n ? code.p : "");
	if (name.n == 0 || !value_valid(name))
		return err_set(err, ERR_INVALID, "%.*s: the name is empty, too long or not text",
			       STR_FMT(code));
	if (!row_day(r, ODS_OPENED, &ret_days[0], err) ||
	    !row_day(r, ODS_CLOSED, &ret_days[1], err))
		return false;
	*ret_code = code_upper(r->arena, code);
	return true;
}

static void say_organisation(struct reader *r, struct str code, const char *role,
			     const struct str *days)
{
	struct str status = at(r->row, ODS_STATUS), postcode = at(r->row, ODS_POSTCODE);

	status = str_is(status, "D")   ? STR("dormant")
		 : str_is(status, "P") ? STR("proposed")
				       : (struct str){0};
	say(r, code, FACT_NAME, at(r->row, ODS_NAME));
	say(r, code, FACT_ROLE, str_of(role));
	say(r, code, FACT_OPENED, days[0]);
	say(r, code, FACT_CLOSED, days[1]);
	say(r, code, FACT_STATUS, status);
	if (value_valid(postcode))
		say(r, code, FACT_POSTCODE, postcode);
	say_place(r, code);
}

/* Prescribing settings as the register numbers them; only 4 is a general practice. */
static const char *setting_role(struct str setting)
{
	static const struct {
		const char *setting, *role;
	} roles[] = {
		{"4", "gp_practice"},  {"0", "prescriber"},   {"1", "walk_in_centre"},
		{"2", "out_of_hours"}, {"3", "out_of_hours"}, {"8", "public_health"},
		{"9", "community"},    {"10", "hospital"},    {"11", "optician"},
		{"12", "urgent_care"}, {"13", "hospice"},     {"14", "care_home"},
		{"15", "justice"},     {"16", "justice"},     {"17", "justice"},
		{"18", "justice"},     {"19", "justice"},     {"20", "justice"},
		{"21", "justice"},     {"22", "justice"},     {"24", "justice"},
		{"25", "prison"},      {"26", "pcn_service"},
	};

	for (size_t i = 0; i < ARRAY_LEN(roles); i++)
		if (str_is(setting, roles[i].setting))
			return roles[i].role;
	return "prescriber";
}

static bool practice_row(struct reader *r, bool *ret_skip, struct err *err)
{
	struct str code, days[2], parent = at(r->row, ODS_PARENT), phone = at(r->row, ODS_PHONE);
	struct str joined, left;

	(void)ret_skip;
	if (!row_head(r, &code, days, err) || !row_day(r, ODS_JOINED, &joined, err) ||
	    !row_day(r, ODS_LEFT, &left, err))
		return false;
	say_organisation(r, code, setting_role(at(r->row, ODS_SETTING)), days);
	if (code_valid(parent)) {
		parent = code_upper(r->arena, parent);
		imply(r, parent, "commissioner");
		batch_tie(r->batch, (struct tie_said){.org = code,
						      .kind = STR("commissioned_by"),
						      .to = parent,
						      .start = joined,
						      .ended = left,
						      .weight = r->weight,
						      .sole = true});
	}
	if (phone.n && value_valid(phone) && days[1].n == 0)
		batch_row(r->batch, (struct row_said){THING_CONTACT,
						      {code,
						       STR("switchboard"),
						       keep(r, at(r->row, ODS_NAME)),
						       {0},
						       keep(r, phone)}});
	return true;
}

static bool commissioner_row(struct reader *r, bool *ret_skip, struct err *err)
{
	struct str code, days[2];
	bool hub = str_is(at(r->row, ODS_SUBTYPE), "H");

	(void)ret_skip;
	if (!row_head(r, &code, days, err))
		return false;
	say_organisation(r, code, hub ? "commissioning_hub" : "sub_icb", days);
	if (!hub) {
		struct str area = at(r->row, ODS_AREA);

		if (code_valid(area)) {
			area = code_upper(r->arena, area);
			if (once(r, 'i', area))
				say(r, area, FACT_ROLE, STR("icb"));
			tie(r, "part_of", code, area);
		}
	}
	return true;
}

/* A trust has three letters; a site's code begins with its trust's. */
static bool trust_row(struct reader *r, bool *ret_skip, struct err *err)
{
	struct str code, days[2], postcode = at(r->row, ODS_POSTCODE);

	(void)ret_skip;
	if (!row_head(r, &code, days, err))
		return false;
	if (code.n == 3) {
		say_organisation(r, code,
				 str_is(at(r->row, ODS_SUBTYPE), "T") ? "care_trust" : "trust",
				 days);
		return true;
	}
	if (code.n < 5)
		return err_set(err, ERR_INVALID, "%.*s is neither a trust's code nor a site's",
			       STR_FMT(code));
	if (!value_valid(postcode))
		postcode = (struct str){0};
	batch_row(r->batch,
		  (struct row_said){THING_SITE,
				    {code, str_sub(code, 0, 3), keep(r, at(r->row, ODS_NAME)),
				     keep(r, postcode), days[0], days[1]}});
	return true;
}

const struct row_format ods_formats[] = {
	{.about = {"ods-practice", "ods", "ODS epraccur: practices and other prescribers"},
	 .looks = practice_looks,
	 .weight = WEIGHT_STATED,
	 .begin = learn_areas,
	 .row = practice_row},
	{.about = {"ods-commissioner", "ods", "ODS eccg: sub-ICB locations and hubs"},
	 .looks = commissioner_looks,
	 .weight = WEIGHT_STATED,
	 .begin = learn_areas,
	 .row = commissioner_row},
	{.about = {"ods-trust", "ods", "ODS etr, ect, ets: trusts and their sites"},
	 .looks = ods_row_like,
	 .weight = WEIGHT_STATED,
	 .begin = learn_areas,
	 .row = trust_row},
	{.row = NULL},
};
