/* train: a run of steps.
 *
 * A batch is cut into chunks whose number depends on its size alone. Workers take chunks as they
 * become free; each chunk has gradients of its own, and they are summed in index order (sums.h): so
 * the result does not depend on how many workers there are or how fast each is. */
#include "kernels/cpu/net.h"
#include "kernels/cpu/tensors.h"

#include <math.h>
#include <stdatomic.h>

enum { SAMPLES_PER_CHUNK = 6, SLICE = 4096 };

typedef struct {
  InkNet *net;
  const InkTrainRun *run;
  atomic_size_t next_chunk;
  double loss[INK_MAX_CHUNKS]; /* sum over the chunk's samples */
  InkSums sums;
} Training;

/* One batch: order[first] … order[first + size − 1]. */
typedef struct {
  size_t first, size;
  int chunks;
  bool last;
} Batch;

static Batch batch_of_step(const InkTrainRun *run, size_t step) {
  Batch batch = {.first = step * run->batch, .size = run->batch};
  size_t chunks;

  if (batch.size >= run->samples - batch.first) {
    batch.size = run->samples - batch.first;
    batch.last = true;
  }
  chunks = (batch.size + SAMPLES_PER_CHUNK - 1) / SAMPLES_PER_CHUNK;
  batch.chunks = (int)(chunks < INK_MAX_CHUNKS ? chunks : INK_MAX_CHUNKS);
  return batch;
}

/* The first sample of a chunk. Those that have one more come first: were they every other one, two
 * workers that take turns would share the batch unevenly. */
static size_t start_of(const Batch *batch, size_t chunk) {
  size_t chunks = (size_t)batch->chunks, larger = batch->size % chunks;

  return chunk * (batch->size / chunks) + (chunk < larger ? chunk : larger);
}

static void report_sample(const InkTrainRun *run, size_t i, const float *probabilities,
                          int predicted, float loss) {
  if (run->predicted)
    run->predicted[i] = (uint8_t)predicted;
  if (run->probability)
    run->probability[i] = probabilities[predicted];
  if (run->sample_loss)
    run->sample_loss[i] = loss;
}

/* The gradient of the mean loss by the logits of samples at … at + n − 1 of the batch; returns
 * the sum of their losses. */
static double losses(Training *training, const Batch *batch, InkWorkspace *work, size_t at, int n) {
  const InkNet *net = training->net;
  const InkTrainRun *run = training->run;
  const float share = 1.0f / (float)batch->size;
  double sum = 0;

  for (int s = 0; s < n; s++) {
    int label = net->splits[INK_TRAIN].labels[run->order[batch->first + at + (size_t)s]];
    float *gradient = work->gradient[s];
    int predicted = ink_softmax(work->logits[s], net->shape.classes, gradient);
    float loss = ink_cross_entropy(work->logits[s], net->shape.classes, label);

    if (batch->last)
      report_sample(run, at + (size_t)s, gradient, predicted, loss);
    for (int c = 0; c < net->shape.classes; c++)
      gradient[c] = (gradient[c] - (float)(c == label)) * share;
    sum += loss;
  }
  return sum;
}

/* Of the run's sample number i, if it has one: random images are far away in memory. */
static void prefetch_image(const Training *training, size_t i) {
  const InkTrainRun *run = training->run;
  const uint8_t *images = training->net->splits[INK_TRAIN].images;

  if (i < run->samples)
    for (int pixel = 0; pixel < INK_PIXELS; pixel += INK_ALIGNMENT)
      __builtin_prefetch(images + (size_t)run->order[i] * INK_PIXELS + pixel);
}

/* The sample of the run that a chunk starts with which the same worker takes after this one, if
 * all take turns. */
static size_t likely_next(const Training *training, const Batch *batch, int chunk) {
  int next = chunk + ink_workers_count(training->net->workers);

  if (next < batch->chunks)
    return batch->first + start_of(batch, (size_t)next);
  return batch->first + batch->size + start_of(batch, (size_t)(next - batch->chunks));
}

/* Samples at … at + n − 1 of the batch: adds to gradients and returns the sum of the losses.
 * Meanwhile the images come that are likely to be loaded then, the run's from number next on. */
static double train_tile(Training *training, const Batch *batch, InkWorkspace *work, size_t at,
                         int n, size_t next, const InkTensors *gradients) {
  InkNet *net = training->net;
  const InkKernels *kernels = net->kernels;
  const uint32_t *order = training->run->order + batch->first + at;
  InkTensors parameters = ink_tensors(&net->shape, net->parameters);
  double loss;

  for (int s = 0; s < n; s++) {
    InkSample *sample = &work->samples[s];

    kernels->load_image(sample, net->splits[INK_TRAIN].images + (size_t)order[s] * INK_PIXELS);
    kernels->conv1_forward(work, sample, &parameters);
    kernels->conv2_forward(work, sample, &parameters, net->prepared);
  }
  kernels->linear_forward(work, n, &parameters, net->shape.classes);
  loss = losses(training, batch, work, at, n);
  kernels->linear_backward(work, n, &parameters, net->shape.classes, gradients);
  for (int s = 0; s < n; s++) {
    prefetch_image(training, next + (size_t)s);
    kernels->conv2_weight_gradient(work, &work->samples[s], gradients);
    kernels->conv2_data_gradient(work, &work->samples[s], net->prepared);
    kernels->conv1_weight_gradient(work, &work->samples[s], gradients);
  }
  return loss;
}

