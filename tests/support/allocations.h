/* allocations: counts what a program asks the C library's allocator for. Stands in for malloc() and
 * its kin in the program that is built with it; not for use under a sanitizer, which does the same.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Calls of malloc(), calloc(), realloc() and the aligned ones since the program began, by all
 * threads that are not left out. */
size_t allocations_count(void);

/* Whether what this thread asks for from now on is left out. */
void allocations_leave_out(bool yes);
