// cuda: the backend table of the NVIDIA module, and a network's life on a device.
#include "kernels/cuda/net.cuh"
#include "kernels/text.h"

#include <atomic>
#include <new>
#include <stdio.h>
#include <string.h>

static std::atomic<int> open_nets;

static size_t taps(const InkShape *shape) {
  return (size_t)shape->kernel * shape->kernel;
}

static size_t packed(const InkShape *shape) {
  return (16 + 2 * 32 * 16) * taps(shape);
}

// Floats of what the network has learnt.
static size_t state_size(const InkShape *shape) {
  return packed(shape) + 3 * ink_shape_parameters(shape);
}

void ink_cuda_place_state(const InkShape *shape, float *state, ink::Run *run) {
  size_t count = ink_shape_parameters(shape);

  run->conv1_taps = state;
  run->conv2_forward = run->conv1_taps + 16 * taps(shape);
  run->conv2_backward = run->conv2_forward + 32 * 16 * taps(shape);
  run->parameters = state + packed(shape);
  run->m = run->parameters + count;
  run->v = run->m + count;
}

int ink_cuda_open_nets(void) {
  return open_nets;
}

static void close_lane(ink::Lane *lane) {
  lane->arguments.release();
  lane->told.release();
  if (lane->reached)
    cudaEventDestroy(lane->reached);
  if (lane->stream)
    cudaStreamDestroy(lane->stream);
}

static void close_net(InkNet *net) {
  bool lost;

  if (!net)
    return;
  lost = cudaSetDevice(net->device) != cudaSuccess;
  for (ink::Lane *lane : {&net->steps, &net->looks})
    if (lane->stream && cudaStreamSynchronize(lane->stream) != cudaSuccess)
      lost = true;
  if (net->graph)
    cudaGraphExecDestroy(net->graph);
  for (ink::Split &split : net->splits) {
    split.images.release();
    split.labels.release();
  }
  for (ink::Array<float> *array :
       {&net->state, &net->copy, &net->partial, &net->features, &net->dlogits})
    array->release();
  net->counter.release();
  net->staging.release();
  for (ink::Call &call : net->calls) {
    call.staging.release();
    call.results.release();
    for (cudaEvent_t event : {call.done, call.begun, call.computed})
      if (event)
        cudaEventDestroy(event);
  }
  for (ink::Lane *lane : {&net->steps, &net->looks})
    close_lane(lane);
  // After a failure the driver refuses everything: only what is set up anew may work again.
  if (--open_nets == 0 && lost)
    cudaDeviceReset();
  delete net;
}

// Bytes of arguments or results that are there from the beginning: pinning memory takes long.
enum { USUAL_CALL = 512 << 10 };

// Everything whose size the shape decides.
static cudaError_t reserve(InkNet *net) {
  size_t state = state_size(&net->shape);
  ink::Check check;

  for (ink::Lane *lane : {&net->steps, &net->looks})
    check(cudaStreamCreateWithFlags(&lane->stream, cudaStreamNonBlocking)) &&
        check(cudaEventCreateWithFlags(&lane->reached, cudaEventDisableTiming));
  if (check.error != cudaSuccess)
    return check.error;
  check(net->state.reserve(state)) && check(net->copy.reserve(state)) &&
      check(net->staging.reserve(state)) && check(net->counter.reserve(2));
  for (ink::Call &call : net->calls)
    check(cudaEventCreateWithFlags(&call.done, cudaEventDisableTiming)) &&
        check(cudaEventCreate(&call.begun)) && check(cudaEventCreate(&call.computed)) &&
        check(call.staging.reserve(USUAL_CALL)) && check(call.results.reserve(USUAL_CALL));
  return check.error;
}

static InkStatus open_net(const InkNetOptions *options, InkNet **out, char message[INK_MESSAGE]) {
  size_t free_memory = 0;
  int cooperative = 0;
  InkNet *net;
  ink::Check check;

  *out = NULL;
  message[0] = '\0';
  if (!ink_shape_is_valid(&options->shape)) {
    snprintf(message, INK_MESSAGE, _("This shape of network does not exist."));
    return INK_BAD_ARGUMENT;
  }
  net = new (std::nothrow) InkNet();
  if (!net) {
    ink_cuda_explain(cudaErrorMemoryAllocation, 0, message);
    return INK_NO_MEMORY;
  }
  open_nets++;
  net->shape = options->shape;
  net->device = options->device;
  net->queued = options->queued;
  check(ink_cuda_probe(net->device, &free_memory)) &&
      check(cudaDeviceGetAttribute(&net->multiprocessors, cudaDevAttrMultiProcessorCount,
                                   net->device)) &&
      check(cudaDeviceGetAttribute(&cooperative, cudaDevAttrCooperativeLaunch, net->device)) &&
      check(reserve(net));
  if (check.error != cudaSuccess) {
    ink_cuda_explain(check.error, free_memory, message);
    cudaGetLastError();
    close_net(net);
    return check.error == cudaErrorMemoryAllocation ? INK_NO_MEMORY : INK_NO_DEVICE;
  }
  net->cooperative = cooperative;
  *out = net;
  return INK_OK;
}

