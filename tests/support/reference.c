#include "tests/support/reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The convolution at one position, before ReLU. */
static double convolve(const ReferenceLayer *l, const double *input, const double *weight,
                       double bias, int y, int x) {
  double sum = bias;

  for (int c = 0; c < l->in; c++)
    for (int i = 0; i < l->kernel; i++)
      for (int j = 0; j < l->kernel; j++) {
        int row = y + i - l->kernel / 2, column = x + j - l->kernel / 2;

        if (row >= 0 && row < l->side && column >= 0 && column < l->side)
          sum += input[(c * l->side + row) * l->side + column] *
                 weight[(c * l->kernel + i) * l->kernel + j];
      }
  return sum;
}

/* PyTorch's pooling after ReLU: the first of equal maxima, and NaN over everything. */
static double pool(const ReferenceLayer *l, const double value[4], uint8_t *route) {
  double most = value[0], sum = 0;
  int from = 0;

  *route = 0;
  for (int j = 0; j < 4; j++) {
    if (value[j] > most || isnan(value[j])) {
      most = value[j];
      from = j;
    }
    if (!(value[j] <= 0))
      *route |= (uint8_t)(1 << j);
    sum += value[j] <= 0 ? 0 : value[j];
  }
  if (l->pool == INK_POOL_AVERAGE)
    return sum / 4;
  *route &= (uint8_t)(1 << from);
  return most <= 0 ? 0 : most;
}

void reference_layer_forward(const ReferenceLayer *l, const double *input, const double *weight,
                             const double *bias, double *pooled, double *maps, uint8_t *route) {
  int half = l->side / 2;

  for (int o = 0; o < l->out; o++)
    for (int y = 0; y < half; y++)
      for (int x = 0; x < half; x++) {
        double value[4];
        uint8_t way;

        for (int j = 0; j < 4; j++) {
          int row = 2 * y + j / 2, column = 2 * x + j % 2;

          value[j] =
              convolve(l, input, weight + o * l->in * l->kernel * l->kernel, bias[o], row, column);
          if (maps)
            maps[(o * l->side + row) * l->side + column] = value[j] <= 0 ? 0 : value[j];
        }
        pooled[(o * half + y) * half + x] = pool(l, value, &way);
        if (route)
          route[(o * half + y) * half + x] = way;
      }
}

void reference_layer_backward(const ReferenceLayer *l, const double *input, const double *weight,
                              const uint8_t *route, const double *pooled_gradient,
                              double *weight_gradient, double *bias_gradient,
                              double *input_gradient) {
  int half = l->side / 2, taps = l->kernel * l->kernel;

  for (int i = 0; i < l->out * half * half * 4; i++) {
    int window = i / 4, j = i % 4, o = window / (half * half);
    int y = window / half % half * 2 + j / 2, x = window % half * 2 + j % 2;
    double gradient = pooled_gradient[window] * (l->pool == INK_POOL_AVERAGE ? 0.25 : 1);

    if (!(route[window] >> j & 1))
      continue;
    bias_gradient[o] += gradient;
    for (int c = 0; c < l->in; c++)
      for (int tap = 0; tap < taps; tap++) {
        int row = y + tap / l->kernel - l->kernel / 2;
        int column = x + tap % l->kernel - l->kernel / 2;
        int at = (c * l->side + row) * l->side + column, w = (o * l->in + c) * taps + tap;

        if (row < 0 || row >= l->side || column < 0 || column >= l->side)
          continue;
        weight_gradient[w] += gradient * input[at];
        if (input_gradient)
          input_gradient[at] += gradient * weight[w];
      }
  }
}

double reference_loss(const double *logits, int classes, int label, double *gradient) {
  double most = logits[0], sum = 0;

  for (int c = 1; c < classes; c++)
    most = fmax(most, logits[c]);
  for (int c = 0; c < classes; c++)
    sum += exp(logits[c] - most);
  for (int c = 0; gradient && c < classes; c++)
    gradient[c] = exp(logits[c] - most) / sum - (c == label);
  return log(sum) + most - logits[label];
}

void reference_network(const InkShape *shape, const float *parameters, const uint8_t *image,
                       int label, double share, ReferenceResult *r, double *gradient) {
  const ReferenceLayer first = {28, 1, 16, shape->kernel, shape->pool};
  const ReferenceLayer second = {14, 16, 32, shape->kernel, shape->pool};
  size_t count = ink_shape_parameters(shape), at[INK_TENSORS];
  double *p = malloc(count * sizeof *p), input[INK_PIXELS];
  double logits_gradient[INK_MAX_CLASSES], pool2[INK_FEATURES] = {0}, pool1[16 * 14 * 14] = {0};

  for (size_t i = 0; i < count; i++)
    p[i] = parameters[i];
  for (InkTensor t = 0; t < INK_TENSORS; t++)
    at[t] = ink_shape_tensor_offset(shape, t);
  for (int i = 0; i < INK_PIXELS; i++)
    input[i] = image[i] / 255.0;
  reference_layer_forward(&first, input, p + at[INK_CONV1_WEIGHT], p + at[INK_CONV1_BIAS], r->pool1,
                          r->conv1, r->route1);
  reference_layer_forward(&second, r->pool1, p + at[INK_CONV2_WEIGHT], p + at[INK_CONV2_BIAS],
                          r->pool2, r->conv2, r->route2);
  for (int c = 0; c < shape->classes; c++) {
    r->logits[c] = p[at[INK_LINEAR_BIAS] + (size_t)c];
    for (size_t i = 0; i < INK_FEATURES; i++)
      r->logits[c] += r->pool2[i] * p[at[INK_LINEAR_WEIGHT] + (size_t)c * INK_FEATURES + i];
  }
  r->loss = reference_loss(r->logits, shape->classes, label, logits_gradient);

  for (int c = 0; gradient && c < shape->classes; c++) {
    double g = logits_gradient[c] *= share;

    gradient[at[INK_LINEAR_BIAS] + (size_t)c] += g;
    for (size_t i = 0; i < INK_FEATURES; i++) {
      size_t w = at[INK_LINEAR_WEIGHT] + (size_t)c * INK_FEATURES + i;

      gradient[w] += g * r->pool2[i];
      pool2[i] += g * p[w];
    }
  }
  if (gradient) {
    reference_layer_backward(&second, r->pool1, p + at[INK_CONV2_WEIGHT], r->route2, pool2,
                             gradient + at[INK_CONV2_WEIGHT], gradient + at[INK_CONV2_BIAS], pool1);
    reference_layer_backward(&first, input, p + at[INK_CONV1_WEIGHT], r->route1, pool1,
                             gradient + at[INK_CONV1_WEIGHT], gradient + at[INK_CONV1_BIAS], NULL);
  }
  free(p);
}
