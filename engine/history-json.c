#include "engine/history-json.h"

#include "engine/json.h"
#include "engine/recipe.h"

#include <math.h>

enum { DEPTH = 3, LOSS_FIELDS = 3, TEST_FIELDS = 6, EPOCH_FIELDS = 2 };

/* Larger step numbers than doubles count exactly are no step numbers. */
static const gint64 MAX_STEP = G_GINT64_CONSTANT(1) << 53;

static void add_float(JsonBuilder *builder, float value) {
  if (isfinite(value))
    json_builder_add_double_value(builder, value);
  else
    json_builder_add_null_value(builder);
}

static void build_losses(JsonBuilder *builder, InkHistory *history) {
  guint n;
  const InkLossPoint *points = ink_history_get_losses(history, &n);

  json_builder_set_member_name(builder, "losses");
  json_builder_begin_array(builder);
  for (guint i = 0; i < n; i++) {
    json_builder_begin_array(builder);
    json_builder_add_int_value(builder, points[i].step);
    json_builder_add_int_value(builder, points[i].steps);
    add_float(builder, points[i].loss);
    json_builder_end_array(builder);
  }
  json_builder_end_array(builder);
}

static void build_tests(JsonBuilder *builder, InkHistory *history) {
  guint n;
  const InkTestPoint *tests = ink_history_get_tests(history, &n);

  json_builder_set_member_name(builder, "tests");
  json_builder_begin_array(builder);
  for (guint i = 0; i < n; i++) {
    json_builder_begin_array(builder);
    json_builder_add_int_value(builder, tests[i].step);
    json_builder_add_int_value(builder, tests[i].epoch);
    json_builder_add_int_value(builder, tests[i].epoch_step);
    add_float(builder, tests[i].loss);
    json_builder_add_int_value(builder, tests[i].correct);
    json_builder_add_int_value(builder, tests[i].total);
    json_builder_end_array(builder);
  }
  json_builder_end_array(builder);
}

static void build_epochs(JsonBuilder *builder, InkHistory *history) {
  guint n;
  const InkEpochPoint *epochs = ink_history_get_epochs(history, &n);

  json_builder_set_member_name(builder, "epochs");
  json_builder_begin_array(builder);
  for (guint i = 0; i < n; i++) {
    json_builder_begin_array(builder);
    json_builder_add_int_value(builder, epochs[i].step);
    json_builder_add_int_value(builder, epochs[i].epoch);
    json_builder_end_array(builder);
  }
  json_builder_end_array(builder);
}

char *ink_history_to_json(InkHistory *history) {
  g_autoptr(JsonBuilder) builder = json_builder_new_immutable();
  g_autoptr(JsonNode) root = NULL;

  json_builder_begin_object(builder);
  build_losses(builder, history);
  build_tests(builder, history);
  build_epochs(builder, history);
  json_builder_set_member_name(builder, "planned");
  json_builder_add_int_value(builder, ink_history_get_planned(history));
  json_builder_end_object(builder);
  root = json_builder_get_root(builder);
  return json_to_string(root, FALSE);
}

static gboolean get_int(JsonNode *node, gint64 low, gint64 high, gint64 *value) {
  if (!node || !JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_INT64)
    return FALSE;
  *value = json_node_get_int(node);
  return *value >= low && *value <= high;
}

/* A number, also a whole one; null is NAN. */
static gboolean get_float(JsonNode *node, float *value) {
  if (JSON_NODE_HOLDS_NULL(node)) {
    *value = NAN;
    return TRUE;
  }
  if (!JSON_NODE_HOLDS_VALUE(node) || (json_node_get_value_type(node) != G_TYPE_INT64 &&
                                       json_node_get_value_type(node) != G_TYPE_DOUBLE))
    return FALSE;
  *value = json_node_get_double(node);
  return isfinite(*value);
}

static JsonArray *get_array(JsonNode *node, guint length) {
  JsonArray *array = node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;

  return array && (length == 0 || json_array_get_length(array) == length) ? array : NULL;
}

