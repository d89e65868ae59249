#include "app/train-report.h"
#include "app/terminal.h"

#include <glib/gi18n.h>
#include <math.h>

enum { SHOWN_LABELS = 2, SHOWN_CLASSES = 100, SHOWN_PREDICTIONS = 10, CLASSES_A_LINE = 20 };

/* Accuracies keep four digits, as the original's steps of 1 in 2,000 need. */
static double accuracy(guint correct, guint total) {
  return total > 0 ? (double)correct / total : NAN;
}

static void print_sizes(InkDataset *dataset) {
  g_print(_("Data set: %s\n"), ink_dataset_get_title(dataset));
  g_print(_("Training images: %'zu × 1 × %d × %d\n"), ink_dataset_get_count(dataset, INK_TRAIN),
          INK_SIDE, INK_SIDE);
  g_print(_("Training labels: %'zu\n"), ink_dataset_get_count(dataset, INK_TRAIN));
  g_print(_("Test images: %'zu × 1 × %d × %d\n"), ink_dataset_get_count(dataset, INK_TEST),
          INK_SIDE, INK_SIDE);
  g_print(_("Test labels: %'zu\n\n"), ink_dataset_get_count(dataset, INK_TEST));
}

static void print_first_images(InkDataset *dataset) {
  const guint8 *images[SHOWN_LABELS], *labels = ink_dataset_get_labels(dataset, INK_TRAIN);
  const char *captions[SHOWN_LABELS];
  guint n = MIN(SHOWN_LABELS, ink_dataset_get_count(dataset, INK_TRAIN));
  for (guint i = 0; i < n; i++) {
    images[i] = ink_dataset_get_images(dataset, INK_TRAIN) + i * INK_PIXELS;
    captions[i] = ink_dataset_get_class_name(dataset, labels[i]);
  }
  g_print(_("The first training images and their labels:\n"));
  ink_terminal_print_images(images, captions, n);
}

static void print_convolution(const char *name, int from, int to, const InkShape *shape) {
  g_print(_("  %s: convolution %d → %d, kernel %d × %d, stride 1, padding %d; ReLU; %s of 2 × 2\n"),
          name, from, to, shape->kernel, shape->kernel, shape->kernel / 2,
          shape->pool == INK_POOL_MAX ? _("maximum") : _("average"));
}

static void print_network(const InkShape *shape) {
  g_print(_("\nThe network:\n"));
  print_convolution("layer1", 1, INK_CHANNELS1, shape);
  print_convolution("layer2", INK_CHANNELS1, INK_CHANNELS2, shape);
  g_print(_("  %s: linear %d → %d\n"), "output_layer", INK_FEATURES, shape->classes);
}

static void print_padded(const char *text, int columns) {
  g_print("%s%*s", text, MAX(0, columns - (int)ink_terminal_count_columns(text)), "");
}

/* One line of the layer table: texts to the left, numbers to the right. */
static void print_layer(const char *title, const char *output, const char *parameters) {
  print_padded(title, 16);
  print_padded(output, 16);
  g_print("%*s%s\n", MAX(0, 12 - (int)ink_terminal_count_columns(parameters)), "", parameters);
}

static char *format_output(const InkLayer *layer) {
  if (layer->output[1] == 0)
    return g_strdup_printf("%d", layer->output[0]);
  return g_strdup_printf("%d × %d × %d", layer->output[0], layer->output[1], layer->output[2]);
}

static gsize count_output(const InkLayer *layer) {
  return (gsize)layer->output[0] * MAX(1, layer->output[1]) * MAX(1, layer->output[2]);
}

/* Memory as if every map and its gradient were kept in 32-bit floats, as the original counts. */
static void print_memory(gsize parameters, gsize outputs) {
  g_autofree char *input = g_format_size(sizeof(float) * INK_PIXELS);
  g_autofree char *maps = g_format_size(2 * sizeof(float) * outputs);
  g_autofree char *weights = g_format_size(sizeof(float) * parameters);
  g_print(_("Memory: %s for an image, %s for its maps and their gradients, %s for the "
            "parameters\n\n"),
          input, maps, weights);
}

