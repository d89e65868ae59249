#include "engine/checkpoint.h"

#include "engine/history-json.h"
#include "engine/model-file.h"
#include "engine/schedule.h"

#include <glib/gi18n.h>

#include <math.h>

InkCheckpoint *ink_checkpoint_new(InkNetwork *network, const InkRecipe *recipe) {
  InkCheckpoint *checkpoint = g_new0(InkCheckpoint, 1);

  checkpoint->refs = 1;
  checkpoint->network = ink_network_ref(network);
  checkpoint->recipe = *recipe;
  checkpoint->run.finished = TRUE;
  return checkpoint;
}

InkCheckpoint *ink_checkpoint_ref(InkCheckpoint *checkpoint) {
  g_atomic_int_inc(&checkpoint->refs);
  return checkpoint;
}

void ink_checkpoint_unref(InkCheckpoint *checkpoint) {
  if (!g_atomic_int_dec_and_test(&checkpoint->refs))
    return;
  ink_network_unref(checkpoint->network);
  g_free(checkpoint->m);
  g_free(checkpoint->v);
  g_free(checkpoint->dataset_identity);
  g_clear_pointer(&checkpoint->history, ink_history_unref);
  g_free(checkpoint);
}

/* The numbers among the metadata: one table for writing and reading. */
typedef enum { INT, INT64, UINT, UINT64, BOOLEAN, DOUBLE } FieldType;

typedef struct {
  const char *key;
  FieldType type;
  gsize offset;
} Field;

#define FIELD(key, type, member)                                                                   \
  { key, type, G_STRUCT_OFFSET(InkCheckpoint, member) }
static const Field fields[] = {
    FIELD("epochs", INT, recipe.epochs),
    FIELD("batch", INT, recipe.batch),
    FIELD("learning_rate", DOUBLE, recipe.learning_rate),
    FIELD("seed", UINT64, recipe.seed),
    FIELD("eval_every", INT, recipe.eval_every),
    FIELD("eval_samples", UINT, recipe.eval_samples),
    FIELD("max_steps", UINT64, recipe.max_steps),
    FIELD("shuffled", BOOLEAN, recipe.shuffled),
    FIELD("adam_updates", INT64, adam_updates),
    FIELD("total_updates", INT64, total_updates),
    FIELD("run_finished", BOOLEAN, run.finished),
    FIELD("run_epochs_before", INT64, run.epochs_before),
    FIELD("run_epoch", INT, run.epoch),
    FIELD("run_epoch_step", INT, run.epoch_step),
    FIELD("run_updates", INT64, run.updates),
    FIELD("run_seconds", DOUBLE, run.seconds),
};
#undef FIELD

static char *format_field(const InkCheckpoint *checkpoint, const Field *field) {
  gconstpointer value = G_STRUCT_MEMBER_P(checkpoint, field->offset);
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  switch (field->type) {
  case INT:
  case BOOLEAN:
    return g_strdup_printf("%d", *(const int *)value);
  case INT64:
    return g_strdup_printf("%" G_GINT64_FORMAT, *(const gint64 *)value);
  case UINT:
    return g_strdup_printf("%u", *(const guint *)value);
  case UINT64:
    return g_strdup_printf("%" G_GUINT64_FORMAT, *(const guint64 *)value);
  case DOUBLE:
    return g_strdup(g_ascii_dtostr(buffer, sizeof buffer, *(const double *)value));
  }
  g_assert_not_reached();
}

/* More than any run takes, and a number that JSON can have: json-glib writes 1e17 as “1e+17.0”. */
#define MAX_DOUBLE 1e12

/* No field is ever negative, nor a step count more than a double holds exactly. */
static gboolean parse_field(InkCheckpoint *checkpoint, const Field *field, const char *text) {
  gpointer value = G_STRUCT_MEMBER_P(checkpoint, field->offset);
  guint64 max = field->type == BOOLEAN                      ? 1
                : field->type == INT || field->type == UINT ? G_MAXINT
                : field->type == INT64                      ? G_GUINT64_CONSTANT(1) << 53
                                                            : G_MAXUINT64;
  guint64 number;
  char *end;

  if (field->type == DOUBLE) {
    *(double *)value = g_ascii_strtod(text, &end);
    return end != text && *end == 0 && *(double *)value >= 0 && *(double *)value <= MAX_DOUBLE;
  }
  if (!g_ascii_string_to_unsigned(text, 10, 0, max, &number, NULL))
    return FALSE;
  if (field->type == INT64 || field->type == UINT64)
    *(guint64 *)value = number;
  else
    *(guint *)value = number;
  return TRUE;
}

gboolean ink_checkpoint_save(const InkCheckpoint *checkpoint, const char *path, GError **error) {
  g_autoptr(InkSafetensors) file = ink_safetensors_new();
  const InkShape *shape = ink_network_get_shape(checkpoint->network);
  g_autofree float *zeros = g_new0(float, ink_shape_parameters(shape));

  ink_model_file_add_network(file, checkpoint->network);
  ink_model_file_add_array(file, "adam.m.", shape, checkpoint->m ? checkpoint->m : zeros);
  ink_model_file_add_array(file, "adam.v.", shape, checkpoint->v ? checkpoint->v : zeros);
  for (guint i = 0; i < G_N_ELEMENTS(fields); i++) {
    g_autofree char *value = format_field(checkpoint, &fields[i]);

    ink_safetensors_set_metadata(file, fields[i].key, value);
  }
  if (checkpoint->dataset_identity)
    ink_safetensors_set_metadata(file, "dataset_identity", checkpoint->dataset_identity);
  if (checkpoint->history) {
    g_autofree char *json = ink_history_to_json(checkpoint->history);

    ink_safetensors_set_metadata(file, "history", json);
  }
  return ink_safetensors_save(file, path, error);
}

