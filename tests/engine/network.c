#include "engine/model-file.h"
#include "engine/network.h"

#include "tests/support/idx-files.h"
#include "tests/support/training.h"

#include <math.h>

typedef struct {
  char *folder;
  char *path;
} Fixture;

static const InkShape shapes[] = {
    {.kernel = 5, .pool = INK_POOL_MAX, .classes = 10},
    {.kernel = 3, .pool = INK_POOL_AVERAGE, .classes = 10},
    {.kernel = 3, .pool = INK_POOL_MAX, .classes = INK_MIN_CLASSES},
    {.kernel = 5, .pool = INK_POOL_AVERAGE, .classes = INK_MAX_CLASSES},
};

static void set_up(Fixture *fixture, gconstpointer data) {
  fixture->folder = test_make_folder();
  fixture->path = g_build_filename(fixture->folder, "model.safetensors", NULL);
}

static void tear_down(Fixture *fixture, gconstpointer data) {
  test_remove_folder(fixture->folder);
  g_free(fixture->path);
}

/* Uniform within ±1/√fan_in, and the same from the same seed only. */
static void test_random(Fixture *fixture, gconstpointer data) {
  for (guint i = 0; i < G_N_ELEMENTS(shapes); i++) {
    g_autoptr(InkNetwork) a = ink_network_new_random(&shapes[i], 42, NULL, NULL);
    g_autoptr(InkNetwork) b = ink_network_new_random(&shapes[i], 42, NULL, NULL);
    g_autoptr(InkNetwork) c = ink_network_new_random(&shapes[i], 43, NULL, NULL);

    g_assert_true(test_same_weights(a, b));
    g_assert_false(test_same_weights(a, c));
    for (InkTensor tensor = 0; tensor < INK_TENSORS; tensor++) {
      double bound = 1 / sqrt(ink_shape_fan_in(&shapes[i], tensor)), square = 0;
      gsize n = ink_shape_tensor_size(&shapes[i], tensor);
      const float *values = ink_network_get_tensor(a, tensor);

      for (gsize j = 0; j < n; j++) {
        g_assert_cmpfloat(fabs(values[j]), <=, bound);
        square += values[j] * values[j] / (bound * bound);
      }
      if (n > 1000) /* the variance of U(−1, 1) */
        g_assert_cmpfloat_with_epsilon(square / n, 1.0 / 3, 0.03);
    }
  }
}

static void test_names(Fixture *fixture, gconstpointer data) {
  static const char *const names[] = {"Shirt", "Coat"};
  g_autoptr(InkNetwork) named = ink_network_new_random(&shapes[2], 1, names, "clothes");
  g_autoptr(InkNetwork) numbered = ink_network_new_random(&shapes[0], 1, NULL, NULL);

  g_assert_cmpstr(ink_network_get_class_name(named, 1), ==, "Coat");
  g_assert_cmpstr(ink_network_get_dataset(named), ==, "clothes");
  g_assert_cmpuint(g_strv_length((char **)ink_network_get_class_names(named)), ==, 2);
  g_assert_cmpstr(ink_network_get_class_name(numbered, 9), ==, "9");
  g_assert_null(ink_network_get_dataset(numbered));
}

static void test_describe(Fixture *fixture, gconstpointer data) {
  InkLayer layers[INK_LAYERS];
  gsize total = 0;

  ink_network_describe(&shapes[0], layers);
  for (guint i = 0; i < INK_LAYERS; i++)
    total += layers[i].parameters;
  g_assert_cmpuint(total, ==, 28938);
  g_assert_cmpstr(layers[0].title, ==, "Convolution");
  g_assert_cmpint(layers[2].output[0], ==, 32);
  g_assert_cmpint(layers[2].output[1], ==, 14);
  g_assert_cmpint(layers[4].output[0], ==, 10);
  total = 0;
  ink_network_describe(&shapes[1], layers);
  for (guint i = 0; i < INK_LAYERS; i++)
    total += layers[i].parameters;
  g_assert_cmpuint(total, ==, 20490);
}

static void test_round_trip(Fixture *fixture, gconstpointer data) {
  for (guint i = 0; i < G_N_ELEMENTS(shapes); i++) {
    g_autoptr(InkNetwork) saved = ink_network_new_random(&shapes[i], i, NULL, "images “quoted”\n");
    g_autoptr(InkNetwork) loaded = NULL;
    g_autoptr(GError) error = NULL;
    const InkShape *shape;

    g_assert_true(ink_network_save(saved, fixture->path, &error));
    g_assert_no_error(error);
    loaded = ink_network_load(fixture->path, NULL, &error);
    g_assert_no_error(error);
    shape = ink_network_get_shape(loaded);
    g_assert_cmpint(shape->kernel, ==, shapes[i].kernel);
    g_assert_cmpint(shape->pool, ==, shapes[i].pool);
    g_assert_cmpint(shape->classes, ==, shapes[i].classes);
    g_assert_true(test_same_weights(saved, loaded));
    g_assert_cmpstr(ink_network_get_dataset(loaded), ==, "images “quoted”\n");
  }
}

