#include "wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct str in = {(const char *)p, n};
	struct err err;

	for (int guess = 0; guess < 2; guess++) {
		AUTO(text_freep) struct text t = {0};
		bool ok = text_to_utf8(in, guess, &t, &err);

		assert(ok ? str_is_utf8(text_str(&t), NULL) : t.n == 0);
	}
	wire_kind_of(in);
	return 0;
}
