#include "tests/ui/window-fixture.h"
#include "tests/support/idx-files.h"

#include <glib/gstdio.h>

char *test_home;
static AdwApplication *application;

void test_window_init(int *argc, char ***argv) {
  test_home = test_make_folder();
  g_setenv("XDG_DATA_HOME", test_home, TRUE);
  g_setenv("XDG_STATE_HOME", test_home, TRUE);
  gtk_test_init(argc, argv, NULL);
  application = adw_application_new("org.example.InklingTest", G_APPLICATION_NON_UNIQUE);
  g_assert_true(g_application_register(G_APPLICATION(application), NULL, NULL));
}

int test_window_run(void) {
  int status = g_test_run();

  g_object_unref(application);
  test_remove_folder(test_home);
  return status;
}

char *test_checkpoint_path(void) {
  return g_build_filename(g_get_user_state_dir(), "inkling", "window.safetensors", NULL);
}

static void forget_settings(void) {
  g_autoptr(GSettings) settings = g_settings_new("page.inkling.Inkling");
  g_autoptr(GSettingsSchema) schema = NULL;
  g_auto(GStrv) keys = NULL;

  g_object_get(settings, "settings-schema", &schema, NULL);
  keys = g_settings_schema_list_keys(schema);
  for (char **key = keys; *key; key++)
    g_settings_reset(settings, *key);
  /* On the test's session bus nobody shows one, and the window may be in the background. */
  g_settings_set_boolean(settings, "notify-when-finished", FALSE);
}

void test_open_window(Fixture *f) {
  f->window = INK_WINDOW(ink_window_new(application));
  g_object_add_weak_pointer(G_OBJECT(f->window), (gpointer *)&f->window);
  test_show_window(GTK_WINDOW(f->window));
}

void test_close_window(Fixture *f) {
  if (f->window)
    ink_window_leave(f->window);
  test_wait_until(!f->window);
}

void test_reopen(Fixture *f) {
  test_close_window(f);
  test_open_window(f);
  test_wait_until(ink_trainer_get_dataset(f->window->trainer));
}

void test_set_up(Fixture *f, gconstpointer with_data) {
  g_autofree char *checkpoint = test_checkpoint_path();

  forget_settings();
  g_remove(checkpoint);
  f->folder = g_build_filename(test_home, "inkling", "datasets", "mnist", NULL);
  if (with_data) {
    g_assert_cmpint(g_mkdir_with_parents(f->folder, 0700), ==, 0);
    test_write_dataset(f->folder, 2000, 400, 10, 1);
  }
  test_open_window(f);
  if (with_data)
    test_wait_until(ink_trainer_get_dataset(f->window->trainer));
}

void test_tear_down(Fixture *f, gconstpointer with_data) {
  test_close_window(f);
  if (with_data)
    test_remove_folder(g_steal_pointer(&f->folder));
  g_free(f->folder);
}

void test_set_epochs(Fixture *f, int epochs) {
  InkRecipe recipe = *ink_trainer_get_recipe(f->window->trainer);

  recipe.epochs = epochs;
  ink_trainer_set_recipe(f->window->trainer, &recipe);
}

void test_activate(Fixture *f, const char *action) {
  g_assert_true(gtk_widget_activate_action(GTK_WIDGET(f->window), action, NULL));
}

InkTrainerState test_state(Fixture *f) {
  return ink_trainer_get_state(f->window->trainer);
}

void test_set_dataset(Fixture *f, const char *folder) {
  g_assert_true(gtk_widget_activate_action(GTK_WIDGET(f->window), "win.set-dataset", "s", folder));
}

const char *test_dataset_name(Fixture *f) {
  return ink_dataset_get_name(ink_trainer_get_dataset(f->window->trainer));
}

void test_train_to_the_end(Fixture *f) {
  test_click_centre(f->window->start_button);
  test_wait_until(ink_trainer_get_outcome(f->window->trainer) == INK_OUTCOME_FINISHED);
}

gboolean test_has_trouble(Fixture *f, const char *part) {
  return gtk_info_bar_get_revealed(f->window->info_bar) &&
         strstr(gtk_label_get_label(f->window->info_label), part);
}

gpointer test_find_toplevel(GType type) {
  GListModel *toplevels = gtk_window_get_toplevels();

  for (guint i = 0; i < g_list_model_get_n_items(toplevels); i++) {
    g_autoptr(GtkWindow) window = g_list_model_get_item(toplevels, i);
    if (G_TYPE_CHECK_INSTANCE_TYPE(window, type) && gtk_widget_get_visible(GTK_WIDGET(window)))
      return window;
  }
  return NULL;
}

static GtkWidget *find_labelled(GtkWidget *root, const char *label) {
  if (GTK_IS_BUTTON(root) && g_strcmp0(gtk_button_get_label(GTK_BUTTON(root)), label) == 0)
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child(root); child;
       child = gtk_widget_get_next_sibling(child)) {
    GtkWidget *found = find_labelled(child, label);
    if (found)
      return found;
  }
  return NULL;
}

void test_answer(const char *label) {
  GtkWidget *dialog = test_find_toplevel(ADW_TYPE_MESSAGE_DIALOG);

  g_assert_nonnull(dialog);
  g_signal_emit_by_name(find_labelled(dialog, label), "clicked");
  test_wait_until(!test_find_toplevel(ADW_TYPE_MESSAGE_DIALOG));
}
