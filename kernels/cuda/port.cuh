// port: the few things that nvcc and the host build say differently. The host build, which runs
// these very kernels without a GPU, includes its emulation header before this one.
#pragma once

#ifdef __CUDACC__
#include <cooperative_groups.h>
#include <cuda_runtime.h>

// Dynamic shared memory as one struct; kernels ask for it by type.
template <class T> static __device__ __forceinline__ T *shared_memory() {
  extern __shared__ __align__(16) unsigned char bytes[];
  return reinterpret_cast<T *>(bytes);
}

// All threads of all blocks of a cooperative launch meet, and see each other's writes.
static __device__ __forceinline__ void grid_barrier() {
  cooperative_groups::this_grid().sync();
}
#endif