// The convolutions' weights in the orders of layout.cuh, from PyTorch's.
static void pack(const InkShape *shape, const float *parameters, const ink::Run *to) {
  const float *conv1 = parameters + ink_shape_tensor_offset(shape, INK_CONV1_WEIGHT);
  const float *conv2 = parameters + ink_shape_tensor_offset(shape, INK_CONV2_WEIGHT);
  size_t n = taps(shape);

  for (size_t out = 0; out < 16; out++)
    for (size_t t = 0; t < n; t++)
      to->conv1_taps[t * 16 + out] = conv1[out * n + t];
  for (size_t out = 0; out < 32; out++)
    for (size_t in = 0; in < 16; in++)
      for (size_t t = 0; t < n; t++) {
        float w = conv2[(out * 16 + in) * n + t];

        to->conv2_forward[(in * n + t) * 32 + out] = w;
        to->conv2_backward[shape->kernel == 3 ? ink::place_backward<3>(out, in, t)
                                              : ink::place_backward<5>(out, in, t)] = w;
      }
}

static InkStatus put(InkNet *net, const float *parameters, const float *m, const float *v,
                     int64_t updates) {
  size_t bytes = ink_shape_parameters(&net->shape) * sizeof(float);
  ink::Run staged = {};
  ink::Check check;

  if (!m != !v)
    return INK_BAD_ARGUMENT;
  if (!check(cudaSetDevice(net->device)) || !check(ink_cuda_finish(net, 0)))
    return check.status();
  ink_cuda_place_state(&net->shape, net->staging.data, &staged);
  pack(&net->shape, parameters, &staged);
  memcpy(staged.parameters, parameters, bytes);
  if (m) {
    memcpy(staged.m, m, bytes);
    memcpy(staged.v, v, bytes);
  } else {
    memset(staged.m, 0, 2 * bytes);
  }
  check(cudaMemcpyAsync(net->state.data, net->staging.data, state_size(&net->shape) * sizeof(float),
                        cudaMemcpyDefault, net->steps.stream)) &&
      check(cudaStreamSynchronize(net->steps.stream));
  net->copied = false;
  net->updates = m ? updates : 0;
  return check.status();
}

cudaError_t ink_cuda_wait_for(const ink::Lane *lane, const ink::Lane *other) {
  ink::Check check;

  check(cudaEventRecord(other->reached, other->stream)) &&
      check(cudaStreamWaitEvent(lane->stream, other->reached, 0));
  return check.error;
}

cudaError_t ink_cuda_look(InkNet *net) {
  ink::Check check;

  if (net->copied)
    return cudaSuccess;
  check(ink_cuda_wait_for(&net->steps, &net->looks)) &&
      check(cudaMemcpyAsync(net->copy.data, net->state.data,
                            state_size(&net->shape) * sizeof(float), cudaMemcpyDefault,
                            net->steps.stream)) &&
      check(ink_cuda_wait_for(&net->looks, &net->steps));
  net->copied = check.error == cudaSuccess;
  return check.error;
}

static InkStatus get(InkNet *net, float *parameters, float *m, float *v, int64_t *updates) {
  size_t bytes = ink_shape_parameters(&net->shape) * sizeof(float);
  ink::Run run = {};
  uint8_t *unused;
  ink::Check check;

  ink_cuda_place_state(&net->shape, net->copy.data, &run);
  const ink::Result results[] = {
      {parameters, run.parameters, bytes}, {m, run.m, bytes}, {v, run.v, bytes}};

  check(cudaSetDevice(net->device)) && check(ink_cuda_look(net)) &&
      check(ink_cuda_begin(net, 0, &unused)) && check(ink_cuda_end(net, &net->looks, results));
  if (updates)
    *updates = net->updates;
  return check.status();
}

static InkStatus load(InkNet *net, InkSplit which, const uint8_t *images, const uint8_t *labels,
                      size_t count) {
  ink::Split *split;
  ink::Check check;

  if (which >= INK_SPLITS || count == 0)
    return INK_BAD_ARGUMENT;
  for (size_t i = 0; i < count; i++)
    if (labels[i] >= net->shape.classes)
      return INK_BAD_ARGUMENT;
  split = &net->splits[which];
  split->count = 0;
  check(cudaSetDevice(net->device)) && check(ink_cuda_finish(net, 0)) &&
      check(split->images.reserve(count * INK_PIXELS)) && check(split->labels.reserve(count)) &&
      check(cudaMemcpyAsync(split->images.data, images, count * INK_PIXELS, cudaMemcpyDefault,
                            net->steps.stream)) &&
      check(cudaMemcpyAsync(split->labels.data, labels, count, cudaMemcpyDefault,
                            net->steps.stream)) &&
      check(cudaStreamSynchronize(net->steps.stream));
  if (check.error == cudaSuccess)
    split->count = count;
  return check.status();
}

static InkStatus wait(InkNet *net, size_t pending) {
  ink::Check check;

  check(cudaSetDevice(net->device)) && check(ink_cuda_finish(net, pending));
  return check.status();
}

// What the program looks for in the module.
extern "C" const InkBackend *ink_backend_module(void) {
  static const InkBackend backend = {
      INK_BACKEND_ABI,
      "cuda",
      ink_cuda_devices,
      open_net,
      close_net,
      put,
      get,
      load,
      ink_cuda_train,
      ink_cuda_evaluate,
      ink_cuda_infer,
      wait,
  };

  return &backend;
}
