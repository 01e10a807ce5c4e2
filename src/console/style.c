#include "console/inner.h"

const struct str style_name = {"", 0};

void style_show(struct web_request *req UNUSED, struct web_reply *reply)
{
	web_problem(reply, 404, "there is nothing at this address");
}
