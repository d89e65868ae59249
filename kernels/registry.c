#include "kernels/registry.h"

#include <string.h>

/* Each returns its backend; they are asked in this order. */
static const InkBackend *(*const backends[])(void) = {ink_cpu_backend, ink_cuda_backend};

size_t ink_backends(void) {
  return sizeof backends / sizeof *backends;
}

const InkBackend *ink_backend(size_t index) {
  return backends[index]();
}

const InkBackend *ink_backend_by_name(const char *name) {
  for (size_t i = 0; i < ink_backends(); i++)
    if (strcmp(ink_backend(i)->name, name) == 0)
      return ink_backend(i);
  return NULL;
}
