/* numbers: the random numbers behind initial weights and sample order.
 *
 * Counter-based in effect: a stream is defined by (seed, stream) alone, so that a run can be
 * resumed from its seed, epoch and step without saving a generator's state, and every backend
 * sees the same order. The generator is SplitMix64 (Steele, Lea, Flood 2014). */
#pragma once

#include <stdint.h>
#include <stddef.h>

typedef struct {
  uint64_t state;
} InkRandom;

/* Streams of one seed are independent of each other. */
InkRandom ink_random(uint64_t seed, uint64_t stream);

uint64_t ink_random_next(InkRandom *random);

/* Uniform in [0, bound), without bias (Lemire 2019). bound is at least 1. */
uint32_t ink_random_below(InkRandom *random, uint32_t bound);

/* Uniform in [−1, 1), 24 bits. */
float ink_random_signed(InkRandom *random);

/* The order of an epoch: a permutation of 0 … count − 1 that depends on (seed, epoch) alone. */
void ink_permutation(uint32_t *order /* (count) */, uint32_t count, uint64_t seed, uint64_t epoch);
