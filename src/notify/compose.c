#include "notify/inner.h"

/* What people and programs read. */

const struct kind_words *kind_words(int64_t kind)
{
	static const struct kind_words all[] = {
		[KIND_ALERT] = {"alert", "please acknowledge", "asks you to acknowledge it"},
		[KIND_UPDATE] = {"update", "please acknowledge again",
				 "has changed and asks you to acknowledge it again"},
		[KIND_WITHDRAWN] = {"withdrawn", "withdrawn",
				    "was withdrawn: it asks nothing any more"},
		[KIND_SUPERSEDED] = {"superseded", "superseded",
				     "was superseded by another alert: it asks nothing any more"},
		[KIND_ESCALATION] = {"escalation", "escalated to you",
				     "has something escalated to you: please follow it up"},
		[KIND_SUPPLIER] = {"supplier", "please answer as a supplier",
				   "has others waiting for you as their supplier: please answer"},
		[KIND_LEAD] = {"lead", "please accept or decline",
			       "of the service is offered to you: please accept it, or decline"},
		[KIND_CHASE] = {"chase", "you are asked again",
				"waits for you: please say how far you are"},
		[KIND_DUTY] = {"duty", "due soon", "has something of yours coming due, the first"},
	};
	static const struct kind_words unknown = {"notice", "news", "has news for you"};

	return kind >= 0 && kind < KINDS ? &all[kind] : &unknown;
}

static const char *const months[] = {"January",	  "February", "March",	  "April",
				     "May",	  "June",     "July",	  "August",
				     "September", "October",  "November", "December"};

/* A moment as its parts, as text. */
struct parts {
	char c[STAMP_BYTES];
	uint64_t year, month, day;
};

static struct parts parts_of(int64_t ms)
{
	struct parts p = {.month = 1};
	struct str s = stamp_format(ms, p.c);

	if (!str_to_u64(str_sub(s, 0, 4), &p.year) || !str_to_u64(str_sub(s, 5, 2), &p.month) ||
	    !str_to_u64(str_sub(s, 8, 2), &p.day) || p.month < 1 || p.month > 12)
		p.month = 1;
	return p;
}

struct str notice_moment(struct arena *arena, int64_t ms)
{
	struct parts p = parts_of(ms);

	return arena_fmt(arena, "%ju %s %ju, %.5s UTC", (uintmax_t)p.day, months[p.month - 1],
			 (uintmax_t)p.year, p.c + 11);
}

/* --- e-mail: RFC 5322 ----------------------------------------------------------------------- */

/* RFC 2045, 6.7, of text whose lines end in LF. */
static void quoted_printable(struct str s, struct text *out)
{
	enum { LINE_MOST = 73 };
	size_t column = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool ends = i + 1 == s.n || s.p[i + 1] == '\n';

		if (c == '\n') {
			text_add_c(out, "\r\n");
			column = 0;
			continue;
		}
		if (column >= LINE_MOST) {
			text_add_c(out, "=\r\n");
			column = 0;
		}
		if ((c >= ' ' && c < 0x7f && c != '=' && !(c == ' ' && ends) &&
		     !(c == '.' && !column))) {
			text_add_char(out, (char)c);
			column++;
		} else {
			text_addf(out, "=%02X", c);
			column += 3;
		}
	}
	text_add_c(out, "\r\n");
}

/* "Fri, 12 May 2017 07:44:00 +0000" */
static void add_date(struct text *out, int64_t ms)
{
	static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
	struct parts p = parts_of(ms);

	text_addf(out, "Date: %s, %ju %.3s %ju %.8s +0000\r\n", days[ms / MS_PER_DAY % 7],
		  (uintmax_t)p.day, months[p.month - 1], (uintmax_t)p.year, p.c + 11);
}

static void add_by(struct text *out, int64_t due_ms)
{
	AUTO(arena_closep) struct arena *arena = NULL;

	if (!due_ms)
		return;
	arena = arena_open();
	text_addf(out, " by %s", notice_moment(arena, due_ms).p);
}

/* What a notice is about: an alert's number. */
static struct str about(const struct notice *v)
{
	return v->alert.n ? v->alert : STR("The lead");
}

/* Below the console's address. */
static struct str path_of(struct arena *arena, const struct notice *v)
{
	return v->alert.n ? arena_fmt(arena, "/alerts/%.*s", STR_FMT(v->alert)) : STR("/lead");
}

/* Nothing that is in earnest stands under the word. */
static bool all_exercise(const struct notices *v)
{
	bool all = v->n != 0;

	for (size_t i = 0; i < v->n; i++)
		all = all && v->v[i].exercise.n;
	return all;
}

/* One says what it is; several say which alerts they are about, each once, as far as a line goes.
 */
static void add_subject(struct text *out, const struct notices *v)
{
	enum { NAMED = 3 };
	size_t named = 0;

	text_addf(out, "Subject: %s", all_exercise(v) ? "EXERCISE: " : "");
	if (v->n == 1) {
		text_addf(out, "%.*s: %s", STR_FMT(about(&v->v[0])),
			  kind_words(v->v[0].kind)->subject);
		add_by(out, v->v[0].due_ms);
		text_add_c(out, "\r\n");
		return;
	}
	for (size_t i = 0; i < v->n && named <= NAMED; i++) {
		bool again = false;

		for (size_t k = 0; k < i; k++)
			again = again || str_eq(v->v[k].alert, v->v[i].alert);
		if (again)
			continue;
		if (named++ == NAMED)
			text_add_c(out, " and others");
		else
			text_addf(out, "%s%.*s", named > 1 ? ", " : "", STR_FMT(about(&v->v[i])));
	}
	text_add_c(out, ": several notices\r\n");
}

