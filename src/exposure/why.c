#include "exposure/why.h"
void why_line(const struct exposure_world *w, const struct unit *o, uint32_t device,
	      const struct vuln_row *v, enum exposure_state state, struct arena *arena,
	      struct exposure_device *ret)
{
	(void)w;
	(void)o;
	(void)device;
	(void)v;
	(void)state;
	(void)arena;
	(void)ret;
}
