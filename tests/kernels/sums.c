/* Sums of chunks' gradients are those in index order to the bit, whatever is done when and by whom,
 * and take little memory. */
#include "kernels/cpu/sums.h"
#include "kernels/cpu/workers.h"
#include "kernels/numbers.h"

#include <glib.h>
#include <stdatomic.h>
#include <string.h>

enum { SIZE = 48, BATCHES = 300, WORKERS = 4 };

typedef struct {
  float memory[INK_MAX_CHUNKS][SIZE];
  InkSums sums;
  float gradients[INK_MAX_CHUNKS][SIZE]; /* what each chunk is to add */
  InkWorkers *workers;
  atomic_int next;
  int wrong;
} Fixture;

static void add(float *to, const float *from, size_t size) {
  for (size_t i = 0; i < size; i++)
    to[i] += from[i];
}

static void set_up(Fixture *fixture, gconstpointer data) {
  float *memory[INK_MAX_CHUNKS];

  for (int i = 0; i < INK_MAX_CHUNKS; i++)
    memory[i] = memset(fixture->memory[i], 0xff, sizeof fixture->memory[i]); /* no numbers */
  ink_sums_init(&fixture->sums, add, memory, SIZE);
}

static void tear_down(Fixture *fixture, gconstpointer data) {
  ink_sums_clear(&fixture->sums);
}

/* Of very different sizes, so that another order gives another sum. */
static void draw_gradients(Fixture *fixture) {
  for (int chunk = 0; chunk < INK_MAX_CHUNKS; chunk++)
    for (int i = 0; i < SIZE; i++)
      fixture->gradients[chunk][i] =
          (float)(g_test_rand_double_range(-1, 1) * (1 << g_test_rand_int_range(0, 20)));
}

static void compute(Fixture *fixture, int chunk, int chunks) {
  float *gradients = ink_sums_take(&fixture->sums);

  add(gradients, fixture->gradients[chunk], SIZE);
  ink_sums_give(&fixture->sums, chunk, chunks, gradients);
}

static void total(float *const *parts, int count, float sum[SIZE]) {
  memcpy(sum, parts[0], SIZE * sizeof *sum);
  for (int i = 1; i < count; i++)
    add(sum, parts[i], SIZE);
}

static bool is_sum_in_order(Fixture *fixture, int chunks) {
  float *expected[INK_MAX_CHUNKS] = {NULL}, sum[SIZE], expected_sum[SIZE];

  for (int i = 0; i < chunks; i++)
    expected[i] = fixture->gradients[i];
  total(expected, chunks, expected_sum);
  total(fixture->sums.rest, fixture->sums.rest_count, sum);
  return fixture->sums.unused_count == INK_MAX_CHUNKS && memcmp(sum, expected_sum, sizeof sum) == 0;
}

static void test_any_order(Fixture *fixture, gconstpointer data) {
  for (int batch = 0; batch < BATCHES; batch++) {
    int chunks = 1 + batch % INK_MAX_CHUNKS;
    uint32_t order[INK_MAX_CHUNKS];

    draw_gradients(fixture);
    ink_permutation(order, (uint32_t)chunks, (uint64_t)g_test_rand_int(), 0);
    for (int i = 0; i < chunks; i++)
      compute(fixture, (int)order[i], chunks);
    g_assert_true(is_sum_in_order(fixture, chunks));
  }
}

/* What another thread gives back while this one is adding. */
static struct {
  Fixture *fixture;
  uint32_t order[INK_MAX_CHUNKS];
  int chunks, given;
} meanwhile;

static void give_next(void) {
  int chunk = (int)meanwhile.order[meanwhile.given++];

  compute(meanwhile.fixture, chunk, meanwhile.chunks);
}

static void add_and_be_overtaken(float *to, const float *from, size_t size) {
  if (meanwhile.given < meanwhile.chunks)
    give_next();
  add(to, from, size);
}

/* Also the last chunk may be given back while one is added. */
static void test_meanwhile(Fixture *fixture, gconstpointer data) {
  meanwhile.fixture = fixture;
  fixture->sums.add = add_and_be_overtaken;
  for (int batch = 0; batch < BATCHES; batch++) {
    meanwhile.chunks = 1 + batch % INK_MAX_CHUNKS;
    meanwhile.given = 0;
    draw_gradients(fixture);
    ink_permutation(meanwhile.order, (uint32_t)meanwhile.chunks, (uint64_t)g_test_rand_int(), 0);
    while (meanwhile.given < meanwhile.chunks)
      give_next();
    g_assert_true(is_sum_in_order(fixture, meanwhile.chunks));
  }
}

/* One thread needs two arrays: the sum, and the one that it computes. */
static void test_little_memory(Fixture *fixture, gconstpointer data) {
  GHashTable *taken = g_hash_table_new(NULL, NULL);

  for (int batch = 0; batch < 3; batch++)
    for (int chunk = 0; chunk < INK_MAX_CHUNKS; chunk++) {
      float *gradients = ink_sums_take(&fixture->sums);

      g_hash_table_add(taken, gradients);
      ink_sums_give(&fixture->sums, chunk, INK_MAX_CHUNKS, gradients);
      if (chunk < INK_MAX_CHUNKS - 1)
        g_assert_cmpint(fixture->sums.unused_count, ==, INK_MAX_CHUNKS - 1);
    }
  g_assert_cmpuint(g_hash_table_size(taken), ==, 2);
  g_assert_cmpint(fixture->sums.rest_count, ==, 2);
  g_hash_table_unref(taken);
}

static void work(void *data, int worker) {
  Fixture *fixture = data;

  for (int batch = 0; batch < BATCHES; batch++) {
    int chunk;

    if (worker == 0) {
      draw_gradients(fixture);
      fixture->next = 0;
    }
    ink_workers_meet(fixture->workers);
    while ((chunk = atomic_fetch_add(&fixture->next, 1)) < INK_MAX_CHUNKS)
      compute(fixture, chunk, INK_MAX_CHUNKS);
    ink_workers_meet(fixture->workers);
    if (worker == 0)
      fixture->wrong += !is_sum_in_order(fixture, INK_MAX_CHUNKS);
  }
}

static void test_any_thread(Fixture *fixture, gconstpointer data) {
  fixture->workers = ink_workers_new(WORKERS);
  g_assert_nonnull(fixture->workers);
  ink_workers_run(fixture->workers, work, fixture);
  ink_workers_free(fixture->workers);
  g_assert_cmpint(fixture->wrong, ==, 0);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add("/sums/any-order", Fixture, NULL, set_up, test_any_order, tear_down);
  g_test_add("/sums/meanwhile", Fixture, NULL, set_up, test_meanwhile, tear_down);
  g_test_add("/sums/little-memory", Fixture, NULL, set_up, test_little_memory, tear_down);
  g_test_add("/sums/any-thread", Fixture, NULL, set_up, test_any_thread, tear_down);
  return g_test_run();
}
