#include "console/api.h"

#include "wire/wire.h"

/* The description at /openapi.json (OpenAPI 3.1), made of the table and of what commands say of
 * themselves. */

struct document {
	struct json_out *o;
	struct arena *arena;
};

static void str(struct document *d, const char *key, struct str value)
{
	json_out_key(d->o, key);
	json_out_str(d->o, value);
}

static void object(struct document *d, const char *key)
{
	json_out_key(d->o, key);
	json_out_object(d->o);
}

static void object_str(struct document *d, struct str key)
{
	json_out_key_str(d->o, key);
	json_out_object(d->o);
}

static void array(struct document *d, const char *key)
{
	json_out_key(d->o, key);
	json_out_array(d->o);
}

static void end(struct document *d)
{
	json_out_end(d->o);
}

static void ref(struct document *d, const char *to)
{
	str(d, "$ref", str_of(to));
}

/* --- words --- */

/* What the names of addresses stand for; options have their words from the command line. */
static const struct {
	const char *name, *about;
} named[] = {
	{"alert", "an alert's number, CC-2017-0001"},
	{"by", "the alert that follows it"},
	{"org", "an organisation's code"},
	{"successor", "the code of who takes over"},
	{"name", "its name; of a person, theirs"},
	{"device", "a device's id within its organisation"},
	{"cve", "a vulnerability, CVE-2017-0144; of a name, the CPE names that it stands for"},
	{"term", "a term of estate search, os:windows_7 or -kb:KB4012212; every one has to hold"},
	{"raw", "a raw name, Publisher|Name"},
	{"cpe", "the CPE 2.3 names that it stands for, or NONE"},
	{"number", "the number of a record"},
	{"post", "a post"},
	{"kind", "a kind of post"},
	{"person", "a person, as the directory knows them"},
	{"level", "normal, heightened or major_incident"},
	{"file", "the file's name: where it names no device, the device's id"},
	{"date", "a date, 2017-05-12, or a moment, 2017-05-12T07:44Z"},
};

static struct str about_of(const struct api_param *p)
{
	for (size_t i = 0; !p->about.n && i < ARRAY_LEN(named); i++)
		if (str_is(p->name, named[i].name))
			return str_of(named[i].about);
	return p->about;
}

/* "alerts": the piece of the path that says what it is about. */
static struct str tag_of(const struct api_row *row)
{
	struct str rest = str_of(row->pattern + strlen(API_ROOT) + 1), tag;

	(void)str_next(&rest, '/', &tag);
	return tag;
}

/* "getAlertsAlertClaims" */
static struct str operation_of(struct document *d, const struct api_row *row)
{
	AUTO(text_freep) struct text t = {0};
	bool upper = true;

	for (const char *p = web_method_name(row->method); *p; p++)
		text_add_char(&t, char_lower(*p));
	for (const char *p = row->pattern + strlen(API_ROOT); *p; p++) {
		if (char_is_alpha(*p))
			text_add_char(&t, upper && *p >= 'a' ? (char)(*p - 32) : *p);
		upper = !char_is_alpha(*p);
	}
	return arena_str(d->arena, text_str(&t));
}

/* --- schemas --- */

static void type_of(struct document *d, enum api_type type)
{
	static const char *const names[] = {"string", "integer", "boolean"};

	str(d, "type", str_of(names[type]));
	if (type == API_NUMBER) {
		json_out_key(d->o, "minimum");
		json_out_i64(d->o, 0);
	}
}

static void schema_of(struct document *d, const struct api_param *p)
{
	if (!p->many) {
		type_of(d, p->type);
		return;
	}
	str(d, "type", STR("array"));
	object(d, "items");
	type_of(d, p->type);
	end(d);
}

static const char *type_named(char mark)
{
	return mark == '#'   ? "integer"
	       : mark == '~' ? "number"
	       : mark == '?' ? "boolean"
	       : mark == '[' ? "array"
	       : mark == '{' ? "object"
			     : "string";
}

/* What a list holds: objects whose members may be null. */
static void item_schema(struct document *d, const char *words)
{
	struct str rest = str_of(words);
	struct api_word key;

	object(d, "properties");
	while (api_next_word(&rest, &key)) {
		object_str(d, key.name);
		array(d, "type");
		json_out_str(d->o, str_of(type_named(key.mark)));
		json_out_str(d->o, STR("null"));
		end(d);
		end(d);
	}
	end(d);
}

