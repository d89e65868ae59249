/* What is asked of a trainer: each call changes the wish, which is passed on to the thread. */
#include "engine/trainer-private.h"

#include "engine/schedule.h"

#include <glib/gi18n.h>

#include <math.h>

void ink_trainer_push_wish(InkTrainer *self) {
  if (self->thread)
    ink_training_thread_wish(self->thread, &self->wish);
}

/* What can be said of a run before the training thread says anything. */
static void set_first_progress(InkTrainer *self, const InkRunPosition *at, gint64 total_updates) {
  InkProgress progress = {
      .epoch = at->epoch,
      .epochs = self->recipe.epochs,
      .epoch_step = MAX(0, at->epoch_step - 1),
      .updates = at->updates,
      .total_updates = total_updates,
      .loss = NAN,
      .seconds = at->seconds,
      .seconds_left = NAN,
  };

  if (self->wish.dataset) {
    gsize count = ink_dataset_get_count(self->wish.dataset, INK_TRAIN);

    progress.steps_per_epoch = ink_schedule_steps_per_epoch(&self->wish.recipe, count);
    progress.planned = ink_schedule_planned(&self->wish.recipe, at, count);
  }
  self->progress = progress;
}

static void adopt_dataset(InkTrainer *self) {
  g_clear_pointer(&self->wish.dataset, ink_dataset_unref);
  self->wish.dataset = self->dataset ? ink_dataset_ref(self->dataset) : NULL;
}

static void take_over_history(InkTrainer *self, InkHistory *history) {
  const InkProgress *progress = &self->progress;

  ink_history_unref(self->history);
  self->history = history ? ink_history_copy(history) : ink_history_new();
  if (history)
    ink_history_set_planned(self->history,
                            progress->total_updates - progress->updates + progress->planned);
}

/* Everything starts anew from the checkpoint. Takes over the reference. */
static void begin_life(InkTrainer *self, InkCheckpoint *origin, gboolean from_file) {
  gboolean in_run = origin->run.updates > 0 && !origin->run.finished;

  g_object_freeze_notify(G_OBJECT(self));
  adopt_dataset(self);
  g_clear_pointer(&self->wish.origin, ink_checkpoint_unref);
  self->wish.origin = origin;
  self->wish.test = FALSE;
  self->wish.life++;
  self->wish.run = 0;
  self->wish.steps = 0;
  self->wish.troubles = 0;
  self->wish.recipe = origin->recipe;
  self->from_file = from_file;
  self->outcome = INK_OUTCOME_NONE;
  set_first_progress(self, &origin->run, origin->total_updates);
  take_over_history(self, origin->history);
  g_clear_pointer(&self->batch, g_free);
  ink_trainer_show_state(self, in_run ? INK_TRAINER_PAUSED : INK_TRAINER_IDLE);
  ink_trainer_show_test_result(self, NULL);
  ink_trainer_show_network(self, ink_network_ref(origin->network));
  g_object_notify(G_OBJECT(self), "trained");
  ink_trainer_push_wish(self);
  g_object_thaw_notify(G_OBJECT(self));
  g_signal_emit_by_name(self, "progress");
}

/* What the life before has learned is given up, once the thread hears of it. */
static void forget(InkTrainer *self) {
  self->wish.forgets = self->wish.forgets || ink_trainer_is_trained(self);
}

/* New weights by the recipe and for the data set as they are set. */
static void begin_random_life(InkTrainer *self) {
  InkShape shape = {
      .kernel = self->recipe.kernel,
      .pool = self->recipe.pool,
      .classes = ink_dataset_get_classes(self->dataset),
  };
  g_autoptr(InkNetwork) network =
      ink_network_new_random(&shape, self->recipe.seed, ink_dataset_get_class_names(self->dataset),
                             ink_dataset_get_name(self->dataset));

  forget(self);
  begin_life(self, ink_checkpoint_new(network, &self->recipe), FALSE);
}

/* Unless one is under way. A life that began in the middle of a run is PAUSED there, and its
 * first run goes on. */
