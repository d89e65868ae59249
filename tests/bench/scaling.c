/* scaling: how much faster training is on more threads.
 *
 *   bench-scaling [BATCH]
 *
 * A network for each number of threads trains the same steps in turn. They hold the same weights to
 * the bit at every moment, so all of them have the same work. */
#include "tests/bench/measure.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 11, SAMPLES = 5000, MOST = 8 };

/* 1, 2, 4 … and all of them; returns how many numbers that is. */
static int choose_threads(int processors, int threads[MOST]) {
  int n = 0;

  for (int count = 1; count < processors && n < MOST - 1; count *= 2)
    threads[n++] = count;
  threads[n++] = processors;
  return n;
}

static void bench(const InkDataset *dataset, int kernel, size_t batch, int n, const int *threads) {
  double seconds[MOST][ROUNDS], one = 0;
  size_t steps = MAX(1, SAMPLES / batch);
  MeasuredNet nets[MOST];

  for (int i = 0; i < n; i++)
    nets[i] = measure_open_net(dataset, kernel, batch, threads[i]);
  for (size_t round = 0; round < ROUNDS; round++)
    for (int i = 0; i < n; i++)
      seconds[i][round] = measure_train(&nets[i], round * steps, steps);
  for (int i = 0; i < n; i++) {
    double median = measure_median(seconds[i], ROUNDS);

    one = i == 0 ? median : one;
    printf("| %d | %zu | %d | %.2f | %.2f times |\n", kernel, batch, threads[i],
           1e6 * median / (double)(steps * batch), one / median);
    measure_close_net(&nets[i]);
  }
}

int main(int argc, char **argv) {
  g_autoptr(InkDataset) mnist = measure_open_dataset("mnist");
  long batch = argc > 1 ? atol(argv[1]) : 200;
  int threads[MOST], n = choose_threads((int)g_get_num_processors(), threads);

  if (batch < 1 || batch > SAMPLES) {
    fprintf(stderr, "usage: bench-scaling [BATCH], from 1 to %d\n", SAMPLES);
    return 1;
  }
  printf("| kernel | batch | threads | µs a sample | to one thread |\n|---|---|---|---|---|\n");
  for (int kernel = 5; kernel >= 3; kernel -= 2)
    bench(mnist, kernel, (size_t)batch, n, threads);
  return 0;
}
