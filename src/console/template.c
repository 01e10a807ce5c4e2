#include "console/inner.h"

#include "template.h"

/* The template of an inventory, to fill in; it is that of doc/templates, which a test reads. */

static const struct asset template_asset = ASSET("text/csv; charset=utf-8");

void template_show(struct web_request *req UNUSED, struct web_reply *reply)
{
	text_add(web_reply_body(reply, template_asset.type), template_asset.plain);
	web_reply_gzipped(reply, template_asset.gzipped);
	web_reply_header(reply, "Content-Disposition",
			 STR("attachment; filename=\"inventory-template.csv\""));
	web_reply_cache(reply, WEB_CACHE_CHECK);
}
