#include "console/bulk.h"
#include "console/sheet.h"

#include "pages.h"

/* An organisation: what there is, how it stands, and an inventory of it brought in. */

static bool find_org(struct look *l, struct org *ret)
{
	struct err err = {0};

	return directory_org_get(&l->sight.view, web_param(l->req, "org"), ret, &err) ||
	       look_fail(l, &err);
}

/* --- tables ------------------------------------------------------------------------------------
 */

/* An alert that does not ask a supplier, but where others wait for it. */
static bool supplier_row(struct look *l, struct grid *g, const struct alert *a, struct str org,
			 struct err *err)
{
	const struct obligation_filter filter = {.alert = a->id, .post = l->sight.post.id};
	struct obligation_list list;

	if (!look_may(l, "alert.supply", org))
		return true;
	if (!alert_obligations(&l->view, &filter, &list, err))
		return false;
	for (size_t i = 0; i < list.nsuppliers; i++) {
		const struct supplier_waits *w = &list.suppliers[i];

		if (!str_eq(w->supplier, org))
			continue;
		grid_link(g, a->id, ADDRESS(l, STR("alerts"), a->id));
		grid_text(g, a->content.title);
		grid_text(g, arena_fmt(l->arena, "%ju %s for it", (uintmax_t)w->organisations,
				       w->organisations == 1 ? "organisation waits"
							     : "organisations wait"));
		grid_due(g, w->due_ms, w->overdue);
		grid_text(g, (struct str){0});
		grid_count(g, w->devices);
		grid_text(g, (struct str){0});
	}
	return true;
}

static bool alert_row(struct look *l, struct grid *g, const struct alert *a, const struct org *of,
		      struct err *err)
{
	const struct str org = of->code;
	struct obligation_detail d;
	struct chased chased;

	if (!alert_obligation(&l->view, a->id, org, &d, err)) {
		if (err->code != ERR_NOT_FOUND)
			return false;
		*err = (struct err){0}; /* it does not ask this one */
		return !str_is(of->role, "supplier") || supplier_row(l, g, a, org, err);
	}
	if (!chased_read(l, a->id, org, &chased, err))
		return false;
	grid_link(g, a->id, ADDRESS(l, STR("alerts"), a->id, org));
	grid_text(g, a->content.title);
	grid_state(g, d.head.is.state);
	grid_due(g, d.head.is.due_ms, d.head.is.overdue);
	grid_chased(g, &chased, org);
	grid_count(g, d.head.is.exposed);
	grid_count(g, d.head.is.unknown);
	return true;
}

static bool fill_alerts(struct look *l, struct org_view *v, struct err *err)
{
	static const struct grid_column columns[] = {
		{"alert", "Alert", false},    {"title", "What it asks", false},
		{"state", "State", false},    {"due", "By when", false},
		{"chased", "Chased", false},  {"exposed", "Devices exposed", true},
		{"unknown", "Unknown", true}, {NULL, NULL, false},
	};
	struct alert_list list;

	grid_begin(&v->alerts, l, "alerts", columns);
	if (!alert_list(&l->view, &list, err))
		return false;
	for (size_t i = 0; i < list.n; i++)
		if (list.v[i].published_ms && !list.v[i].ended_ms &&
		    !alert_row(l, &v->alerts, &list.v[i], &v->org, err))
			return false;
	v->alerts.caption = STR("Alerts that ask it something, or that wait for it");
	v->alerts.empty = STR("No open alert asks it anything, and nobody waits for it.");
	grid_end(&v->alerts);
	return true;
}

static bool fill_inventories(struct look *l, struct org_view *v, struct err *err)
{
	static const struct grid_column columns[] = {
		{"source", "Source", false},  {"kind", "Kind", false},
		{"taken", "Taken", false},    {"received", "Received", false},
		{"devices", "Devices", true}, {"scope", "Of", false},
		{"record", "Record", true},   {NULL, NULL, false},
	};
	AUTO(estate_closep) struct estate *e = NULL;
	struct estate_snapshot_list all = {0};
	struct grid *g = &v->inventories;

	grid_begin(g, l, "inventories", columns);
	if (!estate_open(acts_journal(l->k->acts), &e, err) ||
	    !estate_snapshots(e, v->org.code, l->arena, &all, err))
		return false;
	for (size_t i = all.n; i-- > 0;) {
		const struct estate_snapshot *s = &all.v[i];

		if (!s->current)
			continue;
		grid_text(g, s->source);
		grid_text(g, str_of(estate_kind_name(s->kind)));
		grid_when(g, s->taken_ms);
		grid_note(g, span_words(l, s->taken_ms));
		grid_when(g, s->received_ms);
		grid_count(g, s->counts.devices);
		grid_text(g, s->whole ? STR("the whole organisation") : STR("those devices"));
		grid_count_link(g, s->record,
				arena_fmt(l->arena, "/journal?number=%ju", (uintmax_t)s->record));
	}
	g->caption = STR("Inventories that count now");
	g->empty = STR("Nobody has sent an inventory yet, so nothing is known of its devices.");
	grid_end(g);
	return true;
}

