#include "ui/train-settings.h"
#include "engine/catalogue.h"
#include "ui/format.h"
#include "ui/layer-table.h"

#include <glib/gi18n.h>
#include <math.h>

struct _InkTrainSettings {
  GtkBox parent_instance;

  InkTrainer *trainer;
  gboolean syncing; /* the controls are being set from the recipe, not by the person */

  GtkWidget *pending_label, *pending_lock;
  AdwComboRow *dataset_row, *preset_row, *test_row;
  GtkToggleButton *kernel_3, *kernel_5, *pool_max, *pool_average;
  GtkWidget *kernel_buttons, *pool_buttons;
  GtkRange *rate_scale;
  GtkLabel *rate_label;
  GtkSpinButton *epochs_spin, *batch_spin, *seed_spin, *every_spin;
  GtkWidget *kernel_lock, *pool_lock, *batch_lock, *seed_lock;
  GtkWidget *dataset_lock, *preset_lock, *test_lock;
  InkLayerTable *layers;
};

G_DEFINE_FINAL_TYPE(InkTrainSettings, ink_train_settings, GTK_TYPE_BOX)

double ink_learning_rate_at(double log10_rate) {
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  return g_ascii_strtod(g_ascii_formatd(digits, sizeof digits, "%.1e", pow(10, log10_rate)), NULL);
}

/* "0.001", "0.00015": as many decimals as two significant digits need. */
static char *name_rate(double rate) {
  int decimals = MAX(0, 1 - (int)floor(log10(rate) + 1e-9));

  if (decimals > 0 &&
      fabs(rate * pow(10, decimals - 1) - round(rate * pow(10, decimals - 1))) < 1e-6)
    decimals--;
  return g_strdup_printf("%.*f", decimals, rate);
}

/* From the trainer to the controls */

static char *name_test(guint images, gsize all) {
  g_autofree char *count = ink_format_count(images ? images : all);

  /* Translators: the test images that an interim test covers, such as "First 2,000 images" */
  return g_strdup_printf(images ? _("First %s images") : _("All %s images"), count);
}

/* The first so many images that the second choice besides all stands for. */
static guint get_first_images(InkTrainSettings *self) {
  guint samples = ink_trainer_get_recipe(self->trainer)->eval_samples;

  return samples ? samples : ink_recipe_for_preset(INK_PRESET_SEED_CPU).eval_samples;
}

/* “All” is the last choice, and the only one where there are no more than the first so many. */
static void sync_test(InkTrainSettings *self) {
  InkDataset *dataset = ink_trainer_get_dataset(self->trainer);
  gsize all = dataset ? ink_dataset_get_count(dataset, INK_TEST) : 0;
  guint samples = ink_trainer_get_recipe(self->trainer)->eval_samples;
  GtkStringList *shown = GTK_STRING_LIST(adw_combo_row_get_model(self->test_row));
  g_autofree char *first = name_test(get_first_images(self), all), *whole = name_test(0, all);
  const char *choices[] = {first, whole, NULL}, **offered = choices;

  if (get_first_images(self) >= all)
    offered++;
  if (!shown || g_strcmp0(gtk_string_list_get_string(shown, 0), offered[0]) != 0 ||
      g_strcmp0(gtk_string_list_get_string(shown, 1), offered[1]) != 0) {
    g_autoptr(GtkStringList) names = gtk_string_list_new(offered);

    adw_combo_row_set_model(self->test_row, G_LIST_MODEL(names));
  }
  adw_combo_row_set_selected(self->test_row, offered[1] && samples == 0);
}

/* The place of the data set in use in the catalogue; after it, where it is a folder of one's own.
 */
static guint find_dataset(InkTrainSettings *self) {
  const GPtrArray *catalogue = ink_catalogue_get();
  InkDataset *dataset = ink_trainer_get_dataset(self->trainer);

  if (!dataset)
    return GTK_INVALID_LIST_POSITION;
  for (guint i = 0; i < catalogue->len; i++) {
    const InkCatalogueEntry *entry = g_ptr_array_index(catalogue, i);

    if (g_str_equal(entry->name, ink_dataset_get_name(dataset)))
      return i;
  }
  return catalogue->len;
}

/* The catalogue, then the folder in use if it is not of it, then the way to choose one. */
static void list_datasets(InkTrainSettings *self) {
  const GPtrArray *catalogue = ink_catalogue_get();
  g_autoptr(GtkStringList) names = gtk_string_list_new(NULL);

  for (guint i = 0; i < catalogue->len; i++) {
    const InkCatalogueEntry *entry = g_ptr_array_index(catalogue, i);

    gtk_string_list_append(names, entry->title);
  }
  if (find_dataset(self) == catalogue->len)
    gtk_string_list_append(names, ink_dataset_get_title(ink_trainer_get_dataset(self->trainer)));
  gtk_string_list_append(names, _("Choose a Folder…"));
  adw_combo_row_set_model(self->dataset_row, G_LIST_MODEL(names));
}

