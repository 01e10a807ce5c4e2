#include "wire/json.h"

static uint64_t word_of(struct json_value v)
{
	return v.doc ? v.doc->tape.words[v.at] : (uint64_t)'n' << 56;
}

enum json_type json_type(struct json_value v)
{
	switch (word_of(v) >> 56) {
	case '{':
		return JSON_OBJECT;
	case '[':
		return JSON_ARRAY;
	case '"':
		return JSON_STR;
	case 'l':
		return JSON_INT;
	case 'u':
	case 'd':
		return JSON_DOUBLE;
	case 't':
	case 'f':
		return JSON_BOOL;
	default:
		return JSON_NULL;
	}
}

const char *json_type_name(enum json_type type)
{
	static const char *const names[] = {
		[JSON_NULL] = "null",	       [JSON_BOOL] = "true or false",
		[JSON_INT] = "a whole number", [JSON_DOUBLE] = "a number",
		[JSON_STR] = "a string",       [JSON_ARRAY] = "an array",
		[JSON_OBJECT] = "an object",
	};

	return names[type];
}

bool json_str(struct json_value v, struct str *ret)
{
	uint64_t w = word_of(v);

	if (w >> 56 != '"')
		return false;
	*ret = tape_str(&v.doc->tape, w);
	return true;
}

bool json_double(struct json_value v, double *ret)
{
	uint64_t w = word_of(v), next;
	double x;

	if (w >> 56 != 'd' && w >> 56 != 'l' && w >> 56 != 'u')
		return false;
	next = v.doc->tape.words[v.at + 1];
	memcpy(&x, &next, sizeof(x));
	*ret = w >> 56 == 'd' ? x : w >> 56 == 'l' ? (double)(int64_t)next : (double)next;
	return true;
}

/* 2^53: every whole double below it is one number and no other. */
static const double whole_max = 9007199254740992.0;

bool json_i64(struct json_value v, int64_t *ret)
{
	double x;

	if (word_of(v) >> 56 == 'l') {
		*ret = (int64_t)v.doc->tape.words[v.at + 1];
		return true;
	}
	if (!json_double(v, &x) || x < -whole_max || x > whole_max || x != __builtin_trunc(x))
		return false;
	*ret = (int64_t)x;
	return true;
}

bool json_bool(struct json_value v, bool *ret)
{
	uint64_t kind = word_of(v) >> 56;

	if (kind != 't' && kind != 'f')
		return false;
	*ret = kind == 't';
	return true;
}

struct json_iter json_iter(struct json_value v)
{
	uint64_t w = word_of(v);
	struct json_iter it = {.doc = v.doc, .at = 1, .end = 1, .type = json_type(v)};

	if (it.type == JSON_ARRAY || it.type == JSON_OBJECT) {
		it.at = v.at + 1;
		it.end = (uint32_t)w - 1;
	}
	return it;
}

bool json_next(struct json_iter *it, struct json_value *ret)
{
	if (it->at >= it->end || it->type != JSON_ARRAY)
		return false;
	*ret = (struct json_value){it->doc, it->at};
	it->at = tape_next(it->doc->tape.words, it->at);
	return true;
}

bool json_next_member(struct json_iter *it, struct str *ret_key, struct json_value *ret)
{
	const struct json_tape *t;

	if (it->at >= it->end || it->type != JSON_OBJECT)
		return false;
	t = &it->doc->tape;
	*ret_key = tape_str(t, t->words[it->at]);
	*ret = (struct json_value){it->doc, it->at + 1};
	it->at = tape_next(t->words, it->at + 1);
	return true;
}

size_t json_count(struct json_value v)
{
	struct json_iter it = json_iter(v);
	size_t n = word_of(v) >> 32 & 0xffffff;

	if (it.at >= it.end)
		return 0;
	if (n < 0xffffff) /* the tape's count saturates there */
		return n;
	for (n = 0; it.at < it.end; n++)
		it.at = tape_next(it.doc->tape.words, it.at + (it.type == JSON_OBJECT ? 1 : 0));
	return n;
}

bool json_get_str(struct json_value v, struct str key, struct json_value *ret)
{
	struct json_iter it = json_iter(v);
	const struct json_tape *t;

	if (it.type != JSON_OBJECT)
		return false;
	t = &it.doc->tape;
	for (uint64_t i = it.at; i < it.end; i = tape_next(t->words, i + 1)) {
		if (str_eq(tape_str(t, t->words[i]), key)) {
			*ret = (struct json_value){v.doc, i + 1};
			return true;
		}
	}
	return false;
}

static bool element(struct json_value v, struct str number, struct json_value *ret)
{
	struct json_iter it = json_iter(v);
	uint64_t n;

	if (!str_to_u64(number, &n))
		return false;
	while (json_next(&it, &v)) {
		if (!n--) {
			*ret = v;
			return true;
		}
	}
	return false;
}

bool json_path(struct json_value v, const char *path, struct json_value *ret)
{
	struct str rest = str_of(path), step;

	while (str_next(&rest, '/', &step))
		if (!json_get_str(v, step, &v) && !element(v, step, &v))
			return false;
	*ret = v;
	return true;
}
