/* answer-card: what the network makes of the drawing: the class, how sure it is in a number, a
 * sentence and the bars. With nothing drawn, an invitation; untrained, a hint to start. Main
 * thread. */
#pragma once

#include "engine/classifier.h"

#include "ui/layout.h"

G_BEGIN_DECLS

#define INK_TYPE_ANSWER_CARD (ink_answer_card_get_type())
G_DECLARE_FINAL_TYPE(InkAnswerCard, ink_answer_card, INK, ANSWER_CARD, GtkWidget)

GtkWidget *ink_answer_card_new(void);
void ink_answer_card_set_layout(InkAnswerCard *self, InkLayout layout);

/* Its height in pixels without the bars, at a width. */
int ink_answer_card_measure_head(InkAnswerCard *self, int width);

/* The names of the classes come from the network (nullable); an untrained one is guessing. reading
 * is NULL when nothing is drawn. */
void ink_answer_card_show(InkAnswerCard *self, InkNetwork *network, gboolean trained,
                          const InkReading *reading);

G_END_DECLS