static void sync_rate(InkTrainSettings *self) {
  double rate = ink_trainer_get_recipe(self->trainer)->learning_rate;
  g_autofree char *text = name_rate(rate);

  gtk_range_set_value(self->rate_scale, log10(rate));
  gtk_label_set_text(self->rate_label, text);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->rate_scale),
                                 GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
}

static void sync_pending(InkTrainSettings *self) {
  gboolean locked = ink_trainer_get_state(self->trainer) != INK_TRAINER_IDLE;

  gtk_widget_set_visible(self->pending_label, locked || ink_trainer_has_pending(self->trainer));
  gtk_widget_set_visible(self->pending_lock, locked);
}

static void sync_recipe(InkTrainSettings *self) {
  const InkRecipe *recipe = ink_trainer_get_recipe(self->trainer);

  self->syncing = TRUE;
  adw_combo_row_set_selected(self->dataset_row, find_dataset(self));
  adw_combo_row_set_selected(self->preset_row, ink_recipe_get_preset(recipe));
  gtk_toggle_button_set_active(recipe->kernel == 5 ? self->kernel_5 : self->kernel_3, TRUE);
  gtk_toggle_button_set_active(
      recipe->pool == INK_POOL_AVERAGE ? self->pool_average : self->pool_max, TRUE);
  gtk_spin_button_set_value(self->epochs_spin, recipe->epochs);
  gtk_spin_button_set_value(self->batch_spin, recipe->batch);
  gtk_spin_button_set_value(self->seed_spin, recipe->seed);
  gtk_spin_button_set_value(self->every_spin, recipe->eval_every);
  sync_rate(self);
  sync_test(self);
  sync_pending(self);
  self->syncing = FALSE;
}

static void follow_dataset(InkTrainSettings *self) {
  self->syncing = TRUE;
  list_datasets(self);
  self->syncing = FALSE;
  sync_recipe(self);
}

static void follow_network(InkTrainSettings *self) {
  InkNetwork *network = ink_trainer_get_network(self->trainer);

  if (network)
    ink_layer_table_set_shape(self->layers, ink_network_get_shape(network));
  sync_pending(self);
}

/* Of what is about to be insensitive: a field that GTK takes the keys from then would not notice.
 */
static void give_up_focus(GtkWidget *control) {
  GtkRoot *root = gtk_widget_get_root(control);
  GtkWidget *focus = root ? gtk_root_get_focus(root) : NULL;

  if (focus && gtk_widget_is_ancestor(focus, control))
    gtk_root_set_focus(root, NULL);
}

static void follow_locked(InkTrainSettings *self) {
  gboolean locked = ink_trainer_get_state(self->trainer) != INK_TRAINER_IDLE;
  GtkWidget *controls[] = {GTK_WIDGET(self->dataset_row), GTK_WIDGET(self->preset_row),
                           self->kernel_buttons,          self->pool_buttons,
                           GTK_WIDGET(self->batch_spin),  GTK_WIDGET(self->seed_spin),
                           GTK_WIDGET(self->test_row)};
  GtkWidget *locks[] = {self->dataset_lock, self->preset_lock, self->kernel_lock, self->pool_lock,
                        self->batch_lock,   self->seed_lock,   self->test_lock};

  for (guint i = 0; i < G_N_ELEMENTS(controls); i++) {
    if (locked)
      give_up_focus(controls[i]);
    gtk_widget_set_sensitive(controls[i], !locked);
    gtk_widget_set_visible(locks[i], locked);
  }
  sync_recipe(self);
}

/* From the controls to the trainer */

/* Each handler changes what its control stands for and nothing else. */
#define PUSH(self, change)                                                                         \
  G_STMT_START {                                                                                   \
    if ((self)->trainer && !(self)->syncing) {                                                     \
      InkRecipe recipe = *ink_trainer_get_recipe((self)->trainer);                                 \
                                                                                                   \
      change;                                                                                      \
      ink_trainer_set_recipe((self)->trainer, &recipe);                                            \
    }                                                                                              \
  }                                                                                                \
  G_STMT_END

static void set_kernel(InkTrainSettings *self) {
  PUSH(self, recipe.kernel = gtk_toggle_button_get_active(self->kernel_5) ? 5 : 3);
}

static void set_pool(InkTrainSettings *self) {
  PUSH(self, recipe.pool = gtk_toggle_button_get_active(self->pool_average) ? INK_POOL_AVERAGE
                                                                            : INK_POOL_MAX);
}

static void set_rate(InkTrainSettings *self) {
  PUSH(self, recipe.learning_rate = ink_learning_rate_at(gtk_range_get_value(self->rate_scale)));
}

static void set_epochs(InkTrainSettings *self) {
  PUSH(self, recipe.epochs = gtk_spin_button_get_value_as_int(self->epochs_spin));
}

static void set_batch(InkTrainSettings *self) {
  PUSH(self, recipe.batch = gtk_spin_button_get_value_as_int(self->batch_spin));
}

static void set_seed(InkTrainSettings *self) {
  PUSH(self, recipe.seed = (guint64)gtk_spin_button_get_value(self->seed_spin));
}

static void set_every(InkTrainSettings *self) {
  PUSH(self, recipe.eval_every = gtk_spin_button_get_value_as_int(self->every_spin));
}

