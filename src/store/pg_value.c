#include "store/pg.h"

/* PostgreSQL's binary formats: integers and floats with the high byte first, the rest as it is. */

void pg_store_int(char *p, size_t n, int64_t x)
{
	for (size_t i = n; i-- > 0; x >>= 8)
		p[i] = (char)(x & 0xff);
}

int64_t pg_load_int(const char *p, size_t n)
{
	int64_t x = n && (p[0] & 0x80) ? -1 : 0;

	for (size_t i = 0; i < n; i++)
		x = (int64_t)((uint64_t)x << 8 | (unsigned char)p[i]);
	return x;
}

static void add_int(struct text *out, size_t n, int64_t x)
{
	pg_store_int(text_room(out, n), n, x);
	out->n += n;
}

static void add_field(struct text *out, const void *p, size_t n)
{
	add_int(out, 4, (int64_t)n);
	text_add(out, str_from(p, n));
}

static void add_real(struct text *out, double d)
{
	int64_t bits;

	memcpy(&bits, &d, sizeof(bits));
	add_int(out, 4, 8);
	add_int(out, 8, bits);
}

static bool encode_bytes(const struct store *s, Oid type, struct str v, struct text *out,
			 struct err *err)
{
	if (type == OID_INT8 || type == OID_FLOAT8)
		return err_set(err, ERR_INVALID, "%s: a text where a number belongs", s->path);
	if (v.n > INT32_MAX / 2)
		return err_set(err, ERR_LIMIT, "%s: a value is too large for the store", s->path);
	if (type == OID_TEXT && v.n && memchr(v.p, '\0', v.n))
		return err_set(err, ERR_INVALID,
			       "%s: a text with a NUL character in it, which PostgreSQL can't hold",
			       s->path);
	add_field(out, v.p, v.n);
	return true;
}

static bool encode_number(Oid type, const struct store_value *v, struct text *out)
{
	char buf[32];
	int n;

	if (type == OID_FLOAT8) {
		add_real(out, v->type == STORE_INT ? (double)v->i : v->d);
	} else if (type == OID_INT8) {
		add_int(out, 4, 8);
		add_int(out, 8, v->type == STORE_INT ? v->i : (int64_t)v->d);
	} else {
		n = v->type == STORE_INT ? snprintf(buf, sizeof(buf), "%lld", (long long)v->i)
					 : snprintf(buf, sizeof(buf), "%.15g", v->d);
		add_field(out, buf, (size_t)n);
	}
	return true;
}

bool pg_encode(const struct store *s, const PGresult *about, struct store_args args,
	       struct text *out, struct err *err)
{
	size_t was = out->n;

	assert(args.n == (size_t)PQnparams(about));
	add_int(out, 2, (int64_t)args.n);
	for (size_t i = 0; i < args.n; i++) {
		const struct store_value *v = &args.v[i];
		Oid type = PQparamtype(about, (int)i);
		bool ok = true;

		if (v->type == STORE_NULL)
			add_int(out, 4, -1);
		else if (v->type == STORE_INT || v->type == STORE_REAL)
			ok = encode_number(type, v, out);
		else
			ok = encode_bytes(s, type, v->s, out, err);
		if (!ok) {
			out->n = was;
			return false;
		}
	}
	return true;
}

size_t pg_fields(const char *row, struct pg_value *values)
{
	size_t n = (size_t)pg_load_int(row, 2), at = 2;

	for (size_t i = 0; i < n; i++) {
		int64_t len = pg_load_int(row + at, 4);

		at += 4;
		values[i] =
			len < 0 ? (struct pg_value){0} : (struct pg_value){row + at, (size_t)len};
		at += values[i].n;
	}
	return at;
}

/* ---- columns ---------------------------------------------------------------------------- */

enum store_type pg_type(struct store_query *q, int col)
{
	const struct pg_stmt *st = pg_stmt(q);

	if (!st->values[col].p)
		return STORE_NULL;
	switch (PQftype(st->about, col)) {
	case OID_BOOL:
	case OID_INT2:
	case OID_INT4:
	case OID_INT8:
	case OID_OID:
	case OID_NUMERIC:
		return STORE_INT;
	case OID_FLOAT8:
		return STORE_REAL;
	case OID_BYTEA:
		return STORE_BLOB;
	default:
		return STORE_TEXT;
	}
}

/* What sum() of integers gives: digits, weight of the first, sign, scale, then base 10,000. */
static int64_t load_numeric(const char *p, size_t n)
{
	int64_t digits = n >= 8 ? pg_load_int(p, 2) : 0,
		weight = n >= 8 ? pg_load_int(p + 2, 2) : -1;
	int64_t x = 0;

	for (int64_t i = 0; i <= weight; i++) {
		int64_t d = i < digits ? pg_load_int(p + 8 + 2 * i, 2) : 0;

		if (__builtin_mul_overflow(x, 10000, &x) || __builtin_add_overflow(x, d, &x))
			return INT64_MAX;
	}
	return n >= 8 && pg_load_int(p + 4, 2) == 0x4000 ? -x : x;
}

int64_t pg_get_int(struct store_query *q, int col)
{
	const struct pg_value *v = &pg_stmt(q)->values[col];

	if (!v->p)
		return 0;
	switch (PQftype(pg_stmt(q)->about, col)) {
	case OID_BOOL:
	case OID_INT2:
	case OID_INT4:
	case OID_INT8:
		return pg_load_int(v->p, v->n);
	case OID_OID:
		return pg_load_int(v->p, v->n) & UINT32_MAX;
	case OID_NUMERIC:
		return load_numeric(v->p, v->n);
	case OID_FLOAT8:
		return (int64_t)pg_get_real(q, col);
	default:
		return 0;
	}
}

double pg_get_real(struct store_query *q, int col)
{
	const struct pg_value *v = &pg_stmt(q)->values[col];
	int64_t bits;
	double d;

	if (!v->p)
		return 0;
	if (PQftype(pg_stmt(q)->about, col) != OID_FLOAT8)
		return (double)pg_get_int(q, col);
	bits = pg_load_int(v->p, v->n);
	memcpy(&d, &bits, sizeof(d));
	return d;
}

struct str pg_get_str(struct store_query *q, int col)
{
	const struct pg_value *v = &pg_stmt(q)->values[col];

	return v->p ? str_from(v->p, v->n) : (struct str){0};
}
