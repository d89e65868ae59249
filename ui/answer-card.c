#include "ui/answer-card.h"
#include "ui/class-names.h"
#include "ui/format.h"
#include "ui/probability-bars.h"

#include <glib/gi18n.h>

struct _InkAnswerCard {
  GtkWidget parent_instance;

  GtkWidget *content, *head, *bars;
  GtkWidget *hint, *hint_icon, *hint_title, *hint_text, *start;
  GtkWidget *best, *percent, *sentence;
  InkLayout layout;
  gboolean words; /* some class has a name, and not a digit or two */
};

G_DEFINE_FINAL_TYPE(InkAnswerCard, ink_answer_card, GTK_TYPE_WIDGET)

/* From where on the network counts as sure. */
static const float CERTAIN = 0.95f, FAIRLY_SURE = 0.75f;
/* A second guess that would be printed as 0 % is none. */
static const float WORTH_NAMING = 0.0005f;

/* In one column there is no room for more than words. */
static void show_icon(InkAnswerCard *self) {
  gtk_widget_set_visible(self->hint_icon, !gtk_widget_get_visible(self->start) &&
                                              gtk_orientable_get_orientation(GTK_ORIENTABLE(
                                                  self->hint)) == GTK_ORIENTATION_HORIZONTAL);
}

static void set_hint(InkAnswerCard *self, const char *title, const char *text, gboolean untrained) {
  gtk_label_set_text(GTK_LABEL(self->hint_title), title);
  gtk_label_set_text(GTK_LABEL(self->hint_text), text);
  gtk_widget_set_visible(self->start, untrained);
  show_icon(self);
}

static void set_invitation(InkAnswerCard *self, const char *const *names) {
  int classes = g_strv_length((char **)names);
  g_autofree char *text = NULL;

  if (classes == 10 && ink_class_names_are_digits(names)) {
    set_hint(self, _("Draw a digit"),
             _("Any digit from 0 to 9, as large as the dashed frame. The answer follows every "
               "stroke."),
             FALSE);
    return;
  }
  /* Translators: always more than one. */
  text = g_strdup_printf(_("Any of the %d classes, as large as the dashed frame. The answer "
                           "follows every stroke."),
                         classes);
  set_hint(self, _("Draw something"), text, FALSE);
}

static char *describe(const char *const *names, const InkReading *reading) {
  float best = reading->probabilities[reading->best];
  float second = reading->probabilities[reading->second];
  const char *sure = best >= CERTAIN       ? _("Almost certain.")
                     : best >= FAIRLY_SURE ? _("Fairly sure.")
                                           : _("Unsure.");
  g_autofree char *percent = ink_format_percent(second, 1);

  if (second < WORTH_NAMING)
    return g_strdup(sure);
  /* Translators: "Fairly sure. The next guess is 9, at 14.1 %." */
  return g_strdup_printf(_("%s The next guess is %s, at %s."), sure, names[reading->second],
                         percent);
}

static gboolean is_word(const char *name) {
  return g_utf8_strlen(name, -1) > 2;
}

