/* inkling predict: reads image files with a model. */
#include "app/command.h"
#include "app/json-lines.h"
#include "engine/classifier.h"
#include "engine/picture.h"

#include <glib/gi18n.h>

static void print_json(const char *file, InkNetwork *network, const InkReading *reading) {
  g_autoptr(JsonObject) line = json_object_new();
  JsonArray *probabilities = json_array_new();
  for (int i = 0; i < reading->classes; i++)
    json_array_add_double_element(probabilities, reading->probabilities[i]);
  json_object_set_string_member(line, "file", file);
  json_object_set_int_member(line, "class", reading->best);
  json_object_set_string_member(line, "label", ink_network_get_class_name(network, reading->best));
  json_object_set_array_member(line, "probabilities", probabilities);
  ink_json_print(line);
}

static void print_text(const char *file, InkNetwork *network, const InkReading *reading) {
  g_print(_("%s: %s (%.1f %%), then %s (%.1f %%)\n"), file,
          ink_network_get_class_name(network, reading->best),
          100 * reading->probabilities[reading->best],
          ink_network_get_class_name(network, reading->second),
          100 * reading->probabilities[reading->second]);
}

static gboolean predict(const char *path, InkNetwork *network, InkClassifier *classifier,
                        gboolean json, GError **error) {
  g_autofree char *file = g_filename_display_name(path);
  g_autofree InkReading *reading = g_new(InkReading, 1);
  guint8 image[INK_PIXELS];
  if (!ink_picture_load(path, image, error))
    return FALSE;
  if (!ink_classifier_read(classifier, image, reading)) {
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                _("The model’s weights are not finite numbers; train it anew."));
    return FALSE;
  }
  (json ? print_json : print_text)(file, network, reading);
  return TRUE;
}

/* An image that can't be read is said, and the others still are. */
static int predict_all(char **paths, InkNetwork *network, gboolean json) {
  g_autoptr(InkClassifier) classifier = ink_classifier_new();
  ink_classifier_set_network(classifier, network);
  int status = INK_EXIT_DONE;
  for (gsize i = 0; paths[i]; i++) {
    GError *error = NULL;
    if (!predict(paths[i], network, classifier, json, &error))
      status = ink_command_fail(error);
  }
  return status;
}

int ink_predict_command(int argc, char **argv) {
  g_autofree char *model = NULL, *pool = NULL;
  g_auto(GStrv) paths = NULL;
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
      {"model", 0, 0, G_OPTION_ARG_FILENAME, &model, N_("The model to read with"), N_("FILE")},
      {"pool", 0, 0, G_OPTION_ARG_FILENAME, &pool,
       N_("Pooling, for a model file that does not name it"), "max|average"},
      {"json", 0, 0, G_OPTION_ARG_NONE, &json, N_("Print one JSON object a line"), NULL},
      {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &paths, NULL, NULL},
      {NULL},
  };
  GError *error = NULL;
  if (!ink_command_parse(argc, argv, entries, _("IMAGE…"), _("Reads image files with a model."),
                         &error))
    return ink_command_fail(error);
  if (!paths) {
    ink_command_set_usage_error(&error, _("Name at least one image file."));
    return ink_command_fail(error);
  }
  g_autoptr(InkNetwork) network = ink_command_load_model(model, pool, &error);
  return network ? predict_all(paths, network, json) : ink_command_fail(error);
}
