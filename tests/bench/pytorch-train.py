"""Trains Inkling's network with PyTorch, tuned: images as float tensors in memory from the start,
one gather a batch, nothing printed while it runs.

Usage: pytorch-train.py MNIST_FOLDER KERNEL BATCH contiguous|channels_last THREADS EPOCHS
Prints one JSON object: seconds (the training loop with its interim tests) and test_accuracy."""

import json
import sys
import time

import torch
from torch.nn import functional

from pytorch_network import Network, read


def correct(model, images, labels, size=1000):
    with torch.inference_mode():
        return sum((model(images[i:i + size]).argmax(1) == labels[i:i + size]).sum().item()
                   for i in range(0, len(images), size))


def main():
    folder, kernel, batch, layout, threads, epochs = sys.argv[1:]
    kernel, batch, epochs = int(kernel), int(batch), int(epochs)
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    layout = torch.channels_last if layout == "channels_last" else torch.contiguous_format
    images, labels, tests, test_labels = (
        read(folder, name, header) for name, header in [
            ("train-images-idx3-ubyte", 16), ("train-labels-idx1-ubyte", 8),
            ("t10k-images-idx3-ubyte", 16), ("t10k-labels-idx1-ubyte", 8)])
    images, tests = (
        (x.view(-1, 1, 28, 28).float() / 255).to(memory_format=layout) for x in (images, tests))
    labels, test_labels = labels.long(), test_labels.long()
    model = Network(kernel).to(memory_format=layout)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001, fused=True)

    start = time.perf_counter()
    for _ in range(epochs):
        order = torch.randperm(len(images))
        for step, first in enumerate(range(0, len(images), batch)):
            chosen = order[first:first + batch]
            loss = functional.cross_entropy(
                model(images[chosen].contiguous(memory_format=layout)), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if step % 50 == 0:
                correct(model, tests[:2000], test_labels[:2000])
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "torch": torch.__version__,
                      "test_accuracy": correct(model, tests, test_labels) / len(tests)}))


main()
