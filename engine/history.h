/* history: what a run has shown so far: the loss of its steps, its interim tests and the one after
 * its last step.
 *
 * Memory stays flat however long a run lasts: a series that reaches INK_HISTORY_CAPACITY points is
 * merged in pairs, so that its resolution stays even over the whole run. The reference count is
 * atomic; else not thread-safe: the trainer's belongs to the main thread. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

enum { INK_HISTORY_CAPACITY = 16384 };

/* One point of the loss series: one step, or several merged ones. */
typedef struct {
  gint64 step;  /* the first update that it stands for, counted from 0 over all epochs */
  gint64 steps; /* how many it stands for, at least 1 */
  float loss;   /* their mean */
} InkLossPoint;

typedef struct {
  gint64 step;    /* the update after which it was made, from 0 over all epochs */
  int epoch;      /* from 0 */
  int epoch_step; /* step within the epoch, from 0 */
  float loss;     /* of that step's batch */
  guint correct, total;
} InkTestPoint;

typedef struct {
  gint64 step; /* the update with which it begins, counted from 0 over all epochs */
  int epoch;   /* from 0, within its run */
} InkEpochPoint;

typedef struct _InkHistory InkHistory;

#define INK_TYPE_HISTORY (ink_history_get_type())
GType ink_history_get_type(void);
InkHistory *ink_history_new(void);
InkHistory *ink_history_copy(InkHistory *history);
InkHistory *ink_history_ref(InkHistory *history);
void ink_history_unref(InkHistory *history);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InkHistory, ink_history_unref)

/* Steps are added in ascending order. */
void ink_history_add_loss(InkHistory *history, gint64 step, float loss);
void ink_history_add_loss_point(InkHistory *history, const InkLossPoint *point);
void ink_history_add_test(InkHistory *history, const InkTestPoint *test);
/* Where an epoch begins, and how many updates are planned in all: the chart's axis. */
void ink_history_add_epoch(InkHistory *history, const InkEpochPoint *epoch);
void ink_history_set_planned(InkHistory *history, gint64 steps);

/* Borrowed; valid until the next change. */
const InkLossPoint *ink_history_get_losses(InkHistory *history, guint *n);
const InkTestPoint *ink_history_get_tests(InkHistory *history, guint *n);
const InkEpochPoint *ink_history_get_epochs(InkHistory *history, guint *n);
gint64 ink_history_get_planned(InkHistory *history);

G_END_DECLS