G_GNUC_PRINTF(3, 4)
static gboolean complain(GError **error, const char *path, const char *format, ...) {
  g_autofree char *name = g_filename_display_name(path);
  g_autofree char *what = NULL;
  va_list arguments;

  va_start(arguments, format);
  what = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_set_error(error, INK_SAFETENSORS_ERROR, 0, _("“%s” can’t be resumed: %s."), name, what);
  return FALSE;
}

static gboolean get_moments(InkCheckpoint *checkpoint, InkSafetensors *file, const char *path,
                            GError **error) {
  const InkShape *shape = ink_network_get_shape(checkpoint->network);
  gsize n = ink_shape_parameters(shape);

  checkpoint->m = g_new(float, n);
  checkpoint->v = g_new(float, n);
  return ink_model_file_get_array(file, path, "adam.m.", shape, checkpoint->m, error) &&
         ink_model_file_get_array(file, path, "adam.v.", shape, checkpoint->v, error);
}

static gboolean get_fields(InkCheckpoint *checkpoint, InkSafetensors *file, const char *path,
                           GError **error) {
  const InkShape *shape = ink_network_get_shape(checkpoint->network);
  g_autoptr(GError) cause = NULL;

  for (guint i = 0; i < G_N_ELEMENTS(fields); i++) {
    const char *text = ink_safetensors_get_metadata(file, fields[i].key);

    if (!text)
      return complain(error, path, _("its metadata lack “%s”; it may be a model, not a checkpoint"),
                      fields[i].key);
    if (!parse_field(checkpoint, &fields[i], text))
      return complain(error, path, _("its metadata give “%s” the value “%s”"), fields[i].key, text);
  }
  checkpoint->recipe.kernel = shape->kernel;
  checkpoint->recipe.pool = shape->pool;
  if (!ink_recipe_validate(&checkpoint->recipe, &cause)) {
    g_autofree char *name = g_filename_display_name(path);

    g_set_error(error, INK_SAFETENSORS_ERROR, 0, _("“%s” can’t be resumed. %s"), name,
                cause->message);
    return FALSE;
  }
  return TRUE;
}

static gboolean get_history(InkCheckpoint *checkpoint, InkSafetensors *file, const char *path,
                            GError **error) {
  const char *json = ink_safetensors_get_metadata(file, "history");

  if (json && !(checkpoint->history = ink_history_from_json(json)))
    return complain(error, path, _("its history is damaged"));
  return TRUE;
}

/* How many updates the history tells of, at least. */
static gint64 count_told(InkHistory *history) {
  guint n_losses, n_tests;
  const InkLossPoint *losses = ink_history_get_losses(history, &n_losses);
  const InkTestPoint *tests = ink_history_get_tests(history, &n_tests);
  gint64 losses_end = n_losses ? losses[n_losses - 1].step + losses[n_losses - 1].steps : 0;
  gint64 tests_end = n_tests ? tests[n_tests - 1].step + 1 : 0;

  return MAX(losses_end, tests_end);
}

/* Whether a run over so many samples comes by there. */
static gboolean can_stand_at(const InkCheckpoint *checkpoint, gsize count) {
  const InkRunPosition *run = &checkpoint->run;
  gint64 steps = ink_schedule_steps_per_epoch(&checkpoint->recipe, count);
  gint64 told = checkpoint->history ? count_told(checkpoint->history) : 0;

  return run->epoch <= INK_MAX_EPOCHS && run->epoch_step < steps &&
         run->updates == run->epoch * steps + run->epoch_step &&
         checkpoint->total_updates >= MAX(run->updates, told);
}

gboolean ink_checkpoint_fits(const InkCheckpoint *checkpoint, const char *path,
                             const InkDataset *dataset, GError **error) {
  const char *name = ink_network_get_dataset(checkpoint->network);

  if (g_strcmp0(checkpoint->dataset_identity, ink_dataset_get_identity(dataset)) != 0 ||
      ink_network_get_shape(checkpoint->network)->classes != ink_dataset_get_classes(dataset))
    return complain(error, path, _("it was trained on other images (“%s”) than those of “%s”"),
                    name ? name : "?", ink_dataset_get_name(dataset));
  if (!can_stand_at(checkpoint, ink_dataset_get_count(dataset, INK_TRAIN)))
    return complain(error, path, _("its numbers of epochs and steps contradict each other"));
  return TRUE;
}

InkCheckpoint *ink_checkpoint_load(const char *path, GError **error) {
  g_autoptr(InkSafetensors) file = NULL;
  g_autoptr(InkNetwork) network = NULL;
  g_autoptr(InkCheckpoint) checkpoint = NULL;

  g_return_val_if_fail(path, NULL);

  file = ink_safetensors_load(path, error);
  network = file ? ink_model_file_get_network(file, path, NULL, error) : NULL;
  if (!network)
    return NULL;
  checkpoint = ink_checkpoint_new(network, &(InkRecipe){0});
  if (!get_fields(checkpoint, file, path, error) || !get_moments(checkpoint, file, path, error) ||
      !get_history(checkpoint, file, path, error))
    return NULL;
  checkpoint->dataset_identity = g_strdup(ink_safetensors_get_metadata(file, "dataset_identity"));
  return g_steal_pointer(&checkpoint);
}
