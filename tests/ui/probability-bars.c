#include "ui/probability-bars.h"
#include "tests/support/find.h"
#include "tests/support/input.h"

#include <adwaita.h>

static const char *const digits[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", NULL};

typedef struct {
  GtkWidget *window;
  InkProbabilityBars *bars;
} Fixture;

static void set_up(Fixture *f, gconstpointer data) {
  f->window = gtk_window_new();
  f->bars = INK_PROBABILITY_BARS(ink_probability_bars_new());
  gtk_window_set_child(GTK_WINDOW(f->window), GTK_WIDGET(f->bars));
  gtk_window_set_default_size(GTK_WINDOW(f->window), 400, 300);
  test_show_window(GTK_WINDOW(f->window));
}

static void tear_down(Fixture *f, gconstpointer data) {
  gtk_window_destroy(GTK_WINDOW(f->window));
}

static GtkWidget *get_bar(Fixture *f, guint i) {
  return test_find(GTK_WIDGET(f->bars), GTK_TYPE_LEVEL_BAR, i);
}

static double get_value(Fixture *f, guint i) {
  return gtk_level_bar_get_value(GTK_LEVEL_BAR(get_bar(f, i)));
}

static void test_digits(Fixture *f, gconstpointer data) {
  static const float probabilities[10] = {[3] = 0.018f, [5] = 0.0004f, [7] = 0.982f};
  g_autofree char *name = NULL;

  ink_probability_bars_set_classes(f->bars, digits);
  ink_probability_bars_set_probabilities(f->bars, probabilities);
  g_assert_null(get_bar(f, 10));
  g_assert_cmpfloat_with_epsilon(get_value(f, 7), 0.982, 1e-6);
  g_assert_cmpfloat_with_epsilon(get_value(f, 3), 0.018, 1e-6);
  g_assert_cmpfloat(get_value(f, 5), ==, 0);
  g_assert_true(gtk_widget_has_css_class(get_bar(f, 7), "winner"));
  g_assert_false(gtk_widget_has_css_class(get_bar(f, 3), "winner"));
  test_wait_until(test_find_text(f->window, "98.2\u00a0%"));
  g_assert_nonnull(test_find_text(f->window, "1.8\u00a0%"));
  g_assert_nonnull(test_find_text(f->window, "0\u00a0%"));

  name = gtk_test_accessible_check_property(GTK_ACCESSIBLE(get_bar(f, 7)),
                                            GTK_ACCESSIBLE_PROPERTY_LABEL, "7");
  g_assert_cmpstr(name, ==, NULL);
}

static void test_empty(Fixture *f, gconstpointer data) {
  static const float probabilities[10] = {[2] = 1};

  ink_probability_bars_set_classes(f->bars, digits);
  g_assert_cmpfloat(get_value(f, 2), ==, 0);
  ink_probability_bars_set_probabilities(f->bars, probabilities);
  test_wait_until(test_find_text(f->window, "100\u00a0%"));
  ink_probability_bars_set_classes(f->bars, digits); /* the same: nothing changes */
  g_assert_cmpfloat(get_value(f, 2), ==, 1);

  ink_probability_bars_set_probabilities(f->bars, NULL);
  g_assert_cmpfloat(get_value(f, 2), ==, 0);
  g_assert_false(gtk_widget_has_css_class(get_bar(f, 2), "winner"));
  g_assert_null(test_find_text(f->window, "100\u00a0%"));
  g_assert_null(test_find_text(f->window, "0\u00a0%"));
}

static GStrv make_names(int n) {
  GStrv names = g_new0(char *, n + 1);

  for (int i = 0; i < n; i++)
    names[i] = g_strdup_printf("A class with a long name, number %d", i);
  return names;
}

static double get_top(Fixture *f, GtkWidget *bar) {
  double top;

  gtk_widget_translate_coordinates(bar, GTK_WIDGET(f->bars), 0, 0, NULL, &top);
  return top;
}

static gboolean is_in_sight(Fixture *f, GtkWidget *bar) {
  double top = get_top(f, bar);

  return top >= 0 && top + gtk_widget_get_height(bar) <= gtk_widget_get_height(GTK_WIDGET(f->bars));
}

/* The bar that wins is scrolled to, whichever it is. */
static void test_many_classes(Fixture *f, gconstpointer data) {
  g_auto(GStrv) names = make_names(64);

  ink_probability_bars_set_classes(f->bars, (const char *const *)names);
  g_assert_nonnull(get_bar(f, 63));
  g_assert_null(get_bar(f, 64));
  for (int winner = 63; winner >= 0; winner -= 21) {
    float probabilities[64] = {0};

    probabilities[winner] = 0.9f;
    ink_probability_bars_set_probabilities(f->bars, probabilities);
    test_wait_until(is_in_sight(f, get_bar(f, winner)));
  }
  g_assert_cmpint(gtk_widget_get_width(GTK_WIDGET(f->bars)), ==, 400); /* names are cut short */
}

static void test_fewer_classes(Fixture *f, gconstpointer data) {
  static const float probabilities[10] = {0.25f, 0.75f};
  static const char *const two[] = {"no", "yes", NULL};

  ink_probability_bars_set_classes(f->bars, digits);
  ink_probability_bars_set_probabilities(f->bars, probabilities);
  ink_probability_bars_set_classes(f->bars, two);
  g_assert_nonnull(get_bar(f, 1));
  g_assert_null(get_bar(f, 2));
  g_assert_cmpfloat(get_value(f, 1), ==, 0);
  ink_probability_bars_set_probabilities(f->bars, probabilities);
  g_assert_cmpfloat(get_value(f, 1), ==, 0.75);
  /* They stay together, though there is room for ten. */
  test_wait_until(get_top(f, get_bar(f, 1)) > get_top(f, get_bar(f, 0)));
  g_assert_cmpfloat(get_top(f, get_bar(f, 1)), <, 60);
}

#define ADD(path, function) g_test_add(path, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  adw_init();
  ADD("/ui/probability-bars/digits", test_digits);
  ADD("/ui/probability-bars/empty", test_empty);
  ADD("/ui/probability-bars/many-classes", test_many_classes);
  ADD("/ui/probability-bars/fewer-classes", test_fewer_classes);
  return g_test_run();
}
