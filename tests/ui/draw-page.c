#include "ui/draw-page.h"
#include "engine/classifier.h"
#include "ui/digit-canvas.h"
#include "ui/map-strip.h"
#include "tests/support/find.h"
#include "tests/support/idx-files.h"
#include "tests/support/input.h"
#include "tests/support/training.h"
#include "tests/ui/style-fixture.h"

#include <string.h>

static InkDataset *dataset; /* shared by all tests */

/* The page beside another in a window that takes its toasts. */
typedef struct {
  InkTrainer *trainer;
  GtkWidget *window, *stack;
  InkDrawPage *page;
  InkDigitCanvas *canvas;
  InkDrawing *drawing;
  char *toast; /* the last one's sentence */
} Fixture;

static void take_toast(GSimpleAction *action, GVariant *sentence, gpointer data) {
  Fixture *f = data;

  g_free(f->toast);
  f->toast = g_variant_dup_string(sentence, NULL);
}

static void add_actions(Fixture *f) {
  const GActionEntry entries[] = {{"toast", take_toast, "s"}};
  g_autoptr(GSimpleActionGroup) group = g_simple_action_group_new();

  g_action_map_add_action_entries(G_ACTION_MAP(group), entries, G_N_ELEMENTS(entries), f);
  gtk_widget_insert_action_group(f->window, "win", G_ACTION_GROUP(group));
}

static void set_up(Fixture *f, gconstpointer data) {
  InkRecipe recipe = ink_recipe_for_preset(INK_PRESET_SEED_GPU);

  recipe.epochs = 1;
  recipe.batch = 50;
  f->trainer = ink_trainer_new();
  ink_trainer_set_recipe(f->trainer, &recipe);
  ink_trainer_set_dataset(f->trainer, dataset);

  f->window = gtk_window_new();
  f->stack = gtk_stack_new();
  f->page = INK_DRAW_PAGE(ink_draw_page_new(f->trainer));
  f->canvas = test_find(GTK_WIDGET(f->page), INK_TYPE_DIGIT_CANVAS, 0);
  f->drawing = ink_digit_canvas_get_drawing(f->canvas);
  add_actions(f);
  gtk_stack_add_named(GTK_STACK(f->stack), GTK_WIDGET(f->page), "draw");
  gtk_stack_add_named(GTK_STACK(f->stack), gtk_button_new_with_label("Elsewhere"), "other");
  gtk_window_set_child(GTK_WINDOW(f->window), f->stack);
  gtk_window_set_default_size(GTK_WINDOW(f->window), 1180, 730);
  test_show_window(GTK_WINDOW(f->window));
}

static void tear_down(Fixture *f, gconstpointer data) {
  gtk_window_destroy(GTK_WINDOW(f->window));
  g_object_unref(f->trainer);
  g_free(f->toast);
}

static GtkWidget *find_text(Fixture *f, const char *text) {
  return test_find_text(f->window, text);
}

static GtkLevelBar *get_bar(Fixture *f, guint i) {
  return test_find(GTK_WIDGET(f->page), GTK_TYPE_LEVEL_BAR, i);
}

static double sum_of_bars(Fixture *f) {
  double sum = 0;

  for (guint i = 0; get_bar(f, i); i++)
    sum += gtk_level_bar_get_value(get_bar(f, i));
  return sum;
}

static void draw_stroke(Fixture *f) {
  test_point_at(GTK_WIDGET(f->canvas), 100, 100);
  test_send(GTK_WIDGET(f->canvas), "mousedown 1 mousemove_relative 60 90 mousemove_relative 60 90 "
                                   "mouseup 1");
}

static void train(Fixture *f) {
  ink_trainer_start(f->trainer);
  test_wait_until(ink_trainer_get_outcome(f->trainer) == INK_OUTCOME_FINISHED);
  g_assert_true(ink_trainer_is_trained(f->trainer));
}

static void test_from_untrained_to_answer(Fixture *f, gconstpointer data) {
  test_wait_until(find_text(f, "Not trained yet"));
  g_assert_cmpfloat(sum_of_bars(f), ==, 0);
  draw_stroke(f);
  test_wait_until(sum_of_bars(f) > 0.98);
  g_assert_nonnull(find_text(f, "Not trained yet"));

  train(f);
  test_wait_until(!find_text(f, "Not trained yet"));
  g_assert_nonnull(get_bar(f, 9));
  g_assert_null(get_bar(f, 10));
  g_assert_cmpfloat(sum_of_bars(f), >, 0.98);

  test_press_key(f->window, "Delete");
  test_wait_until(find_text(f, "Draw a digit"));
  g_assert_cmpfloat(sum_of_bars(f), ==, 0);
}

