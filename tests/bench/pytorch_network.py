"""The network that Inkling trains, in PyTorch, and MNIST's files, raw or gzipped."""

import gzip
import os

import numpy
import torch
from torch import nn


def read(folder, name, header):
    path = os.path.join(folder, name)
    with open(path, "rb") if os.path.exists(path) else gzip.open(path + ".gz") as file:
        return torch.from_numpy(numpy.frombuffer(file.read(), numpy.uint8, offset=header).copy())


class Network(nn.Module):
    def __init__(self, kernel):
        super().__init__()
        self.layer1 = nn.Sequential(
            nn.Conv2d(1, 16, kernel, padding=kernel // 2), nn.ReLU(), nn.MaxPool2d(2))
        self.layer2 = nn.Sequential(
            nn.Conv2d(16, 32, kernel, padding=kernel // 2), nn.ReLU(), nn.MaxPool2d(2))
        self.output_layer = nn.Linear(1568, 10)

    def forward(self, images):
        return self.output_layer(self.layer2(self.layer1(images)).flatten(1))
