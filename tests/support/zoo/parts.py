"""Models of which only a part is federated, or parts of which have unusual shapes."""

import torch
from torch import nn

from tests.support.zoo.data import CLASSES, FEATURES

_WIDTH = 16


class Adapted(nn.Module):
    """A frozen layer, and beside it two thin ones that learn (Hu et al. 2022, LoRA)."""

    def __init__(self, rank: int) -> None:
        super().__init__()
        self.backbone = nn.Linear(FEATURES, _WIDTH).requires_grad_(False)
        self.down = nn.Linear(FEATURES, rank, bias=False)
        self.up = nn.Linear(rank, _WIDTH, bias=False)
        nn.init.zeros_(self.up.weight)
        self.head = nn.Linear(_WIDTH, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits of samples (n, 8)."""
        logits: torch.Tensor = self.head(torch.relu(self.backbone(x) + self.up(self.down(x))))
        return logits


def adapters() -> nn.Module:
    """A frozen backbone, which no round has to move."""
    return Adapted(rank=2)


def nothing_to_train() -> nn.Module:
    """A model all of which is frozen."""
    return Adapted(rank=2).requires_grad_(False)


def personal_head() -> nn.Module:
    """Its last layer is each client's own (Arivazhagan et al. 2019, FedPer)."""
    model = nn.Sequential()
    model.add_module("body", nn.Linear(FEATURES, _WIDTH))
    model.add_module("act", nn.ReLU())
    model.add_module("head", nn.Linear(_WIDTH, CLASSES))
    return model


class Scaled(nn.Module):
    """A layer, a temperature and a table that may have no rows.

    Args:
        rows: of the table.
    """

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.layer = nn.Linear(FEATURES, CLASSES)
        self.scale = nn.Parameter(torch.tensor(1.5))
        self.extra = nn.Parameter(torch.zeros(rows, FEATURES))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits of samples (n, 8)."""
        logits: torch.Tensor = self.layer(x + self.extra.sum(0)) * self.scale
        return logits


def parameter_of_no_dimension() -> nn.Module:
    """A parameter that is one number, shape ()."""
    return Scaled(rows=1)


def parameter_without_elements() -> nn.Module:
    """A parameter of shape (0, 8)."""
    return Scaled(rows=0)


def lazy_layers() -> nn.Module:
    """Layers that take their shapes from the first samples."""
    return nn.Sequential(
        nn.LazyLinear(_WIDTH), nn.LazyBatchNorm1d(), nn.ReLU(), nn.LazyLinear(CLASSES)
    )


def head_of_one_class() -> nn.Module:
    """One logit a sample, shape (n, 1), as for a sigmoid."""
    return nn.Linear(FEATURES, 1)


def head_of_no_class() -> nn.Module:
    """One number a sample, shape (n,)."""
    return nn.Sequential(nn.Linear(FEATURES, 1), nn.Flatten(0))


def head_with_spare_classes() -> nn.Module:
    """More logits than the data have classes."""
    return nn.Linear(FEATURES, CLASSES + 2)


class Counting(nn.Module):
    """A layer that counts its batches of training in a buffer of whole numbers."""

    seen: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(FEATURES, CLASSES)
        self.register_buffer("seen", torch.tensor(0))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits of samples (n, 8)."""
        if self.training:
            self.seen += 1
        logits: torch.Tensor = self.layer(x)
        return logits


def counter() -> nn.Module:
    """A buffer that training changes and that is no weight."""
    return Counting()


class _Unfinished(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(FEATURES, _WIDTH)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = torch.relu(self.layer(x))
        if not hasattr(self, "head"):
            self.head = nn.Linear(hidden.shape[1], CLASSES)
        logits: torch.Tensor = self.head(hidden)
        return logits


class _Unused(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer, self.spare = nn.LazyLinear(CLASSES), nn.LazyLinear(CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.layer(x)
        return logits


class _Recording(nn.Module):
    latest: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(FEATURES, CLASSES)
        self.register_buffer("latest", torch.zeros(1, CLASSES))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.layer(x)
        self.latest = logits.detach()
        return logits


def layers_made_in_forward() -> nn.Module:
    """Its last layer is made by its first forward pass."""
    return _Unfinished()


def lazy_layer_that_nothing_uses() -> nn.Module:
    """A layer that never learns its shape."""
    return _Unused()


def buffer_of_a_batchs_size() -> nn.Module:
    """Its buffer has as many rows as the last batch had samples."""
    return _Recording()


class _Losing(nn.Module):
    latest: torch.Tensor | None

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(FEATURES, CLASSES)
        self.register_buffer("latest", torch.zeros(CLASSES))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.latest = None
        logits: torch.Tensor = self.layer(x)
        return logits


def buffer_that_goes() -> nn.Module:
    """Its forward pass takes a buffer away."""
    return _Losing()


def layers_by_chance() -> nn.Module:
    """How wide it is, is drawn."""
    width = int(torch.randint(1, 10**5, ()))
    return nn.Sequential(nn.Linear(FEATURES, width), nn.Linear(width, CLASSES))
