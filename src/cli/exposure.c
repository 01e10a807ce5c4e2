#include "cli/peers.h"
#include "cli/member.h"

/* What an exposure command stands on, closed in the right order. */
struct view {
	enum directory_sees
		need; /* of the organisation named, to be asked before it is looked at */
	struct acts *acts;
	struct sight sight;
	struct intel_image *image;
	struct estate *estate;
	struct exposure_world *world, *own; /* own: NULL where it is somebody else's */
	struct feed_age age;
};

static void view_release(struct view *v)
{
	exposure_world_closep(&v->own);
	estate_closep(&v->estate);
	intel_image_closep(&v->image);
	acts_closep(&v->acts);
}

/* cve empty: all of intelligence; org empty: the whole service. */
static bool view_open(struct cli *c, struct str cve, struct str org, struct view *v,
		      struct err *err)
{
	struct exposure_sources sources;

	if (!cli_open(c, ACTS_READ, &v->acts, err) || !sight_open(c, v->acts, &v->sight, err) ||
	    (org.n && !sight_need(&v->sight, org, v->need, err)))
		return false;
	if (!cve.n && c->config->kept)
		return c->config->kept->world(c->config->kept->ctx, &v->world, err);
	if (!intel_image_load(acts_store(v->acts), cve.n ? &cve : NULL, cve.n ? 1 : 0, &v->image,
			      err) ||
	    !estate_open(acts_journal(v->acts), &v->estate, err))
		return false;
	sources = (struct exposure_sources){.store = acts_store(v->acts),
					    .image = v->image,
					    .estate = v->estate,
					    .only_org = org,
					    .now_ms = acts_now_ms(v->acts)};
	if (!exposure_world_open(&sources, &v->own, err))
		return false;
	v->world = v->own;
	return true;
}

static struct str canonical_cve(struct cli *c, struct str s)
{
	char buf[CVE_TEXT_BYTES];
	uint64_t key;

	return cve_parse(s, &key) ? arena_str(c->arena, cve_format(key, buf)) : s;
}

/* Codes are kept in upper case and found in any. */
static struct str org_code(struct cli *c, const char *code)
{
	return directory_code(c->arena, str_of(code));
}

static const char *vuln_word(enum vuln_state state)
{
	return state == VULN_REJECTED ? "rejected: no such vulnerability"
	       : state == VULN_AWAITING
		       ? "awaiting analysis: nobody has said which products; no device is judged"
		       : "analysed";
}

/* --- by organisation and region --------------------------------------------------------- */

static void note_head(struct listing *l, struct str cve, enum vuln_state state,
		      const struct view *v)
{
	char at[STAMP_BYTES];

	listing_note(l, "cve", cve);
	listing_note(l, "as_of", stamp_format(acts_now_ms(v->acts), at));
	listing_note(l, "vulnerability", str_of(vuln_word(state)));
	feed_age_note(l, &v->age);
}

static void counts(struct listing *l, const struct exposure_org *o)
{
	listing_int(l, (int64_t)o->exposed);
	listing_int(l, (int64_t)o->unknown);
	listing_int(l, (int64_t)o->fixed);
	listing_int(l, (int64_t)o->not_affected);
	listing_int(l, (int64_t)o->devices);
	if (o->expected >= 0)
		listing_int(l, o->expected);
	else
		listing_null(l);
}

static int worst_first(const void *a, const void *b)
{
	const struct exposure_org *x = a, *y = b;

	if (x->exposed != y->exposed)
		return x->exposed > y->exposed ? -1 : 1;
	if (x->unknown != y->unknown)
		return x->unknown > y->unknown ? -1 : 1;
	return str_cmp(x->org, y->org);
}

static void add_counts(struct exposure_org *to, const struct exposure_org *from)
{
	to->exposed += from->exposed;
	to->fixed += from->fixed;
	to->not_affected += from->not_affected;
	to->unknown += from->unknown;
	to->devices += from->devices;
	if (from->expected >= 0)
		to->expected = MAX_OF(to->expected, (int64_t)0) + from->expected;
}

/* Organisations folded into their regions, in place. */
static void fold_regions(struct exposure_org_list *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		struct exposure_org *from = &list->v[i];
		size_t at = 0;

		while (at < n && !str_eq(list->v[at].org, from->region))
			at++;
		if (at == n) {
			struct str region = from->region;
			struct exposure_org fresh = {.org = region, .name = region, .expected = -1};

			add_counts(&fresh, from);
			list->v[n++] = fresh;
			continue;
		}
		add_counts(&list->v[at], from);
	}
	list->n = n;
}

