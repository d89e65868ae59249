#include "tests/support/find.h"

typedef gboolean (*Matches)(GtkWidget *widget, gconstpointer data);

/* The nth match; *nth counts down. */
static GtkWidget *find(GtkWidget *root, Matches matches, gconstpointer data, guint *nth) {
  if (matches(root, data) && (*nth)-- == 0)
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child(root); child;
       child = gtk_widget_get_next_sibling(child)) {
    GtkWidget *found = find(child, matches, data, nth);

    if (found)
      return found;
  }
  return NULL;
}

static gboolean has_type(GtkWidget *widget, gconstpointer type) {
  return g_type_is_a(G_OBJECT_TYPE(widget), GPOINTER_TO_SIZE(type));
}

static gboolean says(GtkWidget *widget, gconstpointer text) {
  const char *said = GTK_IS_LABEL(widget) ? gtk_label_get_text(GTK_LABEL(widget))
                     : GTK_IS_INSCRIPTION(widget)
                         ? gtk_inscription_get_text(GTK_INSCRIPTION(widget))
                         : NULL;

  return gtk_widget_get_mapped(widget) && g_strcmp0(said, text) == 0;
}

static gboolean does(GtkWidget *widget, gconstpointer action) {
  return GTK_IS_ACTIONABLE(widget) &&
         g_strcmp0(gtk_actionable_get_action_name(GTK_ACTIONABLE(widget)), action) == 0;
}

typedef struct {
  GType type;
  const char *name;
} Named;

static gboolean is_named(GtkWidget *widget, gconstpointer data) {
  const Named *named = data;
  g_autofree char *difference = NULL;

  if (!g_type_is_a(G_OBJECT_TYPE(widget), named->type))
    return FALSE;
  difference = gtk_test_accessible_check_property(GTK_ACCESSIBLE(widget),
                                                  GTK_ACCESSIBLE_PROPERTY_LABEL, named->name);
  return difference == NULL;
}

gpointer test_find(GtkWidget *root, GType type, guint nth) {
  return find(root, has_type, GSIZE_TO_POINTER(type), &nth);
}

GtkWidget *test_find_text(GtkWidget *root, const char *text) {
  guint first = 0;

  return find(root, says, text, &first);
}

GtkWidget *test_find_action(GtkWidget *root, const char *action) {
  guint first = 0;

  return find(root, does, action, &first);
}

gpointer test_find_named(GtkWidget *root, GType type, const char *name) {
  guint first = 0;

  return find(root, is_named, &(Named){type, name}, &first);
}

gboolean test_shows_inscription(GtkInscription *inscription) {
  GtkWidget *widget = GTK_WIDGET(inscription);
  const char *text = gtk_inscription_get_text(inscription);
  g_autoptr(PangoLayout) layout = gtk_widget_create_pango_layout(widget, text);
  int width, height;

  if (!text)
    return TRUE;

  pango_layout_set_width(layout, gtk_widget_get_width(widget) * PANGO_SCALE);
  pango_layout_set_wrap(layout, gtk_inscription_get_wrap_mode(inscription));
  pango_layout_get_pixel_size(layout, &width, &height);
  return width <= gtk_widget_get_width(widget) && height <= gtk_widget_get_height(widget);
}
