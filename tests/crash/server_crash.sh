#!/bin/bash
# kill -9 a PostgreSQL server while several programs write, and start it again: what was said to be
# done is there, the journal verifies, and the process that works has found its way back by itself.
# Starts a server of its own, which root may not: then it is skipped.
# usage: server_crash.sh LYNCHPIN ROUNDS; says TAP
lynchpin=$(realpath "$1") rounds=$2
server=$(cd "$(dirname "$0")/../../tools" && pwd)/postgresql
tmp=$(mktemp -d) && cd "$tmp" || exit 1
trap 'kill -9 $(jobs -p) 2>/dev/null; "$server" stop "$tmp/pg"; rm -rf "$tmp"' EXIT
at=$("$server" start --durable "$tmp/pg" 2>why)
case $? in
0) ;;
77) echo 1..1 && echo "ok 1 # SKIP $(cat why)" && exit 0 ;;
*) echo 1..1 && echo "not ok 1 - $(tail -1 why)" && exit 1 ;;
esac
fail() { echo "not ok 1 - $*"; tail -3 work.out work.err pg/log >&2; exit 1; }
echo 1..1
export LYNCHPIN_DB=$tmp/address
(umask 077 && echo "$at?options=-csearch_path%3Dcrash" >address)
"$lynchpin" init --nation NAT >/dev/null || fail init
"$lynchpin" work >work.out 2>work.err &
work=$!
writer() { # who: says which were done
	for ((k = 0; ; k++)); do
		[ ! -f enough ] || exit 0
		"$lynchpin" org add "W$1N$k" "Writer $1 $k" --role trust >/dev/null 2>>writers.err && echo "W$1N$k" >>"done$1"
	done
}
for w in 1 2; do writer $w & done
writers=$(jobs -p | grep -v "^$work$")
RANDOM=20170512
for ((i = 0; i < rounds; i++)); do
	before=$(cat done1 done2 2>/dev/null | wc -l)
	for ((t = 0; t < 200; t++)); do
		[ "$(cat done1 done2 2>/dev/null | wc -l)" -ge $((before + 4)) ] && break
		sleep 0.1
	done
	sleep "0.$((RANDOM % 90 + 10))"
	"$server" kill "$tmp/pg"
	"$server" again "$tmp/pg" 2>/dev/null || { sleep 1; "$server" again "$tmp/pg"; } || fail "the server does not start again"
done
touch enough
wait $writers
kill -0 $work || fail "the process that works has ended"
for code in $(cat done1 done2); do echo "$code"; done | sort >said
"$lynchpin" org list --role trust --csv | grep -o '^W[0-9]*N[0-9]*' | sort >there || fail "org list"
[ -s said ] || fail "nothing was acknowledged"
lost=$(comm -23 said there)
[ -z "$lost" ] || fail "acknowledged and gone:" $lost
"$lynchpin" journal verify >/dev/null || fail "the journal does not verify"
"$lynchpin" org add LAST Last --role trust >/dev/null || fail "org add"
n=$("$lynchpin" journal show --json | grep -o '"number":[0-9]*' | tail -1 | cut -d: -f2)
for ((t = 0; t < 100; t++)); do
	[ "$("$lynchpin" work --once 2>/dev/null | grep -c 'standing by')" = 1 ] && break
	sleep 0.2
done
[ $t -lt 100 ] || fail "the process that works has not come back"
"$lynchpin" store dump >before && "$lynchpin" journal rebuild >/dev/null && sleep 2
for ((t = 0; t < 50; t++)); do "$lynchpin" store dump >after; cmp -s before after && break; sleep 0.2; done
cmp -s before after || fail "the tables are not what the journal makes them"
kill -TERM $work && wait $work || fail "does not stop cleanly"
echo "# $rounds kills, $(wc -l <said) acknowledged, $n records"
echo "ok 1 - a server killed in mid-write"