static void key_schema(struct document *d, const struct api_row *row, const struct api_word *key)
{
	const char *words = row ? api_items(row, key->name) : NULL;

	str(d, "type", str_of(type_named(key->mark)));
	if (key->mark != '[')
		return;
	object(d, "items");
	str(d, "type", STR("object"));
	if (words)
		item_schema(d, words);
	end(d);
}

/* {"type":"object","required":[...],"properties":{...}} of a table's words; row: the answer's. */
static void answer_schema(struct document *d, const struct api_row *row, const char *keys)
{
	struct str rest = str_of(keys);
	struct api_word key;

	str(d, "type", STR("object"));
	array(d, "required");
	while (api_next_word(&rest, &key))
		json_out_str(d->o, key.name);
	end(d);
	object(d, "properties");
	for (rest = str_of(keys); api_next_word(&rest, &key);) {
		object_str(d, key.name);
		key_schema(d, row, &key);
		end(d);
	}
	end(d);
}

static void content_of(struct document *d, const char *type, const char *schema)
{
	object(d, "content");
	object(d, type);
	object(d, "schema");
	ref(d, schema);
	end(d);
	end(d);
	end(d);
}

/* --- one operation --- */

static void parameter(struct document *d, const struct api_param *p)
{
	json_out_object(d->o);
	str(d, "name", p->name);
	str(d, "in", p->in == API_IN_PATH ? STR("path") : STR("query"));
	if (about_of(p).n)
		str(d, "description", about_of(p));
	json_out_key(d->o, "required");
	json_out_bool(d->o, p->must);
	object(d, "schema");
	schema_of(d, p);
	end(d);
	end(d);
}

static void parameter_ref(struct document *d, const char *to)
{
	json_out_object(d->o);
	ref(d, to);
	end(d);
}

static void parameters(struct document *d, const struct api_row *row,
		       const struct api_params *params)
{
	array(d, "parameters");
	for (size_t i = 0; i < params->n; i++)
		if (params->v[i].in != API_IN_BODY)
			parameter(d, &params->v[i]);
	if (params->paging) {
		parameter_ref(d, "#/components/parameters/limit");
		parameter_ref(d, "#/components/parameters/offset");
		parameter_ref(d, "#/components/parameters/format");
	}
	if (row->method != WEB_GET) {
		parameter_ref(d, "#/components/parameters/mark");
		parameter_ref(d, "#/components/parameters/once");
	}
	end(d);
}

static void body_schema(struct document *d, const struct api_params *params)
{
	bool any = false;

	str(d, "type", STR("object"));
	json_out_key(d->o, "additionalProperties");
	json_out_bool(d->o, false);
	object(d, "properties");
	for (size_t i = 0; i < params->n; i++) {
		if (params->v[i].in != API_IN_BODY)
			continue;
		any = any || params->v[i].must;
		object_str(d, params->v[i].name);
		schema_of(d, &params->v[i]);
		if (about_of(&params->v[i]).n)
			str(d, "description", about_of(&params->v[i]));
		end(d);
	}
	end(d);
	if (!any)
		return;
	array(d, "required");
	for (size_t i = 0; i < params->n; i++)
		if (params->v[i].in == API_IN_BODY && params->v[i].must)
			json_out_str(d->o, params->v[i].name);
	end(d);
}

static bool body_must_be(const struct api_row *row, const struct api_params *params)
{
	for (size_t i = 0; i < params->n; i++)
		if (params->v[i].in == API_IN_BODY && params->v[i].must)
			return true;
	return row->flags & API_UPLOAD;
}

static void request_body(struct document *d, const struct api_row *row,
			 const struct api_params *params)
{
	if (row->method == WEB_GET)
		return;
	object(d, "requestBody");
	json_out_key(d->o, "required");
	json_out_bool(d->o, body_must_be(row, params));
	object(d, "content");
	object(d, row->flags & API_UPLOAD ? "*/*" : "application/json");
	object(d, "schema");
	if (row->flags & API_UPLOAD)
		str(d, "type", STR("string")), str(d, "format", STR("binary"));
	else
		body_schema(d, params);
	end(d);
	end(d);
	end(d);
	end(d);
}

static void done(struct document *d, const struct api_row *row, const struct api_params *params)
{
	object(d, "200");
	str(d, "description", STR("What the command says."));
	if (params->paging) {
		object(d, "headers");
		object(d, "Link");
		ref(d, "#/components/headers/Link");
		end(d);
		end(d);
	}
	object(d, "content");
	object(d, "application/json");
	object(d, "schema");
	answer_schema(d, row, row->keys);
	end(d);
	end(d);
	if (params->paging) {
		object(d, "text/csv");
		object(d, "schema");
		str(d, "type", STR("string"));
		end(d);
		end(d);
	}
	end(d);
	end(d);
}