/* The bars say what the newest network makes of what is drawn now. */
static gboolean bars_agree(Fixture *f, InkClassifier *classifier) {
  guint8 image[INK_PIXELS];
  InkReading reading;

  ink_drawing_rasterise(f->drawing, image);
  ink_classifier_set_network(classifier, ink_trainer_get_network(f->trainer));
  g_assert_true(ink_classifier_read(classifier, image, &reading));
  return gtk_level_bar_get_value(get_bar(f, reading.best)) ==
             (double)reading.probabilities[reading.best] &&
         gtk_level_bar_get_value(get_bar(f, reading.second)) ==
             (double)reading.probabilities[reading.second];
}

static void test_live_while_training(Fixture *f, gconstpointer data) {
  g_autoptr(InkClassifier) classifier = ink_classifier_new();

  draw_stroke(f);
  for (int i = 0; i < 5; i++) {
    InkNetwork *before = ink_trainer_get_network(f->trainer);

    ink_trainer_step(f->trainer);
    test_wait_until(ink_trainer_get_network(f->trainer) != before);
    test_wait_until(bars_agree(f, classifier));
  }
}

static void assert_sensitive(Fixture *f, const char *action, gboolean sensitive) {
  g_assert_cmpint(gtk_widget_is_sensitive(test_find_action(f->window, action)), ==, sensitive);
}

static void test_buttons(Fixture *f, gconstpointer data) {
  assert_sensitive(f, "draw.undo", FALSE);
  assert_sensitive(f, "draw.redo", FALSE);
  assert_sensitive(f, "draw.clear", FALSE);
  draw_stroke(f);
  assert_sensitive(f, "draw.undo", TRUE);
  assert_sensitive(f, "draw.clear", TRUE);
  test_click_centre(test_find_action(f->window, "draw.undo"));
  g_assert_true(ink_drawing_is_empty(f->drawing));
  test_click_centre(test_find_action(f->window, "draw.redo"));
  g_assert_cmpuint(ink_drawing_get_n_strokes(f->drawing), ==, 1);
  test_click_centre(test_find_action(f->window, "draw.clear"));
  g_assert_true(ink_drawing_is_empty(f->drawing));
  assert_sensitive(f, "draw.redo", FALSE);
}

/* They work wherever the focus is, as long as the page is in sight. */
static void test_shortcuts(Fixture *f, gconstpointer data) {
  draw_stroke(f);
  gtk_window_set_focus(GTK_WINDOW(f->window), NULL);
  test_press_key(f->window, "ctrl+z");
  g_assert_true(ink_drawing_is_empty(f->drawing));
  test_press_key(f->window, "ctrl+shift+z");
  g_assert_cmpuint(ink_drawing_get_n_strokes(f->drawing), ==, 1);

  gtk_stack_set_visible_child_name(GTK_STACK(f->stack), "other");
  test_wait_until(!gtk_widget_get_mapped(GTK_WIDGET(f->page)));
  test_press_key(f->window, "Delete");
  test_press_key(f->window, "ctrl+z");
  g_assert_cmpuint(ink_drawing_get_n_strokes(f->drawing), ==, 1);

  gtk_stack_set_visible_child_name(GTK_STACK(f->stack), "draw");
  test_wait_until(gtk_widget_get_mapped(GTK_WIDGET(f->page)));
  test_press_key(f->window, "Delete");
  g_assert_true(ink_drawing_is_empty(f->drawing));
}

static void test_open_in_draw(Fixture *f, gconstpointer data) {
  const guint8 *image = ink_dataset_get_images(dataset, INK_TEST);
  guint8 seen[INK_PIXELS];

  draw_stroke(f);
  ink_draw_page_set_picture(f->page, image);
  ink_drawing_rasterise(f->drawing, seen);
  g_assert_cmpmem(seen, INK_PIXELS, image, INK_PIXELS);
  test_wait_until(sum_of_bars(f) > 0.98);
  test_press_key(f->window, "ctrl+z");
  g_assert_cmpuint(ink_drawing_get_n_strokes(f->drawing), ==, 1);
}

