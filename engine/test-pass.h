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
} InkTestPass;

void ink_test_pass_begin(InkTestPass *pass, guint count, guint classes, gboolean complete);
gboolean ink_test_pass_is_active(const InkTestPass *pass);

/* One slice. The pass is over when done reaches the result's count. */
InkStatus ink_test_pass_advance(InkTestPass *pass, InkPace *pace, const InkBackend *backend,
                                InkNet *net);
gboolean ink_test_pass_is_over(const InkTestPass *pass);

/* Ends the pass and gives its result away. */
InkTestResult *ink_test_pass_take(InkTestPass *pass);
void ink_test_pass_abandon(InkTestPass *pass);

G_END_DECLS
