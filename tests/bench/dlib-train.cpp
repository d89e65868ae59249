/* Trains Inkling's network with dlib, on the CPU.
 *
 *   dlib-train MNIST_FOLDER BATCH EPOCHS, built with -DKERNEL=3 or 5
 *
 * Prints one JSON object: seconds (the training loop with its interim tests) and test_accuracy. */
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <dlib/data_io.h>
#include <dlib/dnn.h>
#include <numeric>
#include <random>

using namespace dlib;
using Image = matrix<unsigned char>;

/* Convolutions of stride 1 are padded to the same size, pooling is not. */
template <long CHANNELS, typename BELOW>
using Block = max_pool<2, 2, 2, 2, relu<con<CHANNELS, KERNEL, KERNEL, 1, 1, BELOW>>>;
using Network = loss_multiclass_log<fc<10, Block<32, Block<16, input<Image>>>>>;

static size_t correct(Network &network, const std::vector<Image> &images,
                      const std::vector<unsigned long> &labels) {
  const std::vector<unsigned long> predicted = network(images, 200);
  size_t right = 0;

  for (size_t i = 0; i < images.size(); i++)
    right += predicted[i] == labels[i];
  return right;
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: dlib-train MNIST_FOLDER BATCH EPOCHS\n");
    return 1;
  }
  const size_t batch = strtoul(argv[2], nullptr, 10), epochs = strtoul(argv[3], nullptr, 10);
  std::vector<Image> images, tests, chosen;
  std::vector<unsigned long> labels, test_labels, chosen_labels;
  load_mnist_dataset(argv[1], images, labels, tests, test_labels);
  const std::vector<Image> interim(tests.begin(), tests.begin() + 2000);

  Network network;
  dnn_trainer<Network, adam> trainer(network, adam(0, 0.9, 0.999));
  trainer.set_learning_rate(0.001);
  trainer.set_iterations_without_progress_threshold(1000000); /* the rate stays */
  std::vector<size_t> order(images.size());
  std::iota(order.begin(), order.end(), 0);
  std::mt19937 random(1);

  const auto start = std::chrono::steady_clock::now();
  for (size_t epoch = 0; epoch < epochs; epoch++) {
    std::shuffle(order.begin(), order.end(), random);
    for (size_t first = 0; first < order.size(); first += batch) {
      chosen.clear();
      chosen_labels.clear();
      for (size_t i = first; i < std::min(first + batch, order.size()); i++) {
        chosen.push_back(images[order[i]]);
        chosen_labels.push_back(labels[order[i]]);
      }
      trainer.train_one_step(chosen, chosen_labels);
      if (first / batch % 50 == 0)
        correct(trainer.get_net(force_flush_to_disk::no), interim, test_labels);
    }
  }
  trainer.get_net(force_flush_to_disk::no); /* waits for the last step */
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;

  printf("{\"seconds\": %.3f, \"test_accuracy\": %.4f}\n", seconds.count(),
         (double)correct(network, tests, test_labels) / (double)tests.size());
  return 0;
}
