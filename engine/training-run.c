/* The course of a run: its beginning, rests, failures and end. */
#include "engine/training-private.h"

#include <glib/gi18n.h>

#include <math.h>

double ink_training_seconds(const InkTraining *self) {
  double running = self->clock_started ? (g_get_monotonic_time() - self->clock_started) / 1e6 : 0;

  return self->at.seconds + running;
}

void ink_training_start_clock(InkTraining *self) {
  if (!self->clock_started)
    self->clock_started = g_get_monotonic_time();
}

static void stop_clock(InkTraining *self) {
  self->at.seconds = ink_training_seconds(self);
  self->clock_started = 0;
}

void ink_training_set_held(InkTraining *self, InkCheckpoint *checkpoint) {
  if (checkpoint)
    ink_checkpoint_ref(checkpoint);
  g_clear_pointer(&self->held, ink_checkpoint_unref);
  self->held = checkpoint;
  self->tested = self->rest_test.step = -1;
}

gsize ink_training_count(const InkTraining *self, InkSplit split) {
  return ink_dataset_get_count(self->dataset, split);
}

gboolean ink_training_is_complete(const InkTraining *self) {
  return ink_schedule_is_complete(&self->recipe, &self->at, ink_training_count(self, INK_TRAIN));
}

/* Where training stands now, the network in `live`. NULL with a sentence if the device failed. */
InkCheckpoint *ink_training_take(InkTraining *self, char **sentence) {
  InkCheckpoint *checkpoint = NULL;
  InkStatus status = ink_live_network_take(&self->live, self->wish.origin->network, &checkpoint);

  if (status != INK_OK) {
    *sentence = ink_live_network_explain(&self->live, status);
    return NULL;
  }
  checkpoint->recipe = self->recipe;
  checkpoint->run = self->at;
  checkpoint->run.seconds = ink_training_seconds(self);
  checkpoint->total_updates = self->total_updates;
  checkpoint->dataset_identity = g_strdup(ink_dataset_get_identity(self->dataset));
  if (self->wish.checkpoint_path)
    checkpoint->history = ink_history_copy(self->history);
  return checkpoint;
}

void ink_training_submit(InkTraining *self, InkCheckpoint *checkpoint) {
  char *warning;

  if (!self->wish.checkpoint_path)
    return;
  if (!self->writer)
    self->writer = ink_checkpoint_writer_new();
  ink_checkpoint_writer_submit(self->writer, self->wish.checkpoint_path, checkpoint);
  warning = ink_checkpoint_writer_take_error(self->writer); /* of one before */
  if (warning)
    ink_training_report_written(self, warning);
}

/* Of a run that is over for good, and has trained since its last interim test. */
static gboolean has_last_test(const InkTraining *self) {
  guint n;
  const InkTestPoint *tests = ink_history_get_tests(self->history, &n);

  return self->ending && self->at.finished && self->rest_test.step == self->total_updates - 1 &&
         (n == 0 || tests[n - 1].step < self->rest_test.step);
}

/* Adds it to the history, and to that in the checkpoint. */
static void record_last_test(InkTraining *self) {
  g_autoptr(InkCheckpoint) checkpoint = NULL;
  g_autofree char *sentence = NULL;

  ink_history_add_test(self->history, &self->rest_test);
  if (!self->wish.checkpoint_path || self->held)
    return;
  checkpoint = ink_training_take(self, &sentence);
  if (checkpoint) /* else the one of the run's end is there */
    ink_training_submit(self, checkpoint);
}

void ink_training_finish_rest(InkTraining *self) {
  gboolean last = has_last_test(self);

  if (last)
    record_last_test(self);
  if (self->writer) {
    ink_checkpoint_writer_flush(self->writer);
    ink_training_report_written(self, ink_checkpoint_writer_take_error(self->writer));
  }
  if (self->ending)
    ink_training_report_ended(self, last ? &self->rest_test : NULL);
  self->ending = FALSE;
}

