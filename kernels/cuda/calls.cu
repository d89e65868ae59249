// calls: what crosses between host and device. The arguments and results of a call lie in pinned
// memory of its own until they have been read, so that the next can be queued meanwhile.
#include "kernels/cuda/net.cuh"

#include <string.h>

using namespace ink;

// Waits for the oldest call, and hands its results out.
static cudaError_t finish_oldest(InkNet *net) {
  const Call *call = &net->calls[net->finished % CALLS];
  const uint8_t *from = call->results.data;
  cudaError_t error = cudaEventSynchronize(call->done);

  if (error != cudaSuccess)
    return error;
  if (call->seconds) {
    float milliseconds = 0;

    error = cudaEventElapsedTime(&milliseconds, call->begun, call->computed);
    if (error != cudaSuccess)
      return error;
    *call->seconds += milliseconds * 1e-3;
  }
  for (int i = 0; i < call->count; i++) {
    memcpy(call->outputs[i].to, from, call->outputs[i].bytes);
    from += call->outputs[i].bytes;
  }
  net->finished++;
  return cudaSuccess;
}

cudaError_t ink_cuda_finish(InkNet *net, size_t pending) {
  cudaError_t error = cudaSuccess;

  while (net->begun - net->finished > pending && error == cudaSuccess)
    error = finish_oldest(net);
  return error;
}

cudaError_t ink_cuda_begin(InkNet *net, size_t arguments, uint8_t **staging) {
  Call *call = &net->calls[net->begun % CALLS];
  Check check;

  check(ink_cuda_finish(net, CALLS - 1)) && check(call->staging.reserve(arguments));
  *staging = call->staging.data;
  call->seconds = NULL;
  return check.error;
}

cudaError_t ink_cuda_time(InkNet *net, Lane *lane, double *seconds) {
  Call *call = &net->calls[net->begun % CALLS];

  call->seconds = seconds;
  return seconds ? cudaEventRecord(call->begun, lane->stream) : cudaSuccess;
}

// Results that lie one after the other on the device cross in one copy.
static cudaError_t copy_results(const Lane *lane, const Call *call) {
  uint8_t *to = call->results.data;
  Check check;

  for (int i = 0, next; i < call->count && check.error == cudaSuccess; i = next) {
    const uint8_t *from = (const uint8_t *)call->outputs[i].from;
    size_t bytes = 0;

    for (next = i; next < call->count && call->outputs[next].from == from + bytes; next++)
      bytes += call->outputs[next].bytes;
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, lane->stream));
    to += bytes;
  }
  return check.error;
}

cudaError_t ink_cuda_end(InkNet *net, Lane *lane, const Result *results, int count) {
  Call *call = &net->calls[net->begun % CALLS];
  size_t total = 0;
  Check check;

  call->count = 0;
  for (int i = 0; i < count; i++)
    if (results[i].to) {
      call->outputs[call->count++] = results[i];
      total += results[i].bytes;
    }
  check(call->seconds ? cudaEventRecord(call->computed, lane->stream) : cudaSuccess) &&
      check(call->results.reserve(total)) && check(copy_results(lane, call)) &&
      check(cudaEventRecord(call->done, lane->stream));
  if (check.error != cudaSuccess)
    return check.error;
  net->begun++;
  return net->queued ? cudaSuccess : ink_cuda_finish(net, 0);
}
