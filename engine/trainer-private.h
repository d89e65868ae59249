/* trainer-private: what the files of InkTrainer share: trainer-wishes.c tells the training thread
 * what is wanted, trainer.c shows what it reports. */
#pragma once

#include "engine/trainer.h"
#include "engine/training-thread.h"

G_BEGIN_DECLS

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
  gboolean unkept; /* the last checkpoint could not be written */
  InkProgress progress;
  InkHistory *history;
  InkNetwork *network;        /* NULL without data set */
  InkBatchView *batch;        /* NULL before the first step */
  InkTestResult *test_result; /* nullable */
};

/* trainer.c. The last two take over the reference. */
void ink_trainer_show_state(InkTrainer *self, InkTrainerState state);
void ink_trainer_show_network(InkTrainer *self, InkNetwork *network);
void ink_trainer_show_test_result(InkTrainer *self, InkTestResult *result);

/* trainer-wishes.c */
void ink_trainer_push_wish(InkTrainer *self);

G_END_DECLS
