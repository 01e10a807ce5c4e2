#include "wire/json.h"

static bool fits(struct json_value v, enum json_type type)
{
	enum json_type is = json_type(v);
	int64_t whole;

	return is == type || (type == JSON_DOUBLE && is == JSON_INT) ||
	       (type == JSON_INT && is == JSON_DOUBLE && json_i64(v, &whole));
}

bool json_may(struct json_value o, const char *key, enum json_type type, struct json_value *ret,
	      struct err *err)
{
	struct json_value v;

	if (json_type(o) != JSON_OBJECT)
		return err_set(err, ERR_INVALID, "expected an object with \"%s\", this is %s", key,
			       json_type_name(json_type(o)));
	if (!json_get(o, key, &v) || json_type(v) == JSON_NULL)
		return true;
	if (!fits(v, type))
		return err_set(err, ERR_INVALID, "\"%s\" is %s, expected %s", key,
			       json_type_name(json_type(v)), json_type_name(type));
	*ret = v;
	return true;
}

bool json_need(struct json_value o, const char *key, enum json_type type, struct json_value *ret,
	       struct err *err)
{
	struct json_value v = {0};

	if (!json_may(o, key, type, &v, err))
		return false;
	if (!v.doc)
		return err_set(err, ERR_INVALID, "\"%s\" is %s", key,
			       json_get(o, key, &v) ? "null" : "missing");
	*ret = v;
	return true;
}

/* The typed forms differ in one type only. */
#define TYPED(name, T, type)                                                                       \
	bool json_need_##name(struct json_value o, const char *key, T *ret, struct err *err)       \
	{                                                                                          \
		struct json_value v;                                                               \
                                                                                                   \
		return json_need(o, key, type, &v, err) && json_##name(v, ret);                    \
	}                                                                                          \
	bool json_may_##name(struct json_value o, const char *key, T *ret, struct err *err)        \
	{                                                                                          \
		struct json_value v = {0};                                                         \
                                                                                                   \
		return json_may(o, key, type, &v, err) && (!v.doc || json_##name(v, ret));         \
	}                                                                                          \
	T json_##name##_or(struct json_value o, const char *key, T other)                          \
	{                                                                                          \
		struct json_value v;                                                               \
		T x = other;                                                                       \
                                                                                                   \
		return json_get(o, key, &v) && json_##name(v, &x) ? x : other;                     \
	}

TYPED(str, struct str, JSON_STR)
TYPED(i64, int64_t, JSON_INT)
TYPED(double, double, JSON_DOUBLE)
TYPED(bool, bool, JSON_BOOL)
