#include "courier/courier.h"

#include <netinet/in.h>

/* Which addresses are inside. */

struct block {
	uint32_t net;
	unsigned bits;
};

/* IANA IPv4 Special-Purpose Address Registry: not globally reachable; and 224/3. */
static const struct block inside4[] = {
	{0x00000000, 8},  /* this network */
	{0x0a000000, 8},  /* private */
	{0x64400000, 10}, /* shared by carriers */
	{0x7f000000, 8},  /* loopback */
	{0xa9fe0000, 16}, /* link-local, where clouds keep their metadata */
	{0xac100000, 12}, /* private */
	{0xc0000000, 24}, /* protocol assignments */
	{0xc0000200, 24}, /* documentation */
	{0xc0586300, 24}, /* 6to4 relays, gone */
	{0xc0a80000, 16}, /* private */
	{0xc6120000, 15}, /* benchmarks */
	{0xc6336400, 24}, /* documentation */
	{0xcb007100, 24}, /* documentation */
	{0xe0000000, 3},  /* multicast, reserved, broadcast */
};

static bool internal4(uint32_t a)
{
	for (size_t i = 0; i < ARRAY_LEN(inside4); i++)
		if ((a ^ inside4[i].net) >> (32 - inside4[i].bits) == 0)
			return true;
	return false;
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool begins(const uint8_t a[16], const uint8_t *with, size_t bits)
{
	size_t whole = bits / 8, rest = bits % 8;

	return memcmp(a, with, whole) == 0 &&
	       (!rest || (a[whole] ^ with[whole]) >> (8 - rest) == 0);
}

/* Only 2000::/3 is out there at all; within it, and beside it, some prefixes wrap an IPv4 address
 * or lead nowhere. */
static bool internal6(const uint8_t a[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff}; /* RFC 4291, 2.5.5.2 */
	static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};    /* RFC 6052, 2.1 */
	static const uint8_t six_to_four[2] = {0x20, 0x02};	      /* RFC 3056 */
	static const uint8_t global[1] = {0x20};		      /* 2000::/3 */
	static const uint8_t protocols[3] = {0x20, 0x01, 0x00};	      /* RFC 2928, Teredo too */
	static const uint8_t documentation[4] = {0x20, 0x01, 0x0d, 0xb8};
	static const uint8_t documentation_too[3] = {0x3f, 0xff, 0x00}; /* RFC 9637 */

	if (begins(a, mapped, 96) || begins(a, nat64, 96))
		return internal4(be32(a + 12));
	if (begins(a, six_to_four, 16))
		return internal4(be32(a + 2));
	return !begins(a, global, 3) || begins(a, protocols, 23) || begins(a, documentation, 32) ||
	       begins(a, documentation_too, 20);
}

bool courier_internal(const struct sockaddr *to, socklen_t n)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (to->sa_family == AF_INET && n >= sizeof(in)) {
		memcpy(&in, to, sizeof(in));
		return internal4(ntohl(in.sin_addr.s_addr));
	}
	if (to->sa_family == AF_INET6 && n >= sizeof(in6)) {
		memcpy(&in6, to, sizeof(in6));
		return internal6(in6.sin6_addr.s6_addr);
	}
	return true;
}

bool courier_address_sane(struct str a)
{
	enum { ADDRESS_MAX = 254 }; /* RFC 5321, 4.5.3.1.3: a path of 256, less its brackets */
	size_t at = str_find_char(a, '@', 0);

	if (!a.n || a.n > ADDRESS_MAX || at == SIZE_MAX || !at || at + 1 == a.n ||
	    str_find_char(a, '@', at + 1) != SIZE_MAX)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (a.p[i] <= ' ' || a.p[i] >= 0x7f || strchr("<>()[]\\\",;:", a.p[i]))
			return false;
	return a.p[0] != '-';
}
