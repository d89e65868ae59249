#include "ui/convolution-view.h"
#include "ui/convolution-panels.h"
#include "ui/convolution-stage.h"
#include "ui/format.h"
#include "ui/width-first.h"

#include <glib/gi18n.h>
#include <math.h>

/* Microseconds at a pixel; where nothing lies under the filter there is nothing to see. */
enum { STAY = 120 * 1000, STAY_AT_NOTHING = 4 * 1000 };

struct _InkConvolutionView {
  GtkWidget parent_instance;

  GtkWidget *content, *title, *play, *sentence;
  InkConvolutionStage *stage;

  int layer, channel;
  InkNetwork *network;     /* nullable */
  float image[INK_PIXELS]; /* 0 … 1 */
  InkReading *reading;     /* NULL: nothing is drawn */
  InkConvolution convolution;

  guint tick;        /* moves the filter on while it plays, or 0 */
  gint64 last_moved; /* frame time */
};

enum { CLOSED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(InkConvolutionView, ink_convolution_view, GTK_TYPE_WIDGET)

static char *describe_convolution(InkConvolutionView *self, float sum) {
  const InkConvolution *c = &self->convolution;
  g_autofree char *products = ink_format_value(sum), *bias = ink_format_value(c->bias),
                  *total = ink_format_value(sum + c->bias);

  if (sum + c->bias < 0)
    return g_strdup_printf(_("The products add up to %s. With the bias of %s that makes %s; what "
                             "is below 0 becomes 0."),
                           products, bias, total);
  return g_strdup_printf(_("The products add up to %s. With the bias of %s that makes %s, one "
                           "pixel of the map."),
                         products, bias, total);
}

static void describe(InkConvolutionView *self) {
  const InkConvolution *c = &self->convolution;
  g_autofree char *convolution = NULL, *pooled = NULL, *pooling = NULL, *text = NULL;
  int row, column;

  if (!self->reading) {
    gtk_label_set_text(GTK_LABEL(self->sentence),
                       _("Draw something, and watch the filter slide over it."));
    return;
  }
  ink_convolution_locate(c->side, ink_convolution_stage_get_position(self->stage), &row, &column);
  pooled = ink_format_value(c->pooled[row / 2 * (c->side / 2) + column / 2]);
  convolution = describe_convolution(self, ink_convolution_get_sum(c, row, column));
  pooling = g_strdup_printf(c->pool == INK_POOL_MAX
                                ? _("Of each 2 × 2 pixels, pooling keeps the largest: %s.")
                                : _("Of each 2 × 2 pixels, pooling keeps the mean: %s."),
                            pooled);
  text = g_strdup_printf("%s %s", convolution, pooling);
  gtk_label_set_text(GTK_LABEL(self->sentence), text);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->stage), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                 text, -1);
}

static void show(InkConvolutionView *self) {
  g_autofree char *title =
      g_strdup_printf(_("How layer %d, channel %d is made"), self->layer, self->channel);

  gtk_label_set_text(GTK_LABEL(self->title), title);
  if (self->reading)
    ink_convolution_init(&self->convolution, self->network, self->image, self->reading, self->layer,
                         self->channel);
  ink_convolution_stage_set_convolution(self->stage, self->reading ? &self->convolution : NULL);
  describe(self);
}

/* Playing. */

static gboolean is_nothing_there(InkConvolutionView *self) {
  const InkConvolution *c = &self->convolution;
  float patch[INK_MOST_WEIGHTS];
  int row, column;

  ink_convolution_locate(c->side, ink_convolution_stage_get_position(self->stage), &row, &column);
  for (int input = 0; input < c->inputs; input++) {
    ink_convolution_get_patch(c, input, row, column, patch);
    for (int i = 0; i < c->kernel * c->kernel; i++)
      if (patch[i] != 0)
        return FALSE;
  }
  return TRUE;
}

static void advance(InkConvolutionView *self) {
  int n = self->convolution.side * self->convolution.side;

  ink_convolution_stage_set_position(self->stage,
                                     (ink_convolution_stage_get_position(self->stage) + 1) % n);
}

static gboolean tick(GtkWidget *widget, GdkFrameClock *clock, gpointer data) {
  InkConvolutionView *self = INK_CONVOLUTION_VIEW(widget);
  gint64 now = gdk_frame_clock_get_frame_time(clock), stay;

  if (!self->reading)
    return G_SOURCE_CONTINUE;
  /* After a pause of the frame clock it goes on from where it is. */
  if (now - self->last_moved > G_USEC_PER_SEC)
    self->last_moved = now - STAY;
  stay = is_nothing_there(self) ? STAY_AT_NOTHING : STAY;
  if (now - self->last_moved < stay)
    return G_SOURCE_CONTINUE;
  while (now - self->last_moved >= stay) {
    advance(self);
    self->last_moved += stay;
    stay = is_nothing_there(self) ? STAY_AT_NOTHING : STAY;
  }
  describe(self);
  return G_SOURCE_CONTINUE;
}

static void set_playing(InkConvolutionView *self, gboolean playing) {
  gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(self->play), playing);
}

/* Ticks only while somebody can see it: a tick callback keeps the frame clock running. */
static void update_tick(InkConvolutionView *self) {
  GtkWidget *widget = GTK_WIDGET(self);
  gboolean wanted =
      gtk_widget_get_mapped(widget) && gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(self->play));

  if (wanted && self->tick == 0) {
    self->last_moved = 0;
    self->tick = gtk_widget_add_tick_callback(widget, tick, NULL, NULL);
  } else if (!wanted && self->tick != 0) {
    gtk_widget_remove_tick_callback(widget, self->tick);
    self->tick = 0;
  }
}

