/* The training steps of a run, a slice of them at a time. */
#include "engine/training-private.h"

#include "kernels/numbers.h"

#include <math.h>

/* Makes `order` that of the epoch. */
static void prepare_order(InkTraining *self, const InkRunPosition *at) {
  gint64 stream = at->epochs_before + at->epoch;
  gsize n = ink_training_count(self, INK_TRAIN);

  if (self->order_stream == stream)
    return;
  self->order = g_renew(guint32, self->order, n);
  if (self->recipe.shuffled) {
    ink_permutation(self->order, n, self->recipe.seed, stream);
  } else {
    for (gsize i = 0; i < n; i++)
      self->order[i] = i;
  }
  self->order_stream = stream;
}

/* Room for the last step's samples, the arrays behind the struct in one allocation. */
static void prepare_batch(InkSlice *slice, gsize n) {
  InkBatchView *batch = slice->batch;
  float *floats;

  if (batch)
    return;
  batch = slice->batch =
      g_malloc0(sizeof *batch + n * (sizeof(guint32) + 2 * sizeof(float) + sizeof(guint8)));
  floats = (float *)(batch + 1);
  batch->probability = floats;
  batch->loss = floats + n;
  batch->samples = (guint32 *)(floats + 2 * n);
  batch->predicted = (guint8 *)(floats + 3 * n);
}

/* Room for what belongs to each of its steps. */
static void prepare_steps(InkSlice *slice, float rate) {
  if (slice->steps > slice->room) {
    slice->rates = g_renew(float, slice->rates, slice->steps);
    slice->losses = g_renew(float, slice->losses, slice->steps);
    slice->room = slice->steps;
  }
  for (guint i = 0; i < slice->steps; i++)
    slice->rates[i] = rate;
}

/* Gives the device the steps from there on. */
static InkStatus give(InkTraining *self, InkSlice *slice, const InkRunPosition *at) {
  gboolean single = self->wish.state != INK_TRAINER_RUNNING;
  gsize count = ink_training_count(self, INK_TRAIN);
  gsize first = (gsize)at->epoch_step * self->recipe.batch, last, end;
  InkTrainRun run;

  slice->steps =
      ink_schedule_next_steps(&self->recipe, at, count, single ? 1 : self->train_pace.items);
  last = first + (gsize)(slice->steps - 1) * self->recipe.batch;
  end = MIN(last + self->recipe.batch, count);
  prepare_order(self, at);
  prepare_batch(slice, self->recipe.batch);
  prepare_steps(slice, self->recipe.learning_rate);
  run = (InkTrainRun){
      .order = self->order + first,
      .samples = end - first,
      .batch = self->recipe.batch,
      .learning_rate = slice->rates,
      .loss = slice->losses,
      .predicted = (guint8 *)slice->batch->predicted,
      .probability = (float *)slice->batch->probability,
      .sample_loss = (float *)slice->batch->loss,
  };
  slice->batch->count = end - last;
  memcpy((guint32 *)slice->batch->samples, self->order + last, (end - last) * sizeof *self->order);
  slice->begin = g_get_monotonic_time();
  return self->live.device->backend->train(self->live.net, &run);
}

static void advance(const InkTraining *self, InkRunPosition *at, guint n) {
  at->updates += n;
  at->epoch_step += n;
  if (at->epoch_step ==
      ink_schedule_steps_per_epoch(&self->recipe, ink_training_count(self, INK_TRAIN))) {
    at->epoch_step = 0;
    at->epoch++;
  }
}

InkStatus ink_training_look_ahead(InkTraining *self, const InkRunPosition *at) {
  if (!ink_training_looks_ahead(self) || self->wish.state != INK_TRAINER_RUNNING ||
      !ink_training_should_train(self) ||
      ink_schedule_is_complete(&self->recipe, at, ink_training_count(self, INK_TRAIN)))
    return INK_OK;
  return give(self, &self->ahead, at);
}

/* What follows the slice: a test, or more steps. */
static InkStatus look_ahead(InkTraining *self) {
  InkRunPosition next = self->at;

  advance(self, &next, self->slice.steps);
  if (!ink_schedule_test_follows(&self->recipe, self->at.epoch_step + self->slice.steps - 1))
    return ink_training_look_ahead(self, &next);
  ink_training_begin_interim_pass(self);
  return ink_training_looks_ahead(self) ? ink_training_give_images(self) : INK_OK;
}

/* The next slice, given before or now, until its losses are there; and what follows it is given: a
 * snapshot for the window between the two, so that the device has no pause. */
static InkStatus train_steps(InkTraining *self) {
  InkStatus status = INK_OK;

  if (self->ahead.steps) {
    InkSlice told = self->slice;

    self->slice = self->ahead;
    self->ahead = told;
    self->ahead.steps = 0;
  } else {
    status = give(self, &self->slice, &self->at);
  }
  if (status == INK_OK)
    status = ink_training_begin_snapshot(self);
  if (status == INK_OK)
    status = look_ahead(self);
  if (status == INK_OK)
    status = ink_live_network_wait(&self->live, self->ahead.steps || self->pass.given ? 1 : 0);
  return status;
}

/* The history of this thread goes into checkpoints; the main thread's gets the same points. */
static void record(InkTraining *self, const InkEpochPoint *begun, gint64 first, const float *losses,
                   guint n) {
  if (begun)
    ink_history_add_epoch(self->history, begun);
  for (guint i = 0; i < n; i++)
    ink_history_add_loss(self->history, first + i, losses[i]);
}

static guint count_finite(const float *losses, guint n) {
  guint finite = 0;

  while (finite < n && isfinite(losses[finite]))
    finite++;
  return finite;
}

void ink_training_train_slice(InkTraining *self) {
  gboolean single = self->wish.state != INK_TRAINER_RUNNING;
  gint64 first = self->total_updates;
  InkEpochPoint epoch = {.step = first, .epoch = self->at.epoch};
  const InkEpochPoint *begun = self->at.epoch_step == 0 ? &epoch : NULL;
  char *sentence = ink_training_prepare(self);
  const float *losses;
  guint n, finite;
  InkStatus status;

  if (sentence) {
    ink_training_suspend(self, sentence);
    return;
  }
  ink_training_start_clock(self);
  status = train_steps(self);
  if (status != INK_OK) {
    ink_training_fail_device(self, ink_live_network_explain(&self->live, status));
    return;
  }
  n = self->slice.steps;
  losses = self->slice.losses;
  ink_pace_learn(&self->train_pace, n, ink_training_slice_seconds(self, self->slice.begin, TRUE));
  finite = count_finite(losses, n);
  self->last_epoch = self->at.epoch;
  self->last_epoch_step = self->at.epoch_step + n - 1;
  self->last_loss = losses[n - 1];
  advance(self, &self->at, n);
  self->total_updates += n;
  record(self, begun, first, losses, finite);
  ink_training_report_steps(self, begun, first, losses, finite);
  self->steps_done += single;
  if (finite < n) {
    ink_training_fail_not_finite(self);
    return;
  }
  if (!ink_training_should_train(self)) {
    self->quick = TRUE;
    ink_training_rest(self);
  }
}
