#include "ui/layer-table.h"
#include "engine/network.h"
#include "ui/format.h"

#include <glib/gi18n.h>

struct _InkLayerTable {
  AdwBin parent_instance;

  InkShape shape; /* as shown; all zero before the first */
};

G_DEFINE_FINAL_TYPE(InkLayerTable, ink_layer_table, ADW_TYPE_BIN)

static void attach(GtkGrid *grid, int column, int row, const char *text, const char *css_class) {
  GtkWidget *label = gtk_label_new(NULL);

  gtk_label_set_markup(GTK_LABEL(label), text);
  gtk_label_set_xalign(GTK_LABEL(label), column == 0 ? 0 : 1);
  gtk_widget_set_hexpand(label, column == 0);
  /* Large text in a narrow window: rather a word in two than a number. */
  if (column == 0 || row == 0) {
    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
  }
  if (css_class)
    gtk_widget_add_css_class(label, css_class);
  gtk_grid_attach(grid, label, column, row, 1, 1);
}

static char *name_output(const InkLayer *layer) {
  if (layer->output[1] == 0)
    return g_strdup_printf("%d", layer->output[0]);
  return g_strdup_printf("%d × %d × %d", layer->output[0], layer->output[1], layer->output[2]);
}

static void attach_layer(GtkGrid *grid, int row, const InkLayer *layer) {
  g_autofree char *output = name_output(layer);
  g_autofree char *parameters =
      layer->parameters ? ink_format_count(layer->parameters) : g_strdup("–");

  attach(grid, 0, row, _(layer->title), NULL);
  attach(grid, 1, row, output, NULL);
  attach(grid, 2, row, parameters, NULL);
}

static void attach_total(GtkGrid *grid, int row, gsize parameters) {
  g_autofree char *count = ink_format_count(parameters);
  g_autofree char *kilobytes = ink_format_count((parameters * sizeof(float) + 500) / 1000);
  /* Translators: the bottom row of the layer table; %s is a number: "Total, 116 kB" */
  g_autofree char *total = g_strdup_printf(_("<b>Total</b>, %s\u00a0kB"), kilobytes);
  g_autofree char *bold = g_strdup_printf("<b>%s</b>", count);

  gtk_grid_attach(grid, gtk_separator_new(GTK_ORIENTATION_HORIZONTAL), 0, row, 3, 1);
  attach(grid, 0, row + 1, total, NULL);
  attach(grid, 2, row + 1, bold, NULL);
}

void ink_layer_table_set_shape(InkLayerTable *self, const InkShape *shape) {
  GtkGrid *grid;
  InkLayer layers[INK_LAYERS];

  g_return_if_fail(INK_IS_LAYER_TABLE(self));
  g_return_if_fail(shape);
  if (shape->kernel == self->shape.kernel && shape->pool == self->shape.pool &&
      shape->classes == self->shape.classes)
    return;
  self->shape = *shape;

  grid = GTK_GRID(gtk_grid_new());
  gtk_grid_set_column_spacing(grid, 12);
  gtk_grid_set_row_spacing(grid, 1);
  attach(grid, 0, 0, _("Layer"), "faint");
  attach(grid, 1, 0, _("Output"), "faint");
  attach(grid, 2, 0, _("Parameters"), "faint");
  ink_network_describe(shape, layers);
  for (int i = 0; i < INK_LAYERS; i++)
    attach_layer(grid, 1 + i, &layers[i]);
  attach_total(grid, 1 + INK_LAYERS, ink_shape_parameters(shape));
  adw_bin_set_child(ADW_BIN(self), GTK_WIDGET(grid));
}

static void ink_layer_table_class_init(InkLayerTableClass *klass) {
  gtk_widget_class_set_css_name(GTK_WIDGET_CLASS(klass), "layertable");
}

static void ink_layer_table_init(InkLayerTable *self) {
  gtk_widget_add_css_class(GTK_WIDGET(self), "card");
}
