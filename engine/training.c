#include "engine/training-private.h"

void ink_wish_copy(const InkWish *from, InkWish *to) {
  InkWish old = *to;

  *to = *from;
  to->origin = from->origin ? ink_checkpoint_ref(from->origin) : NULL;
  to->dataset = from->dataset ? ink_dataset_ref(from->dataset) : NULL;
  to->checkpoint_path = g_strdup(from->checkpoint_path);
  ink_wish_clear(&old);
}

void ink_wish_clear(InkWish *wish) {
  g_clear_pointer(&wish->origin, ink_checkpoint_unref);
  g_clear_pointer(&wish->dataset, ink_dataset_unref);
  g_clear_pointer(&wish->checkpoint_path, g_free);
}

InkTraining *ink_training_new(InkMailbox *mailbox) {
  InkTraining *self = g_new0(InkTraining, 1);

  self->mailbox = mailbox;
  return self;
}

void ink_training_clear_batches(InkTraining *self) {
  g_clear_pointer(&self->slice.batch, g_free);
  g_clear_pointer(&self->ahead.batch, g_free);
}

static void clear_slice(InkSlice *slice) {
  g_free(slice->rates);
  g_free(slice->losses);
}

gboolean ink_training_looks_ahead(const InkTraining *self) {
  return !self->settling && ink_live_network_queues(&self->live);
}

/* How long a slice took that was given at `begin` and has just been seen done. One that was given
 * ahead began only when the slice before it was done; steps, which can run beside a test, when the
 * steps before them were done. */
double ink_training_slice_seconds(InkTraining *self, gint64 begin, gboolean of_steps) {
  gint64 began = MAX(begin, of_steps ? self->steps_seen_done : self->seen_done);

  self->seen_done = g_get_monotonic_time();
  if (of_steps)
    self->steps_seen_done = self->seen_done;
  return (self->seen_done - began) / 1e6;
}

/* Finishes what the device was given under the wish before. */
static void settle(InkTraining *self) {
  self->settling = TRUE;
  while ((self->ahead.steps || self->pass.given) && ink_training_work(self))
    ;
  self->settling = FALSE;
}

void ink_training_free(InkTraining *self) {
  settle(self);
  ink_training_leave(self);
  ink_live_network_close(&self->live);
  ink_test_pass_abandon(&self->pass);
  g_clear_pointer(&self->writer, ink_checkpoint_writer_free);
  g_clear_pointer(&self->held, ink_checkpoint_unref);
  g_clear_pointer(&self->good, ink_checkpoint_unref);
  g_clear_pointer(&self->history, ink_history_unref);
  g_clear_pointer(&self->dataset, ink_dataset_unref);
  ink_training_clear_batches(self);
  clear_slice(&self->slice);
  clear_slice(&self->ahead);
  g_free(self->order);
  ink_wish_clear(&self->wish);
  g_free(self);
}

gboolean ink_training_should_train(const InkTraining *self) {
  return self->active && self->troubles == self->wish.troubles &&
         (self->wish.state == INK_TRAINER_RUNNING ||
          (self->wish.state == INK_TRAINER_PAUSED && self->steps_done < self->wish.steps));
}

/* If the old life’s checkpoint can’t be removed, the new life reports it. */
static void forget(InkTraining *self) {
  if (!self->wish.checkpoint_path)
    return;
  ink_training_submit(self, NULL);
  ink_checkpoint_writer_flush(self->writer);
  ink_training_report_written(self, ink_checkpoint_writer_take_error(self->writer));
}

static void begin_life(InkTraining *self) {
  const InkCheckpoint *origin = self->wish.origin;

  self->life = self->wish.life;
  self->run = 0;
  self->active = self->ending = FALSE;
  ink_test_pass_abandon(&self->pass);
  ink_training_clear_batches(self);
  ink_training_set_held(self, self->wish.origin);
  g_clear_pointer(&self->history, ink_history_unref);
  self->history = origin->history ? ink_history_copy(origin->history) : ink_history_new();
  self->at = origin->run;
  self->total_updates = origin->total_updates;
  ink_training_report_life(self);
  if (self->wish.forgets)
    forget(self);
}

/* What may change while a run is under way. */
static void adopt_recipe(InkTraining *self) {
  self->recipe.learning_rate = self->wish.recipe.learning_rate;
  self->recipe.epochs = self->wish.recipe.epochs;
  self->recipe.eval_every = self->wish.recipe.eval_every;
  self->recipe.eval_samples = self->wish.recipe.eval_samples;
  self->recipe.max_steps = self->wish.recipe.max_steps;
}

void ink_training_follow(InkTraining *self, const InkWish *wish) {
  gboolean trained, tested;

  settle(self);
  trained = ink_training_should_train(self);
  tested = self->wish.test && wish->life == self->life;

  ink_wish_copy(wish, &self->wish);
  if (wish->life != self->life)
    begin_life(self);
  if (wish->run != self->run)
    ink_training_begin_run(self);
  else if (wish->test && !tested && self->run == 0)
    ink_training_begin_first_test(self);
  if (self->active)
    adopt_recipe(self);
  if (wish->state == INK_TRAINER_RUNNING)
    self->steps_done = wish->steps; /* what was asked for before is part of the run */
  if (self->active && wish->state == INK_TRAINER_IDLE) {
    ink_training_end_run(self, INK_OUTCOME_STOPPED);
  } else if (self->active && trained && !ink_training_should_train(self)) {
    self->quick = FALSE;
    ink_training_rest(self);
  }
}

gboolean ink_training_work(InkTraining *self) {
  gboolean train = ink_training_should_train(self);

  if (train && self->pass_kind == PASS_REST)
    ink_test_pass_abandon(&self->pass);
  if (ink_test_pass_is_active(&self->pass))
    ink_training_test_slice(self);
  else if (self->active && ink_training_is_complete(self))
    ink_training_end_run(self, INK_OUTCOME_FINISHED);
  else if (train)
    ink_training_train_slice(self);
  else
    return FALSE;
  return TRUE;
}
