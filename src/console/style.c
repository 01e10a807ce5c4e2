#include "console/inner.h"

#include "style.h"

const struct asset style_asset = ASSET("text/css; charset=utf-8");