static void test_pool_override(Fixture *fixture, gconstpointer data) {
  g_autoptr(InkNetwork) saved = ink_network_new_random(&shapes[1], 1, NULL, NULL);
  g_autoptr(InkNetwork) loaded = NULL;
  InkPool pool = INK_POOL_MAX;

  g_assert_true(ink_network_save(saved, fixture->path, NULL));
  loaded = ink_network_load(fixture->path, &pool, NULL);
  g_assert_cmpint(ink_network_get_shape(loaded)->pool, ==, INK_POOL_MAX);
}

/* What PyTorch wrote, under its own names and without our metadata, is read. */
static void test_from_pytorch(Fixture *fixture, gconstpointer data) {
  static const char *const prefixes[] = {"init.", "step10."};
  g_autofree char *golden =
      g_test_build_filename(G_TEST_DIST, "golden", "k5-b200-max.safetensors", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(InkSafetensors) file = ink_safetensors_load(golden, &error);

  g_assert_no_error(error);
  for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++) {
    g_autofree float *parameters = g_new(float, ink_shape_parameters(&shapes[0]));
    g_autoptr(InkSafetensors) plain = ink_safetensors_new();
    g_autoptr(InkNetwork) network = NULL;

    g_assert_true(
        ink_model_file_get_array(file, golden, prefixes[i], &shapes[0], parameters, &error));
    ink_model_file_add_array(plain, "", &shapes[0], parameters);
    g_assert_true(ink_safetensors_save(plain, fixture->path, &error));
    network = ink_network_load(fixture->path, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpmem(ink_network_get_parameters(network), 28938 * sizeof(float), parameters,
                    28938 * sizeof(float));
    g_assert_cmpint(ink_network_get_shape(network)->kernel, ==, 5);
    g_assert_cmpint(ink_network_get_shape(network)->pool, ==, INK_POOL_MAX);
    g_assert_cmpstr(ink_network_get_class_name(network, 3), ==, "3");
  }
}

static void assert_refused(Fixture *fixture, const char *pattern) {
  g_autoptr(GError) error = NULL;

  g_assert_null(ink_network_load(fixture->path, NULL, &error));
  g_assert_nonnull(error);
  if (!g_pattern_match_simple(pattern, error->message))
    g_error("“%s” is not like “%s”", error->message, pattern);
}

static void test_other_models(Fixture *fixture, gconstpointer data) {
  g_autoptr(InkSafetensors) empty = ink_safetensors_new();
  g_autoptr(InkSafetensors) other = ink_safetensors_new();
  g_autoptr(InkSafetensors) partial = ink_safetensors_new();
  const gsize conv[] = {16, 1, 5, 5}, seven[] = {16, 1, 7, 7}, linear[] = {10, 1568};
  g_autofree float *zeros = g_new0(float, 15680);

  g_assert_true(ink_safetensors_save(empty, fixture->path, NULL));
  assert_refused(fixture, "“*model.safetensors” is not a model of this network: it needs *");

  ink_safetensors_add(other, "layer1.0.weight", "F32", 4, seven, zeros);
  ink_safetensors_add(other, "output_layer.weight", "F32", 2, linear, zeros);
  g_assert_true(ink_safetensors_save(other, fixture->path, NULL));
  assert_refused(fixture, "“*model.safetensors” is not a model of this network: it needs *");

  ink_safetensors_add(partial, "layer1.0.weight", "F32", 4, conv, zeros);
  ink_safetensors_add(partial, "output_layer.weight", "F32", 2, linear, zeros);
  g_assert_true(ink_safetensors_save(partial, fixture->path, NULL));
  assert_refused(fixture, "“*model.safetensors” is not a model of this network: its tensor "
                          "“layer1.0.bias” is missing *");
}

#define ADD(name, function) g_test_add("/network/" name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  ADD("random", test_random);
  ADD("names", test_names);
  ADD("describe", test_describe);
  ADD("round-trip", test_round_trip);
  ADD("pool-override", test_pool_override);
  ADD("from-pytorch", test_from_pytorch);
  ADD("other-models", test_other_models);
  return g_test_run();
}
