#include "console/inner.h"

#include <qrencode.h>

#include "pages.h"

/* The second factor, on and off, and what is shown of it once. */

enum { QUIET = 4 /* modules of white around a QR code: ISO/IEC 18004, 5.3.8 */ };

/* A path of unit squares, run by run. */
static void draw(const QRcode *qr, struct text *to)
{
	for (int y = 0; y < qr->width; y++)
		for (int x = 0, n; x < qr->width; x += n + 1) {
			const unsigned char *at = qr->data + y * qr->width + x;

			for (n = 0; x + n < qr->width && at[n] & 1; n++)
				;
			if (n)
				text_addf(to, "M%d %dh%dv1h-%dz", x + QUIET, y + QUIET, n, n);
		}
}

static void show(struct web_request *req, struct web_reply *reply, struct totp_view *v)
{
	struct frame f;
	struct text *out = page_begin(req, reply, "Turn a second factor on", &f);

	f.here = STR("/account");
	f.wrong = v->fault.text.n > 0;
	v->frame = &f;
	web_reply_secret(reply);
	page_totp(out, v);
}

static void begin(struct web_request *req, struct web_reply *reply)
{
	AUTO(access_wipe) struct access_secret secret = {{0}};
	AUTO(text_freep) struct text uri = {0};
	AUTO(text_freep) struct text path = {0};
	struct totp_view v = {0};
	struct err err = {0};
	QRcode *qr;

	if (!access_totp_begin(console_of(req)->access, visitor_of(req)->person, &secret, &uri,
			       &err)) {
		page_fail(reply, &err);
		return;
	}
	qr = QRcode_encodeString8bit(text_c(&uri), 0, QR_ECLEVEL_M);
	if (qr) {
		draw(qr, &path);
		v.side = (unsigned)qr->width + 2 * QUIET;
		QRcode_free(qr);
	}
	v.secret = str_of(secret.c);
	v.path = path.n ? text_str(&path) : STR("M0 0");
	show(req, reply, &v);
}

void totp_begin(struct web_request *req, struct web_reply *reply)
{
	when_proved(req, reply, begin);
}

static void show_codes(struct web_request *req, struct web_reply *reply,
		       const struct access_recovery *codes)
{
	struct frame f;
	struct text *out = page_begin(req, reply, "Your recovery codes", &f);
	struct str *rows = ARENA_ARRAY(req->arena, struct str, ACCESS_RECOVERY_CODES);
	struct once_view v = {.frame = &f,
			      .words =
				      STR("Each stands once for a code, should you lose your "
					  "authenticator. They are shown this once: print them, or "
					  "keep them where you keep your passwords. Codes that you "
					  "had before are no longer good."),
			      .v = rows,
			      .n = ACCESS_RECOVERY_CODES};

	for (size_t i = 0; i < v.n; i++)
		rows[i] = str_of(codes->c[i]);
	web_reply_secret(reply);
	page_once(out, &v);
}

void totp_confirm(struct web_request *req, struct web_reply *reply)
{
	AUTO(access_recovery_wipe) struct access_recovery codes = {{{0}}};
	struct totp_view v = {.fault = {"code", STR("This is not the code that it shows now")}};
	struct err err = {0};

	if (!form_is_ours(req, reply))
		return;
	if (access_totp_confirm(console_of(req)->access, visitor_of(req)->person,
				str_trim(web_form(req, "code")), &codes, &err)) {
		show_codes(req, reply, &codes);
	} else if (err.code == ERR_DENIED) {
		web_reply_status(reply, 422);
		show(req, reply, &v);
	} else {
		page_fail(reply, &err);
	}
}

static void turn_off(struct web_request *req, struct web_reply *reply)
{
	struct err err = {0};
	struct fault fault = {"off-current", STR("Without a second factor your password is too "
						 "short: first choose one of at least 15 "
						 "characters")};

	if (access_totp_off(console_of(req)->access, visitor_of(req)->person, false, &err))
		web_reply_redirect(reply, STR("/account"));
	else if (err.code == ERR_CONFLICT)
		account_page(req, reply, &fault);
	else
		page_fail(reply, &err);
}

void totp_off(struct web_request *req, struct web_reply *reply)
{
	when_proved(req, reply, turn_off);
}

static void renew(struct web_request *req, struct web_reply *reply)
{
	AUTO(access_recovery_wipe) struct access_recovery codes = {{{0}}};
	struct err err = {0};

	if (access_recovery_renew(console_of(req)->access, visitor_of(req)->person, &codes, &err))
		show_codes(req, reply, &codes);
	else
		page_fail(reply, &err);
}

void recovery_renew(struct web_request *req, struct web_reply *reply)
{
	when_proved(req, reply, renew);
}
