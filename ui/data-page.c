#include "ui/data-page.h"
#include "engine/fetch.h"
#include "ui/format.h"

#include <glib/gi18n.h>

struct _InkDataPage {
  AdwBin parent_instance;

  AdwStatusPage *status;
  GtkLabel *trouble;
  GtkStack *steps;
  GtkLabel *download; /* of its button */
  GtkProgressBar *progress;
  GtkLabel *progress_text;

  const InkCatalogueEntry *entry;
  GCancellable *cancellable; /* NULL: no download is under way */
  gint64 begin;              /* of the download, monotonic µs */
};

enum { FETCHED, CLOSED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(InkDataPage, ink_data_page, ADW_TYPE_BIN)

static void show_progress(guint64 done, guint64 total, gpointer data) {
  InkDataPage *self = data;
  double share = total ? (double)done / total : 0;
  double seconds = (g_get_monotonic_time() - self->begin) / 1e6;
  g_autofree char *left = ink_format_duration(seconds * (1 - share) / MAX(share, 1e-9));
  g_autofree char *amount =
      /* Translators: how much of a download is here, as in "6.9 of 11.1 MB". */
      g_strdup_printf(_("%.1f of %.1f\u00a0MB"), done / 1e6, total / 1e6);
  /* An estimate from the first moments would jump about. */
  g_autofree char *text = seconds < 1 || share <= 0
                              ? g_strdup(amount)
                              /* Translators: amount and time, as in "6.9 of 11.1 MB · 2 s left". */
                              : g_strdup_printf(_("%s · %s left"), amount, left);

  gtk_progress_bar_set_fraction(self->progress, share);
  gtk_label_set_label(self->progress_text, text);
}

static void on_fetched(GObject *source, GAsyncResult *result, gpointer data) {
  g_autoptr(InkDataPage) self = data;
  g_autoptr(GError) error = NULL;
  gboolean fetched = ink_fetch_finish(result, &error);

  g_application_release(g_application_get_default());
  g_clear_object(&self->cancellable);
  gtk_stack_set_visible_child_name(self->steps, "offer");
  if (fetched) {
    g_signal_emit(self, signals[FETCHED], 0);
  } else if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    g_signal_emit(self, signals[CLOSED], 0);
  } else {
    ink_data_page_set_trouble(self, error->message);
    gtk_label_set_label(self->download, _("_Try Again"));
  }
}

void ink_data_page_download(InkDataPage *self) {
  g_return_if_fail(INK_IS_DATA_PAGE(self) && self->entry);
  if (self->cancellable)
    return;
  self->cancellable = g_cancellable_new();
  self->begin = g_get_monotonic_time();
  ink_data_page_set_trouble(self, NULL);
  show_progress(0, ink_catalogue_download_bytes(self->entry), self);
  gtk_stack_set_visible_child_name(self->steps, "progress");
  /* Also when the window closes, the download is to end in order and leave no half of a file. */
  g_application_hold(g_application_get_default());
  ink_fetch_async(self->entry, show_progress, self, self->cancellable, on_fetched,
                  g_object_ref(self));
}

static void cancel(InkDataPage *self) {
  if (self->cancellable)
    g_cancellable_cancel(self->cancellable);
}

static void unroot(GtkWidget *widget) {
  cancel(INK_DATA_PAGE(widget));
  GTK_WIDGET_CLASS(ink_data_page_parent_class)->unroot(widget);
}

static gboolean grab_focus(GtkWidget *widget) {
  return gtk_widget_grab_focus(gtk_label_get_mnemonic_widget(INK_DATA_PAGE(widget)->download));
}

static void ink_data_page_class_init(InkDataPageClass *klass) {
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  widget->grab_focus = grab_focus;
  widget->unroot = unroot;
  signals[FETCHED] = g_signal_new("fetched", INK_TYPE_DATA_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
  signals[CLOSED] = g_signal_new("closed", INK_TYPE_DATA_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource(widget, "/page/inkling/Inkling/data-page.ui");
  gtk_widget_class_bind_template_child(widget, InkDataPage, status);
  gtk_widget_class_bind_template_child(widget, InkDataPage, trouble);
  gtk_widget_class_bind_template_child(widget, InkDataPage, steps);
  gtk_widget_class_bind_template_child(widget, InkDataPage, download);
  gtk_widget_class_bind_template_child(widget, InkDataPage, progress);
  gtk_widget_class_bind_template_child(widget, InkDataPage, progress_text);
  gtk_widget_class_bind_template_callback(widget, ink_data_page_download);
  gtk_widget_class_bind_template_callback(widget, cancel);
}

static void ink_data_page_init(InkDataPage *self) {
  gtk_widget_init_template(GTK_WIDGET(self));
}

/* The digits have words of their own; what else a catalogue may hold has its title. */
static void describe(InkDataPage *self) {
  g_autofree char *title = NULL, *description = NULL;

  if (g_str_equal(self->entry->name, "mnist")) {
    title = g_strdup(_("Get the handwritten digits"));
    description = g_strdup(_("Inkling learns from 70,000 small pictures of handwritten digits.\n"
                             "They are downloaded once and stay on this computer."));
  } else {
    title = g_strdup_printf(_("Get %s"), self->entry->title);
    description = g_strdup(_("The pictures are downloaded once and stay on this computer."));
  }
  adw_status_page_set_title(self->status, title);
  adw_status_page_set_description(self->status, description);
}

void ink_data_page_set_entry(InkDataPage *self, const InkCatalogueEntry *entry) {
  g_autofree char *label = NULL;

  g_return_if_fail(INK_IS_DATA_PAGE(self) && entry);
  if (entry != self->entry)
    cancel(self);
  self->entry = entry;
  describe(self);
  label = g_strdup_printf(_("_Download (%.1f\u00a0MB)"), ink_catalogue_download_bytes(entry) / 1e6);
  gtk_label_set_label(self->download, label);
  ink_data_page_set_trouble(self, NULL);
}

const InkCatalogueEntry *ink_data_page_get_entry(InkDataPage *self) {
  g_return_val_if_fail(INK_IS_DATA_PAGE(self), NULL);
  return self->entry;
}

void ink_data_page_set_trouble(InkDataPage *self, const char *sentence) {
  g_return_if_fail(INK_IS_DATA_PAGE(self));
  gtk_label_set_label(self->trouble, sentence ? sentence : "");
  gtk_widget_set_visible(GTK_WIDGET(self->trouble), sentence != NULL);
}
