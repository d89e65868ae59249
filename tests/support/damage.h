/* damage: spoils files by a repeatable rule. */
#pragma once

#include <glib.h>

/* A copy with one to four changes, half of them within the first `header` bytes: a bit flipped, a
 * byte set to an extreme, a piece cut out, put in twice, or all after some place dropped. */
GByteArray *test_damage(const GByteArray *whole, guint header, GRand *random);

/* How many files to damage: as many as usual, or $INKLING_FUZZ_ROUNDS; and the numbers to damage
 * them by: the same in each run, or from $INKLING_FUZZ_SEED. */
guint test_damage_rounds(guint usual);
GRand *test_damage_random(guint32 usual_seed);
