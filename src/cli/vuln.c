#include "cli/command.h"
#include "cli/member.h"

#include "intel/intel.h"

static const char *state_name(enum vuln_state state)
{
	static const char *const names[] = {[VULN_ANALYSED] = "analysed",
					    [VULN_AWAITING] = "awaiting analysis",
					    [VULN_REJECTED] = "rejected"};

	return names[state];
}

static struct str day_of_ms(struct cli *c, int64_t ms)
{
	char buf[STAMP_BYTES];

	return ms ? arena_str(c->arena, date_format(ms, buf)) : STR("not stated");
}

static void origin(struct text *out, const struct vuln_source *s)
{
	if (s->record)
		text_addf(out, "  [%.*s %.*s, record %ju, digest %.12s]", STR_FMT(s->kind),
			  STR_FMT(s->feed), (uintmax_t)s->record, s->digest.n ? s->digest.p : "");
}

/* --- text ---------------------------------------------------------------------------- */

static void show_scores(struct text *out, const struct vuln_detail *v)
{
	for (size_t i = 0; i < v->nscores; i++) {
		const struct vuln_score *s = &v->scores[i];

		if (!s->valid) {
			text_addf(out, "CVSS        %.*s  (not a valid vector)\n",
				  STR_FMT(s->vector));
			continue;
		}
		text_addf(out, "CVSS %-6s %.1f %s  %.*s", cvss_version_name(s->cvss.version),
			  s->cvss.base / 10.0, cvss_severity(s->cvss.version, s->cvss.base),
			  STR_FMT(s->vector));
		if (s->stated >= 0 && (int)(s->stated * 10 + 0.5) != s->cvss.base)
			text_addf(out, "  (the feed says %.1f)", s->stated);
		text_add_char(out, '\n');
	}
}

static void show_exploitation(struct cli *c, const struct vuln_detail *v)
{
	struct text *out = &c->out;

	if (v->kev) {
		text_addf(out, "exploited   since %.*s, fix due %.*s%s: %.*s",
			  STR_FMT(day_of_ms(c, v->kev_added_ms)),
			  STR_FMT(day_of_ms(c, v->kev_due_ms)),
			  v->kev_ransomware ? ", by ransomware" : "", STR_FMT(v->kev_name));
		origin(out, &v->kev_from);
	} else {
		text_add(out, STR("exploited   not listed as exploited"));
	}
	text_add_char(out, '\n');
	if (v->epss >= 0) {
		text_addf(out, "EPSS        %.5f (percentile %.5f) on %.*s", v->epss,
			  v->epss_percentile, STR_FMT(day_of_ms(c, v->epss_ms)));
		origin(out, &v->epss_from);
		text_add_char(out, '\n');
	}
}

static void show_fix(struct text *out, const struct vuln_fix *f)
{
	text_addf(out, "  %-12s %.*s", f->line ? f->line->name : "-", STR_FMT(f->product));
	if (f->kind == FIX_FILE)
		text_addf(out, "  %.*s from %.*s", STR_FMT(f->file), STR_FMT(f->file_from));
	else if (f->kind == FIX_BUILD)
		text_addf(out, "  build from %.*s", STR_FMT(f->file_from));
	else if (f->kb.n)
		text_addf(out, "  %s%.*s", f->kind == FIX_NOT_KB ? "not fixed by " : "",
			  STR_FMT(f->kb));
	else
		text_add(out, STR("  no fix named"));
	if (f->supersedes.n)
		text_addf(out, " (supersedes %.*s)", STR_FMT(f->supersedes));
	origin(out, &f->from);
	text_add_char(out, '\n');
}

static void show_text(struct cli *c, const struct vuln_detail *v)
{
	struct text *out = &c->out;

	text_addf(out, "%.*s  %s", STR_FMT(v->cve), state_name(v->state));
	if (v->status.n)
		text_addf(out, " (%.*s)", STR_FMT(v->status));
	origin(out, &v->from);
	text_addf(out, "\n%.*s\n\npublished   %.*s, modified %.*s\n", STR_FMT(v->description),
		  STR_FMT(day_of_ms(c, v->published_ms)), STR_FMT(day_of_ms(c, v->modified_ms)));
	show_scores(out, v);
	show_exploitation(c, v);
	for (size_t i = 0; i < v->nweaknesses; i++)
		text_addf(out, "weakness    %.*s\n", STR_FMT(v->weaknesses[i]));
	text_add(out, STR("\naffects"));
	origin(out, &v->config_from);
	text_add_char(out, '\n');
	for (size_t i = 0; i < v->nconfig_lines; i++)
		text_addf(out, "  %.*s\n", STR_FMT(v->config_lines[i]));
	if (v->state == VULN_AWAITING)
		text_add(out, STR("  nobody has said yet which products; devices are not judged by "
				  "it\n"));
	if (v->has_unreadable)
		text_add(out, STR("  some criteria could not be read: devices they may mean are "
				  "unknown\n"));
	if (v->nfixes)
		text_add(out, STR("\nvendor's fixes\n"));
	for (size_t i = 0; i < v->nfixes; i++)
		show_fix(out, &v->fixes[i]);
	if (v->nreferences)
		text_add(out, STR("\nreferences\n"));
	for (size_t i = 0; i < v->nreferences; i++)
		text_addf(out, "  %.*s\n", STR_FMT(v->references[i]));
}

