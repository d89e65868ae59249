// work: training, evaluation and inference as launches.
#include "kernels/cuda/kernels.cuh"
#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/net.cuh"

#include <math.h>
#include <string.h>

using namespace ink;

// Steps in one graph, where a run is not one launch.
enum { GRAPH_STEPS = 16 };
// Samples in one launch of an evaluation: bounds what its results take on the device.
enum { EVALUATION = 16384 };

static const double BETA1 = 0.9, BETA2 = 0.999;

static Split *valid_split(InkNet *net, InkSplit which) {
  return which < INK_SPLITS && net->splits[which].count > 0 ? &net->splits[which] : NULL;
}

static bool indices_are_valid(const uint32_t *indices, size_t count, size_t bound) {
  for (size_t i = 0; i < count; i++)
    if (indices[i] >= bound)
      return false;
  return true;
}

static cudaError_t reserve_run(InkNet *net, const Run &run, size_t steps) {
  size_t convolutions = ink_shape_tensor_offset(&net->shape, INK_LINEAR_WEIGHT);
  size_t samples = run.samples, batch = run.batch;
  Check check;

  check(net->steps.arguments.reserve((samples + 2 * steps) * sizeof(float))) &&
      check(net->steps.told.reserve((steps + 2 * batch) * sizeof(float) + batch)) &&
      check(net->partial.reserve(most_chunks(run.batch) * convolutions)) &&
      check(net->features.reserve(batch * INK_FEATURES)) &&
      check(net->dlogits.reserve(batch * net->shape.classes + TILE));
  return check.error;
}

// Where a run of steps works, and where what it is given and tells is.
static void place_run(InkNet *net, Run *run, size_t steps) {
  run->order = (const uint32_t *)net->steps.arguments.data;
  run->step_size = (const float *)(run->order + run->samples);
  run->root_scale = run->step_size + steps;
  run->partial = net->partial.data;
  run->features = net->features.data;
  run->dlogits = net->dlogits.data;
  run->loss = (float *)net->steps.told.data;
  run->sample_loss = run->loss + steps;
  run->probability = run->sample_loss + run->batch;
  run->predicted = (uint8_t *)(run->probability + run->batch);
}

// Sample order, and each step's two Adam factors, which are computed in float64 as PyTorch does.
static cudaError_t upload_run(InkNet *net, const InkTrainRun *work, size_t steps) {
  size_t bytes = (work->samples + 2 * steps) * sizeof(float);
  uint8_t *staging;
  float *schedule;
  Check check;

  if (!check(ink_cuda_begin(net, bytes, &staging)))
    return check.error;
  memcpy(staging, work->order, work->samples * sizeof *work->order);
  schedule = (float *)staging + work->samples;
  for (size_t i = 0; i < steps; i++) {
    double t = (double)(net->updates + 1 + (int64_t)i);

    schedule[i] = (float)(work->learning_rate[i] / (1 - pow(BETA1, t)));
    schedule[steps + i] = (float)(1 / sqrt(1 - pow(BETA2, t)));
  }
  check(cudaMemcpyAsync(net->steps.arguments.data, staging, bytes, cudaMemcpyDefault,
                        net->steps.stream));
  return check.error;
}

template <int K, bool MAXIMUM>
static cudaError_t launch_step(InkNet *net, const Run &run, int grid) {
  Check check;

  check(launch(net->steps.stream, false, grid, sizeof(Shared<K>), step_samples<K, MAXIMUM>, run,
               net->counter.data)) &&
      check(launch(net->steps.stream, false, grid, sizeof(UpdateShared), step_update<K>, run,
                   net->counter.data));
  return check.error;
}

