"""Modules that cannot be handled as torch's own can, or hardly."""

import threading

import torch
from torch import nn

from tests.support.zoo.data import CLASSES, FEATURES

_WIDTH = 16


class _Plain(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(FEATURES, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.layer(x)
        return logits


class _Locked(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(FEATURES, CLASSES)
        self.lock = threading.Lock()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        with self.lock:
            logits: torch.Tensor = self.layer(x)
        return logits


class _Writing(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(FEATURES, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.layer(x.mul_(0.5).sub_(0.1))
        return logits


class _Hooked(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(FEATURES, _WIDTH), nn.Linear(_WIDTH, CLASSES)
        self.scale = nn.Parameter(torch.ones(_WIDTH))
        self.first.register_forward_hook(self._scaled)

    def _scaled(self, module: nn.Module, given: object, result: torch.Tensor) -> torch.Tensor:
        return torch.relu(result) * self.scale

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.last(self.first(x))
        return logits


class _Forgetful(_Plain):
    def train(self, mode: bool = True) -> None:  # type: ignore[override]
        super().train(mode)


class _Detached(_Plain):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            return super().forward(x)


class _Choosing(_Plain):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        chosen = super().forward(x).argmax(1)
        return nn.functional.one_hot(chosen, CLASSES)


class _Expanded(_Plain):
    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1).expand(CLASSES))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x) * self.scale


class _Fixed(_Plain):
    """A batch norm that always goes by its running statistics, as one fine-tunes it."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(FEATURES)

    def train(self, mode: bool = True) -> "_Fixed":
        super().train(mode)
        self.norm.eval()
        return self

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(self.norm(x))


def cannot_be_copied() -> nn.Module:
    """It holds a lock, which `copy.deepcopy` does not take."""
    return _Locked()


def writes_its_input() -> nn.Module:
    """Its forward pass changes the samples in place."""
    return _Writing()


def hook_of_its_own() -> nn.Module:
    """A hook, bound to the module, does part of the forward pass."""
    return _Hooked()


def compiled_by_torchscript() -> nn.Module:
    """A module that is a program of its own."""
    scripted: nn.Module = torch.jit.script(nn.Sequential(nn.Linear(FEATURES, CLASSES), nn.ReLU()))
    return scripted


def partly_compiled_by_torchscript() -> nn.Module:
    """A layer that is a program of its own."""
    layer: nn.Module = torch.jit.script(nn.Linear(FEATURES, CLASSES))
    return nn.Sequential(nn.Identity(), layer)


def compiled_by_torch_compile() -> nn.Module:
    """A module around a module, of other names; nothing is compiled, only traced."""
    model: nn.Module = torch.compile(_Plain(), backend="eager")  # type: ignore[assignment]
    return model


def data_parallel() -> nn.Module:
    """A module that shares its samples among devices."""
    return nn.DataParallel(_Plain())


def mode_that_forgets_itself() -> nn.Module:
    """Its `train` does not return it."""
    return _Forgetful()


def batch_norm_that_is_never_trained() -> nn.Module:
    """Its `train` keeps a part in evaluation mode."""
    return _Fixed()


def logits_without_a_gradient() -> nn.Module:
    """A forward pass under `torch.no_grad`."""
    return _Detached()


def logits_that_are_whole_numbers() -> nn.Module:
    """It gives its choice and not what the choice goes by."""
    return _Choosing()


def parameter_that_overlaps_itself() -> nn.Module:
    """Three numbers in the place of one."""
    return _Expanded()