static void add_words(struct text *out, const struct letter *l)
{
	for (size_t i = 0; i < l->notices->n; i++) {
		const struct notice *v = &l->notices->v[i];

		if (v->exercise.n)
			text_addf(out, "EXERCISE (%.*s), not in earnest: ", STR_FMT(v->exercise));
		text_addf(out, "%.*s %s", STR_FMT(about(v)), kind_words(v->kind)->line);
		add_by(out, v->due_ms);
		text_add_c(out, ".\n");
		if (l->console.n)
			text_addf(out, "%.*s%.*s\n", STR_FMT(l->console),
				  STR_FMT(path_of(l->arena, v)));
		text_add_char(out, '\n');
	}
	text_addf(
		out,
		"%s\n\nYou get this as somebody whom an alert asks, or who has to follow one up.\n"
		"%.*s. Nobody reads answers to this address.\n",
		l->console.n ? "What it is about and what is to be done is said there alone."
			     : "What it is about and what is to be done is said in Lynchpin "
			       "alone.",
		STR_FMT(l->service));
}

static void add_invitation(struct text *out, const struct letter *l)
{
	text_addf(out,
		  "You are invited to %.*s.\n\nChoose a password here, by %s:\n%.*s/link/%.*s\n\n"
		  "The link is good once. Who did not expect this leaves it alone: it ends by "
		  "itself.\nNobody reads answers to this address.\n",
		  STR_FMT(l->service), notice_moment(l->arena, l->until_ms).p, STR_FMT(l->console),
		  STR_FMT(l->invitation));
}

void compose_mail(const struct letter *l, struct text *out)
{
	AUTO(text_wipe) struct text words = {0};
	size_t at = str_find_char(l->from, '@', 0);

	text_addf(out, "From: %.*s\r\nTo: %.*s\r\n", STR_FMT(l->from),
		  STR_FMT(l->envelope->recipient));
	if (l->invitation.n)
		text_add_c(out, "Subject: You are invited to Lynchpin\r\n");
	else
		add_subject(out, l->notices);
	add_date(out, l->envelope->made_ms);
	text_addf(out, "Message-ID: <%.*s@%.*s>\r\n", STR_FMT(l->id),
		  STR_FMT(str_from_offset(l->from, at == SIZE_MAX ? 0 : at + 1)));
	/* RFC 3834: no out-of-office replies. */
	text_add_c(out, "Auto-Submitted: auto-generated\r\n"
			"MIME-Version: 1.0\r\n"
			"Content-Type: text/plain; charset=utf-8\r\n"
			"Content-Transfer-Encoding: quoted-printable\r\n"
			"\r\n");
	if (l->invitation.n)
		add_invitation(&words, l);
	else
		add_words(&words, l);
	quoted_printable(str_trim(text_str(&words)), out);
}

/* --- webhooks ------------------------------------------------------------------------------ */

static void hook_notice(struct json_out *o, const struct letter *l, const struct notice *v)
{
	AUTO(text_freep) struct text url = {0};
	char stamp[STAMP_BYTES];

	json_out_object(o);
	json_out_key(o, "kind");
	json_out_str(o, str_of(kind_words(v->kind)->name));
	if (v->alert.n) {
		json_out_key(o, "alert");
		json_out_str(o, v->alert);
	}
	if (v->exercise.n) {
		json_out_key(o, "exercise");
		json_out_str(o, v->exercise);
	}
	if (v->due_ms) {
		json_out_key(o, "due");
		json_out_str(o, stamp_format(v->due_ms, stamp));
	}
	if (l->console.n) {
		text_addf(&url, "%.*s%.*s", STR_FMT(l->console), STR_FMT(path_of(l->arena, v)));
		json_out_key(o, "url");
		json_out_str(o, text_str(&url));
	}
	json_out_end(o);
}

bool compose_hook(const struct letter *l, struct text *out, struct err *err)
{
	struct json_out *o = json_out_open(out);
	char stamp[STAMP_BYTES];

	json_out_object(o);
	json_out_key(o, "type");
	json_out_str(o, STR("lynchpin.notices"));
	json_out_key(o, "timestamp");
	json_out_str(o, stamp_format(l->envelope->made_ms, stamp));
	json_out_key(o, "data");
	json_out_object(o);
	json_out_key(o, "service");
	json_out_str(o, l->service);
	json_out_key(o, "notices");
	json_out_array(o);
	for (size_t i = 0; i < l->notices->n; i++)
		hook_notice(o, l, &l->notices->v[i]);
	json_out_end(o);
	json_out_end(o);
	json_out_end(o);
	return json_out_close(o, err);
}

void sign_hook(struct str secret, struct str id, int64_t seconds, struct str body, struct text *out)
{
	crypto_auth_hmacsha256_state state;
	uint8_t mac[crypto_auth_hmacsha256_BYTES];
	AUTO(text_freep) struct text head = {0};

	text_addf(&head, "%.*s.%jd.", STR_FMT(id), (intmax_t)seconds);
	crypto_auth_hmacsha256_init(&state, (const uint8_t *)secret.p, secret.n);
	crypto_auth_hmacsha256_update(&state, (const uint8_t *)head.p, head.n);
	crypto_auth_hmacsha256_update(&state, (const uint8_t *)body.p, body.n);
	crypto_auth_hmacsha256_final(&state, mac);
	sodium_memzero(&state, sizeof(state));
	text_add_c(out, "v1,");
	base64_encode(str_from((const char *)mac, sizeof(mac)), out);
}
