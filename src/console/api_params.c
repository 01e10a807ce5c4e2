#include "console/api.h"

/* What a route takes: its row, and what the command line says of the command. */

bool api_next_word(struct str *rest, struct api_word *ret)
{
	struct str word;
	char last;

	do {
		if (!rest->p || !str_next(rest, ' ', &word))
			return false;
	} while (!word.n);
	last = word.p[word.n - 1];
	ret->mark = strchr("!#?~", last) ? last : '\0';
	if (str_ends(word, STR("...")))
		ret->mark = '.', word.n -= 3;
	else if (str_ends(word, STR("[]")) || str_ends(word, STR("{}")))
		ret->mark = word.p[word.n - 2], word.n -= 2;
	else if (ret->mark)
		word.n--;
	ret->name = word;
	return true;
}

struct str api_list_of(const struct api_row *row)
{
	struct str rest = str_of(row->keys);
	struct api_word key;

	while (api_next_word(&rest, &key))
		if (key.mark == '[')
			return key.name;
	return (struct str){0};
}

/* --- names --- */

/* "--not-applicable" as members and queries have it. */
static struct str member_of(const char *option, struct arena *arena)
{
	struct str s = arena_str(arena, str_of(option + 2));
	char *p = arena_alloc(arena, s.n + 1);

	for (size_t i = 0; i <= s.n; i++)
		p[i] = s.p[i] == '-' ? '_' : s.p[i];
	return str_from(p, s.n);
}

static const struct cli_option *option_of(const struct cli_described *d, struct str member,
					  struct arena *arena)
{
	for (const struct cli_option *o = d->options; o && o->name; o++)
		if (str_eq(member_of(o->name, arena), member))
			return o;
	return NULL;
}

static bool is_in_pattern(const struct api_row *row, struct str name)
{
	struct str rest = str_of(row->pattern), piece;

	while (str_next(&rest, '/', &piece))
		if (piece.n > 2 && piece.p[0] == '{' &&
		    str_eq(str_sub(piece, 1, piece.n - 2), name))
			return true;
	return false;
}

static struct api_param *add(struct api_params *to, struct str name)
{
	for (size_t i = 0; i < to->n; i++)
		if (str_eq(to->v[i].name, name))
			return &to->v[i];
	assert(to->n < API_PARAMS_MOST);
	to->v[to->n] = (struct api_param){.name = name};
	return &to->v[to->n++];
}

static enum api_in place_of_words(const struct api_row *row)
{
	bool body = row->method != WEB_GET && !(row->flags & API_UPLOAD);

	return body ? API_IN_BODY : API_IN_QUERY;
}

/* --- options --- */

static void add_option(const struct api_row *row, const struct cli_option *o, char mark,
		       struct arena *arena, struct api_params *to)
{
	struct str value = str_of(o->value);
	struct api_param *p = add(to, member_of(o->name, arena));

	p->in = is_in_pattern(row, p->name) ? API_IN_PATH : place_of_words(row);
	p->type = !o->value ? API_FLAG : str_eq(value, STR("N")) ? API_NUMBER : API_TEXT;
	p->many = str_ends(value, STR("..."));
	p->must = mark == '!' || p->in == API_IN_PATH;
	p->about = str_of(o->about);
	p->option = o->name;
}

static bool is_paging(const char *option)
{
	return strcmp(option, "--limit") == 0 || strcmp(option, "--offset") == 0;
}

static void add_options(const struct api_row *row, struct arena *arena, struct api_params *to)
{
	struct str rest = str_of(row->options);
	struct api_word word;

	while (api_next_word(&rest, &word)) {
		const struct cli_option *o = to->command.options;

		if (!str_is(word.name, "*")) {
			o = option_of(&to->command, word.name, arena);
			assert(o); /* the table names what the command has */
			add_option(row, o, word.mark, arena, to);
			continue;
		}
		for (; o && o->name; o++)
			if (!is_paging(o->name) && !(o->value && strcmp(o->value, "FILE") == 0) &&
			    !(o->value && strcmp(o->value, "PATH") == 0))
				add_option(row, o, '\0', arena, to);
	}
}

/* --- arguments --- */

static void add_arguments(const struct api_row *row, struct api_params *to)
{
	struct str rest = str_of(row->args), part;
	struct api_word word;

	for (unsigned i = 0; api_next_word(&rest, &word); i++) {
		struct str parts = word.name;

		if (str_is(word.name, "@")) {
			add(to, STR("file"))->in = API_IN_QUERY;
			continue;
		}
		while (str_next(&parts, '+', &part)) {
			struct api_param *p = add(to, part);

			p->in = is_in_pattern(row, part) ? API_IN_PATH : place_of_words(row);
			p->many = word.mark == '.';
			p->must = p->in == API_IN_PATH || i < to->command.min_args ||
				  word.mark == '!';
		}
	}
}

/* What stands in the pattern and is no argument is an option. */
static void add_path_options(const struct api_row *row, struct arena *arena, struct api_params *to)
{
	struct str rest = str_of(row->pattern), piece;

	while (str_next(&rest, '/', &piece)) {
		struct str name = str_sub(piece, 1, piece.n - 2);
		bool known = false;

		if (piece.n < 3 || piece.p[0] != '{')
			continue;
		for (size_t i = 0; i < to->n; i++)
			known = known || str_eq(to->v[i].name, name);
		if (known)
			continue;
		assert(option_of(&to->command, name, arena));
		add_option(row, option_of(&to->command, name, arena), '!', arena, to);
	}
}

static enum api_paging paging_of(const struct api_row *row, const struct cli_described *d)
{
	enum api_paging paging = API_PAGE_CUT;

	if (row->method != WEB_GET || row->flags & API_ONE || !api_list_of(row).n)
		return API_PAGE_NONE;
	for (const struct cli_option *o = d->options; o && o->name; o++) {
		if (strcmp(o->name, "--offset") == 0)
			return API_PAGE_OFFSET;
		if (strcmp(o->name, "--limit") == 0)
			paging = API_PAGE_LIMIT;
	}
	return paging;
}

void api_params(const struct api_row *row, struct arena *arena, struct api_params *ret)
{
	bool known;

	*ret = (struct api_params){0};
	known = cli_describe(row->noun, row->verb, &ret->command);
	assert(known);
	add_arguments(row, ret);
	add_path_options(row, arena, ret);
	add_options(row, arena, ret);
	ret->paging = paging_of(row, &ret->command);
}
