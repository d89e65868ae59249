/* training: data sets and waiting for tests that train. Every failure ends the test. */
#pragma once

#include "engine/trainer.h"

/* A small data set of learnable images; its files are gone again when this returns. */
InkDataset *test_make_dataset(guint train, guint test, guint classes, guint32 seed);

/* Turns the main loop until the condition holds; fails after a minute. */
#define test_wait(condition)                                                                       \
  G_STMT_START {                                                                                   \
    gint64 deadline_ = g_get_monotonic_time() + 60 * G_USEC_PER_SEC;                               \
    while (!(condition)) {                                                                         \
      test_turn();                                                                                 \
      if (g_get_monotonic_time() > deadline_)                                                      \
        g_error("%s:%d: not within a minute: %s", __FILE__, __LINE__, #condition);                 \
    }                                                                                              \
  }                                                                                                \
  G_STMT_END

/* One turn of the main loop, at most 20 ms long. */
void test_turn(void);

/* How many threads this process has. */
guint test_count_threads(void);

/* What a trainer's signals said. */
typedef struct {
  guint progress, failed, ended;
  char *sentence; /* the last of "failed" */
} TestSignals;
TestSignals *test_watch(InkTrainer *trainer); /* freed with the trainer */
