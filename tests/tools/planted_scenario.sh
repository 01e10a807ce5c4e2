# The scenario runner against a program that only repeats what it is told.
plant() { # name, run, expect, conf
	mkdir -p "scenarios/$1"
	echo "$2" >"scenarios/$1/run"
	printf '%b' "$3" >"scenarios/$1/expect"
	[ -z "$4" ] || printf '%b' "$4" >"scenarios/$1/conf"
}
tells() { # name, words
	local out
	out=$(LYNCHPIN_DATA='' "$here/../scenario/run" "$tmp/tree/lynchpin" scenarios/* 2>&1)
	if grep -qF -- "$2" <<<"$out"; then
		say ok "scenario: $1"
	else
		say 'not ok' "scenario: $1"
		sed 's/^/# /' <<<"$out"
	fi
}
fresh_program() {
	fresh
	printf '#!/bin/sh\necho "$@"\necho "$1!" >&2\nexit 3\n' >lynchpin
	chmod +x lynchpin
}

fresh_program
plant 01-good 'try lynchpin a b; pwd' '$ lynchpin a b\na b\n! a!\n[exit 3]\n@TMP@\n'
tells 'what was expected' 'ok - 01-good'

fresh_program
plant 02-other 'lynchpin a' 'b\n'
tells 'what was not expected' 'not ok - 02-other'

fresh_program
plant 03-skip 'echo no network; exit 77' ''
tells 'a run that skips itself' 'ok - 03-skip # SKIP no network'

fresh_program
plant 04-slow 'sleep 9' '' 'timeout 1\n'
tells 'a run that does not end' '# +[stopped after 1 s]'

fresh_program
plant 05-hide 'echo at 2017-05-12T07:44:00.000Z in 12.5 ms' 'at @TIME@ in @DURATION@\n' 'hide times durations\n'
tells 'hidden times' 'ok - 05-hide'

fresh_program
plant 06-data 'true' '' 'needs data\n'
tells 'data that is not there' 'ok - 06-data # SKIP no data'

fresh_program
plant 07-typo 'true' '' 'need data\n'
tells 'a slip in conf' 'not ok - 07-typo: conf says "need data"'
