"""Models and samples for the reference evaluation, and what plain float64 makes of them."""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from fedjury.data import Samples
from fedjury.oracle.evaluation.reference.evaluation import reference_logits
from fedjury.protocol.tensors import Tensors
from fedjury.task.state import weights_of

Forward = Callable[[torch.Tensor], torch.Tensor]


class Applied(nn.Module):
    """A module that applies a function to its input."""

    def __init__(self, forward: Forward) -> None:
        super().__init__()
        self.apply_ = forward

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.apply_(x)


class First(nn.Module):
    """The first of what another module gives."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first: torch.Tensor = self.module(x)[0]
        return first


@dataclass(frozen=True)
class Case:
    """A model in evaluation mode with weights and samples.

    Attributes:
        model: the module.
        weights: float32; not the module's own.
        x: samples.
    """

    model: nn.Module
    weights: Tensors
    x: torch.Tensor

    def reference(self) -> torch.Tensor:
        """The reference's logits."""
        return reference_logits(self.model, self.weights, self.x)

    def plain(self) -> torch.Tensor:
        """The logits of torch's float64 kernels."""
        double = copy.deepcopy(self.model)
        double.load_state_dict(self.weights, strict=False)
        default, fast = torch.get_default_dtype(), torch.backends.mha.get_fastpath_enabled()
        try:
            torch.set_default_dtype(torch.float64)
            torch.backends.mha.set_fastpath_enabled(False)
            x = self.x.double() if self.x.is_floating_point() else self.x
            with torch.no_grad():
                logits: torch.Tensor = double.double()(x)
        finally:
            torch.set_default_dtype(default)
            torch.backends.mha.set_fastpath_enabled(fast)
        return logits.double()


def case_of(model: nn.Module, x: torch.Tensor, seed: int = 1) -> Case:
    """A model with random weights between -0.4 and 0.6; those of variances are positive."""
    generator = torch.Generator().manual_seed(seed)
    weights = {}
    for name, tensor in weights_of(model).items():
        drawn = torch.rand(tensor.shape, generator=generator)
        weights[name] = drawn + 0.1 if name.endswith("running_var") else drawn - 0.4
    return Case(model.eval(), weights, x)


def of_class_zero(x: torch.Tensor) -> Samples:
    """Samples with these inputs, all of class 0."""
    return Samples(x, torch.zeros(len(x), dtype=torch.int64))


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    """Normally distributed float32 numbers."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def off_by(found: torch.Tensor, expected: torch.Tensor) -> float:
    """The largest difference, relative to the largest expected magnitude; infinite for NaN."""
    assert found.dtype == torch.float64
    assert found.shape == expected.shape
    difference = float((found - expected).abs().max() / expected.abs().max())
    return difference if difference == difference else float("inf")  # noqa: PLR0124