static void set_test(InkTrainSettings *self) {
  PUSH(self, recipe.eval_samples =
                 adw_combo_row_get_selected(self->test_row) ? 0 : get_first_images(self));
}

/* A preset leaves the seed as it is; “Custom” is what other settings make of it. */
static void set_preset(InkTrainSettings *self) {
  guint preset = adw_combo_row_get_selected(self->preset_row);
  InkRecipe recipe;

  if (!self->trainer || self->syncing)
    return;
  recipe = *ink_trainer_get_recipe(self->trainer);
  if (preset < INK_PRESET_CUSTOM) {
    recipe = ink_recipe_for_preset(preset);
    recipe.seed = ink_trainer_get_recipe(self->trainer)->seed;
  }
  ink_trainer_set_recipe(self->trainer, &recipe);
}

static void set_dataset(InkTrainSettings *self) {
  const GPtrArray *catalogue = ink_catalogue_get();
  guint selected = adw_combo_row_get_selected(self->dataset_row);
  guint n = g_list_model_get_n_items(adw_combo_row_get_model(self->dataset_row));

  if (!self->trainer || self->syncing || selected == GTK_INVALID_LIST_POSITION ||
      selected == find_dataset(self)) /* put back below, of which the list tells once more */
    return;
  if (selected < catalogue->len) {
    const InkCatalogueEntry *entry = g_ptr_array_index(catalogue, selected);

    gtk_widget_activate_action(GTK_WIDGET(self), "win.set-dataset", "s", entry->name);
  } else if (selected == n - 1) {
    gtk_widget_activate_action(GTK_WIDGET(self), "win.choose-data-folder", NULL);
  }
  /* Until there is another data set, the row names the one in use. */
  sync_recipe(self);
}

static void dispose(GObject *object) {
  g_clear_object(&INK_TRAIN_SETTINGS(object)->trainer);
  G_OBJECT_CLASS(ink_train_settings_parent_class)->dispose(object);
}

static void ink_train_settings_class_init(InkTrainSettingsClass *klass) {
  GObjectClass *object = G_OBJECT_CLASS(klass);
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  object->dispose = dispose;
  g_type_ensure(INK_TYPE_LAYER_TABLE);
  gtk_widget_class_set_template_from_resource(widget, "/page/inkling/Inkling/train-settings.ui");
#define BIND(name) gtk_widget_class_bind_template_child(widget, InkTrainSettings, name)
  BIND(pending_label);
  BIND(pending_lock);
  BIND(dataset_row);
  BIND(preset_row);
  BIND(test_row);
  BIND(kernel_3);
  BIND(kernel_5);
  BIND(pool_max);
  BIND(pool_average);
  BIND(kernel_buttons);
  BIND(pool_buttons);
  BIND(rate_scale);
  BIND(rate_label);
  BIND(epochs_spin);
  BIND(batch_spin);
  BIND(seed_spin);
  BIND(every_spin);
  BIND(kernel_lock);
  BIND(pool_lock);
  BIND(batch_lock);
  BIND(seed_lock);
  BIND(dataset_lock);
  BIND(preset_lock);
  BIND(test_lock);
  BIND(layers);
#undef BIND
  gtk_widget_class_bind_template_callback(widget, set_dataset);
  gtk_widget_class_bind_template_callback(widget, set_preset);
  gtk_widget_class_bind_template_callback(widget, set_kernel);
  gtk_widget_class_bind_template_callback(widget, set_pool);
  gtk_widget_class_bind_template_callback(widget, set_rate);
  gtk_widget_class_bind_template_callback(widget, set_epochs);
  gtk_widget_class_bind_template_callback(widget, set_batch);
  gtk_widget_class_bind_template_callback(widget, set_seed);
  gtk_widget_class_bind_template_callback(widget, set_every);
  gtk_widget_class_bind_template_callback(widget, set_test);
}

/* Combo rows put what is added to them behind their value; a lock belongs before it. */
static void move_to_front(GtkWidget *lock) {
  gtk_box_reorder_child_after(GTK_BOX(gtk_widget_get_parent(lock)), lock, NULL);
}

static void ink_train_settings_init(InkTrainSettings *self) {
  gtk_widget_init_template(GTK_WIDGET(self));
  move_to_front(self->dataset_lock);
  move_to_front(self->preset_lock);
  move_to_front(self->test_lock);
}

void ink_train_settings_set_trainer(InkTrainSettings *self, InkTrainer *trainer) {
  g_return_if_fail(INK_IS_TRAIN_SETTINGS(self));
  g_return_if_fail(INK_IS_TRAINER(trainer) && !self->trainer);

  self->trainer = g_object_ref(trainer);
  g_signal_connect_object(trainer, "notify::dataset", G_CALLBACK(follow_dataset), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(trainer, "recipe-changed", G_CALLBACK(sync_recipe), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(trainer, "notify::network", G_CALLBACK(follow_network), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(trainer, "notify::locked", G_CALLBACK(follow_locked), self,
                          G_CONNECT_SWAPPED);
  follow_dataset(self);
  follow_network(self);
  follow_locked(self);
}
