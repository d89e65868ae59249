#include "ui/prediction-list.h"

#include <math.h>

struct _InkPredictionList {
  GObject parent_instance;

  InkDataset *dataset;   /* NULL exactly if result is */
  InkTestResult *result; /* NULL: nothing tested */
  InkPredictionFilter filter;
  GArray *shown; /* guint: the test images in the order shown */
  guint tested, wrong;
};

enum { UPDATED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(InkPredictionList, ink_prediction_list, G_TYPE_OBJECT)

static gboolean matches(int wanted, guint8 class) {
  return wanted == INK_ANY_CLASS || wanted == class;
}

static int compare_keys(float a, float b) {
  return a < b ? -1 : a > b;
}

static int compare_sureness(gconstpointer a, gconstpointer b, gpointer data) {
  const InkTestResult *result = data;
  gsize i = *(const guint *)a, j = *(const guint *)b;

  return compare_keys(result->probabilities[i * result->classes + result->predicted[i]],
                      result->probabilities[j * result->classes + result->predicted[j]]);
}

static int compare_loss(gconstpointer a, gconstpointer b, gpointer data) {
  const InkTestResult *result = data;
  float i = result->loss[*(const guint *)a], j = result->loss[*(const guint *)b];

  return compare_keys(isnan(j) ? INFINITY : j, isnan(i) ? INFINITY : i);
}

/* Counts what matches, and returns the test images to show, in order. */
static GArray *select_shown(InkPredictionList *self) {
  const InkTestResult *result = self->result;
  const InkPredictionFilter *filter = &self->filter;
  GArray *shown = g_array_new(FALSE, FALSE, sizeof(guint));
  const guint8 *labels = result ? ink_dataset_get_labels(self->dataset, INK_TEST) : NULL;

  self->tested = self->wrong = 0;
  for (guint i = 0; result && i < result->count; i++) {
    gboolean wrong = result->predicted[i] != labels[i];

    if (!matches(filter->label, labels[i]) || !matches(filter->predicted, result->predicted[i]))
      continue;
    self->tested++;
    self->wrong += wrong;
    if (filter->show == INK_SHOW_ALL || wrong == (filter->show == INK_SHOW_WRONG))
      g_array_append_val(shown, i);
  }
  /* Stable, so that equal ones stay by index. */
  if (filter->order != INK_ORDER_INDEX)
    g_array_sort_with_data(shown,
                           filter->order == INK_ORDER_LEAST_SURE ? compare_sureness : compare_loss,
                           (gpointer)result);
  return shown;
}

/* Shows what source and filter ask for now. */
static void refresh(InkPredictionList *self) {
  g_array_unref(self->shown);
  self->shown = select_shown(self);
  g_signal_emit(self, signals[UPDATED], 0);
}

static void finalize(GObject *object) {
  InkPredictionList *self = INK_PREDICTION_LIST(object);

  g_clear_pointer(&self->dataset, ink_dataset_unref);
  g_clear_pointer(&self->result, ink_test_result_unref);
  g_array_unref(self->shown);
  G_OBJECT_CLASS(ink_prediction_list_parent_class)->finalize(object);
}

static void ink_prediction_list_class_init(InkPredictionListClass *klass) {
  G_OBJECT_CLASS(klass)->finalize = finalize;
  signals[UPDATED] = g_signal_new("updated", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 0);
}

static void ink_prediction_list_init(InkPredictionList *self) {
  self->filter = (InkPredictionFilter){.label = INK_ANY_CLASS, .predicted = INK_ANY_CLASS};
  self->shown = g_array_new(FALSE, FALSE, sizeof(guint));
}

InkPredictionList *ink_prediction_list_new(void) {
  return g_object_new(INK_TYPE_PREDICTION_LIST, NULL);
}

void ink_prediction_list_set_source(InkPredictionList *self, InkDataset *dataset,
                                    InkTestResult *result) {
  g_return_if_fail(INK_IS_PREDICTION_LIST(self));
  if (!dataset || !result)
    dataset = NULL, result = NULL;
  g_return_if_fail(!result || result->count <= ink_dataset_get_count(dataset, INK_TEST));

  if (dataset)
    ink_dataset_ref(dataset);
  g_clear_pointer(&self->dataset, ink_dataset_unref);
  self->dataset = dataset;
  if (result)
    ink_test_result_ref(result);
  g_clear_pointer(&self->result, ink_test_result_unref);
  self->result = result;
  refresh(self);
}

InkDataset *ink_prediction_list_get_dataset(InkPredictionList *self) {
  g_return_val_if_fail(INK_IS_PREDICTION_LIST(self), NULL);
  return self->dataset;
}

InkTestResult *ink_prediction_list_get_result(InkPredictionList *self) {
  g_return_val_if_fail(INK_IS_PREDICTION_LIST(self), NULL);
  return self->result;
}

void ink_prediction_list_set_filter(InkPredictionList *self, const InkPredictionFilter *filter) {
  g_return_if_fail(INK_IS_PREDICTION_LIST(self));
  self->filter = *filter;
  refresh(self);
}

const InkPredictionFilter *ink_prediction_list_get_filter(InkPredictionList *self) {
  g_return_val_if_fail(INK_IS_PREDICTION_LIST(self), NULL);
  return &self->filter;
}

void ink_prediction_list_count(InkPredictionList *self, guint *tested, guint *wrong) {
  g_return_if_fail(INK_IS_PREDICTION_LIST(self));
  *tested = self->tested;
  *wrong = self->wrong;
}

guint ink_prediction_list_get_length(InkPredictionList *self) {
  g_return_val_if_fail(INK_IS_PREDICTION_LIST(self), 0);
  return self->shown->len;
}

guint ink_prediction_list_get_sample(InkPredictionList *self, guint position) {
  g_return_val_if_fail(INK_IS_PREDICTION_LIST(self) && position < self->shown->len, 0);
  return g_array_index(self->shown, guint, position);
}

gboolean ink_prediction_list_find(InkPredictionList *self, guint sample, guint *position) {
  g_return_val_if_fail(INK_IS_PREDICTION_LIST(self), FALSE);
  for (guint i = 0; i < self->shown->len; i++)
    if (g_array_index(self->shown, guint, i) == sample) {
      *position = i;
      return TRUE;
    }
  return FALSE;
}
