# tools/pages on templates: what would leave unescaped, or break a page, is refused with its line.
page() { # a template's body
	printf '{%% page a(struct str s) %%}\n%s\n' "$1" >a.html
	"$tools/pages" a.c a.h a.html 2>&1
}
makes() { # name, body
	local out
	if out=$(page "$2"); then
		say ok "pages: $1"
	else
		say 'not ok' "pages: $1 was refused"
		sed 's/^/# /' <<<"$out"
	fi
}
refuses() { # name, body, words
	local out
	if out=$(page "$2"); then
		say 'not ok' "pages: $1 went unnoticed"
	elif grep -qF -- "a.html:2: $3" <<<"$out"; then
		say ok "pages: $1"
	else
		say 'not ok' "pages: $1 was not named"
		sed 's/^/# /' <<<"$out"
	fi
}
fresh
makes 'values in text, attributes and addresses' '<p id="{{ s }}"><a href="/x/{{ s | url }}?a={{ s | url }}">{{ s }}</a></p>'
makes 'a whole address' '<a href="/{{ s | path }}">x</a>'
refuses 'a whole address behind something' '<a href="/x/{{ s | path }}">x</a>' 'a whole address stands alone'
refuses 'a whole address as text' '<p>{{ s | path }}</p>' 'a whole address stands alone'
makes 'a script whose file has a name of its own' '<script src="/assets/{{ s | url }}" defer></script>'
makes 'a script from a file' '<script src="/live.js" defer></script>'
makes 'an attribute that is there or not' '<input{% if (s.n) { %} checked{% } %}>'
refuses 'a script in the page' '<script>{{ s }}</script>' 'a <script> is to end before the next'
refuses 'a script with contents' '<script>let a = 1</script>' 'no page has a <script> with contents'
refuses 'a style with contents' '<style>p{color:red}</style>' 'no page has a <style> with contents'
refuses 'a handler of events' '<p onclick="{{ s }}">' 'no page has onclick attributes'
refuses 'a style attribute' '<p style="{{ s }}">' 'no page has style attributes'
refuses 'a value without quotes' '<p id={{ s }}>' 'the value of id has no double quotes'
refuses 'single quotes' "<p id='a'>" 'the value of id has no double quotes'
refuses 'a value as an attribute' '<p {{ s }}>' 'a value within <p> that is in no attribute'
refuses 'a value as a tag' '<{{ s }}>' 'a < that begins no tag'
refuses 'a value in a comment' '<!-- {{ s }} -->' 'a comment of HTML'
refuses 'an address from a value' '<a href="{{ s | url }}">x</a>' 'an address begins with'
refuses "another's address" '<a href="//x/{{ s | url }}">x</a>' 'an address begins with'
refuses 'an address with what is not encoded' '<a href="/x/{{ s }}">x</a>' 'a piece of an address'
refuses 'a filter nobody has' '<p>{{ s | raw }}</p>' 'no filter is called raw'
refuses 'a brace too many' '<p>{% } %}</p>' 'a brace that closes nothing'
refuses 'a brace too few' '<p>{% if (1) { %}</p>' 'the brace of line 2 is not closed'
refuses 'a tag left open by a brace' '<p{% if (1) { %}>{% } %}' 'what opened within the brace of line 2'
refuses 'a page that ends in a tag' '<p' 'the page ends within <p>'
refuses 'leaving in the middle' '<p{% return; %}>' 'no page is left in its middle'
printf 'text\n' >a.html
if "$tools/pages" a.c a.h a.html >out 2>&1 || ! grep -q 'a.html:1: text before' out; then
	say 'not ok' 'pages: text outside of pages went unnoticed'
else
	say ok 'pages: text outside of pages'
fi
