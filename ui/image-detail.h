/* image-detail: one test image, large, with its label, what the network takes it for, its loss and
 * the probability of each class, and the button that opens it on the Draw page. Main thread. */
#pragma once

#include "engine/trainer.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define INK_TYPE_IMAGE_DETAIL (ink_image_detail_get_type())
G_DECLARE_FINAL_TYPE(InkImageDetail, ink_image_detail, INK, IMAGE_DETAIL, GtkBox)

/* A test image of the data set. The result may be NULL or not reach the image: not tested. */
void ink_image_detail_show(InkImageDetail *self, InkDataset *dataset, InkTestResult *result,
                           guint sample);

/* Horizontal: the probabilities beside the image. Vertical: below it. */
void ink_image_detail_set_orientation(InkImageDetail *self, GtkOrientation orientation);

/* Gives the keys to Open in Draw. */
void ink_image_detail_focus(InkImageDetail *self);

G_END_DECLS
