/* test-pass: a pass of the network over the first test images, made in slices short enough that
 * whoever makes it can look up in between. Training thread only; its result may go anywhere. */
#pragma once

#include "engine/pace.h"
#include "engine/trainer.h"

G_BEGIN_DECLS

typedef struct {
  InkTestResult *result; /* being filled; NULL: no pass is under way */
  guint done;            /* images so far */
  double loss;           /* their sum */

  guint given;    /* images of the slice that is under way; 0: none is */
  gint64 begin;   /* when it was given, microseconds */
  size_t correct; /* of it */
} InkTestPass;

void ink_test_pass_begin(InkTestPass *pass, guint count, guint classes, gboolean complete);
gboolean ink_test_pass_is_active(const InkTestPass *pass);

/* Queues a slice; when it has been waited for, advance() takes it in, with the seconds it took. The
 * pass is over when done reaches the result's count. */
InkStatus ink_test_pass_give(InkTestPass *pass, const InkPace *pace, const InkBackend *backend,
                             InkNet *net);
void ink_test_pass_advance(InkTestPass *pass, InkPace *pace, double seconds);
gboolean ink_test_pass_is_over(const InkTestPass *pass);

/* Ends the pass and gives its result away, or drops it; no slice is under way. */
InkTestResult *ink_test_pass_take(InkTestPass *pass);
void ink_test_pass_abandon(InkTestPass *pass);

G_END_DECLS
