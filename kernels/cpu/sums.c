#include "kernels/cpu/sums.h"

#include <string.h>

void ink_sums_init(InkSums *sums, InkAdd add, float *const *memory, size_t size) {
  *sums = (InkSums){.add = add, .size = size, .unused_count = INK_MAX_CHUNKS};
  memcpy(sums->unused, memory, sizeof sums->unused);
  pthread_mutex_init(&sums->lock, NULL);
}

void ink_sums_clear(InkSums *sums) {
  pthread_mutex_destroy(&sums->lock);
}

static void put_back(InkSums *sums, float *gradients) {
  sums->unused[sums->unused_count++] = gradients;
}

float *ink_sums_take(InkSums *sums) {
  float *gradients;

  pthread_mutex_lock(&sums->lock);
  gradients = sums->unused[--sums->unused_count];
  pthread_mutex_unlock(&sums->lock);
  memset(gradients, 0, sums->size * sizeof *gradients);
  return gradients;
}

/* Adds what is next in order until there is none, or no thread computes any more. */
static void sum_meanwhile(InkSums *sums, int chunks) {
  float *next;

  sums->summing = true;
  while (sums->done_count < chunks && (next = sums->done[sums->summed])) {
    if (sums->summed > 0) {
      pthread_mutex_unlock(&sums->lock);
      sums->add(sums->done[0], next, sums->size);
      pthread_mutex_lock(&sums->lock);
      put_back(sums, next);
    }
    sums->summed++;
  }
  sums->summing = false;
}

/* The update reads the rest before any thread takes memory for the next batch. */
static void leave_rest(InkSums *sums, int chunks) {
  sums->rest_count = 0;
  for (int chunk = 0; chunk < chunks; chunk++)
    if (chunk == 0 || chunk >= sums->summed) {
      sums->rest[sums->rest_count++] = sums->done[chunk];
      put_back(sums, sums->done[chunk]);
    }
  memset(sums->done, 0, sizeof sums->done);
  sums->done_count = sums->summed = 0;
}

void ink_sums_give(InkSums *sums, int chunk, int chunks, float *gradients) {
  pthread_mutex_lock(&sums->lock);
  sums->done[chunk] = gradients;
  sums->done_count++;
  if (!sums->summing) {
    sum_meanwhile(sums, chunks);
    if (sums->done_count == chunks)
      leave_rest(sums, chunks);
  }
  pthread_mutex_unlock(&sums->lock);
}
