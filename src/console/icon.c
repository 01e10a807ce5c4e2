#include "console/inner.h"

#include "icon.h"

const struct asset icon_asset = ASSET("image/svg+xml");
