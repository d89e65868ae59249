#include "ui/feature-maps.h"
#include "ui/format.h"
#include "ui/map-strip.h"
#include "ui/width-first.h"

#include <glib/gi18n.h>

enum { FILTERS, LAYER1, LAYER2, STRIPS };
enum { LARGE = 154 }; /* pixels of the large map: 14 × 11, 7 × 22 */

struct _InkFeatureMaps {
  GtkWidget parent_instance;

  GtkWidget *content, *header, *titles, *legend, *after, *before, *body, *rows, *separator;
  GtkWidget *large, *name, *strength;
  GtkWidget *labels[STRIPS], *captions[STRIPS], *strips[STRIPS];

  InkLayout layout;
  InkNetwork *network; /* nullable */
  InkReading *reading; /* NULL: none */
  int chosen;          /* the strip whose map is shown large; −1: none yet */
};

enum { MAP_ACTIVATED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(InkFeatureMaps, ink_feature_maps, GTK_TYPE_WIDGET)

/* What a strip shows. */
typedef struct {
  const float *values; /* (channels, side, side); NULL: nothing */
  int channels, side;
} Maps;

static Maps get_maps(InkFeatureMaps *self, int strip) {
  gboolean after = gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(self->after));
  InkReading *reading = self->reading;

  switch (strip) {
  case FILTERS:
    if (!self->network)
      return (Maps){NULL, INK_CHANNELS1, 5};
    return (Maps){ink_network_get_tensor(self->network, INK_CONV1_WEIGHT), INK_CHANNELS1,
                  ink_network_get_shape(self->network)->kernel};
  case LAYER1:
    if (after)
      return (Maps){reading ? &reading->pool1[0][0][0] : NULL, INK_CHANNELS1, INK_SIDE / 2};
    return (Maps){reading ? &reading->conv1[0][0][0] : NULL, INK_CHANNELS1, INK_SIDE};
  default:
    if (after)
      return (Maps){reading ? &reading->pool2[0][0][0] : NULL, INK_CHANNELS2, INK_SIDE / 4};
    return (Maps){reading ? &reading->conv2[0][0][0] : NULL, INK_CHANNELS2, INK_SIDE / 2};
  }
}

static float find_scale(int strip, const Maps *maps) {
  gsize n = (gsize)maps->channels * maps->side * maps->side;

  if (!maps->values)
    return 1;
  return strip == FILTERS ? ink_shades_weight_scale(maps->values, n)
                          : ink_shades_scale(maps->values, n);
}

static char *describe_strip(int strip, const Maps *maps) {
  if (strip == FILTERS)
    /* Translators: 16 filters of 5 × 5 weights. */
    return g_strdup_printf(_("%d of %d × %d"), maps->channels, maps->side, maps->side);
  return g_strdup_printf(_("%d maps, %d × %d"), maps->channels, maps->side, maps->side);
}

static char *name_map(int strip, int channel) {
  if (strip == FILTERS)
    return g_strdup_printf(_("Filter %d"), channel);
  return g_strdup_printf(_("Layer %d, channel %d"), strip, channel);
}

static char *describe_map(int strip, const Maps *maps, int channel) {
  int n = maps->side * maps->side;
  const float *map = maps->values + (gsize)channel * n;
  float least = map[0], most = map[0];
  g_autofree char *least_text = NULL, *most_text = NULL;

  for (int i = 1; i < n; i++) {
    least = MIN(least, map[i]);
    most = MAX(most, map[i]);
  }
  least_text = ink_format_value(least);
  most_text = ink_format_value(most);
  if (strip == FILTERS)
    return g_strdup_printf(_("from %s to %s"), least_text, most_text);
  return g_strdup_printf(_("strongest %s"), most_text);
}

static void show_large(InkFeatureMaps *self) {
  g_autofree char *name = NULL, *strength = NULL;
  g_autoptr(GdkTexture) texture = NULL;
  int scale = gtk_widget_get_scale_factor(GTK_WIDGET(self));

  if (self->chosen >= 0) {
    InkMapStrip *strip = INK_MAP_STRIP(self->strips[self->chosen]);
    int channel = ink_map_strip_get_chosen(strip);
    Maps maps = get_maps(self, self->chosen);

    texture = ink_map_strip_enlarge(strip, channel, LARGE);
    name = name_map(self->chosen, channel);
    strength = maps.values ? describe_map(self->chosen, &maps, channel) : g_strdup("");
    gtk_accessible_update_property(GTK_ACCESSIBLE(strip), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, name,
                                   -1);
  }
  gtk_image_set_from_paintable(GTK_IMAGE(self->large), GDK_PAINTABLE(texture));
  if (texture)
    gtk_image_set_pixel_size(GTK_IMAGE(self->large), gdk_texture_get_width(texture) / scale);
  if (!name)
    name = g_strdup(_("Point at a map"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->large), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                 -1);
  gtk_label_set_text(GTK_LABEL(self->name), name);
  gtk_inscription_set_text(GTK_INSCRIPTION(self->strength),
                           strength ? strength : _("to see it larger"));
}

