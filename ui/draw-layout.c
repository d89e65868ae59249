#include "ui/draw-layout.h"

struct _InkDrawLayout {
  GtkWidget parent_instance;

  InkLayout layout;
};

G_DEFINE_FINAL_TYPE(InkDrawLayout, ink_draw_layout, GTK_TYPE_WIDGET)

typedef enum { CANVAS, SEEN, BUTTONS, ANSWER, MAPS, PARTS } Part;

enum {
  MARGIN = 18,
  NARROW_MARGIN = 12,
  GAP = 18,           /* between rows */
  COLUMN_GAP = 24,    /* between columns */
  SIDE = 420,         /* of the canvas, as designed */
  LEAST_ANSWER = 380, /* width of the answer in the wide layout */
};

static GtkWidget *get_part(InkDrawLayout *self, Part part) {
  GtkWidget *child = gtk_widget_get_first_child(GTK_WIDGET(self));

  for (int i = 0; i < (int)part && child; i++)
    child = gtk_widget_get_next_sibling(child);
  return child;
}

static void measure_height(InkDrawLayout *self, Part part, int width, int *least, int *natural) {
  gtk_widget_measure(get_part(self, part), GTK_ORIENTATION_VERTICAL, width, least, natural, NULL,
                     NULL);
}

static int natural_height(InkDrawLayout *self, Part part, int width) {
  int height;

  measure_height(self, part, width, NULL, &height);
  return height;
}

static int natural_width(InkDrawLayout *self, Part part) {
  int width;

  gtk_widget_measure(get_part(self, part), GTK_ORIENTATION_HORIZONTAL, -1, NULL, &width, NULL,
                     NULL);
  return width;
}

typedef GdkRectangle Places[PARTS];

/* Of the canvas in the wide layout: the answer beside it shall not be cut. */
static int least_side(InkDrawLayout *self) {
  int least, natural;

  measure_height(self, ANSWER, LEAST_ANSWER, &least, &natural);
  return MAX(MIN(natural, SIDE), least);
}

static void place_wide(InkDrawLayout *self, int width, int height, Places places) {
  int inner = width - 2 * MARGIN, seen = natural_width(self, SEEN);
  int maps = natural_height(self, MAPS, inner), buttons = natural_height(self, BUTTONS, seen);
  int widest = inner - seen - 2 * COLUMN_GAP - LEAST_ANSWER;
  int least = least_side(self), answer, side;

  side = CLAMP(height - 2 * MARGIN - GAP - maps, least, MAX(widest, least));
  answer = MARGIN + side + COLUMN_GAP + seen + COLUMN_GAP;
  places[CANVAS] = (GdkRectangle){MARGIN, MARGIN, side, side};
  places[SEEN] = (GdkRectangle){MARGIN + side + COLUMN_GAP, MARGIN, seen, side - buttons};
  places[BUTTONS] =
      (GdkRectangle){MARGIN + side + COLUMN_GAP, MARGIN + side - buttons, seen, buttons};
  places[ANSWER] = (GdkRectangle){answer, MARGIN, width - MARGIN - answer, side};
  places[MAPS] = (GdkRectangle){MARGIN, MARGIN + side + GAP, inner, maps};
}

/* The answer below the canvas. */
static void place_medium(InkDrawLayout *self, int width, Places places) {
  int inner = width - 2 * MARGIN, seen = natural_width(self, SEEN);
  int side = MIN(SIDE, inner - COLUMN_GAP - seen);
  int left = (width - side - COLUMN_GAP - seen) / 2, buttons = natural_height(self, BUTTONS, seen);
  int answer = natural_height(self, ANSWER, inner), maps = natural_height(self, MAPS, inner);
  int column = left + side + COLUMN_GAP;

  places[CANVAS] = (GdkRectangle){left, MARGIN, side, side};
  places[SEEN] = (GdkRectangle){column, MARGIN, seen, side - buttons};
  places[BUTTONS] = (GdkRectangle){column, MARGIN + side - buttons, seen, buttons};
  places[ANSWER] = (GdkRectangle){MARGIN, MARGIN + side + GAP, inner, answer};
  places[MAPS] = (GdkRectangle){MARGIN, MARGIN + side + GAP + answer + GAP, inner, maps};
}