/* Takes the sentence. The network goes back to `back_to`, or stays where it is held. */
static void fail(InkTraining *self, char *sentence, InkCheckpoint *back_to) {
  g_autofree char *owned = sentence;

  stop_clock(self);
  self->active = FALSE;
  if (back_to)
    ink_training_set_held(self, back_to);
  ink_live_network_drop(&self->live);
  self->ahead.steps = 0;
  ink_test_pass_abandon(&self->pass);
  g_assert(self->held);
  ink_training_report_rest(self, self->held->network, INK_OUTCOME_FAILED, owned);
  self->ending = TRUE;
  self->quick = FALSE;
  ink_training_begin_rest_pass(self);
}

static void stand_at(InkTraining *self, const InkRunPosition *at) {
  self->at = *at;
  self->last_epoch = at->epoch;
  self->last_epoch_step = MAX(0, at->epoch_step - 1);
  self->rate = 0;
  self->rate_settled = FALSE;
  self->mark_seconds = at->seconds;
  self->mark_images =
      ink_schedule_samples_done(&self->recipe, at, ink_training_count(self, INK_TRAIN));
}

/* To where the run was last good; the time that it took since is spent. */
static void fall_back(InkTraining *self) {
  stop_clock(self);
  self->good_at.seconds = self->at.seconds;
  stand_at(self, &self->good_at);
  ink_training_set_held(self, self->good);
}

/* The device does not work, and the network is held. A run that has got somewhere is paused there,
 * and can go on, also elsewhere. Takes the sentence. */
void ink_training_suspend(InkTraining *self, char *sentence) {
  g_autofree char *owned = sentence;

  if (self->at.updates == 0 || self->wish.state == INK_TRAINER_IDLE) {
    fail(self, g_steal_pointer(&owned), NULL);
    return;
  }
  stop_clock(self);
  ink_test_pass_abandon(&self->pass);
  self->steps_done = self->wish.steps;
  self->troubles++;
  ink_training_report_rest(self, self->held->network, INK_OUTCOME_NONE, owned);
}

/* The device failed: what it holds is lost. Takes the sentence. */
void ink_training_fail_device(InkTraining *self, char *sentence) {
  ink_live_network_close(&self->live);
  self->ahead.steps = 0;
  if (!self->held)
    fall_back(self);
  ink_training_suspend(self, sentence);
}

void ink_training_fail_not_finite(InkTraining *self) {
  fail(self,
       g_strdup_printf(
           _("The loss is no longer a number after step %'d of epoch %'d. The network is "
             "back at its last good test: lower the learning rate and start again."),
           self->last_epoch_step, self->last_epoch + 1),
       self->good);
}

static void begin_train_pace(InkTraining *self) {
  ink_pace_begin(&self->train_pace, self->wish.device->info.at_once, self->recipe.batch);
}

/* Opens the network as wished and puts into it what is held. NULL, or one sentence: then the
 * network is held. */
char *ink_training_prepare(InkTraining *self) {
  InkNetOptions options = {
      .shape = *ink_network_get_shape(self->wish.origin->network),
      .device = self->wish.device->info.index,
      .threads = self->wish.threads,
  };
  char *sentence = NULL;
  InkStatus status;

  if (!ink_live_network_is(&self->live, self->wish.device, &options, self->dataset)) {
    if (!self->held) {
      g_autoptr(InkCheckpoint) checkpoint = ink_training_take(self, &sentence);

      if (!checkpoint) {
        fall_back(self);
        return sentence;
      }
      ink_training_set_held(self, checkpoint);
    }
    ink_live_network_close(&self->live);
    sentence = ink_live_network_open(&self->live, self->wish.device, &options, self->dataset);
    if (sentence)
      return sentence;
    begin_train_pace(self);
    ink_pace_begin(&self->test_pace, self->wish.device->info.at_once, 1);
  }
  if (!self->held)
    return NULL;
  status = ink_live_network_put(&self->live, self->held);
  if (status != INK_OK)
    return ink_live_network_explain(&self->live, status);
  g_clear_pointer(&self->held, ink_checkpoint_unref);
  return NULL;
}

/* What to fall back to until the first test. If the device fails already here, that will show at
 * the first step, and what was good before still is. */
static void remember_beginning(InkTraining *self) {
  g_autofree char *sentence = NULL;
  InkCheckpoint *beginning =
      self->held ? ink_checkpoint_ref(self->held) : ink_training_take(self, &sentence);

  self->good_at = self->at;
  if (!beginning)
    return;
  g_clear_pointer(&self->good, ink_checkpoint_unref);
  self->good = beginning;
}

