#include "engine/recipe.h"

#include <glib/gi18n.h>
#include <inttypes.h>

G_DEFINE_QUARK(ink_recipe_error, ink_recipe_error)

static const char *const preset_names[] = {
    [INK_PRESET_SEED_CPU] = "seed-cpu",
    [INK_PRESET_SEED_GPU] = "seed-gpu",
    [INK_PRESET_CUSTOM] = "custom",
};

static const char *const pool_names[] = {
    [INK_POOL_MAX] = "max",
    [INK_POOL_AVERAGE] = "average",
};

/* The index of a name, or −1. */
static int find_name(const char *const *names, int n, const char *name) {
  for (int i = 0; i < n; i++) {
    if (g_str_equal(name, names[i]))
      return i;
  }
  return -1;
}

InkRecipe ink_recipe_for_preset(InkPreset preset) {
  InkRecipe recipe = {
      .kernel = 5,
      .pool = INK_POOL_MAX,
      .epochs = 2,
      .batch = 200,
      .learning_rate = 0.001,
      .seed = 42,
      .eval_every = 50,
      .eval_samples = 2000,
      .shuffled = TRUE,
  };

  g_return_val_if_fail(preset != INK_PRESET_CUSTOM, recipe);
  if (preset == INK_PRESET_SEED_GPU) {
    recipe.kernel = 3;
    recipe.batch = 100;
  }
  return recipe;
}

InkPreset ink_recipe_get_preset(const InkRecipe *recipe) {
  g_return_val_if_fail(recipe, INK_PRESET_CUSTOM);

  for (InkPreset preset = 0; preset < INK_PRESET_CUSTOM; preset++) {
    InkRecipe other = ink_recipe_for_preset(preset);

    if (recipe->kernel == other.kernel && recipe->pool == other.pool &&
        recipe->batch == other.batch && recipe->learning_rate == other.learning_rate)
      return preset;
  }
  return INK_PRESET_CUSTOM;
}

const char *ink_preset_get_name(InkPreset preset) {
  g_return_val_if_fail(preset < G_N_ELEMENTS(preset_names), NULL);
  return preset_names[preset];
}

gboolean ink_preset_from_name(const char *name, InkPreset *preset) {
  int found;

  g_return_val_if_fail(name && preset, FALSE);

  found = find_name(preset_names, G_N_ELEMENTS(preset_names), name);
  if (found >= 0)
    *preset = found;
  return found >= 0;
}

const char *ink_pool_get_name(InkPool pool) {
  g_return_val_if_fail(pool < G_N_ELEMENTS(pool_names), NULL);
  return pool_names[pool];
}

gboolean ink_pool_from_name(const char *name, InkPool *pool) {
  int found;

  g_return_val_if_fail(name && pool, FALSE);

  found = find_name(pool_names, G_N_ELEMENTS(pool_names), name);
  if (found >= 0)
    *pool = found;
  return found >= 0;
}

static gboolean check_range(const char *what, gint64 value, gint64 low, gint64 high,
                            GError **error) {
  if (value >= low && value <= high)
    return TRUE;
  g_set_error(error, INK_RECIPE_ERROR, 0,
              _("%s must be a whole number from %'" PRId64 " to %'" PRId64 ", not %'" PRId64 "."),
              what, low, high, value);
  return FALSE;
}

gboolean ink_recipe_validate(const InkRecipe *recipe, GError **error) {
  g_return_val_if_fail(recipe, FALSE);

  if (recipe->kernel != 3 && recipe->kernel != 5) {
    g_set_error(error, INK_RECIPE_ERROR, 0, _("The kernel size must be 3 or 5, not %d."),
                recipe->kernel);
    return FALSE;
  }
  if (recipe->pool != INK_POOL_MAX && recipe->pool != INK_POOL_AVERAGE) {
    g_set_error_literal(error, INK_RECIPE_ERROR, 0, _("Pooling must be maximum or average."));
    return FALSE;
  }
  if (!(recipe->learning_rate > 0 && recipe->learning_rate <= 1)) { /* also when it is NaN */
    g_set_error(error, INK_RECIPE_ERROR, 0,
                _("The learning rate must be greater than 0 and at most 1, not %g."),
                recipe->learning_rate);
    return FALSE;
  }
  return check_range(_("The number of epochs"), recipe->epochs, 1, INK_MAX_EPOCHS, error) &&
         check_range(_("The batch size"), recipe->batch, 1, INK_MAX_BATCH, error) &&
         check_range(_("The test interval"), recipe->eval_every, 1, INK_MAX_EVAL_EVERY, error);
}
