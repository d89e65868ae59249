/* mailbox: what the training thread tells the main thread.
 *
 * The training thread writes into the one report that lies there; whatever it adds before the main
 * thread comes by adds up in it. A single main-loop source takes the report at display rate, or
 * at once when it is urgent. A pthread mutex and g_source_set_ready_time() are all that crosses
 * threads. */
#pragma once

#include "engine/trainer.h"

G_BEGIN_DECLS

typedef struct {
  guint life; /* the training thread's counters at the time: see InkWish */
  guint run;
  guint troubles;
  InkProgress progress;
  GArray *losses;        /* (InkLossPoint) since the last report */
  GArray *tests;         /* (InkTestPoint) since the last report */
  GArray *epochs;        /* (InkEpochPoint) begun since the last report */
  InkNetwork *network;   /* the newest snapshot; NULL: none since the last report */
  InkBatchView *batch;   /* the same; one allocation, free with g_free() */
  InkTestResult *result; /* the same */
  InkDataset *dataset;   /* whose images batch and result are of; NULL while there are none */
  gboolean unkept;       /* the last checkpoint could not be written */
  char *warning;         /* one sentence about what went wrong without ending the run */
  char *failure;         /* one sentence about what ended the run, or paused it */
  InkOutcome outcome;    /* NONE while the run goes on */
  gboolean ended;        /* … and its last test result has come */
} InkReport;

/* Forgets all content. */
void ink_report_clear(InkReport *report);

typedef struct _InkMailbox InkMailbox;

/* The function is called in the thread of the default main context; it may take pointers out of
 * the report by setting them NULL. The mailbox may be freed within it. */
typedef void (*InkReportFunc)(InkReport *report, gpointer user_data);
InkMailbox *ink_mailbox_new(InkReportFunc func, gpointer user_data);

/* Main thread; nobody may have it open any more. What was not taken is dropped. */
void ink_mailbox_free(InkMailbox *mailbox);

/* Any thread: opens the report for writing; others wait until it is closed again. */
InkReport *ink_mailbox_open(InkMailbox *mailbox);
void ink_mailbox_close(InkMailbox *mailbox, gboolean urgent);

G_END_DECLS
