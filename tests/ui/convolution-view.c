#include "ui/convolution-view.h"
#include "ui/convolution-panels.h"
#include "ui/convolution-stage.h"
#include "ui/format.h"
#include "tests/support/find.h"
#include "tests/support/input.h"

#include <math.h>
#include <string.h>

typedef struct {
  GtkWidget *window;
  InkConvolutionView *view;
  InkConvolutionStage *stage;
  InkNetwork *network;
  guint8 image[INK_PIXELS];
  InkReading reading;
  gboolean closed;
} Fixture;

static void take_closed(Fixture *f) {
  f->closed = TRUE;
}

static void set_up(Fixture *f, gconstpointer data) {
  InkShape shape = {5, INK_POOL_MAX, 10};
  g_autoptr(InkClassifier) classifier = ink_classifier_new();

  f->network = ink_network_new_random(&shape, 1, NULL, NULL);
  for (int i = 200; i < 500; i++)
    f->image[i] = i % 251;
  ink_classifier_set_network(classifier, f->network);
  g_assert_true(ink_classifier_read(classifier, f->image, &f->reading));

  f->window = gtk_window_new();
  f->view = INK_CONVOLUTION_VIEW(ink_convolution_view_new());
  f->stage = test_find(GTK_WIDGET(f->view), INK_TYPE_CONVOLUTION_STAGE, 0);
  g_signal_connect_swapped(f->view, "closed", G_CALLBACK(take_closed), f);
  gtk_window_set_child(GTK_WINDOW(f->window), GTK_WIDGET(f->view));
  gtk_window_set_default_size(GTK_WINDOW(f->window), 1144, 300);
  test_show_window(GTK_WINDOW(f->window));
}

static void tear_down(Fixture *f, gconstpointer data) {
  gtk_window_destroy(GTK_WINDOW(f->window));
  ink_network_unref(f->network);
}

static void explain(Fixture *f, int layer, int channel) {
  ink_convolution_view_set_reading(f->view, f->network, f->image, &f->reading);
  ink_convolution_view_explain(f->view, layer, channel);
}

static GtkToggleButton *get_play(Fixture *f) {
  return test_find(GTK_WIDGET(f->view), GTK_TYPE_TOGGLE_BUTTON, 0);
}

static int get_position(Fixture *f) {
  return ink_convolution_stage_get_position(f->stage);
}

/* Points at a pixel of a panel of layer 1, in a map of so many columns. */
static void point_at(Fixture *f, InkPanelName name, int row, int column) {
  InkPanel panels[INK_PANELS];
  const InkPanel *panel = &panels[name];

  ink_panels_place(NULL, INK_LAYOUT_WIDE, gtk_widget_get_width(GTK_WIDGET(f->stage)), panels);
  test_point_at(GTK_WIDGET(f->stage), panel->x + (column + 0.5) * panel->size,
                panel->y + (row + 0.5) * panel->size);
}

/* The sentence says the network's own numbers for this pixel. */
static void assert_explained(Fixture *f, int channel, int row, int column) {
  const float *bias = ink_network_get_tensor(f->network, INK_CONV1_BIAS);
  g_autofree char *pixel = ink_format_value(f->reading.conv1[channel][row][column]);
  g_autofree char *bias_text = ink_format_value(bias[channel]);
  g_autofree char *pooled = ink_format_value(f->reading.pool1[channel][row / 2][column / 2]);
  const char *text;
  GtkWidget *sentence = NULL;

  for (guint i = 0; (sentence = test_find(GTK_WIDGET(f->view), GTK_TYPE_LABEL, i)); i++)
    if (g_str_has_prefix(gtk_label_get_text(GTK_LABEL(sentence)), "The products"))
      break;
  g_assert_nonnull(sentence);
  text = gtk_label_get_text(GTK_LABEL(sentence));
  g_assert_nonnull(strstr(text, bias_text));
  g_assert_nonnull(strstr(text, pooled));
  if (f->reading.conv1[channel][row][column] > 0)
    g_assert_nonnull(strstr(text, pixel));
  else
    g_assert_nonnull(strstr(text, "becomes 0"));
}

static void test_positions(void) {
  for (int side = 14; side <= 28; side += 14)
    for (int position = 0; position < side * side; position++) {
      int row, column;

      ink_convolution_locate(side, position, &row, &column);
      g_assert_cmpint(ink_convolution_position(side, row, column), ==, position);
      /* A block is whole before the next begins. */
      g_assert_cmpint(row / 2 * (side / 2) + column / 2, ==, position / 4);
    }
}

