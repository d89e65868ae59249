// kernels: what is launched.
//
//   train_steps    a whole run of steps in one cooperative launch, two grid barriers a step
//   step_samples,  the same step as two launches, where cooperative launch is not to be had
//   step_update
//   evaluate       a forward pass over many samples
#pragma once

#include "kernels/cuda/backward.cuh"
#include "kernels/cuda/update.cuh"

namespace ink {

static __device__ __forceinline__ int batch_of(const Run &run, int step) {
  return min(run.batch, run.samples - step * run.batch);
}

// All samples of one step, a block a chunk at a time.
template <int K, bool MAXIMUM>
static __device__ void samples_of_step(Shared<K> *s, const Run &run, int step) {
  int batch = batch_of(run, step), size = chunk_size(batch);

  for (int chunk = blockIdx.x; chunk * size < batch; chunk += gridDim.x)
    for (int i = 0; i < size && chunk * size + i < batch; i++) {
      int slot = chunk * size + i;

      forward<K, MAXIMUM>(s, run, run.order[step * run.batch + slot], slot, 1.0f / batch);
      backward<K, MAXIMUM>(s, run, slot, chunk, i == 0);
    }
}

template <int K, bool MAXIMUM>
__global__ void __launch_bounds__(THREADS, 1) train_steps(Run run, int steps) {
  Shared<K> *s = shared_memory<Shared<K>>();

  clear_padding(s);
  __syncthreads();
  for (int step = 0; step < steps; step++) {
    samples_of_step<K, MAXIMUM>(s, run, step);
    grid_barrier();
    update<K>(&s->update, run, step, batch_of(run, step));
    grid_barrier();
  }
}

// Which step it is they tell each other, so that all steps are the same two launches: counter[0] is
// the step of the samples, counter[1] that of the update. Each reads one and writes the other.
template <int K, bool MAXIMUM>
__global__ void __launch_bounds__(THREADS, 1) step_samples(Run run, int *counter) {
  Shared<K> *s = shared_memory<Shared<K>>();
  int step = counter[0];

  clear_padding(s);
  __syncthreads();
  samples_of_step<K, MAXIMUM>(s, run, step);
  if (blockIdx.x == 0 && threadIdx.x == 0)
    counter[1] = step;
}

template <int K> __global__ void __launch_bounds__(THREADS, 1) step_update(Run run, int *counter) {
  int step = counter[1];

  update<K>(shared_memory<UpdateShared>(), run, step, batch_of(run, step));
  if (blockIdx.x == 0 && threadIdx.x == 0)
    counter[0] = step + 1;
}

// samples: indices, or NULL for first, first + 1, …
template <int K, bool MAXIMUM>
__global__ void __launch_bounds__(THREADS, 1)
    evaluate(Run run, const uint32_t *samples, uint32_t first, int count) {
  Shared<K> *s = shared_memory<Shared<K>>();

  clear_padding(s);
  __syncthreads();
  for (int slot = blockIdx.x; slot < count; slot += gridDim.x)
    forward<K, MAXIMUM>(s, run, samples ? samples[slot] : first + slot, slot, 0);
}

} // namespace ink
