/* net: an opened network of the CPU backend, and the parts that work on it. */
#pragma once

#include "kernels/backend.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/sums.h"
#include "kernels/cpu/workers.h"

typedef struct {
  const uint8_t *images, *labels;
  size_t count;
} InkSamples;

struct InkNet {
  InkShape shape;
  const InkKernels *kernels;
  InkWorkers *workers;
  InkSamples splits[INK_SPLITS];
  int64_t updates;

  void *memory; /* everything below */
  size_t memory_size;
  float *parameters, *m, *v;        /* (ink_tensors_size) each */
  float *gradients[INK_MAX_CHUNKS]; /* (ink_tensors_size) each, for sums.h */
  float *prepared;                  /* (kernels->prepared_size) */
  float *maps;                      /* (28, 28, 16) and (14, 14, 32), for infer */
  InkWorkspace **workspaces;        /* (workers) */
};

/* Fills prepared from parameters. */
void ink_net_prepare(InkNet *net);

InkStatus ink_net_train(InkNet *net, const InkTrainRun *run);
InkStatus ink_net_evaluate(InkNet *net, const InkEvaluation *evaluation);
InkStatus ink_net_infer(InkNet *net, const uint8_t *image, const InkTaps *taps);

/* Softmax of classes logits. Returns the first class with the largest logit. loss is the
 * cross-entropy against label. */
int ink_softmax(const float *logits, int classes, float *probabilities);
float ink_cross_entropy(const float *logits, int classes, int label);
