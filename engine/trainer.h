/* trainer: trains a network on a thread of its own while the main loop stays free.
 *
 * An InkTrainer belongs to the thread of the default main context; all functions and signals are
 * of that thread, and none waits for the training thread (only disposing joins it: at most one
 * step, and as long as the disk takes for the last checkpoint). The training thread owns the opened
 * network; it leaves its newest snapshot and all losses and tests since the last was taken in a
 * mailbox (mailbox.h), from which one coalesced source brings them here at display rate. Start,
 * finish, pause and errors come at once.
 *
 * Life: set a data set, then start(). pause() and start() again; step() trains one batch and
 * pauses; stop() ends the run and keeps the network, and the next start() trains it on for the
 * recipe's epochs with Adam's state; interrupt() ends it so that its checkpoint can go on with it,
 * which disposing a trainer in a run leaves, too; reset() makes new weights. Any call is allowed in
 * any state; one that makes no sense there does nothing. */
#pragma once

#include "engine/checkpoint.h"
#include "engine/dataset.h"
#include "engine/device.h"
#include "engine/history.h"
#include "engine/network.h"
#include "engine/recipe.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
  INK_TRAINER_IDLE, /* no run: never started, ended, stopped or reset */
  INK_TRAINER_RUNNING,
  INK_TRAINER_PAUSED,
} InkTrainerState;

/* How the last run ended. */
typedef enum {
  INK_OUTCOME_NONE,     /* no run has ended since the last reset */
  INK_OUTCOME_FINISHED, /* all epochs or max_steps */
  INK_OUTCOME_STOPPED,  /* by stop() or interrupt() */
  INK_OUTCOME_FAILED,   /* "failed" was emitted with the sentence */
} InkOutcome;

/* Numbers of the run as last heard of. */
typedef struct {
  int epoch, epochs;               /* epoch from 0, within this run */
  int epoch_step, steps_per_epoch; /* the last update, from 0 within its epoch; 0 before it */
  gint64 updates;                  /* done in this run */
  gint64 planned;                  /* of this run */
  gint64 total_updates;            /* since reset, those of a failed run included */
  float loss;                      /* of the last step; NAN before the first */
  double seconds;                  /* training loop with its interim tests, pauses left out */
  double images_per_second; /* over about the last second while running; the whole run's after */
  double seconds_left;      /* estimate; NAN while unknown */
} InkProgress;

/* The samples of the last step: what the sample grid shows. */
typedef struct {
  guint count;
  const guint32 *samples;   /* (count) indices into the training split */
  const guint8 *predicted;  /* (count) */
  const float *probability; /* (count) */
  const float *loss;        /* (count) */
} InkBatchView;

/* What the network makes of the first `count` test images. Immutable, atomically ref-counted. */
typedef struct {
  guint count, classes, correct;
  gboolean complete;          /* all test images of the data set, with the newest weights */
  const guint8 *predicted;    /* (count) */
  const float *loss;          /* (count) */
  const float *probabilities; /* (count, classes) */
} InkTestResult;

#define INK_TYPE_TEST_RESULT (ink_test_result_get_type())
GType ink_test_result_get_type(void);
InkTestResult *ink_test_result_ref(InkTestResult *result);
void ink_test_result_unref(InkTestResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InkTestResult, ink_test_result_unref)

#define INK_TYPE_TRAINER (ink_trainer_get_type())
G_DECLARE_FINAL_TYPE(InkTrainer, ink_trainer, INK, TRAINER, GObject)

/* Properties (read-only, notified): "state" (int, InkTrainerState), "dataset" (boxed),
 * "network" (boxed, the newest snapshot), "test-result" (boxed, nullable), "device" (string id),
 * "locked" (boolean: a run is under way, so that data set, kernel, pool, batch and seed wait for
 * Reset), "trained" (boolean: there have been updates since the last reset, or
 * the weights came from a file).
 *
 * Signals: "recipe-changed" ()      – the recipe was set, or came with a network or checkpoint
 *          "progress" ()            – progress, history or batch view changed; display rate
 *          "failed" (string)        – one sentence: the run ended (the state is IDLE then); or its
 *                                     device failed (PAUSED: it can go on from the last interim
 *                                     test, also on another device); or a checkpoint could not
 *                                     be written (the run goes on)
 *          "ended" ()               – a run ended or failed, after its last test result and
 *                                     checkpoint came; see ink_trainer_get_outcome(). Not of a
 *                                     run that reset() or the next start() overtook */
