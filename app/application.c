#include "app/application.h"
#include "app/command.h"
#include "ui/palette.h"
#include "ui/window.h"

#include <adwaita.h>
#include <glib-unix.h>
#include <glib/gi18n.h>

#define APPLICATION_ID "page.inkling.Inkling"

static void show_window(GApplication *application) {
  GtkWindow *window = gtk_application_get_active_window(GTK_APPLICATION(application));

  if (!window)
    window = GTK_WINDOW(ink_window_new(ADW_APPLICATION(application)));
  gtk_window_present(window);
}

static void show(GSimpleAction *action, GVariant *parameter, gpointer application) {
  show_window(application);
}

static void show_preferences(GSimpleAction *action, GVariant *parameter, gpointer application) {
  GtkWindow *window = gtk_application_get_active_window(application);

  if (INK_IS_WINDOW(window))
    ink_window_show_preferences(INK_WINDOW(window));
}

static void show_about(GSimpleAction *action, GVariant *parameter, gpointer application) {
  adw_show_about_window(
      gtk_application_get_active_window(application), "application-name", _("Inkling"),
      "application-icon", APPLICATION_ID, "version", INK_VERSION, "developer-name",
      _("The Inkling developers"), "license-type", GTK_LICENSE_MIT_X11, "comments",
      _("Trains a small convolutional network on handwritten digits while you watch, reads the "
        "digit you draw, and shows what it got right and wrong."),
      /* Translators: your names, one a line; they are shown in the about window. */
      "translator-credits", _("translator-credits"), NULL);
}

/* Through the window, so that it can ask about a run. */
static void quit(GSimpleAction *action, GVariant *parameter, gpointer application) {
  GtkWindow *window = gtk_application_get_active_window(application);

  if (window)
    gtk_window_close(window);
  else
    g_application_quit(application);
}

/* Asked to end from outside, as at the end of the desktop's session: all is kept. With the source
 * goes the handler, so that a second signal ends the program at once. */
static gboolean leave(gpointer application) {
  GList *each = gtk_application_get_windows(application);

  while (each && !INK_IS_WINDOW(each->data)) /* a dialog */
    each = each->next;
  if (each)
    ink_window_leave(each->data);
  g_application_quit(application);
  return G_SOURCE_REMOVE;
}

static const GActionEntry actions[] = {
    {"show", show},
    {"preferences", show_preferences},
    {"about", show_about},
    {"quit", quit},
};

static const struct {
  const char *action, *accels[3];
} shortcuts[] = {
    {"win.start-pause", {"<Control>Return", "<Control>KP_Enter"}},
    {"win.step", {"<Control>period"}},
    {"win.stop", {"<Shift><Control>Return", "<Shift><Control>KP_Enter"}},
    {"win.reset", {"<Control>r"}},
    {"win.page::train", {"<Alt>1"}},
    {"win.page::draw", {"<Alt>2"}},
    {"win.page::predictions", {"<Alt>3"}},
    {"win.toggle-sidebar", {"F9"}},
    {"win.open-model", {"<Control>o"}},
    {"win.save-model", {"<Control>s"}},
    {"win.show-help-overlay", {"<Control>question"}},
    {"app.preferences", {"<Control>comma"}},
    {"app.quit", {"<Control>q"}},
    {"window.close", {"<Control>w"}},
};

static void startup(GApplication *application) {
  ink_palette_install(gdk_display_get_default());
  gtk_window_set_default_icon_name(APPLICATION_ID);
  g_action_map_add_action_entries(G_ACTION_MAP(application), actions, G_N_ELEMENTS(actions),
                                  application);
  for (gsize i = 0; i < G_N_ELEMENTS(shortcuts); i++)
    gtk_application_set_accels_for_action(GTK_APPLICATION(application), shortcuts[i].action,
                                          shortcuts[i].accels);
  g_unix_signal_add(SIGTERM, leave, application);
  g_unix_signal_add(SIGHUP, leave, application);
  g_unix_signal_add(SIGINT, leave, application);
}

/* Where there is no graphics device, GL is computed by the processors that train: cairo draws the
 * same in less, and without GL the window is there sooner. From 4.14 on GTK chooses so itself. */
static void choose_renderer(void) {
  static const char *const devices[] = {"/dev/dri", "/dev/nvidiactl", "/dev/dxg"};
  gboolean found = FALSE;

  if (gtk_get_minor_version() >= 14)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS(devices); i++)
    found = found || g_file_test(devices[i], G_FILE_TEST_EXISTS);
  if (!found)
    g_setenv("GSK_RENDERER", "cairo", FALSE);
  if (g_strcmp0(g_getenv("GSK_RENDERER"), "cairo") == 0)
    g_setenv("GDK_DEBUG", "gl-disable", FALSE);
}

int ink_application_run(int argc, char **argv) {
  choose_renderer();
  /* GtkApplication would end the program with a warning of GTK's. */
  if (!gtk_init_check()) {
    g_printerr(_("inkling: There is no display to open the window on; “inkling train” trains in "
                 "the terminal, and “inkling --help” lists all commands.\n"));
    return INK_EXIT_FAILED;
  }

  g_autoptr(AdwApplication) application =
      adw_application_new(APPLICATION_ID, G_APPLICATION_DEFAULT_FLAGS);
  int status;

  g_application_set_resource_base_path(G_APPLICATION(application), "/page/inkling/Inkling");
  g_signal_connect(application, "startup", G_CALLBACK(startup), NULL);
  g_signal_connect(application, "activate", G_CALLBACK(show_window), NULL);
  status = g_application_run(G_APPLICATION(application), argc, argv);
  g_settings_sync(); /* what was written last may still be on its way */
  return status;
}