/* The nation in one line, unknown beside exposed; or what the post that looks sees of it. */
static void say_total(struct cli *c, struct str cve, const struct exposure_org_list *list,
		      bool partial)
{
	if (c->json || c->csv)
		return;
	text_addf(&c->out,
		  "%.*s: %ju exposed, %ju unknown, %ju fixed, %ju not affected of %ju %s%s\n",
		  STR_FMT(cve), (uintmax_t)list->total.exposed, (uintmax_t)list->total.unknown,
		  (uintmax_t)list->total.fixed, (uintmax_t)list->total.not_affected,
		  (uintmax_t)list->total.devices, plural(list->total.devices, "device", "devices"),
		  partial ? " listed here" : "");
}

/* Said of a vulnerability whose Windows devices are judged by NVD's name of the system alone. */
static void say_by_name(struct cli *c, struct listing *l, const struct view *v, struct str cve)
{
	const struct vuln_row *row = intel_image_find(v->image, cve);
	bool alone = row && exposure_by_name_alone(v->world, row);

	listing_note_bool(l, "windows_by_name_alone", alone);
	if (alone && !c->json && !c->csv)
		text_addf(&c->out,
			  "no update data for Windows is held for %.*s: patched machines show as "
			  "exposed too; bring in Microsoft's list, or your own fixes as "
			  "doc/templates/vendor-fixes.csv, with: lynchpin feed import FILE\n",
			  STR_FMT(cve));
}

static const struct column org_count_columns[] = {
	{"org", "org", false},
	{"name", "name", false},
	{"region", NULL, false},
	{"exposed", "exposed", true},
	{"unknown", "unknown", true},
	{"fixed", "fixed", true},
	{"not_affected", "not affected", true},
	{"devices", "devices", true},
	{"expected", "expected", true},
	{NULL, NULL, false},
};

static const struct column region_count_columns[] = {
	{"region", "region", false},  {"name", "name", false},
	{"exposed", "exposed", true}, {"unknown", "unknown", true},
	{"fixed", "fixed", true},     {"not_affected", "not affected", true},
	{"devices", "devices", true}, {"expected", "expected", true},
	{NULL, NULL, false},
};

static bool region_name(struct cli *c, struct view *v, struct str code, struct str *ret)
{
	struct directory_view view = {
		.store = acts_store(v->acts), .arena = c->arena, .at_ms = acts_now_ms(v->acts)};
	struct err none = {0};
	struct org org;

	*ret = code.n ? code : STR("(no region)");
	if (code.n && directory_org_get(&view, code, &org, &none))
		*ret = org.name;
	return true;
}

/* Organisations that should have devices and have sent nothing: no row would be silence that
 * reads as health. */
static bool add_silent(struct cli *c, struct view *v, struct exposure_org_list *list,
		       struct err *err)
{
	struct directory_view view = {
		.store = acts_store(v->acts), .arena = c->arena, .at_ms = acts_now_ms(v->acts)};
	struct exposure_org *all;
	struct org_list orgs;
	size_t n = list->n, at = 0;

	if (cli_opt(c, "--org"))
		return true;
	if (!directory_org_list(&view, &(struct org_filter){.state = ORG_OPEN}, &orgs, err))
		return false;
	all = ARENA_ARRAY(c->arena, struct exposure_org, n + orgs.n + 1);
	for (size_t i = 0; i < list->n; i++)
		all[i] = list->v[i];
	for (size_t i = 0; i < orgs.n; i++) { /* both are by code */
		const struct org *o = &orgs.v[i];

		while (at < list->n && str_cmp(list->v[at].org, o->code) < 0)
			at++;
		if ((at < list->n && str_eq(list->v[at].org, o->code)) || o->expected_devices <= 0)
			continue;
		all[n++] = (struct exposure_org){.org = o->code,
						 .name = o->name,
						 .region = o->region,
						 .expected = o->expected_devices};
	}
	list->v = all;
	list->n = n;
	return true;
}

static void say_silent(struct cli *c, const struct peers *peers)
{
	if (!c->json && !c->csv && peers->silent)
		text_addf(&c->out, "no inventory from %ju %s that should have %jd %s\n",
			  (uintmax_t)peers->silent,
			  plural(peers->silent, "organisation", "organisations"),
			  (intmax_t)peers->silent_expected,
			  plural((uint64_t)peers->silent_expected, "device", "devices"));
}

