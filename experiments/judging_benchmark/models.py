"""Two models beyond the paper's: a conv net and one with attention, as tutorials have them."""

import torch
from torch import nn

_SIDE, _CLASSES = 28, 10


def conv_net() -> nn.Module:
    """Two convolutions with pooling and three linear layers (LeNet-5, LeCun et al. 1998).

    PyTorch's and Flower's first examples train this net.
    """
    return nn.Sequential(
        nn.Unflatten(1, (1, _SIDE)),
        nn.Conv2d(1, 6, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(256, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, _CLASSES),
    )


class Attention(nn.Module):
    """A vision transformer of one block (Dosovitskiy et al. 2021).

    Args:
        patch: side of the patches that the image is cut into, in pixels.
        width: of the tokens.
        heads: of the attention.
    """

    def __init__(self, patch: int = 7, width: int = 32, heads: int = 4) -> None:
        super().__init__()
        self.patch = patch
        self.embed = nn.Linear(patch * patch, width)
        self.position = nn.Parameter(0.02 * torch.randn(1, (_SIDE // patch) ** 2, width))
        self.before = nn.LayerNorm(width)
        self.attend = nn.MultiheadAttention(width, heads, batch_first=True)
        self.between = nn.LayerNorm(width)
        self.think = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )
        self.after = nn.LayerNorm(width)
        self.head = nn.Linear(width, _CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits, (n, 10), of images, (n, 28, 28)."""
        across = _SIDE // self.patch
        cut = x.view(-1, across, self.patch, across, self.patch).transpose(2, 3)
        tokens = self.embed(cut.reshape(len(x), across * across, -1)) + self.position
        looked = self.before(tokens)
        tokens = tokens + self.attend(looked, looked, looked, need_weights=False)[0]
        tokens = tokens + self.think(self.between(tokens))
        logits: torch.Tensor = self.head(self.after(tokens.mean(dim=1)))
        return logits


def attention() -> nn.Module:
    """The small vision transformer of the benchmark."""
    return Attention()
