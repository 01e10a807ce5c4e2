#include "console/look.h"

#include "cli/cli.h"
#include "pages.h"

/*
 * A form is a command: what it does, permits and says is what the command line does, permits and
 * says.  The words come from tables here; what a person typed is only ever an option's value or
 * an argument behind "--".
 */

void words_add(struct words *w, const char *word)
{
	assert(w->n + 1 < ARRAY_LEN(w->v));
	w->v[w->n++] = word;
}

void words_option(const struct look *l, struct words *w, const char *option, struct str value)
{
	AUTO(text_freep) struct text t = {0};

	if (!value.n)
		return;
	text_addf(&t, "%s=", option);
	text_add(&t, value);
	text_add_char(&t, '\0');
	words_add(w, arena_str(l->arena, text_str(&t)).p);
}

void words_argument(const struct look *l, struct words *w, struct str value)
{
	AUTO(text_freep) struct text t = {0};

	text_add(&t, value);
	text_add_char(&t, '\0');
	words_add(w, arena_str(l->arena, text_str(&t)).p);
}

/* Its last line is what was done; what to type next is not for who has pages. */
static struct str last_line(struct arena *arena, const struct text *out)
{
	struct str rest = text_str(out), line, last = {0};

	while (str_next_line(&rest, &line))
		if (line.n)
			last = line;
	return arena_str(arena, str_sub(last, 0, str_find(last, STR("; next: lynchpin"), 0)));
}

static char *writable(struct arena *arena, const char *word)
{
	size_t n = strlen(word) + 1;

	return memcpy(arena_alloc(arena, n), word, n);
}

bool look_run_whole(struct look *l, const struct words *w, const struct web_upload *file,
		    struct text *ret_out, struct err *err)
{
	char **argv = arena_zero(l->arena, w->n + 4, sizeof(*argv));
	struct cli_caught caught = {0};
	struct cli_config config = {.program = "lynchpin",
				    .argv = argv,
				    .user = visitor_of(l->req)->email,
				    .db = l->k->config->db,
				    .clock = l->k->config->clock,
				    .acts = l->k->acts,
				    .kept = kept_globe(l->k, l->arena),
				    .caught = &caught};
	int argc = 0, code;

	argv[argc++] = writable(l->arena, "lynchpin");
	argv[argc++] =
		writable(l->arena, arena_fmt(l->arena, "--as=%.*s", STR_FMT(l->sight.post.id)).p);
	for (size_t i = 0; i < w->n; i++)
		argv[argc++] = writable(l->arena, w->v[i]);
	config.argc = argc;
	if (file) {
		caught.file_name = argv[argc - 1];
		caught.file = file->bytes;
	}
	code = cli_run(&config);
	*ret_out = caught.out;
	*err = caught.err;
	text_free(&caught.notes);
	return code == 0;
}

bool look_run(struct look *l, const struct words *w, const struct web_upload *file,
	      struct str *ret_said, struct err *err)
{
	AUTO(text_freep) struct text out = {0};
	bool ok = look_run_whole(l, w, file, &out, err);

	*ret_said = last_line(l->arena, &out);
	return ok;
}

/* --- what was done, said on the next page ---------------------------------------------------- */

/* Bound to the session, so that a link can't put words into our mouth. */
static struct str bound(const struct look *l, struct str said)
{
	AUTO(text_freep) struct text t = {0};

	text_add(&t, hash_str(&visitor_of(l->req)->s.key));
	text_add_c(&t, " said ");
	text_add(&t, said);
	return arena_str(l->arena, text_str(&t));
}

void look_done(struct look *l, struct str to, struct str said)
{
	AUTO(text_freep) struct text path = {0};
	struct access_secret seal;

	access_csrf(l->k->access, bound(l, said), &seal);
	text_addf(&path, "%.*s?said=", STR_FMT(to));
	page_url(&path, said);
	text_add_c(&path, "&seal=");
	page_url(&path, seal.c);
	web_reply_redirect(l->reply, text_str(&path));
}

struct str look_said(const struct look *l)
{
	struct str said = web_query(l->req, "said");

	if (said.n && access_csrf_right(l->k->access, bound(l, said), web_query(l->req, "seal")))
		return said;
	return (struct str){0};
}
