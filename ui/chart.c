#include "ui/chart-private.h"
#include "ui/late-menu.h"

enum { MIN_WIDTH = 280, NATURAL_WIDTH = 640 };

/* Older runs than these would only darken the plot. */
enum { MAX_PREVIOUS = 8 };

enum { PROP_LOG_SCALE = 1, N_PROPS };
static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE(InkChart, ink_chart, GTK_TYPE_WIDGET)

/* Runs */

static InkChartRun *run_new(InkHistory *history) {
  InkChartRun *run = g_new0(InkChartRun, 1);

  run->history = ink_history_ref(history);
  run->batches = g_array_new(FALSE, FALSE, sizeof(InkChartPoint));
  run->losses = g_array_new(FALSE, FALSE, sizeof(InkChartPoint));
  run->tests = g_array_new(FALSE, FALSE, sizeof(InkChartPoint));
  return run;
}

static void run_free(InkChartRun *run) {
  ink_history_unref(run->history);
  g_array_unref(run->batches);
  g_array_unref(run->losses);
  g_array_unref(run->tests);
  g_free(run);
}

static void read_history(InkChartRun *run) {
  guint n, n_tests;
  const InkLossPoint *losses = ink_history_get_losses(run->history, &n);
  const InkTestPoint *tests = ink_history_get_tests(run->history, &n_tests);
  g_autofree double *smoothed = g_new(double, n);

  ink_smooth_losses(losses, n, smoothed);
  g_array_set_size(run->batches, n);
  g_array_set_size(run->losses, n);
  for (guint i = 0; i < n; i++) {
    double step = losses[i].step + (losses[i].steps - 1) / 2.0;

    g_array_index(run->batches, InkChartPoint, i) = (InkChartPoint){step, losses[i].loss};
    g_array_index(run->losses, InkChartPoint, i) = (InkChartPoint){step, smoothed[i]};
  }
  g_array_set_size(run->tests, n_tests);
  for (guint i = 0; i < n_tests; i++)
    g_array_index(run->tests, InkChartPoint, i) =
        (InkChartPoint){tests[i].step, ink_accuracy_held(tests[i].correct, tests[i].total)};
}

void ink_chart_refresh(InkChart *self) {
  if (self->stale && self->run)
    read_history(self->run);
  self->stale = FALSE;
}

gint64 ink_chart_get_span(InkChart *self) {
  gint64 planned = self->run ? ink_history_get_planned(self->run->history) : 0;
  guint n = 0;
  const InkLossPoint *losses = self->run ? ink_history_get_losses(self->run->history, &n) : NULL;
  gint64 done = n ? losses[n - 1].step + losses[n - 1].steps : 0;

  return MAX(MAX(planned > 0 ? planned : self->planned, done), 1);
}

static void tell(InkChart *self) {
  g_autofree char *description = ink_chart_describe(self);

  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                 description, -1);
  if (self->run)
    self->told_tests = self->run->tests->len;
}

static void enable_actions(InkChart *self) {
  gtk_widget_action_set_enabled(GTK_WIDGET(self), "chart.clear-previous", self->previous->len > 0);
  gtk_widget_action_set_enabled(GTK_WIDGET(self), "chart.fit", self->zoomed);
}

static gboolean is_empty(InkChartRun *run) {
  guint n;

  ink_history_get_losses(run->history, &n);
  return n == 0;
}

static void keep_as_previous(InkChart *self, InkChartRun *run) {
  read_history(run);
  g_ptr_array_add(self->previous, run);
  if (self->previous->len > MAX_PREVIOUS)
    g_ptr_array_remove_index(self->previous, 0);
}

void ink_chart_set_history(InkChart *self, InkHistory *history) {
  g_return_if_fail(INK_IS_CHART(self));
  g_return_if_fail(history);

  if (self->run && self->run->history == history)
    return;
  if (self->run && is_empty(self->run))
    run_free(self->run);
  else if (self->run)
    keep_as_previous(self, self->run);
  self->run = run_new(history);
  ink_chart_fit(self);
  ink_chart_update(self);
}

