#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire_test.h"

static void encoding_is(struct str in, bool guess, const char *out)
{
	AUTO(text_freep) struct text t = {0};
	struct err err = {0};

	if (!text_to_utf8(in, guess, &t, &err))
		text_addf(&t, "! %s", err.text);
	assert_string_equal(text_c(&t), out);
}

static void encodings(void **state)
{
	(void)state;
	encoding_is(STR("caf\xc3\xa9"), false, "caf\xc3\xa9");
	encoding_is(STR("\xef\xbb\xbfx"), false, "x");
	encoding_is(STR("\xff\xfe"
			"a\0\xe9\0=\xd8\0\xde"),
		    false, "a\xc3\xa9\xf0\x9f\x98\x80");
	encoding_is(STR("\xfe\xff\0a\0\xe9"), false, "a\xc3\xa9");
	encoding_is(STR("H\0o\0s\0t\0"), false, "Host");
	encoding_is(STR("\0H\0o\0s\0t"), false, "Host");
	encoding_is(STR("\xff\xfe"
			"a\0b"),
		    false, "! UTF-16 with an odd number of bytes");
	encoding_is(STR("\xff\xfe\0\xd8"
			"a\0"),
		    false, "! byte 0: half a UTF-16 surrogate pair");
	encoding_is(STR("caf\xe9"), false, "! byte 3: neither UTF-8 nor UTF-16");
	/* "Système d'exploitation", "Domäne", in the code pages of Windows' windows and console */
	encoding_is(STR("Syst\xe8me: \x80 1 \x96 2"), true,
		    "Syst\xc3\xa8me: \xe2\x82\xac 1 \xe2\x80\x93 2");
	encoding_is(STR("Syst\x8ame, propri\x82taire"), true,
		    "Syst\xc3\xa8me, propri\xc3\xa9taire");
	encoding_is(STR("Dom\x84ne: Betriebssystem f\x81r"), true,
		    "Dom\xc3\xa4ne: Betriebssystem f\xc3\xbcr");
	encoding_is(STR("Dom\xe4ne: f\xfcr"), true, "Dom\xc3\xa4ne: f\xc3\xbcr");
}

static void kinds(void **state)
{
	(void)state;
	assert_int_equal(wire_kind_of(STR(" {\"a\":\n1}\n")), WIRE_JSON);
	assert_int_equal(wire_kind_of(STR("{\"a\":1}\n{\"a\":2}\n")), WIRE_NDJSON);
	assert_int_equal(wire_kind_of(STR("[1,[2]]")), WIRE_JSON);
	assert_int_equal(wire_kind_of(STR("{\"cut")), WIRE_JSON);
	assert_int_equal(wire_kind_of(STR("code,name\nA,B\n")), WIRE_CSV);
	assert_int_equal(wire_kind_of(STR("\xef\xbb\xbf\"code\"\t\"name\"")), WIRE_CSV);
	assert_int_equal(wire_kind_of(STR("<?xml version='1.0'?><a/>")), WIRE_XML);
	assert_int_equal(wire_kind_of(STR("Host Name:   X\nOS Name:   Y\n")), WIRE_TEXT);
	assert_int_equal(wire_kind_of(STR("H\0o\0s\0t\0")), WIRE_UTF16);
	assert_int_equal(wire_kind_of(STR(" \n")), WIRE_EMPTY);
	assert_int_equal(wire_kind_of(STR("\x7f"
					  "ELF\1\2\3")),
			 WIRE_BINARY);
	assert_string_equal(wire_kind_name(WIRE_NDJSON), "ndjson");
}

static bool xml_start(void *ctx, struct str name, const struct xml_attr *v, size_t n,
		      struct err *err)
{
	if (str_is(name, "bad"))
		return err_set(err, ERR_INVALID, "told to stop");
	text_addf(ctx, "<%.*s", STR_FMT(name));
	for (size_t i = 0; i < n; i++)
		text_addf(ctx, " %.*s=%.*s", STR_FMT(v[i].name), STR_FMT(v[i].value));
	text_add_c(ctx, ">");
	return true;
}

static bool xml_end(void *ctx, struct str name, struct err *err)
{
	(void)err;
	text_addf(ctx, "</%.*s>", STR_FMT(name));
	return true;
}

static bool xml_text(void *ctx, struct str s, struct err *err)
{
	(void)err;
	text_add(ctx, s);
	return true;
}

static void xml_is(const char *in, const char *out)
{
	AUTO(text_freep) struct text t = {0};
	struct xml_events e = {&t, xml_start, xml_end, xml_text};
	struct err err;

	if (!xml_read(str_of(in), &e, &err)) {
		text_clear(&t);
		text_addf(&t, "! %s", err.text);
	}
	assert_string_equal(text_c(&t), out);
}

static void xml_events_and_refusals(void **state)
{
	AUTO(text_freep) struct text deep = {0};

	(void)state;
	xml_is("<?xml version='1.0'?>\n<n:a xmlns:n='u|rn:x' b='1' n:c='&lt;2'>x&amp;<d/></n:a>",
	       "<a b=1 c=<2>x&<d></d></a>");
	xml_is("<a>\n<bad/><b/></a>", "! line 2: told to stop");
	xml_is("<a>\n</b>", "! line 2: XML: mismatched tag");
	xml_is("<a>", "! line 1: XML: no element found");
	xml_is("", "! line 1: XML: no element found");
	xml_is("<?xml version='1.0'?>\n<!DOCTYPE lolz [\n<!ENTITY lol 'lol'>\n<!ENTITY lol1 "
	       "'&lol;&lol;&lol;&lol;'>]>\n<lolz>&lol1;</lolz>",
	       "! line 2: a document type (DTD) is not accepted");
	xml_is("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
	       "! line 1: a document type (DTD) is not accepted");
	xml_is("<!DOCTYPE a [ ]><a/>", "! line 1: a document type (DTD) is not accepted");
	xml_is("<!DOCTYPE a PUBLIC 'x' 'y'><a/>",
	       "! line 1: a document type (DTD) is not accepted");
	/* A bare one declares nothing, so nothing can be referred to. */
	xml_is("<!DOCTYPE a>\n<a>b</a>", "<a>b</a>");
	xml_is("<!DOCTYPE a>\n<a>&b;</a>", "! line 2: XML: undefined entity");
	for (int i = 0; i < 65; i++)
		text_add_c(&deep, "<a>");
	xml_is(text_c(&deep), "! line 1: nested more than 64 deep");
}

const struct CMUnitTest wire_other_tests[] = {
	cmocka_unit_test(encodings),
	cmocka_unit_test(kinds),
	cmocka_unit_test(xml_events_and_refusals),
	{0},
};
