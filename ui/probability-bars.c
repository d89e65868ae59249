#include "ui/probability-bars.h"
#include "ui/format.h"

#include <glib/gi18n.h>
#include <string.h>

/* With more classes than this the bars are compact, whatever the property says. */
enum { MOST_ROOMY = 16, NAME_CHARS = 14, PERCENT_CHARS = 7 };

/* So many bars are always seen whole; more may scroll. */
enum { MOST_WHOLE = 10 };

/* What is printed as 0 % has no bar: any bar is at least a dot. */
static const float LEAST_SHOWN = 0.0005f;

typedef struct {
  GtkWidget *name, *bar, *percent;
  float probability; /* as shown; negative: none */
} Row;

struct _InkProbabilityBars {
  GtkWidget parent_instance;

  GtkWidget *scroller, *grid;
  GStrv names;
  GArray *rows;    /* of Row */
  int winner;      /* −1: none */
  guint scrolling; /* idle source, or 0 */
  gboolean compact;
};

enum { PROP_COMPACT = 1, N_PROPS };
static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE(InkProbabilityBars, ink_probability_bars, GTK_TYPE_WIDGET)

static Row *get_row(InkProbabilityBars *self, int i) {
  return &g_array_index(self->rows, Row, i);
}

static GtkWidget *new_label(const char *text, float xalign, int chars) {
  GtkWidget *label = gtk_label_new(text);

  gtk_label_set_xalign(GTK_LABEL(label), xalign);
  gtk_label_set_width_chars(GTK_LABEL(label), chars);
  return label;
}

/* Room for the longest name, so that bars stay put when another class wins and turns bold. */
static int count_name_chars(const char *const *names) {
  glong longest = 1;

  for (guint i = 0; names[i]; i++)
    longest = MAX(longest, g_utf8_strlen(names[i], -1));
  return MIN(longest, NAME_CHARS);
}

static void add_row(InkProbabilityBars *self, const char *name, int chars) {
  GtkWidget *bar = gtk_level_bar_new_for_interval(0, 1);
  Row row = {new_label(name, 0, chars), bar, gtk_inscription_new(NULL), -1};
  int i = self->rows->len;

  gtk_label_set_ellipsize(GTK_LABEL(row.name), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars(GTK_LABEL(row.name), NAME_CHARS);
  if (g_utf8_strlen(name, -1) > NAME_CHARS)
    gtk_widget_set_tooltip_text(row.name, name);

  /* Unlike a label's, its text can change without the whole page being laid out anew. */
  gtk_inscription_set_min_chars(GTK_INSCRIPTION(row.percent), PERCENT_CHARS);
  gtk_inscription_set_xalign(GTK_INSCRIPTION(row.percent), 1);
  gtk_widget_add_css_class(row.percent, "number");

  /* Its own thresholds would colour the bar. */
  gtk_level_bar_remove_offset_value(GTK_LEVEL_BAR(bar), GTK_LEVEL_BAR_OFFSET_LOW);
  gtk_level_bar_remove_offset_value(GTK_LEVEL_BAR(bar), GTK_LEVEL_BAR_OFFSET_HIGH);
  gtk_level_bar_remove_offset_value(GTK_LEVEL_BAR(bar), GTK_LEVEL_BAR_OFFSET_FULL);
  gtk_widget_set_hexpand(bar, TRUE);
  gtk_widget_set_valign(bar, GTK_ALIGN_CENTER);
  gtk_accessible_update_property(GTK_ACCESSIBLE(bar), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);

  gtk_grid_attach(GTK_GRID(self->grid), row.name, 0, i, 1, 1);
  gtk_grid_attach(GTK_GRID(self->grid), row.bar, 1, i, 1, 1);
  gtk_grid_attach(GTK_GRID(self->grid), row.percent, 2, i, 1, 1);
  g_array_append_val(self->rows, row);
}

/* Only where they scroll: else GTK 4.8's scroller would keep the wheel from the page around it, and
 * take the focus. */
static void set_scrolls(InkProbabilityBars *self, gboolean scrolls) {
  if (scrolls == gtk_widget_get_visible(self->scroller))
    return;
  g_object_ref(self->grid);
  if (scrolls) {
    gtk_widget_unparent(self->grid);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(self->scroller), self->grid);
  } else {
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(self->scroller), NULL);
    gtk_widget_set_parent(self->grid, GTK_WIDGET(self));
  }
  g_object_unref(self->grid);
  gtk_widget_set_visible(self->scroller, scrolls);
}

static void style(InkProbabilityBars *self) {
  gboolean compact = self->compact || self->rows->len > MOST_ROOMY;

  set_scrolls(self, self->rows->len > MOST_WHOLE);
  if (compact)
    gtk_widget_add_css_class(GTK_WIDGET(self), "compact");
  else
    gtk_widget_remove_css_class(GTK_WIDGET(self), "compact");
}

static void show_probability(Row *row, float probability) {
  g_autofree char *percent = NULL;

  if (row->probability == probability)
    return;
  row->probability = probability;
  gtk_level_bar_set_value(GTK_LEVEL_BAR(row->bar), probability < LEAST_SHOWN ? 0 : probability);
  percent = probability < 0 ? g_strdup("") : ink_format_percent(probability, 1);
  gtk_inscription_set_text(GTK_INSCRIPTION(row->percent), percent);
}

static gboolean show_winner(gpointer data) {
  InkProbabilityBars *self = data;
  GtkAdjustment *scroll = gtk_scrolled_window_get_vadjustment(GTK_SCROLLED_WINDOW(self->scroller));
  double row = gtk_adjustment_get_upper(scroll) / MAX(self->rows->len, 1);

  if (self->winner >= 0)
    gtk_adjustment_clamp_page(scroll, row * self->winner, row * (self->winner + 1));
  self->scrolling = 0;
  return G_SOURCE_REMOVE;
}

