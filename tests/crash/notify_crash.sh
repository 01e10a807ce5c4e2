#!/bin/bash
# kill -9 what sends, at random moments, against a real mail server (aiosmtpd, STARTTLS and TLS, log-in)
# and a real receiver of webhooks (Node, npm's standardwebhooks): everything arrives; what arrives twice
# has one id, and no more do than there were kills; of whom an alert reached each is recorded once.
# usage: notify_crash.sh LYNCHPIN ROUNDS; says TAP; ten times as many under LYNCHPIN_LONG=1
lynchpin=$(realpath "$1") rounds=$2 orgs=30
here=$(cd "$(dirname "$0")" && pwd)
modules=$("$here/../../tools/node" "$here/../webhook" 2>/dev/null)
tmp=$(mktemp -d) && cd "$tmp" || exit 1
trap 'kill -9 $(jobs -p) 2>/dev/null; rm -rf "$tmp"' EXIT
export LYNCHPIN_DB=$tmp/lynchpin.db
[ -z "${LYNCHPIN_LONG:-}" ] || rounds=$((rounds * 10))
number=0
fail() { echo "not ok $((number + 1)) - $*"; tail -3 said errors server.err >&2; exit 1; }
ok() { number=$((number + 1)); echo "ok $number - $*"; }
/usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null || { echo 1..1; echo 'ok 1 # SKIP without python3-aiosmtpd'; exit 0; }
echo 1..8
exec 2>errors # where the shell tells of those killed
minute=0
at() {
	local now=$(date -u -d "2017-05-12T09:00Z +$minute minutes" +%FT%TZ)
	echo "$now" >now
	"$lynchpin" --now "$now" "$@"
}
send() { # again while the lease of one that was killed lasts
	for ((t = 0; t < 40; t++)); do
		at notify send >said 2>&1 && return
		grep -q 'another process\|works and sends\|sent by' said || fail "notify send: $(cat said)"
		sleep 0.2
	done
	fail "notify send: $(cat said)"
}
waiting() { at notify list --state waiting --json | grep -o '"state":"waiting"' | wc -l; }
port_of() { for ((t = 0; t < 100; t++)); do [ -s "$1" ] && break; sleep 0.1; done; cat "$1"; }
mail_server() { # mode
	rm -f port-"$1" in-"$1" && mkfifo in-"$1"
	/usr/bin/python3 "$here/mail_server.py" . "$1" <in-"$1" >port-"$1" 2>>server.err &
	exec {hold}>in-"$1"
	port=$(port_of port-"$1")
}
alert() { # number, role
	at --as analyst alert new "CC-2017-000$1" --title T --severity high --tlp AMBER --confirmation --role "$2" \
		--text x >/dev/null && at alert approve "CC-2017-000$1" >/dev/null &&
		at alert publish "CC-2017-000$1" >/dev/null || fail "alert $1"
}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
	-addext subjectAltName=IP:127.0.0.1,DNS:localhost -keyout key.pem -out cert.pem 2>/dev/null || fail openssl
echo 'open sesame' >password
touch login
mail_server starttls
at init --nation NAT >/dev/null || fail init
{ echo code,name,role; for ((k = 10; k < 10 + orgs; k++)); do echo "X$k,Lot $k,trust"; done
	echo 'G1,Practice,gp_practice'; } >orgs.csv
{ echo org,post,email; for ((k = 10; k < 10 + orgs; k++)); do echo "X$k,desk,desk@x$k.example.org"; done
	echo 'G1,desk,gone@g1.example.org'; } >contacts.csv
at org import orgs.csv >/dev/null && at org import --format contacts contacts.csv >/dev/null &&
	at post add analyst national-analyst NAT >/dev/null || fail "the service"

# Nothing goes where it may not, and nothing without TLS that holds.
at notify set smtp "smtp://localhost:$port" --from lynchpin@nation.example.org --user lynchpin \
	--password-file password --ca cert.pem >/dev/null || fail "set smtp"
alert 1 trust
send
[ "$(waiting)" = $orgs ] && at notify list | grep -q 'internal address' && [ ! -e mails ] || fail "an internal address"
ok "no mail to an internal address that is not allowed"
at notify set smtp "smtp://localhost:$port" --from lynchpin@nation.example.org --user lynchpin \
	--password-file password --allow-internal >/dev/null && send
[ "$(waiting)" = $orgs ] && [ ! -e mails ] || fail "a certificate of nobody"
echo wrong >password.wrong
at notify set smtp "smtp://localhost:$port" --from lynchpin@nation.example.org --user lynchpin \
	--password-file password.wrong --ca cert.pem --allow-internal >/dev/null && send
[ "$(waiting)" = $orgs ] && at notify list --json | grep -q 'Login denied' && [ ! -e mails ] || fail "a wrong password"
ok "a certificate of nobody and a wrong password stop it, and nothing is lost"

# Killed at random.
at notify set smtp "smtp://localhost:$port" --from lynchpin@nation.example.org --user lynchpin \
	--password-file password --ca cert.pem --allow-internal >/dev/null || fail "set smtp"
