#include "engine/trainer.h"

#include "engine/mailbox.h"
#include "engine/schedule.h"
#include "engine/training-thread.h"

#include <glib/gi18n.h>

#include <math.h>

struct _InkTrainer {
  GObject parent_instance;

  InkMailbox *mailbox;
  InkTrainingThread *thread; /* NULL until the first start */
  gboolean background;
  InkWish wish; /* what the thread has been told; its recipe is in effect */
  guint runs;   /* counts runs over all lives */

  InkRecipe recipe;    /* as set: wish.recipe may be waiting for it */
  InkDataset *dataset; /* likewise */
  gboolean from_file;  /* the life began with weights that somebody trained */

  InkOutcome outcome;
  InkProgress progress;
  InkHistory *history;
  InkNetwork *network;        /* NULL without data set */
  InkBatchView *batch;        /* NULL before the first step */
  InkTestResult *test_result; /* nullable */
};

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

static gboolean is_trained(InkTrainer *self) {
  return self->from_file || self->progress.total_updates > 0;
}

static void notify(InkTrainer *self, guint property) {
  g_object_notify_by_pspec(G_OBJECT(self), properties[property]);
}

static void push_wish(InkTrainer *self) {
  if (self->thread)
    ink_training_thread_wish(self->thread, &self->wish);
}

static void set_state(InkTrainer *self, InkTrainerState state) {
  gboolean was_locked = self->wish.state != INK_TRAINER_IDLE;

  if (self->wish.state == state)
    return;
  self->wish.state = state;
  notify(self, PROP_STATE);
  if (was_locked != (state != INK_TRAINER_IDLE))
    notify(self, PROP_LOCKED);
}

static void set_test_result(InkTrainer *self, InkTestResult *result) {
  if (self->test_result == result)
    return;
  g_clear_pointer(&self->test_result, ink_test_result_unref);
  self->test_result = result;
  notify(self, PROP_TEST_RESULT);
}

