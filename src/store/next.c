#include "store/store.h"

bool store_next(struct store_query *q, bool *ret_ok, struct err *err)
{
	bool row = false;

	*ret_ok = store_step(q, &row, err);
	return *ret_ok && row;
}
