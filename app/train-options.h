/* train-options: what is said on the command line of inkling train. */
#pragma once

#include "engine/recipe.h"

G_BEGIN_DECLS

typedef struct {
  char *data, *device, *init, *save, *checkpoint, *resume; /* NULL: not given */
  int threads;                                             /* 0: one for each processor */
  gboolean json;

  /* What the recipe is made of, as given; NULL: not given. */
  char *preset, *epochs, *batch, *learning_rate, *seed, *kernel, *pool;
  char *eval_every, *eval_samples, *steps, *order;
} InkTrainOptions;

void ink_train_options_clear(InkTrainOptions *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(InkTrainOptions, ink_train_options_clear)

/* FALSE with a sentence that names the option at fault (G_OPTION_ERROR). options is zeroed. */
gboolean ink_train_options_parse(InkTrainOptions *options, int argc, char **argv, GError **error);

/* Sets those values of a recipe that were given: of a preset's, or of a checkpoint's. Values are as
 * in ink_train_options_parse(), so that after it this does not fail. */
gboolean ink_train_options_apply(const InkTrainOptions *options, InkRecipe *recipe, GError **error);

G_END_DECLS
