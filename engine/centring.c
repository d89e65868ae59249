#include "engine/centring.h"

#include <math.h>
#include <string.h>

typedef struct {
  int first, last; /* rows or columns that hold ink */
  double mean;     /* centre of mass, from the edge of row or column 0 */
} Extent;

/* Along rows for stride (20, 1), along columns for stride (1, 20). */
static Extent measure(const guint8 *box, int across, int along) {
  Extent extent = {INK_BOX, -1, 0};
  double mass = 0, moment = 0;

  for (int i = 0; i < INK_BOX; i++) {
    guint sum = 0;

    for (int j = 0; j < INK_BOX; j++)
      sum += box[i * across + j * along];
    if (sum > 0) {
      extent.first = MIN(extent.first, i);
      extent.last = i;
    }
    mass += sum;
    moment += sum * (i + 0.5);
  }
  if (mass > 0)
    extent.mean = moment / mass;
  return extent;
}

/* Where the box goes: the whole number that brings the mean nearest to the middle. */
static int place(Extent extent) {
  int offset = (int)floor(INK_SIDE / 2 + 0.5 - extent.mean + 0.5);

  return CLAMP(offset, -extent.first, INK_SIDE - 1 - extent.last);
}

void ink_centring_place(const guint8 box[INK_BOX * INK_BOX], guint8 image[INK_PIXELS]) {
  Extent rows = measure(box, INK_BOX, 1), columns = measure(box, 1, INK_BOX);
  int top, left, peak = 0;

  memset(image, 0, INK_PIXELS);
  for (int i = 0; i < INK_BOX * INK_BOX; i++)
    peak = MAX(peak, box[i]);
  if (peak == 0)
    return;

  top = place(rows);
  left = place(columns);
  for (int y = rows.first; y <= rows.last; y++)
    for (int x = columns.first; x <= columns.last; x++)
      image[(y + top) * INK_SIDE + x + left] = (box[y * INK_BOX + x] * 255 + peak / 2) / peak;
}
