# tools/install on a list of its own; nothing is installed.
fresh
cp "$tools/install" tools/install
printf 'build\tno-such-package\tfor nothing\ntest\tdpkg\tis there\n' >tools/packages
if ! command -v dpkg-query >/dev/null; then
	say ok 'install: a missing package is named # SKIP not Debian'
elif tools/install --no-install build,test 2>&1 | grep -q '^Not installed: no-such-package '; then
	say ok 'install: a missing package is named, and only that'
else
	say 'not ok' 'install: a missing package is named, and only that'
fi
