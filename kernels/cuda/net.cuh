// net: a network opened on a device, and the memory it works in.
#pragma once

#include "kernels/backend.h"
#include "kernels/cuda/layout.cuh"

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

// A data split on the device, and its labels on the host to count what is right.
struct Split {
  Array<uint8_t> images; // (count, 28, 28)
  Array<uint8_t> labels; // (count)
  uint8_t *host_labels = NULL;
  size_t count = 0;
};

// Results on the device, and the caller's array that they are for; NULL: they are not wanted.
struct Result {
  void *to;
  const void *from;
  size_t bytes;
};

} // namespace ink

struct InkNet {
  InkShape shape;
  int device;
  int multiprocessors;
  bool cooperative;
  cudaStream_t stream;
  int64_t updates;

  ink::Array<float> parameters, m, v, conv1_taps, conv2_forward, conv2_backward;
  ink::Split splits[INK_SPLITS];

  // a run of steps, or an evaluation
  ink::Array<uint32_t> order;
  ink::Array<float> schedule; // (2, steps) step sizes, then root scales
  ink::Array<float> loss, partial, features, dlogits;
  ink::Array<float> sample_loss, probability, probabilities, logits;
  ink::Array<uint8_t> predicted, image;
  ink::Array<float> maps;  // the feature maps of one image
  ink::Array<int> counter; // (2) see step_samples()
  ink::PinnedArray<uint8_t> staging, results;

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

// Waits for what has been launched, and hands its results out.
cudaError_t ink_cuda_download(InkNet *net, const ink::Result *results, int count);
template <int N> cudaError_t ink_cuda_download(InkNet *net, const ink::Result (&results)[N]) {
  return ink_cuda_download(net, results, N);
}

// How many networks are open.
int ink_cuda_open_nets(void);

// The run's pointers that belong to the network rather than to the work at hand.
ink::Run ink_cuda_run(InkNet *net);