static bool fill_sheets(struct look *l, struct org_view *v, struct err *err)
{
	struct sheet exposure = {.name = "exposure",
				 .caption = STR("What it is exposed to, the exploited first"),
				 .empty = STR("Nothing that is known exposes it."),
				 .hide = "weight"};
	struct sheet disclosures = {.name = "disclosures",
				    .caption = STR("Who opened its list of devices"),
				    .empty = STR("Nobody from elsewhere opened its list."),
				    .hide = "org"};
	struct err none = {0};

	words_add(&exposure.words, "exposure");
	words_option(l, &exposure.words, "--org", v->org.code);
	words_option(l, &exposure.words, "--limit", STR("200"));
	words_add(&disclosures.words, "disclosure");
	words_add(&disclosures.words, "list");
	words_add(&disclosures.words, "--");
	words_argument(l, &disclosures.words, v->org.code);
	if (!v->sees_devices)
		return true;
	if (!sheet_fill(l, &exposure, &v->exposure, &none) && none.code != ERR_NOT_FOUND &&
	    none.code != ERR_DENIED)
		return *err = none, false;
	if (!l->csv && !sheet_fill(l, &disclosures, &v->disclosures, &none) &&
	    none.code != ERR_DENIED)
		return *err = none, false;
	return true;
}

static bool fill_contacts(struct look *l, struct org_view *v, struct err *err)
{
	if (!directory_contacts(&l->sight.view, v->org.code, &v->contacts, err))
		return false;
	v->confirmed = ARENA_ARRAY(l->arena, struct str, v->contacts.n + 1);
	for (size_t i = 0; i < v->contacts.n; i++) {
		const struct contact *c = &v->contacts.v[i];

		v->confirmed[i] = c->confirmed_ms == DIRECTORY_NO_DATE
					  ? STR("never confirmed")
					  : arena_fmt(l->arena, "confirmed %.*s",
						      STR_FMT(span_words(l, c->confirmed_ms)));
	}
	return true;
}

static struct str count_words(struct look *l, int64_t n)
{
	AUTO(text_freep) struct text t = {0};

	if (n == DIRECTORY_NO_COUNT)
		return STR("nobody has said");
	page_count(&t, (uint64_t)n);
	return arena_str(l->arena, text_str(&t));
}

static bool fill(struct look *l, struct org_view *v, struct err *err)
{
	enum directory_sees sees;

	if (!sight_sees(&l->sight, v->org.code, &sees, err))
		return false;
	v->expected = count_words(l, v->org.expected_devices);
	v->sees_devices = sees == SEES_DEVICES;
	v->may_send = look_may(l, "estate.write", v->org.code);
	v->may_contact = look_may(l, "contact.write", v->org.code);
	v->may_disclose = sees == SEES_COUNTS && look_may(l, "disclosure.write", v->org.code);
	if (sees == SEES_NOTHING)
		return true;
	return fill_contacts(l, v, err) && fill_alerts(l, v, err) && fill_inventories(l, v, err) &&
	       fill_sheets(l, v, err);
}

static void org_page(struct look *l, struct fault fault, struct str changed)
{
	struct org_view v = {.fault = fault, .changed = changed};
	struct frame f;
	struct text *out;
	struct err err = {0};

	if (!find_org(l, &v.org))
		return;
	if (!fill(l, &v, &err)) {
		look_fail(l, &err);
		return;
	}
	if (l->csv)
		return;
	v.said = look_said(l);
	out = look_page(l,
			&(struct look_page){
				.title = v.org.name.p, .here = "/organisations", .fault = &fault},
			&f);
	v.frame = &f;
	page_organisation(out, &v);
}

void org_one_show(struct web_request *req, struct web_reply *reply)
{
	struct look l;

	if (look_begin(req, reply, &l))
		org_page(&l, (struct fault){0}, (struct str){0});
}