// GRAPH_STEPS steps as a graph. It is kept for the next run, which is as a rule the same but for
// its contents.
template <int K, bool MAXIMUM>
static cudaError_t make_graph(InkNet *net, const Run &run, int grid) {
  cudaGraph_t graph = NULL;
  Check check;

  if (net->graph && memcmp(&net->graph_run, &run, sizeof run) == 0)
    return cudaSuccess;
  // A launch of it may be under way.
  if (net->graph && check(cudaStreamSynchronize(net->steps.stream)))
    check(cudaGraphExecDestroy(net->graph));
  if (check.error != cudaSuccess)
    return check.error;
  net->graph = NULL;
  if (!check(cudaStreamBeginCapture(net->steps.stream, cudaStreamCaptureModeThreadLocal)))
    return check.error;
  for (int i = 0; i < GRAPH_STEPS; i++)
    check(launch_step<K, MAXIMUM>(net, run, grid));
  check(cudaStreamEndCapture(net->steps.stream, &graph));
  if (check.error == cudaSuccess)
    check(cudaGraphInstantiate(&net->graph, graph, 0));
  if (graph)
    cudaGraphDestroy(graph);
  memcpy(&net->graph_run, &run, sizeof run);
  return check.error;
}

// Whole stretches by the graph, the rest step by step; the host waits for none of them.
template <int K, bool MAXIMUM>
static cudaError_t launch_chain(InkNet *net, const Run &run, int steps, int grid) {
  Check check;

  check(cudaMemsetAsync(net->counter.data, 0, 2 * sizeof(int), net->steps.stream)) &&
      check(steps < GRAPH_STEPS ? cudaSuccess : make_graph<K, MAXIMUM>(net, run, grid));
  for (int i = 0; i < steps / GRAPH_STEPS && check.error == cudaSuccess; i++)
    check(cudaGraphLaunch(net->graph, net->steps.stream));
  for (int i = 0; i < steps % GRAPH_STEPS && check.error == cudaSuccess; i++)
    check(launch_step<K, MAXIMUM>(net, run, grid));
  return check.error;
}

// No more blocks than find something to do: multiprocessors that are left free can test meanwhile.
template <int K, bool MAXIMUM>
static cudaError_t launch_steps(InkNet *net, const Run &run, int steps) {
  int chunks = chunk_count(run.batch), each = 0, grid;
  Check check;

  if (!check(net->cooperative
                 ? resident_blocks(train_steps<K, MAXIMUM>, sizeof(Shared<K>), &each)
                 : resident_blocks(step_samples<K, MAXIMUM>, sizeof(Shared<K>), &each)))
    return check.error;
  grid = min(each * net->multiprocessors, useful_blocks<K>(run.batch, run.classes));
  net->occupied.multiprocessors = (grid + each - 1) / each;
  net->occupied.samples = (long long)steps * ((chunks + grid - 1) / grid) * chunk_size(run.batch);
  return net->cooperative ? launch(net->steps.stream, true, grid, sizeof(Shared<K>),
                                   train_steps<K, MAXIMUM>, run, steps)
                          : launch_chain<K, MAXIMUM>(net, run, steps, grid);
}

// Beside the steps that follow it, or before them with all of the device.
template <int K, bool MAXIMUM>
static cudaError_t launch_evaluation(InkNet *net, const Run &run, const uint32_t *samples,
                                     uint32_t first, int count) {
  int each = 0, beside;
  Check check;

  if (!check(resident_blocks(evaluate<K, MAXIMUM>, sizeof(Shared<K>), &each)))
    return check.error;
  beside = net->queued ? blocks_beside(each, net->multiprocessors, net->occupied, count) : 0;
  check(launch(net->looks.stream, false, beside ? beside : min(each * net->multiprocessors, count),
               sizeof(Shared<K>), evaluate<K, MAXIMUM>, run, samples, first, count)) &&
      check(beside ? cudaSuccess : ink_cuda_wait_for(&net->steps, &net->looks));
  return check.error;
}

// One instance of a launch for each kind of network.
#define FOR_SHAPE(net, call, ...)                                                                  \
  ((net)->shape.kernel == 3 ? ((net)->shape.pool == INK_POOL_MAX ? call<3, true>(__VA_ARGS__)      \
                                                                 : call<3, false>(__VA_ARGS__))    \
                            : ((net)->shape.pool == INK_POOL_MAX ? call<5, true>(__VA_ARGS__)      \
                                                                 : call<5, false>(__VA_ARGS__)))

