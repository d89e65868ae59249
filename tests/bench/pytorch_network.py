"""The network that Inkling trains, in PyTorch."""

from torch import nn


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
