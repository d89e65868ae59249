/* linear: the output layer, 1568 → C, a tile of samples at a time. */
#pragma once

#include "kernels/cpu/geometry.h"

/* COUNT classes of two samples: at most 10 accumulators and two registers of features; weights
 * are memory operands. Each logit is summed in the same order whichever block it falls into. */
INLINE void linear_block(const int count, const float *a, const float *b, const float *weight,
                         const float *bias, float *logits_a, float *logits_b) {
  Floats sum_a[5], sum_b[5];

  UNROLL for (int c = 0; c < count; c++) sum_a[c] = sum_b[c] = (Floats){};
  for (int i = 0; i < INK_FEATURES; i += LANES) {
    Floats value_a = load(a + i), value_b = load(b + i);

    UNROLL for (int c = 0; c < count; c++) {
      Floats row = load(weight + c * INK_FEATURES + i);

      sum_a[c] += value_a * row;
      sum_b[c] += value_b * row;
    }
  }
  UNROLL for (int c = 0; c < count; c++) {
    logits_a[c] = sum_lanes(sum_a[c]) + bias[c];
    logits_b[c] = sum_lanes(sum_b[c]) + bias[c];
  }
}

static void linear_forward(InkWorkspace *work, int samples, const InkTensors *parameters,
                           int classes) {
  for (int s = 0; s < samples; s += 2) {
    int t = s + 1 < samples ? s + 1 : s; /* an odd last sample is paired with itself */
    const float *a = work->samples[s].pool2, *b = work->samples[t].pool2;
    const float *weight = parameters->linear_weight, *bias = parameters->linear_bias;
    int c = 0;

    for (; c + 5 <= classes; c += 5)
      linear_block(5, a, b, weight + c * INK_FEATURES, bias + c, work->logits[s] + c,
                   work->logits[t] + c);
    for (; c < classes; c++)
      linear_block(1, a, b, weight + c * INK_FEATURES, bias + c, work->logits[s] + c,
                   work->logits[t] + c);
  }
}

/* Gradient of pool2: four vectors of features of one sample, over all classes. */
static void linear_data_gradient(InkWorkspace *work, int samples, const InkTensors *parameters,
                                 int classes) {
  for (int s = 0; s < samples; s++)
    for (int i = 0; i < INK_FEATURES; i += 2 * LANES) {
      Floats low = {}, high = {};

      for (int c = 0; c < classes; c++) {
        const float *row = parameters->linear_weight + c * INK_FEATURES + i;
        Floats value = broadcast(work->gradient[s][c]);

        low += value * load(row);
        high += value * load(row + LANES);
      }
      store(work->samples[s].gradient2 + i, low);
      store(work->samples[s].gradient2 + i + LANES, high);
    }
}

static void linear_weight_gradient(const InkWorkspace *work, int samples, int classes,
                                   const InkTensors *gradients) {
  for (int c = 0; c < classes; c++) {
    for (int i = 0; i < INK_FEATURES; i += 2 * LANES) {
      float *to = gradients->linear_weight + c * INK_FEATURES + i;
      Floats low = load(to), high = load(to + LANES);

      for (int s = 0; s < samples; s++) {
        Floats value = broadcast(work->gradient[s][c]);

        low += value * load(work->samples[s].pool2 + i);
        high += value * load(work->samples[s].pool2 + i + LANES);
      }
      store(to, low);
      store(to + LANES, high);
    }
    for (int s = 0; s < samples; s++)
      gradients->linear_bias[c] += work->gradient[s][c];
  }
}

static void linear_backward(InkWorkspace *work, int samples, const InkTensors *parameters,
                            int classes, const InkTensors *gradients) {
  linear_data_gradient(work, samples, parameters, classes);
  linear_weight_gradient(work, samples, classes, gradients);
}
