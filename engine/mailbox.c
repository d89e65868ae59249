#include "engine/mailbox.h"

#include <pthread.h>

static const gint64 DISPLAY_INTERVAL = G_USEC_PER_SEC / 60;

typedef struct {
  GSource source;
  InkMailbox *mailbox;
} MailboxSource;

struct _InkMailbox {
  InkReportFunc func;
  gpointer user_data;
  GSource *source;
  pthread_mutex_t lock; /* of all below */
  InkReport *report;    /* NULL: empty */
  gint64 ready_time;    /* of the source; −1: not set */
  gint64 last_taken;    /* monotonic, microseconds */
};

static InkReport *report_new(void) {
  InkReport *report = g_new0(InkReport, 1);

  report->losses = g_array_new(FALSE, FALSE, sizeof(InkLossPoint));
  report->tests = g_array_new(FALSE, FALSE, sizeof(InkTestPoint));
  report->epochs = g_array_new(FALSE, FALSE, sizeof(InkEpochPoint));
  return report;
}

void ink_report_clear(InkReport *report) {
  g_array_set_size(report->losses, 0);
  g_array_set_size(report->tests, 0);
  g_array_set_size(report->epochs, 0);
  g_clear_pointer(&report->network, ink_network_unref);
  g_clear_pointer(&report->batch, g_free);
  g_clear_pointer(&report->result, ink_test_result_unref);
  g_clear_pointer(&report->dataset, ink_dataset_unref);
  g_clear_pointer(&report->warning, g_free);
  g_clear_pointer(&report->failure, g_free);
  report->outcome = INK_OUTCOME_NONE;
  report->ended = FALSE;
}

static void report_free(InkReport *report) {
  ink_report_clear(report);
  g_array_unref(report->losses);
  g_array_unref(report->tests);
  g_array_unref(report->epochs);
  g_free(report);
}

static void set_ready_time(InkMailbox *mailbox, gint64 ready_time) {
  mailbox->ready_time = ready_time;
  g_source_set_ready_time(mailbox->source, ready_time);
}

static gboolean dispatch(GSource *source, GSourceFunc callback, gpointer data) {
  InkMailbox *mailbox = ((MailboxSource *)source)->mailbox;
  InkReportFunc func = mailbox->func;
  gpointer user_data = mailbox->user_data;
  InkReport *report;

  pthread_mutex_lock(&mailbox->lock);
  report = g_steal_pointer(&mailbox->report);
  mailbox->last_taken = g_get_monotonic_time();
  set_ready_time(mailbox, -1);
  pthread_mutex_unlock(&mailbox->lock);

  if (report) {
    func(report, user_data); /* may free the mailbox */
    report_free(report);
  }
  return G_SOURCE_CONTINUE;
}

InkMailbox *ink_mailbox_new(InkReportFunc func, gpointer user_data) {
  static GSourceFuncs source_funcs = {.dispatch = dispatch};
  InkMailbox *mailbox = g_new0(InkMailbox, 1);

  mailbox->func = func;
  mailbox->user_data = user_data;
  pthread_mutex_init(&mailbox->lock, NULL);
  mailbox->ready_time = -1;
  mailbox->source = g_source_new(&source_funcs, sizeof(MailboxSource));
  ((MailboxSource *)mailbox->source)->mailbox = mailbox;
  g_source_set_static_name(mailbox->source, "Inkling mailbox");
  g_source_attach(mailbox->source, NULL);
  return mailbox;
}

void ink_mailbox_free(InkMailbox *mailbox) {
  g_source_destroy(mailbox->source);
  g_source_unref(mailbox->source);
  g_clear_pointer(&mailbox->report, report_free);
  pthread_mutex_destroy(&mailbox->lock);
  g_free(mailbox);
}

InkReport *ink_mailbox_open(InkMailbox *mailbox) {
  pthread_mutex_lock(&mailbox->lock);
  if (!mailbox->report)
    mailbox->report = report_new();
  return mailbox->report;
}

void ink_mailbox_close(InkMailbox *mailbox, gboolean urgent) {
  gint64 ready_time = urgent ? 0 : mailbox->last_taken + DISPLAY_INTERVAL;

  if (mailbox->ready_time < 0 || ready_time < mailbox->ready_time)
    set_ready_time(mailbox, ready_time);
  pthread_mutex_unlock(&mailbox->lock);
}