/* --- what is done here ---------------------------------------------------------------------------
 */

static const struct web_upload *sent_file(const struct web_request *req)
{
	for (size_t i = 0; i < req->files.n; i++)
		if (str_is(req->files.v[i].field, "file") && req->files.v[i].bytes.n)
			return &req->files.v[i];
	return NULL;
}

/* A file's name is one word of the command: no option, no folder. */
static struct web_upload named(struct look *l, const struct web_upload *file)
{
	struct web_upload u = *file;

	if (!u.file_name.n || u.file_name.p[0] == '-')
		u.file_name = arena_fmt(l->arena, "sent-%.*s", STR_FMT(file->file_name));
	return u;
}

/* What it changed is seen at once: how it stood, the lines that import prints, how it stands. */
void inventory_send(struct web_request *req, struct web_reply *reply)
{
	const struct web_upload *file = sent_file(req);
	struct words w = {.n = 0};
	struct err err = {0};
	struct text out = {0};
	struct web_upload u;
	struct str said;
	struct look l;
	bool ok;

	if (!form_is_ours(req, reply) || !look_begin(req, reply, &l) ||
	    !look_need(&l, "estate.write"))
		return;
	if (!file) {
		org_page(&l, (struct fault){"file", STR("Choose a file to send")}, (struct str){0});
		return;
	}
	u = named(&l, file);
	words_add(&w, "estate");
	words_add(&w, "import");
	words_add(&w, "--");
	words_argument(&l, &w, web_param(req, "org"));
	words_argument(&l, &w, u.file_name);
	ok = look_run_whole(&l, &w, &u, &out, &err);
	said = arena_str(l.arena, text_str(&out));
	text_free(&out);
	if (!ok)
		org_page(&l, (struct fault){"file", page_said(l.arena, &err)}, (struct str){0});
	else
		org_page(&l, (struct fault){0}, said.n ? said : STR("The inventory is in."));
}

static void run_and_return(struct look *l, const struct words *w, const char *field)
{
	struct str org = directory_code(l->arena, web_param(l->req, "org"));
	struct err err = {0};
	struct str said;

	if (look_run(l, w, NULL, &said, &err))
		look_done(l, ADDRESS(l, STR("organisations"), org), said);
	else if (is_outage(&err))
		look_fail(l, &err);
	else
		org_page(l, (struct fault){field, page_said(l->arena, &err)}, (struct str){0});
}

void disclosure_begin(struct web_request *req, struct web_reply *reply)
{
	struct str purpose = str_trim(web_form(req, "purpose"));
	struct words w = {.v = {"disclosure", "open"}, .n = 2};
	struct look l;

	if (!form_is_ours(req, reply) || !look_begin(req, reply, &l) ||
	    !look_need(&l, "disclosure.write"))
		return;
	if (!purpose.n) {
		org_page(&l, (struct fault){"purpose", STR("Say what you open it for")},
			 (struct str){0});
		return;
	}
	words_option(&l, &w, "--purpose", purpose);
	words_add(&w, "--");
	words_argument(&l, &w, web_param(req, "org"));
	run_and_return(&l, &w, "purpose");
}

void contact_confirm(struct web_request *req, struct web_reply *reply)
{
	struct words w = {.v = {"org", "confirm", "--"}, .n = 3};
	struct look l;

	if (!form_is_ours(req, reply) || !look_begin(req, reply, &l) ||
	    !look_need(&l, "contact.write"))
		return;
	words_argument(&l, &w, web_param(req, "org"));
	words_argument(&l, &w, web_form(req, "post"));
	run_and_return(&l, &w, "contacts");
}

/* --- its devices
 * ------------------------------------------------------------------------------------ */

#define DEVICE_HIDDEN                                                                              \
	"org vendor model udi support_until controls internet_facing os_seen software_seen "       \
	"updates_seen updates_incomplete unknown"

void devices_show(struct web_request *req, struct web_reply *reply)
{
	struct sheet sheet = {.name = "devices",
			      .empty = STR("No devices are known. An inventory brings some in."),
			      .words = {.v = {"estate", "show", "--"}, .n = 3},
			      .hide = DEVICE_HIDDEN};
	struct sheet_view v = {.nfilters = 0};
	struct err err = {0};
	struct frame f;
	struct text *out;
	struct org org;
	struct look l;

	if (!look_begin(req, reply, &l) || !find_org(&l, &org))
		return;
	words_argument(&l, &sheet.words, org.code);
	if (!sheet_fill(&l, &sheet, &v.grid, &err)) {
		look_fail(&l, &err);
		return;
	}
	if (l.csv)
		return;
	v.title = arena_fmt(l.arena, "Devices of %.*s", STR_FMT(org.name));
	out = look_page(&l, &(struct look_page){.title = v.title.p, .here = "/organisations"}, &f);
	v.frame = &f;
	page_sheet(out, &v);
}

