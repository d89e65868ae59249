#include "ui/settings.h"

#define SCHEMA "page.inkling.Inkling"

enum {
  PROP_WIDTH = 1,
  PROP_HEIGHT,
  PROP_MAXIMIZED,
  PROP_DATASET,
  PROP_DEVICE,
  PROP_THREADS,
  PROP_KERNEL,
  PROP_AVERAGE_POOLING,
  PROP_EPOCHS,
  PROP_BATCH,
  PROP_LEARNING_RATE,
  PROP_SEED,
  PROP_EVAL_EVERY,
  PROP_EVAL_SAMPLES,
  PROP_NOTIFY_WHEN_FINISHED,
  PROP_STAY_AWAKE,
  N_PROPS
};
static GParamSpec *props[N_PROPS];

struct _InkSettings {
  GObject parent_instance;

  GValue values[N_PROPS];
  GSettings *store; /* NULL: the schema is not installed */
};

G_DEFINE_FINAL_TYPE(InkSettings, ink_settings, G_TYPE_OBJECT)

static void get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec) {
  g_value_copy(&INK_SETTINGS(object)->values[id], value);
}

static void set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec) {
  GValue *mine = &INK_SETTINGS(object)->values[id];

  if (g_param_values_cmp(pspec, value, mine) == 0)
    return;
  g_value_copy(value, mine);
  g_object_notify_by_pspec(object, pspec);
}

static void finalize(GObject *object) {
  InkSettings *self = INK_SETTINGS(object);

  for (guint id = 1; id < N_PROPS; id++)
    g_value_unset(&self->values[id]);
  g_clear_object(&self->store);
  G_OBJECT_CLASS(ink_settings_parent_class)->finalize(object);
}

