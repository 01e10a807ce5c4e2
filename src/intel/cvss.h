#ifndef INTEL_CVSS_H
#define INTEL_CVSS_H

/* Inner door: how the parts of CVSS scoring talk to each other. */

#include "intel/intel.h"

enum { CVSS_NOT_STATED = 0xff };

/* metric: value numbers in the order of cvss.c's table for 4.0.  Tenths. */
int cvss4_score(const uint8_t *metric);

#endif
