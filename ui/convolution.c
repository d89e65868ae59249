#include "ui/convolution.h"

void ink_convolution_init(InkConvolution *self, InkNetwork *network, const float image[INK_PIXELS],
                          const InkReading *reading, int layer, int channel) {
  const InkShape *shape;

  g_return_if_fail(network != NULL && reading != NULL && (layer == 1 || layer == 2));

  shape = ink_network_get_shape(network);
  *self = (InkConvolution){
      .layer = layer, .channel = channel, .kernel = shape->kernel, .pool = shape->pool};
  if (layer == 1) {
    self->inputs = 1;
    self->side = INK_SIDE;
    self->input = image;
    self->weights = ink_network_get_tensor(network, INK_CONV1_WEIGHT);
    self->bias = ink_network_get_tensor(network, INK_CONV1_BIAS)[channel];
    self->map = &reading->conv1[channel][0][0];
    self->pooled = &reading->pool1[channel][0][0];
  } else {
    self->inputs = INK_CHANNELS1;
    self->side = INK_SIDE / 2;
    self->input = &reading->pool1[0][0][0];
    self->weights = ink_network_get_tensor(network, INK_CONV2_WEIGHT);
    self->bias = ink_network_get_tensor(network, INK_CONV2_BIAS)[channel];
    self->map = &reading->conv2[channel][0][0];
    self->pooled = &reading->pool2[channel][0][0];
  }
  self->weights += (gsize)channel * self->inputs * self->kernel * self->kernel;
}

int ink_convolution_get_blocks(const InkConvolution *self) {
  return self->inputs == 1 ? 1 : 4;
}

void ink_convolution_get_patch(const InkConvolution *self, int input, int row, int column,
                               float patch[INK_MOST_WEIGHTS]) {
  const float *map = self->input + (gsize)input * self->side * self->side;

  for (int i = 0; i < self->kernel * self->kernel; i++) {
    int y = row + i / self->kernel - self->kernel / 2;
    int x = column + i % self->kernel - self->kernel / 2;
    gboolean inside = y >= 0 && y < self->side && x >= 0 && x < self->side;

    patch[i] = inside ? map[y * self->side + x] : 0;
  }
}

float ink_convolution_get_products(const InkConvolution *self, int input, int row, int column,
                                   float products[INK_MOST_WEIGHTS]) {
  const float *weights = self->weights + (gsize)input * self->kernel * self->kernel;
  float sum = 0;

  ink_convolution_get_patch(self, input, row, column, products);
  for (int i = 0; i < self->kernel * self->kernel; i++) {
    products[i] *= weights[i];
    sum += products[i];
  }
  return sum;
}

float ink_convolution_get_sum(const InkConvolution *self, int row, int column) {
  float products[INK_MOST_WEIGHTS], sum = 0;

  for (int i = 0; i < self->inputs; i++)
    sum += ink_convolution_get_products(self, i, row, column, products);
  return sum;
}