// What a piece of work with this state on these data begins with.
static Run start_run(const InkNet *net, float *state, const uint8_t *images,
                     const uint8_t *labels) {
  Run run = {};

  run.images = images;
  run.labels = labels;
  run.classes = net->shape.classes;
  ink_cuda_place_state(&net->shape, state, &run);
  return run;
}

InkStatus ink_cuda_train(InkNet *net, const InkTrainRun *work) {
  Split *split = valid_split(net, INK_TRAIN);
  size_t batch, steps, last;
  Run run;
  Check check;

  if (!split || work->samples == 0 || work->batch == 0 || work->samples > INT32_MAX ||
      !indices_are_valid(work->order, work->samples, split->count))
    return INK_BAD_ARGUMENT;
  batch = work->batch < work->samples ? work->batch : work->samples;
  steps = (work->samples + batch - 1) / batch;
  last = work->samples - (steps - 1) * batch;
  run = start_run(net, net->state.data, split->images.data, split->labels.data);
  run.samples = (int)work->samples;
  run.batch = (int)batch;
  if (!check(cudaSetDevice(net->device)) || !check(reserve_run(net, run, steps)) ||
      !check(upload_run(net, work, steps)))
    return check.status();

  place_run(net, &run, steps);
  const Result results[] = {{work->loss, run.loss, steps * sizeof(float)},
                            {work->sample_loss, run.sample_loss, last * sizeof(float)},
                            {work->probability, run.probability, last * sizeof(float)},
                            {work->predicted, run.predicted, last}};
  net->copied = false;
  check(ink_cuda_time(net, &net->steps, work->device_seconds)) &&
      check(FOR_SHAPE(net, launch_steps, net, run, (int)steps)) &&
      check(ink_cuda_end(net, &net->steps, results));
  if (check.error == cudaSuccess)
    net->updates += (int64_t)steps;
  return check.status();
}

// Where an evaluation of so many samples tells what is wanted of it; how many are right comes first
// and is added up over all of them.
static cudaError_t place_evaluation(InkNet *net, const InkEvaluation *work, size_t count,
                                    Run *run) {
  size_t classes = net->shape.classes, logits = work->logits ? classes : 0;
  Check check;

  check(net->looks.arguments.reserve(count * sizeof *work->samples)) &&
      check(net->looks.told.reserve(sizeof *run->correct +
                                    count * ((1 + classes + logits) * sizeof(float) + 1)));
  run->correct = (unsigned long long *)net->looks.told.data;
  run->sample_loss = (float *)(run->correct + 1);
  run->probabilities = run->sample_loss + count;
  run->logits = logits ? run->probabilities + count * classes : NULL;
  run->predicted = (uint8_t *)(run->probabilities + count * (classes + logits));
  return check.error;
}

// Samples [from, from + count) of the evaluation.
static cudaError_t evaluate_slice(InkNet *net, const InkEvaluation *work, const Run &run,
                                  size_t from, size_t count) {
  const uint32_t *samples = work->samples ? work->samples + from : NULL;
  uint32_t *chosen = samples ? (uint32_t *)net->looks.arguments.data : NULL;
  size_t classes = net->shape.classes, row = classes * sizeof(float);
  const Result results[] = {
      {work->correct, run.correct, sizeof *run.correct},
      {work->loss ? work->loss + from : NULL, run.sample_loss, count * sizeof(float)},
      {work->probabilities ? work->probabilities + from * classes : NULL, run.probabilities,
       count * row},
      {work->logits ? work->logits + from * classes : NULL, run.logits, count * row},
      {work->predicted ? work->predicted + from : NULL, run.predicted, count}};
  uint8_t *staging;
  Check check;

  if (!check(ink_cuda_begin(net, samples ? count * sizeof *samples : 0, &staging)))
    return check.error;
  if (samples) {
    memcpy(staging, samples, count * sizeof *samples);
    check(cudaMemcpyAsync(chosen, staging, count * sizeof *samples, cudaMemcpyDefault,
                          net->looks.stream));
  }
  check(ink_cuda_time(net, &net->looks, work->device_seconds)) &&
      check(FOR_SHAPE(net, launch_evaluation, net, run, chosen, (uint32_t)(work->first + from),
                      (int)count)) &&
      check(ink_cuda_end(net, &net->looks, results));
  return check.error;
}