static GdkPixbuf *make_pixbuf(void) {
  GdkPixbuf *pixbuf = gdk_pixbuf_new(GDK_COLORSPACE_RGB, FALSE, 8, 100, 100);
  g_autoptr(GdkPixbuf) ink = NULL;

  gdk_pixbuf_fill(pixbuf, 0xffffffff);
  ink = gdk_pixbuf_new_subpixbuf(pixbuf, 30, 20, 20, 60);
  gdk_pixbuf_fill(ink, 0x000000ff);
  return pixbuf;
}

/* 60 × 20 pixels of ink become 20 × 7. */
static void assert_has_picture(Fixture *f) {
  const guint8 *picture;
  guint ink = 0;

  test_wait_until(ink_drawing_get_picture(f->drawing));
  picture = ink_drawing_get_picture(f->drawing);
  for (int i = 0; i < INK_PIXELS; i++)
    ink += picture[i] == 255;
  g_assert_cmpuint(ink, >=, 20 * 6);
  g_assert_cmpuint(ink, <=, 20 * 7);
}

static void test_paste_image(Fixture *f, gconstpointer data) {
  g_autoptr(GdkPixbuf) pixbuf = make_pixbuf();
  g_autoptr(GdkTexture) texture = gdk_texture_new_for_pixbuf(pixbuf);

  gdk_clipboard_set_texture(gtk_widget_get_clipboard(f->window), texture);
  test_press_key(f->window, "ctrl+v");
  assert_has_picture(f);
}

static void paste_file(Fixture *f, const char *path) {
  g_autoptr(GFile) file = g_file_new_for_path(path);
  GdkFileList *list = gdk_file_list_new_from_array(&file, 1);

  gdk_clipboard_set(gtk_widget_get_clipboard(f->window), GDK_TYPE_FILE_LIST, list);
  g_boxed_free(GDK_TYPE_FILE_LIST, list);
  test_click_centre(test_find_action(f->window, "draw.paste"));
}

static void test_paste_file(Fixture *f, gconstpointer data) {
  g_autoptr(GdkPixbuf) pixbuf = make_pixbuf();
  char *folder = test_make_folder();
  g_autofree char *path = g_build_filename(folder, "digit.png", NULL);
  g_autoptr(GError) error = NULL;

  gdk_pixbuf_save(pixbuf, path, "png", &error, NULL);
  g_assert_no_error(error);
  paste_file(f, path);
  assert_has_picture(f);
  test_remove_folder(folder);
}

static void test_paste_what_is_no_image(Fixture *f, gconstpointer data) {
  char *folder = test_make_folder();
  g_autofree char *path = g_build_filename(folder, "digit.png", NULL);

  gdk_clipboard_set_text(gtk_widget_get_clipboard(f->window), "seven");
  test_press_key(f->window, "ctrl+v");
  test_wait_until(f->toast);
  g_assert_cmpstr(f->toast, ==, "The clipboard holds no image.");

  g_clear_pointer(&f->toast, g_free);
  paste_file(f, path);
  test_wait_until(f->toast);
  g_assert_nonnull(strstr(f->toast, "digit.png"));
  g_assert_true(ink_drawing_is_empty(f->drawing));
  test_remove_folder(folder);
}

static void drop(Fixture *f, const GValue *value) {
  g_autoptr(GListModel) controllers = gtk_widget_observe_controllers(GTK_WIDGET(f->canvas));
  gboolean dropped = FALSE;

  for (guint i = 0; i < g_list_model_get_n_items(controllers); i++) {
    g_autoptr(GtkEventController) controller = g_list_model_get_item(controllers, i);

    if (GTK_IS_DROP_TARGET(controller))
      g_signal_emit_by_name(controller, "drop", value, 10.0, 10.0, &dropped);
  }
  g_assert_true(dropped);
}

static void test_drop_image(Fixture *f, gconstpointer data) {
  g_autoptr(GdkPixbuf) pixbuf = make_pixbuf();
  g_autoptr(GdkTexture) texture = gdk_texture_new_for_pixbuf(pixbuf);
  g_auto(GValue) value = G_VALUE_INIT;

  g_value_init(&value, GDK_TYPE_TEXTURE);
  g_value_set_object(&value, texture);
  drop(f, &value);
  assert_has_picture(f);
}