static bool by_org(struct cli *c, struct view *v, struct str cve, bool regions, struct err *err)
{
	struct exposure_org_list list;
	struct peers peers = {.regions = regions};
	struct listing *l;
	uint64_t limit;

	if (!cli_opt_u64(c, "--limit", UINT64_MAX, &limit, err))
		return false;
	if (!exposure_orgs(v->world, cve, c->arena, &list, err))
		return false;
	peers.sent = list.n;
	if ((list.judged && !add_silent(c, v, &list, err)) ||
	    !peers_keep(&v->sight, &list, &peers, err))
		return false;
	if (regions)
		fold_regions(&list);
	qsort(list.v, list.n, sizeof(*list.v), worst_first);
	if (list.judged)
		say_total(c, cve, &list, peers.partial);
	say_silent(c, &peers);
	l = listing_begin(c, regions ? "regions" : "organisations",
			  regions ? region_count_columns : org_count_columns);
	note_head(l, cve, list.vuln, v);
	listing_note_int(l, "silent", (int64_t)peers.silent);
	say_by_name(c, l, v, cve);
	sight_hidden(l, &v->sight, peers.hidden);
	for (size_t i = 0; i < MIN_OF(list.n, limit); i++) {
		struct str name = list.v[i].name;

		if (regions)
			(void)!region_name(c, v, list.v[i].org, &name);
		listing_text(l, list.v[i].org);
		listing_text(l, name);
		if (!regions)
			listing_text(l, list.v[i].region);
		counts(l, &list.v[i]);
	}
	return listing_end(
		l,
		!list.judged ? vuln_word(list.vuln)
		: peers.hidden
			? "Nothing that the post may see."
			: "No inventories yet. lynchpin estate import ORG FILE... brings one "
			  "in.",
		err);
}

/* --- by device --------------------------------------------------------------------------- */

static bool states_of(const char *word, unsigned *ret, struct err *err)
{
	struct str rest = str_of(word), piece;

	*ret = 0;
	while (word && str_next(&rest, ',', &piece)) {
		unsigned state = 0;

		while (state < EXPOSURE_STATES &&
		       !str_is(piece, exposure_state_name((enum exposure_state)state)))
			state++;
		if (state == EXPOSURE_STATES)
			return err_set(
				err, ERR_USAGE,
				"--state takes exposed, unknown, fixed, not_affected, not \"%.*s\"",
				STR_FMT(piece));
		*ret |= 1u << state;
	}
	return true;
}

static bool by_device(struct cli *c, struct view *v, struct str cve, struct err *err)
{
	static const struct column columns[] = {
		{"org", "org", false},	       {"device", "device", false},
		{"state", "state", false},     {"why", "why", false},
		{"seen", "seen", false},       {"class", "class", false},
		{"type", NULL, false},	       {"segment", NULL, false},
		{"service", "service", false}, {"smb1_off", NULL, false},
		{NULL, NULL, false},
	};
	struct exposure_filter filter = {.cve = cve, .org = org_code(c, cli_opt(c, "--org"))};
	const struct exposure_device_list *list;
	struct peers_devices seen = {0};
	struct listing *l;
	uint64_t limit;

	if (!states_of(cli_opt(c, "--state"), &filter.states, err) ||
	    !cli_opt_u64(c, "--limit", 0, &limit, err))
		return false;
	filter.limit = limit;
	if (!peers_devices(&v->sight, v->world, &filter, &seen, err))
		return false;
	list = &seen.list;
	l = listing_begin(c, "devices", columns);
	note_head(l, cve, list->vuln, v);
	say_by_name(c, l, v, cve);
	sight_hidden(l, &v->sight, seen.hidden);
	for (size_t i = 0; i < list->n; i++) {
		const struct exposure_device *d = &list->v[i];

		listing_text(l, d->org);
		listing_text(l, d->device);
		listing_text(l, str_of(exposure_state_name(d->state)));
		listing_text(l, d->why);
		listing_day(l, d->seen_ms);
		listing_text(l, str_of(device_class_name((enum device_class)d->class)));
		listing_text(l, d->type);
		listing_text(l, d->segment);
		listing_text(l, d->service);
		if (d->smb1_off == SAID_UNKNOWN)
			listing_null(l);
		else
			listing_bool(l, d->smb1_off == SAID_YES);
	}
	return listing_end(l,
			   !list->judged ? vuln_word(list->vuln)
			   : seen.hidden
				   ? "No device in those states, of those that the post may see."
				   : "No device in those states.",
			   err);
}

/* --- by organisation: everything that touches it -------------------------------------------- */

