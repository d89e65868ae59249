#include "ui/sample-grid.h"
#include "ui/class-names.h"
#include "ui/format.h"
#include "ui/layout.h"
#include "ui/palette.h"
#include "ui/pixels.h"

#include <glib/gi18n.h>

enum {
  MARGIN = 18, /* left and right of the tiles */
  MAX_COLUMNS = 12,
  MAX_ROWS = 2,
  MAX_TILES = MAX_COLUMNS * MAX_ROWS,
  MAGNIFIED = 2,
  TILE = INK_SIDE * MAGNIFIED + 2, /* the image and its border */
  LEAST_GAP = 7,                   /* between images */
  CAPTION_GAP = 3,                 /* between captions */
  MAX_CAPTION = 6,                 /* heights of a line */
};

typedef struct {
  guint32 sample;
  int label, predicted; /* predicted: -1 before the network was asked */
  float probability;
  cairo_surface_t *picture; /* of the image; made when first drawn */
} Tile;

struct _InkSampleGrid {
  GtkWidget parent_instance;

  GtkWidget *heading;
  GtkLabel *title, *count;
  InkDataset *dataset;
  Tile tiles[MAX_TILES];
  guint n_tiles;
  int rows;
  int caption_width;  /* of the longest caption */
  gboolean two_lines; /* long class names: what it was taken for goes below the label */
};

G_DEFINE_FINAL_TYPE(InkSampleGrid, ink_sample_grid, GTK_TYPE_WIDGET)

guint ink_sample_grid_order(const InkBatchView *batch, const guint8 *labels, guint most,
                            guint *order, guint *right) {
  guint n = 0;

  *right = 0;
  for (guint i = 0; i < batch->count; i++) {
    if (batch->predicted[i] == labels[batch->samples[i]])
      ++*right;
    else if (n < most)
      order[n++] = i;
  }
  for (guint i = 0; i < batch->count && n < most; i++)
    if (batch->predicted[i] == labels[batch->samples[i]])
      order[n++] = i;
  return n;
}

/* Text */

static const char *name_class(InkSampleGrid *self, int label) {
  return ink_class_names_get(self->dataset, label);
}

static char *write_caption(InkSampleGrid *self, const Tile *tile) {
  g_autofree char *label = g_markup_escape_text(name_class(self, tile->label), -1);
  g_autofree char *predicted = NULL;

  if (tile->predicted < 0)
    return g_steal_pointer(&label);
  if (tile->predicted == tile->label)
    return g_strdup_printf("✓ %s", label);
  predicted = g_markup_escape_text(name_class(self, tile->predicted), -1);
  return g_strdup_printf("✗ %s%s→ <b>%s</b>", label, self->two_lines ? "\n" : " ", predicted);
}

static PangoLayout *create_caption(InkSampleGrid *self, const char *markup) {
  PangoLayout *layout = gtk_widget_create_pango_layout(GTK_WIDGET(self), NULL);
  PangoAttrList *attributes;

  pango_layout_set_markup(layout, markup, -1);
  pango_layout_set_alignment(layout, PANGO_ALIGN_CENTER);
  attributes = pango_attr_list_copy(pango_layout_get_attributes(layout));
  if (!attributes)
    attributes = pango_attr_list_new();
  pango_attr_list_insert(attributes, pango_attr_scale_new(0.95));
  pango_attr_list_insert(attributes, pango_attr_font_features_new("tnum"));
  pango_layout_set_attributes(layout, attributes);
  pango_attr_list_unref(attributes);
  return layout;
}

static int line_height(InkSampleGrid *self) {
  g_autoptr(PangoLayout) layout = create_caption(self, "0");
  int height;

  pango_layout_get_pixel_size(layout, NULL, &height);
  return height;
}

static int measure_caption(InkSampleGrid *self, int label) {
  int next = (label + 1) % ink_dataset_get_classes(self->dataset);
  Tile tile = {.label = label, .predicted = next};
  g_autofree char *markup = write_caption(self, &tile);
  g_autoptr(PangoLayout) layout = create_caption(self, markup);
  int width;

  pango_layout_get_pixel_size(layout, &width, NULL);
  return width;
}

static int measure_captions(InkSampleGrid *self) {
  int widest = 0;

  for (int i = 0; i < ink_dataset_get_classes(self->dataset); i++)
    widest = MAX(widest, measure_caption(self, i));
  return widest;
}

