/* workers: threads that do the same function together and meet at barriers.
 *
 * A thread that waits spins for a moment, because the phases of a step are short, and then sleeps,
 * so that an idle network costs nothing. */
#pragma once

typedef struct InkWorkers InkWorkers;

typedef void (*InkWork)(void *data, int worker /* 0 … count − 1 */);

/* count − 1 threads are started; the caller of ink_workers_run() is worker 0. They have the
 * priority of the caller. NULL when they cannot be started. */
InkWorkers *ink_workers_new(int count);
void ink_workers_free(InkWorkers *workers);

int ink_workers_count(const InkWorkers *workers);

/* Calls work in every worker at once and returns when all have returned. */
void ink_workers_run(InkWorkers *workers, InkWork work, void *data);

/* Called within work, by every worker: returns when all have called it. What they wrote before is
 * then visible to all. */
void ink_workers_meet(InkWorkers *workers);