static void follow_play(InkConvolutionView *self) {
  gboolean playing = gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(self->play));

  gtk_button_set_icon_name(GTK_BUTTON(self->play), playing ? "media-playback-pause-symbolic"
                                                           : "media-playback-start-symbolic");
  update_tick(self);
}

static void map(GtkWidget *widget) {
  GTK_WIDGET_CLASS(ink_convolution_view_parent_class)->map(widget);
  update_tick(INK_CONVOLUTION_VIEW(widget));
}

static void unmap(GtkWidget *widget) {
  GTK_WIDGET_CLASS(ink_convolution_view_parent_class)->unmap(widget);
  update_tick(INK_CONVOLUTION_VIEW(widget));
}

/* Whoever points at a pixel wants to look at it. */
static void follow_pointer(InkConvolutionView *self) {
  set_playing(self, FALSE);
  describe(self);
}

static void go_back(InkConvolutionView *self) {
  set_playing(self, FALSE);
  g_signal_emit(self, signals[CLOSED], 0);
}

static void close_action(GtkWidget *widget, const char *action, GVariant *parameter) {
  go_back(INK_CONVOLUTION_VIEW(widget));
}

static void play_action(GtkWidget *widget, const char *action, GVariant *parameter) {
  InkConvolutionView *self = INK_CONVOLUTION_VIEW(widget);

  set_playing(self, !gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(self->play)));
}

void ink_convolution_view_set_layout(InkConvolutionView *self, InkLayout layout) {
  g_return_if_fail(INK_IS_CONVOLUTION_VIEW(self));
  ink_convolution_stage_set_layout(self->stage, layout);
}

void ink_convolution_view_explain(InkConvolutionView *self, int layer, int channel) {
  gboolean animate;

  g_return_if_fail(INK_IS_CONVOLUTION_VIEW(self) && (layer == 1 || layer == 2));

  self->layer = layer;
  self->channel = channel;
  ink_convolution_stage_set_position(self->stage, 0);
  show(self);
  gtk_widget_grab_focus(GTK_WIDGET(self->stage));
  g_object_get(gtk_widget_get_settings(GTK_WIDGET(self)), "gtk-enable-animations", &animate, NULL);
  set_playing(self, animate);
}

void ink_convolution_view_set_reading(InkConvolutionView *self, InkNetwork *network,
                                      const guint8 *image, const InkReading *reading) {
  g_return_if_fail(INK_IS_CONVOLUTION_VIEW(self));
  g_return_if_fail(!reading || (network && image));

  if (!reading && !self->reading)
    return;
  if (reading) {
    ink_network_ref(network);
    g_clear_pointer(&self->network, ink_network_unref);
    self->network = network;
    for (int i = 0; i < INK_PIXELS; i++)
      self->image[i] = image[i] / 255.0f;
    if (!self->reading)
      self->reading = g_new(InkReading, 1);
    *self->reading = *reading;
  } else {
    g_clear_pointer(&self->reading, g_free);
  }
  show(self);
}

static void dispose(GObject *object) {
  InkConvolutionView *self = INK_CONVOLUTION_VIEW(object);

  while (gtk_widget_get_first_child(GTK_WIDGET(self)))
    gtk_widget_unparent(gtk_widget_get_first_child(GTK_WIDGET(self)));
  G_OBJECT_CLASS(ink_convolution_view_parent_class)->dispose(object);
}

static void finalize(GObject *object) {
  InkConvolutionView *self = INK_CONVOLUTION_VIEW(object);

  g_clear_pointer(&self->network, ink_network_unref);
  g_free(self->reading);
  G_OBJECT_CLASS(ink_convolution_view_parent_class)->finalize(object);
}

static void ink_convolution_view_class_init(InkConvolutionViewClass *klass) {
  GObjectClass *object = G_OBJECT_CLASS(klass);
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  g_type_ensure(INK_TYPE_CONVOLUTION_STAGE);
  object->dispose = dispose;
  object->finalize = finalize;
  widget->map = map;
  widget->unmap = unmap;
  signals[CLOSED] = g_signal_new("closed", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type(widget, INK_TYPE_WIDTH_FIRST);
  gtk_widget_class_set_css_name(widget, "convolutionview");
  gtk_widget_class_set_template_from_resource(widget, "/page/inkling/Inkling/convolution-view.ui");
  gtk_widget_class_bind_template_child(widget, InkConvolutionView, content);
  gtk_widget_class_bind_template_child(widget, InkConvolutionView, title);
  gtk_widget_class_bind_template_child(widget, InkConvolutionView, play);
  gtk_widget_class_bind_template_child(widget, InkConvolutionView, stage);
  gtk_widget_class_bind_template_child(widget, InkConvolutionView, sentence);
  gtk_widget_class_bind_template_callback(widget, follow_play);
  gtk_widget_class_bind_template_callback(widget, follow_pointer);
  gtk_widget_class_bind_template_callback(widget, go_back);
  gtk_widget_class_install_action(widget, "convolution.close", NULL, close_action);
  gtk_widget_class_install_action(widget, "convolution.play", NULL, play_action);
}

static void ink_convolution_view_init(InkConvolutionView *self) {
  self->layer = 1;
  gtk_widget_init_template(GTK_WIDGET(self));
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->stage), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                 _("Convolution and pooling, step by step"), -1);
  show(self);
}

GtkWidget *ink_convolution_view_new(void) {
  return g_object_new(INK_TYPE_CONVOLUTION_VIEW, NULL);
}
