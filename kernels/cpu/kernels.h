/* kernels: the arithmetic of one training step, one function a layer and direction.
 *
 * The same source (kernels.c) is compiled once for each instruction set, kernel size and kind of
 * pooling; a network takes one of these tables when it is opened. */
#pragma once

#include "kernels/shape.h"

#include <stdint.h>

enum {
  INK_IMAGE_STRIDE = 32, /* floats a row of a padded image */
  INK_WINDOWS1 = 196,    /* 14 × 14 pooling windows of the first convolution */
  INK_WINDOWS2 = 49,     /* 7 × 7 of the second */
  INK_TILE = 8,          /* samples that go through the layers together; they fit the L2 cache */
  INK_LOGITS = 64,       /* floats a row of logits */
  INK_ALIGNMENT = 64,    /* bytes, of every array below */
};

#define INK_ALIGNED __attribute__((aligned(INK_ALIGNMENT)))

/* The six tensors in the layout that the kernels read: channels last, so that a vector holds
 * channels. Parameters, gradients and both moments of Adam have this layout. */
typedef struct {
  float *conv1_weight;  /* (k², 16) */
  float *conv1_bias;    /* (16) */
  float *conv2_weight;  /* (32, k², 16) */
  float *conv2_bias;    /* (32) */
  float *linear_weight; /* (C, 7, 7, 32) */
  float *linear_bias;   /* (C) */
} InkTensors;

/* Everything about one sample between forward and backward. Padding is zero when it is made and
 * never written. A route byte has bit j set when the gradient of a pooled value flows to position
 * j of its 2×2 window (row-major): the first maximum, or with average-pooling every position; and
 * none where ReLU is closed. */
typedef struct {
  float image[32 * INK_IMAGE_STRIDE + 16] INK_ALIGNED; /* (28 + k − 1, 32), pixels in 0…1 */
  float pool1[18 * 18 * 16] INK_ALIGNED;               /* (14 + k − 1, 14 + k − 1, 16) */
  float pool2[INK_FEATURES] INK_ALIGNED;               /* (7, 7, 32) */
  float gradient2[INK_FEATURES] INK_ALIGNED;           /* (7, 7, 32) of the loss by pool2 */
  uint8_t route1[INK_WINDOWS1 * 16] INK_ALIGNED;       /* (14, 14, 16) */
  uint8_t route2[INK_FEATURES] INK_ALIGNED;            /* (7, 7, 32) */
  uint32_t pixels[32]; /* (28 + k − 1) rows of the padded image, bit x: the pixel is not zero */
  uint16_t ink[14];    /* bit x of row y: window (y, x) of conv1 sees a pixel that is not zero */
} InkSample;

/* What one thread needs besides. */
typedef struct {
  InkSample samples[INK_TILE];
  float logits[INK_TILE][INK_LOGITS] INK_ALIGNED;
  float gradient[INK_TILE][INK_LOGITS] INK_ALIGNED; /* of the loss by the logits */
  float gradient1[18 * 18 * 16] INK_ALIGNED; /* of the loss by pool1, padded like it; where it sees
                                              * no ink only a part */
  float spread1[33 * 33 * 16] INK_ALIGNED;   /* the same before pooling, zero-padded */

  /* What a window of conv1 answers when it sees no ink. */
  float blank1[16] INK_ALIGNED;
  uint8_t blank_route1[16] INK_ALIGNED;

  /* What conv2's positions answer when they see no ink, by the rows and the columns of padding
   * that they see: k kinds of each; and its windows, three kinds of each. */
  float blank[25 * 32] INK_ALIGNED;
  float blank_pool2[9 * 32] INK_ALIGNED;
  uint8_t blank_route2[9 * 32] INK_ALIGNED;

  /* Summed over samples until blank_gradients(): the gradient of the loss by conv2's outputs, by
   * the groups of taps that meet no ink there, and by the rows and the columns of padding, as
   * above; the gradient by pool1 where it sees ink, and the number of its windows that see none. */
  float flow[4 * 25 * 32] INK_ALIGNED;
  float met1[16] INK_ALIGNED;
  int blank_windows1;

  /* (11², 9 tiles, 16) transformed tiles; (11², 9 tiles × 32 and 16). With k 3 7² and 16. */
  float inputs[121 * 9 * 16] INK_ALIGNED;
  float products[121 * (9 * 32 + 16)] INK_ALIGNED;
} InkWorkspace;