/* --- JSON ----------------------------------------------------------------------------- */

static void key_source(struct json_out *o, const char *key, const struct vuln_source *s)
{
	json_out_key(o, key);
	if (!s->record) {
		json_out_null(o);
		return;
	}
	json_out_object(o);
	member_str(o, "feed", s->feed);
	member_str(o, "kind", s->kind);
	member_str(o, "digest", s->digest);
	member_i64(o, "record", (int64_t)s->record);
	member_stamp(o, "taken", s->taken_ms);
	json_out_end(o);
}

static void key_strs(struct json_out *o, const char *key, const struct str *v, size_t n)
{
	json_out_key(o, key);
	json_out_array(o);
	for (size_t i = 0; i < n; i++)
		json_out_str(o, v[i]);
	json_out_end(o);
}

static void scores_json(struct json_out *o, const struct vuln_detail *v)
{
	json_out_key(o, "cvss");
	json_out_array(o);
	for (size_t i = 0; i < v->nscores; i++) {
		const struct vuln_score *s = &v->scores[i];

		json_out_object(o);
		member_str(o, "vector", s->vector);
		member_str(o, "source", s->source);
		member_bool(o, "valid", s->valid);
		if (s->valid) {
			member_str(o, "version", str_of(cvss_version_name(s->cvss.version)));
			json_out_key(o, "base");
			json_out_double(o, s->cvss.base / 10.0);
			member_str(o, "severity",
				   str_of(cvss_severity(s->cvss.version, s->cvss.base)));
		}
		json_out_end(o);
	}
	json_out_end(o);
}

static void fixes_json(struct json_out *o, const struct vuln_detail *v)
{
	static const char *const kinds[] = {[FIX_KB] = "kb",
					    [FIX_NOT_KB] = "not_kb",
					    [FIX_FILE] = "file",
					    [FIX_BUILD] = "build"};

	json_out_key(o, "fixes");
	json_out_array(o);
	for (size_t i = 0; i < v->nfixes; i++) {
		const struct vuln_fix *f = &v->fixes[i];

		json_out_object(o);
		member_str(o, "kind", str_of(kinds[f->kind]));
		member_str(o, "line", str_of(f->line ? f->line->name : ""));
		member_str(o, "product", f->product);
		member_str(o, "kb", f->kb);
		member_str(o, "supersedes", f->supersedes);
		member_str(o, "file", f->file);
		member_str(o, "from", f->file_from);
		key_source(o, "source", &f->from);
		json_out_end(o);
	}
	json_out_end(o);
}

static bool show_json(struct cli *c, const struct vuln_detail *v, struct err *err)
{
	struct json_out *o = json_out_open(&c->out);

	json_out_object(o);
	member_str(o, "cve", v->cve);
	member_str(o, "state", str_of(state_name(v->state)));
	member_str(o, "description", v->description);
	member_stamp(o, "published", v->published_ms);
	member_stamp(o, "modified", v->modified_ms);
	key_source(o, "source", &v->from);
	key_source(o, "configuration_source", &v->config_from);
	scores_json(o, v);
	member_bool(o, "exploited", v->kev);
	member_bool(o, "ransomware", v->kev_ransomware);
	member_stamp(o, "exploited_due", v->kev_due_ms);
	json_out_key(o, "epss");
	if (v->epss >= 0)
		json_out_double(o, v->epss);
	else
		json_out_null(o);
	key_strs(o, "weaknesses", v->weaknesses, v->nweaknesses);
	key_strs(o, "references", v->references, v->nreferences);
	key_strs(o, "configurations", v->config_lines, v->nconfig_lines);
	member_bool(o, "unreadable_criteria", v->has_unreadable);
	fixes_json(o, v);
	json_out_end(o);
	if (!json_out_close(o, err))
		return false;
	text_add_char(&c->out, '\n');
	return true;
}

static bool show_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	struct vuln_detail v;

	if (!cli_open(c, ACTS_READ, &a, err) ||
	    !intel_vuln_get(acts_store(a), c->arena, cli_arg(c, 0), &v, err))
		return false;
	if (c->json)
		return show_json(c, &v, err);
	show_text(c, &v);
	return true;
}

const struct command vuln_commands[] = {
	{"vuln", "show", "CVE", "Show everything known of a vulnerability and where it came from.",
	 1, 1, NULL, show_run},
	{NULL, NULL, NULL, NULL, 0, 0, NULL, NULL},
};
