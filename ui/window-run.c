#include "ui/window-private.h"

#include "ui/format.h"

#include <glib/gi18n.h>
#include <math.h>

/* The status line is for reading: ten times a second is plenty, and spares the layout. */
enum { STATUS_INTERVAL = 100000 /* µs */ };

static gboolean in_run(InkWindow *self) {
  return ink_trainer_get_state(self->trainer) != INK_TRAINER_IDLE;
}

static gboolean is_running(InkWindow *self) {
  return ink_trainer_get_state(self->trainer) == INK_TRAINER_RUNNING;
}

gboolean ink_window_has_unsaved_network(InkWindow *self) {
  return ink_trainer_is_trained(self->trainer) &&
         ink_trainer_get_network(self->trainer) != self->saved_network;
}

/* Header and actions */

/* Of a button that may show only its icon. Not also by the words in it, or GTK would say both. */
static void set_name(GtkWidget *button, const char *name) {
  GtkAccessible *accessible = GTK_ACCESSIBLE(button);

  gtk_accessible_reset_relation(accessible, GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  gtk_accessible_update_property(accessible, GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static void follow_start_button(InkWindow *self) {
  gboolean running = is_running(self);
  gboolean narrow = ink_layout_bin_get_layout(self->layout_bin) == INK_LAYOUT_NARROW;
  const char *word = running ? _("Pause") : _("Start");

  adw_button_content_set_icon_name(self->start_content, running ? "media-playback-pause-symbolic"
                                                                : "media-playback-start-symbolic");
  adw_button_content_set_label(self->start_content, narrow ? "" : word);
  gtk_widget_set_tooltip_text(self->start_button, running ? _("Pause Training (Ctrl+Return)")
                                                          : _("Start Training (Ctrl+Return)"));
  set_name(self->start_button, word);
}

static void follow_actions(InkWindow *self) {
  GtkWidget *widget = GTK_WIDGET(self);
  gboolean data = ink_trainer_get_dataset(self->trainer) != NULL;

  gtk_widget_action_set_enabled(widget, "win.start-pause", data);
  gtk_widget_action_set_enabled(widget, "win.step", data && !is_running(self));
  gtk_widget_action_set_enabled(widget, "win.stop", in_run(self));
  gtk_widget_action_set_enabled(widget, "win.reset", data);
  gtk_widget_action_set_enabled(widget, "win.open-model", data);
  gtk_widget_action_set_enabled(widget, "win.save-model", data);
  gtk_widget_action_set_enabled(widget, "win.export-chart", data);
}

static void follow_device(InkWindow *self) {
  const InkDeviceEntry *device = ink_trainer_get_device(self->trainer);
  int threads = ink_trainer_get_threads(self->trainer);
  gboolean cpu = device && g_str_equal(device->id, "cpu");
  gboolean narrow = ink_layout_bin_get_layout(self->layout_bin) == INK_LAYOUT_NARROW;
  g_autofree char *label = NULL;

  if (cpu)
    /* Translators: a device and its threads, as in "CPU · 2 threads". */
    label = g_strdup_printf(g_dngettext(NULL, "%s · %d thread", "%s · %d threads", threads),
                            device->title, threads);
  else
    label = g_strdup(device ? device->title : "");
  adw_button_content_set_label(self->device_content, narrow ? "" : label);
  set_name(self->device_button, label);
  /* What takes the focus is the button within. */
  set_name(gtk_widget_get_first_child(self->device_button), label);
}

static void remember_device(InkWindow *self) {
  int threads = ink_trainer_get_threads(self->trainer);

  follow_device(self);
  if (self->device_restored)
    g_object_set(self->settings, "device", ink_trainer_get_device(self->trainer)->id, "threads",
                 threads == ink_device_processors() ? 0 : threads, NULL);
}

/* Progress bar and status line */

static char *describe_speed(InkWindow *self, const InkProgress *progress) {
  g_autofree char *left = ink_format_duration(progress->seconds_left);
  g_autofree char *speed = ink_format_count(llround(progress->images_per_second));
  gboolean narrow = ink_layout_bin_get_layout(self->layout_bin) == INK_LAYOUT_NARROW;

  if (!is_running(self))
    return g_strdup(_("Paused"));
  if (!isfinite(progress->seconds_left) || !(progress->images_per_second > 0))
    return g_strdup("");
  if (narrow)
    return g_strdup_printf(_("%s left"), left);
  return g_strdup_printf(_("%s images/s · %s left"), speed, left);
}

static void write_status(InkWindow *self, const InkProgress *progress) {
  g_autofree char *step = ink_format_count(progress->updates > 0 ? progress->epoch_step + 1 : 0);
  g_autofree char *steps = ink_format_count(progress->steps_per_epoch);
  g_autofree char *epoch = ink_format_count(progress->epoch + 1);
  g_autofree char *epochs = ink_format_count(progress->epochs);
  g_autofree char *epoch_text = g_strdup_printf(_("Epoch %s of %s"), epoch, epochs);
  g_autofree char *epoch_numbers = g_strdup_printf("%s / %s", epoch, epochs);
  g_autofree char *step_text = g_strdup_printf(_("step %s of %s"), step, steps);
  g_autofree char *speed_text = describe_speed(self, progress);

  gtk_label_set_label(self->epoch_label, epoch_text);
  gtk_label_set_label(self->epoch_numbers, epoch_numbers);
  gtk_label_set_label(self->step_label, step_text);
  gtk_label_set_label(self->speed_label, speed_text);
  self->status_time = g_get_monotonic_time();
}

static void follow_progress(InkWindow *self) {
  const InkProgress *progress = ink_trainer_get_progress(self->trainer);

  if (!in_run(self))
    return;
  gtk_progress_bar_set_fraction(
      self->run_progress,
      progress->planned > 0 ? CLAMP((double)progress->updates / progress->planned, 0, 1) : 0);
  if (!is_running(self) || g_get_monotonic_time() - self->status_time >= STATUS_INTERVAL)
    write_status(self, progress);
}

static void follow_sleep(InkWindow *self) {
  GtkApplication *application = gtk_window_get_application(GTK_WINDOW(self));
  gboolean inhibit = is_running(self) && ink_settings_get_boolean(self->settings, "stay-awake");

  if (!application || inhibit == (self->inhibit_cookie != 0))
    return;
  if (inhibit) {
    self->inhibit_cookie =
        gtk_application_inhibit(application, GTK_WINDOW(self), GTK_APPLICATION_INHIBIT_SUSPEND,
                                _("A network is being trained"));
  } else {
    gtk_application_uninhibit(application, self->inhibit_cookie);
    self->inhibit_cookie = 0;
  }
}

void ink_window_follow_run(InkWindow *self) {
  follow_start_button(self);
  follow_actions(self);
  follow_device(self);
  follow_sleep(self);
  if (in_run(self))
    gtk_widget_set_visible(self->run_bar, TRUE);
  gtk_revealer_set_reveal_child(self->run_revealer, in_run(self));
  if (in_run(self)) {
    self->status_time = 0;
    follow_progress(self);
  }
}

/* How a run ends */

static char *describe_end(InkWindow *self) {
  const InkProgress *progress = ink_trainer_get_progress(self->trainer);
  InkTestResult *result = ink_trainer_get_test_result(self->trainer);
  g_autofree char *time = ink_format_duration(progress->seconds);
  g_autofree char *share = NULL, *count = NULL;

  if (!result || result->count == 0)
    return g_strdup_printf(_("Trained for %s."), time);
  share = ink_format_percent((double)result->correct / result->count, 2);
  count = ink_format_count(result->count);
  /* Translators: as in "98.06 % of 10,000 test images right after 12 s." */
  return g_strdup_printf(_("%s of %s test images right after %s."), share, count, time);
}

static void on_ended(InkWindow *self) {
  GApplication *application = G_APPLICATION(gtk_window_get_application(GTK_WINDOW(self)));
  InkOutcome outcome = ink_trainer_get_outcome(self->trainer);
  gboolean failed = outcome == INK_OUTCOME_FAILED;
  g_autofree char *text = describe_end(self);
  g_autoptr(GNotification) notification = NULL;

  if (!failed && outcome == INK_OUTCOME_FINISHED)
    ink_window_toast(self, text);
  if (!application || outcome == INK_OUTCOME_STOPPED || gtk_window_is_active(GTK_WINDOW(self)) ||
      !ink_settings_get_boolean(self->settings, "notify-when-finished"))
    return;
  notification = g_notification_new(failed ? _("Training failed") : _("Training finished"));
  g_notification_set_body(notification, failed ? gtk_label_get_label(self->info_label) : text);
  g_notification_set_default_action(notification, "app.show");
  g_application_send_notification(application, "run-ended", notification);
}

static void on_failed(InkWindow *self, const char *sentence) {
  const InkDeviceEntry *device = ink_trainer_get_device(self->trainer);
  gboolean unkept = ink_trainer_is_unkept(self->trainer);

  if (unkept && ink_window_has_unsaved_network(self))
    ink_window_show_trouble(self, sentence, _("_Save Model…"), "win.save-model");
  else if (!unkept && device && !g_str_equal(device->id, "cpu"))
    ink_window_show_trouble(self, sentence, _("_Use the CPU"), "win.use-cpu");
  else
    ink_window_show_trouble(self, sentence, NULL, NULL);
}

/* Actions */

/* Troubles of before are over, and a number that is still being typed counts. */
static void get_ready(InkWindow *self) {
  GtkWidget *focus = gtk_window_get_focus(GTK_WINDOW(self));
  GtkWidget *spin = focus ? gtk_widget_get_ancestor(focus, GTK_TYPE_SPIN_BUTTON) : NULL;

  ink_window_hide_trouble(self);
  if (spin)
    gtk_spin_button_update(GTK_SPIN_BUTTON(spin));
}

static void start_pause(GtkWidget *widget, const char *action, GVariant *parameter) {
  InkWindow *self = INK_WINDOW(widget);

  if (is_running(self)) {
    ink_trainer_pause(self->trainer);
    return;
  }
  get_ready(self);
  ink_trainer_start(self->trainer);
}

static void step(GtkWidget *widget, const char *action, GVariant *parameter) {
  get_ready(INK_WINDOW(widget));
  ink_trainer_step(INK_WINDOW(widget)->trainer);
}

static void stop(GtkWidget *widget, const char *action, GVariant *parameter) {
  ink_trainer_stop(INK_WINDOW(widget)->trainer);
}

static void use_cpu(GtkWidget *widget, const char *action, GVariant *parameter) {
  InkWindow *self = INK_WINDOW(widget);

  ink_window_hide_trouble(self);
  ink_trainer_set_device(self->trainer, ink_device_find("cpu", NULL),
                         ink_settings_get_int(self->settings, "threads"));
}

AdwMessageDialog *ink_window_ask(InkWindow *self, const char *heading, const char *body,
                                 const char *yes, GClosure *on_yes) {
  GtkWidget *dialog = adw_message_dialog_new(GTK_WINDOW(self), heading, body);

  adw_message_dialog_add_responses(ADW_MESSAGE_DIALOG(dialog), "cancel", _("_Cancel"), "yes", yes,
                                   NULL);
  adw_message_dialog_set_response_appearance(ADW_MESSAGE_DIALOG(dialog), "yes",
                                             ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response(ADW_MESSAGE_DIALOG(dialog), "cancel");
  adw_message_dialog_set_close_response(ADW_MESSAGE_DIALOG(dialog), "cancel");
  g_signal_connect_closure(dialog, "response::yes", on_yes, FALSE);
  gtk_window_present(GTK_WINDOW(dialog));
  return ADW_MESSAGE_DIALOG(dialog);
}

static void on_reset_answered(InkWindow *self) {
  ink_trainer_reset(self->trainer);
}

static void reset(GtkWidget *widget, const char *action, GVariant *parameter) {
  InkWindow *self = INK_WINDOW(widget);

  get_ready(self);
  if (!ink_window_has_unsaved_network(self)) {
    ink_trainer_reset(self->trainer);
    return;
  }
  ink_window_ask(self, _("Forget What Was Learned?"),
                 _("The network starts again from new weights. What it has learned is lost, unless "
                   "you save the model first."),
                 _("_Reset"),
                 g_cclosure_new_object_swap(G_CALLBACK(on_reset_answered), G_OBJECT(self)));
}

void ink_window_run_install_actions(GtkWidgetClass *klass) {
  gtk_widget_class_install_action(klass, "win.start-pause", NULL, start_pause);
  gtk_widget_class_install_action(klass, "win.step", NULL, step);
  gtk_widget_class_install_action(klass, "win.stop", NULL, stop);
  gtk_widget_class_install_action(klass, "win.reset", NULL, reset);
  gtk_widget_class_install_action(klass, "win.use-cpu", NULL, use_cpu);
}

static void connect(InkWindow *self, gpointer source, const char *signal, GCallback callback) {
  g_signal_connect_object(source, signal, callback, self, G_CONNECT_SWAPPED);
}

void ink_window_run_init(InkWindow *self) {
  connect(self, self->trainer, "notify::state", G_CALLBACK(ink_window_follow_run));
  connect(self, self->trainer, "notify::dataset", G_CALLBACK(ink_window_follow_run));
  connect(self, self->trainer, "notify::device", G_CALLBACK(remember_device));
  connect(self, self->trainer, "progress", G_CALLBACK(follow_progress));
  connect(self, self->trainer, "failed", G_CALLBACK(on_failed));
  connect(self, self->trainer, "ended", G_CALLBACK(on_ended));
  connect(self, self->settings, "notify::stay-awake", G_CALLBACK(follow_sleep));
}
