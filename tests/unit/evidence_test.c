#include "evidence_scene.h"

int main(void)
{
	int failed = evidence_state_tests();

	failed += evidence_device_tests();
	failed += evidence_clock_tests();
	return failed;
}
