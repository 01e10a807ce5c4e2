#ifndef COURIER_MAIL_H
#define COURIER_MAIL_H

/* Inner door. */

#include "courier/inner.h"

struct courier_mail {
	struct way way;
};

#endif
