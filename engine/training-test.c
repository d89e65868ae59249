/* The passes over test images: the interim tests of a run, and the one of all images at rest. */
#include "engine/training-private.h"

#include <math.h>

static guint interim_count(const InkTraining *self) {
  guint all = ink_training_count(self, INK_TEST);

  return self->recipe.eval_samples > 0 ? MIN(self->recipe.eval_samples, all) : all;
}

static void begin_pass(InkTraining *self, PassKind kind, guint n) {
  self->pass_kind = kind;
  ink_test_pass_begin(&self->pass, n, ink_dataset_get_classes(self->dataset),
                      n == ink_training_count(self, INK_TEST));
}

void ink_training_begin_interim_pass(InkTraining *self) {
  begin_pass(self, PASS_INTERIM, interim_count(self));
}

/* Nothing trains now: time to look at all test images. Of changed ones, which could crash it, the
 * next run tells. */
void ink_training_begin_rest_pass(InkTraining *self) {
  if (self->tested == self->total_updates || !ink_dataset_verify_unchanged(self->dataset, NULL))
    ink_training_finish_rest(self);
  else
    begin_pass(self, PASS_REST,
               self->quick ? interim_count(self) : ink_training_count(self, INK_TEST));
}

/* What the network makes of the first n images, after the last step. */
static InkTestPoint get_point(const InkTraining *self, const InkTestResult *result, guint n) {
  const guint8 *labels = ink_dataset_get_labels(self->dataset, INK_TEST);
  InkTestPoint test = {
      .step = self->total_updates - 1,
      .epoch = self->last_epoch,
      .epoch_step = self->last_epoch_step,
      .loss = self->last_loss,
      .total = n,
  };

  for (guint i = 0; i < n; i++)
    test.correct += result->predicted[i] == labels[i];
  return test;
}

static void finish_interim(InkTraining *self) {
  gboolean is_number = isfinite(self->pass.loss);
  InkTestResult *result = ink_test_pass_take(&self->pass);
  InkTestPoint test = get_point(self, result, result->count);
  char *sentence = NULL;
  InkCheckpoint *checkpoint;

  if (result->complete)
    self->tested = self->total_updates;
  ink_history_add_test(self->history, &test);
  ink_training_report_test(self, &test, result);
  if (!is_number && self->active) {
    ink_training_fail_not_finite(self);
    return;
  }
  checkpoint = ink_training_take(self, &sentence);
  if (!checkpoint) {
    ink_training_fail_device(self, sentence);
    return;
  }
  g_clear_pointer(&self->good, ink_checkpoint_unref);
  self->good = checkpoint;
  self->good_at = self->at;
  ink_training_submit(self, checkpoint);
  if (ink_training_should_train(self))
    return;
  if (self->quick)
    ink_training_finish_rest(self);
  else
    ink_training_begin_rest_pass(self);
}

/* Of a run that is over, before it is left: of as many images as an interim test has, for what is
 * made of the others nobody sees any more. */
void ink_training_make_last_test(InkTraining *self) {
  ink_test_pass_abandon(&self->pass);
  self->quick = TRUE;
  ink_training_begin_rest_pass(self);
  while (self->ending)
    ink_training_test_slice(self);
}

static void finish_pass(InkTraining *self) {
  if (self->pass_kind == PASS_INTERIM) {
    finish_interim(self);
    return;
  }
  if (self->pass.result->complete)
    self->tested = self->total_updates;
  /* The number may have been raised since the pass began. */
  self->rest_test =
      get_point(self, self->pass.result, MIN(interim_count(self), self->pass.result->count));
  ink_training_report_result(self, ink_test_pass_take(&self->pass));
  ink_training_finish_rest(self);
}

InkStatus ink_training_give_images(InkTraining *self) {
  return ink_test_pass_give(&self->pass, &self->test_pace, self->live.device->backend,
                            self->live.net);
}

/* What follows the last images of an interim test: the state that it tested, and more steps. */
static InkStatus look_ahead(InkTraining *self) {
  InkStatus status;

  if (self->pass_kind != PASS_INTERIM || !ink_training_looks_ahead(self) ||
      self->pass.done + self->pass.given < self->pass.result->count)
    return INK_OK;
  status = ink_live_network_begin_take(&self->live);
  return status == INK_OK ? ink_training_look_ahead(self, &self->at) : status;
}

/* A slice of the pass, given before or now, until its results are there; and what follows it is
 * given. */
static InkStatus test_images(InkTraining *self) {
  InkStatus status = self->pass.given ? INK_OK : ink_training_give_images(self);

  if (status == INK_OK)
    status = look_ahead(self);
  if (status == INK_OK)
    status = ink_live_network_wait(&self->live, self->ahead.steps ? 1 : 0);
  return status;
}

void ink_training_test_slice(InkTraining *self) {
  char *sentence = ink_training_prepare(self);
  InkStatus status;

  if (!sentence) {
    if (ink_training_should_train(self))
      ink_training_start_clock(self);
    status = test_images(self);
    if (status != INK_OK)
      sentence = ink_live_network_explain(&self->live, status);
  }
  if (!sentence) {
    ink_test_pass_advance(&self->pass, &self->test_pace,
                          ink_training_slice_seconds(self, self->pass.begin, FALSE));
    if (ink_test_pass_is_over(&self->pass))
      finish_pass(self);
    return;
  }
  if (self->active) {
    ink_training_fail_device(self, sentence);
    return;
  }
  /* After the run: its outcome stands, there is only no last test of it. */
  g_free(sentence);
  if (!self->held) {
    ink_live_network_close(&self->live);
    ink_training_set_held(self, self->good);
  }
  ink_test_pass_abandon(&self->pass);
  ink_training_finish_rest(self);
}
