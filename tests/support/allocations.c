#include "tests/support/allocations.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

/* glibc's own names of what is counted here. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
int posix_memalign(void **memory, size_t alignment, size_t size);
void *memalign(size_t alignment, size_t size);

static atomic_size_t asked;
static _Thread_local bool left_out;

size_t allocations_count(void) {
  return atomic_load(&asked);
}

void allocations_leave_out(bool yes) {
  left_out = yes;
}

static void count(void) {
  if (!left_out)
    atomic_fetch_add(&asked, 1);
}

void *malloc(size_t size) {
  count();
  return __libc_malloc(size);
}

void *calloc(size_t n, size_t size) {
  count();
  return __libc_calloc(n, size);
}

void *realloc(void *memory, size_t size) {
  count();
  return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  count();
  *memory = __libc_memalign(alignment, size);
  return *memory ? 0 : ENOMEM;
}
