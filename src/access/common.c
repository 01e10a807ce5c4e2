#include "access/inner.h"

/*
 * Passwords that everybody tries first (NIST SP 800-63B-4, 3.1.1.2: compare with a list of those
 * commonly used, expected or compromised).  Eight characters are the least that is ever allowed,
 * so shorter ones need no place here.  What a password is made of by repeating or walking along
 * the keyboard or the alphabet is recognised rather than listed.
 */
static const char *const common[] = {
	"password",
	"passw0rd",
	"password1",
	"password123",
	"passwort",
	"iloveyou",
	"sunshine",
	"princess",
	"football",
	"baseball",
	"superman",
	"trustno1",
	"whatever",
	"starwars",
	"michelle",
	"jennifer",
	"computer",
	"corvette",
	"mercedes",
	"maverick",
	"midnight",
	"samantha",
	"internet",
	"liverpool",
	"everton1",
	"chelsea1",
	"arsenal1",
	"charlie1",
	"welcome1",
	"welcome123",
	"letmein1",
	"letmein123",
	"changeme",
	"changeme123",
	"administrator",
	"hospital",
	"hospital1",
	"surgery1",
	"nhspassword",
	"nurse123",
	"doctor123",
	"ambulance",
	"medicine",
	"patient1",
	"clinical",
	"winter2024",
	"winter2025",
	"winter2026",
	"spring2024",
	"spring2025",
	"spring2026",
	"summer2024",
	"summer2025",
	"summer2026",
	"autumn2024",
	"autumn2025",
	"autumn2026",
	"january1",
	"february",
	"september",
	"november",
	"december",
	"monday123",
	"friday123",
	"birthday",
	"blink182",
	"butterfly",
	"chocolate",
	"elephant",
	"flower123",
	"dragon123",
	"monkey123",
	"master123",
	"shadow123",
	"freedom1",
	"pokemon1",
	"naruto123",
	"minecraft",
	"fortnite",
	"spiderman",
	"batman123",
	"ashley123",
	"jordan23",
	"jessica1",
	"daniel123",
	"thomas123",
	"michael1",
	"george123",
	"victoria",
	"scotland",
	"england1",
	"manchester",
	"birmingham",
	"london123",
	"rangers1",
	"celtic1888",
	"tottenham",
	"q1w2e3r4",
	"q1w2e3r4t5",
	"q1w2e3r4t5y6",
	"1q2w3e4r",
	"1q2w3e4r5t",
	"1q2w3e4r5t6y",
	"1qaz2wsx",
	"1qaz2wsx3edc",
	"zaq12wsx",
	"zaq1xsw2",
	"qazwsxedc",
	"qwerty123",
	"qwerty123456",
	"abc123456",
	"a1b2c3d4",
	"a1b2c3d4e5f6",
	"passpass",
	"secret123",
	"default1",
	"test1234",
	"testtest",
	"guest123",
	"user1234",
	"root1234",
	"admin123",
	"admin1234",
	"administrator1",
	"access14",
	"thequickbrownfox",
	"correcthorsebatterystaple",
	"letmeinletmein",
	"iloveyouiloveyou",
	"tobeornottobe",
	"passwordpassword",
	"opensesameopensesame",
	"maytheforcebewithyou",
	"thisismypassword",
	"mypasswordispassword",
	"password123456789",
	"qwertyuiop123456789",
	"nopasswordrequired",
	"changemechangeme",
	"adminadminadmin",
	"correct horse battery staple",
};

static const char *const walks[] = {
	"abcdefghijklmnopqrstuvwxyz", "01234567890123456789",	    "09876543210987654321",
	"zyxwvutsrqponmlkjihgfedcba", "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm",
	"azertyuiopqsdfghjklmwxcvbn",
};

/* "aaaaaaaa", "abcabcabc", "passwordpassword": less than it looks. */
static bool repeats(struct str s)
{
	for (size_t period = 1; period <= s.n / 2; period++)
		if (memcmp(s.p, s.p + period, s.n - period) == 0)
			return true;
	return false;
}

/* Made of at most three pieces of such walks: "1234567890qwertyuiop". */
static bool walked(struct str s)
{
	for (int piece = 0; piece < 3 && s.n; piece++) {
		size_t longest = 0;

		for (size_t i = 0; i < ARRAY_LEN(walks); i++) {
			size_t n = longest;

			while (n < s.n &&
			       str_find(str_of(walks[i]), str_sub(s, 0, n + 1), 0) != SIZE_MAX)
				longest = ++n;
		}
		if (longest < 4)
			return false;
		s = str_from_offset(s, longest);
	}
	return !s.n;
}

bool password_common(struct str folded)
{
	struct str bare = folded;

	for (size_t i = 0; i < ARRAY_LEN(common); i++)
		if (str_is(folded, common[i]))
			return true;
	/* "password2026!" is "password". */
	while (bare.n && !char_is_alpha(bare.p[bare.n - 1]))
		bare.n--;
	for (size_t i = 0; i < ARRAY_LEN(common); i++)
		if (bare.n && str_is(bare, common[i]))
			return true;
	return repeats(folded) || walked(folded);
}
