#include "console/inner.h"

#include "script.h"

const struct asset script_asset = ASSET("text/javascript; charset=utf-8");
