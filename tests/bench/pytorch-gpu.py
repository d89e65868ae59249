"""Trains Inkling's network with PyTorch on an NVIDIA GPU, for comparison: two epochs with their interim
tests, images resident on the device as floats, losses read at the tests only.

Usage: pytorch-gpu.py MNIST_FOLDER eager|graph|compiled PRESET
Prints a row of bench-gpu's table as far as it goes: the median of 5 runs and the test accuracy."""

import sys
import time

import torch
from torch.nn import functional

from pytorch_network import Network, read
from side_by_side import PRESETS

folder, mode, preset = sys.argv[1:]
kernel, batch = PRESETS[preset]
RUNS, EPOCHS, EVERY = 5, 2, 50

images, labels, tests, test_labels = (
    read(folder, name, header).cuda() for name, header in [
        ("train-images-idx3-ubyte", 16), ("train-labels-idx1-ubyte", 8),
        ("t10k-images-idx3-ubyte", 16), ("t10k-labels-idx1-ubyte", 8)])
images, tests = (x.view(-1, 1, 28, 28).float() / 255 for x in (images, tests))
labels, test_labels = labels.long(), test_labels.long()
chosen_images = torch.zeros(batch, 1, 28, 28, device="cuda")
chosen_labels = torch.zeros(batch, dtype=torch.long, device="cuda")


def make_step(model, optimizer):
    def step():
        loss = functional.cross_entropy(model(chosen_images), chosen_labels)
        optimizer.zero_grad(set_to_none=mode != "graph")
        loss.backward()
        optimizer.step()
        return loss

    if mode == "eager":
        return step
    if mode == "compiled":
        return torch.compile(step, mode="max-autotune")
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def run(model, step):
    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(EPOCHS):
        order = torch.randperm(len(images), device="cuda")
        for index, first in enumerate(range(0, len(images) - batch + 1, batch)):
            torch.index_select(images, 0, order[first:first + batch], out=chosen_images)
            torch.index_select(labels, 0, order[first:first + batch], out=chosen_labels)
            step()
            if index % EVERY == 0:
                with torch.inference_mode():
                    (model(tests[:2000]).argmax(1) == test_labels[:2000]).sum().item()
    torch.cuda.synchronize()
    return time.perf_counter() - start


times = []
for attempt in range(RUNS + 1):
    torch.manual_seed(1)
    model = Network(kernel).cuda()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001, fused=True, capturable=True)
    step = make_step(model, optimizer)
    for _ in range(3):
        step()
    times.append(run(model, step))
with torch.inference_mode():
    right = (model(tests).argmax(1) == test_labels).float().mean().item()
# The first run warms up.
print("| PyTorch %s, %s | %s | %.1f ms | %.2f %% |" % (
    torch.__version__, mode, preset, 1000 * sorted(times[1:])[RUNS // 2], 100 * right), flush=True)