static void choose_captions(InkSampleGrid *self) {
  self->two_lines = FALSE;
  self->caption_width = measure_captions(self);
  if (self->caption_width + CAPTION_GAP <= TILE + LEAST_GAP)
    return;
  self->two_lines = TRUE;
  self->caption_width = MIN(measure_captions(self), MAX_CAPTION * line_height(self));
}

static char *tell_tile(InkSampleGrid *self, const Tile *tile) {
  if (tile->predicted < 0 || tile->predicted == tile->label)
    return g_strdup(name_class(self, tile->label));
  /* Translators: a label and what the network took its image for, both class names. */
  return g_strdup_printf(_("%s taken for %s"), name_class(self, tile->label),
                         name_class(self, tile->predicted));
}

static void tell(InkSampleGrid *self) {
  g_autoptr(GString) text = g_string_new(gtk_label_get_text(self->count));

  for (guint i = 0; i < self->n_tiles; i++) {
    g_autofree char *tile = tell_tile(self, &self->tiles[i]);

    g_string_append(text, text->len ? ", " : "");
    g_string_append(text, tile);
  }
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 gtk_label_get_text(self->title),
                                 GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text->str, -1);
}

/* Layout */

static int heading_height(InkSampleGrid *self) {
  int height;

  gtk_widget_measure(self->heading, GTK_ORIENTATION_VERTICAL, -1, NULL, &height, NULL, NULL);
  return height + 22;
}

static int row_height(InkSampleGrid *self) {
  return TILE + 4 + line_height(self) * (self->two_lines ? 2 : 1) + 12;
}

static int count_columns(InkSampleGrid *self, int width) {
  int pitch = MAX(TILE + LEAST_GAP, self->caption_width + CAPTION_GAP);
  int columns = (width - 2 * MARGIN + pitch - TILE) / pitch;

  return CLAMP(columns, 1, MAX_COLUMNS);
}

/* Where tile i stands: spread over the whole width. */
static void place_tile(InkSampleGrid *self, guint i, double *x, double *y) {
  int width = gtk_widget_get_width(GTK_WIDGET(self)), columns = count_columns(self, width);
  int inset = MAX(self->caption_width - TILE, 0) / 2;
  double room = width - 2 * (MARGIN + inset) - TILE;

  *x = MARGIN + inset + (columns > 1 ? room * (i % columns) / (columns - 1) : 0);
  *x = (int)*x;
  *y = heading_height(self) + (i / columns) * row_height(self);
}

static guint count_visible(InkSampleGrid *self) {
  guint most = count_columns(self, gtk_widget_get_width(GTK_WIDGET(self))) * self->rows;

  return MIN(self->n_tiles, most);
}

static void measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                    int *natural, int *minimum_baseline, int *natural_baseline) {
  InkSampleGrid *self = INK_SAMPLE_GRID(widget);

  if (orientation == GTK_ORIENTATION_HORIZONTAL) {
    int heading;

    gtk_widget_measure(self->heading, orientation, -1, &heading, NULL, NULL, NULL);
    *minimum = MAX(2 * MARGIN + TILE, heading + 28);
    *natural = 2 * MARGIN + MAX_COLUMNS * (TILE + LEAST_GAP) - LEAST_GAP;
  } else {
    *minimum = *natural = heading_height(self) + self->rows * row_height(self) + 2;
  }
}

static void size_allocate(GtkWidget *widget, int width, int height, int baseline) {
  InkSampleGrid *self = INK_SAMPLE_GRID(widget);

  gtk_widget_size_allocate(self->heading,
                           &(GtkAllocation){14, 9, width - 28, heading_height(self) - 22}, -1);
}

/* Drawing */

static void draw_image(InkSampleGrid *self, GtkSnapshot *snapshot, Tile *tile, float x, float y) {
  if (!tile->picture) {
    const guint8 *images = ink_dataset_get_images(self->dataset, INK_TRAIN);
    GdkRGBA line = ink_palette_get(INK_COLOR_AXIS);

    line.alpha = 0.3;
    tile->picture =
        ink_pixels_new_framed_digit(images + (gsize)tile->sample * INK_PIXELS, MAGNIFIED,
                                    gtk_widget_get_scale_factor(GTK_WIDGET(self)), &line);
  }
  ink_pixels_append(snapshot, tile->picture, x, y, TILE, TILE);
}

