#!/bin/bash
# Two processes work on one store; the one that holds the lease is killed, with the process that
# renews it and without.  The other goes on within 5 seconds, does what others record meanwhile, and
# nothing is done twice.  Also on PostgreSQL, where $LYNCHPIN_TEST_DB is the address of a database.
# usage: work_crash.sh LYNCHPIN ROUNDS; says TAP
lynchpin=$(realpath "$1") rounds=$2
tmp=$(mktemp -d) && cd "$tmp" || exit 1
number=0
trap 'kill -9 $(jobs -p) 2>/dev/null; rm -rf "$tmp"' EXIT
fail() { echo "not ok $((number + 1)) - $what: $*"; tail -3 ./*.err ./*.out >&2; exit 1; }
until_said() { # words, file, seconds: *took is how many milliseconds it took
	local began=$(date +%s%3N)
	until grep -q "$1" "$2"; do
		took=$(($(date +%s%3N) - began))
		[ $took -lt $(($3 * 1000)) ] || return 1
		sleep 0.05
	done
	took=$(($(date +%s%3N) - began))
}
start() { # name: in a group of its own, so that it can be killed with its keeper
	setsid "$lynchpin" work >"$1.out" 2>"$1.err" &
	eval "$1=$!"
}
story() {
	"$lynchpin" init --nation NAT >/dev/null && "$lynchpin" org add T1 One --role trust >/dev/null &&
		"$lynchpin" post add anna national-analyst NAT >/dev/null || fail "the service"
	start one
	until_said "working as" one.out 20 || fail "the first does not work"
	local working=one waiting=two worst=0 swap
	for ((i = 1; i <= rounds; i++)); do
		start $waiting
		until_said "standing by: .*/${!working} works" $waiting.out 20 || fail "the other does not stand by"
		if ((i % 2)); then kill -9 -- "-${!working}"; else kill -9 "${!working}"; fi
		until_said "working as .*/${!waiting}" $waiting.out 20 || fail "nobody took over"
		[ $took -gt $worst ] && worst=$took
		swap=$working working=$waiting waiting=$swap
		"$lynchpin" --as anna alert new "CC-2017-000$i" --title T --severity high --tlp GREEN \
			--confirmation --role trust --text x >/dev/null &&
			"$lynchpin" alert approve "CC-2017-000$i" >/dev/null &&
			"$lynchpin" alert publish "CC-2017-000$i" >/dev/null || fail "an alert"
	done
	[ $worst -lt 5000 ] || fail "took over after $worst ms"
	"$lynchpin" org add T2 Two --role trust >/dev/null || fail "org add"
	until_said "joining" $working.out 10 || fail "who joined is not asked"
	[ "$("$lynchpin" journal show --act alert.join --json | grep -o '"number"' | wc -l)" = "$rounds" ] ||
		fail "joined more often than once"
	"$lynchpin" alert advance >/dev/null 2>said && fail "advance beside one that works"
	grep -q "/${!working} just now" said || fail "advance does not say who works: $(cat said)"
	kill -TERM "${!working}" && wait "${!working}" || fail "does not stop cleanly"
	grep -q '^stopped$' $working.out || fail "does not say that it stopped"
	"$lynchpin" work --once >once && grep -q 'working as' once || fail "the lease was not given back"
	"$lynchpin" journal verify >/dev/null || fail "the journal does not verify"
	number=$((number + 1))
	echo "# $what: $rounds killed, taken over after $worst ms at most"
	echo "ok $number - $what"
}
plan=1
[ -z "${LYNCHPIN_TEST_DB:-}" ] || plan=2
echo 1..$plan
what=SQLite LYNCHPIN_DB=$tmp/lynchpin.db
export LYNCHPIN_DB
story
if [ $plan = 2 ]; then
	what=PostgreSQL LYNCHPIN_DB=$tmp/address
	(umask 077 && echo "$LYNCHPIN_TEST_DB?options=-csearch_path%3Dwork_$$" >address)
	rm -f ./*.out ./*.err
	story
fi
