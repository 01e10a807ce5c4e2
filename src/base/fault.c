#include "base/fault.h"

static unsigned left;
static bool met;

void fault_arm(unsigned n)
{
	left = n;
	met = false;
}

bool fault_met(void)
{
	return met;
}

bool fault_here(void)
{
	if (!left || --left)
		return false;
	met = true;
	return true;
}