/* A large image is dropped, which takes longer to read than the small one that is pasted then. */
static void test_last_of_two_counts(Fixture *f, gconstpointer data) {
  g_autoptr(GdkPixbuf) small = make_pixbuf(), large = NULL, ink = NULL;
  g_autoptr(GdkTexture) pasted = gdk_texture_new_for_pixbuf(small);
  g_auto(GValue) value = G_VALUE_INIT;
  gpointer dropped;

  large = gdk_pixbuf_new(GDK_COLORSPACE_RGB, FALSE, 8, 3000, 3000);
  gdk_pixbuf_fill(large, 0xffffffff);
  ink = gdk_pixbuf_new_subpixbuf(large, 1000, 1000, 1000, 1000);
  gdk_pixbuf_fill(ink, 0x000000ff);
  g_value_init(&value, GDK_TYPE_TEXTURE);
  g_value_take_object(&value, gdk_texture_new_for_pixbuf(large));
  dropped = g_value_get_object(&value);
  g_object_add_weak_pointer(dropped, &dropped);
  gdk_clipboard_set_texture(gtk_widget_get_clipboard(f->window), pasted);

  drop(f, &value);
  g_value_unset(&value);
  gtk_widget_activate_action(GTK_WIDGET(f->page), "draw.paste", NULL);
  test_wait_until(!dropped); /* it has been read, or is not wanted any more */
  assert_has_picture(f);
}

/* A file that is still being read when the window closes. */
static void test_close_while_loading(void) {
  Fixture f = {0};
  char *folder = test_make_folder();
  g_autofree char *path = g_build_filename(folder, "none.png", NULL);

  set_up(&f, NULL);
  paste_file(&f, path);
  tear_down(&f, NULL);
  while (g_main_context_iteration(NULL, FALSE))
    ;
  test_remove_folder(folder);
}

/* A click on a map shows how it is made; Escape goes back. */
static void test_explains_a_map(Fixture *f, gconstpointer data) {
  GtkWidget *strip = test_find(GTK_WIDGET(f->page), INK_TYPE_MAP_STRIP, 1);

  draw_stroke(f);
  test_click(strip, 22 + 5 * 48, 22);
  test_wait_until(find_text(f, "How layer 1, channel 5 is made"));
  test_press_key(f->window, "Escape");
  test_wait_until(!find_text(f, "How layer 1, channel 5 is made"));
  g_assert_nonnull(find_text(f, "Inside the network"));
}

static int least_width(Fixture *f) {
  int minimum;

  gtk_widget_measure(GTK_WIDGET(f->page), GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL,
                     NULL);
  return minimum;
}

/* With text of usual size, and half as large again. */
static void test_layouts(Fixture *f, gconstpointer data) {
  static const int widths[] = {1150, 720, 360}, dpis[] = {96, 144};
  GtkSettings *settings = gtk_widget_get_settings(f->window);
  GtkWidget *canvas = GTK_WIDGET(f->canvas);

  train(f);
  draw_stroke(f);
  test_wait_until(sum_of_bars(f) > 0.98);
  for (guint i = 0; i < G_N_ELEMENTS(dpis); i++) {
    g_object_set(settings, "gtk-xft-dpi", dpis[i] * PANGO_SCALE, NULL);
    for (InkLayout layout = INK_LAYOUT_WIDE; layout <= INK_LAYOUT_NARROW; layout++) {
      ink_draw_page_set_layout(f->page, layout);
      test_wait_until(gtk_widget_get_height(canvas) == gtk_widget_get_width(canvas));
      test_wait_until(least_width(f) <= widths[layout]);
    }
  }
  gtk_settings_reset_property(settings, "gtk-xft-dpi");
}

#define ADD(path, function) g_test_add(path, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv) {
  int status;

  g_test_init(&argc, &argv, NULL);
  adw_init();
  test_load_style();
  dataset = test_make_dataset(1000, 200, 10, 1);
  ADD("/ui/draw-page/from-untrained-to-answer", test_from_untrained_to_answer);
  ADD("/ui/draw-page/live-while-training", test_live_while_training);
  ADD("/ui/draw-page/buttons", test_buttons);
  ADD("/ui/draw-page/shortcuts", test_shortcuts);
  ADD("/ui/draw-page/open-in-draw", test_open_in_draw);
  ADD("/ui/draw-page/paste-image", test_paste_image);
  ADD("/ui/draw-page/paste-file", test_paste_file);
  ADD("/ui/draw-page/paste-what-is-no-image", test_paste_what_is_no_image);
  ADD("/ui/draw-page/drop-image", test_drop_image);
  ADD("/ui/draw-page/last-of-two-counts", test_last_of_two_counts);
  g_test_add_func("/ui/draw-page/close-while-loading", test_close_while_loading);
  ADD("/ui/draw-page/explains-a-map", test_explains_a_map);
  ADD("/ui/draw-page/layouts", test_layouts);
  status = g_test_run();
  ink_dataset_unref(dataset);
  return status;
}
