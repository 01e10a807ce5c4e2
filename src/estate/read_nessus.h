#ifndef ESTATE_READ_NESSUS_H
#define ESTATE_READ_NESSUS_H

/*
 * What a host of a Nessus scan says, by whatever table its findings came.  Only
 * the plugins of the table in read_nessus_plugins.c are evidence; all other
 * findings are somebody's verdicts and stay in the file.
 */

#include "estate/read_scan.h"

/* A list by a plugin that is longer than this is refused, not cut. */
#define NESSUS_OUTPUT_MAX ((size_t)16 << 20)

struct nessus_host {
	struct str netbios, hostname, fqdn, reported, address;
	struct str os, os_cpe;	 /* as the scanner concludes */
	struct str said, lanman; /* by the SMB server */
	struct str build, arch;	 /* by the registry */
	uint64_t confidence;	 /* in os */
	uint8_t credentials;	 /* SAID_NO, SAID_YES; by plugin 19506, else by the host's tag */
	bool tag_credentials, listed; /* listed: software, by its own package manager or registry */
	bool cut, updates, rollups;   /* cut: that list says it is not whole */
	bool has_device, smb1, smb1_asked, several; /* several: systems it might be */
	uint32_t device;
	int64_t end_ms; /* in the scanner's own time */
};

struct nessus {
	struct scan scan;
	uint64_t verdicts; /* findings that name a CVE */
};

/* Does anything come of this plugin's output? */
bool nessus_wants(struct str plugin, struct str family);
/* Take what it says; the host has its names. */
MUST_CHECK bool nessus_put(struct nessus *b, struct nessus_host *h, struct str plugin,
			   struct str output, struct err *err);
/* "cpe:/a:php:php:5.6.40 -> PHP PHP", of the system or of software on it. */
MUST_CHECK bool nessus_put_cpe(struct nessus *b, struct nessus_host *h, struct str stated,
			       struct err *err);
/* The system as the host's properties have it: first come. */
void nessus_os(struct nessus *b, struct nessus_host *h, struct str os);
/* The host's device, by what names it has until now. */
MUST_CHECK bool nessus_device(struct nessus *b, struct nessus_host *h, struct err *err);
/* After the last finding of the host: its system, and what of its lists is whole. */
MUST_CHECK bool nessus_settle(struct nessus *b, struct nessus_host *h, struct err *err);
/* After the last host. */
MUST_CHECK bool nessus_end(struct nessus *b, struct err *err);

/* A table of findings. */
MUST_CHECK bool read_nessus_csv(struct nessus *b, struct str bytes, struct err *err);

#endif
