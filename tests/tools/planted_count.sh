# tools/count on logs as meson writes them.
counts() { # name, a line of testlog.json, the last line expected
	local out
	printf '%s\n' "$2" >log.json
	out=$("$tools/count" log.json 2>&1)
	if [ "$(tail -1 <<<"$out")" = "$3" ]; then
		say ok "count: $1"
	else
		say 'not ok' "count: $1"
		sed 's/^/# /' <<<"$out"
	fi
}
fresh
counts 'a program that says nothing is one' '{"name":"a","result":"OK","returncode":0,"stdout":""}' '1 0 0'
counts 'and fails as one' '{"name":"a","result":"TIMEOUT","returncode":-9}' '0 1 0'
counts 'and is skipped as one' '{"name":"a","result":"SKIP","returncode":77}' '0 0 1'
counts "cmocka's three kinds" '{"name":"a","result":"FAIL","returncode":1,"stdout":"1..3\nok 1 - x\nnot ok 2 # SKIP y\nnot ok 3 - z\n# not ok - tests\n"}' '1 1 1'
counts 'a crash in the middle' '{"name":"a","result":"FAIL","returncode":-6,"stdout":"1..4\nok 1 - x\n"}' '1 3 0'
counts 'a leak found at the end' '{"name":"a","result":"FAIL","returncode":1,"stdout":"1..1\nok 1 - x\n"}' '1 1 0'
