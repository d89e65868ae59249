#include "engine/schedule.h"

int ink_schedule_steps_per_epoch(const InkRecipe *recipe, gsize count) {
  return (count + recipe->batch - 1) / recipe->batch;
}

gint64 ink_schedule_planned(const InkRecipe *recipe, const InkRunPosition *at, gsize count) {
  gint64 begun = at->epoch + (at->epoch_step > 0);
  gint64 steps = MAX(recipe->epochs, begun) * ink_schedule_steps_per_epoch(recipe, count);

  return recipe->max_steps > 0 ? (gint64)MIN((guint64)steps, recipe->max_steps) : steps;
}

gboolean ink_schedule_is_complete(const InkRecipe *recipe, const InkRunPosition *at, gsize count) {
  return at->updates >= ink_schedule_planned(recipe, at, count);
}

gboolean ink_schedule_test_follows(const InkRecipe *recipe, int epoch_step) {
  return epoch_step % recipe->eval_every == 0;
}

guint ink_schedule_next_steps(const InkRecipe *recipe, const InkRunPosition *at, gsize count,
                              guint limit) {
  int every = recipe->eval_every;
  int next_test = (at->epoch_step + every - 1) / every * every;
  gint64 steps = limit;

  steps = MIN(steps, next_test - at->epoch_step + 1);
  steps = MIN(steps, ink_schedule_steps_per_epoch(recipe, count) - at->epoch_step);
  steps = MIN(steps, ink_schedule_planned(recipe, at, count) - at->updates);
  return MAX(steps, 1);
}

gint64 ink_schedule_samples_done(const InkRecipe *recipe, const InkRunPosition *at, gsize count) {
  return at->epoch * (gint64)count + at->epoch_step * (gint64)recipe->batch;
}
