/* training: data sets and waiting for tests that train. Every failure ends the test. */
#pragma once

#include "engine/trainer.h"
#include "tests/support/wait.h"

/* A small data set of learnable images; its files are gone again when this returns. */
InkDataset *test_make_dataset(guint train, guint test, guint classes, guint32 seed);

/* How many threads this process has. */
guint test_count_threads(void);

/* What a trainer's signals said. */
typedef struct {
  guint progress, failed, ended;
  char *sentence; /* the last of "failed" */
} TestSignals;
TestSignals *test_watch(InkTrainer *trainer); /* freed with the trainer */
