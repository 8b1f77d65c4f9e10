// System calls that the C library declares only under _GNU_SOURCE, which Swift's Glibc module does
// not set. Header only, `static inline`, prefix `grebe_`. Each returns 0, or an errno value.
#ifndef GREBE_CPLATFORM_H
#define GREBE_CPLATFORM_H

#include <errno.h>
#include <stdint.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif

/// Renames `from` to `to` unless `to` exists (EEXIST then).
static inline int grebe_rename_no_replace(const char *from, const char *to) {
#if defined(__linux__) && defined(SYS_renameat2)
  const int at_cwd = -100, no_replace = 1;
  return syscall(SYS_renameat2, at_cwd, from, at_cwd, to, no_replace) == 0 ? 0 : errno;
#else
  (void)from;
  (void)to;
  return ENOSYS;
#endif
}

/// Starts writing the range's dirty pages to the device and does not wait. Only a hint.
static inline int grebe_start_write_back(int descriptor, int64_t offset, int64_t count) {
#if defined(__linux__) && defined(SYS_sync_file_range) && defined(__LP64__)
  const unsigned int write = 2;
  return syscall(SYS_sync_file_range, descriptor, offset, count, write) == 0 ? 0 : errno;
#else
  (void)descriptor;
  (void)offset;
  (void)count;
  return 0;
#endif
}

/// Makes everything that was written to the file system of the open file durable.
static inline int grebe_sync_file_system(int descriptor) {
#if defined(__linux__) && defined(SYS_syncfs)
  return syscall(SYS_syncfs, descriptor) == 0 ? 0 : errno;
#else
  (void)descriptor;
  return ENOSYS;
#endif
}

#endif
