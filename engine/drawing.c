#include "engine/drawing.h"
#include "engine/centring.h"

#include <math.h>
#include <string.h>

/* Width of a stroke as a share of the longest side of the ink, the stroke included. */
static const double STROKE_SHARE = 0.11;
static const double DOT_PIXELS = 3;
/* Points nearer to each other than this, in pixels of the image, cost time and change nothing. */
static const double SPACING = 0.25;
/* How far cairo's polygons may be from the true curve, in pixels of the image. */
static const double TOLERANCE = 0.02;
/* No canvas is larger; within it, cairo's fixed-point numbers can't overflow. */
static const double FURTHEST = 1e5;

typedef struct {
  double x, y;
} Point;

typedef enum { STROKE, PICTURE, CLEAR } StepKind;

/* What one undo takes back. */
typedef struct {
  StepKind kind;
  GArray *points; /* of Point; a stroke's */
  guint8 *image;  /* (28, 28); a picture's */
} Step;

struct _InkDrawing {
  GPtrArray *steps;  /* of Step; those from `done` on can be redone */
  guint done;        /* steps that count */
  guint first;       /* of those, the first stroke that is still to be seen */
  gboolean drawable; /* the last step is a stroke that may grow */
};

static Step *step_new(StepKind kind) {
  Step *step = g_new0(Step, 1);

  step->kind = kind;
  return step;
}

static void step_free(Step *step) {
  g_clear_pointer(&step->points, g_array_unref);
  g_free(step->image);
  g_free(step);
}

InkDrawing *ink_drawing_new(void) {
  InkDrawing *self = g_new0(InkDrawing, 1);

  self->steps = g_ptr_array_new_with_free_func((GDestroyNotify)step_free);
  return self;
}

void ink_drawing_free(InkDrawing *self) {
  g_ptr_array_unref(self->steps);
  g_free(self);
}

static Step *get_step(InkDrawing *self, guint i) {
  return g_ptr_array_index(self->steps, i);
}

/* Everything before the last clear or picture is hidden. */
static void go_to(InkDrawing *self, guint done) {
  self->done = done;
  self->first = done;
  self->drawable = FALSE;
  while (self->first > 0 && get_step(self, self->first - 1)->kind == STROKE)
    self->first--;
}

static void do_step(InkDrawing *self, Step *step) {
  g_ptr_array_set_size(self->steps, self->done);
  g_ptr_array_add(self->steps, step);
  go_to(self, self->done + 1);
}

static gboolean is_usable(double x, double y) {
  return fabs(x) < FURTHEST && fabs(y) < FURTHEST; /* false for NaN too */
}

void ink_drawing_begin_stroke(InkDrawing *self, double x, double y) {
  Step *step;

  g_return_if_fail(self != NULL);

  self->drawable = FALSE;
  if (!is_usable(x, y))
    return;
  step = step_new(STROKE);
  step->points = g_array_new(FALSE, FALSE, sizeof(Point));
  g_array_append_val(step->points, ((Point){x, y}));
  do_step(self, step);
  self->drawable = TRUE;
}

void ink_drawing_add_point(InkDrawing *self, double x, double y) {
  g_return_if_fail(self != NULL);

  if (!is_usable(x, y))
    return;
  if (self->drawable) {
    GArray *points = get_step(self, self->done - 1)->points;
    const Point *last = &g_array_index(points, Point, points->len - 1);

    if (last->x != x || last->y != y)
      g_array_append_val(points, ((Point){x, y}));
  } else {
    ink_drawing_begin_stroke(self, x, y);
  }
}

void ink_drawing_set_picture(InkDrawing *self, const guint8 image[INK_PIXELS]) {
  Step *step;

  g_return_if_fail(self != NULL && image != NULL);

  step = step_new(PICTURE);
  step->image = g_memdup2(image, INK_PIXELS);
  do_step(self, step);
}

void ink_drawing_clear(InkDrawing *self) {
  g_return_if_fail(self != NULL);

  if (!ink_drawing_is_empty(self))
    do_step(self, step_new(CLEAR));
}

gboolean ink_drawing_can_undo(InkDrawing *self) {
  g_return_val_if_fail(self != NULL, FALSE);
  return self->done > 0;
}

