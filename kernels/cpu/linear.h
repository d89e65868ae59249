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

/* Two vectors of features of `samples` samples, over all classes: up to eight accumulators, two
 * registers of weights and one of a broadcast gradient. */
INLINE void data_gradient_block(const int samples, InkWorkspace *work, int s, const float *weight,
                                int i, int classes) {
  Floats low[4], high[4];

  UNROLL for (int t = 0; t < samples; t++) low[t] = high[t] = (Floats){};
  for (int c = 0; c < classes; c++) {
    Floats row_low = load(weight + c * INK_FEATURES + i);
    Floats row_high = load(weight + c * INK_FEATURES + i + LANES);

    UNROLL for (int t = 0; t < samples; t++) {
      Floats value = broadcast(work->gradient[s + t][c]);

      low[t] += value * row_low;
      high[t] += value * row_high;
    }
  }
  UNROLL for (int t = 0; t < samples; t++) {
    store(work->samples[s + t].gradient2 + i, low[t]);
    store(work->samples[s + t].gradient2 + i + LANES, high[t]);
  }
}

static void linear_data_gradient(InkWorkspace *work, int samples, const float *weight,
                                 int classes) {
  for (int i = 0; i < INK_FEATURES; i += 2 * LANES) {
    int s = 0;

    for (; s + 4 <= samples; s += 4)
      data_gradient_block(4, work, s, weight, i, classes);
    for (; s + 2 <= samples; s += 2)
      data_gradient_block(2, work, s, weight, i, classes);
    for (; s < samples; s++)
      data_gradient_block(1, work, s, weight, i, classes);
  }
}

/* Two vectors of features of classes first … first + count − 1, over all samples: at most ten
 * accumulators, two registers of features and one of a broadcast gradient. */
INLINE void weight_gradient_block(const int count, const InkWorkspace *work, int samples, int first,
                                  int i, float *weight) {
  Floats low[5], high[5];

  UNROLL for (int c = 0; c < count; c++) {
    low[c] = load(weight + c * INK_FEATURES + i);
    high[c] = load(weight + c * INK_FEATURES + i + LANES);
  }
  for (int s = 0; s < samples; s++) {
    Floats feature_low = load(work->samples[s].pool2 + i);
    Floats feature_high = load(work->samples[s].pool2 + i + LANES);

    UNROLL for (int c = 0; c < count; c++) {
      Floats value = broadcast(work->gradient[s][first + c]);

      low[c] += value * feature_low;
      high[c] += value * feature_high;
    }
  }
  UNROLL for (int c = 0; c < count; c++) {
    store(weight + c * INK_FEATURES + i, low[c]);
    store(weight + c * INK_FEATURES + i + LANES, high[c]);
  }
}

static void linear_weight_gradient(const InkWorkspace *work, int samples, int classes,
                                   const InkTensors *gradients) {
  int c = 0;

  for (; c + 5 <= classes; c += 5)
    for (int i = 0; i < INK_FEATURES; i += 2 * LANES)
      weight_gradient_block(5, work, samples, c, i, gradients->linear_weight + c * INK_FEATURES);
  for (; c < classes; c++)
    for (int i = 0; i < INK_FEATURES; i += 2 * LANES)
      weight_gradient_block(1, work, samples, c, i, gradients->linear_weight + c * INK_FEATURES);
  for (int s = 0; s < samples; s++)
    for (c = 0; c < classes; c++)
      gradients->linear_bias[c] += work->gradient[s][c];
}

static void linear_backward(InkWorkspace *work, int samples, const InkTensors *parameters,
                            int classes, const InkTensors *gradients) {
  linear_data_gradient(work, samples, parameters->linear_weight, classes);
  linear_weight_gradient(work, samples, classes, gradients);
}
