#!/bin/bash
# kill -9 a PostgreSQL server while several programs write, and start it again: what was said to be
# done is there, the journal verifies, and the process that works has found its way back by itself.
# Starts a server of its own, which root may not: then it is skipped.
# usage: server_crash.sh LYNCHPIN ROUNDS; says TAP
lynchpin=$(realpath "$1") rounds=$2
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1)
if [ ! -x "$bin/initdb" ] || [ "$(id -u)" = 0 ]; then
	echo "1..1"
	echo "ok 1 # SKIP no PostgreSQL server can be started here"
	exit 0
fi
tmp=$(mktemp -d) && cd "$tmp" || exit 1
up() { "$bin/pg_ctl" -D data -w -t 60 -o "-k $tmp -c listen_addresses=''" -l log start >/dev/null 2>&1; }
down() { kill -9 $(head -1 data/postmaster.pid 2>/dev/null) 2>/dev/null; }
trap 'kill -9 $(jobs -p) 2>/dev/null; "$bin/pg_ctl" -D data -m immediate stop >/dev/null 2>&1; rm -rf "$tmp"' EXIT
fail() { echo "not ok 1 - $*"; tail -3 work.out work.err log >&2; exit 1; }
echo 1..1
"$bin/initdb" -D data -A trust -U lynchpin -E UTF8 --locale=C.UTF-8 -N >/dev/null && up || fail "the server"
export LYNCHPIN_DB=$tmp/address
(umask 077 && echo "postgresql://lynchpin@/postgres?host=$tmp&options=-csearch_path%3Dcrash" >address)
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
	down
	for ((t = 0; t < 100; t++)); do up && break; sleep 0.2; done
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
