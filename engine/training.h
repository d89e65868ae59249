/* training: what the training thread does: it takes the wishes of the main thread, and between two
 * looks at them works a slice of about 15 ms at making them true.
 *
 * A wish is a description, not a command: "life 3, its run 7, running, with this recipe". So
 * however fast a person clicks, nothing queues up, and what was wished for last comes true. All
 * functions are of the training thread. */
#pragma once

#include "engine/checkpoint.h"
#include "engine/mailbox.h"
#include "engine/trainer.h"

G_BEGIN_DECLS

typedef struct {
  guint life;            /* another number: forget everything and begin from origin */
  InkCheckpoint *origin; /* … which may stand in the middle of a run */
  gboolean forgets;      /* … and remove the checkpoint of the life before */
  gboolean test;         /* all test images, before a run begins in this life */
  guint run;             /* another number: a new run begins; 0: none has begun in this life */
  gboolean goes_on;      /* it begins where origin stands in its run */
  InkTrainerState state; /* of that run; IDLE ends it */
  gboolean interrupts;   /* … so that its checkpoint can go on with it */
  guint steps;           /* single steps asked for since the run began */
  guint troubles;        /* known ones of the device in that run; after another, training waits */
  InkRecipe recipe;
  InkDataset *dataset; /* of a run; NULL while there is none */
  const InkDeviceEntry *device;
  int threads;
  char *checkpoint_path; /* nullable */
} InkWish;

void ink_wish_copy(const InkWish *from, InkWish *to);
void ink_wish_clear(InkWish *wish);

typedef struct _InkTraining InkTraining;

InkTraining *ink_training_new(InkMailbox *mailbox);
/* Leaves a checkpoint of a run that is under way, closes the network, and waits until all is on the
 * disk. */
void ink_training_free(InkTraining *self);

void ink_training_follow(InkTraining *self, const InkWish *wish);

/* One slice of work. FALSE: there is nothing to do until the next wish. */
gboolean ink_training_work(InkTraining *self);

G_END_DECLS
