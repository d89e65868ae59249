#include "engine/classifier.h"

#include "kernels/backend.h"

#include <math.h>
#include <string.h>

struct _InkClassifier {
  const InkBackend *backend;
  InkNetwork *network; /* nullable */
  InkNet *net;         /* of the network's shape; NULL without network */
};

InkClassifier *ink_classifier_new(void) {
  InkClassifier *self = g_new0(InkClassifier, 1);

  self->backend = ink_cpu_backend();
  return self;
}

static void forget(InkClassifier *self) {
  self->backend->close(self->net);
  self->net = NULL;
  g_clear_pointer(&self->network, ink_network_unref);
}

void ink_classifier_free(InkClassifier *self) {
  forget(self);
  g_free(self);
}

static gboolean is_same_shape(const InkShape *a, const InkShape *b) {
  return a->kernel == b->kernel && a->pool == b->pool && a->classes == b->classes;
}

/* One image is too little work to share between threads. */
static InkNet *open_net(InkClassifier *self, const InkShape *shape) {
  InkNetOptions options = {.shape = *shape, .threads = 1};
  char message[INK_MESSAGE];
  InkNet *net = NULL;

  if (self->backend->open(&options, &net, message) != INK_OK)
    g_warning("%s", message);
  return net;
}

void ink_classifier_set_network(InkClassifier *self, InkNetwork *network) {
  const InkShape *shape;

  g_return_if_fail(self != NULL);

  if (network == self->network)
    return;
  if (!network || !self->network ||
      !is_same_shape(ink_network_get_shape(network), ink_network_get_shape(self->network)))
    forget(self);
  if (!network)
    return;

  shape = ink_network_get_shape(network);
  if (!self->net)
    self->net = open_net(self, shape);
  ink_network_ref(network);
  g_clear_pointer(&self->network, ink_network_unref);
  self->network = network;
  if (self->net)
    self->backend->put(self->net, ink_network_get_parameters(network), NULL, NULL, 0);
}

/* FALSE when a probability is not finite. */
static gboolean rank(InkReading *reading) {
  const float *p = reading->probabilities;

  reading->best = 0;
  reading->second = -1;
  for (int i = 0; i < reading->classes; i++) {
    if (!isfinite(p[i]))
      return FALSE;
    if (i == 0)
      continue;
    if (p[i] > p[reading->best]) {
      reading->second = reading->best;
      reading->best = i;
    } else if (reading->second < 0 || p[i] > p[reading->second]) {
      reading->second = i;
    }
  }
  return TRUE;
}

gboolean ink_classifier_read(InkClassifier *self, const guint8 image[INK_PIXELS],
                             InkReading *reading) {
  InkTaps taps = {
      .probabilities = reading->probabilities,
      .conv1 = &reading->conv1[0][0][0],
      .pool1 = &reading->pool1[0][0][0],
      .conv2 = &reading->conv2[0][0][0],
      .pool2 = &reading->pool2[0][0][0],
  };

  g_return_val_if_fail(self != NULL && image != NULL, FALSE);

  if (!self->net)
    return FALSE;
  reading->classes = ink_network_get_shape(self->network)->classes;
  return self->backend->infer(self->net, image, &taps) == INK_OK && rank(reading);
}
