/* classifier: reads one image at a time on a small CPU network of its own, so that drawing never
 * waits for training. One thread (the window's main thread); a reading takes tens of
 * microseconds. */
#pragma once

#include "engine/network.h"

G_BEGIN_DECLS

typedef struct {
  int classes;
  int best, second; /* classes with the two largest probabilities */
  float probabilities[INK_MAX_CLASSES];
  float conv1[INK_CHANNELS1][INK_SIDE][INK_SIDE]; /* after ReLU, before pooling */
  float pool1[INK_CHANNELS1][14][14];
  float conv2[INK_CHANNELS2][14][14];
  float pool2[INK_CHANNELS2][7][7];
} InkReading;

typedef struct _InkClassifier InkClassifier;

InkClassifier *ink_classifier_new(void);
void ink_classifier_free(InkClassifier *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InkClassifier, ink_classifier_free)

/* Copies the weights; takes a reference. NULL forgets. */
void ink_classifier_set_network(InkClassifier *self, InkNetwork *network);

/* FALSE when there is no network (or it has non-finite weights). */
gboolean ink_classifier_read(InkClassifier *self, const guint8 image[INK_PIXELS],
                             InkReading *reading);

G_END_DECLS
