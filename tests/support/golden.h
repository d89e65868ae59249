/* golden: the PyTorch reference runs of tests/golden. */
#pragma once

#include <glib.h>

typedef struct {
  GBytes *file;
  GHashTable *tensors; /* name → Span */
} Golden;

/* Aborts the test when the file cannot be read. */
Golden *golden_open(const char *path);
void golden_free(Golden *golden);

/* Floats of the tensor called prefix followed by name; aborts the test when it is missing. */
const float *golden_floats(Golden *golden, const char *prefix, const char *name, gsize *count);
int golden_int(Golden *golden, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Golden, golden_free)
