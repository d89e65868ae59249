#include "tests/support/golden.h"

InkSafetensors *golden_open(const char *path) {
  g_autoptr(GError) error = NULL;
  InkSafetensors *golden = ink_safetensors_load(path, &error);

  g_assert_no_error(error);
  return golden;
}

const float *golden_floats(InkSafetensors *golden, const char *prefix, const char *name,
                           gsize *count) {
  g_autofree char *full = g_strconcat(prefix, name, NULL);
  gsize dims[4];
  int n_dims;
  const float *values = ink_safetensors_get(golden, full, "F32", &n_dims, dims);

  g_assert_nonnull(values);
  *count = 1;
  for (int i = 0; i < n_dims; i++)
    *count *= dims[i];
  return values;
}

int golden_int(InkSafetensors *golden, const char *name) {
  gsize dims[4];
  int n_dims;
  const gint32 *value = ink_safetensors_get(golden, name, "I32", &n_dims, dims);

  g_assert_nonnull(value);
  return *value;
}
