#include "tests/support/workbench.h"

#include "kernels/cpu/tensors.h"

#include <stdlib.h>
#include <string.h>

static float *zeroed_floats(size_t count) {
  size_t bytes = (count * sizeof(float) + INK_ALIGNMENT - 1) / INK_ALIGNMENT * INK_ALIGNMENT;
  float *values = aligned_alloc(INK_ALIGNMENT, bytes);

  if (!values)
    abort();
  return memset(values, 0, bytes);
}

Workbench *workbench_new(const InkShape *shape, const InkKernels *kernels,
                         const float *parameters) {
  Workbench *bench = malloc(sizeof *bench);
  size_t size = ink_tensors_size(shape);

  if (!bench)
    abort();
  *bench = (Workbench){
      .kernels = kernels,
      .shape = *shape,
      .packed = zeroed_floats(size),
      .packed_gradients = zeroed_floats(size),
      .prepared = zeroed_floats(kernels->prepared_size),
      .work = (InkWorkspace *)zeroed_floats(sizeof(InkWorkspace) / sizeof(float)),
  };
  bench->parameters = ink_tensors(shape, bench->packed);
  bench->gradients = ink_tensors(shape, bench->packed_gradients);
  ink_tensors_pack(shape, parameters, bench->packed);
  kernels->prepare(&bench->parameters, 0, bench->prepared);
  kernels->prepare(&bench->parameters, 16, bench->prepared);
  kernels->blank(bench->work, &bench->parameters);
  return bench;
}

void workbench_free(Workbench *bench) {
  free(bench->packed);
  free(bench->packed_gradients);
  free(bench->prepared);
  free(bench->work);
  free(bench);
}