static void ensure_run(InkTrainer *self) {
  if (self->wish.run != 0 && self->wish.state != INK_TRAINER_IDLE)
    return;
  self->wish.run = ++self->runs;
  self->wish.steps = 0;
  self->wish.troubles = 0;
  self->wish.goes_on = self->wish.state == INK_TRAINER_PAUSED;
  if (self->wish.goes_on)
    return;
  self->wish.recipe.batch = self->recipe.batch; /* set while a run was under way */
  self->wish.recipe.shuffled = self->recipe.shuffled;
  set_first_progress(self, &(InkRunPosition){0}, self->progress.total_updates);
}

/* The thread with which runs are possible, or FALSE and the sentence has been told. */
static gboolean ensure_thread(InkTrainer *self) {
  if (!self->mailbox) /* disposed */
    return FALSE;
  if (!self->thread)
    self->thread = ink_training_thread_new(self->mailbox, self->background);
  if (!self->thread)
    g_signal_emit_by_name(
        self, "failed",
        _("The system has no thread left to train on; close other programs and try "
          "again."));
  return self->thread != NULL;
}

gboolean ink_trainer_would_reset(InkTrainer *self, InkDataset *dataset) {
  InkDataset *old;

  g_return_val_if_fail(INK_IS_TRAINER(self) && dataset, FALSE);

  if (self->wish.state != INK_TRAINER_IDLE)
    return FALSE;
  old = self->wish.dataset;
  return !self->network ||
         ink_network_get_shape(self->network)->classes != ink_dataset_get_classes(dataset) ||
         (old && !g_str_equal(ink_dataset_get_name(old), ink_dataset_get_name(dataset)));
}

void ink_trainer_set_dataset(InkTrainer *self, InkDataset *dataset) {
  gboolean resets, others;

  g_return_if_fail(INK_IS_TRAINER(self) && dataset);

  resets = ink_trainer_would_reset(self, dataset);
  others = self->dataset && !ink_dataset_equal(self->dataset, dataset);
  ink_dataset_ref(dataset);
  g_clear_pointer(&self->dataset, ink_dataset_unref);
  self->dataset = dataset;
  if (resets) {
    begin_random_life(self);
  } else if (self->wish.state == INK_TRAINER_IDLE) {
    adopt_dataset(self);
    ink_trainer_push_wish(self);
  }
  if (others) {
    g_clear_pointer(&self->batch, g_free);
    ink_trainer_show_test_result(self, NULL);
  }
  g_object_notify(G_OBJECT(self), "dataset");
}

static gboolean weights_wait(InkTrainer *self) {
  const InkRecipe *now = &self->wish.recipe;

  return self->recipe.kernel != now->kernel || self->recipe.pool != now->pool ||
         self->recipe.seed != now->seed;
}

void ink_trainer_set_recipe(InkTrainer *self, const InkRecipe *recipe) {
  InkRecipe *now;

  g_return_if_fail(INK_IS_TRAINER(self) && recipe && ink_recipe_validate(recipe, NULL));

  self->recipe = *recipe;
  now = &self->wish.recipe;
  now->learning_rate = recipe->learning_rate;
  now->epochs = recipe->epochs;
  now->eval_every = recipe->eval_every;
  now->eval_samples = recipe->eval_samples;
  now->max_steps = recipe->max_steps;
  if (self->wish.state == INK_TRAINER_IDLE) {
    now->batch = recipe->batch;
    now->shuffled = recipe->shuffled;
    if (weights_wait(self) && self->dataset && !ink_trainer_is_trained(self))
      begin_random_life(self);
    else if (self->wish.run == 0 && self->wish.origin)
      set_first_progress(self, &self->wish.origin->run, self->wish.origin->total_updates);
  }
  ink_trainer_push_wish(self);
  g_signal_emit_by_name(self, "recipe-changed");
}

gboolean ink_trainer_has_pending(InkTrainer *self) {
  g_return_val_if_fail(INK_IS_TRAINER(self), FALSE);
  return self->dataset && (self->dataset != self->wish.dataset || weights_wait(self));
}

