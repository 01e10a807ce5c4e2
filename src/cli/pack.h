#ifndef CLI_PACK_H
#define CLI_PACK_H

/*
 * Inner door: the packs of facts that come with the program (the folder pack/),
 * built into it so that it works from any folder.
 */

#include "acts/acts.h"

/* A file of the folder pack/; a name that isn't there is a broken promise. */
struct str pack_file(const char *name);

/* What init adopts by record, so that it is part of the state: the name map, the
 * curated fix rules, and the clocks, ladders and holidays of alerts. */
MUST_CHECK bool pack_adopt(struct acts *a, struct err *err);

/* Import one feed, or one name map, from bytes in hand as its own act. */
MUST_CHECK bool pack_import_feed(struct acts *a, const char *name, struct err *err);

#endif
