"""Convolutional models, as users write them."""

import torch
from torch import nn
from torch.nn import functional


def plain(outputs: int = 10) -> nn.Module:
    """The usual first conv net: batch norm, ReLU, max pooling; images of 12 × 12."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1, bias=False),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 9, outputs),
    )


class Grouped(nn.Module):
    """Depthwise, dilated and grouped convolutions with group norm and residuals."""

    def __init__(self, width: int = 16, outputs: int = 6) -> None:
        super().__init__()
        self.entry = nn.Conv2d(3, width, 3, stride=2, padding=1)
        self.depthwise = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.pointwise = nn.Conv2d(width, width, 1)
        self.dilated = nn.Conv2d(width, width, 3, padding=2, dilation=2, groups=4)
        self.norms = nn.ModuleList([nn.GroupNorm(4, width) for _ in range(3)])
        self.head = nn.Linear(width, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.relu6(self.norms[0](self.entry(x)))
        x = x + functional.hardswish(self.norms[1](self.pointwise(self.depthwise(x))))
        x = x + functional.leaky_relu(self.norms[2](self.dilated(x)), 0.1)
        logits: torch.Tensor = self.head(functional.adaptive_avg_pool2d(x, 1).flatten(1))
        return logits


class Signals(nn.Module):
    """One-dimensional: instance norm, a learned rectifier, average pooling."""

    def __init__(self, channels: int = 2, width: int = 12, outputs: int = 5) -> None:
        super().__init__()
        self.first = nn.Conv1d(channels, width, 5, padding="same")
        self.norm = nn.InstanceNorm1d(width, affine=True)
        self.rectifier = nn.PReLU(width)
        self.second = nn.Conv1d(width, width, 3, stride=2)
        self.head = nn.Linear(width, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.avg_pool1d(self.rectifier(self.norm(self.first(x))), 2)
        x = functional.relu(self.second(x))
        logits: torch.Tensor = self.head(x.mean(dim=2))
        return logits


class Autoencoder(nn.Module):
    """Encodes an image, decodes it by transposed convolutions, classifies what it remembers."""

    def __init__(self, outputs: int = 6) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 6, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(6, 8, 3, stride=2, padding=1),
            nn.ReLU(),
        )
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(8, 6, 3, stride=2, padding=1, output_padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(6, 4, 2, stride=2, groups=2),
            nn.Sigmoid(),
        )
        self.head = nn.Linear(4 * 8 * 8, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        decoded = self.decoder(self.encoder(x))
        logits: torch.Tensor = self.head((decoded - x).flatten(1))
        return logits


class Volumes(nn.Module):
    """Three-dimensional: convolution, batch norm, pooling, transposed convolution."""

    def __init__(self, outputs: int = 4) -> None:
        super().__init__()
        self.convolution = nn.Conv3d(1, 6, 3, padding=1)
        self.norm = nn.BatchNorm3d(6)
        self.transposed = nn.ConvTranspose3d(6, 4, 2, stride=2)
        self.head = nn.Linear(4, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.max_pool3d(functional.elu(self.norm(self.convolution(x))), 2)
        logits: torch.Tensor = self.head(functional.silu(self.transposed(x)).mean(dim=(2, 3, 4)))
        return logits