/* Each vulnerability that exposes it; and of one, why. */
static bool fill_device(struct look *l, struct device_view *v, struct err *err)
{
	struct sheet facts = {.name = "facts", .caption = STR("What inventories say of it")};
	struct sheet exposed = {.name = "exposure",
				.caption = STR("What it is exposed to, the exploited first"),
				.empty = STR("Nothing that is known exposes it."),
				.hide = "exposed unknown weight"};
	struct words why = {.v = {"why", "--"}, .n = 2};

	words_add(&facts.words, "estate");
	words_add(&facts.words, "search");
	words_add(&facts.words, "--");
	words_argument(l, &facts.words, arena_fmt(l->arena, "org:%.*s", STR_FMT(v->org.code)));
	words_argument(l, &facts.words, arena_fmt(l->arena, "device:%.*s", STR_FMT(v->device)));
	facts.empty = STR("No device of that name is known there.");
	if (!sheet_fill(l, &facts, &v->facts, err) || l->csv)
		return l->csv != NULL;
	words_add(&exposed.words, "exposure");
	words_option(l, &exposed.words, "--org", v->org.code);
	words_option(l, &exposed.words, "--device", v->device);
	if (v->facts.total && !sheet_fill(l, &exposed, &v->exposure, err))
		return false;
	words_argument(l, &why,
		       arena_fmt(l->arena, "%.*s/%.*s", STR_FMT(v->org.code), STR_FMT(v->device)));
	words_argument(l, &why, v->cve);
	return !v->cve.n || sheet_text(l, &why, &v->why, err);
}

void device_show(struct web_request *req, struct web_reply *reply)
{
	struct device_view v = {.device = web_param(req, "device"), .cve = web_query(req, "cve")};
	struct err err = {0};
	struct str title;
	struct frame f;
	struct text *out;
	struct look l;

	if (!look_begin(req, reply, &l) || !find_org(&l, &v.org))
		return;
	if (!sight_need(&l.sight, v.org.code, SEES_DEVICES, &err) || !fill_device(&l, &v, &err)) {
		look_fail(&l, &err);
		return;
	}
	if (l.csv)
		return;
	title = arena_fmt(l.arena, "%.*s of %.*s", STR_FMT(v.device), STR_FMT(v.org.name));
	out = look_page(&l, &(struct look_page){.title = title.p, .here = "/organisations"}, &f);
	v.frame = &f;
	page_device(out, &v);
}

/* --- a vulnerability
 * ---------------------------------------------------------------------------------- */

void vulnerability_show(struct web_request *req, struct web_reply *reply)
{
	struct vuln_view v = {.cve = web_param(req, "cve")};
	struct sheet regions = {.name = "regions",
				.caption = STR("By region"),
				.empty = STR("No region holds anything of it that you may see."),
				.words = {.v = {"exposure", "--by=region"}, .n = 2}};
	struct sheet orgs = {.name = "organisations",
			     .caption = STR("By organisation, worst first"),
			     .empty = STR("No organisation that you may see is exposed."),
			     .words = {.v = {"exposure", "--by=org"}, .n = 2}};
	struct words about = {.v = {"vuln", "show", "--"}, .n = 3};
	struct err err = {0};
	struct frame f;
	struct text *out;
	struct look l;

	if (!look_begin(req, reply, &l))
		return;
	words_argument(&l, &about, v.cve);
	words_add(&regions.words, "--");
	words_argument(&l, &regions.words, v.cve);
	words_add(&orgs.words, "--");
	words_argument(&l, &orgs.words, v.cve);
	if (!sheet_text(&l, &about, &v.text, &err) || !sheet_fill(&l, &regions, &v.regions, &err) ||
	    (!l.csv && !sheet_fill(&l, &orgs, &v.orgs, &err))) {
		look_fail(&l, &err);
		return;
	}
	if (l.csv)
		return;
	out = look_page(&l, &(struct look_page){.title = v.cve.p}, &f);
	v.frame = &f;
	page_vulnerability(out, &v);
}