gboolean ink_drawing_can_redo(InkDrawing *self) {
  g_return_val_if_fail(self != NULL, FALSE);
  return self->done < self->steps->len;
}

void ink_drawing_undo(InkDrawing *self) {
  if (ink_drawing_can_undo(self))
    go_to(self, self->done - 1);
}

void ink_drawing_redo(InkDrawing *self) {
  if (ink_drawing_can_redo(self))
    go_to(self, self->done + 1);
}

gboolean ink_drawing_is_empty(InkDrawing *self) {
  return ink_drawing_get_n_strokes(self) == 0 && ink_drawing_get_picture(self) == NULL;
}

guint ink_drawing_get_n_strokes(InkDrawing *self) {
  g_return_val_if_fail(self != NULL, 0);
  return self->done - self->first;
}

const guint8 *ink_drawing_get_picture(InkDrawing *self) {
  g_return_val_if_fail(self != NULL, NULL);
  return self->first > 0 ? get_step(self, self->first - 1)->image : NULL;
}

/* One span of a centripetal Catmull-Rom curve, from b to c, as a Bézier curve: it goes through
 * every point, and unlike the uniform one it makes no loops where points lie unevenly, as they do
 * when the pointer slows down in a corner. Yuksel, Schaefer, Keyser, "On the parameterization of
 * Catmull-Rom curves", 2009. */
static void trace_span(cairo_t *cr, const Point *a, const Point *b, const Point *c,
                       const Point *d) {
  double ab = hypot(b->x - a->x, b->y - a->y), bc = hypot(c->x - b->x, c->y - b->y),
         cd = hypot(d->x - c->x, d->y - c->y);
  double ab_half = sqrt(ab), bc_half = sqrt(bc), cd_half = sqrt(cd);
  Point control_b = *b, control_c = *c;

  if (ab > 0) {
    double whole = 2 * ab + 3 * ab_half * bc_half + bc, scale = 3 * ab_half * (ab_half + bc_half);

    control_b.x = (ab * c->x - bc * a->x + whole * b->x) / scale;
    control_b.y = (ab * c->y - bc * a->y + whole * b->y) / scale;
  }
  if (cd > 0) {
    double whole = 2 * cd + 3 * cd_half * bc_half + bc, scale = 3 * cd_half * (cd_half + bc_half);

    control_c.x = (cd * b->x - bc * d->x + whole * c->x) / scale;
    control_c.y = (cd * b->y - bc * d->y + whole * c->y) / scale;
  }
  cairo_curve_to(cr, control_b.x, control_b.y, control_c.x, control_c.y, c->x, c->y);
}

static void trace_stroke(cairo_t *cr, GArray *stroke, double spacing) {
  const Point *points = (const Point *)(gpointer)stroke->data;
  Point a = points[0], b = points[0], c = points[0];

  cairo_move_to(cr, c.x, c.y);
  cairo_line_to(cr, c.x, c.y); /* a stroke of one point is a dot */
  for (guint i = 1; i < stroke->len; i++) {
    Point d = points[i];

    if (i + 1 < stroke->len && hypot(d.x - c.x, d.y - c.y) < spacing)
      continue;
    trace_span(cr, &a, &b, &c, &d); /* at first no further than the first point */
    a = b;
    b = c;
    c = d;
  }
  trace_span(cr, &a, &b, &c, &c);
}

void ink_drawing_trace(InkDrawing *self, guint first, guint n, double spacing, cairo_t *cr) {
  g_return_if_fail(self != NULL && cr != NULL);
  g_return_if_fail(first + n <= ink_drawing_get_n_strokes(self));

  for (guint i = 0; i < n; i++)
    trace_stroke(cr, get_step(self, self->first + first + i)->points, spacing);
}

/* A drawing surface over (side, side) bytes that the caller has cleared. */
static cairo_t *paint_on(guint8 *pixels, int side) {
  cairo_surface_t *surface =
      cairo_image_surface_create_for_data(pixels, CAIRO_FORMAT_A8, side, side, side);
  cairo_t *cr = cairo_create(surface);

  cairo_surface_destroy(surface);
  cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
  cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_tolerance(cr, TOLERANCE);
  return cr;
}

