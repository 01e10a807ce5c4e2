#include "base/fault.h"

static unsigned left, asked;
static bool met;

void fault_arm(unsigned n)
{
	left = n;
	asked = 0;
	met = false;
}

bool fault_met(void)
{
	return met;
}

unsigned fault_asked(void)
{
	return asked;
}

bool fault_here(void)
{
	if (!left)
		return false;
	asked++;
	if (--left)
		return false;
	met = true;
	return true;
}
