#include "console/api.h"

/*
 * What stands in the lists of answers, for the description.  The commands' own columns are what is
 * given; a test holds this to them.  Each may be null where nobody knows.
 */

#define CLAIM                                                                                      \
	"org claim# site at kind post devices until date supplier decision decided_by note "       \
	"opinion controls"
#define OBLIGATION                                                                                 \
	"org name region role state state_words claims[] exposed# unknown# covered# expected# "    \
	"devices# covering? differs# unproven# mitigated# excepted# seen due overdue? answered? "  \
	"closed until ordinal# pending? supplier reached? step# knew"
#define ORGANISATION                                                                               \
	"org name role parent region open? opened closed successor expected_devices# patients# "   \
	"staff# expected_workstation# expected_server# expected_medical# expected_network# "       \
	"expected_mobile# expected_other#"
#define DEVICE                                                                                     \
	"org device class type vendor model udi support_until controls os line version segment "   \
	"service internet_facing? software# updates# os_seen software_seen updates_seen "          \
	"updates_incomplete? unknown"
#define OUTCOME "org name done? to record# refused"
#define COUNTS "name exposed# unknown# fixed# not_affected# devices# expected#"

static const struct {
	const char *noun, *verb, *list, *words;
} items[] = {
	{"alert", "list", "alerts",
	 "alert title severity tlp life revision# pending? published updated members#"},
	{"alert", "show", "obligations", OBLIGATION},
	{"alert", "show", "regions",
	 "region name organisations# unanswered# overdue# exposed# unknown# states{}"},
	{"alert", "show", "evidence",
	 "known from record# last covers_until exposed# unknown# covered#"},
	{"alert", "show", "said",
	 "claim# site at kind post org devices[] until date supplier note approved? decided"},
	{"alert", "replay", "obligations", OBLIGATION},
	{"alert", "preview", "organisations", "org region " COUNTS},
	{"alert", "trend", "days",
	 "day exposed# unknown# covered# expected# unstated# devices# organisations# asked# as_of "
	 "states{}"},
	{"alert", "claims", "claims", CLAIM},
	{"alert", "decide", "claims", CLAIM},
	{"alert", "escalations", "escalations", "at alert org to step# ordinal# as_supplier?"},
	{"alert", "escalate", "outcomes", OUTCOME},
	{"alert", "chase", "outcomes", OUTCOME},
	{"alert", "chases", "chases", "at org kind post note record#"},
	{"alert", "digest", "digest", "to alert org step# at as_supplier?"},
	{"alert", "duties", "duties", "due overdue? what alert title org name as_supplier?"},
	{"alert", "states", "states", "claims clear exposed neither"},
	{"settings", NULL, "settings", "about setting value change"},
	{"alert", "rules", "rules", "what name since record#"},
	{"notify", "list", "messages",
	 "made state channel recipient about attempts# next ended said id"},
	{"exposure", NULL, "organisations", "org region " COUNTS},
	{"exposure", NULL, "regions", "region " COUNTS},
	{"exposure", NULL, "devices",
	 "org device class segment service seen smb1_off? state type why"},
	{"exposure", NULL, "vulnerabilities",
	 "cve cvss~ epss~ exploited? ransomware? due exposed# unknown# weight~"},
	{"why", NULL, "reasons", "depth# kind text"},
	{"vuln", "show", "cvss", "version vector base~ severity source valid?"},
	{"vuln", "show", "fixes", "kind product line from kb file supersedes source{}"},
	{"estate", "show", "devices", DEVICE},
	{"estate", "search", "devices", DEVICE},
	{"estate", "import", "inventories",
	 "file org format taken devices# software# updates# skipped# incomplete# taken_by_default? "
	 "repeats notes"},
	{"estate", "conflicts", "conflicts",
	 "org device fact value source kind seen believed? why"},
	{"estate", "names", "names",
	 "key publisher raw version part devices# organisations# candidates"},
	{"org", "list", "organisations", ORGANISATION},
	{"org", "show", "organisations", ORGANISATION},
	{"org", "tree", "organisations",
	 "depth# tree kind org name role expected_devices# patients#"},
	{"org", "facts", "facts", "fact value source taken in_force?"},
	{"org", "proposals", "proposals",
	 "org number# now proposed by user said state ended_by ended reason expected_devices#"},
	{"org", "successors", "successions", "org successor at"},
	{"org", "oversight", "oversight", "org duty body lead? start end"},
	{"delegate", "list", "delegations", "org receiver gives services start end by to"},
	{"disclosure", "list", "disclosures", "org post user purpose opened until open?"},
	{"post", "list", "posts", "post kind org title holders ended"},
	{"post", "holders", "holders", "person name email phone from to"},
	{"post", "rights", "rights", "post scope right"},
	{"post", "matrix", "matrix",
	 "act right post own? own_region? other_region? nation? delegated?"},
	{"feed", "status", "feeds",
	 "name kind source record# current? taken dated_by received age_days# accepted# skipped# "
	 "refused# criteria_refused# size# digest"},
	{"feed", "sources", "sources", "name kind url"},
	{"journal", "show", "records", "number# site time post user act org what body hash"},
	{"journal", "acts", "acts", "act right about"},
	{"mandate", "show", "history", "time what post by authority until reason"},
	{"posture", "show", "history", "since level until exercise? exercise_name by reason"},
};

const char *api_items(const struct api_row *row, struct str list)
{
	for (size_t i = 0; i < ARRAY_LEN(items); i++)
		if (strcmp(items[i].noun, row->noun) == 0 && str_is(list, items[i].list) &&
		    !items[i].verb == !row->verb &&
		    (!row->verb || strcmp(items[i].verb, row->verb) == 0))
			return items[i].words;
	return NULL;
}
