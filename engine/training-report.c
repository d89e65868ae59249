/* What the training thread tells the main thread, and when. */
#include "engine/training-private.h"

#include <math.h>

/* Snapshots of the weights and of the batch leave at this rate. */
static const gint64 SNAPSHOT_INTERVAL = G_USEC_PER_SEC / 30;

/* images_per_second is measured over so long. */
#define RATE_SECONDS 1.0

static gsize train_count(const InkTraining *self) {
  return ink_dataset_get_count(self->dataset, INK_TRAIN);
}

static void measure_rate(InkTraining *self, double seconds) {
  double images = ink_schedule_samples_done(&self->recipe, &self->at, train_count(self));
  double passed = seconds - self->mark_seconds;

  if (!self->active) { /* the whole run's */
    self->rate = seconds > 0 ? images / seconds : 0;
    return;
  }
  if (passed > 0 && (passed >= RATE_SECONDS || !self->rate_settled))
    self->rate = (images - self->mark_images) / passed;
  if (passed >= RATE_SECONDS) {
    self->mark_seconds = seconds;
    self->mark_images = images;
    self->rate_settled = TRUE;
  }
}

static void fill_progress(InkTraining *self, InkProgress *progress) {
  double seconds = ink_training_seconds(self);
  gint64 planned = ink_schedule_planned(&self->recipe, &self->at, train_count(self));
  double images_left = (double)(planned - self->at.updates) * self->recipe.batch;

  measure_rate(self, seconds);
  *progress = (InkProgress){
      .epoch = self->last_epoch,
      .epochs = MAX(self->recipe.epochs, self->last_epoch + 1),
      .epoch_step = self->last_epoch_step,
      .steps_per_epoch = ink_schedule_steps_per_epoch(&self->recipe, train_count(self)),
      .updates = self->at.updates,
      .planned = planned,
      .total_updates = self->total_updates,
      .loss = self->last_loss,
      .seconds = seconds,
      .images_per_second = self->rate,
      .seconds_left = self->rate > 0 ? images_left / self->rate : NAN,
  };
}

static InkReport *open_report(InkTraining *self) {
  InkReport *report = ink_mailbox_open(self->mailbox);

  report->life = self->life;
  report->run = self->run;
  report->troubles = self->troubles;
  return report;
}

static void close_report(InkTraining *self, InkReport *report, gboolean urgent) {
  if (self->run != 0)
    fill_progress(self, &report->progress);
  report->unkept = self->writer && ink_checkpoint_writer_is_failing(self->writer);
  ink_mailbox_close(self->mailbox, urgent);
}

static void set_network(InkReport *report, InkNetwork *network) {
  g_clear_pointer(&report->network, ink_network_unref);
  report->network = network;
}

/* A report shows the images of one data set: what it showed of another's is forgotten. */
static void set_dataset(InkTraining *self, InkReport *report) {
  if (report->dataset == self->dataset)
    return;
  g_clear_pointer(&report->batch, g_free);
  g_clear_pointer(&report->result, ink_test_result_unref);
  g_clear_pointer(&report->dataset, ink_dataset_unref);
  report->dataset = ink_dataset_ref(self->dataset);
}

static void set_result(InkTraining *self, InkReport *report, InkTestResult *result) {
  set_dataset(self, report);
  g_clear_pointer(&report->result, ink_test_result_unref);
  report->result = result;
}

/* A copy that is one allocation: the arrays follow the struct, those of 4-byte items first. */
static InkBatchView *copy_batch(const InkBatchView *batch) {
  guint n = batch->count;
  InkBatchView *copy =
      g_malloc(sizeof *copy + n * (sizeof(guint32) + 2 * sizeof(float) + sizeof(guint8)));
  guint32 *samples = (guint32 *)(copy + 1);
  float *probability = (float *)(samples + n), *loss = probability + n;
  guint8 *predicted = (guint8 *)(loss + n);

  memcpy(samples, batch->samples, n * sizeof *samples);
  memcpy(probability, batch->probability, n * sizeof *probability);
  memcpy(loss, batch->loss, n * sizeof *loss);
  memcpy(predicted, batch->predicted, n);
  *copy = (InkBatchView){n, samples, predicted, probability, loss};
  return copy;
}

static void set_batch(InkTraining *self, InkReport *report) {
  if (!self->slice.batch)
    return;
  set_dataset(self, report);
  g_free(report->batch);
  report->batch = copy_batch(self->slice.batch);
}

void ink_training_report_life(InkTraining *self) {
  InkReport *report = open_report(self);

  ink_report_clear(report);
  close_report(self, report, TRUE);
}

void ink_training_report_begin(InkTraining *self) {
  InkReport *report = open_report(self);

  report->outcome = INK_OUTCOME_NONE;
  report->ended = FALSE;
  close_report(self, report, TRUE);
}

InkStatus ink_training_begin_snapshot(InkTraining *self) {
  gint64 now = g_get_monotonic_time();

  if (now - self->last_snapshot < SNAPSHOT_INTERVAL)
    return INK_OK;
  self->last_snapshot = now;
  return ink_live_network_begin_snapshot(&self->live);
}

void ink_training_report_steps(InkTraining *self, const InkEpochPoint *begun, gint64 first,
                               const float *losses, guint n) {
  InkNetwork *network = ink_live_network_end_snapshot(&self->live, self->wish.origin->network);
  InkReport *report = open_report(self);

  if (begun)
    g_array_append_val(report->epochs, *begun);
  for (guint i = 0; i < n; i++) {
    InkLossPoint point = {.step = first + i, .steps = 1, .loss = losses[i]};

    g_array_append_val(report->losses, point);
  }
  if (network) {
    set_network(report, network);
    set_batch(self, report);
  }
  close_report(self, report, FALSE);
}

void ink_training_report_test(InkTraining *self, const InkTestPoint *test, InkTestResult *result) {
  InkReport *report = open_report(self);

  g_array_append_val(report->tests, *test);
  set_result(self, report, result);
  close_report(self, report, FALSE);
}

void ink_training_report_rest(InkTraining *self, InkNetwork *network, InkOutcome outcome,
                              const char *failure) {
  InkReport *report = open_report(self);

  set_network(report, ink_network_ref(network));
  set_batch(self, report);
  report->outcome = outcome;
  if (failure) {
    g_free(report->failure);
    report->failure = g_strdup(failure);
  }
  close_report(self, report, TRUE);
}

void ink_training_report_result(InkTraining *self, InkTestResult *result) {
  InkReport *report = open_report(self);

  set_result(self, report, result);
  close_report(self, report, TRUE);
}

void ink_training_report_ended(InkTraining *self, const InkTestPoint *last) {
  InkReport *report = open_report(self);

  if (last)
    g_array_append_val(report->tests, *last);
  report->ended = TRUE;
  close_report(self, report, TRUE);
}

void ink_training_report_written(InkTraining *self, char *warning) {
  InkReport *report = open_report(self);

  if (warning) {
    g_free(report->warning);
    report->warning = warning;
  }
  close_report(self, report, TRUE);
}