/* One column. */
static void place_narrow(InkDrawLayout *self, int width, Places places) {
  static const Part order[] = {CANVAS, BUTTONS, ANSWER, SEEN, MAPS};
  int inner = width - 2 * NARROW_MARGIN, y = NARROW_MARGIN;

  for (guint i = 0; i < G_N_ELEMENTS(order); i++) {
    GdkRectangle *place = &places[order[i]];

    *place = (GdkRectangle){NARROW_MARGIN, y, inner, 0};
    if (order[i] == CANVAS) {
      place->width = place->height = MIN(inner, SIDE);
      place->x = (width - place->width) / 2;
    } else {
      place->height = natural_height(self, order[i], inner);
    }
    y += place->height + NARROW_MARGIN;
  }
}

static void place(InkDrawLayout *self, int width, int height, Places places) {
  switch (self->layout) {
  case INK_LAYOUT_WIDE:
    place_wide(self, width, height, places);
    break;
  case INK_LAYOUT_MEDIUM:
    place_medium(self, width, places);
    break;
  case INK_LAYOUT_NARROW:
    place_narrow(self, width, places);
    break;
  }
}

static int needed_height(InkDrawLayout *self, int width, int height) {
  Places places;

  place(self, width, height, places);
  return places[MAPS].y + places[MAPS].height +
         (self->layout == INK_LAYOUT_NARROW ? NARROW_MARGIN : MARGIN);
}

static GtkSizeRequestMode get_request_mode(GtkWidget *widget) {
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                    int *natural, int *minimum_baseline, int *natural_baseline) {
  InkDrawLayout *self = INK_DRAW_LAYOUT(widget);
  int least = 2 * MARGIN, width;

  for (int part = 0; part < PARTS; part++) {
    gtk_widget_measure(get_part(self, part), GTK_ORIENTATION_HORIZONTAL, -1, &width, NULL, NULL,
                       NULL);
    least = MAX(least, width + 2 * (self->layout == INK_LAYOUT_NARROW ? NARROW_MARGIN : MARGIN));
  }
  if (self->layout == INK_LAYOUT_WIDE)
    least = MAX(least, 2 * MARGIN + least_side(self) + natural_width(self, SEEN) + 2 * COLUMN_GAP +
                           LEAST_ANSWER);
  if (orientation == GTK_ORIENTATION_HORIZONTAL) {
    *minimum = *natural = least;
  } else {
    width = for_size < 0 ? least : for_size;
    *minimum = needed_height(self, width, 0);
    *natural =
        MAX(*minimum, needed_height(self, width,
                                    SIDE + natural_height(self, MAPS, width) + 2 * MARGIN + GAP));
  }
}

static void size_allocate(GtkWidget *widget, int width, int height, int baseline) {
  InkDrawLayout *self = INK_DRAW_LAYOUT(widget);
  Places places;

  place(self, width, height, places);
  for (int part = 0; part < PARTS; part++)
    gtk_widget_size_allocate(get_part(self, part), &places[part], -1);
}

static void dispose(GObject *object) {
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child(GTK_WIDGET(object))))
    gtk_widget_unparent(child);
  G_OBJECT_CLASS(ink_draw_layout_parent_class)->dispose(object);
}

void ink_draw_layout_set_layout(InkDrawLayout *self, InkLayout layout) {
  g_return_if_fail(INK_IS_DRAW_LAYOUT(self));

  self->layout = layout;
  gtk_widget_queue_resize(GTK_WIDGET(self));
}

static void ink_draw_layout_class_init(InkDrawLayoutClass *klass) {
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  G_OBJECT_CLASS(klass)->dispose = dispose;
  widget->get_request_mode = get_request_mode;
  widget->measure = measure;
  widget->size_allocate = size_allocate;
}

static void ink_draw_layout_init(InkDrawLayout *self) {}
