#!/bin/bash
# Kill -9 the program at random moments while it publishes an alert to 10,000 organisations: each
# alert is published to all of them or to none, what it said was done is there, the journal verifies
# and the tables are what it makes them.
# usage: publish_crash.sh LYNCHPIN ROUNDS; says TAP; ten times as many under LYNCHPIN_LONG=1
lynchpin=$(realpath "$1") rounds=$2 orgs=10000
tmp=$(mktemp -d) && cd "$tmp" || exit 1
trap 'rm -rf "$tmp"' EXIT
export LYNCHPIN_DB=$tmp/lynchpin.db
[ -z "${LYNCHPIN_LONG:-}" ] || rounds=$((rounds * 10))
fail() { echo "not ok 1 - $*"; exit 1; }
members() { "$lynchpin" store dump | grep -c "^alerts_member.*alert=\"$1\""; }
echo 1..1
exec 2>errors # where the shell tells of those killed
"$lynchpin" init --nation NAT >/dev/null || fail init
{ printf 'code,name,role\n'; for ((k = 0; k < orgs; k++)); do printf 'X%05d,Lot %d,trust\n' $k $k; done; } >orgs.csv
"$lynchpin" org import orgs.csv >/dev/null || fail "org import"
"$lynchpin" post add analyst national-analyst NAT >/dev/null || fail "post add"
killed=0 acknowledged=0
RANDOM=20170512
for ((i = 1; i <= rounds; i++)); do
	id=$(printf 'CC-2017-%04d' $i)
	"$lynchpin" --as analyst alert new $id --title "Round $i" --severity high --tlp GREEN \
		--confirmation --role trust --text x >/dev/null || fail "alert new"
	"$lynchpin" alert approve $id >/dev/null || fail "alert approve"
	rm -f said
	{ "$lynchpin" alert publish $id >said.new 2>/dev/null && mv said.new said; } &
	job=$!
	sleep "0.$(printf '%03d' $((RANDOM % 250 + 5)))"
	pkill -9 -P $job 2>/dev/null && killed=$((killed + 1))
	wait $job
	n=$(members $id)
	[ "$n" = $orgs ] || [ "$n" = 0 ] || fail "$id reached $n of $orgs"
	[ -f said ] && acknowledged=$((acknowledged + 1))
	[ -f said ] && [ "$n" != $orgs ] && fail "$id was acknowledged and is gone"
	life=$("$lynchpin" alert show $id --json | grep -o '"life":"[a-z]*"')
	[ "$n" = $orgs ] && [ "$life" != '"life":"published"' ] && fail "$id has members and is $life"
	[ "$n" = 0 ] && [ "$life" = '"life":"published"' ] && fail "$id is published to nobody"
done
"$lynchpin" journal verify >/dev/null || fail "the journal does not verify"
"$lynchpin" alert advance >/dev/null || fail "alert advance"
"$lynchpin" store dump >before && "$lynchpin" journal rebuild >/dev/null && "$lynchpin" store dump >after
cmp -s before after || fail "the tables are not what the journal makes them"
echo "# $rounds rounds, $killed killed, $acknowledged acknowledged"
[ $killed -gt 0 ] || fail "nothing was killed"
echo "ok 1 - published whole or not at all, killed $killed times"
