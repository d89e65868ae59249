/* sums: the gradients of a batch's chunks, summed in index order while the batch is computed.
 *
 * The thread that has done a chunk adds what is next in order to the sum, as long as others are
 * still computing: so little more memory is used than there are threads, and gradients are added
 * and zeroed while they are in a cache. What is left in the end is for the update to sum, in
 * slices, by all threads. Whoever adds what, it is added in index order, and the result is the same
 * to the bit. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum { INK_MAX_CHUNKS = 16 };

/* to += from, (size) each. */
typedef void (*InkAdd)(float *to, const float *from, size_t size);

typedef struct {
  InkAdd add;
  size_t size; /* floats of a chunk's gradients */
  pthread_mutex_t lock;
  float *unused[INK_MAX_CHUNKS]; /* the last one put back is taken first */
  int unused_count;
  float *done[INK_MAX_CHUNKS]; /* by chunk; the first is the sum of the first `summed` */
  int done_count, summed;
  bool summing; /* a thread is */

  /* From when all chunks of a batch are given back until the next is taken: what is to be summed,
   * in index order. Read without the lock, by threads that have met since. */
  float *rest[INK_MAX_CHUNKS];
  int rest_count;
} InkSums;

/* memory: INK_MAX_CHUNKS arrays of size floats, which stay the caller's. add is called by one
 * thread at a time. */
void ink_sums_init(InkSums *sums, InkAdd add, float *const *memory, size_t size);
void ink_sums_clear(InkSums *sums);

/* By any thread: memory for the gradients of one chunk of a batch, zeroed. */
float *ink_sums_take(InkSums *sums);

/* By any thread: gives it back with the gradients of chunk number `chunk` of `chunks`. */
void ink_sums_give(InkSums *sums, int chunk, int chunks, float *gradients);
