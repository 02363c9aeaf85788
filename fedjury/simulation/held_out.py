"""Measuring models on the held-out samples that nobody in the federation sees.

Plain float32 and one pass: these numbers decide nothing, so they need not be the same everywhere.
"""

from dataclasses import dataclass

import torch
from torch import nn
from torch.func import functional_call

from fedjury.clients.attacks.backdoor import stamp
from fedjury.data import Samples
from fedjury.protocol.tensors import Tensors

_BATCH = 1024


@dataclass(frozen=True)
class Trigger:
    """What a backdoor reacts to, and the class that it then gives."""

    target: int
    position: str
    size: int


class HeldOut:
    """Held-out samples and the model that is measured on them.

    Args:
        model: the spec's module.
        samples: held out.
        trigger: the backdoor's; None where there is none.
    """

    def __init__(self, model: nn.Module, samples: Samples, trigger: Trigger | None) -> None:
        self._model, self._samples, self._trigger = model.eval(), samples, trigger
        if trigger is not None:
            others = samples.x[samples.y != trigger.target]
            self._stamped = stamp(others, trigger.position, trigger.size)

    def __len__(self) -> int:
        return len(self._samples)

    def correct_mask(self, weights: Tensors) -> torch.Tensor:
        """Which samples the weights classify right: bool, (n,)."""
        return self._predict(weights, self._samples.x) == self._samples.y

    def accuracy(self, weights: Tensors) -> float:
        """The share of samples that the weights classify right, 0 to 1."""
        return int(self.correct_mask(weights).sum()) / len(self)

    def backdoor(self, weights: Tensors) -> float | None:
        """Share of stamped samples of other classes that land in the backdoor's class."""
        if self._trigger is None:
            return None
        found = self._predict(weights, self._stamped) == self._trigger.target
        return int(found.sum()) / len(found)

    def _predict(self, weights: Tensors, x: torch.Tensor) -> torch.Tensor:
        with torch.inference_mode():
            batches = (x[start : start + _BATCH] for start in range(0, len(x), _BATCH))
            logits = [functional_call(self._model, weights, (batch,)) for batch in batches]
            return torch.cat(logits).argmax(dim=1)