/* What can go wrong, and where. */
static const struct {
	const char *status, *name, *about;
	bool writes; /* only with what changes something */
} faults[] = {
	{"401", "Unauthorized", "No token and no session, or one that is not good.", false},
	{"403", "Forbidden", "The post or the token may not do this.", false},
	{"404", "NotFound", "There is no such thing.", false},
	{"409", "Conflict", "Somebody else was first, or it is there already.", true},
	{"413", "TooLarge", "The body is too large.", true},
	{"415", "UnsupportedMediaType", "The body is to be application/json.", true},
	{"422", "Invalid", "What was sent does not fit; the detail says what.", false},
	{"503", "Unavailable", "Too much is going on, or the store is away. Ask again later.",
	 false},
};

static void responses(struct document *d, const struct api_row *row,
		      const struct api_params *params)
{
	object(d, "responses");
	done(d, row, params);
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		if (faults[i].writes && row->method == WEB_GET)
			continue;
		object(d, faults[i].status);
		str(d, "$ref", arena_fmt(d->arena, "#/components/responses/%s", faults[i].name));
		end(d);
	}
	end(d);
}

static void operation(struct document *d, const struct api_row *row)
{
	AUTO(text_freep) struct text method = {0};
	struct api_params params;
	struct str said;

	api_params(row, d->arena, &params);
	said = str_of(row->about ? row->about : params.command.about);
	for (const char *p = web_method_name(row->method); *p; p++)
		text_add_char(&method, char_lower(*p));
	object(d, text_c(&method));
	str(d, "operationId", operation_of(d, row));
	str(d, "summary", said);
	str(d, "description",
	    arena_fmt(d->arena, "lynchpin %s%s%s --json, as the post that asks.", row->noun,
		      row->verb ? " " : "", row->verb ? row->verb : ""));
	array(d, "tags");
	json_out_str(d->o, tag_of(row));
	end(d);
	parameters(d, row, &params);
	request_body(d, row, &params);
	responses(d, row, &params);
	end(d);
}

/* --- the whole --- */

static void me(struct document *d)
{
	object(d, API_ROOT "/me");
	object(d, "get");
	str(d, "operationId", STR("getMe"));
	str(d, "summary", STR("Who asks, in which post, and within what scope."));
	str(d, "description",
	    STR("For a session, csrf is what the header X-CSRF-Token takes on writes."));
	array(d, "tags");
	json_out_str(d->o, STR("me"));
	end(d);
	object(d, "responses");
	object(d, "200");
	str(d, "description", STR("Who asks."));
	object(d, "content");
	object(d, "application/json");
	object(d, "schema");
	answer_schema(d, NULL, "email post scope");
	for (int i = 0; i < 4; i++)
		end(d);
	object(d, "401");
	ref(d, "#/components/responses/Unauthorized");
	for (int i = 0; i < 4; i++)
		end(d);
}

static void paths(struct document *d)
{
	object(d, "paths");
	me(d);
	for (size_t i = 0; i < api_nrows; i++) {
		if (i && strcmp(api_rows[i].pattern, api_rows[i - 1].pattern) == 0)
			continue;
		object(d, api_rows[i].pattern);
		for (size_t k = i;
		     k < api_nrows && strcmp(api_rows[k].pattern, api_rows[i].pattern) == 0; k++)
			operation(d, &api_rows[k]);
		end(d);
	}
	end(d);
}

static const struct {
	const char *key, *name, *about;
} headers[] = {
	{"mark", "X-CSRF-Token", "For who is signed in by a cookie: the csrf of /api/v1/me."},
	{"once", "Idempotency-Key",
	 "A word of the caller's, within a day good for this request alone: sent again, it is "
	 "answered again and not carried out."},
};

static void common_parameter(struct document *d, const char *key, const char *in, const char *about)
{
	struct str name = str_of(key);

	for (size_t i = 0; i < ARRAY_LEN(headers); i++)
		if (strcmp(headers[i].key, key) == 0)
			name = str_of(headers[i].name);
	object(d, key);
	str(d, "name", name);
	str(d, "in", str_of(in));
	str(d, "description", str_of(about));
	json_out_key(d->o, "required");
	json_out_bool(d->o, false);
	object(d, "schema");
}

