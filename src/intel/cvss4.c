#include "intel/cvss.h"

/*
 * CVSS 4.0, section 8: the vector is put into one of 270 macrovectors by six
 * equivalence sets; the published score of the macrovector is lowered by how
 * far the vector lies from the worst of its set, as a share of the way to the
 * next set below.  All in whole numbers: 840 is a multiple of every depth.
 */

enum {
	AV,
	AC,
	AT,
	PR,
	UI,
	VC,
	VI,
	VA,
	SC,
	SI,
	SA,
	E,
	CR,
	IR,
	AR,
	MAV,
	MAC,
	MAT,
	MPR,
	MUI,
	MVC,
	MVI,
	MVA,
	MSC,
	MSI,
	MSA,
	EFFECTIVE = E
};
enum { SCALE = 840, NONE = 255 };

/* Score in tenths by EQ1, EQ2, EQ3, EQ4, EQ5, EQ6; FIRST, CVSS 4.0 calculator's table. */
static const uint8_t scores[3][2][3][3][3][2] = {
	{
		{
			{{{100, 99}, {98, 95}, {95, 92}},
			 {{100, 96}, {93, 87}, {91, 81}},
			 {{93, 90}, {89, 80}, {81, 68}}},
			{{{98, 95}, {95, 92}, {90, 84}},
			 {{93, 92}, {89, 81}, {81, 65}},
			 {{88, 80}, {78, 70}, {69, 48}}},
			{{{NONE, 92}, {NONE, 82}, {NONE, 72}},
			 {{NONE, 79}, {NONE, 69}, {NONE, 50}},
			 {{NONE, 69}, {NONE, 55}, {NONE, 27}}},
		},
		{
			{{{99, 97}, {95, 92}, {92, 85}},
			 {{95, 91}, {90, 83}, {84, 71}},
			 {{92, 81}, {82, 71}, {72, 53}}},
			{{{95, 93}, {92, 85}, {85, 73}},
			 {{92, 82}, {80, 72}, {70, 59}},
			 {{84, 70}, {71, 52}, {50, 30}}},
			{{{NONE, 86}, {NONE, 75}, {NONE, 52}},
			 {{NONE, 71}, {NONE, 52}, {NONE, 29}},
			 {{NONE, 63}, {NONE, 29}, {NONE, 17}}},
		},
	},
	{
		{
			{{{98, 95}, {94, 87}, {91, 81}},
			 {{94, 89}, {86, 74}, {77, 64}},
			 {{87, 75}, {74, 63}, {63, 49}}},
			{{{94, 89}, {88, 77}, {76, 67}},
			 {{86, 76}, {74, 58}, {59, 50}},
			 {{72, 57}, {57, 52}, {52, 25}}},
			{{{NONE, 83}, {NONE, 70}, {NONE, 54}},
			 {{NONE, 65}, {NONE, 58}, {NONE, 26}},
			 {{NONE, 53}, {NONE, 21}, {NONE, 13}}},
		},
		{
			{{{95, 90}, {88, 76}, {76, 70}},
			 {{90, 77}, {75, 62}, {61, 53}},
			 {{77, 66}, {68, 59}, {52, 30}}},
			{{{89, 78}, {76, 67}, {62, 58}},
			 {{74, 59}, {57, 57}, {47, 23}},
			 {{61, 52}, {57, 29}, {24, 16}}},
			{{{NONE, 71}, {NONE, 59}, {NONE, 30}},
			 {{NONE, 58}, {NONE, 26}, {NONE, 15}},
			 {{NONE, 23}, {NONE, 13}, {NONE, 6}}},
		},
	},
	{
		{
			{{{93, 87}, {86, 72}, {75, 58}},
			 {{86, 74}, {74, 61}, {56, 34}},
			 {{70, 54}, {52, 40}, {40, 22}}},
			{{{85, 75}, {74, 55}, {62, 51}},
			 {{72, 57}, {55, 41}, {46, 19}},
			 {{53, 36}, {34, 19}, {19, 8}}},
			{{{NONE, 64}, {NONE, 51}, {NONE, 20}},
			 {{NONE, 47}, {NONE, 21}, {NONE, 11}},
			 {{NONE, 24}, {NONE, 9}, {NONE, 4}}},
		},
		{
			{{{88, 75}, {73, 53}, {60, 50}},
			 {{73, 55}, {59, 40}, {41, 20}},
			 {{54, 43}, {45, 22}, {20, 11}}},
			{{{75, 55}, {58, 45}, {40, 21}},
			 {{61, 51}, {48, 18}, {20, 9}},
			 {{46, 18}, {17, 7}, {8, 2}}},
			{{{NONE, 53}, {NONE, 24}, {NONE, 14}},
			 {{NONE, 24}, {NONE, 12}, {NONE, 5}},
			 {{NONE, 10}, {NONE, 3}, {NONE, 1}}},
		},
	},
};

