#include "web/body.h"
#include "web/pairs.h"

static bool refuse(struct body *b, struct gate_refusal why)
{
	b->refusal = why;
	return false;
}

bool body_begin(struct body *b, struct web_request *req, const char *folder, bool raw)
{
	struct str type = web_header(req, "Content-Type");
	struct str kind = header_main(type);

	*b = (struct body){.req = req, .raw = {.folder = folder, .fd = -1}};
	b->parts.folder = folder;
	if (!req->length && !req->chunked)
		return true;
	if (!raw && str_eq_ci(kind, STR("application/x-www-form-urlencoded"))) {
		b->kind = BODY_FORM;
	} else if (!raw && str_eq_ci(kind, STR("multipart/form-data"))) {
		b->kind = BODY_MULTIPART;
		return multipart_begin(&b->parts, req, type) || refuse(b, b->parts.refusal);
	} else {
		b->kind = BODY_RAW;
		req->body.type = type;
	}
	return true;
}

bool body_add(struct body *b, struct str piece)
{
	if (b->kind == BODY_MULTIPART)
		return multipart_add(&b->parts, piece) || refuse(b, b->parts.refusal);
	if (b->kind == BODY_FORM && b->raw.memory.n + piece.n > FORM_MOST)
		return refuse(b, (struct gate_refusal){413, "the form is too long"});
	return spool_add(&b->raw, piece, &b->refusal);
}

bool body_end(struct body *b)
{
	struct web_request *req = b->req;

	switch (b->kind) {
	case BODY_NONE:
		break;
	case BODY_FORM:
		if (!pairs_read(req->arena, text_str(&b->raw.memory), PAIRS_MOST, &req->form))
			return refuse(b, (struct gate_refusal){400, "the form is malformed"});
		break;
	case BODY_MULTIPART:
		if (!multipart_end(&b->parts))
			return refuse(b, b->parts.refusal);
		req->files = b->parts.files;
		break;
	case BODY_RAW:
		if (!spool_end(&b->raw, &b->refusal))
			return false;
		req->body.bytes = spool_bytes(&b->raw);
		req->body.fd = b->raw.fd;
		break;
	}
	return true;
}

void body_free(struct body *b)
{
	if (b->kind == BODY_MULTIPART)
		multipart_free(&b->parts);
	spool_free(&b->raw);
}
