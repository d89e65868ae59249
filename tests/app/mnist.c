/* The program on the real MNIST files: PyTorch's runs replayed from outside, and what two epochs
 * of each preset reach, on the test images and on other people's pen strokes. */
#include "engine/catalogue.h"
#include "engine/network.h"
#include "tests/app/program.h"
#include "tests/support/golden.h"
#include "tests/support/idx-files.h"

#include <math.h>
#include <string.h>

/* FALSE, having said so, where this machine has no MNIST. */
static gboolean have_mnist(void) {
  g_autofree char *folder = ink_catalogue_locate(ink_catalogue_find("mnist"));
  if (!folder)
    g_test_skip("the MNIST files are not on this computer; “inkling fetch mnist” gets them");
  return folder != NULL;
}

static void save_initial_network(InkSafetensors *golden, const InkShape *shape, const char *path) {
  g_autofree float *parameters = g_new(float, ink_shape_parameters(shape));
  for (InkTensor tensor = 0; tensor < INK_TENSORS; tensor++) {
    gsize count;
    const float *values = golden_floats(golden, "init.", ink_tensor_name(tensor), &count);
    g_assert_cmpuint(count, ==, ink_shape_tensor_size(shape, tensor));
    memcpy(parameters + ink_shape_tensor_offset(shape, tensor), values, count * sizeof(float));
  }
  g_autoptr(GError) error = NULL;
  g_autoptr(InkNetwork) network = ink_network_new(shape, parameters, NULL, NULL);
  ink_network_save(network, path, &error);
  g_assert_no_error(error);
}

typedef struct {
  const char *file;
  InkShape shape;
  const char *batch;
} Replay;

/* Ten steps from PyTorch's initial weights, in file order: PyTorch's losses. */
static void test_replay(gconstpointer data) {
  const Replay *replay = data;
  if (!have_mnist())
    return;
  g_autofree char *path = g_test_build_filename(G_TEST_DIST, "golden", replay->file, NULL);
  g_autoptr(InkSafetensors) golden = golden_open(path);
  char *folder = test_make_folder();
  g_autofree char *init = g_build_filename(folder, "init.safetensors", NULL);
  save_initial_network(golden, &replay->shape, init);

  g_autoptr(TestRun) run = test_run("train", "--device", "cpu", "--init", init, "--order", "file",
                                    "--batch", replay->batch, "--steps", "10", "--eval-every", "1",
                                    "--eval-samples", "1", "--json");
  test_assert_status(run, 0, NULL);
  g_autoptr(GPtrArray) lines = test_json_lines(run);
  gsize count;
  const float *losses = golden_floats(golden, "", "losses", &count);
  g_assert_cmpuint(lines->len, ==, 1 + 10 + 1);
  for (guint i = 0; i < 10; i++)
    g_assert_cmpfloat_with_epsilon(json_object_get_double_member(lines->pdata[1 + i], "loss"),
                                   losses[i], 1e-5);
  test_remove_folder(folder);
}

static double last_number(TestRun *run, const char *member) {
  test_assert_status(run, 0, NULL);
  g_autoptr(GPtrArray) lines = test_json_lines(run);
  return json_object_get_double_member(lines->pdata[lines->len - 1], member);
}

#ifdef INK_WITH_APP
/* The strokes of tests/data, uncompressed into folder. */
static char *unpack_strokes(const char *folder) {
  g_autoptr(GError) error = NULL;
  g_autofree char *packed =
      g_test_build_filename(G_TEST_DIST, "data", "pendigits-fifth.unipen.gz", NULL);
  char *path = g_build_filename(folder, "strokes.unipen", NULL);
  g_autoptr(GFile) source = g_file_new_for_path(packed), target = g_file_new_for_path(path);
  g_autoptr(GFileInputStream) bytes = g_file_read(source, NULL, &error);
  g_assert_no_error(error);
  g_autoptr(GConverter) gunzip =
      G_CONVERTER(g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  g_autoptr(GInputStream) text = g_converter_input_stream_new(G_INPUT_STREAM(bytes), gunzip);
  g_autoptr(GFileOutputStream) out =
      g_file_replace(target, NULL, FALSE, G_FILE_CREATE_NONE, NULL, &error);
  g_assert_no_error(error);
  g_output_stream_splice(G_OUTPUT_STREAM(out), text, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL,
                         &error);
  g_assert_no_error(error);
  return path;
}

/* The share of other people's digits that a model reads, drawn as the canvas would. */
static double read_strokes(const char *folder, const char *model) {
  g_autofree char *strokes = unpack_strokes(folder);
  g_autoptr(TestRun) run = test_run("test", "--model", model, "--strokes", strokes, "--json");
  return last_number(run, "accuracy");
}
#endif

/* Two epochs read 97.5 % of the test images, and 88 % of what others drew. */
static void test_preset(gconstpointer preset) {
  if (!have_mnist())
    return;
  char *folder = test_make_folder();
  g_autofree char *model = g_build_filename(folder, "model.safetensors", NULL);
  g_autoptr(TestRun) train =
      test_run("train", "--device", "cpu", "--preset", preset, "--save", model, "--json");
  double accuracy = last_number(train, "test_accuracy");
  g_test_message("%s: %.2f %% of the test images", (const char *)preset, 100 * accuracy);
  g_assert_cmpfloat(accuracy, >=, 0.975);

#ifdef INK_WITH_APP
  double drawn = read_strokes(folder, model);
  g_test_message("%s: %.2f %% of the strokes", (const char *)preset, 100 * drawn);
  if (g_str_equal(preset, "seed-cpu"))
    g_assert_cmpfloat(drawn, >=, 0.88);
#endif
  test_remove_folder(folder);
}

int main(int argc, char **argv) {
  static const Replay replays[] = {
      {"k5-b200-max.safetensors", {5, INK_POOL_MAX, 10}, "200"},
      {"k3-b100-max.safetensors", {3, INK_POOL_MAX, 10}, "100"},
      {"k5-b200-avg.safetensors", {5, INK_POOL_AVERAGE, 10}, "200"},
      {"k3-b100-avg.safetensors", {3, INK_POOL_AVERAGE, 10}, "100"},
      {"k3-b7-max.safetensors", {3, INK_POOL_MAX, 10}, "7"},
  };
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(replays); i++) {
    g_autofree char *path = g_strdup_printf("/mnist/replay/%s", replays[i].file);
    g_test_add_data_func(path, &replays[i], test_replay);
  }
  g_test_add_data_func("/mnist/seed-cpu", "seed-cpu", test_preset);
  g_test_add_data_func("/mnist/seed-gpu", "seed-gpu", test_preset);
  return g_test_run();
}
