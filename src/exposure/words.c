#include "exposure/words.h"

/* Counting, by the processor's own instruction where it has one. */

static size_t count_plain(const uint64_t *w, size_t n)
{
	return bits_count(w, n);
}

static size_t both_plain(const uint64_t *a, const uint64_t *b, size_t n)
{
	size_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (size_t)__builtin_popcountll(a[i] & b[i]);
	return sum;
}

#if defined(__x86_64__)
__attribute__((target("popcnt"))) static size_t count_popcnt(const uint64_t *w, size_t n)
{
	size_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (size_t)__builtin_popcountll(w[i]);
	return sum;
}

__attribute__((target("popcnt"))) static size_t both_popcnt(const uint64_t *a, const uint64_t *b,
							    size_t n)
{
	size_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (size_t)__builtin_popcountll(a[i] & b[i]);
	return sum;
}

size_t words_count(const uint64_t *w, size_t n)
{
	return __builtin_cpu_supports("popcnt") ? count_popcnt(w, n) : count_plain(w, n);
}

size_t words_count_both(const uint64_t *a, const uint64_t *b, size_t n)
{
	return __builtin_cpu_supports("popcnt") ? both_popcnt(a, b, n) : both_plain(a, b, n);
}
#else
size_t words_count(const uint64_t *w, size_t n)
{
	return count_plain(w, n);
}

size_t words_count_both(const uint64_t *a, const uint64_t *b, size_t n)
{
	return both_plain(a, b, n);
}
#endif
