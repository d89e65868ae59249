/* conv2-ink: which positions of the second convolution see ink, and which padding.
 *
 * Where conv1 sees no ink it answers what it answers to an empty image, and so does conv2 where its
 * whole patch is like that: half of a digit's pool1 says nothing new. */
#pragma once

#include "kernels/cpu/geometry.h"

/* PAD rows or columns of positions on each side see some of the padding, each another part; the
 * others see none. */
enum { EDGES = 2 * PAD + 1 };

#if KERNEL == 5
static const uint8_t edge[14] = {0, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 4};
#else
static const uint8_t edge[14] = {0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2};
#endif

/* The rows or columns of taps that fall inside at one kind of edge. */
INLINE int first_tap(int kind) {
  return kind < PAD ? PAD - kind : 0;
}

INLINE int last_tap(int kind) {
  return kind < PAD ? K - 1 : 3 * PAD - kind;
}

/* Bit x + PAD of columns[y]: column x of pool1 has ink in the rows that row y of positions sees. */
static void columns_with_ink(const InkSample *sample, uint32_t columns[14]) {
  for (int y = 0; y < 14; y++) {
    int first = y < PAD ? 0 : y - PAD, last = y + PAD > 13 ? 13 : y + PAD;

    columns[y] = 0;
    for (int row = first; row <= last; row++)
      columns[y] |= (uint32_t)sample->ink[row] << PAD;
  }
}

/* The gradients of conv2 take the columns of taps in groups, one after the other: as many at once
 * as 16 registers hold; 32 could hold all, but fewer columns miss the ink more often. The weight
 * gradient skips a group at each position where it meets no ink, the data gradient in each column
 * and beyond the first and the last row that have some. */
#if KERNEL == 3
#define EACH_GROUP(group) group(0, 3)
static const uint8_t group_of[K] = {0, 0, 0};
enum { GROUPS = 1 };
#else
#define EACH_GROUP(group) group(0, 3) group(3, 2)
static const uint8_t group_of[K] = {0, 0, 0, 1, 1};
enum { GROUPS = 2 };
#endif

/* Bit x of inked[g][y]: group g meets ink at position (y, x). */
static void groups_with_ink(const InkSample *sample, uint32_t inked[GROUPS][14]) {
  uint32_t columns[14];

  columns_with_ink(sample, columns);
  for (int y = 0; y < 14; y++) {
#define INKED(first, count)                                                                        \
  inked[group_of[first]][y] = 0;                                                                   \
  UNROLL for (int i = 0; i < count; i++) inked[group_of[first]][y] |= columns[y] >> (first + i);   \
  inked[group_of[first]][y] &= (1 << 14) - 1;
    EACH_GROUP(INKED)
#undef INKED
  }
}

/* Bit j: bit of position j of window (y, x), of bits x of rows y. */
INLINE unsigned window_ink(const uint32_t ink[14], int y, int x) {
  return (ink[2 * y] >> 2 * x & 3) | (ink[2 * y + 1] >> 2 * x & 3) << 2;
}
