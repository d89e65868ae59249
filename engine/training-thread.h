/* training-thread: the thread that trains, and the hand-over of wishes to it. Functions are the
 * main thread's. */
#pragma once

#include "engine/training.h"

G_BEGIN_DECLS

typedef struct _InkTrainingThread InkTrainingThread;

/* Starts the thread; background: with lower priority than its creator's. NULL if the system has
 * no more threads. The mailbox must outlive it. */
InkTrainingThread *ink_training_thread_new(InkMailbox *mailbox, gboolean background);

/* Ends what it does at the next slice and joins it. */
void ink_training_thread_free(InkTrainingThread *self);

/* Copies the wish. Never waits for training. */
void ink_training_thread_wish(InkTrainingThread *self, const InkWish *wish);

G_END_DECLS