static void common_parameters(struct document *d)
{
	object(d, "parameters");
	common_parameter(d, "limit", "query",
			 "At most so many of the list; 1000 where nothing is said.");
	type_of(d, API_NUMBER);
	json_out_key(d->o, "maximum");
	json_out_i64(d->o, API_PAGE_MOST);
	end(d);
	end(d);
	common_parameter(d, "offset", "query", "After so many of the list.");
	type_of(d, API_NUMBER);
	end(d);
	end(d);
	common_parameter(d, "format", "query",
			 "The list as a table; the same as Accept: text/csv.");
	type_of(d, API_TEXT);
	array(d, "enum");
	json_out_str(d->o, STR("json"));
	json_out_str(d->o, STR("csv"));
	end(d);
	end(d);
	end(d);
	for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
		common_parameter(d, headers[i].key, "header", headers[i].about);
		type_of(d, API_TEXT);
		end(d);
		end(d);
	}
	end(d);
}

static void components(struct document *d)
{
	object(d, "components");
	common_parameters(d);
	object(d, "headers");
	object(d, "Link");
	str(d, "description", STR("rel=\"next\": where the list goes on (RFC 8288)."));
	object(d, "schema");
	type_of(d, API_TEXT);
	end(d);
	end(d);
	end(d);
	object(d, "schemas");
	object(d, "Problem");
	str(d, "description", STR("RFC 9457."));
	answer_schema(d, NULL, "type title status# detail request");
	end(d);
	end(d);
	object(d, "responses");
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		object(d, faults[i].name);
		str(d, "description", str_of(faults[i].about));
		content_of(d, "application/problem+json", "#/components/schemas/Problem");
		end(d);
	}
	end(d);
	object(d, "securitySchemes");
	object(d, "bearer");
	str(d, "type", STR("http"));
	str(d, "scheme", STR("bearer"));
	str(d, "description",
	    STR("A token, lp_...: scope read, write, or inventory of one organisation."));
	end(d);
	object(d, "session");
	str(d, "type", STR("apiKey"));
	str(d, "in", STR("cookie"));
	str(d, "name", STR("__Host-session"));
	str(d, "description", STR("Of who signed in with a browser; session without TLS."));
	end(d);
	end(d);
	end(d);
}

/* What each tag is about: the first piece of an address. */
static void tags(struct document *d)
{
	struct str before = {0};

	array(d, "tags");
	for (size_t i = 0; i <= api_nrows; i++) {
		struct str tag = i < api_nrows ? tag_of(&api_rows[i]) : STR("me");
		bool again = false;

		for (size_t k = 0; k < i && !again; k++)
			again = str_eq(tag_of(&api_rows[k]), tag);
		if (again || str_eq(tag, before))
			continue;
		before = tag;
		json_out_object(d->o);
		str(d, "name", tag);
		str(d, "description",
		    arena_fmt(d->arena, "What is under " API_ROOT "/%.*s.", STR_FMT(tag)));
		end(d);
	}
	end(d);
}

static void info(struct document *d)
{
	str(d, "openapi", STR("3.1.0"));
	object(d, "info");
	str(d, "title", STR("Lynchpin"));
	str(d, "version", STR("1"));
	str(d, "description",
	    STR("Everything that the console shows and does. Each address is a command of the "
		"command line, run as the post that asks. A list comes in pages, with a Link to "
		"the next, or as CSV; an error is a problem document (RFC 9457)."));
	object(d, "license");
	str(d, "name", STR("Apache 2.0"));
	str(d, "identifier", STR("Apache-2.0"));
	end(d);
	end(d);
	array(d, "servers");
	json_out_object(d->o);
	str(d, "url", STR("/"));
	str(d, "description", STR("This server."));
	end(d);
	end(d);
	array(d, "security");
	json_out_object(d->o);
	array(d, "bearer");
	end(d);
	end(d);
	json_out_object(d->o);
	array(d, "session");
	end(d);
	end(d);
	end(d);
}

static bool make(struct text *to, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct document d = {json_out_open(to), arena};

	json_out_object(d.o);
	info(&d);
	tags(&d);
	paths(&d);
	components(&d);
	end(&d);
	return json_out_close(d.o, err);
}

/* The same for everybody, for as long as the program runs. */
void api_document_show(struct web_request *req UNUSED, struct web_reply *reply)
{
	static struct text made;
	struct err err = {0};

	if (!made.n && !make(&made, &err)) {
		page_fail(reply, &err);
		return;
	}
	text_add(web_reply_body(reply, "application/json"), text_str(&made));
	web_reply_cache(reply, WEB_CACHE_CHECK);
}
