#include "cli/alert.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * The state of a past moment: the journal up to then, replayed into a store of its own beside this
 * one, which is gone again whatever happens.  Its folder is locked for as long as the process
 * lives: one that nobody has locked was left by a process that was killed, and the next replay
 * takes it away.
 */

const struct cli_option alert_replay_options[] = {
	{"--at", "TIME", "the moment"},
	{"--org", "CODE", "one organisation: its claims, its evidence, what contradicted"},
	{"--devices", NULL, "with --org: every device that evidence showed exposed"},
	{"--region", "CODE", "only organisations of a region"},
	{"--state", "LIST", "only these states, closed ones too"},
	{"--overdue", NULL, "only those past a date"},
	{"--unanswered", NULL, "only those that had not answered"},
	{"--limit", "N", "at most N organisations; 0 all"},
	{NULL, NULL, NULL},
};

/* A folder and all beneath it; links are taken away, never followed. */
static void remove_folder(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		AUTO(text_freep) struct text below = {0};
		struct stat st;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		text_addf(&below, "%s/%s", path, e->d_name);
		if (lstat(text_c(&below), &st) == 0 && S_ISDIR(st.st_mode))
			remove_folder(text_c(&below));
		else
			unlink(text_c(&below));
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}

/* --- what a killed process left --- */

static const char mark[] = ".replay-";
enum { RANDOM = 6 /* characters of a name that mkdtemp() finds */ };

static bool is_left_name(struct str name, struct str store)
{
	struct str rest;

	if (name.n != store.n + strlen(mark) + RANDOM || !str_starts(name, store))
		return false;
	rest = str_from_offset(name, store.n);
	if (!str_starts(rest, str_of(mark)))
		return false;
	for (size_t i = strlen(mark); i < rest.n; i++)
		if (!char_is_digit(rest.p[i]) && !char_is_alpha(rest.p[i]))
			return false;
	return true;
}

/* -1: somebody has it locked, or it is no folder of ours. */
static int lock_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* What cannot be taken away stays for another time. */
static void sweep(const char *db)
{
	const char *slash = strrchr(db, '/');
	struct str store = str_of(slash ? slash + 1 : db);
	AUTO(text_freep) struct text beside = {0};
	struct dirent *e;
	DIR *dir;

	text_add(&beside, slash ? str_from(db, (size_t)(slash - db) + 1) : STR("./"));
	dir = opendir(text_c(&beside));
	while (dir && (e = readdir(dir))) {
		AUTO(text_freep) struct text path = {0};
		int fd;

		if (!is_left_name(str_of(e->d_name), store))
			continue;
		text_addf(&path, "%s%s", text_c(&beside), e->d_name);
		fd = lock_folder(text_c(&path));
		if (fd < 0)
			continue;
		remove_folder(text_c(&path));
		close(fd);
	}
	if (dir)
		closedir(dir);
}

struct past {
	char folder[4096];
	int locked;	  /* the folder, 0: not yet */
	struct text path; /* of the store in it */
	struct store *store;
	struct journal *journal;
	struct alerts *room;
};

static void past_release(struct past *p)
{
	alerts_closep(&p->room);
	journal_closep(&p->journal);
	store_closep(&p->store);
	if (p->folder[0])
		remove_folder(p->folder);
	if (p->locked > 0)
		close(p->locked);
	text_free(&p->path);
}

/* A new folder, locked; -1: another that swept took it for left. */
static int make_folder(char *template)
{
	struct stat st;
	int fd;

	if (!mkdtemp(template))
		return -1;
	fd = lock_folder(template);
	if (fd >= 0 && lstat(template, &st) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	rmdir(template);
	errno = EBUSY;
	return -1;
}

static bool past_folder(struct past *p, const char *db, struct err *err)
{
	enum { TRIES = 8 };
	char template[sizeof(p->folder)];
	int n = 0, fd = -1;

	for (int i = 0; i < TRIES && fd < 0; i++) {
		n = snprintf(template, sizeof(template), "%s%sXXXXXX", db, mark);
		if (n < 0 || (size_t)n >= sizeof(template))
			return err_set(err, ERR_LIMIT, "%s: the path is too long", db);
		fd = make_folder(template);
		if (fd < 0 && errno != EBUSY)
			break;
	}
	if (fd < 0)
		return err_errno(err, errno, "a folder beside %s, to replay in", db);
	p->locked = fd;
	memcpy(p->folder, template, sizeof(template));
	text_addf(&p->path, "%s/then.db", template);
	return true;
}

/* then: the clock of that moment. */
static bool past_open(struct cli *c, struct acts *now, const struct clock *then, struct past *p,
		      struct err *err)
{
	struct store_config config = {.mode = STORE_WRITE, .tables = acts_tables};
	struct acts_rebuilt replayed;
	struct alerts_advanced done;
	const char *db = store_place(acts_store(now));

	(void)c;
	sweep(db);
	if (!past_folder(p, db, err))
		return false;
	cli_progress("replaying the journal");
	config.path = text_c(&p->path);
	return acts_rebuild_until(now, clock_now_ms(then), config.path, &replayed, err) &&
	       store_open(&config, &p->store, err) &&
	       journal_open(p->store, NULL, &p->journal, err) &&
	       alerts_open(p->journal, then, &p->room, err) && alerts_advance(p->room, &done, err);
}

/* It may not have been there yet. */
static bool was_there(struct cli *c, const struct alert_shown *in, struct err *err)
{
	struct alert alert;

	if (!alert_get(&in->eyes, in->alert, &alert, err))
		return false;
	return alert_get(&in->view, in->alert, &alert, err) ||
	       err_set(err, ERR_NOT_FOUND, "%.*s was not drafted yet on %.*s", STR_FMT(in->alert),
		       STR_FMT(alert_when(c, in->view.at_ms)));
}

bool alert_replay_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *now = NULL;
	AUTO(past_release) struct past p = {0};
	struct str org = directory_code(c->arena, str_of(cli_opt(c, "--org")));
	struct alert_shown in = {.alert = alert_number(c, 0), .replay = true};
	struct clock then;
	int64_t at_ms;

	if (!cli_opt(c, "--at"))
		return err_set(err, ERR_USAGE, "at which moment? --at 2017-05-12T09:00Z");
	if (cli_flag(c, "--devices") && !org.n)
		return err_set(err, ERR_USAGE, "--devices goes with --org CODE");
	if (!cli_opt_stamp(c, "--at", 0, &at_ms, err))
		return false;
	if (at_ms > clock_now_ms(&c->clock))
		return err_set(err, ERR_INVALID, "--at: that moment is to come");
	then = clock_fixed(at_ms);
	if (!cli_open(c, ACTS_READ, &now, err) || !past_open(c, now, &then, &p, err))
		return false;
	in.eyes = alert_view(c, now);
	in.journal = p.journal;
	in.view = (struct alerts_view){.store = p.store, .arena = c->arena, .at_ms = at_ms};
	if (!was_there(c, &in, err))
		return false;
	return org.n ? alert_show_org(c, &in, org, err) : alert_show(c, &in, err);
}
