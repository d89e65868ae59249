#include "tests/support/damage.h"

GByteArray *test_damage(const GByteArray *whole, guint header, GRand *random) {
  GByteArray *bytes = g_byte_array_new();
  g_byte_array_append(bytes, whole->data, whole->len);
  for (int change = g_rand_int_range(random, 1, 5); change > 0 && bytes->len > 0; change--) {
    guint place = g_rand_int_range(random, 0, bytes->len);
    /* Half of all changes meet the header. */
    if (g_rand_boolean(random))
      place %= header;
    place = MIN(place, bytes->len - 1);
    guint most = MIN(bytes->len - place, 8);
    guint length = g_rand_int_range(random, 1, most + 1);
    switch (g_rand_int_range(random, 0, 5)) {
    case 0:
      bytes->data[place] ^= 1 << g_rand_int_range(random, 0, 8);
      break;
    case 1:
      bytes->data[place] = g_rand_boolean(random) ? 0xff : 0x00;
      break;
    case 2:
      g_byte_array_remove_range(bytes, place, length);
      break;
    case 3: {
      g_autofree guint8 *piece = g_memdup2(bytes->data + place, length);
      g_byte_array_append(bytes, piece, length);
      break;
    }
    default:
      g_byte_array_set_size(bytes, place);
    }
  }
  return bytes;
}

static guint read_variable(const char *name, guint usual) {
  const char *value = g_getenv(name);
  return value ? g_ascii_strtoull(value, NULL, 10) : usual;
}

guint test_damage_rounds(guint usual) {
  return read_variable("INKLING_FUZZ_ROUNDS", usual);
}

GRand *test_damage_random(guint32 usual_seed) {
  return g_rand_new_with_seed(read_variable("INKLING_FUZZ_SEED", usual_seed));
}
