// net: a network opened on a device, and the memory it works in.
#pragma once

#include "kernels/backend.h"
#include "kernels/cuda/launch.cuh"

namespace ink {

// The first failure in a chain of calls, as a status: `Check c; c(cudaA()); c(cudaB());` — once one
// has failed, the rest is for the caller to skip.
struct Check {
  cudaError_t error = cudaSuccess;

  bool operator()(cudaError_t result) {
    if (error == cudaSuccess)
      error = result;
    return error == cudaSuccess;
  }
  InkStatus status() const {
    return error == cudaSuccess                 ? INK_OK
           : error == cudaErrorMemoryAllocation ? INK_NO_MEMORY
                                                : INK_DEVICE_LOST;
  }
};

// An array that grows when more is asked for and is never shrunk.
template <class T, cudaError_t (*ALLOCATE)(void **, size_t), cudaError_t (*FREE)(void *)>
struct GrowingArray {
  T *data = NULL;
  size_t capacity = 0;

  cudaError_t reserve(size_t count) {
    if (count <= capacity)
      return cudaSuccess;
    release();
    cudaError_t error = ALLOCATE((void **)&data, count * sizeof(T));
    if (error == cudaSuccess)
      capacity = count;
    else
      data = NULL;
    return error;
  }
  void release() {
    FREE(data);
    data = NULL;
    capacity = 0;
  }
};

// On the device, and in pinned host memory, through which what is trained and what comes of it
// crosses.
template <class T> using Array = GrowingArray<T, cudaMalloc, cudaFree>;
template <class T> using PinnedArray = GrowingArray<T, cudaMallocHost, cudaFreeHost>;

// A data split on the device.
struct Split {
  Array<uint8_t> images; // (count, 28, 28)
  Array<uint8_t> labels; // (count)
  size_t count = 0;
};

// Calls whose work is done one after the other, and room on the device for what they are given and
// what they tell, each in one piece so that it crosses in one copy.
struct Lane {
  cudaStream_t stream;
  cudaEvent_t reached; // by it, when the other last waited for it
  Array<uint8_t> arguments, told;
};

// Results on the device, and the caller's array that they are for; NULL: they are not wanted.
struct Result {
  void *to;
  const void *from;
  size_t bytes;
};

// A call that may be under way while the next is prepared: see calls.cu.
enum { CALLS = 4, MOST_RESULTS = 6 };
struct Call {
  PinnedArray<uint8_t> staging, results;
  cudaEvent_t done;
  double *seconds; // what its kernels take, from begun to computed, is added; NULL: nobody asks
  cudaEvent_t begun, computed;
  Result outputs[MOST_RESULTS];
  int count;
};

} // namespace ink

struct InkNet {
  InkShape shape;
  int device;
  int multiprocessors;
  bool cooperative, queued;
  int64_t updates;

  // Steps are made in one lane. All that looks at the network is in the other, if there is room
  // beside the steps that follow it, and sees the state as it was: a copy.
  ink::Lane steps, looks;
  bool copied;            // the copy is of the newest state
  ink::Occupied occupied; // by the last run of steps

  ink::Array<float> state, copy;   // see ink_cuda_place_state()
  ink::PinnedArray<float> staging; // the same, for put()
  ink::Split splits[INK_SPLITS];

  ink::Array<float> partial, features, dlogits;
  ink::Array<int> counter; // (2) see step_samples()

  ink::Call calls[ink::CALLS]; // in turn
  size_t begun, finished;      // how many, ever

  // without cooperative launch: the graph, and the run that it was made for
  cudaGraphExec_t graph;
  ink::Run graph_run;
};

// The parts of the table.
size_t ink_cuda_devices(InkDevice *devices, size_t capacity);
InkStatus ink_cuda_train(InkNet *net, const InkTrainRun *run);
InkStatus ink_cuda_evaluate(InkNet *net, const InkEvaluation *evaluation);
InkStatus ink_cuda_infer(InkNet *net, const uint8_t *image, const InkTaps *taps);

// Makes the device current and says how much of its memory is free; fails where that is too little.
cudaError_t ink_cuda_probe(int device, size_t *free_memory);
// Why a probe, or what follows it, failed: one sentence.
void ink_cuda_explain(cudaError_t error, size_t free_memory, char message[INK_MESSAGE]);

// What is queued in a lane from here on waits for all that is queued in the other.
cudaError_t ink_cuda_wait_for(const ink::Lane *lane, const ink::Lane *other);

// Before a call that looks at the network: what is queued among the looks from here on finds the
// state in the copy as the steps so far leave it.
cudaError_t ink_cuda_look(InkNet *net);

// A call begins with pinned memory for its arguments, and ends when all is launched that leads to
// its results. They are handed out by ink_cuda_finish(), which waits for all calls but the last
// pending; at once, unless the network is queued.
cudaError_t ink_cuda_begin(InkNet *net, size_t arguments, uint8_t **staging);
cudaError_t ink_cuda_end(InkNet *net, ink::Lane *lane, const ink::Result *results, int count);
// Between the two: all that is launched from here on is timed, unless seconds is NULL.
cudaError_t ink_cuda_time(InkNet *net, ink::Lane *lane, double *seconds);
cudaError_t ink_cuda_finish(InkNet *net, size_t pending);
template <int N>
cudaError_t ink_cuda_end(InkNet *net, ink::Lane *lane, const ink::Result (&results)[N]) {
  static_assert(N <= ink::MOST_RESULTS, "a call has room for so many");
  return ink_cuda_end(net, lane, results, N);
}

// How many networks are open.
int ink_cuda_open_nets(void);

// What the network has learnt is one array: the convolutions' weights as the kernels read them, all
// multiples of four floats, then parameters, m and v. Sets a run's pointers into one.
void ink_cuda_place_state(const InkShape *shape, float *state, ink::Run *run);
