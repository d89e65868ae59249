/* inkling test: how many images of a data set, or digits of a file of strokes, a model reads
 * right. */
#include "app/command.h"
#include "app/json-lines.h"
#include "engine/dataset.h"
#include "engine/evaluation.h"
#ifdef INK_WITH_APP
#include "engine/unipen.h"
#endif

#include <glib/gi18n.h>

typedef struct {
  char *model, *pool, *data, *strokes;
  gboolean json;
} TestOptions;

static void clear_options(TestOptions *options) {
  g_free(options->model);
  g_free(options->pool);
  g_free(options->data);
  g_free(options->strokes);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TestOptions, clear_options)

static void report(const TestOptions *options, gsize correct, gsize total) {
  double accuracy = (double)correct / total;
  if (!options->json) {
    g_print(_("%'zu of %'zu right (%.2f %%)\n"), correct, total, 100 * accuracy);
    return;
  }
  g_autoptr(JsonObject) line = ink_json_event("done");
  json_object_set_int_member(line, "correct", correct);
  json_object_set_int_member(line, "total", total);
  ink_json_set_number(line, "accuracy", accuracy);
  ink_json_print(line);
}

static gboolean test_dataset(const TestOptions *options, InkNetwork *network, GError **error) {
  g_autoptr(InkDataset) dataset = ink_dataset_open(options->data ? options->data : "mnist", error);
  if (!dataset)
    return FALSE;
  int classes = ink_network_get_shape(network)->classes;
  if (ink_dataset_get_classes(dataset) > classes) {
    g_set_error(error, INK_DATASET_ERROR, INK_DATASET_ERROR_INVALID,
                _("%s has %d classes, but the model “%s” knows %d; give a model trained on it."),
                ink_dataset_get_title(dataset), ink_dataset_get_classes(dataset), options->model,
                classes);
    return FALSE;
  }
  gsize correct, total = ink_dataset_get_count(dataset, INK_TEST);
  if (!ink_evaluate(network, ink_dataset_get_images(dataset, INK_TEST),
                    ink_dataset_get_labels(dataset, INK_TEST), total, &correct, error))
    return FALSE;
  report(options, correct, total);
  return TRUE;
}

#ifdef INK_WITH_APP
static gboolean find_class(InkNetwork *network, const char *label, guint8 *class) {
  for (int i = 0; i < ink_network_get_shape(network)->classes; i++)
    if (g_str_equal(label, ink_network_get_class_name(network, i))) {
      *class = i;
      return TRUE;
    }
  return FALSE;
}

/* Digits that are drawn and tested together, so that a large file takes no more memory. */
typedef struct {
  guint8 images[1000][INK_PIXELS];
  guint8 labels[1000];
  gsize count;
} Batch;

/* Draws the next digits of the file as the canvas would: as many as there is room for, fewer at its
 * end. */
static gboolean draw_batch(InkUnipen *file, const char *path, InkNetwork *network, Batch *batch,
                           GError **error) {
  for (batch->count = 0; batch->count < G_N_ELEMENTS(batch->labels); batch->count++) {
    GError *problem = NULL;
    g_autofree char *label = NULL;
    g_autoptr(InkDrawing) drawing = ink_unipen_next(file, &label, &problem);
    if (!drawing) {
      if (problem)
        g_propagate_error(error, problem);
      return !problem;
    }
    if (!find_class(network, label, &batch->labels[batch->count])) {
      g_set_error(error, INK_UNIPEN_ERROR, 0,
                  _("“%s” holds a “%s”, which the model has no class for."), path, label);
      return FALSE;
    }
    ink_drawing_rasterise(drawing, batch->images[batch->count]);
  }
  return TRUE;
}

static gboolean test_strokes(const TestOptions *options, InkNetwork *network, GError **error) {
  g_autofree Batch *batch = g_new(Batch, 1);
  gsize correct = 0, total = 0, right;
  g_autoptr(InkUnipen) file = ink_unipen_open(options->strokes, error);
  if (!file)
    return FALSE;
  for (;;) {
    if (!draw_batch(file, options->strokes, network, batch, error))
      return FALSE;
    if (batch->count == 0)
      break;
    if (!ink_evaluate(network, batch->images[0], batch->labels, batch->count, &right, error))
      return FALSE;
    correct += right;
    total += batch->count;
  }
  report(options, correct, total);
  return TRUE;
}
#else
static gboolean test_strokes(const TestOptions *options, InkNetwork *network, GError **error) {
  ink_command_set_usage_error(error,
                              _("--strokes needs a build with drawing, and this one has none."));
  return FALSE;
}
#endif

static gboolean run_test(int argc, char **argv, TestOptions *options, GError **error) {
  const GOptionEntry entries[] = {
      {"model", 0, 0, G_OPTION_ARG_FILENAME, &options->model, N_("The model to test"), N_("FILE")},
      {"pool", 0, 0, G_OPTION_ARG_FILENAME, &options->pool,
       N_("Pooling, for a model file that does not name it"), "max|average"},
      {"data", 0, 0, G_OPTION_ARG_FILENAME, &options->data,
       N_("Data set: a folder or a name (default: mnist)"), N_("DIR|NAME")},
      {"strokes", 0, 0, G_OPTION_ARG_FILENAME, &options->strokes,
       N_("Test on the pen strokes of a UNIPEN file instead"), N_("FILE")},
      {"json", 0, 0, G_OPTION_ARG_NONE, &options->json, N_("Print one JSON object a line"), NULL},
      {NULL},
  };
  if (!ink_command_parse(argc, argv, entries, NULL, _("Tests a model on labelled images."), error))
    return FALSE;
  if (options->data && options->strokes) {
    ink_command_set_usage_error(error, _("Give --data or --strokes, not both."));
    return FALSE;
  }
  g_autoptr(InkNetwork) network = ink_command_load_model(options->model, options->pool, error);
  if (!network)
    return FALSE;
  return options->strokes ? test_strokes(options, network, error)
                          : test_dataset(options, network, error);
}

int ink_test_command(int argc, char **argv) {
  g_auto(TestOptions) options = {0};
  GError *error = NULL;
  return run_test(argc, argv, &options, &error) ? INK_EXIT_DONE : ink_command_fail(error);
}
