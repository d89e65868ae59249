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

// The thread's number in its block. The compiler does not see that it is always the same, so that
// what follows from it is computed where it is needed instead of being kept in registers.
static __device__ __forceinline__ int thread_index() {
  int index = threadIdx.x;

  asm volatile("" : "+r"(index));
  return index;
}

// a · b + c in one instruction, of which the compiler takes no part out of a branch.
static __device__ __forceinline__ float multiply_add(float a, float b, float c) {
  return __fmaf_rn(a, b, c);
}

// Keeps a value from being computed later than here.
static __device__ __forceinline__ float by_now(float x) {
  asm volatile("" : "+f"(x));
  return x;
}

// Has the line that holds address brought into the multiprocessor's cache; nobody waits for it.
static __device__ __forceinline__ void touch(const void *address) {
  asm volatile("prefetch.global.L1 [%0];" ::"l"(address));
}

// All threads of all blocks of a cooperative launch meet, and see each other's writes.
static __device__ __forceinline__ void grid_barrier() {
  cooperative_groups::this_grid().sync();
}
#endif
