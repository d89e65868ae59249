/* The page of a person without data: how it downloads, and how it fails. In the window, as only
 * that knows what to do with what came. */
#include "ui/data-page.h"
#include "tests/support/find.h"
#include "tests/support/idx-files.h"
#include "tests/support/input.h"
#include "tests/support/mirror.h"
#include "ui/window-private.h"

static AdwApplication *application;
static char *data_home;

typedef struct {
  TestMirror *mirror;
  InkWindow *window;
  GtkWidget *page;
} Fixture;

/* data: the mirror's mode. */
static void set_up(Fixture *f, gconstpointer data) {
  f->mirror = test_mirror_new();
  f->window = INK_WINDOW(ink_window_new(application));
  g_object_add_weak_pointer(G_OBJECT(f->window), (gpointer *)&f->window);
  f->page = GTK_WIDGET(f->window->data_page);
  test_show_window(GTK_WINDOW(f->window));
  test_wait_until(f->window->device_restored && !f->window->loading);
  ink_data_page_set_entry(f->window->data_page,
                          test_mirror_entry(f->mirror, "mnist", (const char *[]){data, NULL}));
}

static void tear_down(Fixture *f, gconstpointer data) {
  if (f->window)
    gtk_window_close(GTK_WINDOW(f->window));
  test_wait_until(!f->window);
  test_mirror_free(f->mirror);
  test_remove_folder(g_build_filename(data_home, "inkling", NULL));
}

static gboolean shows(Fixture *f, const char *text) {
  return test_find_text(f->page, text) != NULL;
}

/* Of what is in its place, not on the way there. */
static void click(Fixture *f, const char *text) {
  GtkStack *steps = test_find(f->page, GTK_TYPE_STACK, 0);
  GtkWidget *label;

  test_wait_until((label = test_find_text(f->page, text)) &&
                  !gtk_stack_get_transition_running(steps));
  test_click_centre(gtk_widget_get_ancestor(label, GTK_TYPE_BUTTON));
}

/* The mapped label that begins so and ends so. */
static gboolean shows_between(GtkWidget *root, const char *begin, const char *end) {
  if (GTK_IS_LABEL(root) && gtk_widget_get_mapped(root)) {
    const char *text = gtk_label_get_text(GTK_LABEL(root));

    if (g_str_has_prefix(text, begin) && g_str_has_suffix(text, end))
      return TRUE;
  }
  for (GtkWidget *child = gtk_widget_get_first_child(root); child;
       child = gtk_widget_get_next_sibling(child))
    if (shows_between(child, begin, end))
      return TRUE;
  return FALSE;
}

static gboolean is_nothing_there(void) {
  g_autofree char *folder = g_build_filename(data_home, "inkling", "datasets", "mnist", NULL);
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);

  return !dir || !g_dir_read_name(dir);
}

static void test_downloads(Fixture *f, gconstpointer data) {
  g_assert_true(shows(f, "Get the handwritten digits"));
  click(f, "Download (0.2\u00a0MB)");
  test_wait_until(ink_trainer_get_dataset(f->window->trainer));
  g_assert_cmpstr(gtk_stack_get_visible_child_name(f->window->view), ==, "pages");
  g_assert_cmpuint(ink_dataset_get_count(ink_trainer_get_dataset(f->window->trainer), INK_TRAIN),
                   ==, 300);
  test_wait_until(gtk_window_get_focus(GTK_WINDOW(f->window)) == f->window->start_button);
}

/* A server that stops in the middle: how far it came, and for how long it would go on. */
static void test_progress_and_cancel(Fixture *f, gconstpointer data) {
  GtkProgressBar *bar = test_find_named(f->page, GTK_TYPE_PROGRESS_BAR, "Download");

  click(f, "Download (0.2\u00a0MB)");
  test_wait_until(gtk_progress_bar_get_fraction(bar) > 0.1);
  g_assert_cmpfloat(gtk_progress_bar_get_fraction(bar), <, 0.9);
  g_assert_cmpint(gtk_widget_get_width(GTK_WIDGET(bar)), ==, 320);
  test_wait_until(shows_between(f->page, "0.1 of 0.2\u00a0MB · ", " left"));

  click(f, "Cancel");
  test_wait_until(shows(f, "Download (0.2\u00a0MB)"));
  test_wait_until(!shows(f, "Cancel"));
  g_assert_cmpstr(gtk_stack_get_visible_child_name(f->window->view), ==, "data");
  g_assert_true(is_nothing_there());
}

/* The window can be closed in the middle. */
static void test_close(Fixture *f, gconstpointer data) {
  GtkProgressBar *bar = test_find_named(f->page, GTK_TYPE_PROGRESS_BAR, "Download");

  click(f, "Download (0.2\u00a0MB)");
  test_wait_until(gtk_progress_bar_get_fraction(bar) > 0.1);
  gtk_window_close(GTK_WINDOW(f->window));
  test_wait_until(!f->window);
  test_wait_until(is_nothing_there());
}

static void test_failure_and_second_try(Fixture *f, gconstpointer data) {
  click(f, "Download (0.2\u00a0MB)");
  test_wait_until(
      shows_between(f->page, "Tiny can’t be downloaded from 127.0.0.1: ", "“404 Not Found”."));
  g_assert_true(shows(f, "Choose a Folder…"));
  g_assert_true(is_nothing_there());
  click(f, "Try Again");
  test_wait_until(ink_trainer_get_dataset(f->window->trainer));
}

#define ADD(path, mode, test) g_test_add("/data-page/" path, Fixture, mode, set_up, test, tear_down)

int main(int argc, char **argv) {
  int status;

  data_home = test_make_folder();
  g_setenv("XDG_DATA_HOME", data_home, TRUE);
  g_setenv("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
  gtk_test_init(&argc, &argv, NULL);
  application = adw_application_new("org.example.InklingTest", G_APPLICATION_NON_UNIQUE);
  g_assert_true(g_application_register(G_APPLICATION(application), NULL, NULL));

  ADD("downloads", "good", test_downloads);
  ADD("progress-and-cancel", "stalled", test_progress_and_cancel);
  ADD("close", "stalled", test_close);
  ADD("failure-and-second-try", "late", test_failure_and_second_try);
  status = g_test_run();
  g_object_unref(application);
  test_remove_folder(data_home);
  return status;
}