static void set_network(InkTrainer *self, InkNetwork *network) {
  g_clear_pointer(&self->network, ink_network_unref);
  self->network = network;
  notify(self, PROP_NETWORK);
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

/* Everything starts anew from the checkpoint. Takes over the reference. */
static void begin_life(InkTrainer *self, InkCheckpoint *origin, gboolean from_file) {
  gboolean in_run = origin->run.updates > 0 && !origin->run.finished;

  g_object_freeze_notify(G_OBJECT(self));
  adopt_dataset(self);
  g_clear_pointer(&self->wish.origin, ink_checkpoint_unref);
  self->wish.origin = origin;
  self->wish.life++;
  self->wish.run = 0;
  self->wish.steps = 0;
  self->wish.troubles = 0;
  self->wish.recipe = origin->recipe;
  self->from_file = from_file;
  self->outcome = INK_OUTCOME_NONE;
  set_first_progress(self, &origin->run, origin->total_updates);
  ink_history_unref(self->history);
  self->history = origin->history ? ink_history_copy(origin->history) : ink_history_new();
  g_clear_pointer(&self->batch, g_free);
  set_state(self, in_run ? INK_TRAINER_PAUSED : INK_TRAINER_IDLE);
  set_test_result(self, NULL);
  set_network(self, ink_network_ref(origin->network));
  notify(self, PROP_TRAINED);
  push_wish(self);
  g_object_thaw_notify(G_OBJECT(self));
  g_signal_emit(self, signals[PROGRESS], 0);
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
    g_signal_emit(self, signals[FAILED], 0,
                  _("The system has no thread left to train on; close other programs and try "
                    "again."));
  return self->thread != NULL;
}

static void take_points(InkTrainer *self, const InkReport *report) {
  for (guint i = 0; i < report->epochs->len; i++)
    ink_history_add_epoch(self->history, g_array_index(report->epochs, gint64, i));
  for (guint i = 0; i < report->losses->len; i++)
    ink_history_add_loss_point(self->history, &g_array_index(report->losses, InkLossPoint, i));
  for (guint i = 0; i < report->tests->len; i++)
    ink_history_add_test(self->history, &g_array_index(report->tests, InkTestPoint, i));
}

static void take_progress(InkTrainer *self, const InkReport *report) {
  gboolean was_trained = is_trained(self);

  self->progress = report->progress;
  ink_history_set_planned(self->history, report->progress.total_updates - report->progress.updates +
                                             report->progress.planned);
  if (is_trained(self) != was_trained)
    notify(self, PROP_TRAINED);
}

/* Handlers may do anything, also start, reset or dispose: look again before each emission. */
static void tell(InkTrainer *self, const InkReport *report) {
  gboolean is_over = report->outcome != INK_OUTCOME_NONE;
  guint life = report->life, run = report->run;

  if (is_over && run == self->wish.run) {
    self->outcome = report->outcome;
    set_state(self, INK_TRAINER_IDLE);
  } else if (run == self->wish.run && report->troubles != self->wish.troubles) {
    self->wish.troubles = report->troubles;
    if (self->wish.state == INK_TRAINER_RUNNING)
      set_state(self, INK_TRAINER_PAUSED);
    push_wish(self);
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

  if (report->life != self->wish.life)
    return;
  take_points(self, report);
  if (report->run == self->wish.run && report->run != 0)
    take_progress(self, report);
  if (report->batch) {
    g_free(self->batch);
    self->batch = g_steal_pointer(&report->batch);
  }
  if (report->network)
    set_network(self, g_steal_pointer(&report->network));
  if (report->result)
    set_test_result(self, g_steal_pointer(&report->result));
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
    g_value_set_boolean(value, is_trained(self));
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
  gboolean resets;

  g_return_if_fail(INK_IS_TRAINER(self) && dataset);

  resets = ink_trainer_would_reset(self, dataset);
  ink_dataset_ref(dataset);
  g_clear_pointer(&self->dataset, ink_dataset_unref);
  self->dataset = dataset;
  if (resets) {
    begin_random_life(self);
  } else if (self->wish.state == INK_TRAINER_IDLE) {
    adopt_dataset(self);
    push_wish(self);
  }
  notify(self, PROP_DATASET);
}

InkDataset *ink_trainer_get_dataset(InkTrainer *self) {
  g_return_val_if_fail(INK_IS_TRAINER(self), NULL);
  return self->dataset;
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
    if (weights_wait(self) && self->dataset && !is_trained(self))
      begin_random_life(self);
    else if (self->wish.run == 0 && self->wish.origin)
      set_first_progress(self, &self->wish.origin->run, self->wish.origin->total_updates);
  }
  push_wish(self);
  g_signal_emit(self, signals[RECIPE_CHANGED], 0);
}

const InkRecipe *ink_trainer_get_recipe(InkTrainer *self) {
  g_return_val_if_fail(INK_IS_TRAINER(self), NULL);
  return &self->recipe;
}

gboolean ink_trainer_has_pending(InkTrainer *self) {
  g_return_val_if_fail(INK_IS_TRAINER(self), FALSE);
  return self->dataset && (self->dataset != self->wish.dataset || weights_wait(self));
}

void ink_trainer_set_device(InkTrainer *self, const InkDeviceEntry *device, int threads) {
  g_return_if_fail(INK_IS_TRAINER(self) && device && threads >= 0);

  self->wish.device = device;
  self->wish.threads = threads > 0 ? threads : ink_device_processors();
  push_wish(self);
  notify(self, PROP_DEVICE);
}

const InkDeviceEntry *ink_trainer_get_device(InkTrainer *self) {
  g_return_val_if_fail(INK_IS_TRAINER(self), NULL);
  return self->wish.device;
}

int ink_trainer_get_threads(InkTrainer *self) {
  g_return_val_if_fail(INK_IS_TRAINER(self), 0);
  return self->wish.threads;
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
  set_state(self, INK_TRAINER_RUNNING);
  push_wish(self);
}

void ink_trainer_pause(InkTrainer *self) {
  g_return_if_fail(INK_IS_TRAINER(self));

  if (self->wish.state != INK_TRAINER_RUNNING)
    return;
  set_state(self, INK_TRAINER_PAUSED);
  push_wish(self);
}

void ink_trainer_step(InkTrainer *self) {
  g_return_if_fail(INK_IS_TRAINER(self));

  if (!self->dataset || !ensure_thread(self))
    return;
  ensure_run(self);
  self->wish.steps++;
  set_state(self, INK_TRAINER_PAUSED);
  push_wish(self);
}

void ink_trainer_stop(InkTrainer *self) {
  g_return_if_fail(INK_IS_TRAINER(self));

  if (self->wish.state == INK_TRAINER_IDLE || !ensure_thread(self))
    return;
  ensure_run(self);
  set_state(self, INK_TRAINER_IDLE);
  push_wish(self);
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
  begin_life(self, ink_checkpoint_new(network, &self->recipe), TRUE);
  g_signal_emit(self, signals[RECIPE_CHANGED], 0);
}

void ink_trainer_set_checkpoint(InkTrainer *self, const char *path) {
  g_return_if_fail(INK_IS_TRAINER(self));

  g_free(self->wish.checkpoint_path);
  self->wish.checkpoint_path = g_strdup(path);
  push_wish(self);
}

gboolean ink_trainer_resume(InkTrainer *self, const char *path, GError **error) {
  InkCheckpoint *checkpoint;

  g_return_val_if_fail(INK_IS_TRAINER(self) && self->dataset && path, FALSE);

  checkpoint = ink_checkpoint_load(path, self->dataset, error);
  if (!checkpoint)
    return FALSE;
  self->recipe = checkpoint->recipe;
  begin_life(self, checkpoint, TRUE);
  g_signal_emit(self, signals[RECIPE_CHANGED], 0);
  return TRUE;
}

InkTrainerState ink_trainer_get_state(InkTrainer *self) {
  g_return_val_if_fail(INK_IS_TRAINER(self), INK_TRAINER_IDLE);
  return self->wish.state;
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
