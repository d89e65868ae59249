/* The training steps of a run, a slice of them at a time. */
#include "engine/training-private.h"

#include "kernels/numbers.h"

#include <math.h>

/* Makes `order` that of the epoch. */
static void prepare_order(InkTraining *self) {
  gint64 stream = self->at.epochs_before + self->at.epoch;
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
static void prepare_batch(InkTraining *self) {
  gsize n = self->recipe.batch;
  InkBatchView *batch = self->batch;
  float *floats;

  if (batch)
    return;
  batch = self->batch = g_malloc0(sizeof *batch + n * (2 * sizeof(float) + sizeof(guint8)));
  floats = (float *)(batch + 1);
  batch->probability = floats;
  batch->loss = floats + n;
  batch->predicted = (guint8 *)(floats + 2 * n);
}

/* Room for what belongs to each of a slice's steps. */
static void prepare_steps(InkTraining *self, guint n) {
  if (n > self->steps_room) {
    self->rates = g_renew(float, self->rates, n);
    self->losses = g_renew(float, self->losses, n);
    self->steps_room = n;
  }
  for (guint i = 0; i < n; i++)
    self->rates[i] = self->recipe.learning_rate;
}

static InkStatus train_steps(InkTraining *self, guint n) {
  gsize first = (gsize)self->at.epoch_step * self->recipe.batch;
  gsize last = first + (gsize)(n - 1) * self->recipe.batch;
  gsize end = MIN(last + self->recipe.batch, ink_training_count(self, INK_TRAIN));
  InkTrainRun run;

  prepare_order(self);
  prepare_batch(self);
  prepare_steps(self, n);
  run = (InkTrainRun){
      .order = self->order + first,
      .samples = end - first,
      .batch = self->recipe.batch,
      .learning_rate = self->rates,
      .loss = self->losses,
      .predicted = (guint8 *)self->batch->predicted,
      .probability = (float *)self->batch->probability,
      .sample_loss = (float *)self->batch->loss,
  };
  self->batch->samples = self->order + last;
  self->batch->count = end - last;
  return self->live.device->backend->train(self->live.net, &run);
}

static void advance(InkTraining *self, guint n, float last_loss) {
  self->last_epoch = self->at.epoch;
  self->last_epoch_step = self->at.epoch_step + n - 1;
  self->last_loss = last_loss;
  self->at.updates += n;
  self->total_updates += n;
  self->at.epoch_step += n;
  if (self->at.epoch_step ==
      ink_schedule_steps_per_epoch(&self->recipe, ink_training_count(self, INK_TRAIN))) {
    self->at.epoch_step = 0;
    self->at.epoch++;
  }
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
  gint64 first = self->total_updates, begin;
  InkEpochPoint epoch = {.step = first, .epoch = self->at.epoch};
  const InkEpochPoint *begun = self->at.epoch_step == 0 ? &epoch : NULL;
  char *sentence = ink_training_prepare(self);
  guint n, finite;
  InkStatus status;

  if (sentence) {
    ink_training_suspend(self, sentence);
    return;
  }
  ink_training_start_clock(self);
  n = ink_schedule_next_steps(&self->recipe, &self->at, ink_training_count(self, INK_TRAIN),
                              single ? 1 : self->train_pace.items);
  begin = g_get_monotonic_time();
  status = train_steps(self, n);
  if (status != INK_OK) {
    ink_training_fail_device(self, ink_live_network_explain(&self->live, status));
    return;
  }
  ink_pace_learn(&self->train_pace, n, (g_get_monotonic_time() - begin) / 1e6);
  finite = count_finite(self->losses, n);
  advance(self, n, self->losses[n - 1]);
  record(self, begun, first, self->losses, finite);
  ink_training_report_steps(self, begun, first, self->losses, finite);
  self->steps_done += single;
  if (finite < n) {
    ink_training_fail_not_finite(self);
    return;
  }
  if (ink_schedule_test_follows(&self->recipe, self->last_epoch_step))
    ink_training_begin_interim_pass(self);
  if (!ink_training_should_train(self)) {
    self->quick = TRUE;
    ink_training_rest(self);
  }
}
