/* golden: the PyTorch reference runs of tests/golden. */
#pragma once

#include "engine/safetensors.h"

/* Aborts the test when the file cannot be read. Free with ink_safetensors_free(). */
InkSafetensors *golden_open(const char *path);

/* Floats of the tensor called prefix followed by name; aborts the test when it is missing. */
const float *golden_floats(InkSafetensors *golden, const char *prefix, const char *name,
                           gsize *count);
int golden_int(InkSafetensors *golden, const char *name);
