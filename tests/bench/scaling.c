/* scaling: how much faster training is on more threads.
 *
 *   bench-scaling [BATCH]
 *
 * A network for each number of threads trains the same steps in turn, as many as make it of little
 * account that the others have had the caches. They hold the same weights to the bit at every
 * moment, so all of them have the same work. Beside it is what the machine gives to as many threads
 * that have nothing to do with one another: a network each, on one thread. */
#include "tests/bench/measure.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 9, SAMPLES = 6000, MOST = 8 };

/* 1, 2, 4 … and all of them; returns how many numbers that is. */
static int choose_threads(int processors, int threads[MOST]) {
  int n = 0;

  for (int count = 1; count < processors && n < MOST - 1; count *= 2)
    threads[n++] = count;
  threads[n++] = processors;
  return n;
}

typedef struct {
  MeasuredNet net;
  size_t round, steps;
  pthread_t thread;
} Apart;

static void *train_apart(void *data) {
  Apart *apart = data;

  measure_train(&apart->net, apart->round * apart->steps, apart->steps);
  return NULL;
}

/* Seconds until each of n networks has trained the round. */
static double train_all_apart(Apart *apart, int n, size_t round) {
  double start = measure_now();

  for (int i = 0; i < n; i++) {
    apart[i].round = round;
    if (pthread_create(&apart[i].thread, NULL, train_apart, &apart[i]) != 0)
      g_error("A thread could not be started.");
  }
  for (int i = 0; i < n; i++)
    pthread_join(apart[i].thread, NULL);
  return measure_now() - start;
}

static void bench(const InkDataset *dataset, int kernel, size_t batch, int n, const int *threads) {
  double together[MOST][ROUNDS], apart[MOST][ROUNDS], one = 0;
  size_t steps = MAX(1, SAMPLES / batch);
  MeasuredNet nets[MOST];
  Apart *networks[MOST];

  for (int i = 0; i < n; i++) {
    nets[i] = measure_open_net(dataset, kernel, batch, threads[i]);
    networks[i] = g_new(Apart, threads[i]);
    for (int j = 0; j < threads[i]; j++)
      networks[i][j] = (Apart){.net = measure_open_net(dataset, kernel, batch, 1), .steps = steps};
  }
  for (size_t round = 0; round < ROUNDS; round++)
    for (int i = 0; i < n; i++) {
      together[i][round] = measure_train(&nets[i], round * steps, steps);
      apart[i][round] = train_all_apart(networks[i], threads[i], round);
    }
  for (int i = 0; i < n; i++) {
    double median = measure_median(together[i], ROUNDS);

    one = i == 0 ? median : one;
    printf("| %d | %zu | %d | %.2f | %.2f times | %.2f times |\n", kernel, batch, threads[i],
           1e6 * median / (double)(steps * batch), one / median,
           threads[i] * one / measure_median(apart[i], ROUNDS));
    measure_close_net(&nets[i]);
    for (int j = 0; j < threads[i]; j++)
      measure_close_net(&networks[i][j].net);
    g_free(networks[i]);
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
  printf("| kernel | batch | threads | µs a sample | to one thread | networks apart |\n"
         "|---|---|---|---|---|---|\n");
  for (int kernel = 5; kernel >= 3; kernel -= 2)
    bench(mnist, kernel, (size_t)batch, n, threads);
  return 0;
}
