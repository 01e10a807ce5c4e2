#include "directory/inner.h"

#include "base/clock.h"
#include "wire/wire.h"

/* --- members of a body --- */

bool dir_text(struct act_ctx *ctx, const char *key, bool needed, struct str *ret, struct err *err)
{
	struct str s = {0};

	if (!json_may_str(ctx->body, key, &s, err))
		return false;
	s = str_trim(s);
	if (needed && !s.n)
		return err_set(err, ERR_INVALID, "\"%s\" is missing", key);
	if (!value_valid(s))
		return err_set(err, ERR_INVALID,
			       "\"%s\" is longer than %d bytes or holds control characters", key,
			       VALUE_MAX);
	*ret = s;
	return true;
}

bool dir_code(struct act_ctx *ctx, const char *key, bool needed, struct str *ret, struct err *err)
{
	struct str s;

	if (!dir_text(ctx, key, needed, &s, err))
		return false;
	if (s.n && !code_valid(s))
		return err_set(err, ERR_INVALID, "\"%s\": \"%.*s\" is no code", key, STR_FMT(s));
	*ret = s.n ? code_upper(ctx->arena, s) : s;
	return true;
}

bool dir_slug(struct act_ctx *ctx, const char *key, bool needed, struct str *ret, struct err *err)
{
	struct str s;

	if (!dir_text(ctx, key, needed, &s, err))
		return false;
	if (s.n && !slug_lower(ctx->arena, s, &s))
		return err_set(err, ERR_INVALID, "\"%s\": \"%.*s\" is no name", key, STR_FMT(s));
	*ret = s;
	return true;
}

bool dir_day(struct act_ctx *ctx, const char *key, bool needed, struct str *ret, struct err *err)
{
	struct str s;

	if (!dir_text(ctx, key, needed, &s, err))
		return false;
	return day_parse(ctx->arena, s, ret) ||
	       err_set(err, ERR_INVALID, "\"%s\": \"%.*s\" is no date", key, STR_FMT(s));
}

/* A moment, in full. */
bool dir_time(struct act_ctx *ctx, const char *key, bool needed, int64_t *ret, struct err *err)
{
	struct str s;

	if (!dir_text(ctx, key, needed, &s, err))
		return false;
	*ret = DIRECTORY_NO_DATE;
	return !s.n || stamp_parse(s, ret) ||
	       err_set(err, ERR_INVALID, "\"%s\": \"%.*s\" is no time", key, STR_FMT(s));
}

/* --- what must be there already --- */

struct directory_view dir_view(const struct act_ctx *ctx)
{
	return (struct directory_view){ctx->store, ctx->arena, ctx->record->stamped_ms};
}

bool dir_org(struct act_ctx *ctx, struct str code, struct org *ret, struct err *err)
{
	const struct directory_view view = dir_view(ctx);

	return directory_org_get(&view, code, ret, err);
}

bool dir_post(struct act_ctx *ctx, struct str id, struct post *ret, struct err *err)
{
	const struct directory_view view = dir_view(ctx);

	return directory_post_get(&view, id, ret, err);
}

bool dir_open_org(struct act_ctx *ctx, struct str code, struct err *err)
{
	const struct directory_view view = dir_view(ctx);
	struct str known;

	return directory_org_state_for_estate(&view, code, &known, err);
}

bool dir_span(struct act_ctx *ctx, struct span *ret, struct err *err)
{
	int64_t now_ms = ctx->record->stamped_ms;
	struct span s;

	if (!dir_time(ctx, "start", false, &s.start_ms, err) ||
	    !dir_time(ctx, "end", false, &s.end_ms, err))
		return false;
	if (s.end_ms != DIRECTORY_NO_DATE && s.start_ms != DIRECTORY_NO_DATE &&
	    s.end_ms <= s.start_ms)
		return err_set(err, ERR_INVALID, "\"end\" is not after \"start\"");
	if (s.end_ms != DIRECTORY_NO_DATE && s.end_ms <= now_ms)
		return err_set(err, ERR_INVALID, "\"end\" has passed already");
	if (s.start_ms == DIRECTORY_NO_DATE || s.start_ms < now_ms)
		s.start_ms = now_ms;
	*ret = s;
	return true;
}

struct store_value moment(int64_t ms)
{
	return ms == DIRECTORY_NO_DATE ? store_null() : store_int(ms);
}

int64_t moment_col(struct store_query *q, int col)
{
	return store_col_is_null(q, col) ? DIRECTORY_NO_DATE : store_col_int(q, col);
}