void ink_trainer_set_device(InkTrainer *self, const InkDeviceEntry *device, int threads) {
  g_return_if_fail(INK_IS_TRAINER(self) && device && threads >= 0);

  self->wish.device = device;
  self->wish.threads = threads > 0 ? threads : ink_device_processors();
  ink_trainer_push_wish(self);
  g_object_notify(G_OBJECT(self), "device");
}

void ink_trainer_set_background(InkTrainer *self, gboolean background) {
  g_return_if_fail(INK_IS_TRAINER(self) && !self->thread);
  self->background = background;
}

void ink_trainer_start(InkTrainer *self) {
  g_return_if_fail(INK_IS_TRAINER(self));

  if (!self->dataset || self->wish.state == INK_TRAINER_RUNNING || !ensure_thread(self))
    return;
  ensure_run(self);
  ink_trainer_show_state(self, INK_TRAINER_RUNNING);
  ink_trainer_push_wish(self);
}

void ink_trainer_pause(InkTrainer *self) {
  g_return_if_fail(INK_IS_TRAINER(self));

  if (self->wish.state != INK_TRAINER_RUNNING)
    return;
  ink_trainer_show_state(self, INK_TRAINER_PAUSED);
  ink_trainer_push_wish(self);
}

void ink_trainer_step(InkTrainer *self) {
  g_return_if_fail(INK_IS_TRAINER(self));

  if (!self->dataset || !ensure_thread(self))
    return;
  ensure_run(self);
  self->wish.steps++;
  ink_trainer_show_state(self, INK_TRAINER_PAUSED);
  ink_trainer_push_wish(self);
}

static void end_run(InkTrainer *self, gboolean interrupts) {
  if (self->wish.state == INK_TRAINER_IDLE || !ensure_thread(self))
    return;
  ensure_run(self);
  self->wish.interrupts = interrupts;
  ink_trainer_show_state(self, INK_TRAINER_IDLE);
  ink_trainer_push_wish(self);
}

void ink_trainer_stop(InkTrainer *self) {
  g_return_if_fail(INK_IS_TRAINER(self));
  end_run(self, FALSE);
}

void ink_trainer_interrupt(InkTrainer *self) {
  g_return_if_fail(INK_IS_TRAINER(self));
  end_run(self, TRUE);
}

void ink_trainer_test(InkTrainer *self) {
  g_return_if_fail(INK_IS_TRAINER(self));

  if (!self->dataset || self->wish.run != 0 || !ensure_thread(self))
    return;
  self->wish.test = TRUE;
  ink_trainer_push_wish(self);
}

void ink_trainer_reset(InkTrainer *self) {
  g_return_if_fail(INK_IS_TRAINER(self));

  if (self->dataset)
    begin_random_life(self);
}

void ink_trainer_set_network(InkTrainer *self, InkNetwork *network) {
  const InkShape *shape;

  g_return_if_fail(INK_IS_TRAINER(self) && network);

  shape = ink_network_get_shape(network);
  self->recipe.kernel = shape->kernel;
  self->recipe.pool = shape->pool;
  forget(self);
  begin_life(self, ink_checkpoint_new(network, &self->recipe), TRUE);
  g_signal_emit_by_name(self, "recipe-changed");
}

void ink_trainer_set_checkpoint(InkTrainer *self, const char *path) {
  g_return_if_fail(INK_IS_TRAINER(self));

  g_free(self->wish.checkpoint_path);
  self->wish.checkpoint_path = g_strdup(path);
  ink_trainer_push_wish(self);
}

void ink_trainer_resume(InkTrainer *self, InkCheckpoint *checkpoint) {
  g_return_if_fail(INK_IS_TRAINER(self) && self->dataset && checkpoint);

  self->recipe = checkpoint->recipe;
  self->wish.forgets = FALSE;
  begin_life(self, ink_checkpoint_ref(checkpoint), TRUE);
  g_signal_emit_by_name(self, "recipe-changed");
}
