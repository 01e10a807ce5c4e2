#include "base/near.h"

#include "base/def.h"

enum { NEAR_MOST = 64, NEAR_FAR = 3 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Damerau's distance with adjacent letters swapped once (optimal string alignment), three rows. */
static unsigned edits(struct str a, struct str b)
{
	unsigned rows[3][NEAR_MOST + 1];
	unsigned *before = rows[0], *last = rows[1], *row = rows[2], *free_row;

	for (unsigned j = 0; j <= b.n; j++)
		last[j] = before[j] = j;
	for (unsigned i = 1; i <= a.n; i++) {
		char x = char_lower(a.p[i - 1]);

		row[0] = i;
		for (unsigned j = 1; j <= b.n; j++) {
			char y = char_lower(b.p[j - 1]);

			row[j] = least(least(row[j - 1], last[j]) + 1, last[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == char_lower(b.p[j - 2]) &&
			    y == char_lower(a.p[i - 2]))
				row[j] = least(row[j], before[j - 2] + 1);
		}
		free_row = before, before = last, last = row, row = free_row;
	}
	return last[b.n];
}

void near_try(struct near *n, struct str candidate)
{
	size_t apart = n->word.n > candidate.n ? n->word.n - candidate.n : candidate.n - n->word.n;
	unsigned most = n->word.n <= 4 ? 1 : NEAR_FAR - 1, found;

	if (!n->word.n || !candidate.n || n->word.n > NEAR_MOST || candidate.n > NEAR_MOST ||
	    apart > most)
		return;
	found = edits(n->word, candidate);
	if (found > most || (n->best.n && found >= n->edits))
		return;
	n->best = candidate;
	n->edits = found;
}
