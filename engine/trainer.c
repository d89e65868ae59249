/* What a trainer shows: properties and signals, kept up to date by the reports of the thread. */
#include "engine/trainer-private.h"

#include <math.h>

enum {
  PROP_STATE = 1,
  PROP_DATASET,
  PROP_NETWORK,
  PROP_TEST_RESULT,
  PROP_DEVICE,
  PROP_LOCKED,
  PROP_TRAINED,
  N_PROPERTIES
};

enum { RECIPE_CHANGED, PROGRESS, FAILED, ENDED, N_SIGNALS };

static GParamSpec *properties[N_PROPERTIES];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(InkTrainer, ink_trainer, G_TYPE_OBJECT)

gboolean ink_trainer_is_trained(InkTrainer *self) {
  g_return_val_if_fail(INK_IS_TRAINER(self), FALSE);
  return self->from_file || self->progress.total_updates > 0;
}

static void notify(InkTrainer *self, guint property) {
  g_object_notify_by_pspec(G_OBJECT(self), properties[property]);
}

void ink_trainer_show_state(InkTrainer *self, InkTrainerState state) {
  gboolean was_locked = self->wish.state != INK_TRAINER_IDLE;

  if (self->wish.state == state)
    return;
  self->wish.state = state;
  notify(self, PROP_STATE);
  if (was_locked != (state != INK_TRAINER_IDLE))
    notify(self, PROP_LOCKED);
}

void ink_trainer_show_test_result(InkTrainer *self, InkTestResult *result) {
  if (self->test_result == result)
    return;
  g_clear_pointer(&self->test_result, ink_test_result_unref);
  self->test_result = result;
  notify(self, PROP_TEST_RESULT);
}

void ink_trainer_show_network(InkTrainer *self, InkNetwork *network) {
  g_clear_pointer(&self->network, ink_network_unref);
  self->network = network;
  notify(self, PROP_NETWORK);
}

static void take_points(InkTrainer *self, const InkReport *report) {
  for (guint i = 0; i < report->epochs->len; i++)
    ink_history_add_epoch(self->history, &g_array_index(report->epochs, InkEpochPoint, i));
  for (guint i = 0; i < report->losses->len; i++)
    ink_history_add_loss_point(self->history, &g_array_index(report->losses, InkLossPoint, i));
  for (guint i = 0; i < report->tests->len; i++)
    ink_history_add_test(self->history, &g_array_index(report->tests, InkTestPoint, i));
}

static void take_progress(InkTrainer *self, const InkReport *report) {
  gboolean was_trained = ink_trainer_is_trained(self);

  self->progress = report->progress;
  ink_history_set_planned(self->history, report->progress.total_updates - report->progress.updates +
                                             report->progress.planned);
  if (ink_trainer_is_trained(self) != was_trained)
    notify(self, PROP_TRAINED);
}

/* Handlers may do anything, also start, reset or dispose: look again before each emission. */
static void tell(InkTrainer *self, const InkReport *report) {
  gboolean is_over = report->outcome != INK_OUTCOME_NONE;
  guint life = report->life, run = report->run;

  if (is_over && run == self->wish.run) {
    self->outcome = report->outcome;
    ink_trainer_show_state(self, INK_TRAINER_IDLE);
  } else if (run == self->wish.run && report->troubles != self->wish.troubles) {
    self->wish.troubles = report->troubles;
    if (self->wish.state == INK_TRAINER_RUNNING)
      ink_trainer_show_state(self, INK_TRAINER_PAUSED);
    ink_trainer_push_wish(self);
  }
  if (life == self->wish.life)
    g_signal_emit(self, signals[PROGRESS], 0);
  if (report->warning)
    g_signal_emit(self, signals[FAILED], 0, report->warning);
  if (report->failure)
    g_signal_emit(self, signals[FAILED], 0, report->failure);
  if (report->ended && life == self->wish.life && run == self->wish.run)
    g_signal_emit(self, signals[ENDED], 0);
}

static void take_report(InkReport *report, gpointer user_data) {
  g_autoptr(InkTrainer) self = g_object_ref(user_data);
  gboolean is_shown = report->dataset && ink_dataset_equal(report->dataset, self->dataset);

  if (report->life != self->wish.life)
    return;
  self->unkept = report->unkept;
  take_points(self, report);
  if (report->run == self->wish.run && report->run != 0)
    take_progress(self, report);
  if (report->batch && is_shown) {
    g_free(self->batch);
    self->batch = g_steal_pointer(&report->batch);
  }
  if (report->network)
    ink_trainer_show_network(self, g_steal_pointer(&report->network));
  if (report->result && is_shown)
    ink_trainer_show_test_result(self, g_steal_pointer(&report->result));
  tell(self, report);
}

static void ink_trainer_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec) {
  InkTrainer *self = INK_TRAINER(object);

  switch (id) {
  case PROP_STATE:
    g_value_set_int(value, self->wish.state);
    break;
  case PROP_DATASET:
    g_value_set_boxed(value, self->dataset);
    break;
  case PROP_NETWORK:
    g_value_set_boxed(value, self->network);
    break;
  case PROP_TEST_RESULT:
    g_value_set_boxed(value, self->test_result);
    break;
  case PROP_DEVICE:
    g_value_set_string(value, self->wish.device->id);
    break;
  case PROP_LOCKED:
    g_value_set_boolean(value, self->wish.state != INK_TRAINER_IDLE);
    break;
  case PROP_TRAINED:
    g_value_set_boolean(value, ink_trainer_is_trained(self));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  }
}