static gboolean parse_losses(InkHistory *history, JsonArray *losses) {
  gint64 next = 0;

  for (guint i = 0; i < json_array_get_length(losses); i++) {
    JsonArray *fields = get_array(json_array_get_element(losses, i), LOSS_FIELDS);
    InkLossPoint point;

    if (!fields || !get_int(json_array_get_element(fields, 0), next, MAX_STEP, &point.step) ||
        !get_int(json_array_get_element(fields, 1), 1, MAX_STEP, &point.steps) ||
        !get_float(json_array_get_element(fields, 2), &point.loss))
      return FALSE;
    ink_history_add_loss_point(history, &point);
    next = point.step + point.steps;
  }
  return TRUE;
}

static gboolean parse_tests(InkHistory *history, JsonArray *tests) {
  gint64 next = 0;

  for (guint i = 0; i < json_array_get_length(tests); i++) {
    JsonArray *fields = get_array(json_array_get_element(tests, i), TEST_FIELDS);
    gint64 step, epoch, epoch_step, correct, total;
    float loss;

    if (!fields || !get_int(json_array_get_element(fields, 0), next, MAX_STEP, &step) ||
        !get_int(json_array_get_element(fields, 1), 0, INK_MAX_EPOCHS, &epoch) ||
        !get_int(json_array_get_element(fields, 2), 0, G_MAXINT, &epoch_step) ||
        !get_float(json_array_get_element(fields, 3), &loss) ||
        !get_int(json_array_get_element(fields, 5), 1, G_MAXINT, &total) ||
        !get_int(json_array_get_element(fields, 4), 0, total, &correct))
      return FALSE;
    ink_history_add_test(history, &(InkTestPoint){.step = step,
                                                  .epoch = epoch,
                                                  .epoch_step = epoch_step,
                                                  .loss = loss,
                                                  .correct = correct,
                                                  .total = total});
    next = step + 1;
  }
  return TRUE;
}

/* A bare step is an epoch as older checkpoints have it, numbered by its place. */
static gboolean parse_epoch(JsonNode *node, guint place, gint64 *step, gint64 *epoch) {
  JsonArray *fields = get_array(node, EPOCH_FIELDS);

  *epoch = place;
  if (!fields)
    return get_int(node, *step, MAX_STEP, step);
  return get_int(json_array_get_element(fields, 0), *step, MAX_STEP, step) &&
         get_int(json_array_get_element(fields, 1), 0, INK_MAX_EPOCHS, epoch);
}

static gboolean parse_epochs(InkHistory *history, JsonArray *epochs) {
  gint64 step = 0, epoch;

  for (guint i = 0; i < json_array_get_length(epochs); i++) {
    if (!parse_epoch(json_array_get_element(epochs, i), i, &step, &epoch))
      return FALSE;
    ink_history_add_epoch(history, &(InkEpochPoint){.step = step, .epoch = epoch});
  }
  return TRUE;
}

InkHistory *ink_history_from_json(const char *text) {
  g_autoptr(JsonNode) root = ink_json_parse(text, strlen(text), DEPTH, NULL);
  g_autoptr(InkHistory) history = ink_history_new();
  JsonObject *object = root && JSON_NODE_HOLDS_OBJECT(root) ? json_node_get_object(root) : NULL;
  JsonArray *losses, *tests, *epochs;
  gint64 planned;

  if (!object)
    return NULL;
  losses = get_array(json_object_get_member(object, "losses"), 0);
  tests = get_array(json_object_get_member(object, "tests"), 0);
  epochs = get_array(json_object_get_member(object, "epochs"), 0);
  if (!losses || !tests || !epochs || !parse_losses(history, losses) ||
      !parse_tests(history, tests) || !parse_epochs(history, epochs) ||
      !get_int(json_object_get_member(object, "planned"), 0, MAX_STEP, &planned))
    return NULL;
  ink_history_set_planned(history, planned);
  return g_steal_pointer(&history);
}
