/*
 * Runs one fuzz target over the files of the folders named, in order of name:
 * what once broke a parser is tried again in every run.  Each input is copied
 * to memory of its exact size, so that a sanitizer sees a read past the end.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"

enum { INPUT_MOST = 64 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static unsigned done;

static void run_one(const char *name, struct str bytes)
{
	uint8_t *copy = mem_alloc(MAX_OF(bytes.n, (size_t)1));

	if (bytes.n)
		memcpy(copy, bytes.p, bytes.n);
	/* Said first: if this input ends the process, the last line names it. */
	printf("%s\n", name);
	fflush(stdout);
	(void)LLVMFuzzerTestOneInput(copy, bytes.n);
	done++;
	free(copy);
}

static int is_input(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* False when an input could not be read; a folder that is not there is empty. */
static bool run_folder(const char *folder)
{
	struct dirent **list;
	int n = scandir(folder, &list, is_input, alphasort);
	bool ok = true;

	for (int i = 0; i < n; i++) {
		AUTO(text_freep) struct text path = {0}, bytes = {0};
		struct err err;

		text_addf(&path, "%s/%s", folder, list[i]->d_name);
		if (file_read(text_c(&path), INPUT_MOST, &bytes, &err)) {
			run_one(list[i]->d_name, text_str(&bytes));
		} else {
			printf("%s\n", err.text);
			ok = false;
		}
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	return ok;
}

int main(int argc, char **argv)
{
	bool ok = true;

	run_one("the empty input", STR(""));
	for (int i = 1; i < argc; i++)
		ok = run_folder(argv[i]) && ok;
	printf("%u inputs\n", done);
	return !ok;
}
