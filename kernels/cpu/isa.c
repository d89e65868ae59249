#include "kernels/cpu/kernels.h"

#include <stdlib.h>
#include <string.h>

#define DECLARE(isa)                                                                               \
  extern const InkKernels ink_kernels_##isa##_3_max, ink_kernels_##isa##_3_average,                \
      ink_kernels_##isa##_5_max, ink_kernels_##isa##_5_average;
#define ENTRIES(isa)                                                                               \
  {                                                                                                \
    {&ink_kernels_##isa##_3_max, &ink_kernels_##isa##_3_average}, {                                \
      &ink_kernels_##isa##_5_max, &ink_kernels_##isa##_5_average                                   \
    }                                                                                              \
  }

DECLARE(generic)
#ifdef __x86_64__
DECLARE(avx2)
DECLARE(avx512)
#endif

/* Indexed by instruction set, kernel size 3 or 5, and pooling. */
static const InkKernels *const tables[INK_ISAS][2][2] = {
    [INK_ISA_GENERIC] = ENTRIES(generic),
#ifdef __x86_64__
    [INK_ISA_AVX2] = ENTRIES(avx2),
    [INK_ISA_AVX512] = ENTRIES(avx512),
#endif
};

const InkKernels *ink_kernels(InkIsa isa, int kernel, InkPool pool) {
  return tables[isa][kernel == 5][pool == INK_POOL_AVERAGE];
}

bool ink_isa_is_usable(InkIsa isa) {
  if (isa == INK_ISA_GENERIC)
    return true;
#ifdef __x86_64__
  __builtin_cpu_init();
  bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
              __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");

  if (isa == INK_ISA_AVX2)
    return avx2;
  if (isa == INK_ISA_AVX512)
    return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#endif
  return false;
}

const char *ink_isa_name(InkIsa isa) {
  static const char *const names[INK_ISAS] = {"generic", "AVX2", "AVX-512"};

  return names[isa];
}

const char *ink_isa_option(InkIsa isa) {
  static const char *const options[INK_ISAS] = {"generic", "avx2", "avx512"};

  return options[isa];
}

InkIsa ink_isa_best(void) {
  const char *wanted = getenv("INKLING_ISA");
  InkIsa best = INK_ISA_AVX512;

  for (InkIsa isa = 0; wanted && isa < INK_ISAS; isa++)
    if (strcmp(wanted, ink_isa_option(isa)) == 0)
      best = isa;
  while (!ink_isa_is_usable(best))
    best--;
  return best;
}
