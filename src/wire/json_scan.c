#include "wire/json.h"

#include "wire/block.h"

/* Bit i of the result: the parity of bits 0 to i. */
static inline uint64_t prefix_xor(uint64_t x)
{
	for (unsigned shift = 1; shift < 64; shift *= 2)
		x ^= x << shift;
	return x;
}

/* Characters that a backslash before them makes plain; *carry: the next block's first. */
static inline uint64_t escaped_by(uint64_t backslashes, uint64_t *carry)
{
	uint64_t escaped = *carry;

	backslashes &= ~*carry;
	*carry = 0;
	while (backslashes) {
		uint64_t next = (backslashes & -backslashes) << 1;

		*carry = !next;
		escaped |= next;
		backslashes &= (backslashes - 1) & ~next;
	}
	return escaped;
}

struct scan {
	uint64_t in_string; /* all ones while a string goes on from the block before */
	uint64_t escape;
	int64_t depth;
	bool first_only;
};

/* Bracket by bracket, for a block in which a bound may be met. */
static enum json_scan scan_closely(struct scan *s, uint64_t open, uint64_t close, size_t *ret_bit)
{
	for (uint64_t both = open | close; both; both &= both - 1) {
		uint64_t bit = both & -both;

		s->depth += open & bit ? 1 : -1;
		*ret_bit = (size_t)__builtin_ctzll(both);
		if (s->depth > JSON_MAX_DEPTH)
			return JSON_SCAN_DEEP;
		if (s->first_only && s->depth <= 0)
			return JSON_SCAN_PAST;
	}
	return JSON_SCAN_OK;
}

static inline __attribute__((always_inline)) enum json_scan
scan_block(struct scan *s, const struct block *b, size_t *ret_bit)
{
	uint64_t backslashes = block_eq(b, '\\'), quotes = block_eq(b, '"');
	uint64_t escaped = backslashes | s->escape ? escaped_by(backslashes, &s->escape) : 0;
	uint64_t string = prefix_xor(quotes & ~escaped) ^ s->in_string;
	/* '[' and ']' with bit 0x20 set are '{' and '}'. */
	uint64_t open = block_eq_fold(b, '{', 0x20) & ~string;
	uint64_t close = block_eq_fold(b, '}', 0x20) & ~string;
	int64_t up = __builtin_popcountll(open), down = __builtin_popcountll(close);

	s->in_string = -(string >> 63);
	if (s->depth + up > JSON_MAX_DEPTH || (s->first_only && s->depth - down <= 0))
		return scan_closely(s, open, close, ret_bit);
	s->depth += up - down;
	return JSON_SCAN_OK;
}

/* Inlined into one form for any processor and one that may count bits in an instruction. */
static inline __attribute__((always_inline)) enum json_scan scan_all(struct str b, bool first_only,
								     size_t *ret_at)
{
	struct scan s = {.first_only = first_only};

	for (size_t i = 0; i < b.n; i += 64) {
		struct block block =
			b.n - i >= 64 ? block_load(b.p + i) : block_load_tail(b.p + i, b.n - i);
		size_t bit = 0;
		enum json_scan got = scan_block(&s, &block, &bit);

		if (got != JSON_SCAN_OK) {
			*ret_at = i + bit + (got == JSON_SCAN_PAST ? 1 : 0);
			return got;
		}
	}
	*ret_at = b.n;
	return JSON_SCAN_OK;
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static enum json_scan scan_avx2(struct str b, bool first_only,
								size_t *ret_at)
{
	return scan_all(b, first_only, ret_at);
}

enum json_scan json_scan(struct str b, bool first_only, size_t *ret_at)
{
	return __builtin_cpu_supports("avx2") ? scan_avx2(b, first_only, ret_at)
					      : scan_all(b, first_only, ret_at);
}
#else
enum json_scan json_scan(struct str b, bool first_only, size_t *ret_at)
{
	return scan_all(b, first_only, ret_at);
}
#endif