typedef struct {
  /* How many floats prepare() writes. */
  size_t prepared_size;

  /* Weights of conv2 in the orders of the forward pass and of the data gradient, for output
   * channels first … first + 15. */
  void (*prepare)(const InkTensors *parameters, int first, float *prepared);

  /* Pixels to floats, and which windows see ink. */
  void (*load_image)(InkSample *sample, const uint8_t *pixels /* (28, 28) */);

  /* Convolution, bias, ReLU and pooling, with the routes that the gradients take back. */
  void (*conv1_forward)(const InkWorkspace *work, InkSample *sample, const InkTensors *parameters);
  void (*conv2_forward)(InkWorkspace *work, InkSample *sample, const InkTensors *parameters,
                        const float *prepared);

  /* The same without the routes; pooled values may differ by rounding. maps may be NULL: the values
   * before pooling. */
  void (*conv1_evaluate)(const InkWorkspace *work, InkSample *sample, const InkTensors *parameters,
                         float *maps /* (28, 28, 16) */);
  void (*conv2_evaluate)(InkWorkspace *work, InkSample *sample, const InkTensors *parameters,
                         const float *prepared, float *maps /* (14, 14, 32) */);

  /* Fills the workspace's answers where there is no ink; once for each set of parameters, before
   * conv1_forward(). */
  void (*blank)(InkWorkspace *work, const InkTensors *parameters);

  void (*linear_forward)(InkWorkspace *work, int samples, const InkTensors *parameters,
                         int classes);

  /* From the gradient of the logits: adds to the linear layer's gradients, fills gradient2. */
  void (*linear_backward)(InkWorkspace *work, int samples, const InkTensors *parameters,
                          int classes, const InkTensors *gradients);

  /* For each sample: adds its share to the gradient by conv2's weights; fills gradient1 where pool1
   * sees ink; adds its share to conv1's gradients. At last, for all of them, adds the gradient by
   * conv2's bias, and what they have in common where they see no ink. */
  void (*conv2_weight_gradient)(InkWorkspace *work, const InkSample *sample,
                                const InkTensors *gradients);
  void (*conv2_data_gradient)(InkWorkspace *work, const InkSample *sample, const float *prepared);
  void (*conv1_weight_gradient)(InkWorkspace *work, const InkSample *sample,
                                const InkTensors *gradients);
  void (*blank_gradients)(InkWorkspace *work, const InkTensors *parameters,
                          const InkTensors *gradients);

  /* to += from, (size) each; size is a multiple of 16. */
  void (*add)(float *to, const float *from, size_t size);

  /* Adam over floats first … last − 1 of the flat arrays, two multiples of 16; the gradient is the
   * sum of `parts` arrays in index order. rate is learning rate / (1 − β1^t), correction
   * 1 / √(1 − β2^t). */
  void (*adam)(float *parameters, float *m, float *v, float *const *gradients, int parts,
               size_t first, size_t last, float rate, float correction);
} InkKernels;

typedef enum { INK_ISA_GENERIC, INK_ISA_AVX2, INK_ISA_AVX512, INK_ISAS } InkIsa;

/* The best instruction set that the machine has and that INKLING_ISA allows. */
InkIsa ink_isa_best(void);
bool ink_isa_is_usable(InkIsa isa);
const char *ink_isa_name(InkIsa isa);   /* "AVX2" */
const char *ink_isa_option(InkIsa isa); /* what INKLING_ISA calls it: "avx2" */

/* NULL when this build has no such instruction set. */
const InkKernels *ink_kernels(InkIsa isa, int kernel, InkPool pool);
