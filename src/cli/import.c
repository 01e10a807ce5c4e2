#include "cli/import.h"

#include <sys/stat.h>

#include "base/file.h"
#include "estate/estate.h"

bool import_no_folder(const char *command, const char *path, struct err *err)
{
	size_t n = strlen(path);
	struct stat st;

	/* What is not there is said by whoever opens it. */
	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return true;
	return err_set(err, ERR_INVALID,
		       "%s: is a folder; name the files in it: lynchpin %s %s%s* (all come in, or "
		       "none)",
		       path, command, path, n && path[n - 1] == '/' ? "" : "/");
}

void import_unmap(struct str *bytes)
{
	file_unmap(*bytes);
}

bool import_act(struct acts *a, const struct act_request *request, struct str bytes,
		struct err *err)
{
	struct act_bulk held = {.bytes = bytes};
	struct act_request with = *request;

	with.held = &held;
	with.held_n = 1;
	return acts_put_bulk(a, bytes, &held.digest, err) && acts_do(a, &with, NULL, err);
}

static bool import_held(struct acts *a, const struct estate_reading *r, const struct act_bulk *held,
			size_t n, struct err *err)
{
	const struct act_request request = {
		.act = "estate.import", .body = text_str(&r->body), .held = held, .held_n = n};

	return acts_put_packed(a, &r->pack, err) && acts_do(a, &request, NULL, err);
}

bool import_reading(struct acts *a, const struct estate_reading *r, struct err *err)
{
	const struct act_bulk held = {.digest = r->pack.digest, .bytes = r->pack.bytes};

	return import_held(a, r, &held, 1, err);
}

bool import_inventory(struct acts *a, const struct estate_file_in *in,
		      const struct estate_reading *r, struct err *err)
{
	struct act_bulk held[] = {{.digest = r->pack.digest, .bytes = r->pack.bytes},
				  {.bytes = in->stated.map}};

	if (!held[1].bytes.n)
		return import_reading(a, r, err);
	return acts_put_bulk(a, held[1].bytes, &held[1].digest, err) &&
	       import_held(a, r, held, ARRAY_LEN(held), err);
}

static void list_out(struct json_out *o, struct str value)
{
	struct str one;

	json_out_array(o);
	while (value.n && str_next(&value, ',', &one))
		if (str_trim(one).n)
			json_out_str(o, str_trim(one));
	json_out_end(o);
}

/* "medical=40,server=12" */
static bool counts_out(struct json_out *o, const char *option, struct str value, struct err *err)
{
	struct str one, name;
	uint64_t n;

	while (value.n && str_next(&value, ',', &one)) {
		struct str rest = one;

		if (!str_next(&rest, '=', &name) || !name.n || !str_to_u64(rest, &n) ||
		    n > INT64_MAX)
			return err_set(err, ERR_USAGE, "%s takes NAME=NUMBER, not \"%.*s\"", option,
				       STR_FMT(one));
		json_out_key_str(o, name);
		json_out_i64(o, (int64_t)n);
	}
	return true;
}

static bool all_counts_out(struct json_out *o, const struct cli *c, const char *option,
			   struct err *err)
{
	json_out_object(o);
	for (unsigned i = 0; i < c->ngiven; i++)
		if (strcmp(c->given[i].name, option) == 0 &&
		    !counts_out(o, option, str_of(c->given[i].value), err))
			return false;
	json_out_end(o);
	return true;
}

static bool word_out(struct json_out *o, const struct cli *c, const struct act_word *w,
		     struct err *err)
{
	const char *value = cli_opt(c, w->option);
	uint64_t n;

	if (!value)
		return true;
	json_out_key(o, w->member);
	switch (w->kind) {
	case WORD_TEXT:
		json_out_str(o, str_of(value));
		return true;
	case WORD_LIST:
		list_out(o, str_of(value));
		return true;
	case WORD_COUNTS:
		return all_counts_out(o, c, w->option, err);
	case WORD_FLAG:
		json_out_bool(o, true);
		return true;
	case WORD_NUMBER:
		break;
	}
	if (!cli_opt_u64(c, w->option, 0, &n, err))
		return false;
	if (n > INT64_MAX)
		return err_set(err, ERR_USAGE, "%s: too large", w->option);
	json_out_i64(o, (int64_t)n);
	return true;
}

static bool words_body(struct cli *c, const struct words_act *what, struct text *body,
		       struct err *err)
{
	AUTO(json_out_dropp) struct json_out *o = json_out_open(body);
	struct json_out *done;

	json_out_object(o);
	for (unsigned i = 0; what->args[i] && i < c->nargs; i++) {
		json_out_key(o, what->args[i]);
		json_out_str(o, cli_arg(c, i));
	}
	if (what->key) {
		json_out_key(o, what->key);
		json_out_str(o, what->value);
	}
	for (const struct act_word *w = what->words; w && w->option; w++)
		if (!word_out(o, c, w, err))
			return false;
	json_out_end(o);
	done = o, o = NULL;
	return json_out_close(done, err);
}

bool import_recorded(struct cli *c, uint64_t number, struct err *err)
{
	struct json_out *o;

	if (!c->json) {
		text_addf(&c->out, "recorded as number %ju\n", (uintmax_t)number);
		return true;
	}
	o = json_out_open(&c->out);
	json_out_object(o);
	json_out_key(o, "record");
	json_out_i64(o, (int64_t)number);
	json_out_end(o);
	if (!json_out_close(o, err))
		return false;
	text_add_char(&c->out, '\n');
	return true;
}

static bool do_body(struct cli *c, struct acts *a, const char *act, struct str body,
		    struct err *err)
{
	uint64_t number;

	if (!acts_do(a, &(struct act_request){.act = act, .body = body}, &number, err))
		return false;
	return import_recorded(c, number, err);
}

bool import_simple_act(struct cli *c, const char *act, const char *const *args,
		       const struct act_word *words, struct err *err)
{
	const struct words_act what = {.act = act, .args = args, .words = words};
	AUTO(acts_closep) struct acts *a = NULL;
	AUTO(text_freep) struct text body = {0};

	return words_body(c, &what, &body, err) && cli_open(c, ACTS_WRITE, &a, err) &&
	       do_body(c, a, act, text_str(&body), err);
}

bool import_words_act(struct cli *c, struct acts *a, const struct words_act *what, struct err *err)
{
	AUTO(text_freep) struct text body = {0};

	return words_body(c, what, &body, err) && do_body(c, a, what->act, text_str(&body), err);
}
