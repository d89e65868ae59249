#include "ui/confusion.h"
#include "ui/class-names.h"
#include "ui/format.h"

#include <glib/gi18n.h>
#include <math.h>

void ink_confusion_count(InkConfusion *confusion, InkDataset *dataset, InkTestResult *result) {
  const guint8 *labels;

  *confusion = (InkConfusion){0};
  if (!dataset || !result)
    return;
  confusion->dataset = dataset;
  confusion->classes = ink_dataset_get_classes(dataset);
  g_return_if_fail((int)result->classes == confusion->classes);
  g_return_if_fail(result->count <= ink_dataset_get_count(dataset, INK_TEST));

  labels = ink_dataset_get_labels(dataset, INK_TEST);
  for (guint i = 0; i < result->count; i++) {
    confusion->counts[labels[i]][result->predicted[i]]++;
    confusion->totals[labels[i]]++;
  }
  for (int i = 0; i < confusion->classes; i++)
    for (int j = 0; j < confusion->classes; j++)
      if (i != j)
        confusion->largest = MAX(confusion->largest, confusion->counts[i][j]);
}

double ink_confusion_get_share_wrong(const InkConfusion *confusion, int label) {
  guint total = confusion->totals[label];

  return total ? (double)(total - confusion->counts[label][label]) / total : 0;
}

double ink_confusion_get_tint(const InkConfusion *confusion, int label, int predicted) {
  return confusion->largest ? log1p(confusion->counts[label][predicted]) / log1p(confusion->largest)
                            : 0;
}

typedef struct {
  int predicted;
  guint count;
} Mistake;

static int compare_mistakes(gconstpointer a, gconstpointer b) {
  const Mistake *first = a, *second = b;

  return first->count < second->count ? 1 : first->count > second->count ? -1 : 0;
}

static void describe_label(GString *text, const InkConfusion *confusion, int label) {
  g_autoptr(GArray) mistakes = g_array_new(FALSE, FALSE, sizeof(Mistake));
  g_autofree char *share = ink_format_percent(ink_confusion_get_share_wrong(confusion, label), 1);
  g_autofree char *total = ink_format_count(confusion->totals[label]);

  for (int j = 0; j < confusion->classes; j++)
    if (j != label && confusion->counts[label][j]) {
      Mistake mistake = {j, confusion->counts[label][j]};
      g_array_append_val(mistakes, mistake);
    }
  g_array_sort(mistakes, compare_mistakes);

  /* Translators: a class, how many images it has and how many of them are wrong, such as
   * "4: 982 images, 1.4 % wrong". What they were read as follows. */
  g_string_append_printf(text, _("%s: %s images, %s wrong"),
                         ink_class_names_get(confusion->dataset, label), total, share);
  for (guint i = 0; i < mistakes->len; i++) {
    Mistake mistake = g_array_index(mistakes, Mistake, i);
    g_autofree char *count = ink_format_count(mistake.count);
    /* Translators: follows "4: 982 images, 1.4 % wrong", for each class that it was read as. */
    g_string_append_printf(text, _(", %s read as %s"), count,
                           ink_class_names_get(confusion->dataset, mistake.predicted));
  }
}

char *ink_confusion_describe(const InkConfusion *confusion) {
  GString *text = g_string_new(NULL);

  for (int label = 0; label < confusion->classes; label++) {
    if (label > 0)
      g_string_append_c(text, '\n');
    describe_label(text, confusion, label);
  }
  return g_string_free(text, FALSE);
}
