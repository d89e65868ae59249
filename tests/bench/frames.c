/* frames: what a frame of the real window costs its main thread, page by page, while a network
 * trains on all cores and a person draws, points and scrolls.
 *
 * usage: tests/support/with-display bench-frames [SCENE]    those alone whose name holds it
 *
 * Needs MNIST where the program finds it, and xdotool. Of a frame it tells
 *   work      the main thread's processor time from the end of the frame before to the end of this:
 *             events, reports of the training thread, layout, painting;
 *   painting  by the clock, from before-paint to after-paint: waiting for a core counts;
 * and of the main loop the longest time that it did not turn, by the clock, with the processor time
 * that its thread had in it: the rest it waited, for a core or for something else. */
#include "app/application.h"
#include "tests/support/find.h"
#include "tests/support/idx-files.h"
#include "tests/support/input.h"
#include "ui/chart.h"
#include "ui/digit-canvas.h"
#include "ui/prediction-filters.h"
#include "ui/prediction-grid.h"
#include "ui/window-private.h"

#include <gdk/x11/gdkx.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WIDE = 1180, NARROW = 400, HEIGHT = 780 };
enum { SCENE = 6000, MOTION = 8, WHEEL = 16, KEY = 33, PAGE = 300 }; /* ms */
enum { ROUND = 150 };                                                /* motions */
enum { MILLION = 1000000 };

/* Measuring */

static struct {
  gboolean on;
  gint64 begun;            /* the frame; all in µs */
  gint64 used;             /* processor time of this thread at the end of the frame before */
  gint64 turned;           /* when the loop last began to turn */
  gint64 turned_used;      /* processor time of this thread then */
  gint64 longest;          /* that it did not turn */
  gint64 longest_used;     /* processor time in it */
  GArray *work, *painting; /* (gint64) of each frame */
} measure;

