#!/bin/bash
# Kill -9 the real program at random moments while it takes in files: each command is there whole or
# not at all, what it said was done is there, and the tables are what the journal makes them.
# usage: cli_crash.sh LYNCHPIN ROUNDS; says TAP
lynchpin=$(realpath "$1") rounds=$2 fixtures=$(cd "$(dirname "$0")/../scenario/fixtures" && pwd)
tmp=$(mktemp -d) && cd "$tmp" || exit 1
trap 'rm -rf "$tmp"' EXIT
export LYNCHPIN_DB=$tmp/lynchpin.db
fail() { echo "not ok 1 - $*"; exit 1; }
echo 1..1
"$lynchpin" init --nation NAT >/dev/null || fail init
acknowledged=0 killed=0
RANDOM=20170512
exec 2>errors # where the shell tells of those killed
for ((i = 0; i < rounds; i++)); do
	printf 'code,name,role\n' >orgs.csv
	for ((k = 0; k < 40; k++)); do printf 'X%d-%d,Lot%d.,trust\n' $i $k $i; done >>orgs.csv
	rm -f said
	{ "$lynchpin" org import orgs.csv >said.new 2>/dev/null && mv said.new said; } &
	job=$!
	sleep "0.0$((RANDOM % 80 + 10))"
	pkill -9 -P $job 2>/dev/null && killed=$((killed + 1))
	wait $job
	[ -f said ] && acknowledged=$((acknowledged + 1)) && echo $i >>done
	n=$("$lynchpin" org list --text "Lot$i." --json | grep -o '"total":[0-9]*')
	[ "$n" = '"total":40' ] || [ "$n" = '"total":0' ] || fail "round $i is half there: $n"
	[ -f said ] && [ "$n" != '"total":40' ] && fail "round $i was acknowledged and is gone"
done
"$lynchpin" journal verify >/dev/null || fail "the journal does not verify"
"$lynchpin" alert advance >/dev/null || fail "alert advance" # one killed before it may be behind
"$lynchpin" store dump >before && "$lynchpin" journal rebuild >/dev/null && "$lynchpin" store dump >after
cmp -s before after || fail "the tables are not what the journal makes them"
"$lynchpin" estate import X0-0 "$fixtures/t1.csv" >/dev/null 2>&1
echo "# $rounds rounds, $killed killed, $acknowledged acknowledged"
[ $killed -gt 0 ] || fail "nothing was killed"
echo "ok 1 - the program killed $killed times"
