/* picture-transfer: images that come from elsewhere, pasted or dropped, as the network sees them
 * (engine/picture.h). They are read on a thread; of several for one widget the last that was asked
 * for counts, and of those before it nothing is heard any more. Main thread. */
#pragma once

#include "kernels/shape.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Either an image, 0 paper and 255 ink, or one sentence why there is none. Called on the main
 * thread, and not after the widget is gone. */
typedef void (*InkPictureFunc)(const guint8 *image /* (28, 28), nullable */, const GError *error,
                               gpointer data);

/* Takes the image, or the image file, that the clipboard holds. */
void ink_picture_paste(GtkWidget *widget, InkPictureFunc func, gpointer data);

/* From now on an image or an image file can be dropped on the widget. */
void ink_picture_accept_drops(GtkWidget *widget, InkPictureFunc func, gpointer data);

G_END_DECLS
