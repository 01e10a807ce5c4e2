#include "keys/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sodium.h>

#include "base/fault.h"

/*
 * The file is three lines: this title, the seed (RFC 8032's private key) and the
 * public key in hexadecimal, so that a damaged file is told from another key.
 */
#define TITLE "lynchpin site key 1\n"
enum {
	SEED_HEX = 2 * crypto_sign_SEEDBYTES,
	PUBLIC_HEX = 2 * PUBLIC_KEY_BYTES,
	FILE_BYTES = sizeof(TITLE) - 1 + SEED_HEX + 1 + PUBLIC_HEX + 1,
};

/* Lies in sodium_malloc()'s guarded memory, secret and all. */
struct site_key {
	unsigned char secret[crypto_sign_SECRETKEYBYTES];
	unsigned char seed[crypto_sign_SEEDBYTES];
	char file[FILE_BYTES + 1];
	struct public_key public_key;
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

void site_key_close(struct site_key *k)
{
	sodium_free(k); /* wipes */
}

static struct site_key *site_key_new(void)
{
	struct site_key *k = sodium_malloc(sizeof(*k));

	if (!k) {
		fputs("lynchpin: no memory for the site's key\n", stderr);
		abort();
	}
	memset(k, 0, sizeof(*k));
	return k;
}

void site_key_path(const char *store_path, struct text *out)
{
	text_addf(out, "%s.key", store_path);
}

static bool write_file(int fd, const struct site_key *k)
{
	size_t at = 0;

	while (at < FILE_BYTES) {
		ssize_t n = fault_here() ? (errno = ENOSPC, -1)
					 : write(fd, k->file + at, FILE_BYTES - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		at += (size_t)n;
	}
	return fault_here() ? (errno = EIO, false) : fsync(fd) == 0;
}

static bool sync_folder_of(const char *path)
{
	AUTO(text_freep) struct text dir = {0};
	const char *slash = strrchr(path, '/');
	AUTO(close_fd) int fd = -1;

	text_add(&dir, slash ? str_from(path, (size_t)(slash - path) + 1) : STR("."));
	fd = open(text_c(&dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 && fsync(fd) == 0;
}

/* A link refuses to replace what is there, where a rename would not: no key is overwritten. */
static bool place_file(const char *path, const struct site_key *k, struct err *err)
{
	AUTO(text_freep) struct text tmp = {0};
	AUTO(close_fd) int fd = -1;
	bool ok;
	int why;

	text_addf(&tmp, "%s.%ld.new", path, (long)getpid());
	fd = fault_here() ? (errno = EIO, -1)
			  : open(text_c(&tmp), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(err, errno, "%s: the site's key can't be written", path);
	ok = write_file(fd, k) &&
	     (fault_here() ? (errno = EIO, false) : link(text_c(&tmp), path) == 0);
	why = errno;
	unlink(text_c(&tmp));
	if (!ok && why == EEXIST)
		return err_set(
			err, ERR_EXISTS,
			"%s: there is a site key already; it is kept. Where its store is lost for "
			"good, move the key away to begin anew",
			path);
	if (!ok)
		return err_errno(err, why, "%s: the site's key can't be written", path);
	if (!sync_folder_of(path)) {
		why = errno;
		unlink(path);
		return err_errno(err, why, "%s: the site's key can't be made durable", path);
	}
	return true;
}

bool site_key_create(const char *path, struct site_key **ret, struct err *err)
{
	AUTO(site_key_closep) struct site_key *k = site_key_new();
	char *at = k->file;

	crypto_sign_keypair(k->public_key.b, k->secret);
	crypto_sign_ed25519_sk_to_seed(k->seed, k->secret);
	memcpy(at, TITLE, sizeof(TITLE) - 1);
	at += sizeof(TITLE) - 1;
	hex_encode(k->seed, sizeof(k->seed), at);
	at += SEED_HEX;
	*at++ = '\n';
	hex_encode(k->public_key.b, PUBLIC_KEY_BYTES, at);
	at[PUBLIC_HEX] = '\n';
	if (!place_file(path, k, err))
		return false;
	*ret = k, k = NULL;
	return true;
}

/* As ssh does: a key that others could have read is no longer a secret. */
static bool check_owner(int fd, const char *path, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_errno(err, errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_DENIED, "%s: the site's key is not a regular file", path);
	if (st.st_uid != geteuid())
		return err_set(err, ERR_DENIED,
			       "%s: the site's key belongs to another user; run as its owner",
			       path);
	if (st.st_mode & 077)
		return err_set(err, ERR_DENIED,
			       "%s: others may read or write the site's key (mode %03o); if nobody "
			       "did, chmod 600 it",
			       path, (unsigned)st.st_mode & 0777U);
	return true;
}

static bool read_file(int fd, struct site_key *k)
{
	size_t at = 0;
	ssize_t n;

	do {
		n = fault_here() ? (errno = EIO, -1) : read(fd, k->file + at, sizeof(k->file) - at);
		if (n < 0 && errno != EINTR)
			return false;
		at += n > 0 ? (size_t)n : 0;
	} while (n && at < sizeof(k->file));
	if (at != FILE_BYTES)
		k->file[0] = '\0';
	return true;
}

static bool read_halves(struct site_key *k)
{
	const char *seed = k->file + sizeof(TITLE) - 1;
	const char *public_key = seed + SEED_HEX + 1;
	struct public_key derived;

	if (memcmp(k->file, TITLE, sizeof(TITLE) - 1) != 0 || seed[SEED_HEX] != '\n' ||
	    public_key[PUBLIC_HEX] != '\n' ||
	    !hex_decode(str_from(seed, SEED_HEX), k->seed, sizeof(k->seed)) ||
	    !hex_decode(str_from(public_key, PUBLIC_HEX), k->public_key.b, PUBLIC_KEY_BYTES))
		return false;
	crypto_sign_seed_keypair(derived.b, k->secret, k->seed);
	return memcmp(derived.b, k->public_key.b, PUBLIC_KEY_BYTES) == 0;
}

bool site_key_open(const char *path, struct site_key **ret, struct err *err)
{
	AUTO(site_key_closep) struct site_key *k = NULL;
	AUTO(close_fd)
	int fd = fault_here() ? (errno = EIO, -1)
			      : open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0 && (errno == EACCES || errno == EPERM))
		return err_set(err, ERR_DENIED, "%s: the site's key can't be read by this user",
			       path);
	if (fd < 0 && errno == ENOENT)
		return err_set(
			err, ERR_NOT_FOUND,
			"%s: the site's key is not there; put it beside the store it belongs "
			"to, from where it was kept",
			path);
	if (fd < 0)
		return err_errno(err, errno, "%s", path);
	if (!check_owner(fd, path, err))
		return false;
	k = site_key_new();
	if (!read_file(fd, k))
		return err_errno(err, errno, "%s", path);
	if (!read_halves(k))
		return err_set(err, ERR_CORRUPT,
			       "%s: not a whole site key; restore it from a backup", path);
	*ret = k, k = NULL;
	return true;
}

const struct public_key *site_key_public(const struct site_key *k)
{
	return &k->public_key;
}

struct site_id site_key_id(const struct site_key *k)
{
	return site_id_of(&k->public_key);
}

struct seal site_key_seal(const struct site_key *k, struct str message)
{
	struct seal seal;

	crypto_sign_detached(seal.b, NULL, (const unsigned char *)message.p, message.n, k->secret);
	return seal;
}

/* BLAKE2b keyed with the seed, which Ed25519 itself only ever puts through SHA-512. */
void site_key_derive(const struct site_key *k, struct str purpose, uint8_t ret[DERIVED_KEY_BYTES])
{
	static const char title[] = "lynchpin derived key 1";
	crypto_generichash_state state;

	crypto_generichash_init(&state, k->seed, sizeof(k->seed), DERIVED_KEY_BYTES);
	crypto_generichash_update(&state, (const unsigned char *)title, sizeof(title));
	crypto_generichash_update(&state, (const unsigned char *)purpose.p, purpose.n);
	crypto_generichash_final(&state, ret, DERIVED_KEY_BYTES);
	sodium_memzero(&state, sizeof(state));
}
