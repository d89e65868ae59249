#include "ui/device-popover.h"

#include <glib/gi18n.h>

struct _InkDevicePopover {
  GtkPopover parent_instance;

  GtkListBox *devices;
  GtkWidget *threads_row;
  GtkSpinButton *threads;

  InkTrainer *trainer;
  gboolean filled;
  gboolean following; /* widgets change because the trainer did */
};

G_DEFINE_FINAL_TYPE(InkDevicePopover, ink_device_popover, GTK_TYPE_POPOVER)

static void apply(InkDevicePopover *self, const InkDeviceEntry *device) {
  int threads = gtk_spin_button_get_value_as_int(self->threads);

  if (!self->following)
    /* All of them is remembered as all, also on the day that the computer has more. */
    ink_trainer_set_device(self->trainer, device, threads == ink_device_processors() ? 0 : threads);
}

static void on_device_toggled(GtkCheckButton *check, InkDevicePopover *self) {
  if (gtk_check_button_get_active(check))
    apply(self, g_object_get_data(G_OBJECT(check), "device"));
}

static void on_threads_changed(InkDevicePopover *self) {
  apply(self, ink_trainer_get_device(self->trainer));
}

static char *describe(const InkDeviceEntry *device) {
  if (!device->info.usable)
    return g_strdup(device->info.reason);
  if (g_str_equal(device->id, "cpu"))
    /* Translators: instruction set, then how many processors, as in "AVX2, 8 processors". */
    return g_strdup_printf(
        g_dngettext(NULL, "%s, %d processor", "%s, %d processors", ink_device_processors()),
        device->info.detail, ink_device_processors());
  return g_strdup(device->info.detail);
}

static GtkCheckButton *add_device(InkDevicePopover *self, const InkDeviceEntry *device,
                                  GtkCheckButton *group) {
  g_autofree char *subtitle = describe(device);
  GtkWidget *row = adw_action_row_new(), *check = gtk_check_button_new();

  adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
  adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), device->title);
  adw_action_row_set_subtitle(ADW_ACTION_ROW(row), subtitle);
  adw_action_row_set_subtitle_lines(ADW_ACTION_ROW(row), 0);
  adw_action_row_add_prefix(ADW_ACTION_ROW(row), check);
  adw_action_row_set_activatable_widget(ADW_ACTION_ROW(row), check);
  gtk_widget_set_valign(check, GTK_ALIGN_CENTER);
  /* Not the row: its reason is to be read. */
  gtk_widget_set_sensitive(check, device->info.usable);
  gtk_check_button_set_group(GTK_CHECK_BUTTON(check), group);
  g_object_set_data(G_OBJECT(check), "device", (gpointer)device);
  g_signal_connect(check, "toggled", G_CALLBACK(on_device_toggled), self);
  gtk_list_box_append(self->devices, row);
  if (device == ink_trainer_get_device(self->trainer))
    gtk_check_button_set_active(GTK_CHECK_BUTTON(check), TRUE);
  return GTK_CHECK_BUTTON(check);
}

static void follow_device(InkDevicePopover *self) {
  const InkDeviceEntry *device = ink_trainer_get_device(self->trainer);

  self->following = TRUE;
  gtk_spin_button_set_value(self->threads, ink_trainer_get_threads(self->trainer));
  gtk_widget_set_visible(self->threads_row, device && g_str_equal(device->id, "cpu"));
  for (GtkWidget *row = gtk_widget_get_first_child(GTK_WIDGET(self->devices)); row;
       row = gtk_widget_get_next_sibling(row)) {
    GtkWidget *check = adw_action_row_get_activatable_widget(ADW_ACTION_ROW(row));
    if (g_object_get_data(G_OBJECT(check), "device") == device)
      gtk_check_button_set_active(GTK_CHECK_BUTTON(check), TRUE);
  }
  self->following = FALSE;
}

/* Filled at first sight: looking for devices may load a driver. */
static void on_show(GtkWidget *widget) {
  InkDevicePopover *self = INK_DEVICE_POPOVER(widget);
  GtkCheckButton *group = NULL;
  guint n;
  const InkDeviceEntry *const *devices = ink_devices_get(&n);

  if (!self->filled) {
    self->following = TRUE;
    gtk_spin_button_set_range(self->threads, 1, ink_device_processors());
    for (guint i = 0; i < n; i++)
      group = add_device(self, devices[i], group);
    self->filled = TRUE;
  }
  follow_device(self);
  GTK_WIDGET_CLASS(ink_device_popover_parent_class)->show(widget);
}

static void dispose(GObject *object) {
  InkDevicePopover *self = INK_DEVICE_POPOVER(object);

  g_clear_object(&self->trainer);
  G_OBJECT_CLASS(ink_device_popover_parent_class)->dispose(object);
}

static void ink_device_popover_class_init(InkDevicePopoverClass *klass) {
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->dispose = dispose;
  widget->show = on_show;
  gtk_widget_class_set_template_from_resource(widget, "/page/inkling/Inkling/device-popover.ui");
  gtk_widget_class_bind_template_child(widget, InkDevicePopover, devices);
  gtk_widget_class_bind_template_child(widget, InkDevicePopover, threads_row);
  gtk_widget_class_bind_template_child(widget, InkDevicePopover, threads);
  gtk_widget_class_bind_template_callback(widget, on_threads_changed);
}

static void ink_device_popover_init(InkDevicePopover *self) {
  gtk_widget_init_template(GTK_WIDGET(self));
}

GtkWidget *ink_device_popover_new(InkTrainer *trainer) {
  InkDevicePopover *self = g_object_new(INK_TYPE_DEVICE_POPOVER, NULL);

  self->trainer = g_object_ref(trainer);
  g_signal_connect_object(trainer, "notify::device", G_CALLBACK(follow_device), self,
                          G_CONNECT_SWAPPED);
  return GTK_WIDGET(self);
}
