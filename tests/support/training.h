/* training: data sets and waiting for tests that train. Every failure ends the test. */
#pragma once

#include "engine/trainer.h"
#include "tests/support/wait.h"

/* What the environment variable INKLING_TEST_BACKEND names, "cuda" for example, or the CPU: tests
 * that take their device from here run on any. */
const InkDeviceEntry *test_device(void);

/* A quick recipe: k 3, batches of 10, a test on 20 images every 7 steps, 2 epochs. */
InkRecipe test_recipe(void);

/* A trainer of it on that device that is watched. */
InkTrainer *test_make_trainer(const InkRecipe *recipe, InkDataset *dataset);

/* Starts a run and waits until it has ended. */
void test_run(InkTrainer *trainer);

/* To the bit. */
gboolean test_same_weights(InkNetwork *a, InkNetwork *b);

/* A small data set of learnable images; its files are gone again when this returns. */
InkDataset *test_make_dataset(guint train, guint test, guint classes, guint32 seed);

/* The same with its files in a folder, which is made; the last part of its path is the name. */
InkDataset *test_make_dataset_in(const char *folder, guint train, guint test, guint classes,
                                 guint32 seed);

/* How many threads this process has. */
guint test_count_threads(void);

/* What a trainer's signals said. */
typedef struct {
  guint progress, failed, ended;
  char *sentence; /* the last of "failed" */
} TestSignals;
TestSignals *test_watch(InkTrainer *trainer); /* freed with the trainer */
TestSignals *test_signals(InkTrainer *trainer);
