#include "ui/width-first.h"

struct _InkWidthFirst {
  GtkLayoutManager parent_instance;
};

G_DEFINE_FINAL_TYPE(InkWidthFirst, ink_width_first, GTK_TYPE_LAYOUT_MANAGER)

static GtkSizeRequestMode get_request_mode(GtkLayoutManager *manager, GtkWidget *widget) {
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void measure(GtkLayoutManager *manager, GtkWidget *widget, GtkOrientation orientation,
                    int for_size, int *minimum, int *natural, int *minimum_baseline,
                    int *natural_baseline) {
  GtkWidget *child = gtk_widget_get_first_child(widget);

  if (child && gtk_widget_should_layout(child))
    gtk_widget_measure(child, orientation, orientation == GTK_ORIENTATION_VERTICAL ? for_size : -1,
                       minimum, natural, minimum_baseline, natural_baseline);
}

static void allocate(GtkLayoutManager *manager, GtkWidget *widget, int width, int height,
                     int baseline) {
  GtkWidget *child = gtk_widget_get_first_child(widget);

  if (child && gtk_widget_should_layout(child))
    gtk_widget_allocate(child, width, height, baseline, NULL);
}

static void ink_width_first_class_init(InkWidthFirstClass *klass) {
  GtkLayoutManagerClass *manager = GTK_LAYOUT_MANAGER_CLASS(klass);

  manager->get_request_mode = get_request_mode;
  manager->measure = measure;
  manager->allocate = allocate;
}

static void ink_width_first_init(InkWidthFirst *self) {}