static void finish(cairo_t *cr) {
  cairo_surface_flush(cairo_get_target(cr));
  cairo_destroy(cr);
}

typedef struct {
  double x, y, side; /* centre and longest side */
} Box;

static Box box_of(double left, double top, double right, double bottom) {
  return (Box){(left + right) / 2, (top + bottom) / 2, MAX(right - left, bottom - top)};
}

static Box measure_points(InkDrawing *self) {
  double left = G_MAXDOUBLE, top = G_MAXDOUBLE, right = -G_MAXDOUBLE, bottom = -G_MAXDOUBLE;

  for (guint i = self->first; i < self->done; i++) {
    GArray *points = get_step(self, i)->points;

    for (guint j = 0; j < points->len; j++) {
      const Point *point = &g_array_index(points, Point, j);

      left = MIN(left, point->x);
      right = MAX(right, point->x);
      top = MIN(top, point->y);
      bottom = MAX(bottom, point->y);
    }
  }
  return box_of(left, top, right, bottom);
}

/* Makes `box` of the strokes' unit the middle `pixels` pixels of the 20×20 surface. */
static void look_at(cairo_t *cr, Box box, double pixels) {
  cairo_identity_matrix(cr);
  cairo_translate(cr, INK_BOX / 2.0, INK_BOX / 2.0);
  cairo_scale(cr, pixels / box.side, pixels / box.side);
  cairo_translate(cr, -box.x, -box.y);
}

static void paint_dot(cairo_t *cr) {
  cairo_arc(cr, INK_BOX / 2 + 0.5, INK_BOX / 2 + 0.5, DOT_PIXELS / 2, 0, 2 * G_PI);
  cairo_fill(cr);
}

static void trace_all(InkDrawing *self, double spacing, cairo_t *cr) {
  ink_drawing_trace(self, 0, ink_drawing_get_n_strokes(self), spacing, cr);
}

/* The curve may swing out of the box of its points, so it is measured itself, at a scale where
 * cairo's fixed-point numbers are exact enough. */
static void paint_strokes(InkDrawing *self, cairo_t *cr, Box points) {
  double left, top, right, bottom;

  look_at(cr, points, INK_BOX);
  trace_all(self, points.side * SPACING / INK_BOX, cr);
  cairo_path_extents(cr, &left, &top, &right, &bottom);
  cairo_new_path(cr);

  look_at(cr, box_of(left, top, right, bottom), INK_BOX * (1 - STROKE_SHARE));
  trace_all(self, points.side * SPACING / INK_BOX, cr);
  cairo_identity_matrix(cr);
  cairo_set_line_width(cr, INK_BOX * STROKE_SHARE);
  cairo_stroke(cr);
}

static void rasterise_strokes(InkDrawing *self, guint8 image[INK_PIXELS]) {
  guint8 box[INK_BOX * INK_BOX] = {0};
  cairo_t *cr = paint_on(box, INK_BOX);
  Box points = measure_points(self);

  if (points.side > 0)
    paint_strokes(self, cr, points);
  else
    paint_dot(cr);
  finish(cr);
  ink_centring_place(box, image);
}

static void rasterise_on_picture(InkDrawing *self, guint8 image[INK_PIXELS]) {
  cairo_t *cr;

  memcpy(image, ink_drawing_get_picture(self), INK_PIXELS);
  cr = paint_on(image, INK_SIDE);
  cairo_scale(cr, INK_SIDE, INK_SIDE);
  trace_all(self, SPACING / INK_SIDE, cr);
  cairo_identity_matrix(cr);
  cairo_set_line_width(cr, INK_BOX * STROKE_SHARE);
  cairo_stroke(cr);
  finish(cr);
}

void ink_drawing_rasterise(InkDrawing *self, guint8 image[INK_PIXELS]) {
  g_return_if_fail(self != NULL && image != NULL);

  if (ink_drawing_get_picture(self))
    rasterise_on_picture(self, image);
  else if (ink_drawing_get_n_strokes(self) > 0)
    rasterise_strokes(self, image);
  else
    memset(image, 0, INK_PIXELS);
}
