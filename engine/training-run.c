/* The course of a run: its slices of training and testing, its rests and its end. */
#include "engine/training-private.h"

#include "kernels/numbers.h"

#include <glib/gi18n.h>

#include <math.h>

double ink_training_seconds(const InkTraining *self) {
  double running = self->clock_started ? (g_get_monotonic_time() - self->clock_started) / 1e6 : 0;

  return self->at.seconds + running;
}

static void start_clock(InkTraining *self) {
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
  self->tested = -1;
}

static gsize count(const InkTraining *self, InkSplit split) {
  return ink_dataset_get_count(self->dataset, split);
}

gboolean ink_training_is_complete(const InkTraining *self) {
  return ink_schedule_is_complete(&self->recipe, &self->at, count(self, INK_TRAIN));
}

/* Where training stands now, the network in `live`. NULL with a sentence if the device failed. */
static InkCheckpoint *take(InkTraining *self, char **sentence) {
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

static void pass_on_warning(InkTraining *self) {
  char *warning = self->writer ? ink_checkpoint_writer_take_error(self->writer) : NULL;

  if (warning)
    ink_training_report_warning(self, warning);
}

static void submit(InkTraining *self, InkCheckpoint *checkpoint) {
  if (!self->wish.checkpoint_path)
    return;
  if (!self->writer)
    self->writer = ink_checkpoint_writer_new();
  ink_checkpoint_writer_submit(self->writer, self->wish.checkpoint_path, checkpoint);
  pass_on_warning(self);
}

static void finish_rest(InkTraining *self) {
  if (self->writer)
    ink_checkpoint_writer_flush(self->writer);
  pass_on_warning(self);
  if (self->ending)
    ink_training_report_ended(self);
  self->ending = FALSE;
}

static guint interim_count(const InkTraining *self) {
  guint all = count(self, INK_TEST);

  return self->recipe.eval_samples > 0 ? MIN(self->recipe.eval_samples, all) : all;
}

static void begin_pass(InkTraining *self, PassKind kind, guint n) {
  self->pass_kind = kind;
  ink_test_pass_begin(&self->pass, n, ink_dataset_get_classes(self->dataset),
                      n == count(self, INK_TEST));
}

/* Nothing trains now: time to look at all test images. */
static void begin_rest_pass(InkTraining *self) {
  if (self->tested == self->total_updates)
    finish_rest(self);
  else
    begin_pass(self, PASS_REST, self->quick ? interim_count(self) : count(self, INK_TEST));
}

/* Takes the sentence. The network goes back to `back_to`, or stays where it is held. */
static void fail(InkTraining *self, char *sentence, InkCheckpoint *back_to) {
  g_autofree char *owned = sentence;

  stop_clock(self);
  self->active = FALSE;
  if (back_to)
    ink_training_set_held(self, back_to);
  ink_test_pass_abandon(&self->pass);
  g_assert(self->held);
  ink_training_report_rest(self, self->held->network, INK_OUTCOME_FAILED, owned);
  self->ending = TRUE;
  self->quick = FALSE;
  begin_rest_pass(self);
}

static void stand_at(InkTraining *self, const InkRunPosition *at) {
  self->at = *at;
  self->last_epoch = at->epoch;
  self->last_epoch_step = MAX(0, at->epoch_step - 1);
  self->rate = 0;
  self->rate_settled = FALSE;
  self->mark_seconds = at->seconds;
  self->mark_images = ink_schedule_samples_done(&self->recipe, at, count(self, INK_TRAIN));
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
static void suspend(InkTraining *self, char *sentence) {
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
static void fail_device(InkTraining *self, char *sentence) {
  ink_live_network_close(&self->live);
  if (!self->held)
    fall_back(self);
  suspend(self, sentence);
}

static void fail_not_finite(InkTraining *self) {
  fail(self,
       g_strdup_printf(
           _("The loss is no longer a number after step %'d of epoch %'d. The network is "
             "back at its last good test: lower the learning rate and start again."),
           self->last_epoch_step, self->last_epoch + 1),
       self->good);
}

/* Opens the network as wished and puts into it what is held. NULL, or one sentence: then the
 * network is held. */
static char *prepare(InkTraining *self) {
  InkNetOptions options = {
      .shape = *ink_network_get_shape(self->wish.origin->network),
      .device = self->wish.device->info.index,
      .threads = self->wish.threads,
  };
  char *sentence = NULL;
  InkStatus status;

  if (!ink_live_network_is(&self->live, self->wish.device, &options, self->dataset)) {
    if (!self->held) {
      g_autoptr(InkCheckpoint) checkpoint = take(self, &sentence);

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
    self->train_pace.items = self->test_pace.items = 1;
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
  InkCheckpoint *beginning = self->held ? ink_checkpoint_ref(self->held) : take(self, &sentence);

  self->good_at = self->at;
  if (!beginning)
    return;
  g_clear_pointer(&self->good, ink_checkpoint_unref);
  self->good = beginning;
}

void ink_training_begin_run(InkTraining *self) {
  gint64 epochs_begun = self->at.epochs_before + self->at.epoch + (self->at.epoch_step > 0);
  g_autoptr(GError) error = NULL;

  self->run = self->wish.run;
  self->recipe = self->wish.recipe;
  if (self->dataset)
    ink_dataset_unref(self->dataset);
  self->dataset = ink_dataset_ref(self->wish.dataset);
  stand_at(self, self->wish.goes_on ? &self->wish.origin->run
                                    : &(InkRunPosition){.epochs_before = epochs_begun});
  self->active = TRUE;
  self->ending = FALSE;
  self->troubles = 0;
  self->train_pace.items = 1; /* its batches may be larger than those before */
  self->quick = FALSE;
  self->clock_started = 0;
  self->steps_done = 0;
  self->last_loss = NAN;
  self->order_stream = -1;
  ink_test_pass_abandon(&self->pass);
  g_clear_pointer(&self->batch, g_free);
  remember_beginning(self);
  ink_training_report_begin(self);
  if (!ink_dataset_verify_unchanged(self->dataset, &error))
    fail(self, g_strdup(error->message), NULL);
}

void ink_training_rest(InkTraining *self) {
  stop_clock(self);
  if (ink_training_is_complete(self))
    return; /* its end comes next */
  if (self->held) {
    ink_training_report_rest(self, self->held->network, INK_OUTCOME_NONE, NULL);
  } else {
    char *sentence = NULL;
    g_autoptr(InkCheckpoint) checkpoint = take(self, &sentence);

    if (!checkpoint) {
      fail_device(self, sentence);
      return;
    }
    submit(self, checkpoint);
    ink_training_report_rest(self, checkpoint->network, INK_OUTCOME_NONE, NULL);
  }
  if (!ink_test_pass_is_active(&self->pass))
    begin_rest_pass(self);
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
  self->at.finished = outcome == INK_OUTCOME_FINISHED && self->at.epoch >= self->recipe.epochs;
  checkpoint = self->held ? ink_checkpoint_ref(self->held) : take(self, &sentence);
  if (!checkpoint) {
    fail_device(self, sentence);
    return;
  }
  if (!self->held && !is_finite(checkpoint->network)) {
    fail_not_finite(self);
    return;
  }
  self->active = FALSE;
  if (!self->held)
    submit(self, checkpoint);
  ink_training_report_rest(self, checkpoint->network, outcome, NULL);
  self->ending = TRUE;
  self->quick = FALSE;
  if (!ink_test_pass_is_active(&self->pass))
    begin_rest_pass(self);
}

/* Makes `order` that of the epoch. */
static void prepare_order(InkTraining *self) {
  gint64 stream = self->at.epochs_before + self->at.epoch;
  gsize n = count(self, INK_TRAIN);

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
  gsize end = MIN(last + self->recipe.batch, count(self, INK_TRAIN));
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
  if (self->at.epoch_step == ink_schedule_steps_per_epoch(&self->recipe, count(self, INK_TRAIN))) {
    self->at.epoch_step = 0;
    self->at.epoch++;
  }
}

/* The history of this thread goes into checkpoints; the main thread's gets the same points. */
static void record(InkTraining *self, gboolean epoch_begun, gint64 first, const float *losses,
                   guint n) {
  if (epoch_begun)
    ink_history_add_epoch(self->history, first);
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
  gboolean epoch_begun = self->at.epoch_step == 0;
  gint64 first = self->total_updates, begin;
  char *sentence = prepare(self);
  guint n, finite;
  InkStatus status;

  if (sentence) {
    suspend(self, sentence);
    return;
  }
  start_clock(self);
  n = ink_schedule_next_steps(&self->recipe, &self->at, count(self, INK_TRAIN),
                              single ? 1 : self->train_pace.items);
  begin = g_get_monotonic_time();
  status = train_steps(self, n);
  if (status != INK_OK) {
    fail_device(self, ink_live_network_explain(&self->live, status));
    return;
  }
  ink_pace_learn(&self->train_pace, n, (g_get_monotonic_time() - begin) / 1e6);
  finite = count_finite(self->losses, n);
  advance(self, n, self->losses[n - 1]);
  record(self, epoch_begun, first, self->losses, finite);
  ink_training_report_steps(self, epoch_begun, first, self->losses, finite);
  self->steps_done += single;
  if (finite < n) {
    fail_not_finite(self);
    return;
  }
  if (ink_schedule_test_follows(&self->recipe, self->last_epoch_step))
    begin_pass(self, PASS_INTERIM, interim_count(self));
  if (!ink_training_should_train(self)) {
    self->quick = TRUE;
    ink_training_rest(self);
  }
}

static void finish_interim(InkTraining *self) {
  gboolean is_number = isfinite(self->pass.loss);
  InkTestResult *result = ink_test_pass_take(&self->pass);
  InkTestPoint test = {
      .step = self->total_updates - 1,
      .epoch = self->last_epoch,
      .epoch_step = self->last_epoch_step,
      .loss = self->last_loss,
      .correct = result->correct,
      .total = result->count,
  };
  char *sentence = NULL;
  InkCheckpoint *checkpoint;

  if (result->complete)
    self->tested = self->total_updates;
  ink_history_add_test(self->history, &test);
  ink_training_report_test(self, &test, result);
  if (!is_number && self->active) {
    fail_not_finite(self);
    return;
  }
  checkpoint = take(self, &sentence);
  if (!checkpoint) {
    fail_device(self, sentence);
    return;
  }
  g_clear_pointer(&self->good, ink_checkpoint_unref);
  self->good = checkpoint;
  self->good_at = self->at;
  submit(self, checkpoint);
  if (ink_training_should_train(self))
    return;
  if (self->quick)
    finish_rest(self);
  else
    begin_rest_pass(self);
}

static void finish_pass(InkTraining *self) {
  if (self->pass_kind == PASS_INTERIM) {
    finish_interim(self);
    return;
  }
  if (self->pass.result->complete)
    self->tested = self->total_updates;
  ink_training_report_result(self, ink_test_pass_take(&self->pass));
  finish_rest(self);
}

void ink_training_test_slice(InkTraining *self) {
  char *sentence = prepare(self);
  InkStatus status = INK_OK;

  if (!sentence) {
    if (ink_training_should_train(self))
      start_clock(self);
    status = ink_test_pass_advance(&self->pass, &self->test_pace, self->live.device->backend,
                                   self->live.net);
    if (status != INK_OK)
      sentence = ink_live_network_explain(&self->live, status);
  }
  if (!sentence) {
    if (ink_test_pass_is_over(&self->pass))
      finish_pass(self);
    return;
  }
  if (self->active) {
    fail_device(self, sentence);
    return;
  }
  /* After the run: its outcome stands, there is only no last test of it. */
  g_free(sentence);
  if (!self->held) {
    ink_live_network_close(&self->live);
    ink_training_set_held(self, self->good);
  }
  ink_test_pass_abandon(&self->pass);
  finish_rest(self);
}
