/* The device list of the window: each device as it is, or why it can't be used. The GPU is
 * emulated; devices are found once in a program, so that each case is one of its own. */
#include "ui/device-popover.h"
#include "tests/support/find.h"
#include "tests/support/input.h"

#include <string.h>

typedef struct {
  const char *path, *modules, *gpu; /* modules: a folder, or NULL for the emulated GPU's */
  const char *says;                 /* of the GPU, among other words */
  gboolean usable;
} Case;

static const Case cases[] = {
    {"no-module", "/proc/nonexistent", "",
     "built without NVIDIA support: install the CUDA Toolkit"},
    {"no-driver", NULL, "driver=0", "No NVIDIA driver was found: install the driver"},
    {"old-driver", NULL, "driver=12040", "Inkling needs 13.0: update the driver"},
    {"no-device", NULL, "devices=0", "shows no GPU: check that one is installed"},
    {"little-memory", NULL, "free=10000000", "only 9 MB of free memory"},
    {"works", NULL, "", "compute capability 9.0", TRUE},
};

static GtkWidget *show_popover(InkTrainer *trainer) {
  GtkWidget *window = gtk_window_new(), *button = gtk_menu_button_new();
  GtkWidget *popover = ink_device_popover_new(trainer);

  gtk_menu_button_set_popover(GTK_MENU_BUTTON(button), popover);
  gtk_window_set_child(GTK_WINDOW(window), button);
  test_show_window(GTK_WINDOW(window));
  gtk_menu_button_popup(GTK_MENU_BUTTON(button));
  test_wait_until(gtk_widget_get_mapped(popover));
  return popover;
}

/* What stands in the list, and that the GPU is chosen where that is possible, and only there. */
static void look(const Case *c) {
  g_autoptr(InkTrainer) trainer = ink_trainer_new();
  GtkWidget *popover = show_popover(trainer);
  AdwActionRow *cpu = test_find(popover, ADW_TYPE_ACTION_ROW, 0);
  AdwActionRow *gpu = test_find(popover, ADW_TYPE_ACTION_ROW, 1);
  GtkCheckButton *check = GTK_CHECK_BUTTON(adw_action_row_get_activatable_widget(gpu));

  g_assert_cmpstr(adw_preferences_row_get_title(ADW_PREFERENCES_ROW(cpu)), ==, "CPU");
  g_assert_true(
      gtk_check_button_get_active(GTK_CHECK_BUTTON(adw_action_row_get_activatable_widget(cpu))));
  g_assert_nonnull(strstr(adw_preferences_row_get_title(ADW_PREFERENCES_ROW(gpu)), "GPU"));
  g_assert_nonnull(strstr(adw_action_row_get_subtitle(gpu), c->says));
  test_wait_until(test_find_text(popover, adw_action_row_get_subtitle(gpu)));
  g_assert_true(gtk_widget_is_sensitive(GTK_WIDGET(gpu)));
  g_assert_cmpint(gtk_widget_is_sensitive(GTK_WIDGET(check)), ==, c->usable);
  if (c->usable)
    gtk_widget_activate(GTK_WIDGET(check));
  g_assert_cmpint(gtk_check_button_get_active(check), ==, c->usable);
  g_assert_cmpstr(ink_trainer_get_device(trainer)->id, ==, c->usable ? "cuda:0" : "cpu");
  gtk_window_destroy(GTK_WINDOW(gtk_widget_get_root(popover)));
}

static void test_case(gconstpointer data) {
  const Case *c = data;
  g_autofree char *emulated = g_test_build_filename(G_TEST_BUILT, "kernels", NULL);

  if (g_test_subprocess()) {
    look(c);
    return;
  }
  g_setenv("INKLING_MODULES", c->modules ? c->modules : emulated, TRUE);
  g_setenv("EMULATED_GPU", c->gpu, TRUE);
  g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed();
}

int main(int argc, char **argv) {
  gtk_test_init(&argc, &argv, NULL);
  adw_init();
  for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *path = g_strconcat("/device-popover/", cases[i].path, NULL);

    g_test_add_data_func(path, &cases[i], test_case);
  }
  return g_test_run();
}
