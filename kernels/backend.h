/* backend: the table of functions through which a network is trained and used.
 *
 * A backend works at the level of the whole network, so that it can fuse layers, and on a GPU
 * run many steps in one launch. One `InkNet` is used by one thread at a time; different nets
 * are independent. Functions never print and never exit; they return a status.
 *
 * Unless said otherwise pointers are borrowed for the call only. */
#pragma once

#include "shape.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { INK_BACKEND_ABI = 4, INK_MESSAGE = 256, INK_DEVICE_NAME = 96 };

typedef enum {
  INK_OK,
  INK_NO_MEMORY,   /* host or device memory ran out */
  INK_NO_DEVICE,   /* the device cannot be used (its reason is in InkDevice) */
  INK_DEVICE_LOST, /* it worked and then failed; the net can only be closed */
  INK_BAD_ARGUMENT /* a shape, index or size out of range: a defect of the caller */
} InkStatus;

/* One thing to compute on. */
typedef struct {
  int index;                    /* within the backend, from 0 */
  char name[INK_DEVICE_NAME];   /* "CPU" or "NVIDIA H100", as a person knows it */
  char detail[INK_DEVICE_NAME]; /* instruction set ("AVX2") or "compute capability 9.0" */
  int units;                    /* logical processors, or multiprocessors */
  size_t memory;                /* bytes; 0 when unknown */
  int at_once; /* samples that a call surely trains or tests in 25 ms; 0: only measuring tells */
  bool usable;
  char reason[INK_MESSAGE]; /* when not usable: one sentence, what is missing and what to do */
} InkDevice;

typedef struct {
  InkShape shape;
  int device;  /* InkDevice.index */
  int threads; /* CPU: 1 … ; 0: one for each processor. Results do not depend on it. They have the
                  priority of the thread that opens. */
  bool queued; /* train(), evaluate() and get() may return before their results are there: wait() */
} InkNetOptions;

typedef enum { INK_TRAIN, INK_TEST, INK_SPLITS } InkSplit;

/* A run of consecutive steps. Step s trains samples order[s·batch] … order[(s+1)·batch − 1]; the
 * last may be short. Adam's β1 0.9, β2 0.999, ε 1e-8 (added after the bias-corrected root, as
 * PyTorch does). The loss is the mean cross-entropy of the batch before its update. */
typedef struct {
  const uint32_t *order;      /* (samples) indices into the training split */
  size_t samples;             /* at least 1 */
  size_t batch;               /* at least 1 */
  const float *learning_rate; /* (steps), steps = ⌈samples / batch⌉ */
  float *loss;                /* (steps) out */
  /* Of the last step's samples, in order's order; each may be NULL. */
  uint8_t *predicted; /* (last batch) out: class with the largest logit, the first of equals */
  float *probability; /* (last batch) out: the predicted class's probability */
  float *sample_loss; /* (last batch) out */
  /* (1) what a GPU's kernels take is added to it, queued ones with what they wait for each other.
   * The CPU backend leaves it. May be NULL. */
  double *device_seconds;
} InkTrainRun;

/* A forward pass over a range or a list of samples of one split. What it tells of a sample may
 * differ by rounding from what a step does. Every output may be NULL. */
typedef struct {
  InkSplit split;
  const uint32_t *samples; /* (count) indices; NULL: first, first + 1, … */
  size_t first;            /* used when samples is NULL */
  size_t count;
  float *loss;            /* (count) out */
  uint8_t *predicted;     /* (count) out; the first of equal logits */
  float *probabilities;   /* (count, C) out */
  float *logits;          /* (count, C) out */
  size_t *correct;        /* (1) out: how many are predicted right */
  double *device_seconds; /* (1) as in InkTrainRun */
} InkEvaluation;

/* What the network computes of one image. Every pointer may be NULL. Channel-first, so that one
 * map is contiguous. Maps are after ReLU. */
typedef struct {
  float *logits;        /* (C) */
  float *probabilities; /* (C) */
  float *conv1;         /* (16, 28, 28) before pooling */
  float *pool1;         /* (16, 14, 14) */
  float *conv2;         /* (32, 14, 14) before pooling */
  float *pool2;         /* (32, 7, 7) */
} InkTaps;

typedef struct InkNet InkNet;

typedef struct InkBackend {
  uint32_t abi;     /* INK_BACKEND_ABI */
  const char *name; /* "cpu", "cuda" */

  /* required. Fills up to capacity devices and returns how many there are. A backend whose
   * hardware or driver is missing reports one unusable device with the reason. */
  size_t (*devices)(InkDevice *devices /* (capacity) */, size_t capacity);

  /* required. Opens a network with undefined parameters: put() comes first. On failure *net is
   * NULL and message one sentence. */
  InkStatus (*open)(const InkNetOptions *options, InkNet **net, char message[INK_MESSAGE]);

  /* required. Joins the net's threads; NULL is allowed. */
  void (*close)(InkNet *net);

  /* required. Parameters, Adam's two moments (flat, PyTorch's layouts) and the number of updates
   * done. m and v may be NULL together: both become zero, and updates is taken as 0. */
  InkStatus (*put)(InkNet *net, const float *parameters /* (P) */, const float *m /* (P) */,
                   const float *v /* (P) */, int64_t updates);

  /* required. The same out; each pointer may be NULL. */
  InkStatus (*get)(InkNet *net, float *parameters /* (P) */, float *m /* (P) */, float *v /* (P) */,
                   int64_t *updates);

  /* required. Makes a split of count samples resident. The CPU backend keeps the two pointers, so
   * they must stay valid until the next load of this split or close(). Labels are below C. */
  InkStatus (*load)(InkNet *net, InkSplit split, const uint8_t *images /* (count, 28, 28) */,
                    const uint8_t *labels /* (count) */, size_t count);

  /* required. */
  InkStatus (*train)(InkNet *net, const InkTrainRun *run);

  /* required. */
  InkStatus (*evaluate)(InkNet *net, const InkEvaluation *evaluation);

  /* required. One image that need not be part of a split. */
  InkStatus (*infer)(InkNet *net, const uint8_t *image /* (28, 28) */, const InkTaps *taps);

  /* optional: NULL where everything is done when a function returns. On a net that was opened
   * queued, train(), evaluate() and get() give what they would give one after the other; what they
   * read has been read when they return, but what they write must stay valid until this has waited
   * for all such calls but the last `pending`, or the net is closed. Other functions wait for all.
   */
  InkStatus (*wait)(InkNet *net, size_t pending);
} InkBackend;

/* Never NULL. The second is that of the module for NVIDIA GPUs, looked for at the first call, or a
 * stand-in whose one device says why there is none. */
const InkBackend *ink_cpu_backend(void);
const InkBackend *ink_cuda_backend(void);

#ifdef __cplusplus
}
#endif
