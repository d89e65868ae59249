/* Workers meet, see what the others wrote, come and go. */
#include "kernels/cpu/workers.h"

#include <glib.h>
#include <stdatomic.h>

enum { ROUNDS = 300, MOST = 7 };

typedef struct {
  InkWorkers *workers;
  int written[MOST]; /* plain memory: only the meetings order it */
  int wrong[MOST];
} Shared;

static void round_trip(void *data, int worker) {
  Shared *shared = data;
  int count = ink_workers_count(shared->workers);

  for (int round = 0; round < ROUNDS; round++) {
    shared->written[worker] = round;
    ink_workers_meet(shared->workers);
    for (int i = 0; i < count; i++)
      shared->wrong[worker] += shared->written[i] != round;
    ink_workers_meet(shared->workers);
  }
}

static void test_meet(gconstpointer data) {
  int count = GPOINTER_TO_INT(data);
  Shared shared = {.workers = ink_workers_new(count)};

  g_assert_nonnull(shared.workers);
  g_assert_cmpint(ink_workers_count(shared.workers), ==, count);
  for (int i = 0; i < 3; i++)
    ink_workers_run(shared.workers, round_trip, &shared);
  for (int i = 0; i < count; i++)
    g_assert_cmpint(shared.wrong[i], ==, 0);
  ink_workers_free(shared.workers);
}

static void count_call(void *data, int worker) {
  atomic_fetch_add((atomic_int *)data, 1 << 4 * worker);
}

/* Each worker is called once a run. Seven outnumber the processors of a small machine, where they
 * sleep instead of spinning. */
static void test_runs(gconstpointer data) {
  int count = GPOINTER_TO_INT(data);
  InkWorkers *workers = ink_workers_new(count);

  for (int i = 0; i < 200; i++) {
    atomic_int calls = 0;

    ink_workers_run(workers, count_call, &calls);
    g_assert_cmpint(calls, ==, 0x1111111 & ((1 << 4 * count) - 1));
  }
  ink_workers_free(workers);
}

static void test_come_and_go(void) {
  for (int i = 0; i < 50; i++)
    ink_workers_free(ink_workers_new(1 + i % MOST));
  ink_workers_free(NULL);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_data_func("/meet/1", GINT_TO_POINTER(1), test_meet);
  g_test_add_data_func("/meet/2", GINT_TO_POINTER(2), test_meet);
  g_test_add_data_func("/meet/7", GINT_TO_POINTER(7), test_meet);
  g_test_add_data_func("/runs/2", GINT_TO_POINTER(2), test_runs);
  g_test_add_data_func("/runs/7", GINT_TO_POINTER(7), test_runs);
  g_test_add_func("/come-and-go", test_come_and_go);
  return g_test_run();
}
