/* Nothing in the window is cut off: at every width and in larger text, each widget lies within what
 * is around it and shows its text whole. */
#include "tests/support/find.h"
#include "tests/support/idx-files.h"
#include "tests/support/input.h"
#include "ui/digit-canvas.h"
#include "ui/palette.h"
#include "ui/window-private.h"

enum {
  HEIGHT = 780,
  EDGE = 5, /* around a window that no window manager decorates */
  FRAMES = 5,
};

static AdwApplication *application;
static int text_percent;

/* What is cut off */

/* Whether the widget is a scrolled window's view, which may show a part of what is in it. */
static gboolean scrolls(GtkWidget *widget, GtkOrientation orientation) {
  GtkWidget *window = gtk_widget_get_parent(widget);
  GtkPolicyType horizontal, vertical;

  if (!GTK_IS_SCROLLABLE(widget) || !GTK_IS_SCROLLED_WINDOW(window))
    return FALSE;
  gtk_scrolled_window_get_policy(GTK_SCROLLED_WINDOW(window), &horizontal, &vertical);
  return (orientation == GTK_ORIENTATION_HORIZONTAL ? horizontal : vertical) != GTK_POLICY_NEVER;
}

/* Whether it lies within all that is around it, up to what scrolls. */
static gboolean lies_within(GtkWidget *widget, GtkOrientation orientation) {
  gboolean across = orientation == GTK_ORIENTATION_HORIZONTAL;

  for (GtkWidget *around = gtk_widget_get_parent(widget); around && !scrolls(around, orientation);
       around = gtk_widget_get_parent(around)) {
    graphene_rect_t bounds;
    float begin, end, room;

    if (!gtk_widget_compute_bounds(widget, around, &bounds))
      return FALSE;
    begin = across ? bounds.origin.x : bounds.origin.y;
    end = begin + (across ? bounds.size.width : bounds.size.height);
    room = across ? gtk_widget_get_width(around) : gtk_widget_get_height(around);
    if (begin < -1 || end > room + 1) {
      g_test_message("%s lies from %.0f to %.0f in %s, which is %.0f long",
                     G_OBJECT_TYPE_NAME(widget), begin, end, G_OBJECT_TYPE_NAME(around), room);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean is_narrow(GtkWidget *widget) {
  int width = gtk_widget_get_width(GTK_WIDGET(gtk_widget_get_root(widget)));

  return ink_layout_for_width(width) == INK_LAYOUT_NARROW;
}

static gboolean shows_text(GtkWidget *widget) {
  if (GTK_IS_INSCRIPTION(widget))
    return test_shows_inscription(GTK_INSCRIPTION(widget));
  /* Where it is narrow, a row's button may cut off what the list that it opens does not. */
  if (is_narrow(widget) && gtk_widget_get_ancestor(widget, ADW_TYPE_COMBO_ROW))
    return TRUE;
  return !GTK_IS_LABEL(widget) ||
         !pango_layout_is_ellipsized(gtk_label_get_layout(GTK_LABEL(widget)));
}

/* The run's line above the page is one line, or the page would move whenever it breaks. */
static gboolean breaks_status(GtkWidget *widget) {
  GtkWidget *line = gtk_widget_get_parent(widget);

  while (line && !gtk_widget_has_css_class(line, "status"))
    line = gtk_widget_get_parent(line);
  return line && GTK_IS_LABEL(widget) &&
         pango_layout_get_line_count(gtk_label_get_layout(GTK_LABEL(widget))) > 1;
}

static const char *find_fault(GtkWidget *widget) {
  if (!shows_text(widget))
    return "does not show its text whole";
  if (breaks_status(widget))
    return "breaks the run's line in two";
  if (gtk_widget_get_first_child(widget))
    return NULL;
  /* An inscription may be taller than its row, by what is empty above and below its text. */
  if (!lies_within(widget, GTK_ORIENTATION_HORIZONTAL) ||
      (!GTK_IS_INSCRIPTION(widget) && !lies_within(widget, GTK_ORIENTATION_VERTICAL)))
    return "lies outside of what is around it";
  return NULL;
}

static const char *get_text(GtkWidget *widget) {
  if (GTK_IS_LABEL(widget))
    return gtk_label_get_text(GTK_LABEL(widget));
  return GTK_IS_INSCRIPTION(widget) ? gtk_inscription_get_text(GTK_INSCRIPTION(widget)) : "";
}

/* The libraries' own parts, such as the dot of a tab. */
static gboolean is_private(GtkWidget *widget) {
  return g_str_has_suffix(G_OBJECT_TYPE_NAME(widget), "Gizmo") &&
         !gtk_widget_get_first_child(widget);
}

static void check(GtkWidget *widget, const char *when) {
  const char *fault = find_fault(widget);

  if (fault) {
    g_test_message("%s: %s “%s”, %d × %d, %s", when, G_OBJECT_TYPE_NAME(widget), get_text(widget),
                   gtk_widget_get_width(widget), gtk_widget_get_height(widget), fault);
    g_test_fail();
  }
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child;
       child = gtk_widget_get_next_sibling(child))
    if (gtk_widget_get_mapped(child) && !is_private(child))
      check(child, when);
}

/* The window */

typedef struct {
  GtkWidget *window;
  const char *when;
  int frames; /* left until what has changed is laid out */
} Look;

static void look(GdkFrameClock *clock, Look *self) {
  if (self->frames-- == 0)
    check(self->window, self->when);
}

/* Right after a frame, when nothing waits to be laid out. */
static void check_soon(InkWindow *window, const char *when) {
  GdkFrameClock *clock = gtk_widget_get_frame_clock(GTK_WIDGET(window));
  Look self = {GTK_WIDGET(window), when, FRAMES};
  gulong handler = g_signal_connect(clock, "after-paint", G_CALLBACK(look), &self);

  while (self.frames >= 0) {
    gtk_widget_queue_draw(self.window);
    test_turn();
  }
  g_signal_handler_disconnect(clock, handler);
}

static void set_size(InkWindow *window, int width, int height) {
  GtkWidget *content = GTK_WIDGET(window->layout_bin);

  gtk_window_set_default_size(GTK_WINDOW(window), width + 2 * EDGE, height + 2 * EDGE);
  test_wait_until(gtk_widget_get_width(content) == width &&
                  gtk_widget_get_height(content) == height &&
                  ink_layout_bin_get_layout(window->layout_bin) == ink_layout_for_width(width));
}

static void set_width(InkWindow *window, int width) {
  set_size(window, width, HEIGHT - 2 * EDGE);
}

static void check_pages(InkWindow *window, int width, const char *when) {
  static const char *const pages[] = {"train", "draw", "predictions"};

  set_width(window, width);
  for (guint i = 0; i < G_N_ELEMENTS(pages); i++) {
    g_autofree char *place = g_strdup_printf("%s, %d px wide, %s", pages[i], width, when);

    gtk_widget_activate_action(GTK_WIDGET(window), "win.page", "s", pages[i]);
    check_soon(window, place);
  }
}

static void check_widths(InkWindow *window, const char *when) {
  check_pages(window, 360, when);
  check_pages(window, 720, when);
  check_pages(window, 1150, when);
}

static int get_end(GtkWidget *widget, GtkWidget *around) {
  graphene_rect_t bounds;

  g_assert_true(gtk_widget_compute_bounds(widget, around, &bounds));
  return (int)(bounds.origin.y + bounds.size.height);
}

/* Without scrolling: the canvas, and of the answer its bars from the first to the last that shall
 * be. */
static void check_answer(InkWindow *window, int width, int height, guint last) {
  GtkWidget *page = window->draw_page;
  GtkWidget *canvas = test_find(page, INK_TYPE_DIGIT_CANVAS, 0);
  GtkWidget *bar;

  set_size(window, width, height);
  test_wait_until((bar = test_find(page, GTK_TYPE_LEVEL_BAR, last)));
  test_wait_until(get_end(bar, page) <= gtk_widget_get_height(page));
  g_assert_cmpint(get_end(canvas, page), <=, gtk_widget_get_height(page));
  g_assert_cmpint(gtk_widget_get_width(canvas), >=, 260);
  g_assert_cmpint(gtk_widget_get_width(canvas), ==, gtk_widget_get_height(canvas));
}

static GtkAdjustment *get_scroll(GtkWidget *page) {
  return gtk_scrolled_window_get_vadjustment(
      GTK_SCROLLED_WINDOW(test_find(page, GTK_TYPE_SCROLLED_WINDOW, 0)));
}

/* Nothing of the page is out of view. */
static void check_whole(GtkWidget *page) {
  GtkAdjustment *scroll = get_scroll(page);

  test_wait_until(gtk_adjustment_get_upper(scroll) <= gtk_adjustment_get_page_size(scroll));
}

/* Wherever the pointer is, as over the answer's bars, the wheel moves the page. */
static void check_wheel(GtkWidget *page) {
  GtkWidget *bar = test_find(page, GTK_TYPE_LEVEL_BAR, 0);

  test_point_at(bar, gtk_widget_get_width(bar) / 2.0, gtk_widget_get_height(bar) / 2.0);
  test_send(bar, "click 5");
  test_wait_until(gtk_adjustment_get_value(get_scroll(page)) > 0);
  test_send(bar, "click 4");
  test_wait_until(gtk_adjustment_get_value(get_scroll(page)) == 0);
}

static InkWindow *open_window(void) {
  InkWindow *window = INK_WINDOW(ink_window_new(application));

  test_show_window(GTK_WINDOW(window));
  test_wait_until(!window->loading);
  return window;
}

static void close_window(InkWindow *window) {
  g_object_add_weak_pointer(G_OBJECT(window), (gpointer *)&window);
  window->closing = TRUE;
  gtk_window_close(GTK_WINDOW(window));
  test_wait_until(!window);
}

static void set_text_scale(gconstpointer percent) {
  text_percent = GPOINTER_TO_INT(percent);
  g_object_set(gtk_settings_get_default(), "gtk-xft-dpi", 96 * PANGO_SCALE * text_percent / 100,
               NULL);
}

/* It ends when it is stopped. */
static void run_for_long(InkWindow *window) {
  InkRecipe recipe = *ink_trainer_get_recipe(window->trainer);

  recipe.epochs = 1000;
  ink_trainer_set_recipe(window->trainer, &recipe);
  gtk_widget_activate_action(GTK_WIDGET(window), "win.start-pause", NULL);
  test_wait_until(ink_trainer_get_test_result(window->trainer));
}

static void test_pages(gconstpointer percent) {
  g_autofree char *folder = g_build_filename(g_get_user_data_dir(), "inkling/datasets/mnist", NULL);
  InkWindow *window;

  g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
  test_write_dataset(folder, 2000, 400, 10, 1);
  set_text_scale(percent);
  window = open_window();
  check_widths(window, "before training");

  run_for_long(window);
  gtk_widget_activate_action(GTK_WIDGET(window), "win.open-in-draw", "u", 3);
  check_widths(window, "during the run");

  set_width(window, 360); /* for the toast at the end */
  gtk_widget_activate_action(GTK_WIDGET(window), "win.stop", NULL);
  test_wait_until(ink_trainer_get_state(window->trainer) == INK_TRAINER_IDLE);
  check_widths(window, "after the run");

  ink_window_show_trouble(window, "“/home/somebody/a-long-name-without-a-space” cannot be read.",
                          "_Choose a Folder…", "win.choose-data-folder");
  check_widths(window, "with trouble");
  close_window(window);
  test_remove_folder(g_steal_pointer(&folder));
}

/* What is drawn is seen together with what it is read as, also when a run's line takes its room and
 * gives it back. */
static void test_answer(void) {
  g_autofree char *folder = g_build_filename(g_get_user_data_dir(), "inkling/datasets/mnist", NULL);
  InkWindow *window;
  int side;

  g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
  test_write_dataset(folder, 2000, 400, 10, 1);
  set_text_scale(GINT_TO_POINTER(100));
  window = open_window();
  run_for_long(window);
  gtk_widget_activate_action(GTK_WIDGET(window), "win.page", "s", "draw");
  check_answer(window, 1180, 780, 9);
  check_whole(window->draw_page);
  check_answer(window, 1150, 560, 9);
  check_answer(window, 1149, 560, 9);
  check_answer(window, 720, 560, 9);
  check_answer(window, 360, 640, 0);

  side = gtk_widget_get_width(test_find(window->draw_page, INK_TYPE_DIGIT_CANVAS, 0));
  gtk_widget_activate_action(GTK_WIDGET(window), "win.stop", NULL);
  test_wait_until(gtk_widget_get_width(test_find(window->draw_page, INK_TYPE_DIGIT_CANVAS, 0)) >
                  side);
  check_answer(window, 360, 640, 0);
  check_answer(window, 412, 840, 9);
  check_wheel(window->draw_page);
  close_window(window);
  test_remove_folder(g_steal_pointer(&folder));
}

static void test_no_data(gconstpointer percent) {
  InkWindow *window;

  set_text_scale(percent);
  window = open_window();
  set_width(window, 360);
  check_soon(window, "without data");
  close_window(window);
}

int main(int argc, char **argv) {
  char *home = test_make_folder();
  int status;

  g_setenv("XDG_DATA_HOME", home, TRUE);
  gtk_test_init(&argc, &argv, NULL);
  g_object_set(gtk_settings_get_default(), "gtk-enable-animations", FALSE, "gtk-decoration-layout",
               ":close", NULL);
  application = adw_application_new("org.example.InklingTest", G_APPLICATION_NON_UNIQUE);
  g_application_set_resource_base_path(G_APPLICATION(application), "/page/inkling/Inkling");
  g_assert_true(g_application_register(G_APPLICATION(application), NULL, NULL));
  ink_palette_install(gdk_display_get_default());

  g_test_add_data_func("/ui/fits/pages", GINT_TO_POINTER(100), test_pages);
  g_test_add_data_func("/ui/fits/pages-in-large-text", GINT_TO_POINTER(150), test_pages);
  g_test_add_func("/ui/fits/canvas-and-answer", test_answer);
  g_test_add_data_func("/ui/fits/no-data", GINT_TO_POINTER(100), test_no_data);
  g_test_add_data_func("/ui/fits/no-data-in-large-text", GINT_TO_POINTER(150), test_no_data);
  status = g_test_run();
  g_object_unref(application);
  test_remove_folder(home);
  return status;
}