static void show_strip(InkFeatureMaps *self, int strip) {
  Maps maps = get_maps(self, strip);
  g_autofree char *caption = describe_strip(strip, &maps);

  ink_map_strip_set_maps(INK_MAP_STRIP(self->strips[strip]), maps.values, maps.side,
                         find_scale(strip, &maps));
  gtk_label_set_text(GTK_LABEL(self->captions[strip]), caption);
}

static void show_maps(InkFeatureMaps *self) {
  show_strip(self, LAYER1);
  show_strip(self, LAYER2);
  show_large(self);
}

static void show_legend(InkFeatureMaps *self) {
  gboolean dark = adw_style_manager_get_dark(adw_style_manager_get_default());

  gtk_label_set_text(GTK_LABEL(self->legend),
                     dark ? _("Filters: blue adds, orange subtracts. Maps: brighter is stronger. "
                              "Click one to see how it is made.")
                          : _("Filters: blue adds, orange subtracts. Maps: darker is stronger. "
                              "Click one to see how it is made."));
  show_large(self);
}

static int find_strip(InkFeatureMaps *self, InkMapStrip *strip) {
  for (int i = 0; i < STRIPS; i++)
    if (self->strips[i] == GTK_WIDGET(strip))
      return i;
  g_assert_not_reached();
}

static void choose(InkMapStrip *strip, InkFeatureMaps *self) {
  self->chosen = find_strip(self, strip);
  for (int i = 0; i < STRIPS; i++)
    if (i != self->chosen)
      ink_map_strip_set_chosen(INK_MAP_STRIP(self->strips[i]), -1);
  show_large(self);
}

static void activate(InkMapStrip *strip, InkFeatureMaps *self) {
  g_signal_emit(self, signals[MAP_ACTIVATED], 0, find_strip(self, strip),
                ink_map_strip_get_chosen(strip));
}

static GtkWidget *new_label(GtkWidget *box, const char *text) {
  GtkWidget *label = gtk_label_new(text);

  gtk_label_set_xalign(GTK_LABEL(label), 0);
  gtk_box_append(GTK_BOX(box), label);
  return label;
}

static void add_strip(InkFeatureMaps *self, int i, const char *title, InkShadesKind kind,
                      int channels) {
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);

  gtk_widget_set_valign(box, GTK_ALIGN_CENTER);
  new_label(box, title);
  self->captions[i] = new_label(box, NULL);
  gtk_widget_add_css_class(self->captions[i], "faint");
  self->labels[i] = box;

  self->strips[i] = ink_map_strip_new(kind, channels);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->strips[i]), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 title, -1);
  g_signal_connect(self->strips[i], "chosen", G_CALLBACK(choose), self);
  g_signal_connect(self->strips[i], "activated", G_CALLBACK(activate), self);
}

static void set_ellipsize(GtkWidget *button, PangoEllipsizeMode mode) {
  gtk_label_set_ellipsize(GTK_LABEL(gtk_button_get_child(GTK_BUTTON(button))), mode);
}

