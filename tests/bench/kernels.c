/* Times each kernel of the CPU backend alone, on images of a data set of ten classes (MNIST unless
 * another is named) and a network that has learnt for some steps, and compares the sum with the
 * step as it runs.
 *
 *   kernels [3|5 [DATASET]]
 *
 * Each time is the least of many short bursts, taken in turn so that another program's share of
 * the machine falls on all alike, and so that each piece finds in the caches what it does in a
 * step. The memory is that of the network that has learnt: where it lies decides what the caches
 * hold. */
#include "kernels/cpu/net.h"
#include "kernels/cpu/tensors.h"
#include "tests/bench/measure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TILES = 8, SAMPLES = TILES * INK_TILE, BURSTS = 60, WARM_STEPS = 150 };

double ink_peak_generic(long rounds);
double ink_peak_avx2(long rounds);
double ink_peak_avx512(long rounds);

typedef struct {
  InkNet *net;
  const InkKernels *kernels;
  size_t batch;
  InkWorkspace *work;               /* the network's first, used again by each tile as in a step */
  InkTensors parameters, gradients; /* the latter of the first chunk */
  InkSums sums;
  const uint8_t *images;
  double least[16][TILES]; /* seconds of a piece over a tile */
  float loss;              /* keeps the loss from being optimised away */
} Bench;

typedef struct {
  const char *name;
  void (*run)(Bench *bench, int tile);
  double multiplications; /* a sample; 0: not a matter of multiplications */
  bool per_step;
  double seconds; /* a sample or a step */
} Piece;

static void convert(Bench *b, int tile) {
  for (int s = 0; s < INK_TILE; s++)
    b->kernels->load_image(&b->work->samples[s],
                           b->images + (size_t)(tile * INK_TILE + s) * INK_PIXELS);
}

static void conv1(Bench *b, int tile) {
  for (int s = 0; s < INK_TILE; s++)
    b->kernels->conv1_forward(b->work, &b->work->samples[s], &b->parameters);
}

static void conv2(Bench *b, int tile) {
  for (int s = 0; s < INK_TILE; s++)
    b->kernels->conv2_forward(b->work, &b->work->samples[s], &b->parameters, b->net->prepared);
}

static void linear(Bench *b, int tile) {
  b->kernels->linear_forward(b->work, INK_TILE, &b->parameters, 10);
}

static void linear_back(Bench *b, int tile) {
  b->kernels->linear_backward(b->work, INK_TILE, &b->parameters, 10, &b->gradients);
}

static void conv2_weights(Bench *b, int tile) {
  for (int s = 0; s < INK_TILE; s++)
    b->kernels->conv2_weight_gradient(b->work, &b->work->samples[s], &b->gradients);
}

static void conv2_data(Bench *b, int tile) {
  for (int s = 0; s < INK_TILE; s++)
    b->kernels->conv2_data_gradient(b->work, &b->work->samples[s], b->net->prepared);
}

static void conv1_weights(Bench *b, int tile) {
  for (int s = 0; s < INK_TILE; s++)
    b->kernels->conv1_weight_gradient(b->work, &b->work->samples[s], &b->gradients);
}

static void blank_back(Bench *b, int tile) {
  b->kernels->blank_gradients(b->work, &b->parameters, &b->gradients);
}

/* Softmax and loss; leaves the gradient of the logits for the pieces that come after. */
static void softmax(Bench *b, int tile) {
  for (int s = 0; s < INK_TILE; s++) {
    InkWorkspace *work = b->work;

    ink_softmax(work->logits[s], 10, work->gradient[s]);
    b->loss = ink_cross_entropy(work->logits[s], 10, s);
    for (int c = 0; c < 10; c++)
      work->gradient[s][c] = (work->gradient[s][c] - (float)(c == s)) / (float)b->batch;
  }
}

static void blank(Bench *b, int tile) {
  b->kernels->blank(b->work, &b->parameters);
}

/* As one thread does it: all but the last chunk while there are others. */
static void sum_chunks(Bench *b, int tile) {
  for (int chunk = 0; chunk < INK_MAX_CHUNKS; chunk++)
    ink_sums_give(&b->sums, chunk, INK_MAX_CHUNKS, ink_sums_take(&b->sums));
}

static void update(Bench *b, int tile) {
  b->kernels->adam(b->net->parameters, b->net->m, b->net->v, b->sums.rest, b->sums.rest_count, 0,
                   ink_tensors_size(&b->net->shape), 0, 1);
}

static void prepare(Bench *b, int tile) {
  b->kernels->prepare(&b->parameters, 0, b->net->prepared);
  b->kernels->prepare(&b->parameters, 16, b->net->prepared);
}

/* WARM_STEPS steps, after which zeros are as many as they usually are; returns the seconds of one
 * step on one thread. */
static double warm_up(MeasuredNet *measured) {
  double least = HUGE_VAL;

  for (size_t step = 0; step < WARM_STEPS; step++)
    least = fmin(least, measure_train(measured, step, 1));
  return least;
}

