#include "ui/prediction-list.h"
#include "tests/support/idx-files.h"
#include "tests/support/test-results.h"

#include <math.h>

enum { IMAGES = 500, CLASSES = 10 };

typedef struct {
  char *folder;
  InkDataset *dataset;
  const guint8 *labels;
  InkPredictionList *list;
  guint updates;
} Fixture;

/* Every seventh image is wrong; sureness and loss follow no order. */
static void predict(guint i, int label, int classes, guint8 *predicted, float *probability,
                    float *loss) {
  *predicted = i % 7 == 3 ? (label + 1 + (int)i % 3) % classes : label;
  *probability = 0.3f + (i * 37 % 100) / 200.0f;
  *loss = (i * 53 % 97) / 10.0f;
}

/* The same images, but every third one is wrong. */
static void predict_worse(guint i, int label, int classes, guint8 *predicted, float *probability,
                          float *loss) {
  predict(i, label, classes, predicted, probability, loss);
  *predicted = i % 3 == 0 ? (label + 1) % classes : label;
}

static void predict_nothing_finite(guint i, int label, int classes, guint8 *predicted,
                                   float *probability, float *loss) {
  predict(i, label, classes, predicted, probability, loss);
  if (i % 5 == 0)
    *loss = NAN;
}

static void on_updated(Fixture *f) {
  f->updates++;
}

static void set_result(Fixture *f, guint count, gboolean complete, TestPredict how) {
  g_autoptr(InkTestResult) result = test_result_new(f->dataset, count, complete, how);

  f->updates = 0;
  ink_prediction_list_set_source(f->list, f->dataset, result);
}

static void set_filter(Fixture *f, InkShow show, int label, int predicted, InkOrder order) {
  InkPredictionFilter filter = {show, label, predicted, order};

  f->updates = 0;
  ink_prediction_list_set_filter(f->list, &filter);
}

static InkDataset *open_dataset(const char *folder) {
  g_autoptr(GError) error = NULL;
  InkDataset *dataset = ink_dataset_open(folder, &error);

  g_assert_no_error(error);
  return dataset;
}

static void set_up(Fixture *f, gconstpointer data) {
  f->folder = test_make_folder();
  test_write_dataset(f->folder, 10, IMAGES, CLASSES, 7);
  f->dataset = open_dataset(f->folder);
  f->labels = ink_dataset_get_labels(f->dataset, INK_TEST);
  f->list = ink_prediction_list_new();
  g_signal_connect_swapped(f->list, "updated", G_CALLBACK(on_updated), f);
}

static void tear_down(Fixture *f, gconstpointer data) {
  g_assert_finalize_object(f->list);
  ink_dataset_unref(f->dataset);
  test_remove_folder(f->folder);
}

static guint count_items(Fixture *f) {
  return ink_prediction_list_get_length(f->list);
}

static guint get_sample(Fixture *f, guint position) {
  return ink_prediction_list_get_sample(f->list, position);
}

/* Without a filter every image is there, by index. */
static void test_all(Fixture *f, gconstpointer data) {
  guint tested, wrong;

  g_assert_cmpuint(count_items(f), ==, 0);
  set_result(f, IMAGES, TRUE, predict);
  g_assert_cmpuint(f->updates, ==, 1);
  for (guint i = 0; i < IMAGES; i++)
    g_assert_cmpuint(get_sample(f, i), ==, i);
  ink_prediction_list_count(f->list, &tested, &wrong);
  g_assert_cmpuint(tested, ==, IMAGES);
  g_assert_cmpuint(wrong, ==, (IMAGES - 3 + 6) / 7);
}

/* Each filter, alone and together, shows exactly the images that it names, in order. */
static void test_filters(Fixture *f, gconstpointer data) {
  const int classes[] = {INK_ANY_CLASS, 0, 4, CLASSES - 1};

  set_result(f, IMAGES, TRUE, predict);
  for (InkShow show = INK_SHOW_ALL; show <= INK_SHOW_RIGHT; show++)
    for (gsize l = 0; l < G_N_ELEMENTS(classes); l++)
      for (gsize p = 0; p < G_N_ELEMENTS(classes); p++) {
        guint expected = 0, of_classes = 0, wrong_of_classes = 0, tested, wrong;

        set_filter(f, show, classes[l], classes[p], INK_ORDER_INDEX);
        for (guint i = 0; i < IMAGES; i++) {
          guint8 predicted = ink_prediction_list_get_result(f->list)->predicted[i];
          gboolean is_wrong = predicted != f->labels[i];

          if ((classes[l] >= 0 && classes[l] != f->labels[i]) ||
              (classes[p] >= 0 && classes[p] != predicted))
            continue;
          of_classes++;
          wrong_of_classes += is_wrong;
          if ((show == INK_SHOW_WRONG && !is_wrong) || (show == INK_SHOW_RIGHT && is_wrong))
            continue;
          g_assert_cmpuint(get_sample(f, expected), ==, i);
          expected++;
        }
        g_assert_cmpuint(count_items(f), ==, expected);
        ink_prediction_list_count(f->list, &tested, &wrong);
        g_assert_cmpuint(tested, ==, of_classes);
        g_assert_cmpuint(wrong, ==, wrong_of_classes);
      }
}