static void adopt_dataset(InkTraining *self) {
  if (self->dataset)
    ink_dataset_unref(self->dataset);
  self->dataset = ink_dataset_ref(self->wish.dataset);
}

/* Of a network that came trained. */
void ink_training_begin_first_test(InkTraining *self) {
  self->recipe = self->wish.recipe;
  adopt_dataset(self);
  remember_beginning(self);
  self->quick = FALSE;
  ink_training_begin_rest_pass(self);
}

void ink_training_begin_run(InkTraining *self) {
  gint64 epochs_begun = self->at.epochs_before + self->at.epoch + (self->at.epoch_step > 0);
  g_autoptr(GError) error = NULL;

  self->run = self->wish.run;
  self->recipe = self->wish.recipe;
  adopt_dataset(self);
  begin_train_pace(self); /* its batches may be larger than those before */
  stand_at(self, self->wish.goes_on ? &self->wish.origin->run
                                    : &(InkRunPosition){.epochs_before = epochs_begun});
  self->active = TRUE;
  self->ending = FALSE;
  self->troubles = 0;
  self->quick = FALSE;
  self->clock_started = 0;
  self->steps_done = 0;
  self->last_loss = NAN;
  self->order_stream = -1;
  ink_test_pass_abandon(&self->pass);
  ink_training_clear_batches(self);
  remember_beginning(self);
  ink_training_report_begin(self);
  if (!ink_dataset_verify_unchanged(self->dataset, &error))
    fail(self, g_strdup(error->message), self->good);
}

void ink_training_rest(InkTraining *self) {
  stop_clock(self);
  if (ink_training_is_complete(self))
    return; /* its end comes next */
  if (self->held) {
    ink_training_report_rest(self, self->held->network, INK_OUTCOME_NONE, NULL);
  } else {
    char *sentence = NULL;
    g_autoptr(InkCheckpoint) checkpoint = ink_training_take(self, &sentence);

    if (!checkpoint) {
      ink_training_fail_device(self, sentence);
      return;
    }
    ink_training_submit(self, checkpoint);
    ink_training_report_rest(self, checkpoint->network, INK_OUTCOME_NONE, NULL);
  }
  if (!ink_test_pass_is_active(&self->pass))
    ink_training_begin_rest_pass(self);
}

static gboolean is_finite(InkNetwork *network) {
  const float *parameters = ink_network_get_parameters(network);
  gsize n = ink_shape_parameters(ink_network_get_shape(network));

  for (gsize i = 0; i < n; i++)
    if (!isfinite(parameters[i]))
      return FALSE;
  return TRUE;
}

void ink_training_end_run(InkTraining *self, InkOutcome outcome) {
  g_autoptr(InkCheckpoint) checkpoint = NULL;
  char *sentence = NULL;

  stop_clock(self);
  /* A run that max_steps ended can be resumed past it. */
  self->at.finished = outcome == INK_OUTCOME_FINISHED ? self->at.epoch >= self->recipe.epochs
                                                      : !self->wish.interrupts;
  checkpoint = self->held ? ink_checkpoint_ref(self->held) : ink_training_take(self, &sentence);
  if (!checkpoint) {
    ink_training_fail_device(self, sentence);
    return;
  }
  if (!self->held && !is_finite(checkpoint->network)) {
    ink_training_fail_not_finite(self);
    return;
  }
  self->active = FALSE;
  if (!self->held)
    ink_training_submit(self, checkpoint);
  ink_training_report_rest(self, checkpoint->network, outcome, NULL);
  self->ending = TRUE;
  self->quick = FALSE;
  if (!ink_test_pass_is_active(&self->pass))
    ink_training_begin_rest_pass(self);
}

void ink_training_leave(InkTraining *self) {
  g_autoptr(InkCheckpoint) checkpoint = NULL;
  g_autofree char *sentence = NULL;

  if (self->ending && self->at.finished && self->wish.checkpoint_path)
    ink_training_make_last_test(self);
  if (!self->active || self->held)
    return; /* the last that was written stands there */
  checkpoint = ink_training_take(self, &sentence);
  if (checkpoint && is_finite(checkpoint->network))
    ink_training_submit(self, checkpoint);
}
