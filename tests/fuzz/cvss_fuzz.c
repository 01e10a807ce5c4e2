#include "intel/intel.h"

/* Scores stay between 0 and 10, whatever the vector. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err;
	struct cvss c;

	if (!cvss_parse(str_from((const char *)data, size), &c, &err))
		return 0;
	assert(c.base >= 0 && c.base <= 100);
	assert(c.temporal >= -1 && c.temporal <= 100);
	assert(c.environmental >= -1 && c.environmental <= 100);
	return 0;
}
