#include "kernels/numbers.h"

static uint64_t mix(uint64_t z) {
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

InkRandom ink_random(uint64_t seed, uint64_t stream) {
  /* Mixed twice, so that neighbouring seeds and streams start far apart. */
  return (InkRandom){mix(mix(seed + 0x9e3779b97f4a7c15u) + stream)};
}

uint64_t ink_random_next(InkRandom *random) {
  return mix(random->state += 0x9e3779b97f4a7c15u);
}

uint32_t ink_random_below(InkRandom *random, uint32_t bound) {
  uint64_t product = (ink_random_next(random) >> 32) * bound;

  if ((uint32_t)product < bound) {
    uint32_t threshold = -bound % bound;

    while ((uint32_t)product < threshold)
      product = (ink_random_next(random) >> 32) * bound;
  }
  return product >> 32;
}

float ink_random_signed(InkRandom *random) {
  return (float)(ink_random_next(random) >> 40) * 0x1p-23f - 1.0f;
}

void ink_permutation(uint32_t *order, uint32_t count, uint64_t seed, uint64_t epoch) {
  InkRandom random = ink_random(seed, epoch);

  for (uint32_t i = 0; i < count; i++) {
    uint32_t j = ink_random_below(&random, i + 1);

    order[i] = order[j];
    order[j] = i;
  }
}
