/* recipe: everything that decides how a network is trained, and the two presets. */
#pragma once

#include "kernels/shape.h"

#include <glib.h>

G_BEGIN_DECLS

enum { INK_MAX_EPOCHS = 1000, INK_MAX_BATCH = 10000, INK_MAX_EVAL_EVERY = 1000000 };

typedef enum { INK_PRESET_SEED_CPU, INK_PRESET_SEED_GPU, INK_PRESET_CUSTOM } InkPreset;

typedef struct {
  int kernel;           /* 3 or 5 */
  InkPool pool;         /* default maximum */
  int epochs;           /* 1 … 1000; default 2 */
  int batch;            /* 1 … 10,000 */
  double learning_rate; /* greater than 0, at most 1; default 0.001 */
  guint64 seed;         /* default 42 */
  int eval_every;       /* steps between interim tests, 1 … 1,000,000; default 50 */
  guint eval_samples;   /* the first so many test images; 0: all; default 2,000 */
  guint64 max_steps;    /* updates after which a run ends; 0: no limit */
  gboolean shuffled;    /* FALSE: samples in file order; default TRUE */
} InkRecipe;

/* "seed-cpu": k 5, batch 200. "seed-gpu": k 3, batch 100. INK_PRESET_CUSTOM is not a recipe. */
InkRecipe ink_recipe_for_preset(InkPreset preset);

/* Which preset the recipe is, looking at kernel, pool, batch and learning rate; else CUSTOM. */
InkPreset ink_recipe_get_preset(const InkRecipe *recipe);

/* "seed-cpu", "seed-gpu", "custom"; and back (FALSE if there is no such preset). */
const char *ink_preset_get_name(InkPreset preset);
gboolean ink_preset_from_name(const char *name, InkPreset *preset);

/* "max", "average"; and back. */
const char *ink_pool_get_name(InkPool pool);
gboolean ink_pool_from_name(const char *name, InkPool *pool);

/* FALSE with a sentence that names the impossible value (INK_RECIPE_ERROR). */
gboolean ink_recipe_validate(const InkRecipe *recipe, GError **error);

#define INK_RECIPE_ERROR (ink_recipe_error_quark())
GQuark ink_recipe_error_quark(void);

G_END_DECLS
