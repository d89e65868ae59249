/* Numbers that JSON has no word for. */
#include "app/json-lines.h"

#include <math.h>

static void test_numbers(void) {
  g_autoptr(JsonObject) line = ink_json_event("test");
  ink_json_set_number(line, "finite", 0.5);
  ink_json_set_number(line, "nan", NAN);
  ink_json_set_number(line, "infinite", -INFINITY);
  g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), line);
  g_autofree char *text = json_to_string(node, FALSE);
  g_assert_cmpstr(text, ==, "{\"event\":\"test\",\"finite\":0.5,\"nan\":null,\"infinite\":null}");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/json-lines/numbers", test_numbers);
  return g_test_run();
}
