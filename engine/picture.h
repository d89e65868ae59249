/* picture: image files and pasted images as the network sees them. Any thread.
 *
 * A 28×28 image of greys goes in as it is, but for its polarity. Any other is taken as ink on
 * paper, dark or light, as its border tells, and through the box, fit and shift that MNIST's digits
 * went through (centring.h). */
#pragma once

#include "kernels/shape.h"

#include <gdk-pixbuf/gdk-pixbuf.h>

G_BEGIN_DECLS

/* Paper 0, ink 255. Any format of gdk-pixbuf; turned as its EXIF data says. FALSE with one sentence
 * that names the file (INK_PICTURE_ERROR). */
gboolean ink_picture_load(const char *path, guint8 image[INK_PIXELS], GError **error);

/* The same of one in memory; NULL where there was none for it. */
gboolean ink_picture_from_pixbuf(GdkPixbuf *pixbuf, guint8 image[INK_PIXELS], GError **error);

#define INK_PICTURE_ERROR (ink_picture_error_quark())
GQuark ink_picture_error_quark(void);

G_END_DECLS
