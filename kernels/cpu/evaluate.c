/* evaluate: forward passes, over many samples or over one with everything it computes. */
#include "kernels/cpu/net.h"
#include "kernels/cpu/tensors.h"

#include <stdatomic.h>
#include <string.h>

typedef struct {
  InkNet *net;
  const InkEvaluation *evaluation;
  atomic_size_t next; /* sample */
  atomic_size_t correct;
} Evaluating;

static size_t sample_index(const InkEvaluation *evaluation, size_t i) {
  return evaluation->samples ? evaluation->samples[i] : evaluation->first + i;
}

/* Returns whether the prediction is right. */
static bool report(const InkNet *net, const InkEvaluation *evaluation, const float *logits,
                   size_t i) {
  size_t classes = (size_t)net->shape.classes;
  int label = net->splits[evaluation->split].labels[sample_index(evaluation, i)];
  float probabilities[INK_MAX_CLASSES];
  int predicted = ink_softmax(logits, net->shape.classes, probabilities);

  if (evaluation->loss)
    evaluation->loss[i] = ink_cross_entropy(logits, net->shape.classes, label);
  if (evaluation->predicted)
    evaluation->predicted[i] = (uint8_t)predicted;
  if (evaluation->probabilities)
    memcpy(evaluation->probabilities + i * classes, probabilities, classes * sizeof(float));
  if (evaluation->logits)
    memcpy(evaluation->logits + i * classes, logits, classes * sizeof(float));
  return predicted == label;
}

static void evaluate_worker(void *data, int worker) {
  Evaluating *evaluating = data;
  InkNet *net = evaluating->net;
  const InkKernels *kernels = net->kernels;
  const InkEvaluation *evaluation = evaluating->evaluation;
  const uint8_t *images = net->splits[evaluation->split].images;
  InkWorkspace *work = net->workspaces[worker];
  InkTensors parameters = ink_tensors(&net->shape, net->parameters);
  size_t correct = 0, at;

  kernels->blank(work, &parameters);
  while ((at = atomic_fetch_add(&evaluating->next, INK_TILE)) < evaluation->count) {
    size_t left = evaluation->count - at;
    int n = (int)(left < INK_TILE ? left : INK_TILE);

    for (int s = 0; s < n; s++) {
      InkSample *sample = &work->samples[s];

      kernels->load_image(sample, images + sample_index(evaluation, at + (size_t)s) * INK_PIXELS);
      kernels->conv1_evaluate(work, sample, &parameters, NULL);
      kernels->conv2_evaluate(work, sample, &parameters, net->prepared, NULL);
    }
    kernels->linear_forward(work, n, &parameters, net->shape.classes);
    for (int s = 0; s < n; s++)
      correct += report(net, evaluation, work->logits[s], at + (size_t)s);
  }
  atomic_fetch_add(&evaluating->correct, correct);
}

InkStatus ink_net_evaluate(InkNet *net, const InkEvaluation *evaluation) {
  Evaluating evaluating = {.net = net, .evaluation = evaluation};
  size_t available = net->splits[evaluation->split].count;

  if (evaluation->samples) {
    for (size_t i = 0; i < evaluation->count; i++)
      if (evaluation->samples[i] >= available)
        return INK_BAD_ARGUMENT;
  } else if (evaluation->first > available || evaluation->count > available - evaluation->first) {
    return INK_BAD_ARGUMENT;
  }
  if (evaluation->count > INK_TILE)
    ink_workers_run(net->workers, evaluate_worker, &evaluating);
  else
    evaluate_worker(&evaluating, 0);
  if (evaluation->correct)
    *evaluation->correct = evaluating.correct;
  return INK_OK;
}

/* (side, side, channels), its rows stride floats apart, to (channels, side, side), row by row,
 * which stay in the L1 cache. */
static void channels_first(const float *from, int stride, int side, int channels, float *to) {
  for (int y = 0; y < side; y++, from += stride, to += side)
    for (int c = 0; c < channels; c++)
      for (int x = 0; x < side; x++)
        to[c * side * side + x] = from[x * channels + c];
}

InkStatus ink_net_infer(InkNet *net, const uint8_t *image, const InkTaps *taps) {
  InkWorkspace *work = net->workspaces[0];
  InkSample *sample = &work->samples[0];
  InkTensors parameters = ink_tensors(&net->shape, net->parameters);
  float *maps1 = taps->conv1 ? net->maps : NULL;
  float *maps2 = net->maps + INK_PIXELS * 16;
  int side = 14 + net->shape.kernel - 1, pad = net->shape.kernel / 2;
  float probabilities[INK_MAX_CLASSES];

  net->kernels->load_image(sample, image);
  net->kernels->blank(work, &parameters);
  net->kernels->conv1_evaluate(work, sample, &parameters, maps1);
  net->kernels->conv2_evaluate(work, sample, &parameters, net->prepared, maps2);
  net->kernels->linear_forward(work, 1, &parameters, net->shape.classes);

  if (taps->logits)
    memcpy(taps->logits, work->logits[0], (size_t)net->shape.classes * sizeof(float));
  ink_softmax(work->logits[0], net->shape.classes, probabilities);
  if (taps->probabilities)
    memcpy(taps->probabilities, probabilities, (size_t)net->shape.classes * sizeof(float));
  if (maps1)
    channels_first(maps1, 28 * 16, 28, 16, taps->conv1);
  if (taps->pool1)
    channels_first(sample->pool1 + (side + 1) * pad * 16, side * 16, 14, 16, taps->pool1);
  if (taps->conv2)
    channels_first(maps2, 14 * 32, 14, 32, taps->conv2);
  if (taps->pool2)
    channels_first(sample->pool2, 7 * 32, 7, 32, taps->pool2);
  return INK_OK;
}
