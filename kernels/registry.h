/* registry: the backends of this build, and what they can compute on.
 *
 * All functions may be called from any thread. */
#pragma once

#include "kernels/backend.h"

/* How many backends there are: at least one, the CPU, which comes first. */
size_t ink_backends(void);

/* index below ink_backends(); never NULL, lives as long as the program. */
const InkBackend *ink_backend(size_t index);

/* The backend of that name ("cpu"), or NULL. */
const InkBackend *ink_backend_by_name(const char *name);
