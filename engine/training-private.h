/* training-private: what the files of InkTraining share: training.c decides what is done next;
 * training-run.c begins and ends runs, training-step.c trains in them, and training-test.c tests;
 * training-report.c tells the main thread. */
#pragma once

#include "engine/checkpoint-writer.h"
#include "engine/live-network.h"
#include "engine/schedule.h"
#include "engine/test-pass.h"
#include "engine/training.h"

G_BEGIN_DECLS

/* What a pass over test images is for. */
typedef enum {
  PASS_INTERIM, /* the recipe's first images, in the run's time; training waits for it */
  PASS_REST,    /* while nothing trains; whatever comes may interrupt it */
} PassKind;

/* A slice of training steps: what the device is given, and tells. */
typedef struct {
  guint steps;           /* 0: none is under way */
  gint64 begin;          /* when it was given, microseconds */
  float *rates, *losses; /* (room) of its steps */
  guint room;
  InkBatchView *batch; /* of its last step; (recipe.batch) room; NULL before the first */
} InkSlice;

struct _InkTraining {
  InkMailbox *mailbox;
  InkCheckpointWriter *writer; /* NULL until there is something to write */
  InkWish wish;                /* followed */

  InkLiveNetwork live;
  InkCheckpoint *held; /* the network while it stands here rather than in `live`, else NULL */
  InkCheckpoint *good; /* at the last finite interim test of this run, or its beginning */
  InkRunPosition good_at;

  /* The life. wish.origin gives shape, class names and data set of its networks. */
  guint life;
  gint64 total_updates;
  InkHistory *history;
  gint64 tested; /* total_updates when all test images were last evaluated; −1: not yet */
  InkTestPoint rest_test; /* the newest pass at rest, of as many images as an interim test has */

  /* The run. */
  guint run;
  gboolean active;
  gboolean ending; /* over, but for the last test result */
  guint troubles;  /* how often its device failed */
  InkRecipe recipe;
  InkDataset *dataset;
  InkRunPosition at;    /* seconds: up to clock_started */
  gint64 clock_started; /* microseconds; 0: the clock stands */
  guint steps_done;     /* of wish.steps */

  /* The last step. */
  int last_epoch, last_epoch_step;
  float last_loss;

  /* A device that can queue is given its next work before the results of the last are read: steps
   * (`ahead`) or a slice of an interim pass. `slice` holds the steps that are being waited for, or
   * were read last. */
  InkSlice slice, ahead;
  gboolean settling;                 /* no more is given ahead */
  gint64 seen_done, steps_seen_done; /* microseconds, of the last slice that was, and of steps */

  /* Images a second since the last mark; marks are about a second apart. */
  double rate, mark_seconds, mark_images;
  gboolean rate_settled; /* a whole second has been measured in this run */

  /* The order of the epoch's samples. */
  guint32 *order;
  gint64 order_stream; /* −1: none */

  /* Tests. */
  InkTestPass pass;
  PassKind pass_kind;
  gboolean quick; /* the rest's pass covers no more images than an interim test */

  InkPace train_pace, test_pace;
  gint64 last_snapshot; /* microseconds */
};

/* training.c */
gboolean ink_training_should_train(const InkTraining *self);
gboolean ink_training_looks_ahead(const InkTraining *self);
double ink_training_slice_seconds(InkTraining *self, gint64 begin, gboolean of_steps);
void ink_training_clear_batches(InkTraining *self);

/* training-run.c. A sentence that goes in is taken over; one that comes out is the caller's. */
void ink_training_begin_first_test(InkTraining *self);
void ink_training_begin_run(InkTraining *self);
void ink_training_rest(InkTraining *self);
void ink_training_finish_rest(InkTraining *self);
void ink_training_end_run(InkTraining *self, InkOutcome outcome);
void ink_training_leave(InkTraining *self);
gboolean ink_training_is_complete(const InkTraining *self);
gsize ink_training_count(const InkTraining *self, InkSplit split); /* images of the data set */
void ink_training_start_clock(InkTraining *self);
double ink_training_seconds(const InkTraining *self);
char *ink_training_prepare(InkTraining *self);
void ink_training_set_held(InkTraining *self, InkCheckpoint *checkpoint);
InkCheckpoint *ink_training_take(InkTraining *self, char **sentence);
void ink_training_submit(InkTraining *self, InkCheckpoint *checkpoint);
void ink_training_suspend(InkTraining *self, char *sentence);
void ink_training_fail_device(InkTraining *self, char *sentence);
void ink_training_fail_not_finite(InkTraining *self);

/* training-step.c */
/* Gives the steps from there on ahead, if they are wanted. */
InkStatus ink_training_look_ahead(InkTraining *self, const InkRunPosition *at);
void ink_training_train_slice(InkTraining *self);

/* training-test.c */
InkStatus ink_training_give_images(InkTraining *self);
void ink_training_begin_interim_pass(InkTraining *self);
void ink_training_begin_rest_pass(InkTraining *self);
void ink_training_test_slice(InkTraining *self);
void ink_training_make_last_test(InkTraining *self);

/* training-report.c */
/* Queues what the next report of steps shows of the network, when it is time for that. */
InkStatus ink_training_begin_snapshot(InkTraining *self);
void ink_training_report_life(InkTraining *self);
void ink_training_report_begin(InkTraining *self);
void ink_training_report_steps(InkTraining *self, const InkEpochPoint *begun /* nullable */,
                               gint64 first, const float *losses, guint n);
void ink_training_report_test(InkTraining *self, const InkTestPoint *test, InkTestResult *result);
void ink_training_report_rest(InkTraining *self, InkNetwork *network, InkOutcome outcome,
                              const char *failure);
void ink_training_report_result(InkTraining *self, InkTestResult *result);
void ink_training_report_ended(InkTraining *self, const InkTestPoint *last /* nullable */);
void ink_training_report_written(InkTraining *self, char *warning /* nullable */);

G_END_DECLS
