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

// Blocks that find something to do in a step: a chunk of samples, or pieces of the update.
template <int K> static inline int useful_blocks(int batch, int classes) {
  int chunks = chunk_count(batch), updating = (Pieces<K>(classes).count() + SIDES - 1) / SIDES;

  return chunks > updating ? chunks : updating;
}

// Where the index of the first sample of a block's first chunk in a step is; of any, if the block
// or the step has none.
static __device__ __forceinline__ const uint32_t *first_index(const Run &run, int step) {
  unsigned i = (unsigned)step * run.batch + blockIdx.x * chunk_size(batch_of(run, step));

  return run.order + (i < (unsigned)run.samples ? i : 0);
}

// All samples of one step, a block a chunk at a time. sample: the one of first_index(), fetched.
template <int K, bool MAXIMUM>
static __device__ void samples_of_step(Shared<K> *s, const Run &run, int step, Fetched sample) {
  int batch = batch_of(run, step), size = chunk_size(batch);

  for (int slot = blockIdx.x * size; slot < batch;) {
    forward<K, MAXIMUM>(s, run, sample, slot, 1.0f / batch);
    backward<K, MAXIMUM>(s, run, slot, slot / size, slot % size == 0);
    slot++;
    if (slot % size == 0)
      slot += (gridDim.x - 1) * size;
    if (slot < batch)
      sample = fetch(run, run.order[step * run.batch + slot]);
  }
}

// A step's first sample is on its way during the barriers and the update before it.
template <int K, bool MAXIMUM>
__global__ void __launch_bounds__(THREADS, 1) train_steps(Run run, int steps) {
  Shared<K> *s = shared_memory<Shared<K>>();
  Fetched first = fetch(run, *first_index(run, 0));

  clear_padding(s);
  __syncthreads();
  for (int step = 0; step < steps; step++) {
    touch(first_index(run, step + 1));
    samples_of_step<K, MAXIMUM>(s, run, step, first);
    first = fetch(run, *first_index(run, step + 1));
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
  Fetched first = fetch(run, *first_index(run, step));

  clear_padding(s);
  __syncthreads();
  samples_of_step<K, MAXIMUM>(s, run, step, first);
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
static __device__ __forceinline__ uint32_t sample_at(const uint32_t *samples, uint32_t first,
                                                     int slot, int count) {
  slot = min(slot, count - 1);
  return samples ? samples[slot] : first + slot;
}

// The next sample is on its way while one goes through the network, and the next one's index.
template <int K, bool MAXIMUM>
__global__ void __launch_bounds__(THREADS, 1)
    evaluate(Run run, const uint32_t *samples, uint32_t first, int count) {
  Shared<K> *s = shared_memory<Shared<K>>();
  Fetched sample = fetch(run, sample_at(samples, first, blockIdx.x, count));
  uint32_t next = sample_at(samples, first, blockIdx.x + gridDim.x, count);

  clear_padding(s);
  __syncthreads();
  for (int slot = blockIdx.x; slot < count; slot += gridDim.x) {
    Fetched current = sample;

    sample = fetch(run, next);
    next = sample_at(samples, first, slot + 2 * gridDim.x, count);
    forward<K, MAXIMUM>(s, run, current, slot, 0);
  }
}

} // namespace ink
