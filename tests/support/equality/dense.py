"""Fully connected models, as users write them."""

import torch
from torch import nn
from torch.nn import functional


def logistic(inputs: int = 20, outputs: int = 5) -> nn.Module:
    """No hidden layer at all."""
    return nn.Sequential(nn.Flatten(), nn.Linear(inputs, outputs))


def deep(inputs: int = 48, width: int = 40, layers: int = 16, outputs: int = 10) -> nn.Module:
    """Many layers, each of which passes on the rounding of those before."""
    blocks: list[nn.Module] = []
    for index in range(layers - 1):
        blocks += [nn.Linear(inputs if index == 0 else width, width), nn.ReLU()]
    return nn.Sequential(*blocks, nn.Linear(width, outputs))


def wide(inputs: int = 64, hidden: int = 2048, outputs: int = 10) -> nn.Module:
    """One layer so wide that sums over it are long."""
    return nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, outputs))


class Smooth(nn.Module):
    """One activation after the other, none of which is piecewise linear."""

    def __init__(self, inputs: int = 32, width: int = 24, outputs: int = 6) -> None:
        super().__init__()
        self.entry = nn.Linear(inputs, width)
        self.activations = nn.ModuleList(
            [nn.Tanh(), nn.Sigmoid(), nn.SiLU(), nn.ELU(), nn.Softplus(), nn.Mish(), nn.GELU()]
        )
        self.layers = nn.ModuleList([nn.Linear(width, width) for _ in self.activations])
        self.head = nn.Linear(width, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.entry(x)
        for layer, activation in zip(self.layers, self.activations, strict=True):
            x = layer(activation(x)) + 0.5 * x
        logits: torch.Tensor = self.head(torch.tanh(x))
        return logits


class Probabilities(nn.Module):
    """Ends with log-softmax, as for `nll_loss`, and gates its units with a softmax."""

    def __init__(self, inputs: int = 40, width: int = 32, outputs: int = 8) -> None:
        super().__init__()
        self.body = nn.Linear(inputs, width)
        self.gate = nn.Linear(inputs, width)
        self.head = nn.Linear(width, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        gated = functional.leaky_relu(self.body(x)) * functional.softmax(self.gate(x), dim=1)
        return functional.log_softmax(self.head(8 * gated), dim=1)


class Mixer(nn.Module):
    """Layer norm, mixing of patches and of channels, GELU in both of its forms."""

    def __init__(
        self, patches: int = 8, channels: int = 16, blocks: int = 2, outputs: int = 6
    ) -> None:
        super().__init__()
        self.blocks = nn.ModuleList([_MixerBlock(patches, channels) for _ in range(blocks)])
        self.norm = nn.LayerNorm(channels)
        self.head = nn.Linear(channels, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for block in self.blocks:
            x = block(x)
        logits: torch.Tensor = self.head(self.norm(x).mean(dim=1))
        return logits


class _MixerBlock(nn.Module):
    def __init__(self, patches: int, channels: int) -> None:
        super().__init__()
        self.first, self.second = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.patches = nn.Sequential(
            nn.Linear(patches, 2 * patches), nn.GELU(), nn.Linear(2 * patches, patches)
        )
        self.channels = nn.Sequential(
            nn.Linear(channels, 2 * channels),
            nn.GELU(approximate="tanh"),
            nn.Linear(2 * channels, channels),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.patches(self.first(x).transpose(1, 2)).transpose(1, 2)
        mixed: torch.Tensor = x + self.channels(self.second(x))
        return mixed


class Experts(nn.Module):
    """A mixture of experts that sends each sample to the most likely one (Switch Transformer)."""

    def __init__(self, inputs: int = 24, experts: int = 4, outputs: int = 6) -> None:
        super().__init__()
        self.gate = nn.Linear(inputs, experts, bias=False)
        self.experts = nn.ModuleList([nn.Linear(inputs, 16) for _ in range(experts)])
        self.head = nn.Linear(16, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        likely, chosen = functional.softmax(self.gate(x), dim=1).max(dim=1)
        answers = torch.stack([torch.relu(expert(x)) for expert in self.experts], dim=1)
        logits: torch.Tensor = self.head(answers[torch.arange(len(x)), chosen] * likely[:, None])
        return logits
