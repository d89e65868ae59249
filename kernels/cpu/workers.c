#define _GNU_SOURCE
#include "kernels/cpu/workers.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { SPINS = 4000 };

/* A number that grows, and threads that wait until it does. */
typedef struct {
  atomic_uint value;
  pthread_mutex_t lock;
  pthread_cond_t grown;
} Gate;

typedef struct {
  InkWorkers *workers;
  int index;
  pthread_t thread;
} Member;

struct InkWorkers {
  int count;
  int spins;
  InkWork work; /* NULL: leave */
  void *data;
  Gate start;
  Gate barrier;
  atomic_int arrived;
  Member members[]; /* (count); the first is the caller */
};

static void gate_init(Gate *gate) {
  atomic_init(&gate->value, 0);
  pthread_mutex_init(&gate->lock, NULL);
  pthread_cond_init(&gate->grown, NULL);
}

static void gate_clear(Gate *gate) {
  pthread_cond_destroy(&gate->grown);
  pthread_mutex_destroy(&gate->lock);
}

static void gate_open(Gate *gate) {
  pthread_mutex_lock(&gate->lock);
  atomic_fetch_add_explicit(&gate->value, 1, memory_order_release);
  pthread_cond_broadcast(&gate->grown);
  pthread_mutex_unlock(&gate->lock);
}

static void relax(void) {
#ifdef __x86_64__
  __builtin_ia32_pause();
#endif
}

/* Returns when the gate's value is no longer seen. */
static void gate_wait(Gate *gate, unsigned seen, int spins) {
  for (int i = 0; i < spins; i++) {
    if (atomic_load_explicit(&gate->value, memory_order_acquire) != seen)
      return;
    relax();
  }
  pthread_mutex_lock(&gate->lock);
  while (atomic_load_explicit(&gate->value, memory_order_acquire) == seen)
    pthread_cond_wait(&gate->grown, &gate->lock);
  pthread_mutex_unlock(&gate->lock);
}

void ink_workers_meet(InkWorkers *workers) {
  unsigned seen = atomic_load_explicit(&workers->barrier.value, memory_order_acquire);

  if (atomic_fetch_add_explicit(&workers->arrived, 1, memory_order_acq_rel) + 1 < workers->count) {
    gate_wait(&workers->barrier, seen, workers->spins);
    return;
  }
  atomic_store_explicit(&workers->arrived, 0, memory_order_relaxed);
  gate_open(&workers->barrier);
}

static void *member_main(void *data) {
  Member *member = data;
  InkWorkers *workers = member->workers;

  for (unsigned seen = 0;; seen++) {
    gate_wait(&workers->start, seen, workers->spins);
    if (!workers->work)
      return NULL;
    workers->work(workers->data, member->index);
    ink_workers_meet(workers);
  }
}

int ink_workers_count(const InkWorkers *workers) {
  return workers->count;
}

void ink_workers_run(InkWorkers *workers, InkWork work, void *data) {
  workers->work = work;
  workers->data = data;
  gate_open(&workers->start);
  work(data, 0);
  ink_workers_meet(workers);
}

/* Ends and joins the threads of members 1 … started − 1. */
static void stop(InkWorkers *workers, int started) {
  workers->work = NULL;
  gate_open(&workers->start);
  for (int i = 1; i < started; i++)
    pthread_join(workers->members[i].thread, NULL);
  gate_clear(&workers->start);
  gate_clear(&workers->barrier);
  free(workers);
}

InkWorkers *ink_workers_new(int count) {
  InkWorkers *workers = calloc(1, sizeof *workers + (size_t)count * sizeof *workers->members);
  cpu_set_t processors;

  if (!workers)
    return NULL;
  workers->count = count;
  /* With more threads than processors, spinning would keep the awaited one from running. */
  if (sched_getaffinity(0, sizeof processors, &processors) == 0 && count <= CPU_COUNT(&processors))
    workers->spins = SPINS;
  gate_init(&workers->start);
  gate_init(&workers->barrier);
  for (int i = 1; i < count; i++) {
    workers->members[i] = (Member){.workers = workers, .index = i};
    if (pthread_create(&workers->members[i].thread, NULL, member_main, &workers->members[i])) {
      stop(workers, i);
      return NULL;
    }
  }
  return workers;
}

void ink_workers_free(InkWorkers *workers) {
  if (workers)
    stop(workers, workers->count);
}