/* The labels stand beside the tiles, or above them where it is not wide. */
static void arrange(InkFeatureMaps *self) {
  gboolean wide = self->layout == INK_LAYOUT_WIDE, narrow = self->layout == INK_LAYOUT_NARROW;
  GtkOrientation flow = narrow ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL;
  GtkGrid *rows = GTK_GRID(self->rows);

  for (int i = 0; i < STRIPS; i++) {
    if (gtk_widget_get_parent(self->labels[i])) {
      gtk_grid_remove(rows, self->labels[i]);
      gtk_grid_remove(rows, self->strips[i]);
    }
    gtk_grid_attach(rows, self->labels[i], 0, 2 * i, 1, 1);
    gtk_grid_attach(rows, self->strips[i], wide ? 1 : 0, wide ? 2 * i : 2 * i + 1, 1, 1);
    gtk_widget_set_size_request(self->labels[i], wide ? 127 : -1, -1);
    ink_map_strip_set_tiles(INK_MAP_STRIP(self->strips[i]), wide ? 16 : 8, narrow ? 28 : 42);
  }
  gtk_orientable_set_orientation(GTK_ORIENTABLE(self->body), flow);
  gtk_orientable_set_orientation(GTK_ORIENTABLE(self->header), flow);
  gtk_orientable_set_orientation(GTK_ORIENTABLE(self->titles), flow);
  gtk_box_set_spacing(GTK_BOX(self->titles), narrow ? 0 : 12);
  set_ellipsize(self->after, narrow ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
  set_ellipsize(self->before, narrow ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
  gtk_widget_set_visible(self->separator, !narrow);
}

void ink_feature_maps_set_layout(InkFeatureMaps *self, InkLayout layout) {
  g_return_if_fail(INK_IS_FEATURE_MAPS(self));

  if (self->layout == layout)
    return;
  self->layout = layout;
  for (int i = 0; i < STRIPS; i++) {
    g_object_ref(self->labels[i]);
    g_object_ref(self->strips[i]);
  }
  arrange(self);
  for (int i = 0; i < STRIPS; i++) {
    g_object_unref(self->labels[i]);
    g_object_unref(self->strips[i]);
  }
}

void ink_feature_maps_set_network(InkFeatureMaps *self, InkNetwork *network) {
  g_return_if_fail(INK_IS_FEATURE_MAPS(self));

  if (self->network == network)
    return;
  g_clear_pointer(&self->network, ink_network_unref);
  self->network = network ? ink_network_ref(network) : NULL;
  show_strip(self, FILTERS);
  if (self->chosen == FILTERS)
    show_large(self);
}

void ink_feature_maps_set_reading(InkFeatureMaps *self, const InkReading *reading) {
  g_return_if_fail(INK_IS_FEATURE_MAPS(self));

  if (!reading && !self->reading)
    return;
  if (!reading) {
    g_clear_pointer(&self->reading, g_free);
  } else {
    if (!self->reading)
      self->reading = g_new(InkReading, 1);
    *self->reading = *reading;
  }
  show_maps(self);
}

static void dispose(GObject *object) {
  InkFeatureMaps *self = INK_FEATURE_MAPS(object);

  g_clear_pointer(&self->content, gtk_widget_unparent);
  G_OBJECT_CLASS(ink_feature_maps_parent_class)->dispose(object);
}

static void finalize(GObject *object) {
  InkFeatureMaps *self = INK_FEATURE_MAPS(object);

  g_clear_pointer(&self->network, ink_network_unref);
  g_free(self->reading);
  G_OBJECT_CLASS(ink_feature_maps_parent_class)->finalize(object);
}

static void ink_feature_maps_class_init(InkFeatureMapsClass *klass) {
  GObjectClass *object = G_OBJECT_CLASS(klass);
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  object->dispose = dispose;
  object->finalize = finalize;
  signals[MAP_ACTIVATED] =
      g_signal_new("map-activated", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                   NULL, G_TYPE_NONE, 2, G_TYPE_INT, G_TYPE_INT);
  gtk_widget_class_set_layout_manager_type(widget, INK_TYPE_WIDTH_FIRST);
  gtk_widget_class_set_css_name(widget, "featuremaps");
  gtk_widget_class_set_template_from_resource(widget, "/page/inkling/Inkling/feature-maps.ui");
  gtk_widget_class_bind_template_child(widget, InkFeatureMaps, content);
  gtk_widget_class_bind_template_child(widget, InkFeatureMaps, header);
  gtk_widget_class_bind_template_child(widget, InkFeatureMaps, titles);
  gtk_widget_class_bind_template_child(widget, InkFeatureMaps, legend);
  gtk_widget_class_bind_template_child(widget, InkFeatureMaps, after);
  gtk_widget_class_bind_template_child(widget, InkFeatureMaps, before);
  gtk_widget_class_bind_template_child(widget, InkFeatureMaps, body);
  gtk_widget_class_bind_template_child(widget, InkFeatureMaps, rows);
  gtk_widget_class_bind_template_child(widget, InkFeatureMaps, separator);
  gtk_widget_class_bind_template_child(widget, InkFeatureMaps, large);
  gtk_widget_class_bind_template_child(widget, InkFeatureMaps, name);
  gtk_widget_class_bind_template_child(widget, InkFeatureMaps, strength);
  gtk_widget_class_bind_template_callback(widget, show_maps);
}

static void ink_feature_maps_init(InkFeatureMaps *self) {
  self->chosen = -1;
  gtk_widget_init_template(GTK_WIDGET(self));
  add_strip(self, FILTERS, _("Filters"), INK_SHADES_WEIGHTS, INK_CHANNELS1);
  add_strip(self, LAYER1, _("Layer 1"), INK_SHADES_ACTIVATIONS, INK_CHANNELS1);
  add_strip(self, LAYER2, _("Layer 2"), INK_SHADES_ACTIVATIONS, INK_CHANNELS2);
  arrange(self);
  show_strip(self, FILTERS);
  show_maps(self);
  show_legend(self);
  g_signal_connect_object(adw_style_manager_get_default(), "notify::dark", G_CALLBACK(show_legend),
                          self, G_CONNECT_SWAPPED);
}

GtkWidget *ink_feature_maps_new(void) {
  return g_object_new(INK_TYPE_FEATURE_MAPS, NULL);
}