InkTrainer *ink_trainer_new(void);

/* Setting a data set of other class count or name resets the network; during a run it is kept for
 * the next reset(). The batch and the test result are always of the images that are set: of others,
 * which a run may go on with, none are shown. */
void ink_trainer_set_dataset(InkTrainer *self, InkDataset *dataset);
InkDataset *ink_trainer_get_dataset(InkTrainer *self); /* nullable, borrowed */
/* The property “trained”. */
gboolean ink_trainer_is_trained(InkTrainer *self);
/* TRUE if setting this data set now would reset the network. */
gboolean ink_trainer_would_reset(InkTrainer *self, InkDataset *dataset);

/* Learning rate, epochs, eval_every, eval_samples and max_steps take effect at once, also in a
 * run. Kernel, pool and seed take effect now when nothing is trained, else at the next reset();
 * batch and shuffled at the next start. The recipe must be valid. */
void ink_trainer_set_recipe(InkTrainer *self, const InkRecipe *recipe);
const InkRecipe *ink_trainer_get_recipe(InkTrainer *self);
/* TRUE while a kernel, pool, seed or data set that was set waits for reset(). */
gboolean ink_trainer_has_pending(InkTrainer *self);

/* device as from ink_device_find(); threads 0: all processors. In a run: at the next batch. */
void ink_trainer_set_device(InkTrainer *self, const InkDeviceEntry *device, int threads);
const InkDeviceEntry *ink_trainer_get_device(InkTrainer *self);
int ink_trainer_get_threads(InkTrainer *self); /* as used, never 0 */
/* Training below the main thread's priority, for the window; before the first start. */
void ink_trainer_set_background(InkTrainer *self, gboolean background);

void ink_trainer_start(InkTrainer *self); /* also resumes */
void ink_trainer_pause(InkTrainer *self);
void ink_trainer_step(InkTrainer *self);
void ink_trainer_stop(InkTrainer *self);
void ink_trainer_interrupt(InkTrainer *self);
void ink_trainer_reset(InkTrainer *self);

/* Takes over weights (Open Model…, --init) with a fresh Adam; ends a run. */
void ink_trainer_set_network(InkTrainer *self, InkNetwork *network);
/* Tests a network that was taken over, or resumed, on all test images, unless a run has begun
 * since: that does it by itself. */
void ink_trainer_test(InkTrainer *self);

/* Written at each interim test, at stop, pause, the end and when the trainer is disposed; NULL:
 * none. Removed when other weights take the place of what was learned. A failure to write is told
 * once, and each to remove it, through "failed" without ending the run. */
void ink_trainer_set_checkpoint(InkTrainer *self, const char *path);
gboolean ink_trainer_is_unkept(InkTrainer *self); /* the last one could not be written */
/* Takes over a checkpoint that fits the data set that is set: recipe, weights, Adam, step and
 * history. The state is PAUSED in the middle of its run, so that start() goes on; or IDLE if that
 * run was finished or stopped. */
void ink_trainer_resume(InkTrainer *self, InkCheckpoint *checkpoint);

InkTrainerState ink_trainer_get_state(InkTrainer *self);
InkOutcome ink_trainer_get_outcome(InkTrainer *self);
const InkProgress *ink_trainer_get_progress(InkTrainer *self);
InkHistory *ink_trainer_get_history(InkTrainer *self);        /* borrowed, never NULL */
InkNetwork *ink_trainer_get_network(InkTrainer *self);        /* borrowed, NULL without data set */
const InkBatchView *ink_trainer_get_batch(InkTrainer *self);  /* NULL before the first step */
InkTestResult *ink_trainer_get_test_result(InkTrainer *self); /* borrowed, nullable */

G_END_DECLS
