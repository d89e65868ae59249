/* network: a network's parameters with what they mean. Immutable and atomically reference
 * counted, so that the training thread can hand a snapshot to any other. */
#pragma once

#include "kernels/shape.h"

#include <glib-object.h>

G_BEGIN_DECLS

typedef struct _InkNetwork InkNetwork;

#define INK_TYPE_NETWORK (ink_network_get_type())
GType ink_network_get_type(void);
InkNetwork *ink_network_ref(InkNetwork *network);
void ink_network_unref(InkNetwork *network);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InkNetwork, ink_network_unref)

/* Copies parameters (P floats, see shape.h) and class names (shape->classes strings, NULL: the
 * numbers). dataset is the name of the data set it is trained on, or NULL. */
InkNetwork *ink_network_new(const InkShape *shape, const float *parameters,
                            const char *const *class_names, const char *dataset);

/* PyTorch's initial weights: every weight and bias from U(−1/√fan_in, 1/√fan_in). */
InkNetwork *ink_network_new_random(const InkShape *shape, guint64 seed,
                                   const char *const *class_names, const char *dataset);

const InkShape *ink_network_get_shape(InkNetwork *network);
const float *ink_network_get_parameters(InkNetwork *network); /* (P) */
const float *ink_network_get_tensor(InkNetwork *network, InkTensor tensor);
const char *ink_network_get_class_name(InkNetwork *network, int i);
const char *const *ink_network_get_class_names(InkNetwork *network); /* NULL-terminated */
const char *ink_network_get_dataset(InkNetwork *network);            /* nullable */

/* A model file: safetensors with PyTorch's names. Without metadata, kernel and classes follow from
 * the shapes, and the pool is maximum. pool_override, if not NULL, wins over both. Errors name the
 * file. Saving writes a temporary file, fsyncs and renames. */
InkNetwork *ink_network_load(const char *path, const InkPool *pool_override, GError **error);
gboolean ink_network_save(InkNetwork *network, const char *path, GError **error);

/* The layer table. */
enum { INK_LAYERS = 5 };
typedef struct {
  const char *title; /* "Convolution", "Pooling", "Linear"; translatable with _() */
  int output[3];     /* channels, rows, columns; {C, 0, 0} for the linear layer */
  gsize parameters;
} InkLayer;
void ink_network_describe(const InkShape *shape, InkLayer layers[INK_LAYERS]);

G_END_DECLS
