#include "ui/window-private.h"

enum {
  NARROW_TOAST = 18,    /* characters a line */
  TOAST_ENTRANCE = 300, /* ms, as libadwaita takes */
};

static void leave(AdwToast *toast) {
  g_signal_emit_by_name(toast, "dismissed");
}

/* When a toast is dismissed before its first frame, libadwaita 1.2 frees it in the frame that ends
 * its entrance, and the program would crash. So it leaves only after that. */
static void leave_after_entrance(AdwToast *toast, AdwAnimation *entrance) {
  if (adw_animation_get_state(entrance) != ADW_ANIMATION_PLAYING)
    return;
  g_signal_stop_emission_by_name(toast, "dismissed");
  g_signal_connect_object(entrance, "done", G_CALLBACK(leave), toast, G_CONNECT_SWAPPED);
}

static void draw_nothing(double value, gpointer data) {}

/* Takes the toast. The entrance ends in the frame in which libadwaita's own does, or later. */
static void add_toast(AdwToastOverlay *overlay, AdwToast *toast) {
  AdwAnimationTarget *target = adw_callback_animation_target_new(draw_nothing, NULL, NULL);
  g_autoptr(AdwAnimation) entrance =
      adw_timed_animation_new(GTK_WIDGET(overlay), 0, 1, TOAST_ENTRANCE, target);

  g_signal_connect_object(toast, "dismissed", G_CALLBACK(leave_after_entrance), entrance, 0);
  adw_toast_overlay_add_toast(overlay, toast);
  adw_animation_play(entrance);
}

/* One at a time: the entrance of one that takes the place of another would be longer. So the next
 * one waits until the last has left the screen, and with it its title. */
static void show_next_toast(InkWindow *self) {
  g_autofree char *sentence = NULL;
  GtkWidget *title;
  AdwToast *toast;

  if (gtk_widget_in_destruction(GTK_WIDGET(self)))
    return;
  sentence = g_queue_pop_head(&self->sentences);
  self->shows_toast = sentence != NULL;
  if (!sentence)
    return;

  /* The toast's own title would be cut off where it is narrow. */
  title = gtk_label_new(sentence);
  gtk_label_set_wrap(GTK_LABEL(title), TRUE);
  if (ink_layout_bin_get_layout(self->layout_bin) == INK_LAYOUT_NARROW)
    gtk_label_set_max_width_chars(GTK_LABEL(title), NARROW_TOAST);
  gtk_widget_add_css_class(title, "heading");
  g_signal_connect_object(title, "destroy", G_CALLBACK(show_next_toast), self, G_CONNECT_SWAPPED);
  toast = adw_toast_new("");
  adw_toast_set_custom_title(toast, title);
  add_toast(self->toasts, toast);
}

void ink_window_toast(InkWindow *self, const char *sentence) {
  g_queue_push_tail(&self->sentences, g_strdup(sentence));
  if (!self->shows_toast)
    show_next_toast(self);
}

static void toast_action(GtkWidget *widget, const char *action, GVariant *parameter) {
  ink_window_toast(INK_WINDOW(widget), g_variant_get_string(parameter, NULL));
}

void ink_window_toasts_install_actions(GtkWidgetClass *klass) {
  gtk_widget_class_install_action(klass, "win.toast", "s", toast_action);
}
