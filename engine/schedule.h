/* schedule: the arithmetic of a run: how long an epoch is, when a test is due, when it is over.
 * Pure functions; any thread. */
#pragma once

#include "engine/checkpoint.h"

G_BEGIN_DECLS

/* count: training samples, at least 1. */
int ink_schedule_steps_per_epoch(const InkRecipe *recipe, gsize count);

/* Updates of the whole run. An epoch that has begun is finished even if the recipe's epochs were
 * lowered meanwhile. */
gint64 ink_schedule_planned(const InkRecipe *recipe, const InkRunPosition *at, gsize count);
gboolean ink_schedule_is_complete(const InkRecipe *recipe, const InkRunPosition *at, gsize count);

/* Whether an interim test follows this step of an epoch. */
gboolean ink_schedule_test_follows(const InkRecipe *recipe, int epoch_step);

/* Steps that can be trained in one go: up to the next test, the end of the epoch or of the run;
 * at most limit, at least 1. The run is not complete. */
guint ink_schedule_next_steps(const InkRecipe *recipe, const InkRunPosition *at, gsize count,
                              guint limit);

/* Samples trained in this run. */
gint64 ink_schedule_samples_done(const InkRecipe *recipe, const InkRunPosition *at, gsize count);

G_END_DECLS