echo 0.03 >slow
killed=0
RANDOM=20170512
for ((i = 0; i < rounds; i++)); do
	at notify send >said.killed 2>&1 &
	job=$!
	sleep "0.$(printf '%03d' $((RANDOM % 600 + 150)))"
	pkill -9 -P $job 2>/dev/null || kill -9 $job 2>/dev/null && killed=$((killed + 1))
	wait $job
	minute=$((minute + 30))
done
rm slow
send
minute=$((minute + 90))
send
[ "$(waiting)" = 0 ] || fail "$(waiting) wait still"
cut -d' ' -f1 mails | sort -u | wc -l | grep -qx $orgs || fail "$(cut -d' ' -f1 mails | sort -u | wc -l) were reached"
cut -d' ' -f1,2 mails | sort -u | wc -l | grep -qx $orgs || fail "one message under two ids"
again=$(($(wc -l <mails) - orgs))
[ $again -le $killed ] || fail "$again came twice, and $killed were killed"
ok "mail: $orgs arrived, killed $killed times, $again came twice under one id"
recorded() { at journal show --act alert.deliver --json | tr -d "\\\\" | grep -o "\"orgs\":\[[^]]*\],\"outcome\":\"$1\"" | grep -o '"[XG][0-9]*"' | sort; }
[ "$(recorded delivered | wc -l)" = $orgs ] && [ "$(recorded delivered | uniq -d | wc -l)" = 0 ] || fail "records"
"$lynchpin" journal verify >/dev/null || fail "the journal does not verify"
at alert show CC-2017-0001 | grep -q ' 0 not reached' || fail "not reached"
ok "each is recorded as reached once"
grep -qE 'X[0-9]|[Ll]ot |devices|exposed' mail.1 && fail "a mail says too much"
grep -q '^Subject: CC-2017-0001: please acknowledge by 14 May 2017, 09:00 UTC' mail.1 || fail "the mail: $(head -3 mail.1)"
ok "a mail names an alert and a time, and nobody"

# Refused for good, and not now; by TLS from the start.
rm login
mail_server tls
at notify set smtp "smtps://localhost:$port" --from lynchpin@nation.example.org --ca cert.pem --allow-internal >/dev/null
echo gone@g1.example.org >later
alert 2 gp_practice
send
at notify list --state waiting | grep -q '451 4.2.1 not now' || fail "451"
mv later refuse
minute=$((minute + 5))
send
at notify list --state failed | grep -q '550 5.1.1 no such mailbox' || fail "550"
[ "$(recorded failed)" = '"G1"' ] || fail "the failure is not recorded"
at alert show CC-2017-0002 | grep -q 'G1.*not reached' || fail "reached?"
ok "a mailbox that is not there fails, and its organisation is not reached"

if [ -z "$modules" ] || ! command -v node >/dev/null; then
	echo "ok 7 # SKIP without npm's standardwebhooks (tools/node tests/webhook --install)"
	echo 'ok 8 # SKIP the same'
	exit 0
fi
mkfifo in-hook
node "$here/hook_server.mjs" . "$modules" <in-hook >port-hook 2>>server.err &
exec {held}>in-hook
port=$(port_of port-hook)
at notify hook add inner https://localhost:$port/x --nation --ca cert.pem | tail -1 >/dev/null || fail "hook add"
at notify hook add http http://localhost:$port/x --nation >/dev/null 2>&1 && fail "http:// without leave"
alert 3 trust
send
at notify list --state waiting --json | grep -q 'internal address' && [ ! -e hooks ] || fail "an internal hook"
at notify hook end inner >/dev/null || fail "hook end"
at notify hook add chat https://localhost:$port/x --nation --ca cert.pem --allow-internal | tail -1 >secret
minute=$((minute + 30))
alert 4 trust
echo 302 >answer
send
grep -q 'webhook.*302' <(at notify list --state waiting) || fail "a redirect: $(at notify list --state waiting)"
rm answer hooks
echo 1 >hook-slow
minute=$((minute + 30))
at notify send >said.killed 2>&1 &
job=$!
for ((t = 0; t < 100; t++)); do [ -s hooks ] && break; sleep 0.05; done
pkill -9 -P $job 2>/dev/null || kill -9 $job
wait $job
rm hook-slow
minute=$((minute + 30))
send
grep -q BAD hooks && fail "$(cat hooks)"
[ "$(cut -d' ' -f1 hooks | sort -u | wc -l)" = 1 ] && grep -q 'alert CC-2017-0004' hooks || fail "hooks: $(cat hooks)"
ok "webhooks: others find the signature right; killed before its answer was heard, $(wc -l <hooks) came, of one id"
secret=$(cut -c7- secret)
grep -rqaF -e "$secret" -e 'open sesame' lynchpin.db lynchpin.db-wal 2>/dev/null && fail "a secret lies in the store"
at notify show --json | grep -qE 'sesame|whsec' && fail "a secret is shown"
grep -q ERROR errors server.err said* && fail "a sanitizer spoke"
ok "no secret lies in the store"
