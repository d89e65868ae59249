#include "ui/width-first.h"

#include <adwaita.h>

typedef struct {
  int minimum, natural;
} Size;

static Size measure(GtkWidget *widget, GtkOrientation orientation, int for_size) {
  Size size;

  gtk_widget_measure(widget, orientation, for_size, &size.minimum, &size.natural, NULL, NULL);
  return size;
}

static void assert_same(Size a, Size b) {
  g_assert_cmpint(a.minimum, ==, b.minimum);
  g_assert_cmpint(a.natural, ==, b.natural);
}

/* A line of text would have to be wider than its longest word to be no taller than itself. */
static void test_width_at_any_height(void) {
  GtkWidget *label = gtk_label_new("Words that take several lines where they are given no room");
  GtkLayoutManager *layout = g_object_new(INK_TYPE_WIDTH_FIRST, NULL);
  GtkWidget *bin = g_object_ref_sink(g_object_new(ADW_TYPE_BIN, "layout-manager", layout, NULL));
  Size width = measure(label, GTK_ORIENTATION_HORIZONTAL, -1);
  int line;

  gtk_label_set_wrap(GTK_LABEL(label), TRUE);
  adw_bin_set_child(ADW_BIN(bin), label);
  line = measure(label, GTK_ORIENTATION_VERTICAL, width.natural).natural;
  width = measure(label, GTK_ORIENTATION_HORIZONTAL, -1);
  g_assert_cmpint(measure(label, GTK_ORIENTATION_HORIZONTAL, line).minimum, >, width.minimum);
  assert_same(measure(bin, GTK_ORIENTATION_HORIZONTAL, line), width);
  assert_same(measure(bin, GTK_ORIENTATION_VERTICAL, width.minimum),
              measure(label, GTK_ORIENTATION_VERTICAL, width.minimum));
  g_object_unref(bin);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  adw_init();
  g_test_add_func("/ui/width-first/width-at-any-height", test_width_at_any_height);
  return g_test_run();
}
