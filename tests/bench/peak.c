/* One instance of the measurement of a core's peak; the build gives PEAK (the function's name) and
 * the flags of the instruction set. */
#include "kernels/cpu/vector.h"

enum { CHAINS = REGISTERS - 4 };

double PEAK(long rounds);

/* Multiply-adds done: CHAINS independent ones a round, so that latency hides. Without FMA a
 * multiply and an add count as one. */
double PEAK(long rounds) {
  Floats sum[CHAINS], factor = broadcast(0.999f), term = broadcast(1e-7f), all = {};

  UNROLL for (int i = 0; i < CHAINS; i++) sum[i] = broadcast((float)i);
  for (long r = 0; r < rounds; r++) {
    UNROLL for (int i = 0; i < CHAINS; i++) sum[i] = sum[i] * factor + term;
    __asm__ volatile("" : "+x"(factor)); /* the rounds must not be merged */
  }
  UNROLL for (int i = 0; i < CHAINS; i++) all += sum[i];
  __asm__ volatile("" ::"x"(all));
  return (double)rounds * CHAINS * LANES;
}