/* Not at once: GTK drops a scroll while it lays out the rows. Taking the scroller down changes its
 * height, too. */
static void show_winner_soon(InkProbabilityBars *self) {
  if (self->scroller && self->scrolling == 0)
    self->scrolling = g_idle_add(show_winner, self);
}

static void mark(Row *row, gboolean winner) {
  GtkWidget *const widgets[] = {row->name, row->bar, row->percent};

  for (guint i = 0; i < G_N_ELEMENTS(widgets); i++)
    if (winner)
      gtk_widget_add_css_class(widgets[i], "winner");
    else
      gtk_widget_remove_css_class(widgets[i], "winner");
}

static void set_winner(InkProbabilityBars *self, int winner) {
  if (winner == self->winner)
    return;
  if (self->winner >= 0)
    mark(get_row(self, self->winner), FALSE);
  self->winner = winner;
  if (winner < 0)
    return;
  mark(get_row(self, winner), TRUE);
  show_winner_soon(self);
}

void ink_probability_bars_set_classes(InkProbabilityBars *self, const char *const *names) {
  g_return_if_fail(INK_IS_PROBABILITY_BARS(self) && names != NULL);

  if (self->names && g_strv_equal((const char *const *)self->names, names))
    return;
  set_winner(self, -1);
  for (guint i = self->rows->len; i > 0; i--)
    gtk_grid_remove_row(GTK_GRID(self->grid), i - 1);
  g_array_set_size(self->rows, 0);
  g_strfreev(self->names);
  self->names = g_strdupv((char **)names);
  for (guint i = 0; names[i]; i++)
    add_row(self, names[i], count_name_chars(names));
  /* A few would lie far from each other. */
  gtk_widget_set_valign(self->grid,
                        self->rows->len < MOST_WHOLE ? GTK_ALIGN_START : GTK_ALIGN_FILL);
  style(self);
}

void ink_probability_bars_set_probabilities(InkProbabilityBars *self, const float *probabilities) {
  int winner = -1;

  g_return_if_fail(INK_IS_PROBABILITY_BARS(self));

  for (guint i = 0; i < self->rows->len; i++) {
    show_probability(get_row(self, i), probabilities ? probabilities[i] : -1);
    if (probabilities && (winner < 0 || probabilities[i] > probabilities[winner]))
      winner = i;
  }
  set_winner(self, winner);
}

void ink_probability_bars_set_compact(InkProbabilityBars *self, gboolean compact) {
  g_return_if_fail(INK_IS_PROBABILITY_BARS(self));

  if (self->compact == !!compact)
    return;
  self->compact = !!compact;
  style(self);
  g_object_notify_by_pspec(G_OBJECT(self), props[PROP_COMPACT]);
}

static void get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec) {
  g_value_set_boolean(value, INK_PROBABILITY_BARS(object)->compact);
}

static void set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec) {
  ink_probability_bars_set_compact(INK_PROBABILITY_BARS(object), g_value_get_boolean(value));
}

static void dispose(GObject *object) {
  InkProbabilityBars *self = INK_PROBABILITY_BARS(object);

  g_clear_handle_id(&self->scrolling, g_source_remove);
  if (self->scroller)
    set_scrolls(self, FALSE);
  g_clear_pointer(&self->grid, gtk_widget_unparent);
  g_clear_pointer(&self->scroller, gtk_widget_unparent);
  G_OBJECT_CLASS(ink_probability_bars_parent_class)->dispose(object);
}

static void finalize(GObject *object) {
  InkProbabilityBars *self = INK_PROBABILITY_BARS(object);

  g_strfreev(self->names);
  g_array_unref(self->rows);
  G_OBJECT_CLASS(ink_probability_bars_parent_class)->finalize(object);
}

static void ink_probability_bars_class_init(InkProbabilityBarsClass *klass) {
  GObjectClass *object = G_OBJECT_CLASS(klass);
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  object->get_property = get_property;
  object->set_property = set_property;
  object->dispose = dispose;
  object->finalize = finalize;
  props[PROP_COMPACT] =
      g_param_spec_boolean("compact", NULL, NULL, FALSE,
                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties(object, N_PROPS, props);
  gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name(widget, "probabilitybars");
  gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void ink_probability_bars_init(InkProbabilityBars *self) {
  self->rows = g_array_new(FALSE, TRUE, sizeof(Row));
  self->winner = -1;

  self->grid = gtk_grid_new();
  gtk_grid_set_column_spacing(GTK_GRID(self->grid), 12);
  gtk_grid_set_row_spacing(GTK_GRID(self->grid), 2); /* at least: the rows take what is free */
  gtk_grid_set_row_homogeneous(GTK_GRID(self->grid), TRUE);

  self->scroller = gtk_scrolled_window_new();
  gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(self->scroller), GTK_POLICY_NEVER,
                                 GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height(GTK_SCROLLED_WINDOW(self->scroller), TRUE);
  gtk_scrolled_window_set_max_content_height(GTK_SCROLLED_WINDOW(self->scroller), 360);
  gtk_widget_set_visible(self->scroller, FALSE);
  gtk_widget_set_parent(self->scroller, GTK_WIDGET(self));
  gtk_widget_set_parent(self->grid, GTK_WIDGET(self));
  g_signal_connect_object(gtk_scrolled_window_get_vadjustment(GTK_SCROLLED_WINDOW(self->scroller)),
                          "changed", G_CALLBACK(show_winner_soon), self, G_CONNECT_SWAPPED);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Probabilities"), -1);
}

GtkWidget *ink_probability_bars_new(void) {
  return g_object_new(INK_TYPE_PROBABILITY_BARS, NULL);
}