static void draw_caption(InkSampleGrid *self, GtkSnapshot *snapshot, const Tile *tile, float x,
                         float y) {
  g_autofree char *markup = write_caption(self, tile);
  g_autoptr(PangoLayout) layout = create_caption(self, markup);
  int width = MAX(TILE + LEAST_GAP, self->caption_width);
  GdkRGBA color = ink_palette_get(tile->predicted < 0              ? INK_COLOR_TEXT
                                  : tile->predicted == tile->label ? INK_COLOR_RIGHT
                                                                   : INK_COLOR_WRONG);

  pango_layout_set_width(layout, width * PANGO_SCALE);
  pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
  gtk_snapshot_save(snapshot);
  gtk_snapshot_translate(snapshot, &GRAPHENE_POINT_INIT(x + (TILE - width) / 2, y + TILE + 4));
  gtk_snapshot_append_layout(snapshot, layout, &color);
  gtk_snapshot_restore(snapshot);
}

static void draw(GtkWidget *widget, GtkSnapshot *snapshot) {
  InkSampleGrid *self = INK_SAMPLE_GRID(widget);

  for (guint i = 0; i < count_visible(self); i++) {
    double x, y;

    place_tile(self, i, &x, &y);
    draw_image(self, snapshot, &self->tiles[i], x, y);
    draw_caption(self, snapshot, &self->tiles[i], x, y);
  }
  gtk_widget_snapshot_child(widget, self->heading, snapshot);
}