static void ink_trainer_dispose(GObject *object) {
  InkTrainer *self = INK_TRAINER(object);

  g_clear_pointer(&self->thread, ink_training_thread_free);
  g_clear_pointer(&self->mailbox, ink_mailbox_free);
  G_OBJECT_CLASS(ink_trainer_parent_class)->dispose(object);
}

static void ink_trainer_finalize(GObject *object) {
  InkTrainer *self = INK_TRAINER(object);

  ink_wish_clear(&self->wish);
  g_clear_pointer(&self->dataset, ink_dataset_unref);
  g_clear_pointer(&self->history, ink_history_unref);
  g_clear_pointer(&self->network, ink_network_unref);
  g_clear_pointer(&self->test_result, ink_test_result_unref);
  g_free(self->batch);
  G_OBJECT_CLASS(ink_trainer_parent_class)->finalize(object);
}

static void ink_trainer_class_init(InkTrainerClass *klass) {
  GObjectClass *object_class = G_OBJECT_CLASS(klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = ink_trainer_get_property;
  object_class->dispose = ink_trainer_dispose;
  object_class->finalize = ink_trainer_finalize;

  properties[PROP_STATE] = g_param_spec_int("state", NULL, NULL, INK_TRAINER_IDLE,
                                            INK_TRAINER_PAUSED, INK_TRAINER_IDLE, flags);
  properties[PROP_DATASET] = g_param_spec_boxed("dataset", NULL, NULL, INK_TYPE_DATASET, flags);
  properties[PROP_NETWORK] = g_param_spec_boxed("network", NULL, NULL, INK_TYPE_NETWORK, flags);
  properties[PROP_TEST_RESULT] =
      g_param_spec_boxed("test-result", NULL, NULL, INK_TYPE_TEST_RESULT, flags);
  properties[PROP_DEVICE] = g_param_spec_string("device", NULL, NULL, NULL, flags);
  properties[PROP_LOCKED] = g_param_spec_boolean("locked", NULL, NULL, FALSE, flags);
  properties[PROP_TRAINED] = g_param_spec_boolean("trained", NULL, NULL, FALSE, flags);
  g_object_class_install_properties(object_class, N_PROPERTIES, properties);

  signals[RECIPE_CHANGED] = g_signal_new("recipe-changed", INK_TYPE_TRAINER, G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[PROGRESS] = g_signal_new("progress", INK_TYPE_TRAINER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
  signals[FAILED] = g_signal_new("failed", INK_TYPE_TRAINER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[ENDED] = g_signal_new("ended", INK_TYPE_TRAINER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 0);
}

static void ink_trainer_init(InkTrainer *self) {
  self->mailbox = ink_mailbox_new(take_report, self);
  self->recipe = self->wish.recipe = ink_recipe_for_preset(INK_PRESET_SEED_CPU);
  self->wish.device = ink_device_find("cpu", NULL);
  self->wish.threads = ink_device_processors();
  self->history = ink_history_new();
  self->progress.loss = self->progress.seconds_left = NAN;
}

InkTrainer *ink_trainer_new(void) {
  return g_object_new(INK_TYPE_TRAINER, NULL);
}

InkDataset *ink_trainer_get_dataset(InkTrainer *self) {
  g_return_val_if_fail(INK_IS_TRAINER(self), NULL);
  return self->dataset;
}

const InkRecipe *ink_trainer_get_recipe(InkTrainer *self) {
  g_return_val_if_fail(INK_IS_TRAINER(self), NULL);
  return &self->recipe;
}

const InkDeviceEntry *ink_trainer_get_device(InkTrainer *self) {
  g_return_val_if_fail(INK_IS_TRAINER(self), NULL);
  return self->wish.device;
}

int ink_trainer_get_threads(InkTrainer *self) {
  g_return_val_if_fail(INK_IS_TRAINER(self), 0);
  return self->wish.threads;
}

InkTrainerState ink_trainer_get_state(InkTrainer *self) {
  g_return_val_if_fail(INK_IS_TRAINER(self), INK_TRAINER_IDLE);
  return self->wish.state;
}

gboolean ink_trainer_is_unkept(InkTrainer *self) {
  g_return_val_if_fail(INK_IS_TRAINER(self), FALSE);
  return self->unkept;
}

InkOutcome ink_trainer_get_outcome(InkTrainer *self) {
  g_return_val_if_fail(INK_IS_TRAINER(self), INK_OUTCOME_NONE);
  return self->outcome;
}

const InkProgress *ink_trainer_get_progress(InkTrainer *self) {
  g_return_val_if_fail(INK_IS_TRAINER(self), NULL);
  return &self->progress;
}

InkHistory *ink_trainer_get_history(InkTrainer *self) {
  g_return_val_if_fail(INK_IS_TRAINER(self), NULL);
  return self->history;
}

InkNetwork *ink_trainer_get_network(InkTrainer *self) {
  g_return_val_if_fail(INK_IS_TRAINER(self), NULL);
  return self->network;
}

const InkBatchView *ink_trainer_get_batch(InkTrainer *self) {
  g_return_val_if_fail(INK_IS_TRAINER(self), NULL);
  return self->batch;
}

InkTestResult *ink_trainer_get_test_result(InkTrainer *self) {
  g_return_val_if_fail(INK_IS_TRAINER(self), NULL);
  return self->test_result;
}
