#include "ui/preferences.h"

struct _InkPreferences {
  AdwPreferencesWindow parent_instance;

  GtkSwitch *notify, *stay_awake;
};

G_DEFINE_FINAL_TYPE(InkPreferences, ink_preferences, ADW_TYPE_PREFERENCES_WINDOW)

static void ink_preferences_class_init(InkPreferencesClass *klass) {
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  gtk_widget_class_set_template_from_resource(widget, "/page/inkling/Inkling/preferences.ui");
  gtk_widget_class_bind_template_child(widget, InkPreferences, notify);
  gtk_widget_class_bind_template_child(widget, InkPreferences, stay_awake);
}

static void ink_preferences_init(InkPreferences *self) {
  gtk_widget_init_template(GTK_WIDGET(self));
}

GtkWidget *ink_preferences_new(InkSettings *settings) {
  InkPreferences *self = g_object_new(INK_TYPE_PREFERENCES, NULL);
  GBindingFlags flags = G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE;

  g_object_bind_property(settings, "notify-when-finished", self->notify, "active", flags);
  g_object_bind_property(settings, "stay-awake", self->stay_awake, "active", flags);
  return GTK_WIDGET(self);
}