static void print_layers(const InkShape *shape) {
  InkLayer layers[INK_LAYERS];
  gsize outputs = 0;
  ink_network_describe(shape, layers);
  g_print("\n");
  print_layer(_("Layer"), _("Output"), _("Parameters"));
  for (guint i = 0; i < INK_LAYERS; i++) {
    g_autofree char *output = format_output(&layers[i]);
    g_autofree char *parameters = g_strdup_printf("%'zu", layers[i].parameters);
    print_layer(_(layers[i].title), output, parameters);
    outputs += count_output(&layers[i]);
  }
  g_autofree char *total = g_strdup_printf("%'zu", ink_shape_parameters(shape));
  print_layer(_("Together"), "", total);
  print_memory(ink_shape_parameters(shape), outputs);
}

void ink_train_report_begin(InkDataset *dataset, const InkShape *shape) {
  g_return_if_fail(dataset && shape);
  print_sizes(dataset);
  print_first_images(dataset);
  print_network(shape);
  print_layers(shape);
}

void ink_train_report_test(const InkTestPoint *test) {
  g_return_if_fail(test);
  ink_terminal_clear_progress();
  g_print(_("Epoch %d | Step %d | Loss %.4f | Test Accuracy %.4f\n"), test->epoch, test->epoch_step,
          test->loss, accuracy(test->correct, test->total));
}

void ink_train_report_progress(const InkProgress *progress) {
  g_return_if_fail(progress);
  if (progress->updates == 0)
    return;
  g_autoptr(GString) text = g_string_new(NULL);
  g_string_append_printf(text, _("Epoch %d of %d, loss %.4f, %'.0f images/s"), progress->epoch + 1,
                         progress->epochs, progress->loss, progress->images_per_second);
  if (isfinite(progress->seconds_left))
    g_string_append_printf(text, _(", %.0f s left"), ceil(progress->seconds_left));
  ink_terminal_show_progress((double)progress->updates / MAX(1, progress->planned), text->str);
}

/* Class numbers, as the original prints them. */
static void print_classes(const char *title, const guint8 *classes, guint n) {
  g_print("%s\n", title);
  for (guint i = 0; i < n; i++)
    g_print("%d%s", classes[i], i + 1 == n || (i + 1) % CLASSES_A_LINE == 0 ? "\n" : " ");
}

static void print_predictions(InkDataset *dataset, InkTestResult *result) {
  const guint8 *images[SHOWN_PREDICTIONS], *labels = ink_dataset_get_labels(dataset, INK_TEST);
  char *captions[SHOWN_PREDICTIONS];
  guint n = MIN(SHOWN_PREDICTIONS, result->count);
  for (guint i = 0; i < n; i++) {
    const char *label = ink_dataset_get_class_name(dataset, labels[i]);
    const char *predicted = ink_dataset_get_class_name(dataset, result->predicted[i]);
    images[i] = ink_dataset_get_images(dataset, INK_TEST) + i * INK_PIXELS;
    captions[i] = result->predicted[i] == labels[i]
                      ? g_strdup(predicted)
                      : g_strdup_printf(_("%s (it is %s)"), predicted, label);
  }
  g_print(_("\nThe first test images and what they are read as:\n"));
  ink_terminal_print_images(images, (const char *const *)captions, n);
  for (guint i = 0; i < n; i++)
    g_free(captions[i]);
}

void ink_train_report_end(InkDataset *dataset, const InkProgress *progress, InkTestResult *result) {
  g_return_if_fail(dataset && progress && result);
  guint n = MIN(SHOWN_CLASSES, result->count);
  ink_terminal_clear_progress();
  g_print(_("\nTime cost: %.2f s (%'.0f images a second)\n"), progress->seconds,
          progress->images_per_second);
  g_print(_("Right: %'u of %'u test images (%.2f %%)\n\n"), result->correct, result->count,
          100 * accuracy(result->correct, result->count));
  print_classes(_("The first predictions:"), result->predicted, n);
  print_classes(_("The first labels:"), ink_dataset_get_labels(dataset, INK_TEST), n);
  print_predictions(dataset, result);
}
