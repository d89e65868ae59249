#define _GNU_SOURCE /* gettid() */

#include "engine/training-thread.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

/* Added to a background thread's nice value. */
enum { BACKGROUND_NICE = 10 };

struct _InkTrainingThread {
  InkMailbox *mailbox;
  gboolean background;
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  /* Under the lock: */
  InkWish wish;
  gboolean is_new; /* the wish has not been taken yet */
  gboolean quit;
};

/* Takes a new wish if there is one, and waits for it if there is nothing else to do. FALSE: quit.
 */
static gboolean take_wish(InkTrainingThread *self, gboolean wait, InkWish *wish, gboolean *is_new) {
  gboolean quit;

  pthread_mutex_lock(&self->lock);
  while (wait && !self->is_new && !self->quit)
    pthread_cond_wait(&self->changed, &self->lock);
  *is_new = self->is_new;
  if (self->is_new)
    ink_wish_copy(&self->wish, wish);
  self->is_new = FALSE;
  quit = self->quit;
  pthread_mutex_unlock(&self->lock);
  return !quit;
}

static void *thread_main(void *data) {
  InkTrainingThread *self = data;
  InkTraining *training;
  InkWish wish = {0};
  gboolean busy = FALSE, is_new;

  /* Threads that the backend starts inherit it. */
  if (self->background)
    setpriority(PRIO_PROCESS, gettid(), getpriority(PRIO_PROCESS, gettid()) + BACKGROUND_NICE);
  training = ink_training_new(self->mailbox);
  while (take_wish(self, !busy, &wish, &is_new)) {
    if (is_new)
      ink_training_follow(training, &wish);
    busy = ink_training_work(training);
  }
  ink_training_free(training);
  ink_wish_clear(&wish);
  return NULL;
}

InkTrainingThread *ink_training_thread_new(InkMailbox *mailbox, gboolean background) {
  InkTrainingThread *self = g_new0(InkTrainingThread, 1);

  self->mailbox = mailbox;
  self->background = background;
  pthread_mutex_init(&self->lock, NULL);
  pthread_cond_init(&self->changed, NULL);
  if (pthread_create(&self->thread, NULL, thread_main, self) == 0)
    return self;
  pthread_cond_destroy(&self->changed);
  pthread_mutex_destroy(&self->lock);
  g_free(self);
  return NULL;
}

void ink_training_thread_free(InkTrainingThread *self) {
  pthread_mutex_lock(&self->lock);
  self->quit = TRUE;
  pthread_cond_signal(&self->changed);
  pthread_mutex_unlock(&self->lock);
  pthread_join(self->thread, NULL);
  pthread_cond_destroy(&self->changed);
  pthread_mutex_destroy(&self->lock);
  ink_wish_clear(&self->wish);
  g_free(self);
}

void ink_training_thread_wish(InkTrainingThread *self, const InkWish *wish) {
  pthread_mutex_lock(&self->lock);
  ink_wish_copy(wish, &self->wish);
  self->is_new = TRUE;
  pthread_cond_signal(&self->changed);
  pthread_mutex_unlock(&self->lock);
}
