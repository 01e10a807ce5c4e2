#ifndef FAULTY_DISK_H
#define FAULTY_DISK_H

/*
 * A disk under SQLite that asks fault_here() before each write, sync, truncation and opening
 * for writing.  A refused write leaves its first half behind, as a full disk or a power cut
 * does.  With faulty_disk_dies everything after the first refusal is refused too: what
 * a crash leaves.  faulty_disk() puts it in place for the whole process.
 */

#include <sqlite3.h>

#include "base/fault.h"

static bool faulty_disk_dies;

struct faulty_file {
	sqlite3_file base;
	sqlite3_file *real;
};

static bool faulty_refuses(void)
{
	return fault_here() || (faulty_disk_dies && fault_met());
}

static sqlite3_file *faulty_real(sqlite3_file *f)
{
	return ((struct faulty_file *)(void *)f)->real;
}

static int faulty_close(sqlite3_file *f)
{
	sqlite3_file *real = faulty_real(f);
	int rc = real->pMethods->xClose(real);

	sqlite3_free(real);
	return rc;
}

static int faulty_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
	return faulty_real(f)->pMethods->xRead(faulty_real(f), to, n, at);
}

static int faulty_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
	bool dead = faulty_disk_dies && fault_met();

	if (!faulty_refuses())
		return faulty_real(f)->pMethods->xWrite(faulty_real(f), from, n, at);
	if (!dead)
		(void)faulty_real(f)->pMethods->xWrite(faulty_real(f), from, n / 2, at);
	return SQLITE_FULL;
}

static int faulty_truncate(sqlite3_file *f, sqlite3_int64 n)
{
	return faulty_refuses() ? SQLITE_IOERR_TRUNCATE
				: faulty_real(f)->pMethods->xTruncate(faulty_real(f), n);
}

static int faulty_sync(sqlite3_file *f, int flags)
{
	return faulty_refuses() ? SQLITE_IOERR_FSYNC
				: faulty_real(f)->pMethods->xSync(faulty_real(f), flags);
}

static int faulty_size(sqlite3_file *f, sqlite3_int64 *n)
{
	return faulty_real(f)->pMethods->xFileSize(faulty_real(f), n);
}

static int faulty_lock(sqlite3_file *f, int how)
{
	return faulty_real(f)->pMethods->xLock(faulty_real(f), how);
}

static int faulty_unlock(sqlite3_file *f, int how)
{
	return faulty_real(f)->pMethods->xUnlock(faulty_real(f), how);
}

static int faulty_check_lock(sqlite3_file *f, int *out)
{
	return faulty_real(f)->pMethods->xCheckReservedLock(faulty_real(f), out);
}

static int faulty_control(sqlite3_file *f, int op, void *arg)
{
	return faulty_real(f)->pMethods->xFileControl(faulty_real(f), op, arg);
}

static int faulty_sector(sqlite3_file *f)
{
	return faulty_real(f)->pMethods->xSectorSize(faulty_real(f));
}

static int faulty_character(sqlite3_file *f)
{
	return faulty_real(f)->pMethods->xDeviceCharacteristics(faulty_real(f));
}

static int faulty_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **p)
{
	return faulty_real(f)->pMethods->xShmMap(faulty_real(f), page, size, extend, p);
}

static int faulty_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
	return faulty_real(f)->pMethods->xShmLock(faulty_real(f), at, n, flags);
}

static void faulty_shm_barrier(sqlite3_file *f)
{
	faulty_real(f)->pMethods->xShmBarrier(faulty_real(f));
}

static int faulty_shm_unmap(sqlite3_file *f, int forget)
{
	return faulty_real(f)->pMethods->xShmUnmap(faulty_real(f), forget);
}

static const sqlite3_io_methods faulty_methods = {
	.iVersion = 2,
	.xClose = faulty_close,
	.xRead = faulty_read,
	.xWrite = faulty_write,
	.xTruncate = faulty_truncate,
	.xSync = faulty_sync,
	.xFileSize = faulty_size,
	.xLock = faulty_lock,
	.xUnlock = faulty_unlock,
	.xCheckReservedLock = faulty_check_lock,
	.xFileControl = faulty_control,
	.xSectorSize = faulty_sector,
	.xDeviceCharacteristics = faulty_character,
	.xShmMap = faulty_shm_map,
	.xShmLock = faulty_shm_lock,
	.xShmBarrier = faulty_shm_barrier,
	.xShmUnmap = faulty_shm_unmap,
};

static int faulty_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *f, int flags,
		       int *out_flags)
{
	sqlite3_vfs *real = vfs->pAppData;
	struct faulty_file *file = (struct faulty_file *)(void *)f;
	int rc;

	file->base.pMethods = NULL;
	if ((flags & SQLITE_OPEN_CREATE) && faulty_refuses())
		return SQLITE_CANTOPEN;
	file->real = sqlite3_malloc(real->szOsFile);
	memset(file->real, 0, (size_t)real->szOsFile);
	rc = real->xOpen(real, name, file->real, flags, out_flags);
	if (file->real->pMethods)
		file->base.pMethods = &faulty_methods;
	else
		sqlite3_free(file->real);
	return rc;
}

static inline void faulty_disk(void)
{
	static sqlite3_vfs vfs;
	sqlite3_vfs *real = sqlite3_vfs_find(NULL);

	vfs = *real;
	vfs.zName = "faulty";
	vfs.pAppData = real;
	vfs.szOsFile = sizeof(struct faulty_file);
	vfs.xOpen = faulty_open;
	sqlite3_vfs_register(&vfs, 1);
}

#endif
