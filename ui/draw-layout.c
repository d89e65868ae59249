#include "ui/draw-layout.h"
#include "ui/answer-card.h"

struct _InkDrawLayout {
  GtkWidget parent_instance;

  InkLayout layout;
  int view;     /* height of what is seen without scrolling, once it is known */
  guint source; /* asks for the height that it needs then; 0: none waits */
};

G_DEFINE_FINAL_TYPE(InkDrawLayout, ink_draw_layout, GTK_TYPE_WIDGET)

typedef enum { CANVAS, SEEN, BUTTONS, ANSWER, MAPS, PARTS } Part;

enum {
  MARGIN = 18,
  NARROW_MARGIN = 12, /* and where the view is low */
  GAP = 18,           /* between rows */
  COLUMN_GAP = 24,    /* between columns */
  SIDE = 420,         /* of the canvas, as designed */
  SEEN_SIDE = 170,    /* of what the network sees, below which the buttons stand */
  LEAST_SIDE = 260,   /* where the view is low */
  LEAST_ANSWER = 380, /* width of the answer in the wide layout */
  LEAST_BESIDE = 320, /* and where the view is low */
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

static int least_width(InkDrawLayout *self, Part part) {
  int width;

  gtk_widget_measure(get_part(self, part), GTK_ORIENTATION_HORIZONTAL, -1, &width, NULL, NULL,
                     NULL);
  return width;
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
  int maps = natural_height(self, MAPS, inner), buttons = natural_height(self, BUTTONS, SEEN_SIDE);
  int widest = inner - seen - 2 * COLUMN_GAP - LEAST_ANSWER;
  int least = least_side(self), answer, side;

  side = CLAMP(height - 2 * MARGIN - GAP - maps, least, MAX(widest, least));
  answer = MARGIN + side + COLUMN_GAP + seen + COLUMN_GAP;
  places[CANVAS] = (GdkRectangle){MARGIN, MARGIN, side, side};
  places[SEEN] = (GdkRectangle){MARGIN + side + COLUMN_GAP, MARGIN, seen, side - buttons};
  places[BUTTONS] =
      (GdkRectangle){MARGIN + side + COLUMN_GAP, MARGIN + side - buttons, SEEN_SIDE, buttons};
  places[ANSWER] = (GdkRectangle){answer, MARGIN, width - MARGIN - answer, side};
  places[MAPS] = (GdkRectangle){MARGIN, MARGIN + side + GAP, inner, maps};
}

/* The answer below the canvas. */
static void place_below(InkDrawLayout *self, int width, Places places) {
  int inner = width - 2 * MARGIN, seen = natural_width(self, SEEN);
  int side = MIN(SIDE, inner - COLUMN_GAP - seen);
  int left = (width - side - COLUMN_GAP - seen) / 2,
      buttons = natural_height(self, BUTTONS, SEEN_SIDE);
  int answer = natural_height(self, ANSWER, inner), maps = natural_height(self, MAPS, inner);
  int column = left + side + COLUMN_GAP;

  places[CANVAS] = (GdkRectangle){left, MARGIN, side, side};
  places[SEEN] = (GdkRectangle){column, MARGIN, seen, side - buttons};
  places[BUTTONS] = (GdkRectangle){column, MARGIN + side - buttons, SEEN_SIDE, buttons};
  places[ANSWER] = (GdkRectangle){MARGIN, MARGIN + side + GAP, inner, answer};
  places[MAPS] = (GdkRectangle){MARGIN, MARGIN + side + GAP + answer + GAP, inner, maps};
}

/* Width of the answer where the view is low. */
static int least_beside(InkDrawLayout *self) {
  return MAX(LEAST_BESIDE, least_width(self, ANSWER));
}

/* The answer beside the canvas and its buttons. */
static void place_beside(InkDrawLayout *self, int width, Places places) {
  int inner = width - 2 * NARROW_MARGIN, buttons = natural_height(self, BUTTONS, -1);
  int room = self->view - 3 * NARROW_MARGIN - buttons;
  int widest = inner - GAP - least_beside(self);
  int side = CLAMP(room, LEAST_SIDE, MIN(SIDE, widest));
  int left = NARROW_MARGIN + side + GAP, answer = width - NARROW_MARGIN - left;
  int height = MAX(side + NARROW_MARGIN + buttons, natural_height(self, ANSWER, answer));
  int seen = natural_height(self, SEEN, inner), maps = natural_height(self, MAPS, inner);
  int y = NARROW_MARGIN + height + GAP;

  places[CANVAS] = (GdkRectangle){NARROW_MARGIN, NARROW_MARGIN, side, side};
  places[BUTTONS] = (GdkRectangle){NARROW_MARGIN, 2 * NARROW_MARGIN + side, side, buttons};
  places[ANSWER] = (GdkRectangle){left, NARROW_MARGIN, answer, height};
  places[SEEN] = (GdkRectangle){NARROW_MARGIN, y, inner, seen};
  places[MAPS] = (GdkRectangle){NARROW_MARGIN, y + seen + GAP, inner, maps};
}

/* Below the canvas if the view holds both, else beside it. */
static void place_medium(InkDrawLayout *self, int width, Places places) {
  place_below(self, width, places);
  if (places[ANSWER].y + places[ANSWER].height + MARGIN > self->view)
    place_beside(self, width, places);
}

/* Of the canvas in one column: the view shall hold the whole answer too, or at least what it says
 * above its bars. */
static int narrow_side(InkDrawLayout *self, int inner) {
  int room = self->view - 4 * NARROW_MARGIN - natural_height(self, BUTTONS, inner);
  int side = room - natural_height(self, ANSWER, inner);

  if (side < LEAST_SIDE)
    side = room - ink_answer_card_measure_head(INK_ANSWER_CARD(get_part(self, ANSWER)), inner);
  return CLAMP(side, LEAST_SIDE, MIN(inner, SIDE));
}

/* One column. */
static void place_narrow(InkDrawLayout *self, int width, Places places) {
  static const Part order[] = {CANVAS, BUTTONS, ANSWER, SEEN, MAPS};
  int inner = width - 2 * NARROW_MARGIN, y = NARROW_MARGIN;

  for (guint i = 0; i < G_N_ELEMENTS(order); i++) {
    GdkRectangle *place = &places[order[i]];

    *place = (GdkRectangle){NARROW_MARGIN, y, inner, 0};
    if (order[i] == CANVAS) {
      place->width = place->height = narrow_side(self, inner);
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
  int margin = self->layout == INK_LAYOUT_NARROW ? NARROW_MARGIN : MARGIN;
  int least = 2 * MARGIN, width;

  for (int part = 0; part < PARTS; part++)
    least = MAX(least, least_width(self, part) + 2 * margin);
  if (self->layout == INK_LAYOUT_WIDE)
    least = MAX(least, 2 * MARGIN + least_side(self) + natural_width(self, SEEN) + 2 * COLUMN_GAP +
                           LEAST_ANSWER);
  if (self->layout == INK_LAYOUT_MEDIUM)
    least = MAX(least, 2 * NARROW_MARGIN + LEAST_SIDE + GAP + least_beside(self));
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

static gboolean resize(gpointer data) {
  InkDrawLayout *self = data;

  self->source = 0;
  gtk_widget_queue_resize(GTK_WIDGET(self));
  return G_SOURCE_REMOVE;
}

/* Not at once, as the view learns its height while it is laid out. */
void ink_draw_layout_follow_view(InkDrawLayout *self) {
  int view;

  g_return_if_fail(INK_IS_DRAW_LAYOUT(self));

  view = gtk_widget_get_height(gtk_widget_get_parent(GTK_WIDGET(self)));
  if (self->view == view)
    return;
  self->view = view;
  if (self->source == 0)
    self->source = g_idle_add_full(G_PRIORITY_HIGH, resize, self, NULL);
}

static void size_allocate(GtkWidget *widget, int width, int height, int baseline) {
  InkDrawLayout *self = INK_DRAW_LAYOUT(widget);
  Places places;

  ink_draw_layout_follow_view(self); /* for the first frame */
  place(self, width, height, places);
  for (int part = 0; part < PARTS; part++) {
    if (gtk_widget_get_direction(widget) == GTK_TEXT_DIR_RTL)
      places[part].x = width - places[part].x - places[part].width;
    gtk_widget_size_allocate(get_part(self, part), &places[part], -1);
  }
}

static void dispose(GObject *object) {
  GtkWidget *child;

  g_clear_handle_id(&INK_DRAW_LAYOUT(object)->source, g_source_remove);
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
