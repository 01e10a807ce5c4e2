#include "cli/import.h"

#include <sys/stat.h>

#include "base/file.h"

struct str import_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return str_of(slash ? slash + 1 : path);
}

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

static bool word_out(struct json_out *o, const struct cli *c, const struct act_word *w,
		     struct err *err)
{
	const char *value = cli_opt(c, w->option);
	uint64_t n;

	if (!value)
		return true;
	json_out_key(o, w->member);
	if (w->kind == WORD_TEXT) {
		json_out_str(o, str_of(value));
		return true;
	}
	if (!cli_opt_u64(c, w->option, 0, &n, err))
		return false;
	if (n > INT64_MAX)
		return err_set(err, ERR_USAGE, "%s: too large", w->option);
	json_out_i64(o, (int64_t)n);
	return true;
}

bool import_simple_act(struct cli *c, const char *act, const char *const *args,
		       const struct act_word *words, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	AUTO(text_freep) struct text body = {0};
	AUTO(json_out_dropp) struct json_out *o = json_out_open(&body);
	struct json_out *done;
	uint64_t number;

	json_out_object(o);
	for (unsigned i = 0; args[i]; i++) {
		json_out_key(o, args[i]);
		json_out_str(o, cli_arg(c, i));
	}
	for (const struct act_word *w = words; w && w->option; w++)
		if (!word_out(o, c, w, err))
			return false;
	json_out_end(o);
	done = o, o = NULL;
	if (!json_out_close(done, err) || !cli_open(c, ACTS_WRITE, &a, err) ||
	    !acts_do(a, &(struct act_request){.act = act, .body = text_str(&body)}, &number, err))
		return false;
	text_addf(&c->out, "recorded as number %ju\n", (uintmax_t)number);
	return true;
}