InkStatus ink_cuda_evaluate(InkNet *net, const InkEvaluation *work) {
  Split *split = valid_split(net, work->split);
  size_t slice = work->count < EVALUATION ? work->count : (size_t)EVALUATION;
  Run run;
  Check check;

  if (work->correct)
    *work->correct = 0;
  if (!split ||
      (work->samples ? !indices_are_valid(work->samples, work->count, split->count)
                     : work->first > split->count || work->count > split->count - work->first))
    return INK_BAD_ARGUMENT;
  run = start_run(net, net->copy.data, split->images.data, split->labels.data);
  if (!check(cudaSetDevice(net->device)) || !check(ink_cuda_look(net)) ||
      !check(place_evaluation(net, work, slice, &run)) ||
      !check(cudaMemsetAsync(run.correct, 0, sizeof *run.correct, net->looks.stream)))
    return check.status();

  for (size_t from = 0; from < work->count && check.error == cudaSuccess; from += slice)
    check(evaluate_slice(net, work, run, from,
                         work->count - from < slice ? work->count - from : slice));
  return check.status();
}

InkStatus ink_cuda_infer(InkNet *net, const uint8_t *image, const InkTaps *taps) {
  const size_t conv1 = 16 * 28 * 28, pool1 = 16 * 14 * 14, conv2 = 32 * 14 * 14;
  const size_t pool2 = INK_FEATURES, classes = net->shape.classes;
  uint8_t *staging;
  Run run;
  Check check;

  check(cudaSetDevice(net->device)) && check(ink_cuda_look(net)) &&
      check(net->looks.arguments.reserve(INK_PIXELS)) &&
      check(net->looks.told.reserve((1 + 2 * classes + conv1 + pool1 + conv2 + pool2) *
                                    sizeof(float))) &&
      check(ink_cuda_begin(net, INK_PIXELS, &staging));
  if (check.error != cudaSuccess)
    return check.status();
  memcpy(staging, image, INK_PIXELS);

  run = start_run(net, net->copy.data, net->looks.arguments.data, NULL);
  run.sample_loss = (float *)net->looks.told.data;
  run.logits = run.sample_loss + 1;
  run.probabilities = run.logits + classes;
  run.conv1_map = run.probabilities + classes;
  run.pool1_map = run.conv1_map + conv1;
  run.conv2_map = run.pool1_map + pool1;
  run.pool2_map = run.conv2_map + conv2;
  const Result results[] = {{taps->logits, run.logits, classes * sizeof(float)},
                            {taps->probabilities, run.probabilities, classes * sizeof(float)},
                            {taps->conv1, run.conv1_map, conv1 * sizeof(float)},
                            {taps->pool1, run.pool1_map, pool1 * sizeof(float)},
                            {taps->conv2, run.conv2_map, conv2 * sizeof(float)},
                            {taps->pool2, run.pool2_map, pool2 * sizeof(float)}};
  check(cudaMemcpyAsync(net->looks.arguments.data, staging, INK_PIXELS, cudaMemcpyDefault,
                        net->looks.stream)) &&
      check(FOR_SHAPE(net, launch_evaluation, net, run, (const uint32_t *)NULL, 0u, 1)) &&
      check(ink_cuda_end(net, &net->looks, results)) && check(ink_cuda_finish(net, 0));
  return check.status();
}
