#include "ui/answer-card.h"
#include "tests/support/find.h"
#include "tests/support/input.h"
#include "tests/ui/style-fixture.h"

typedef struct {
  GtkWidget *window;
  InkAnswerCard *card;
} Fixture;

static void set_up(Fixture *f, gconstpointer data) {
  f->window = gtk_window_new();
  f->card = INK_ANSWER_CARD(ink_answer_card_new());
  gtk_window_set_child(GTK_WINDOW(f->window), GTK_WIDGET(f->card));
  gtk_window_set_default_size(GTK_WINDOW(f->window), 508, 420);
  test_show_window(GTK_WINDOW(f->window));
}

static void tear_down(Fixture *f, gconstpointer data) {
  gtk_window_destroy(GTK_WINDOW(f->window));
}

static InkNetwork *make_network(int classes, const char *const *names) {
  InkShape shape = {3, INK_POOL_MAX, classes};

  return ink_network_new_random(&shape, 1, names, NULL);
}

static InkReading make_reading(int classes, float best, float second) {
  InkReading reading = {.classes = classes, .best = classes - 1, .second = 0};

  reading.probabilities[reading.best] = best;
  reading.probabilities[reading.second] = second;
  return reading;
}

static void assert_says(Fixture *f, const char *text) {
  test_wait_until(test_find_text(f->window, text));
}

static void test_sentences(Fixture *f, gconstpointer data) {
  static const struct {
    float best, second;
    const char *percent, *sentence;
  } cases[] = {
      {1, 0, "100\u00a0%", "Almost certain."},
      {0.982f, 0.018f, "98.2\u00a0%", "Almost certain. The next guess is 0, at 1.8\u00a0%."},
      {0.95f, 0.05f, "95.0\u00a0%", "Almost certain. The next guess is 0, at 5.0\u00a0%."},
      {0.949f, 0.05f, "94.9\u00a0%", "Fairly sure. The next guess is 0, at 5.0\u00a0%."},
      {0.75f, 0.141f, "75.0\u00a0%", "Fairly sure. The next guess is 0, at 14.1\u00a0%."},
      {0.749f, 0.251f, "74.9\u00a0%", "Unsure. The next guess is 0, at 25.1\u00a0%."},
  };
  g_autoptr(InkNetwork) network = make_network(10, NULL);

  for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
    InkReading reading = make_reading(10, cases[i].best, cases[i].second);

    ink_answer_card_show(f->card, network, TRUE, &reading);
    assert_says(f, cases[i].percent);
    assert_says(f, cases[i].sentence);
    assert_says(f, "9");
  }
}

static void test_nothing_drawn(Fixture *f, gconstpointer data) {
  g_autoptr(InkNetwork) digits = make_network(10, NULL), letters = make_network(26, NULL);

  ink_answer_card_show(f->card, digits, TRUE, NULL);
  assert_says(f, "Draw a digit");
  assert_says(f, "Any digit from 0 to 9, as large as the dashed frame. The answer follows every "
                 "stroke.");
  ink_answer_card_show(f->card, letters, TRUE, NULL);
  assert_says(f, "Draw something");
}

static void test_untrained(Fixture *f, gconstpointer data) {
  g_autoptr(InkNetwork) network = make_network(10, NULL);
  InkReading reading = make_reading(10, 0.2f, 0.1f);

  ink_answer_card_show(f->card, network, FALSE, NULL);
  assert_says(f, "Not trained yet");
  ink_answer_card_show(f->card, network, FALSE, &reading);
  assert_says(f, "20.0\u00a0%"); /* its guesses are shown all the same */
  g_assert_nonnull(test_find_text(f->window, "Not trained yet"));
  g_assert_nonnull(test_find_action(f->window, "win.start-pause"));
  ink_answer_card_show(f->card, network, TRUE, &reading);
  assert_says(f, "Unsure. The next guess is 0, at 10.0\u00a0%.");
  g_assert_null(test_find_text(f->window, "Not trained yet"));
}

static void test_class_names(Fixture *f, gconstpointer data) {
  static const char *const names[] = {"Shirt", "A class whose name is far too long for the card",
                                      NULL};
  g_autoptr(InkNetwork) network = make_network(2, names);
  InkReading reading = make_reading(2, 0.8f, 0.2f);
  GtkWidget *best;

  ink_answer_card_show(f->card, network, TRUE, &reading);
  assert_says(f, "Fairly sure. The next guess is Shirt, at 20.0\u00a0%.");
  best = test_find_text(f->window, names[1]);
  g_assert_nonnull(best);
  g_assert_cmpstr(gtk_widget_get_tooltip_text(best), ==, names[1]);
  g_assert_cmpint(gtk_widget_get_width(GTK_WIDGET(f->card)), ==, 508);
}

/* As wide as it is beside the canvas in a window of 720 pixels. */
static void test_sentence_beside_the_canvas(Fixture *f, gconstpointer data) {
  static const char *const names[] = {"Ankle boot", "Trouser", "Pullover", NULL};
  g_autoptr(InkNetwork) network = make_network(3, names);
  InkReading reading = make_reading(3, 0.8f, 0.2f);

  ink_answer_card_show(f->card, network, TRUE, &reading);
  ink_answer_card_set_layout(f->card, INK_LAYOUT_MEDIUM);
  gtk_window_set_default_size(GTK_WINDOW(f->window), 320, 420);
  test_wait_until(gtk_widget_get_width(GTK_WIDGET(f->card)) < 400);
  assert_says(f, "Fairly sure. The next guess is Ankle boot, at 20.0\u00a0%.");
  g_assert_true(test_shows_inscription(test_find(GTK_WIDGET(f->card), GTK_TYPE_INSCRIPTION, 1)));
}

static void test_no_network(Fixture *f, gconstpointer data) {
  ink_answer_card_show(f->card, NULL, FALSE, NULL);
  assert_says(f, "Not trained yet");
}

#define ADD(path, function) g_test_add(path, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  adw_init();
  test_load_style();
  ADD("/ui/answer-card/sentences", test_sentences);
  ADD("/ui/answer-card/nothing-drawn", test_nothing_drawn);
  ADD("/ui/answer-card/untrained", test_untrained);
  ADD("/ui/answer-card/class-names", test_class_names);
  ADD("/ui/answer-card/sentence-beside-the-canvas", test_sentence_beside_the_canvas);
  ADD("/ui/answer-card/no-network", test_no_network);
  return g_test_run();
}