/* The first of tiles of about the same size. */
static size_t even_tile(size_t samples) {
  size_t tiles = (samples + INK_TILE - 1) / INK_TILE;

  return (samples + tiles - 1) / tiles;
}

static void train_chunk(Training *training, const Batch *batch, InkWorkspace *work, int chunk) {
  size_t first = start_of(batch, (size_t)chunk), last = start_of(batch, (size_t)chunk + 1);
  InkTensors parameters = ink_tensors(&training->net->shape, training->net->parameters);
  float *packed = ink_sums_take(&training->sums);
  InkTensors gradients = ink_tensors(&training->net->shape, packed);

  training->loss[chunk] = 0;
  for (size_t at = first, n; at < last; at += n) {
    n = even_tile(last - at);
    training->loss[chunk] += train_tile(
        training, batch, work, at, (int)n,
        at + n < last ? batch->first + at + n : likely_next(training, batch, chunk), &gradients);
  }
  training->net->kernels->blank_gradients(work, &parameters, &gradients);
  ink_sums_give(&training->sums, chunk, batch->chunks, packed);
}

/* Sums the rest, updates and prepares what belongs to slice number index. The two halves of conv2's
 * weights are slices of their own, since they are prepared for the forward pass right away.
 * Returns false when there is no such slice. */
static bool update_slice(Training *training, size_t step, size_t index) {
  InkNet *net = training->net;
  size_t conv2 = ink_tensors_offset(&net->shape, INK_CONV2_WEIGHT);
  size_t half = ink_shape_tensor_size(&net->shape, INK_CONV2_WEIGHT) / 2;
  size_t rest = conv2 + 2 * half, end = ink_tensors_size(&net->shape);
  size_t first = 0, last = conv2;
  double t = (double)(net->updates + (int64_t)step + 1);
  float rate = (float)(training->run->learning_rate[step] / (1 - pow(0.9, t)));
  float correction = (float)(1 / sqrt(1 - pow(0.999, t)));

  if (index < 2) {
    first = conv2 + index * half;
    last = first + half;
  } else if (index > 2) {
    first = rest + (index - 3) * SLICE;
    last = first + SLICE < end ? first + SLICE : end;
    if (first >= end)
      return false;
  }
  net->kernels->adam(net->parameters, net->m, net->v, training->sums.rest,
                     training->sums.rest_count, first, last, rate, correction);
  if (index < 2) {
    InkTensors parameters = ink_tensors(&net->shape, net->parameters);

    net->kernels->prepare(&parameters, (int)index * 16, net->prepared);
  }
  return true;
}

static void train_worker(void *data, int worker) {
  Training *training = data;
  InkNet *net = training->net;
  InkTensors parameters = ink_tensors(&net->shape, net->parameters);
  Batch batch;

  for (size_t step = 0;; step++) {
    size_t i;

    batch = batch_of_step(training->run, step);
    net->kernels->blank(net->workspaces[worker], &parameters);
    while ((i = atomic_fetch_add(&training->next_chunk, 1)) < (size_t)batch.chunks)
      train_chunk(training, &batch, net->workspaces[worker], (int)i);
    ink_workers_meet(net->workers);
    if (worker == 0) {
      double loss = 0;

      atomic_store(&training->next_chunk, 0);
      for (int c = 0; c < batch.chunks; c++)
        loss += training->loss[c];
      training->run->loss[step] = (float)(loss / (double)batch.size);
    }
    for (size_t slice = (size_t)worker; update_slice(training, step, slice);)
      slice += (size_t)ink_workers_count(net->workers);
    ink_workers_meet(net->workers);
    if (batch.last)
      return;
  }
}

InkStatus ink_net_train(InkNet *net, const InkTrainRun *run) {
  Training training = {.net = net, .run = run};

  if (run->samples < 1 || run->batch < 1)
    return INK_BAD_ARGUMENT;
  for (size_t i = 0; i < run->samples; i++)
    if (run->order[i] >= net->splits[INK_TRAIN].count)
      return INK_BAD_ARGUMENT;
  ink_sums_init(&training.sums, net->kernels->add, net->gradients, ink_tensors_size(&net->shape));
  ink_workers_run(net->workers, train_worker, &training);
  ink_sums_clear(&training.sums);
  net->updates += (int64_t)((run->samples + run->batch - 1) / run->batch);
  return INK_OK;
}
