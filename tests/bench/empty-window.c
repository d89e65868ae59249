/* empty-window: the least that a window of GTK and libadwaita costs; see first-frame.c. */
#include <adwaita.h>

static void show_window(GApplication *application) {
  GtkWidget *window = adw_application_window_new(GTK_APPLICATION(application));

  gtk_window_set_default_size(GTK_WINDOW(window), 1180, 780);
  gtk_window_present(GTK_WINDOW(window));
}

int main(int argc, char **argv) {
  g_autoptr(AdwApplication) application =
      adw_application_new("page.inkling.EmptyWindow", G_APPLICATION_DEFAULT_FLAGS);

  g_signal_connect(application, "activate", G_CALLBACK(show_window), NULL);
  return g_application_run(G_APPLICATION(application), argc, argv);
}
