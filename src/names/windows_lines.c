#include "names/names.h"

/*
 * The Windows lines.  Facts from Microsoft's release information and from the
 * names that the NVD gives its configurations.  Rows of a family stand in the
 * order of their service packs or builds.
 */

#define CPES(...)                                                                                  \
	.cpes = (const struct windows_cpe[]){__VA_ARGS__},                                         \
	.n_cpes = ARRAY_LEN(((const struct windows_cpe[]){__VA_ARGS__}))

/* A service-pack line before Windows 10. */
#define OLD(name_, title_, family_, sp_, maj, min, build_)                                         \
	.name = name_, .title = title_, .family = family_, .sp = sp_, .major = maj, .minor = min,  \
	.build = build_, .order = WINDOWS_BY_KB

/* A line of Windows 10 or later: label as captions and NVD write it. */
#define NEW(name_, title_, family_, label_, build_)                                                \
	.name = name_, .title = title_, .family = family_, .label = label_, .major = 10,           \
	.minor = 0, .build = build_, .order = WINDOWS_BY_BUILD, .history = "10.0." #build_,        \
	.build_or_sp = #build_

#define WINDOWS_10(label_, title_, build_)                                                         \
	{                                                                                          \
		NEW("10-" #build_, "Windows 10 Version " title_, "10", label_, build_),            \
			.release = "Windows 10",                                                   \
			CPES({"windows_10_" label_, NULL, NULL}, {"windows_10", label_, NULL})     \
	}

#define WINDOWS_11(label_, title_, build_)                                                         \
	{                                                                                          \
		NEW("11-" #build_, "Windows 11 Version " title_, "11", label_, build_),            \
			.release = "Windows 11",                                                   \
			CPES({"windows_11_" label_, NULL, NULL}, {"windows_11", label_, NULL})     \
	}

/* The NVD took the semi-annual channel for versions of 2016. */
#define SERVER_CHANNEL(label_, title_, build_)                                                     \
	{                                                                                          \
		NEW("server-" label_, "Windows Server, Version " title_, "server", label_,         \
		    build_),                                                                       \
			.server = true, .release = "Windows Server, Version " title_,              \
			CPES({"windows_server_" label_, NULL, NULL},                               \
			     {"windows_server", label_, NULL},                                     \
			     {"windows_server_2016", label_, NULL})                                \
	}

#define SERVER_YEAR(year, build_)                                                                  \
	{                                                                                          \
		NEW(year, "Windows Server " year, year, NULL, build_),                             \
			.server = true, .release = "Windows Server " year,                         \
			CPES({"windows_server_" year, "-", NULL},                                  \
			     {"windows_server_" year, NULL, NULL})                                 \
	}

static const struct windows_line lines[] = {
	{OLD("2000", "Windows 2000", "2000", 0, 5, 0, 2195), .history = "5.0", .next = "2000sp4",
	 CPES({"windows_2000", "-", NULL})},
	{OLD("2000sp4", "Windows 2000 Service Pack 4", "2000", 4, 5, 0, 2195), .history = "5.0sp4",
	 CPES({"windows_2000", "-", "sp4"})},
	{OLD("xp", "Windows XP", "xp", 0, 5, 1, 2600), .history = "5.1", .next = "xpsp1",
	 CPES({"windows_xp", "-", NULL})},
	{OLD("xpsp1", "Windows XP Service Pack 1", "xp", 1, 5, 1, 2600), .history = "5.1sp1",
	 .next = "xpsp2", CPES({"windows_xp", "-", "sp1"})},
	{OLD("xpsp2", "Windows XP Service Pack 2", "xp", 2, 5, 1, 2600), .history = "5.1sp2",
	 .next = "xpsp3", CPES({"windows_xp", "-", "sp2"})},
	{OLD("xpsp3", "Windows XP Service Pack 3", "xp", 3, 5, 1, 2600), .history = "5.1sp3",
	 CPES({"windows_xp", "-", "sp3"})},
	/* XP x64 is Server 2003's kernel and takes its updates. */
	{OLD("xp64", "Windows XP Professional x64 Edition", "xp64", 0, 5, 2, 3790),
	 .history = "5.2sp1", .next = "xp64sp2", CPES({"windows_xp", "-", NULL})},
	{OLD("xp64sp2", "Windows XP Professional x64 Edition Service Pack 2", "xp64", 2, 5, 2,
	     3790),
	 .history = "5.2sp2", CPES({"windows_xp", "-", "sp2"})},
	{OLD("2003", "Windows Server 2003", "2003", 0, 5, 2, 3790), .server = true,
	 .history = "5.2", .next = "2003sp1",
	 CPES({"windows_server_2003", "-", NULL}, {"windows_2003_server", "-", NULL})},
	{OLD("2003sp1", "Windows Server 2003 Service Pack 1", "2003", 1, 5, 2, 3790),
	 .server = true, .history = "5.2sp1", .next = "2003sp2",
	 CPES({"windows_server_2003", "-", "sp1"}, {"windows_2003_server", "-", "sp1"},
	      {"windows_2003_server", "sp1", NULL})},
	{OLD("2003sp2", "Windows Server 2003 Service Pack 2", "2003", 2, 5, 2, 3790),
	 .server = true, .history = "5.2sp2",
	 CPES({"windows_server_2003", "-", "sp2"}, {"windows_2003_server", "-", "sp2"},
	      {"windows_2003_server", "sp2", NULL})},
	{OLD("vista", "Windows Vista", "vista", 0, 6, 0, 6000), .history = "6.0",
	 .next = "vistasp1", CPES({"windows_vista", "-", NULL})},
	{OLD("vistasp1", "Windows Vista Service Pack 1", "vista", 1, 6, 0, 6001),
	 .history = "6.0sp1", .next = "vistasp2", CPES({"windows_vista", "-", "sp1"})},
	{OLD("vistasp2", "Windows Vista Service Pack 2", "vista", 2, 6, 0, 6002),
	 .history = "6.0sp2", CPES({"windows_vista", "-", "sp2"})},
	/* Server 2008 was released at the level of Vista's Service Pack 1. */
	{OLD("2008", "Windows Server 2008", "2008", 1, 6, 0, 6001), .server = true,
	 .history = "6.0sp1", .next = "2008sp2",
	 CPES({"windows_server_2008", "-", NULL}, {"windows_server_2008", "-", "sp1"})},
	{OLD("2008sp2", "Windows Server 2008 Service Pack 2", "2008", 2, 6, 0, 6002),
	 .server = true, .history = "6.0sp2", .release = "Windows Server 2008",
	 .build_or_sp = "SP2",
	 CPES({"windows_server_2008", "-", "sp2"}, {"windows_server_2008", "sp2", NULL},
	      {"windows_server_2008_sp2", NULL, NULL})},
	{OLD("7", "Windows 7", "7", 0, 6, 1, 7600), .history = "6.1", .next = "7sp1",
	 CPES({"windows_7", "-", NULL})},
	{OLD("7sp1", "Windows 7 Service Pack 1", "7", 1, 6, 1, 7601), .history = "6.1sp1",
	 .release = "Windows 7", .build_or_sp = "SP1", CPES({"windows_7", "-", "sp1"})},
	{OLD("2008r2", "Windows Server 2008 R2", "2008r2", 0, 6, 1, 7600), .server = true,
	 .history = "6.1", .next = "2008r2sp1",
	 CPES({"windows_server_2008", "r2", NULL}, {"windows_server_2008", "r2", "r2"})},
	/* The last spelling meets criteria that hold r2 as the update of any version, and no
	   others. */
	{OLD("2008r2sp1", "Windows Server 2008 R2 Service Pack 1", "2008r2", 1, 6, 1, 7601),
	 .server = true, .history = "6.1sp1", .release = "Windows Server 2008 R2",
	 .build_or_sp = "SP1",
	 CPES({"windows_server_2008", "r2", "sp1"}, {"windows_server_2008_r2", NULL, NULL},
	      {"windows_server_2008", "r2", "r2"})},
	{OLD("8", "Windows 8", "8", 0, 6, 2, 9200), .history = "6.2client",
	 CPES({"windows_8", "-", NULL})},
	{OLD("rt", "Windows RT", "rt", 0, 6, 2, 9200), .history = "6.2client",
	 CPES({"windows_rt", "-", NULL})},
	{OLD("2012", "Windows Server 2012", "2012", 0, 6, 2, 9200), .server = true,
	 .history = "6.2", .release = "Windows Server 2012", .build_or_sp = "",
	 CPES({"windows_server_2012", "-", NULL}, {"windows_server_2012", NULL, NULL})},
	{OLD("8.1", "Windows 8.1", "8.1", 0, 6, 3, 9600), .history = "6.3",
	 .release = "Windows 8.1", .build_or_sp = "",
	 CPES({"windows_8.1", "-", NULL}, {"windows_8.1", NULL, NULL})},
	{OLD("rt8.1", "Windows RT 8.1", "rt8.1", 0, 6, 3, 9600), .history = "6.3",
	 CPES({"windows_rt_8.1", "-", NULL})},
	{OLD("2012r2", "Windows Server 2012 R2", "2012r2", 0, 6, 3, 9600), .server = true,
	 .history = "6.3", .release = "Windows Server 2012 R2", .build_or_sp = "",
	 CPES({"windows_server_2012", "r2", NULL}, {"windows_server_2012_r2", NULL, NULL})},
	/* The NVD writes the first release as windows_10 with version NA. */
	{NEW("10-10240", "Windows 10 Version 1507", "10", "1507", 10240), .release = "Windows 10",
	 CPES({"windows_10", "-", NULL}, {"windows_10", "1507", NULL},
	      {"windows_10_1507", NULL, NULL})},
	WINDOWS_10("1511", "1511", 10586),
	WINDOWS_10("1607", "1607", 14393),
	WINDOWS_10("1703", "1703", 15063),
	WINDOWS_10("1709", "1709", 16299),
	WINDOWS_10("1803", "1803", 17134),
	WINDOWS_10("1809", "1809", 17763),
	WINDOWS_10("1903", "1903", 18362),
	WINDOWS_10("1909", "1909", 18363),
	WINDOWS_10("2004", "2004", 19041),
	WINDOWS_10("20h2", "20H2", 19042),
	WINDOWS_10("21h1", "21H1", 19043),
	WINDOWS_10("21h2", "21H2", 19044),
	WINDOWS_10("22h2", "22H2", 19045),
	{NEW("11-22000", "Windows 11 Version 21H2", "11", "21h2", 22000), .release = "Windows 11",
	 CPES({"windows_11", "-", NULL}, {"windows_11", "21h2", NULL},
	      {"windows_11_21h2", NULL, NULL})},
	WINDOWS_11("22h2", "22H2", 22621),
	WINDOWS_11("23h2", "23H2", 22631),
	WINDOWS_11("24h2", "24H2", 26100),
	WINDOWS_11("25h2", "25H2", 26200),
	WINDOWS_11("26h1", "26H1", 28000),
	SERVER_YEAR("2016", 14393),
	SERVER_CHANNEL("1709", "1709", 16299),
	SERVER_CHANNEL("1803", "1803", 17134),
	SERVER_YEAR("2019", 17763),
	SERVER_CHANNEL("1903", "1903", 18362),
	SERVER_CHANNEL("1909", "1909", 18363),
	SERVER_CHANNEL("2004", "2004", 19041),
	SERVER_CHANNEL("20h2", "20H2", 19042),
	SERVER_YEAR("2022", 20348),
	{NEW("2022-23h2", "Windows Server 2022, 23H2 Edition", "2022", "23h2", 25398),
	 .server = true, .release = "Windows Server 2022, 23H2 Edition",
	 CPES({"windows_server_2022_23h2", NULL, NULL}, {"windows_server_23h2", NULL, NULL})},
	SERVER_YEAR("2025", 26100),
};

size_t windows_line_count(void)
{
	return ARRAY_LEN(lines);
}

const struct windows_line *windows_line_at(size_t i)
{
	assert(i < ARRAY_LEN(lines));
	return &lines[i];
}
