/* The emulation has to find what it is there for: barriers that not all threads meet, meet at
 * different places, or that are missing; accesses beyond shared memory; and it has to be right
 * about the rest. */
#include "tests/support/cuda-emulation.h"

#include "kernels/cuda/kernels.cuh"
#include "kernels/cuda/launch.cuh"

#include <glib.h>

#include <vector>

enum { THREADS = 64, BLOCKS = 3 };

struct Shared {
  int numbers[THREADS];
};

/* Each thread leaves a number and reads its neighbour's. */
static void exchange_numbers(std::vector<int> *out, bool with_barrier) {
  Shared *shared = shared_memory<Shared>();

  shared->numbers[threadIdx.x] = (int)threadIdx.x;
  if (with_barrier)
    __syncthreads();
  (*out)[blockIdx.x * THREADS + threadIdx.x] = shared->numbers[(threadIdx.x + 1) % THREADS];
}

static void test_barrier() {
  std::vector<int> out(BLOCKS * THREADS);

  g_assert_true(
      emulation::run(BLOCKS, THREADS, sizeof(Shared), [&] { exchange_numbers(&out, true); }));
  for (int i = 0; i < BLOCKS * THREADS; i++)
    g_assert_cmpint(out[i], ==, (i % THREADS + 1) % THREADS);
}

static void test_grid_barrier() {
  std::vector<int> left(BLOCKS), seen(BLOCKS);

  g_assert_true(emulation::run(BLOCKS, THREADS, 0, [&] {
    if (threadIdx.x == 0)
      left[blockIdx.x] = (int)blockIdx.x + 1;
    grid_barrier();
    if (threadIdx.x == 0)
      seen[blockIdx.x] = left[(blockIdx.x + 1) % BLOCKS];
  }));
  for (int i = 0; i < BLOCKS; i++)
    g_assert_cmpint(seen[i], ==, (i + 1) % BLOCKS + 1);
}

static void test_warp_exchanges() {
  std::vector<float> sums(THREADS);
  std::vector<unsigned> votes(THREADS);

  g_assert_true(emulation::run(1, THREADS, 0, [&] {
    float sum = (float)threadIdx.x;

    for (int i = 16; i; i /= 2)
      sum += __shfl_xor_sync(~0u, sum, i);
    sums[threadIdx.x] = sum;
    votes[threadIdx.x] = __ballot_sync(~0u, threadIdx.x % 3 == 0);
  }));
  g_assert_cmpfloat(sums[0], ==, 31 * 16);
  g_assert_cmpfloat(sums[40], ==, 31 * 16 + 32 * 32);
  g_assert_cmphex(votes[5], ==, 0x49249249);
  g_assert_cmphex(votes[40], ==, 0x92492492);
}

static void test_barrier_not_met_by_all() {
  g_assert_false(emulation::run(1, THREADS, 0, [] {
    if (threadIdx.x != 7)
      __syncthreads();
  }));
  g_assert_cmpstr(emulation::failure(), ==,
                  "barrier not met by all: 63 of 64 threads wait for ever");
  /* A failed launch leaves nothing behind that harms the next. */
  test_barrier();
}

static void test_divergent_barrier() {
  g_assert_false(emulation::run(1, THREADS, 0, [] {
    if (threadIdx.x < 32)
      __syncthreads();
    else
      __syncthreads();
  }));
  g_assert_nonnull(strstr(emulation::failure(), "divergent barrier"));
}

#ifdef __SANITIZE_THREAD__
static void test_missing_barrier() {
  if (g_test_subprocess()) {
    std::vector<int> out(THREADS);

    emulation::run(1, THREADS, sizeof(Shared), [&] { exchange_numbers(&out, false); });
    return;
  }
  g_test_trap_subprocess(NULL, 0, (GTestSubprocessFlags)0);
  g_test_trap_assert_failed();
  g_test_trap_assert_stderr("*data race*");
}
#endif

#ifdef __SANITIZE_ADDRESS__
static void test_overrun() {
  if (g_test_subprocess()) {
    emulation::run(1, THREADS, sizeof(Shared), [] {
      volatile int *numbers = shared_memory<Shared>()->numbers;

      numbers[threadIdx.x + 1] = 0;
    });
    return;
  }
  g_test_trap_subprocess(NULL, 0, (GTestSubprocessFlags)0);
  g_test_trap_assert_failed();
  g_test_trap_assert_stderr("*heap-buffer-overflow*");
}
#endif

/* What every device from compute capability 7.5 gives a block. */
static void test_shared_memory_budget() {
  g_test_message("a step takes %zu bytes of shared memory with k 3, %zu with k 5",
                 sizeof(ink::Shared<3>), sizeof(ink::Shared<5>));
  g_assert_cmpuint(sizeof(ink::Shared<5>), <=, 64 << 10);
}

/* There is room for the partial sums of every batch, also of a last one that is smaller. */
static void test_chunks() {
  for (int batch = 1; batch <= 1000; batch++)
    for (int last = 1; last <= batch; last++)
      g_assert_cmpint(ink::chunk_count(last), <=, ink::most_chunks(batch));
}

/* Two epochs' steps and tests share the 132 multiprocessors of an H100. */
static void test_sharing() {
  int seed_gpu = ink::useful_blocks<3>(100, 10), seed_cpu = ink::useful_blocks<5>(200, 10);

  g_assert_cmpint(seed_gpu, ==, 100);
  g_assert_cmpint(seed_cpu, ==, 119);
  g_assert_cmpint(ink::blocks_beside(1, 132, {seed_gpu, 50}, 2000), ==, 32);
  g_assert_cmpint(ink::blocks_beside(1, 132, {seed_cpu, 100}, 2000), ==, 13);
  g_assert_cmpint(ink::blocks_beside(2, 132, {seed_gpu, 50}, 2000), ==, 64);
  g_assert_cmpint(ink::blocks_beside(1, 132, {seed_gpu, 50}, 7), ==, 7);
  /* It would be longer than the steps, or there is no room, or no step has been made. */
  g_assert_cmpint(ink::blocks_beside(1, 132, {seed_gpu, 1}, 2000), ==, 0);
  g_assert_cmpint(ink::blocks_beside(1, 132, {seed_gpu, 50}, 10000), ==, 0);
  g_assert_cmpint(ink::blocks_beside(1, 80, {80, 100}, 2000), ==, 0);
  g_assert_cmpint(ink::blocks_beside(1, 132, {0, 0}, 2000), ==, 0);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/cuda-emulation/barrier", test_barrier);
  g_test_add_func("/cuda-emulation/grid-barrier", test_grid_barrier);
  g_test_add_func("/cuda-emulation/warp-exchanges", test_warp_exchanges);
  g_test_add_func("/cuda-emulation/barrier-not-met-by-all", test_barrier_not_met_by_all);
  g_test_add_func("/cuda-emulation/shared-memory-budget", test_shared_memory_budget);
  g_test_add_func("/cuda-emulation/chunks", test_chunks);
  g_test_add_func("/cuda-emulation/sharing", test_sharing);
  g_test_add_func("/cuda-emulation/divergent-barrier", test_divergent_barrier);
#ifdef __SANITIZE_THREAD__
  g_test_add_func("/cuda-emulation/missing-barrier", test_missing_barrier);
#endif
#ifdef __SANITIZE_ADDRESS__
  g_test_add_func("/cuda-emulation/overrun", test_overrun);
#endif
  return g_test_run();
}
