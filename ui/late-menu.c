#include "ui/late-menu.h"

static void build(GtkMenuButton *button, gpointer model) {
  if (!gtk_menu_button_get_menu_model(button))
    gtk_menu_button_set_menu_model(button, model);
}

void ink_late_menu_set(GtkMenuButton *button, GMenuModel *model) {
  g_return_if_fail(GTK_IS_MENU_BUTTON(button) && G_IS_MENU_MODEL(model));
  gtk_menu_button_set_create_popup_func(button, build, g_object_ref(model), g_object_unref);
}
