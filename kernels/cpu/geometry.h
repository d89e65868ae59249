/* geometry: what the files that make up kernels.c share. KERNEL (3 or 5) and MAX_POOL (1 or 0) come
 * from the build. */
#pragma once

#include "kernels/cpu/kernels.h"
#include "kernels/cpu/vector.h"

enum {
  K = KERNEL,
  TAPS = K * K,
  PAD = K / 2,
  SIDE1 = 14 + K - 1,   /* side of the padded pool1 */
  STRIDE1 = SIDE1 * 16, /* floats a row of it */
};
