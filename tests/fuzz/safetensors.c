/* Thousands of damaged models and checkpoints, each made by a repeatable rule: none may crash the
 * reader, and each refusal is one sentence that names the file. */
#include "engine/checkpoint.h"
#include "engine/model-file.h"

#include "tests/support/damage.h"
#include "tests/support/idx-files.h"
#include "tests/support/training.h"

enum { ROUNDS = 1500, CLASSES = 2 };

typedef struct {
  char *folder;
  char *path;
  InkDataset *dataset;
} Fixture;

static void set_up(Fixture *fixture, gconstpointer data) {
  fixture->folder = test_make_folder();
  fixture->path = g_build_filename(fixture->folder, "file", NULL);
  fixture->dataset = test_make_dataset(20, 10, CLASSES, 1);
}

static void tear_down(Fixture *fixture, gconstpointer data) {
  ink_dataset_unref(fixture->dataset);
  g_free(fixture->path);
  test_remove_folder(fixture->folder);
}

static InkNetwork *make_network(void) {
  InkShape shape = {.kernel = 3, .pool = INK_POOL_MAX, .classes = CLASSES};

  return ink_network_new_random(&shape, 1, NULL, "images");
}

static GByteArray *read_all(const char *path) {
  char *bytes;
  gsize size;

  g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
  return g_byte_array_new_take((guint8 *)bytes, size);
}

/* The header's length stands in the first eight bytes. */
static guint header_size(const GByteArray *file) {
  guint64 size;

  memcpy(&size, file->data, sizeof size);
  return sizeof size + GUINT64_FROM_LE(size);
}

static void assert_refusal(Fixture *fixture, const GError *error) {
  g_assert_nonnull(error);
  g_assert_nonnull(strstr(error->message, fixture->path));
  g_assert_true(g_str_has_suffix(error->message, "."));
  g_assert_true(g_utf8_validate(error->message, -1, NULL));
}

static void test_model(Fixture *fixture, gconstpointer data) {
  g_autoptr(InkNetwork) network = make_network();
  g_autoptr(GRand) random = test_damage_random(21);
  g_autoptr(GByteArray) whole = NULL;
  guint refused = 0, rounds = test_damage_rounds(ROUNDS);

  g_assert_true(ink_network_save(network, fixture->path, NULL));
  whole = read_all(fixture->path);
  for (guint round = 0; round < rounds; round++) {
    g_autoptr(GByteArray) bytes = test_damage(whole, header_size(whole), random);
    g_autoptr(InkNetwork) loaded = NULL;
    g_autoptr(GError) error = NULL;

    test_write(fixture->folder, "file", bytes->data, bytes->len);
    loaded = ink_network_load(fixture->path, NULL, &error);
    if (loaded) {
      g_assert_true(ink_shape_is_valid(ink_network_get_shape(loaded)));
      continue;
    }
    refused++;
    assert_refusal(fixture, error);
  }
  /* Flipped bits among the weights are believed. */
  g_assert_cmpuint(refused, >, rounds / 2);
}

static void test_checkpoint(Fixture *fixture, gconstpointer data) {
  g_autoptr(InkNetwork) network = make_network();
  InkRecipe recipe = test_recipe();
  g_autoptr(InkCheckpoint) checkpoint = ink_checkpoint_new(network, &recipe);
  g_autoptr(GRand) random = test_damage_random(22);
  g_autoptr(GByteArray) whole = NULL;
  guint refused = 0, rounds = test_damage_rounds(ROUNDS);

  checkpoint->dataset_identity = g_strdup(ink_dataset_get_identity(fixture->dataset));
  checkpoint->run = (InkRunPosition){.epoch = 1, .epoch_step = 1, .updates = 3};
  checkpoint->history = ink_history_new();
  for (int i = 0; i < 3; i++)
    ink_history_add_loss(checkpoint->history, i, 1);
  ink_history_add_test(checkpoint->history, &(InkTestPoint){.step = 2, .correct = 1, .total = 2});
  ink_history_add_epoch(checkpoint->history, &(InkEpochPoint){0});
  g_assert_true(ink_checkpoint_save(checkpoint, fixture->path, NULL));
  whole = read_all(fixture->path);
  for (guint round = 0; round < rounds; round++) {
    g_autoptr(GByteArray) bytes = test_damage(whole, header_size(whole), random);
    g_autoptr(InkCheckpoint) loaded = NULL;
    g_autoptr(GError) error = NULL;

    test_write(fixture->folder, "file", bytes->data, bytes->len);
    loaded = ink_checkpoint_load(fixture->path, &error);
    if (loaded) {
      g_assert_true(ink_recipe_validate(&loaded->recipe, NULL));
      continue;
    }
    refused++;
    assert_refusal(fixture, error);
  }
  g_assert_cmpuint(refused, >, rounds / 2);
}

#define ADD(name, function) g_test_add(name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  ADD("/fuzz/safetensors/model", test_model);
  ADD("/fuzz/safetensors/checkpoint", test_checkpoint);
  return g_test_run();
}