static void set_up(Bench *b) {
  b->kernels = b->net->kernels;
  b->work = b->net->workspaces[0];
  b->parameters = ink_tensors(&b->net->shape, b->net->parameters);
  b->gradients = ink_tensors(&b->net->shape, b->net->gradients[0]);
  b->kernels->blank(b->work, &b->parameters);
  ink_sums_init(&b->sums, b->kernels->add, b->net->gradients, ink_tensors_size(&b->net->shape));
}

static void measure(Bench *b, Piece *pieces, size_t count, double (*peak)(long), double *best) {
  for (int burst = 0; burst < BURSTS; burst++) {
    double start = measure_now(), done = peak(20000);

    *best = fmax(*best, done / (measure_now() - start));
    for (int tile = 0; tile < TILES; tile++)
      for (size_t i = 0; i < count; i++) {
        if (pieces[i].per_step && tile > 0)
          continue;
        start = measure_now();
        pieces[i].run(b, tile);
        b->least[i][tile] = fmin(b->least[i][tile], measure_now() - start);
      }
  }
  for (size_t i = 0; i < count; i++) {
    int tiles = pieces[i].per_step ? 1 : TILES;

    pieces[i].seconds = 0;
    for (int tile = 0; tile < tiles; tile++)
      pieces[i].seconds += b->least[i][tile];
    if (!pieces[i].per_step)
      pieces[i].seconds /= SAMPLES;
  }
}

static void bench(const InkDataset *dataset, InkIsa isa, int kernel, double (*peak)(long)) {
  const double taps = kernel * kernel;
  Piece pieces[] = {
      {"conversion of the image", convert},
      {"conv1 forward, pool", conv1, 784 * 16 * taps},
      {"conv2 forward, pool", conv2, 196 * 32 * 16 * taps},
      {"linear forward", linear, 15680},
      {"softmax, loss", softmax},
      {"linear backward", linear_back, 31360},
      {"conv2 weight gradient", conv2_weights, 49 * 32 * 16 * taps},
      {"conv2 data gradient", conv2_data, 49 * 32 * 16 * taps},
      {"conv1 weight gradient", conv1_weights, 196 * 16 * taps},
      {"gradients by blank windows", blank_back},
      {"sums of 16 chunks", sum_chunks, .per_step = true},
      {"Adam", update, .per_step = true},
      {"answers to blank windows", blank, .per_step = true},
      {"preparation of weights", prepare, .per_step = true},
  };
  Bench b = {.batch = kernel == 5 ? 200 : 100,
             .images = ink_dataset_get_images(dataset, INK_TRAIN)};
  MeasuredNet measured;
  double best = 0, sum = 0, step;

  g_setenv("INKLING_ISA", ink_isa_option(isa), TRUE);
  measured = measure_open_net(dataset, kernel, b.batch, 1);
  step = warm_up(&measured);
  b.net = measured.net;
  set_up(&b);
  for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++)
    for (int tile = 0; tile < TILES; tile++)
      b.least[i][tile] = HUGE_VAL;
  measure(&b, pieces, G_N_ELEMENTS(pieces), peak, &best);

  printf("\n### %s, k %d, batch %zu (peak %.1f GFLOP/s)\n\n", ink_isa_name(isa), kernel, b.batch,
         2e-9 * best);
  printf("| piece | µs a sample | share of peak |\n|---|---|---|\n");
  for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
    double seconds = pieces[i].seconds / (pieces[i].per_step ? (double)b.batch : 1);

    sum += seconds;
    printf("| %s | %.2f | ", pieces[i].name, 1e6 * seconds);
    if (pieces[i].multiplications > 0)
      printf("%.0f %% |\n", 100 * pieces[i].multiplications / seconds / best);
    else
      printf("|\n");
  }
  printf("| **sum** | **%.2f** | |\n| **the step as it runs, one thread** | **%.2f** | |\n",
         1e6 * sum, 1e6 * step / (double)b.batch);

  ink_sums_clear(&b.sums);
  measure_close_net(&measured);
}

int main(int argc, char **argv) {
  static double (*const peaks[INK_ISAS])(long) = {
      ink_peak_generic,
#ifdef __x86_64__
      ink_peak_avx2,
      ink_peak_avx512,
#endif
  };
  g_autoptr(InkDataset) dataset = measure_open_dataset(argc > 2 ? argv[2] : "mnist");
  const char *only = g_getenv("INKLING_ISA");

  if (ink_dataset_get_classes(dataset) != 10) {
    fprintf(stderr, "The data set must have ten classes.\n");
    return 1;
  }
  for (InkIsa isa = INK_ISAS; isa-- > 0;)
    for (int kernel = 5; kernel >= 3; kernel -= 2)
      if (ink_isa_is_usable(isa) && (argc < 2 || atoi(argv[1]) == kernel) &&
          (!only || strcmp(only, ink_isa_option(isa)) == 0))
        bench(dataset, isa, kernel, peaks[isa]);
  return 0;
}