static void drop_pictures(InkSampleGrid *self) {
  for (guint i = 0; i < MAX_TILES; i++)
    g_clear_pointer(&self->tiles[i].picture, cairo_surface_destroy);
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

static gboolean query_tooltip(GtkWidget *widget, int x, int y, gboolean keyboard,
                              GtkTooltip *tooltip) {
  InkSampleGrid *self = INK_SAMPLE_GRID(widget);

  for (guint i = 0; i < count_visible(self); i++) {
    const Tile *tile = &self->tiles[i];
    g_autofree char *index = NULL, *text = NULL, *probability = NULL;
    double left, top;

    place_tile(self, i, &left, &top);
    if (x < left || x >= left + TILE || y < top || y >= top + TILE)
      continue;
    index = ink_format_count(tile->sample);
    if (tile->predicted < 0) {
      text = g_strdup_printf(_("Training image %s: %s"), index, name_class(self, tile->label));
    } else {
      probability = ink_format_percent(tile->probability, 1);
      text = g_strdup_printf(_("Training image %s: %s, taken for %s (%s)"), index,
                             name_class(self, tile->label), name_class(self, tile->predicted),
                             probability);
    }
    gtk_tooltip_set_text(tooltip, text);
    return TRUE;
  }
  return FALSE;
}

/* Content */

static void set_dataset(InkSampleGrid *self, InkDataset *dataset) {
  if (self->dataset == dataset)
    return;
  g_clear_pointer(&self->dataset, ink_dataset_unref);
  if (dataset) {
    self->dataset = ink_dataset_ref(dataset);
    choose_captions(self);
  }
  gtk_widget_queue_resize(GTK_WIDGET(self));
}

static void set_tiles(InkSampleGrid *self, const Tile *tiles, guint n) {
  drop_pictures(self);
  for (guint i = 0; i < n; i++)
    self->tiles[i] = tiles[i];
  self->n_tiles = n;
  gtk_widget_set_visible(GTK_WIDGET(self->count), *gtk_label_get_text(self->count) != '\0');
  tell(self);
}

void ink_sample_grid_show_first(InkSampleGrid *self, InkDataset *dataset) {
  Tile tiles[MAX_TILES];
  guint n = 0;

  g_return_if_fail(INK_IS_SAMPLE_GRID(self));
  set_dataset(self, dataset);
  gtk_label_set_text(self->title, _("First training images"));
  gtk_label_set_text(self->count, "");
  if (dataset) {
    const guint8 *labels = ink_dataset_get_labels(dataset, INK_TRAIN);

    for (; n < MIN(MAX_TILES, ink_dataset_get_count(dataset, INK_TRAIN)); n++)
      tiles[n] = (Tile){.sample = n, .label = labels[n], .predicted = -1};
  }
  set_tiles(self, tiles, n);
}

void ink_sample_grid_show_batch(InkSampleGrid *self, InkDataset *dataset,
                                const InkBatchView *batch) {
  const guint8 *labels;
  guint order[MAX_TILES], n, right;
  Tile tiles[MAX_TILES];
  g_autofree char *rights = NULL, *all = NULL, *count = NULL;

  g_return_if_fail(INK_IS_SAMPLE_GRID(self));
  g_return_if_fail(dataset && batch);

  set_dataset(self, dataset);
  labels = ink_dataset_get_labels(dataset, INK_TRAIN);
  n = ink_sample_grid_order(batch, labels, MAX_TILES, order, &right);
  for (guint i = 0; i < n; i++)
    tiles[i] = (Tile){.sample = batch->samples[order[i]],
                      .label = labels[batch->samples[order[i]]],
                      .predicted = batch->predicted[order[i]],
                      .probability = batch->probability[order[i]]};
  rights = ink_format_count(right);
  all = ink_format_count(batch->count);
  /* Translators: how many images of a batch the network got right: "193 of 200 right" */
  count = g_strdup_printf(_("%s of %s right"), rights, all);
  gtk_label_set_text(self->title, _("Current batch"));
  gtk_label_set_text(self->count, count);
  set_tiles(self, tiles, n);
}

void ink_sample_grid_set_rows(InkSampleGrid *self, int rows) {
  g_return_if_fail(INK_IS_SAMPLE_GRID(self));
  g_return_if_fail(rows >= 1 && rows <= MAX_ROWS);
  if (self->rows == rows)
    return;
  self->rows = rows;
  gtk_widget_queue_resize(GTK_WIDGET(self));
}

static void dispose(GObject *object) {
  InkSampleGrid *self = INK_SAMPLE_GRID(object);

  for (guint i = 0; i < MAX_TILES; i++)
    g_clear_pointer(&self->tiles[i].picture, cairo_surface_destroy);
  g_clear_pointer(&self->heading, gtk_widget_unparent);
  g_clear_pointer(&self->dataset, ink_dataset_unref);
  G_OBJECT_CLASS(ink_sample_grid_parent_class)->dispose(object);
}

static void ink_sample_grid_class_init(InkSampleGridClass *klass) {
  GObjectClass *object = G_OBJECT_CLASS(klass);
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  object->dispose = dispose;
  widget->measure = measure;
  widget->size_allocate = size_allocate;
  widget->snapshot = draw;
  widget->query_tooltip = query_tooltip;
  gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_set_css_name(widget, "sample-grid");
}

static GtkLabel *add_label(InkSampleGrid *self, const char *css_class) {
  GtkLabel *label = GTK_LABEL(gtk_label_new(NULL));

  gtk_widget_add_css_class(GTK_WIDGET(label), css_class);
  gtk_label_set_ellipsize(label, PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign(label, 0);
  gtk_widget_set_valign(GTK_WIDGET(label), GTK_ALIGN_BASELINE);
  gtk_box_append(GTK_BOX(self->heading), GTK_WIDGET(label));
  return label;
}

/* In large text the count stands below the title, where there is room for both. */
static void arrange_heading(InkSampleGrid *self) {
  gboolean large = ink_layout_is_text_large(GTK_WIDGET(self));

  gtk_orientable_set_orientation(GTK_ORIENTABLE(self->heading),
                                 large ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL);
  gtk_box_set_spacing(GTK_BOX(self->heading), large ? 0 : 12);
}

static void ink_sample_grid_init(InkSampleGrid *self) {
  self->rows = MAX_ROWS;
  self->heading = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
  arrange_heading(self);
  self->title = add_label(self, "heading");
  self->count = add_label(self, "faint");
  gtk_widget_set_parent(self->heading, GTK_WIDGET(self));
  gtk_widget_add_css_class(GTK_WIDGET(self), "card");
  gtk_widget_set_has_tooltip(GTK_WIDGET(self), TRUE);

  g_signal_connect_object(adw_style_manager_get_default(), "notify::dark",
                          G_CALLBACK(drop_pictures), self, G_CONNECT_SWAPPED);
  g_signal_connect_object(adw_style_manager_get_default(), "notify::high-contrast",
                          G_CALLBACK(drop_pictures), self, G_CONNECT_SWAPPED);
  g_signal_connect(self, "notify::scale-factor", G_CALLBACK(drop_pictures), NULL);
  g_signal_connect_object(gtk_widget_get_settings(GTK_WIDGET(self)), "notify::gtk-xft-dpi",
                          G_CALLBACK(arrange_heading), self, G_CONNECT_SWAPPED);
}

GtkWidget *ink_sample_grid_new(void) {
  return g_object_new(INK_TYPE_SAMPLE_GRID, NULL);
}