static gint64 get_used(void) {
  struct timespec time;

  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static int poll_measured(GPollFD *fds, guint n, int timeout) {
  gint64 stood = g_get_monotonic_time() - measure.turned;
  int ready;

  if (stood > measure.longest) {
    measure.longest = stood;
    measure.longest_used = get_used() - measure.turned_used;
  }
  ready = g_poll(fds, n, timeout);
  measure.turned = g_get_monotonic_time();
  measure.turned_used = get_used();
  return ready;
}

static void before_paint(GdkFrameClock *clock) {
  measure.begun = g_get_monotonic_time();
}

static void after_paint(GdkFrameClock *clock) {
  gint64 painting = g_get_monotonic_time() - measure.begun;
  gint64 used = get_used(), work = used - measure.used;

  measure.used = used;
  if (!measure.on)
    return;
  g_array_append_val(measure.work, work);
  g_array_append_val(measure.painting, painting);
}

static void begin_measuring(void) {
  g_array_set_size(measure.work, 0);
  g_array_set_size(measure.painting, 0);
  measure.longest = 0;
  measure.turned = g_get_monotonic_time();
  measure.used = measure.turned_used = get_used();
  measure.on = TRUE;
}

static int compare(gconstpointer a, gconstpointer b) {
  gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;

  return (x > y) - (x < y);
}

/* In milliseconds, of sorted times. */
static double get_quantile(GArray *times, double share) {
  return g_array_index(times, gint64, (guint)((times->len - 1) * share)) / 1000.0;
}

static void end_measuring(const char *scene) {
  measure.on = FALSE;
  g_assert_cmpuint(measure.work->len, >, 0);
  g_array_sort(measure.work, compare);
  g_array_sort(measure.painting, compare);
  printf("| %s | %u | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f |\n", scene, measure.work->len,
         get_quantile(measure.work, 0.5), get_quantile(measure.work, 0.99),
         get_quantile(measure.work, 1), get_quantile(measure.painting, 0.99),
         get_quantile(measure.painting, 1), measure.longest / 1000.0,
         measure.longest_used / 1000.0);
  fflush(stdout);
}

/* What the person does: words for xdotool */

static void append_move(GString *words, GtkWidget *widget, double x, double y) {
  GtkNative *native = gtk_widget_get_native(widget);
  double left, top, native_x, native_y;

  gtk_widget_translate_coordinates(widget, GTK_WIDGET(native), x, y, &native_x, &native_y);
  gtk_native_get_surface_transform(native, &left, &top);
  g_string_append_printf(words, "mousemove --window %lu %d %d ",
                         gdk_x11_surface_get_xid(gtk_native_get_surface(native)),
                         (int)(native_x + left), (int)(native_y + top));
}

static void append_pause(GString *words, int ms) {
  g_string_append_printf(words, "sleep 0.%03d ", ms);
}

/* Eights in the middle of a widget; if it draws, each is a stroke, and every fourth is wiped off.
 */
static char *move_around(GtkWidget *widget, gboolean draws) {
  const double x = gtk_widget_get_width(widget) / 2.0, y = gtk_widget_get_height(widget) / 2.0;
  GString *words = g_string_new(NULL);

  for (int i = 0; i < SCENE / MOTION; i++) {
    double angle = 2 * G_PI * i / ROUND;

    append_move(words, widget, x + 0.6 * x * sin(2 * angle), y + 0.6 * y * cos(angle));
    if (draws && i % ROUND == 0)
      g_string_append(words, "mousedown 1 ");
    if (draws && i % ROUND == ROUND - 1)
      g_string_append(words, "mouseup 1 ");
    if (draws && i % (4 * ROUND) == 4 * ROUND - 1)
      g_string_append(words, "key --delay 0 Delete ");
    append_pause(words, MOTION);
  }
  return g_string_free(words, FALSE);
}

static char *turn_wheel(GtkWidget *widget) {
  GString *words = g_string_new(NULL);

  append_move(words, widget, gtk_widget_get_width(widget) / 2.0,
              gtk_widget_get_height(widget) / 2.0);
  for (int i = 0; i < SCENE / WHEEL; i++) {
    g_string_append(words, "click --delay 0 5 ");
    append_pause(words, WHEEL);
  }
  return g_string_free(words, FALSE);
}

static char *press_keys(const char *const *keys, int pause) {
  GString *words = g_string_new(NULL);
  guint n = g_strv_length((char **)keys);

  for (int i = 0; i < SCENE / pause; i++) {
    g_string_append_printf(words, "key --delay 0 %s ", keys[i % n]);
    append_pause(words, pause);
  }
  return g_string_free(words, FALSE);
}

/* Scenes */

static const char *const pages[] = {"draw", "predictions", "train"};

static const char *only; /* scenes whose name holds this; NULL: all */

typedef struct {
  InkWindow *window;
  const char *width;
} Stage;

static void play(Stage *stage, const char *scene, char *words) {
  g_autofree char *name = g_strdup_printf("%s, %s", scene, stage->width);

  if (only && !strstr(name, only)) {
    g_free(words);
    return;
  }
  begin_measuring();
  test_send(GTK_WIDGET(stage->window), "%s", g_strchomp(words));
  end_measuring(name);
  g_free(words);
}

static GtkWidget *turn_to(Stage *stage, const char *page, GType type) {
  GtkWidget *widget = test_find(GTK_WIDGET(stage->window), type, 0);

  gtk_widget_activate_action(GTK_WIDGET(stage->window), "win.page", "s", page);
  test_wait_until(gtk_widget_get_mapped(widget) && gtk_widget_get_width(widget) > 0);
  return widget;
}

static void sort_predictions(Stage *stage, guint order) {
  GtkWidget *filters = test_find(GTK_WIDGET(stage->window), INK_TYPE_PREDICTION_FILTERS, 0);

  gtk_drop_down_set_selected(test_find(filters, GTK_TYPE_DROP_DOWN, 2), order);
}

static void browse(Stage *stage) {
  static const char *const page_down[] = {"Page_Down", NULL};
  GtkWidget *grid = turn_to(stage, "predictions", INK_TYPE_PREDICTION_GRID);

  play(stage, "Predictions, wheel", turn_wheel(grid));
  sort_predictions(stage, INK_ORDER_HIGHEST_LOSS);
  play(stage, "Predictions by loss, wheel", turn_wheel(grid));
  gtk_widget_grab_focus(grid);
  play(stage, "Predictions by loss, Page Down", press_keys(page_down, KEY));
  sort_predictions(stage, INK_ORDER_INDEX);
}

static void draw(Stage *stage) {
  GtkWidget *canvas = turn_to(stage, "draw", INK_TYPE_DIGIT_CANVAS);

  play(stage, "Draw, drawing", move_around(canvas, TRUE));
}

/* A file of as many pixels as are read at all, while its owner waits. */
static void paste(Stage *stage) {
  const char *header = "P5 10000 10000 255\n";
  const gsize begin = strlen(header), size = begin + 100 * 1000 * 1000;
  GtkWidget *canvas = turn_to(stage, "draw", INK_TYPE_DIGIT_CANVAS);
  InkDrawing *drawing = ink_digit_canvas_get_drawing(INK_DIGIT_CANVAS(canvas));
  char *folder = test_make_folder();
  g_autofree char *path = g_build_filename(folder, "large.pgm", NULL);
  g_autofree char *contents = g_malloc0(size);
  g_autoptr(GFile) file = g_file_new_for_path(path);
  GdkFileList *list = gdk_file_list_new_from_array(&file, 1);
  g_autoptr(GError) error = NULL;

  memcpy(contents, header, begin);
  memset(contents + size / 2, 255, size / 3);
  g_file_set_contents(path, contents, size, &error);
  g_assert_no_error(error);
  gdk_clipboard_set(gtk_widget_get_clipboard(canvas), GDK_TYPE_FILE_LIST, list);
  g_boxed_free(GDK_TYPE_FILE_LIST, list);

  ink_digit_canvas_clear(INK_DIGIT_CANVAS(canvas));
  begin_measuring();
  gtk_widget_activate_action(gtk_widget_get_parent(canvas), "draw.paste", NULL);
  test_wait_until(ink_drawing_get_picture(drawing) && measure.work->len > 0);
  end_measuring("Draw, a picture of 100 megapixels, wide");
  test_remove_folder(folder);
}

static void watch(Stage *stage, const char *scene) {
  GtkWidget *chart = turn_to(stage, "train", INK_TYPE_CHART);

  play(stage, scene, move_around(chart, FALSE));
}

static void leaf(Stage *stage) {
  static const char *const keys[] = {"alt+2", "alt+3", "alt+1", NULL};

  play(stage, "from page to page", press_keys(keys, PAGE));
}

static void play_all(Stage *stage, InkLayout layout) {
  stage->width = layout == INK_LAYOUT_WIDE ? "wide" : "narrow";
  gtk_window_set_default_size(GTK_WINDOW(stage->window), layout == INK_LAYOUT_WIDE ? WIDE : NARROW,
                              HEIGHT);
  test_wait_until(ink_layout_bin_get_layout(stage->window->layout_bin) == layout);
  watch(stage, "Train, pointing");
  draw(stage);
  browse(stage);
  leaf(stage);
}

/* From the first frame on the person is fast: pages are asked for before they are built, and before
 * the data set is there. */
static void begin(Stage *stage) {
  InkWindow *window = stage->window;

  begin_measuring();
  test_wait_until(measure.work->len > 0);
  begin_measuring();
  for (guint i = 0; i < G_N_ELEMENTS(pages); i++) {
    guint frames = measure.work->len;

    gtk_widget_activate_action(GTK_WIDGET(window), "win.page", "s", pages[i]);
    test_wait_until(measure.work->len > frames);
  }
  test_wait_until(ink_trainer_get_dataset(window->trainer));
  end_measuring("from the first frame on, page by page");
}

/* The run */

static void start(Stage *stage) {
  InkTrainer *trainer = stage->window->trainer;
  InkRecipe recipe = *ink_trainer_get_recipe(trainer);

  recipe.epochs = 1000;
  recipe.eval_samples = 0;
  ink_trainer_set_recipe(trainer, &recipe);
  ink_trainer_start(trainer);
  test_wait_until(ink_trainer_get_test_result(trainer));
}

static long get_memory(void) {
  g_autofree char *status = NULL;
  const char *line;

  g_assert_true(g_file_get_contents("/proc/self/status", &status, NULL, NULL));
  line = strstr(status, "RssAnon:");
  return line ? strtol(line + strlen("RssAnon:"), NULL, 10) / 1024 : 0;
}

/* Goes on from the end of a run of a million steps. */
static void resume_long_run(Stage *stage) {
  InkTrainer *trainer = stage->window->trainer;
  g_autoptr(InkCheckpoint) checkpoint =
      ink_checkpoint_new(ink_trainer_get_network(trainer), ink_trainer_get_recipe(trainer));
  long before = get_memory();

  checkpoint->dataset_identity =
      g_strdup(ink_dataset_get_identity(ink_trainer_get_dataset(trainer)));
  checkpoint->total_updates = MILLION;
  checkpoint->run.finished = TRUE;
  checkpoint->run.updates = MILLION;
  checkpoint->history = ink_history_new();
  for (int i = 0; i < MILLION; i++) {
    ink_history_add_loss(checkpoint->history, i, g_random_double());
    if (i % 50 == 0)
      ink_history_add_test(
          checkpoint->history,
          &(InkTestPoint){.step = i, .correct = g_random_int_range(9000, 9900), .total = 10000});
  }
  fprintf(stderr, "A million steps take %ld MB.\n", get_memory() - before);
  ink_trainer_resume(trainer, checkpoint);
}

static gboolean run(gpointer data) {
  Stage stage = {.window = INK_WINDOW(gtk_application_get_active_window(
                     GTK_APPLICATION(g_application_get_default())))};
  GdkFrameClock *clock;

  clock = gtk_widget_get_frame_clock(GTK_WIDGET(stage.window));
  g_signal_connect(clock, "before-paint", G_CALLBACK(before_paint), NULL);
  g_signal_connect(clock, "after-paint", G_CALLBACK(after_paint), NULL);
  printf(
      "| scene | frames | work, median ms | 99 of 100 | longest | painting, 99 of 100 | longest | "
      "loop stood | computing |\n|---|---|---|---|---|---|---|---|---|\n");
  begin(&stage);
  test_show_window(GTK_WINDOW(stage.window));
  start(&stage);
  play_all(&stage, INK_LAYOUT_WIDE);
  paste(&stage);
  resume_long_run(&stage);
  start(&stage);
  watch(&stage, "Train after a million steps, pointing");
  play_all(&stage, INK_LAYOUT_NARROW);
  stage.window->closing = TRUE;
  gtk_window_close(GTK_WINDOW(stage.window));
  return G_SOURCE_REMOVE;
}

int main(int argc, char **argv) {
  g_setenv("GSETTINGS_BACKEND", "memory", TRUE);
  g_setenv("GSETTINGS_SCHEMA_DIR", INK_SCHEMAS, TRUE);
  g_setenv("GSK_RENDERER", "cairo", TRUE);
  measure.work = g_array_new(FALSE, FALSE, sizeof(gint64));
  measure.painting = g_array_new(FALSE, FALSE, sizeof(gint64));
  g_main_context_set_poll_func(NULL, poll_measured);
  g_idle_add(run, NULL);
  only = argc > 1 ? argv[1] : NULL;
  return ink_application_run(1, argv);
}