void ink_chart_update(InkChart *self) {
  guint n;

  g_return_if_fail(INK_IS_CHART(self));
  self->stale = TRUE;
  gtk_widget_queue_draw(GTK_WIDGET(self));
  if (!self->run)
    return;
  ink_history_get_tests(self->run->history, &n);
  if (n != self->told_tests)
    tell(self);
}

void ink_chart_set_planned(InkChart *self, gint64 steps) {
  g_return_if_fail(INK_IS_CHART(self));
  if (self->planned == steps)
    return;
  self->planned = steps;
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

void ink_chart_set_note(InkChart *self, const char *note) {
  g_return_if_fail(INK_IS_CHART(self));
  if (g_strcmp0(self->note, note) == 0)
    return;
  g_free(self->note);
  self->note = g_strdup(note);
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

void ink_chart_clear_previous(InkChart *self) {
  g_return_if_fail(INK_IS_CHART(self));
  g_ptr_array_set_size(self->previous, 0);
  enable_actions(self);
  tell(self);
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

guint ink_chart_get_n_previous(InkChart *self) {
  g_return_val_if_fail(INK_IS_CHART(self), 0);
  return self->previous->len;
}

/* The view and the crosshair */

void ink_chart_get_view(InkChart *self, double *from, double *to) {
  g_return_if_fail(INK_IS_CHART(self));
  *from = self->zoomed ? self->from : 0;
  *to = self->zoomed ? self->to : MAX(ink_chart_get_span(self), INK_CHART_LEAST_STEPS);
}

void ink_chart_zoom(InkChart *self, double from, double to) {
  double span;

  g_return_if_fail(INK_IS_CHART(self));
  g_return_if_fail(from <= to);

  span = ink_chart_get_span(self);
  if (to - from < INK_CHART_LEAST_STEPS) {
    from = (from + to - INK_CHART_LEAST_STEPS) / 2;
    to = from + INK_CHART_LEAST_STEPS;
  }
  if (to - from >= span) {
    ink_chart_fit(self);
    return;
  }
  self->from = CLAMP(from, 0, span - (to - from));
  self->to = self->from + (to - from);
  self->zoomed = TRUE;
  enable_actions(self);
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

void ink_chart_fit(InkChart *self) {
  g_return_if_fail(INK_IS_CHART(self));
  self->zoomed = FALSE;
  enable_actions(self);
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

void ink_chart_point_at(InkChart *self, gint64 step) {
  g_return_if_fail(INK_IS_CHART(self));
  step = MIN(step, ink_chart_get_span(self));
  if (self->pointed == step)
    return;
  self->pointed = step;
  tell(self);
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

gboolean ink_chart_get_reading(InkChart *self, InkChartReading *reading) {
  g_return_val_if_fail(INK_IS_CHART(self), FALSE);
  if (self->pointed < 0)
    return FALSE;
  *reading = ink_chart_read(self, self->pointed);
  return TRUE;
}

/* The widget */

static void measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                    int *natural, int *minimum_baseline, int *natural_baseline) {
  if (orientation == GTK_ORIENTATION_VERTICAL) {
    ink_chart_measure_height(INK_CHART(widget), minimum, natural);
  } else {
    *minimum = MIN_WIDTH;
    *natural = NATURAL_WIDTH;
  }
}

static void size_allocate(GtkWidget *widget, int width, int height, int baseline) {
  InkChart *self = INK_CHART(widget);
  InkChartLayout layout = ink_chart_layout(self, width, height);
  GtkAllocation place;

  gtk_widget_measure(self->controls, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &place.width, NULL,
                     NULL);
  gtk_widget_measure(self->controls, GTK_ORIENTATION_VERTICAL, -1, NULL, &place.height, NULL, NULL);
  place.x = width - place.width - INK_CHART_MARGIN;
  place.y = (int)(layout.loss.title - place.height / 2.0);
  gtk_widget_size_allocate(self->controls, &place, -1);
  if (self->context_menu)
    gtk_popover_present(GTK_POPOVER(self->context_menu));
}

static void snapshot(GtkWidget *widget, GtkSnapshot *snap) {
  InkChart *self = INK_CHART(widget);
  int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
  cairo_t *cr = gtk_snapshot_append_cairo(snap, &GRAPHENE_RECT_INIT(0, 0, width, height));

  ink_chart_paint(self, cr, width, height, TRUE);
  cairo_destroy(cr);
  GTK_WIDGET_CLASS(ink_chart_parent_class)->snapshot(widget, snap);
}

/* The plots come first, then the buttons over them. */
static gboolean focus(GtkWidget *widget, GtkDirectionType direction) {
  GtkWidget *controls = INK_CHART(widget)->controls;
  gboolean back = direction == GTK_DIR_TAB_BACKWARD;

  if (gtk_widget_is_focus(widget))
    return !back && gtk_widget_child_focus(controls, direction);
  if ((back || gtk_widget_get_focus_child(widget)) && gtk_widget_child_focus(controls, direction))
    return TRUE;
  return (back || !gtk_widget_get_focus_child(widget)) && gtk_widget_grab_focus(widget);
}

static void on_fit(GtkWidget *widget, const char *action, GVariant *parameter) {
  ink_chart_fit(INK_CHART(widget));
}

static void on_clear_previous(GtkWidget *widget, const char *action, GVariant *parameter) {
  ink_chart_clear_previous(INK_CHART(widget));
}

static void get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec) {
  g_value_set_boolean(value, INK_CHART(object)->log_scale);
}

static void set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec) {
  InkChart *self = INK_CHART(object);

  if (self->log_scale == g_value_get_boolean(value))
    return;
  self->log_scale = g_value_get_boolean(value);
  gtk_widget_queue_draw(GTK_WIDGET(self));
  g_object_notify_by_pspec(object, pspec);
}

static void dispose(GObject *object) {
  InkChart *self = INK_CHART(object);

  g_clear_pointer(&self->controls, gtk_widget_unparent);
  g_clear_pointer(&self->context_menu, gtk_widget_unparent);
  G_OBJECT_CLASS(ink_chart_parent_class)->dispose(object);
}

static void finalize(GObject *object) {
  InkChart *self = INK_CHART(object);

  g_clear_pointer(&self->run, run_free);
  g_ptr_array_unref(self->previous);
  g_free(self->note);
  G_OBJECT_CLASS(ink_chart_parent_class)->finalize(object);
}

static void ink_chart_class_init(InkChartClass *klass) {
  GObjectClass *object = G_OBJECT_CLASS(klass);
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  object->get_property = get_property;
  object->set_property = set_property;
  object->dispose = dispose;
  object->finalize = finalize;
  widget->measure = measure;
  widget->size_allocate = size_allocate;
  widget->snapshot = snapshot;
  widget->focus = focus;

  props[PROP_LOG_SCALE] =
      g_param_spec_boolean("log-scale", NULL, NULL, TRUE,
                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties(object, N_PROPS, props);

  gtk_widget_class_set_css_name(widget, "chart");
  gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_set_template_from_resource(widget, "/page/inkling/Inkling/chart.ui");
  gtk_widget_class_bind_template_child(widget, InkChart, controls);
  gtk_widget_class_bind_template_child(widget, InkChart, menu_button);
  gtk_widget_class_bind_template_child(widget, InkChart, menu);
  gtk_widget_class_install_property_action(widget, "chart.log-scale", "log-scale");
  gtk_widget_class_install_action(widget, "chart.fit", NULL, on_fit);
  gtk_widget_class_install_action(widget, "chart.clear-previous", NULL, on_clear_previous);
  ink_chart_add_key_bindings(widget);
}

static void ink_chart_init(InkChart *self) {
  self->previous = g_ptr_array_new_with_free_func((GDestroyNotify)run_free);
  self->pointed = -1;
  self->log_scale = TRUE;
  gtk_widget_init_template(GTK_WIDGET(self));
  ink_late_menu_set(self->menu_button, self->menu);
  ink_chart_add_input(self);
  enable_actions(self);
  tell(self);

  g_signal_connect_object(adw_style_manager_get_default(), "notify::dark",
                          G_CALLBACK(gtk_widget_queue_draw), self, G_CONNECT_SWAPPED);
  g_signal_connect_object(adw_style_manager_get_default(), "notify::high-contrast",
                          G_CALLBACK(gtk_widget_queue_draw), self, G_CONNECT_SWAPPED);
}

GtkWidget *ink_chart_new(void) {
  return g_object_new(INK_TYPE_CHART, NULL);
}