/* Names, ranges and defaults are those of the schema; a test compares them. */
static void ink_settings_class_init(InkSettingsClass *klass) {
  GObjectClass *object = G_OBJECT_CLASS(klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object->get_property = get_property;
  object->set_property = set_property;
  object->finalize = finalize;

  props[PROP_WIDTH] = g_param_spec_int("width", NULL, NULL, G_MININT, G_MAXINT, 1180, flags);
  props[PROP_HEIGHT] = g_param_spec_int("height", NULL, NULL, G_MININT, G_MAXINT, 780, flags);
  props[PROP_MAXIMIZED] = g_param_spec_boolean("maximized", NULL, NULL, FALSE, flags);
  props[PROP_DATASET] = g_param_spec_string("dataset", NULL, NULL, "mnist", flags);
  props[PROP_DEVICE] = g_param_spec_string("device", NULL, NULL, "cpu", flags);
  props[PROP_THREADS] = g_param_spec_int("threads", NULL, NULL, 0, 1024, 0, flags);
  props[PROP_KERNEL] = g_param_spec_int("kernel", NULL, NULL, 3, 5, 5, flags);
  props[PROP_AVERAGE_POOLING] = g_param_spec_boolean("average-pooling", NULL, NULL, FALSE, flags);
  props[PROP_EPOCHS] = g_param_spec_int("epochs", NULL, NULL, 1, 1000, 2, flags);
  props[PROP_BATCH] = g_param_spec_int("batch", NULL, NULL, 1, 10000, 200, flags);
  props[PROP_LEARNING_RATE] = g_param_spec_double("learning-rate", NULL, NULL, 0, 1, 0.001, flags);
  props[PROP_SEED] = g_param_spec_uint64("seed", NULL, NULL, 0, G_MAXUINT64, 42, flags);
  props[PROP_EVAL_EVERY] = g_param_spec_int("eval-every", NULL, NULL, 1, 1000000, 50, flags);
  props[PROP_EVAL_SAMPLES] =
      g_param_spec_uint("eval-samples", NULL, NULL, 0, G_MAXUINT, 2000, flags);
  props[PROP_NOTIFY_WHEN_FINISHED] =
      g_param_spec_boolean("notify-when-finished", NULL, NULL, TRUE, flags);
  props[PROP_STAY_AWAKE] = g_param_spec_boolean("stay-awake", NULL, NULL, TRUE, flags);
  g_object_class_install_properties(object, N_PROPS, props);
}

static GSettings *open_store(void) {
  GSettingsSchemaSource *source = g_settings_schema_source_get_default();
  g_autoptr(GSettingsSchema) schema =
      source ? g_settings_schema_source_lookup(source, SCHEMA, TRUE) : NULL;

  if (!schema)
    return NULL;
  /* An older version's schema may lie in the way; half of one is of no use. */
  for (guint id = 1; id < N_PROPS; id++)
    if (!g_settings_schema_has_key(schema, props[id]->name))
      return NULL;
  return g_settings_new_full(schema, NULL, NULL);
}

static void ink_settings_init(InkSettings *self) {
  self->store = open_store();
  for (guint id = 1; id < N_PROPS; id++) {
    g_value_init(&self->values[id], props[id]->value_type);
    g_param_value_set_default(props[id], &self->values[id]);
    if (self->store)
      g_settings_bind(self->store, props[id]->name, self, props[id]->name, G_SETTINGS_BIND_DEFAULT);
  }
}

InkSettings *ink_settings_new(void) {
  return g_object_new(INK_TYPE_SETTINGS, NULL);
}

static const GValue *lookup(InkSettings *self, const char *name) {
  return &self->values[g_object_class_find_property(G_OBJECT_GET_CLASS(self), name)->param_id];
}

gboolean ink_settings_get_boolean(InkSettings *self, const char *name) {
  g_return_val_if_fail(INK_IS_SETTINGS(self), FALSE);
  return g_value_get_boolean(lookup(self, name));
}

int ink_settings_get_int(InkSettings *self, const char *name) {
  g_return_val_if_fail(INK_IS_SETTINGS(self), 0);
  return g_value_get_int(lookup(self, name));
}

const char *ink_settings_get_string(InkSettings *self, const char *name) {
  g_return_val_if_fail(INK_IS_SETTINGS(self), NULL);
  return g_value_get_string(lookup(self, name));
}

InkRecipe ink_settings_get_recipe(InkSettings *self) {
  InkRecipe recipe = ink_recipe_for_preset(INK_PRESET_SEED_CPU);
  gboolean average;

  g_return_val_if_fail(INK_IS_SETTINGS(self), recipe);
  g_object_get(self, "kernel", &recipe.kernel, "average-pooling", &average, "epochs",
               &recipe.epochs, "batch", &recipe.batch, "learning-rate", &recipe.learning_rate,
               "seed", &recipe.seed, "eval-every", &recipe.eval_every, "eval-samples",
               &recipe.eval_samples, NULL);
  recipe.pool = average ? INK_POOL_AVERAGE : INK_POOL_MAX;
  return ink_recipe_validate(&recipe, NULL) ? recipe : ink_recipe_for_preset(INK_PRESET_SEED_CPU);
}

void ink_settings_set_recipe(InkSettings *self, const InkRecipe *recipe) {
  g_return_if_fail(INK_IS_SETTINGS(self));
  g_object_set(self, "kernel", recipe->kernel, "average-pooling", recipe->pool == INK_POOL_AVERAGE,
               "epochs", recipe->epochs, "batch", recipe->batch, "learning-rate",
               recipe->learning_rate, "seed", recipe->seed, "eval-every", recipe->eval_every,
               "eval-samples", recipe->eval_samples, NULL);
}

gboolean ink_settings_has_recipe(InkSettings *self) {
  g_return_val_if_fail(INK_IS_SETTINGS(self), FALSE);
  for (guint id = PROP_KERNEL; self->store && id <= PROP_EVAL_SAMPLES; id++) {
    g_autoptr(GVariant) value = g_settings_get_user_value(self->store, props[id]->name);

    if (value)
      return TRUE;
  }
  return FALSE;
}