static void test_least_sure(Fixture *f, gconstpointer data) {
  InkTestResult *result;

  set_result(f, IMAGES, TRUE, predict);
  result = ink_prediction_list_get_result(f->list);
  set_filter(f, INK_SHOW_ALL, INK_ANY_CLASS, INK_ANY_CLASS, INK_ORDER_LEAST_SURE);
  g_assert_cmpuint(count_items(f), ==, IMAGES);
  for (guint i = 1; i < IMAGES; i++) {
    guint a = get_sample(f, i - 1), b = get_sample(f, i);
    float sure_a = result->probabilities[a * CLASSES + result->predicted[a]];
    float sure_b = result->probabilities[b * CLASSES + result->predicted[b]];

    g_assert_true(sure_a < sure_b || (sure_a == sure_b && a < b));
  }
}

static void test_highest_loss(Fixture *f, gconstpointer data) {
  InkTestResult *result;

  set_result(f, IMAGES, TRUE, predict_nothing_finite);
  result = ink_prediction_list_get_result(f->list);
  set_filter(f, INK_SHOW_WRONG, INK_ANY_CLASS, INK_ANY_CLASS, INK_ORDER_HIGHEST_LOSS);
  g_assert_true(isnan(result->loss[get_sample(f, 0)]));
  for (guint i = 1; i < count_items(f); i++) {
    guint a = get_sample(f, i - 1), b = get_sample(f, i);
    float loss_a = isnan(result->loss[a]) ? INFINITY : result->loss[a];
    float loss_b = isnan(result->loss[b]) ? INFINITY : result->loss[b];

    g_assert_true(loss_a > loss_b || (loss_a == loss_b && a < b));
  }
}

/* Each newer test is told of once, be its images more, fewer or the same. */
static void test_updates(Fixture *f, gconstpointer data) {
  const guint counts[] = {IMAGES, 200, IMAGES};

  set_result(f, IMAGES, TRUE, predict);
  for (gsize i = 0; i < G_N_ELEMENTS(counts); i++) {
    set_result(f, counts[i], counts[i] == IMAGES, predict_worse);
    g_assert_cmpuint(f->updates, ==, 1);
    g_assert_cmpuint(count_items(f), ==, counts[i]);
  }
  set_filter(f, INK_SHOW_ALL, INK_ANY_CLASS, INK_ANY_CLASS, INK_ORDER_HIGHEST_LOSS);
  g_assert_cmpuint(get_sample(f, 0), !=, 0);
  g_assert_cmpuint(f->updates, ==, 1);
}

/* Where an image stands, whatever the filter and the order. */
static void test_find(Fixture *f, gconstpointer data) {
  guint position;

  set_result(f, IMAGES, TRUE, predict);
  set_filter(f, INK_SHOW_WRONG, INK_ANY_CLASS, INK_ANY_CLASS, INK_ORDER_HIGHEST_LOSS);
  g_assert_true(ink_prediction_list_find(f->list, 3, &position));
  g_assert_cmpuint(get_sample(f, position), ==, 3);
  g_assert_false(ink_prediction_list_find(f->list, 4, &position));
}

/* Without a result there is nothing to show, and no data set. */
static void test_nothing(Fixture *f, gconstpointer data) {
  set_result(f, IMAGES, TRUE, predict);
  ink_prediction_list_set_source(f->list, f->dataset, NULL);
  g_assert_cmpuint(count_items(f), ==, 0);
  g_assert_null(ink_prediction_list_get_dataset(f->list));
}

int main(int argc, char *argv[]) {
  g_test_init(&argc, &argv, NULL);
#define ADD(path, test)                                                                            \
  g_test_add("/ui/prediction-list/" path, Fixture, NULL, set_up, test, tear_down)
  ADD("all", test_all);
  ADD("filters", test_filters);
  ADD("least-sure", test_least_sure);
  ADD("highest-loss", test_highest_loss);
  ADD("updates", test_updates);
  ADD("find", test_find);
  ADD("nothing", test_nothing);
#undef ADD
  return g_test_run();
}