/* How many of the vulnerabilities listed judge Windows by its name alone. */
static void say_ranked_by_name(struct cli *c, struct listing *l, const struct view *v,
			       const struct exposure_ranked_list *list)
{
	uint64_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += exposure_by_name_alone(v->world, list->v[i].vuln);
	listing_note_int(l, "windows_by_name_alone", (int64_t)n);
	if (n && !c->json && !c->csv)
		text_addf(&c->out,
			  "for %ju of those listed no update data for Windows is held: patched "
			  "machines show as exposed too\n",
			  (uintmax_t)n);
}

static bool ranked(struct cli *c, struct view *v, struct str org, struct err *err)
{
	static const struct column columns[] = {
		{"cve", "vulnerability", false},
		{"exposed", "exposed", true},
		{"unknown", "unknown", true},
		{"exploited", "exploited", false},
		{"ransomware", "ransomware", false},
		{"due", "due", false},
		{"epss", "EPSS", true},
		{"weight", "EPSS x devices", true},
		{"cvss", "CVSS", true},
		{NULL, NULL, false},
	};
	struct exposure_ranking how = {.org = org,
				       .device = str_of(cli_opt(c, "--device")),
				       .with_unknown = cli_flag(c, "--with-unknown")};
	struct exposure_ranked_list list;
	struct listing *l;
	uint64_t limit;

	if (!cli_opt_u64(c, "--limit", 50, &limit, err))
		return false;
	how.limit = limit;
	if (!exposure_ranked(v->world, &how, c->arena, &list, err))
		return false;
	if (!c->json && !c->csv)
		text_addf(&c->out, "%.*s: %ju %s, %ju %s, %ju of them exploited\n", STR_FMT(org),
			  (uintmax_t)list.devices, plural(list.devices, "device", "devices"),
			  (uintmax_t)list.total,
			  plural(list.total, "vulnerability", "vulnerabilities"),
			  (uintmax_t)list.kev_total);
	l = listing_begin(c, "vulnerabilities", columns);
	listing_note(l, "org", org);
	feed_age_note(l, &v->age);
	listing_note_int(l, "devices", (int64_t)list.devices);
	listing_note_int(l, "total", (int64_t)list.total);
	say_ranked_by_name(c, l, v, &list);
	for (size_t i = 0; i < list.n; i++) {
		const struct exposure_ranked *r = &list.v[i];

		listing_text(l, r->vuln->cve);
		listing_int(l, (int64_t)r->exposed);
		listing_int(l, (int64_t)r->unknown);
		listing_bool(l, r->vuln->kev);
		listing_bool(l, r->vuln->kev_ransomware);
		listing_day(l, r->vuln->kev_due_ms);
		if (r->vuln->epss >= 0) {
			listing_real(l, (double)r->vuln->epss, 5);
			listing_real(l, r->weight, 3);
		} else {
			listing_null(l);
			listing_null(l);
		}
		if (r->vuln->cvss >= 0)
			listing_real(l, (double)r->vuln->cvss, 1);
		else
			listing_null(l);
	}
	return listing_end(l, "Nothing known touches it.", err);
}

/* --- the commands ------------------------------------------------------------------------------
 */

static const struct cli_option exposure_options[] = {
	{"--by", "WHAT", "org (the default), region or device"},
	{"--org", "CODE", "only this organisation; without a CVE: its vulnerabilities, ranked"},
	{"--state", "LIST", "by device: only these, of exposed,unknown,fixed,not_affected"},
	{"--device", "ID", "ranked: of one device of it"},
	{"--with-unknown", NULL, "ranked: also those with devices unknown only"},
	{"--limit", "N", "at most N rows"},
	{NULL, NULL, NULL},
};

/* Silence must not read as health: an organisation without devices gets no empty table, but is told
 * what to do. */
static bool say_no_devices(struct cli *c, struct view *v, struct str code, struct err *err)
{
	struct directory_view view = {
		.store = acts_store(v->acts), .arena = c->arena, .at_ms = acts_now_ms(v->acts)};
	struct org_list below;
	struct org org;

	if (!directory_org_get(&view, code, &org, err) ||
	    !directory_org_list(&view, &(struct org_filter){.parent = org.code, .state = ORG_OPEN},
				&below, err))
		return false;
	if (below.n)
		return err_set(err, ERR_NOT_FOUND,
			       "%.*s (%.*s) has no devices of its own, but %zu %s beneath it",
			       STR_FMT(org.code), STR_FMT(org.name), below.n,
			       plural(below.n, "organisation", "organisations")) ||
		       err_hint(err,
				": ask lynchpin exposure CVE --by org or --by region, or --org "
				"with one of them; lynchpin org list --parent %.*s names them",
				STR_FMT(org.code));
	return err_set(err, ERR_NOT_FOUND,
		       "%.*s (%.*s) has sent no inventory, so nothing is known of it",
		       STR_FMT(org.code), STR_FMT(org.name)) ||
	       err_hint(err, ": lynchpin estate import %.*s FILE...", STR_FMT(org.code));
}