static void show_answer(InkAnswerCard *self, const char *const *names, const InkReading *reading) {
  const char *name = names[reading->best];
  g_autofree char *percent = ink_format_percent(reading->probabilities[reading->best], 1);
  g_autofree char *sentence = describe(names, reading);
  gboolean word = is_word(name);

  gtk_label_set_text(GTK_LABEL(self->best), name);
  gtk_label_set_max_width_chars(GTK_LABEL(self->best), word ? 12 : -1);
  gtk_label_set_ellipsize(GTK_LABEL(self->best), word ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
  gtk_widget_set_tooltip_text(self->best, word ? name : NULL);
  if (word)
    gtk_widget_add_css_class(self->best, "word");
  else
    gtk_widget_remove_css_class(self->best, "word");
  /* Unlike labels', their texts can change without the whole page being laid out anew. */
  gtk_inscription_set_text(GTK_INSCRIPTION(self->percent), percent);
  gtk_inscription_set_text(GTK_INSCRIPTION(self->sentence), sentence);
  gtk_stack_set_visible_child_name(GTK_STACK(self->head), "answer");
}

/* As many as the longest sentence may need there: beside a word it has less room than beside a
 * digit. */
static void follow_room(InkAnswerCard *self) {
  int lines = self->layout == INK_LAYOUT_WIDE                     ? 2
              : self->layout == INK_LAYOUT_MEDIUM && !self->words ? 3
                                                                  : 4;

  gtk_inscription_set_min_lines(GTK_INSCRIPTION(self->sentence), lines);
}

static void set_names(InkAnswerCard *self, const char *const *names) {
  ink_probability_bars_set_classes(INK_PROBABILITY_BARS(self->bars), names);
  self->words = FALSE;
  for (guint i = 0; names[i]; i++)
    self->words = self->words || is_word(names[i]);
  follow_room(self);
}

void ink_answer_card_show(InkAnswerCard *self, InkNetwork *network, gboolean trained,
                          const InkReading *reading) {
  const char *names[INK_MAX_CLASSES + 1] = {NULL};

  g_return_if_fail(INK_IS_ANSWER_CARD(self));

  for (int i = 0; network && i < ink_network_get_shape(network)->classes; i++)
    names[i] = ink_class_names_translate(ink_network_get_class_name(network, i));
  set_names(self, names);
  ink_probability_bars_set_probabilities(INK_PROBABILITY_BARS(self->bars),
                                         reading ? reading->probabilities : NULL);
  /* Whether it is seen or not, so that the card is as tall with an answer as without. */
  if (trained)
    set_invitation(self, names);
  else
    set_hint(self, _("Not trained yet"),
             _("So far the network only guesses. Start, and its answers get better while you "
               "draw."),
             TRUE);
  if (trained && reading)
    show_answer(self, names, reading);
  else
    gtk_stack_set_visible_child_name(GTK_STACK(self->head), "hint");
}

/* Where it is narrow, the answer is set in a smaller type, so that it fits with large text too. */
void ink_answer_card_set_layout(InkAnswerCard *self, InkLayout layout) {
  gboolean narrow = layout == INK_LAYOUT_NARROW;

  g_return_if_fail(INK_IS_ANSWER_CARD(self));

  if (narrow)
    gtk_widget_add_css_class(GTK_WIDGET(self), "narrow");
  else
    gtk_widget_remove_css_class(GTK_WIDGET(self), "narrow");
  gtk_orientable_set_orientation(GTK_ORIENTABLE(self->hint),
                                 narrow ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL);
  gtk_box_set_spacing(GTK_BOX(self->hint), narrow ? 12 : 24);
  show_icon(self);
  self->layout = layout;
  follow_room(self);
}

int ink_answer_card_measure_head(InkAnswerCard *self, int width) {
  int whole, bars;

  g_return_val_if_fail(INK_IS_ANSWER_CARD(self), 0);

  gtk_widget_measure(GTK_WIDGET(self), GTK_ORIENTATION_VERTICAL, width, NULL, &whole, NULL, NULL);
  gtk_widget_measure(self->bars, GTK_ORIENTATION_VERTICAL, -1, NULL, &bars, NULL, NULL);
  return whole - bars;
}

static void dispose(GObject *object) {
  InkAnswerCard *self = INK_ANSWER_CARD(object);

  g_clear_pointer(&self->content, gtk_widget_unparent);
  G_OBJECT_CLASS(ink_answer_card_parent_class)->dispose(object);
}

static void ink_answer_card_class_init(InkAnswerCardClass *klass) {
  GtkWidgetClass *widget = GTK_WIDGET_CLASS(klass);

  g_type_ensure(INK_TYPE_PROBABILITY_BARS);
  G_OBJECT_CLASS(klass)->dispose = dispose;
  gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name(widget, "answercard");
  gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_set_template_from_resource(widget, "/page/inkling/Inkling/answer-card.ui");
  gtk_widget_class_bind_template_child(widget, InkAnswerCard, content);
  gtk_widget_class_bind_template_child(widget, InkAnswerCard, head);
  gtk_widget_class_bind_template_child(widget, InkAnswerCard, bars);
  gtk_widget_class_bind_template_child(widget, InkAnswerCard, hint);
  gtk_widget_class_bind_template_child(widget, InkAnswerCard, hint_icon);
  gtk_widget_class_bind_template_child(widget, InkAnswerCard, hint_title);
  gtk_widget_class_bind_template_child(widget, InkAnswerCard, hint_text);
  gtk_widget_class_bind_template_child(widget, InkAnswerCard, start);
  gtk_widget_class_bind_template_child(widget, InkAnswerCard, best);
  gtk_widget_class_bind_template_child(widget, InkAnswerCard, percent);
  gtk_widget_class_bind_template_child(widget, InkAnswerCard, sentence);
}

static void ink_answer_card_init(InkAnswerCard *self) {
  gtk_widget_init_template(GTK_WIDGET(self));
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Answer"),
                                 -1);
}

GtkWidget *ink_answer_card_new(void) {
  return g_object_new(INK_TYPE_ANSWER_CARD, NULL);
}
