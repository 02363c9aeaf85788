"""The optimizer that a spec asks for, for whatever parameters a model has."""

import torch
from torch import nn

from fedjury.errors import ModelError
from fedjury.protocol.task_spec import TrainingSpec

_NARROW = (torch.float16, torch.bfloat16)
_FUSED = (torch.float32, torch.float64)


class Optimizer:
    """Adam or SGD of all parameters that require a gradient.

    Those of half precision are stepped in float32 and rounded after each step (Micikevicius et al.
    2018, Mixed Precision Training, section 3.1): in half precision Adam's averages of squares
    vanish, and small steps leave a weight as it is.

    Args:
        model: whose parameters are changed.
        training: says which optimizer, and its learning rate.

    Raises:
        ModelError: no parameter requires a gradient.
    """

    def __init__(self, model: nn.Module, training: TrainingSpec) -> None:
        self._own = [each for each in model.parameters() if each.requires_grad]
        if not self._own:
            raise ModelError("the model has nothing to train: no parameter requires a gradient")
        stepped = [_widened(each) for each in self._own]
        self._pairs = [
            (own, wide) for own, wide in zip(self._own, stepped, strict=True) if own is not wide
        ]
        self._optimizer = _make(stepped, training)

    def zero_grad(self) -> None:
        """Forget all gradients."""
        self._optimizer.zero_grad()
        for own, _ in self._pairs:
            own.grad = None

    def step(self) -> None:
        """Go by the gradients that the parameters have."""
        for own in self._own:
            # Those of sparse embeddings; most optimizers take none.
            if own.grad is not None and own.grad.layout != torch.strided:
                own.grad = own.grad.to_dense()
        for own, wide in self._pairs:
            wide.grad = None if own.grad is None else own.grad.float()
        self._optimizer.step()
        with torch.no_grad():
            for own, wide in self._pairs:
                own.copy_(wide)


def _widened(parameter: nn.Parameter) -> nn.Parameter:
    return nn.Parameter(parameter.detach().float()) if parameter.dtype in _NARROW else parameter


def _make(parameters: list[nn.Parameter], training: TrainingSpec) -> torch.optim.Optimizer:
    """All weights in one kernel where torch has one, as on small models the calls cost more than
    the arithmetic."""
    fused = all(each.device.type == "cpu" and each.dtype in _FUSED for each in parameters)
    if training.optimizer == "adam":
        return torch.optim.Adam(parameters, lr=training.learning_rate, fused=fused)
    return torch.optim.SGD(parameters, lr=training.learning_rate, fused=fused)