static void test_plays(Fixture *f, gconstpointer data) {
  explain(f, 1, 3);
  test_wait_until(get_position(f) > 0);
  g_assert_true(gtk_toggle_button_get_active(get_play(f)));
  test_press_key(f->window, "space");
  g_assert_false(gtk_toggle_button_get_active(get_play(f)));
  test_press_key(f->window, "space");
  g_assert_true(gtk_toggle_button_get_active(get_play(f)));
  /* Blank paper is skipped, down to the first row of ink. */
  test_wait_until(get_position(f) >= ink_convolution_position(INK_SIDE, 6, 0));
}

static void test_pointing(Fixture *f, gconstpointer data) {
  explain(f, 1, 3);
  for (int row = 5; row < INK_SIDE; row += 9) {
    point_at(f, INK_PANEL_MAP, row, 11);
    test_wait_until(get_position(f) == ink_convolution_position(INK_SIDE, row, 11));
    g_assert_false(gtk_toggle_button_get_active(get_play(f)));
    assert_explained(f, 3, row, 11);
  }
  point_at(f, INK_PANEL_INPUT, 10, 4);
  test_wait_until(get_position(f) == ink_convolution_position(INK_SIDE, 10, 4));
  point_at(f, INK_PANEL_POOLED, 3, 6);
  test_wait_until(get_position(f) == ink_convolution_position(INK_SIDE, 7, 13));
  assert_explained(f, 3, 7, 13);
}

static void test_keys(Fixture *f, gconstpointer data) {
  explain(f, 1, 0);
  point_at(f, INK_PANEL_MAP, 10, 10);
  test_wait_until(get_position(f) == ink_convolution_position(INK_SIDE, 10, 10));
  test_press_key(f->window, "Right");
  test_press_key(f->window, "KP_Down");
  test_wait_until(get_position(f) == ink_convolution_position(INK_SIDE, 11, 11));
  test_press_key(f->window, "Left");
  test_press_key(f->window, "Up");
  test_wait_until(get_position(f) == ink_convolution_position(INK_SIDE, 10, 10));
  assert_explained(f, 0, 10, 10);
  g_assert_false(f->closed);
  test_press_key(f->window, "Escape");
  g_assert_true(f->closed);
}

static void test_layer_2(Fixture *f, gconstpointer data) {
  explain(f, 2, 31);
  g_assert_nonnull(test_find_text(f->window, "How layer 2, channel 31 is made"));
  test_wait_until(get_position(f) > 0);
  explain(f, 1, 0);
  g_assert_cmpint(get_position(f), ==, 0);
}

static void test_follows_the_drawing(Fixture *f, gconstpointer data) {
  explain(f, 1, 3);
  point_at(f, INK_PANEL_MAP, 10, 10);
  test_wait_until(get_position(f) == ink_convolution_position(INK_SIDE, 10, 10));
  f->reading.conv1[3][10][10] += 1; /* as another network would */
  f->reading.pool1[3][5][5] += 1;
  ink_convolution_view_set_reading(f->view, f->network, f->image, &f->reading);
  test_wait_until(get_position(f) == ink_convolution_position(INK_SIDE, 10, 10));

  ink_convolution_view_set_reading(f->view, f->network, f->image, NULL);
  test_wait_until(test_find_text(f->window, "Draw something, and watch the filter slide over it."));
  point_at(f, INK_PANEL_MAP, 3, 3);
  test_press_key(f->window, "Right");
}

static void test_layouts(Fixture *f, gconstpointer data) {
  static const int widths[] = {1116, 648, 308}; /* of the card, inside */

  explain(f, 1, 0);
  for (InkLayout layout = INK_LAYOUT_WIDE; layout <= INK_LAYOUT_NARROW; layout++) {
    InkPanel panels[INK_PANELS];
    double height = ink_panels_place(NULL, layout, widths[layout], panels);

    for (int i = 0; i < INK_PANELS; i++) {
      g_assert_cmpfloat(panels[i].x, >=, 0);
      g_assert_cmpfloat(panels[i].x + panels[i].columns * panels[i].size, <=, widths[layout]);
      g_assert_cmpfloat(panels[i].y + panels[i].columns * panels[i].size, <=, height);
    }
    ink_convolution_view_set_layout(f->view, layout);
    test_turn();
  }
}

#define ADD(path, function) g_test_add(path, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  adw_init();
  g_test_add_func("/ui/convolution-view/positions", test_positions);
  ADD("/ui/convolution-view/plays", test_plays);
  ADD("/ui/convolution-view/pointing", test_pointing);
  ADD("/ui/convolution-view/keys", test_keys);
  ADD("/ui/convolution-view/layer-2", test_layer_2);
  ADD("/ui/convolution-view/follows-the-drawing", test_follows_the_drawing);
  ADD("/ui/convolution-view/layouts", test_layouts);
  return g_test_run();
}