static bool exposure_run(struct cli *c, struct err *err)
{
	AUTO(view_release) struct view v = {0};
	const char *by = cli_opt(c, "--by") ? cli_opt(c, "--by") : "org";
	struct str org = org_code(c, cli_opt(c, "--org")), cve = canonical_cve(c, cli_arg(c, 0));
	bool device = strcmp(by, "device") == 0, region = strcmp(by, "region") == 0;

	v.need = device && cve.n ? SEES_DEVICES : SEES_COUNTS;
	if (!device && !region && strcmp(by, "org") != 0)
		return err_set(err, ERR_USAGE, "--by is org, region or device, not \"%s\"", by);
	if (!cve.n && !org.n)
		return err_set(err, ERR_USAGE, "exposure of what? a CVE, or --org CODE");
	if (cli_flag(c, "--state") && !device)
		return err_set(err, ERR_USAGE, "--state goes with --by device");
	if (!view_open(c, cve, org, &v, err)) {
		/* the estate was there, the organisation's part of it was not */
		bool absent = org.n && v.estate && err->code == ERR_NOT_FOUND;

		return absent && say_no_devices(c, &v, org, err);
	}
	if (!feed_age(c, v.acts, &v.age, err))
		return false;
	if (org.n && !exposure_world_size(v.world).devices)
		return say_no_devices(c, &v, org, err);
	feed_age_warn(c, &v.age);
	if (!cve.n)
		return ranked(c, &v, org, err) ||
		       (!v.own && err->code == ERR_NOT_FOUND && !cli_opt(c, "--device") &&
			say_no_devices(c, &v, org, err));
	return device ? by_device(c, &v, cve, err) : by_org(c, &v, cve, region, err);
}

static bool why_json(struct cli *c, const struct exposure_why *why, struct err *err)
{
	struct json_out *o = json_out_open(&c->out);

	json_out_object(o);
	member_str(o, "org", why->org);
	member_str(o, "device", why->device);
	member_str(o, "cve", why->cve);
	json_out_key(o, "state");
	if (why->judged)
		json_out_str(o, str_of(exposure_state_name(why->state)));
	else
		json_out_null(o);
	json_out_key(o, "reasons");
	json_out_array(o);
	for (size_t i = 0; i < why->n; i++) {
		json_out_object(o);
		member_str(o, "kind", str_of(exposure_reason_name(why->v[i].kind)));
		member_i64(o, "depth", why->v[i].depth);
		member_str(o, "text", why->v[i].text);
		json_out_end(o);
	}
	json_out_end(o);
	json_out_end(o);
	if (!json_out_close(o, err))
		return false;
	text_add_char(&c->out, '\n');
	return true;
}

static bool why_run(struct cli *c, struct err *err)
{
	AUTO(view_release) struct view v = {.need = SEES_DEVICES};
	struct str where = cli_arg(c, 0), cve = canonical_cve(c, cli_arg(c, 1)), org, device;
	size_t slash = str_find_char(where, '/', 0);
	struct exposure_why why;

	if (slash == SIZE_MAX)
		return err_set(err, ERR_USAGE, "say ORG/DEVICE, not \"%s\"", c->args[0]);
	org = directory_code(c->arena, str_sub(where, 0, slash));
	device = str_from_offset(where, slash + 1);
	if (!view_open(c, cve, org, &v, err) ||
	    !exposure_why(v.world, &(struct exposure_question){org, device, cve}, c->arena, &why,
			  err))
		return false;
	if (c->json)
		return why_json(c, &why, err);
	exposure_why_text(&why, &c->out);
	return true;
}

const struct command exposure_commands[] = {
	{"exposure", NULL, "[CVE]",
	 "Say who is exposed to a vulnerability, or (--org) to what an organisation is exposed.", 0,
	 1, exposure_options, exposure_run},
	{"why", NULL, "ORG/DEVICE CVE", "Print the reasons, from the answer down.", 2, 2, NULL,
	 why_run},
	{NULL, NULL, NULL, NULL, 0, 0, NULL, NULL},
};
