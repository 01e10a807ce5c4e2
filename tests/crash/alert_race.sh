#!/bin/bash
# Two people at once approve, update or withdraw the same alert: one wins, the other is told in one
# line who was first.
# usage: alert_race.sh LYNCHPIN ROUNDS; says TAP; ten times as many under LYNCHPIN_LONG=1
lynchpin=$(realpath "$1") rounds=$2
tmp=$(mktemp -d) && cd "$tmp" || exit 1
trap 'rm -rf "$tmp"' EXIT
export LYNCHPIN_DB=$tmp/lynchpin.db
[ -z "${LYNCHPIN_LONG:-}" ] || rounds=$((rounds * 10))
fail() { echo "not ok 1 - $*"; exit 1; }
echo 1..1
"$lynchpin" init --nation NAT >/dev/null && "$lynchpin" org add T1 One --role trust >/dev/null &&
	for p in anna ben cleo; do "$lynchpin" post add $p national-analyst NAT >/dev/null || fail post; done &&
	"$lynchpin" post add dora national-lead NAT >/dev/null || fail "the service"
draft() {
	"$lynchpin" --as anna alert new $1 --title T --severity high --tlp GREEN --confirmation \
		--role trust --text x >/dev/null || fail "alert new"
}
# Exactly one of the two commands succeeds; the other's line names somebody.
race() {
	local what=$1 a=$2 b=$3
	( eval "$a" >one.out 2>one.err; echo $? >one.rc ) & ( eval "$b" >two.out 2>two.err; echo $? >two.rc ) &
	wait
	case "$(cat one.rc)$(cat two.rc)" in
	01) lost=two ;;
	10) lost=one ;;
	*) fail "$what: exits $(cat one.rc) and $(cat two.rc): $(cat one.err two.err)" ;;
	esac
	[ "$(wc -l <$lost.err)" = 1 ] || fail "$what: not one line: $(cat $lost.err)"
	grep -Eq 'anna|ben|cleo|dora|national-lead' $lost.err || fail "$what: nobody is named: $(cat $lost.err)"
}
for ((i = 1; i <= rounds; i++)); do
	id=$(printf 'CC-2017-%04d' $i)
	draft $id
	race approve "'$lynchpin' --as ben alert approve $id" "'$lynchpin' --as cleo alert approve $id"
	race publish "'$lynchpin' --as ben alert publish $id" "'$lynchpin' --as anna alert publish $id"
	race withdraw "'$lynchpin' --as national-lead alert withdraw $id --reason a" \
		"'$lynchpin' --as dora alert withdraw $id --reason b"
done
for ((i = rounds + 1; i <= 2 * rounds; i++)); do
	id=$(printf 'CC-2017-%04d' $i)
	draft $id
	race update "'$lynchpin' --as ben alert update $id --major --base 1 --title B" \
		"'$lynchpin' --as cleo alert update $id --major --base 1 --title C"
	race "approve and withdraw" "'$lynchpin' --as dora alert approve $id --revision 1" \
		"'$lynchpin' --as national-lead alert withdraw $id --base 2 --reason b"
done
"$lynchpin" journal verify >/dev/null || fail "the journal does not verify"
echo "ok 1 - $((rounds * 5)) races: one won, the other was told who"