/* Worst members of each set, as levels (0 worst) of the metrics named in each comment. */
struct worst {
	uint8_t n, depth; /* depth: steps from the worst member to the set's mildest, plus one */
	uint8_t level[5][6];
};
/* AV PR UI */
static const struct worst worst1[3] = {
	{1, 1, {{0, 0, 0}}},
	{3, 4, {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
	{2, 5, {{3, 0, 0}, {1, 1, 1}}},
};
/* AC AT */
static const struct worst worst2[2] = {{1, 1, {{0, 0}}}, {2, 2, {{1, 0}, {0, 1}}}};
/* VC VI VA CR IR AR, by EQ3 and EQ6 */
static const struct worst worst36[3][2] = {
	{{1, 7, {{0, 0, 0, 0, 0, 0}}}, {2, 6, {{0, 0, 1, 1, 1, 0}, {0, 0, 0, 1, 1, 1}}}},
	{{2, 8, {{1, 0, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 0}}},
	 {5,
	  8,
	  {{1, 0, 1, 0, 1, 0},
	   {1, 0, 0, 0, 1, 1},
	   {0, 1, 0, 1, 0, 1},
	   {0, 1, 1, 1, 0, 0},
	   {1, 1, 0, 0, 0, 1}}}},
	{{0}, {1, 10, {{1, 1, 1, 0, 0, 0}}}},
};
/* SC SI SA; level 0 of SI and SA is Safety */
static const struct worst worst4[3] = {
	{1, 6, {{1, 0, 0}}},
	{1, 5, {{1, 1, 1}}},
	{1, 4, {{2, 2, 2}}},
};

/* Steps from the first worst member that is nowhere milder than the vector; 0 when there is none.
 */
static int distance(const struct worst *set, const uint8_t *level, size_t n)
{
	for (size_t i = 0; i < set->n; i++) {
		int sum = 0;
		bool fits = true;

		for (size_t k = 0; k < n; k++) {
			int d = level[k] - set->level[i][k];

			fits = fits && d >= 0;
			sum += d;
		}
		if (fits)
			return sum;
	}
	return 0;
}

static int score_of(const int eq[7])
{
	if (eq[1] > 2 || eq[2] > 1 || eq[3] > 2 || eq[4] > 2 || eq[5] > 2 || eq[6] > 1)
		return -1;
	uint8_t s = scores[eq[1]][eq[2]][eq[3]][eq[4]][eq[5]][eq[6]];

	return s == NONE ? -1 : s;
}

/* The score one set lower in EQ3 and EQ6 taken together; -1 when there is none. */
static int lower36(const int eq[7])
{
	int down3[7], down6[7];

	memcpy(down3, eq, sizeof(down3));
	memcpy(down6, eq, sizeof(down6));
	down3[3]++;
	down6[6]++;
	if (eq[3] == 1 && eq[6] == 0)
		return score_of(down6);
	if (eq[3] == 0 && eq[6] == 0)
		return MAX_OF(score_of(down3), score_of(down6));
	return score_of(down3);
}

static int lower(const int eq[7], int which)
{
	int down[7];

	memcpy(down, eq, sizeof(down));
	down[which]++;
	return score_of(down);
}

static void sets_of(const uint8_t *v, int eq[7])
{
	int n0 = (v[AV] == 0) + (v[PR] == 0) + (v[UI] == 0);

	eq[1] = n0 == 3 ? 0 : n0 && v[AV] != 3 ? 1 : 2;
	eq[2] = v[AC] == 0 && v[AT] == 0 ? 0 : 1;
	eq[3] = v[VC] == 0 && v[VI] == 0 ? 0 : v[VC] == 0 || v[VI] == 0 || v[VA] == 0 ? 1 : 2;
	eq[4] = v[SI] == 0 || v[SA] == 0 ? 0 : v[SC] == 1 || v[SI] == 1 || v[SA] == 1 ? 1 : 2;
	eq[5] = v[E];
	eq[6] = (v[CR] == 0 && v[VC] == 0) || (v[IR] == 0 && v[VI] == 0) ||
				(v[AR] == 0 && v[VA] == 0)
			? 0
			: 1;
}

/* m: value numbers as stated.  v: severity levels, 0 worst, modified metrics applied. */
static void effective(const uint8_t *m, uint8_t v[AR + 1])
{
	static const uint8_t modified[] = {MAV, MAC, MAT, MPR, MUI, MVC, MVI, MVA, MSC, MSI, MSA};

	for (size_t i = AV; i <= SA; i++) {
		uint8_t mod = m[modified[i]];
		uint8_t base = m[i];

		/* Of the subsequent system only SI and SA know Safety, and only when modified;
		 * level 0 is kept for it. */
		if (mod == CVSS_NOT_STATED)
			v[i] = (uint8_t)(base + (i >= SC));
		else if (i == SI || i == SA)
			v[i] = mod;
		else
			v[i] = (uint8_t)(mod + (i == SC));
	}
	for (size_t i = E; i <= AR; i++)
		v[i] = m[i] == CVSS_NOT_STATED ? 0 : m[i];
}

int cvss4_score(const uint8_t *metric)
{
	uint8_t v[AR + 1];
	int eq[7], value, n = 0, sum = 0;

	effective(metric, v);
	if (v[VC] == 2 && v[VI] == 2 && v[VA] == 2 && v[SC] == 3 && v[SI] == 3 && v[SA] == 3)
		return 0;
	sets_of(v, eq);
	value = score_of(eq);
	const uint8_t l1[] = {v[AV], v[PR], v[UI]}, l2[] = {v[AC], v[AT]},
		      l36[] = {v[VC], v[VI], v[VA], v[CR], v[IR], v[AR]},
		      l4[] = {v[SC], v[SI], v[SA]};
	const struct {
		int below, steps, depth;
	} way[] = {
		{lower(eq, 1), distance(&worst1[eq[1]], l1, 3), worst1[eq[1]].depth},
		{lower(eq, 2), distance(&worst2[eq[2]], l2, 2), worst2[eq[2]].depth},
		{lower36(eq), distance(&worst36[eq[3]][eq[6]], l36, 6),
		 worst36[eq[3]][eq[6]].depth},
		{lower(eq, 4), distance(&worst4[eq[4]], l4, 3), worst4[eq[4]].depth},
		{lower(eq, 5), 0, 1},
	};
	for (size_t i = 0; i < ARRAY_LEN(way); i++) {
		if (way[i].below < 0)
			continue;
		n++;
		sum += (value - way[i].below) * way[i].steps * (SCALE / way[i].depth);
	}
	if (!n)
		return value;
	/* value - sum / (SCALE n), rounded half up */
	int unit = SCALE * n, exact = value * unit - sum;

	return exact <= 0 ? 0 : MIN_OF(100, (2 * exact + unit) / (2 * unit));
}
