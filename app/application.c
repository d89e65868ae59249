#include "app/application.h"
#include "ui/palette.h"
#include "ui/window.h"

#include <adwaita.h>

static void activate(GApplication *application) {
  GtkWindow *window = gtk_application_get_active_window(GTK_APPLICATION(application));

  if (!window)
    window = GTK_WINDOW(ink_window_new(ADW_APPLICATION(application)));
  gtk_window_present(window);
}

static void startup(GApplication *application) {
  ink_palette_install(gdk_display_get_default());
}

int ink_application_run(int argc, char **argv) {
  g_autoptr(AdwApplication) application =
      adw_application_new("page.inkling.Inkling", G_APPLICATION_DEFAULT_FLAGS);

  g_application_set_resource_base_path(G_APPLICATION(application), "/page/inkling/Inkling");
  g_signal_connect(application, "startup", G_CALLBACK(startup), NULL);
  g_signal_connect(application, "activate", G_CALLBACK(activate), NULL);
  return g_application_run(G_APPLICATION(application), argc, argv);
}
