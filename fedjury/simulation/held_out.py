"""Measuring models on the held-out samples that nobody in the federation sees.

Plain float32 and one pass: these numbers decide nothing, so they need not be the same everywhere.
"""

from dataclasses import dataclass

import torch
from torch import nn

from fedjury.clients.attacks.backdoor import require_images, stamp
from fedjury.data import Samples
from fedjury.data.dataset import rows_of
from fedjury.errors import ConfigError
from fedjury.protocol.tensors import Tensors
from fedjury.task.copies import LoadedCopy

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
        model: the spec's module with the state that is not federated.
        samples: held out.
        trigger: the backdoor's; None where there is none.

    Raises:
        ConfigError: no trigger can be stamped on such samples, or all are of its class.
    """

    def __init__(self, model: nn.Module, samples: Samples, trigger: Trigger | None) -> None:
        self._model, self._samples, self._trigger = model, samples, trigger
        if trigger is not None:
            self._stamped = _stamped(samples, trigger)

    def __len__(self) -> int:
        """How many labels count."""
        return len(self._samples.labels)

    def correct_mask(self, weights: Tensors) -> torch.Tensor:
        """Which labels the weights get right: bool, (m,)."""
        return self._predict(weights, self._samples) == self._samples.labels

    def accuracy(self, weights: Tensors) -> float:
        """The share of labels that the weights get right, 0 to 1."""
        return int(self.correct_mask(weights).sum()) / len(self)

    def backdoor(self, weights: Tensors) -> float | None:
        """Share of stamped samples of other classes that land in the backdoor's class."""
        if self._trigger is None:
            return None
        found = self._predict(weights, self._stamped) == self._trigger.target
        return int(found.sum()) / len(found)

    def _predict(self, weights: Tensors, samples: Samples) -> torch.Tensor:
        """The classes that the weights choose for the labels that count: int64, (m,)."""
        loaded, found = LoadedCopy(self._model, weights), []
        inputs, labels = torch.split(samples.x, _BATCH), torch.split(samples.y, _BATCH)
        for x, y in zip(inputs, labels, strict=True):
            logits = rows_of(loaded.logits(x), y, samples.padding)
            found.append(logits.argmax(dim=1))
        return torch.cat(found)


def _stamped(samples: Samples, trigger: Trigger) -> Samples:
    """The samples of other classes than the trigger's, stamped."""
    require_images(samples)
    others = (samples.y != trigger.target).nonzero().flatten()
    if not len(others):
        raise ConfigError(
            f"the held-out samples are all of class {trigger.target}, which the backdoor shall "
            "give: choose another target"
        )
    x = stamp(samples.x[others], trigger.position, trigger.size)
    return Samples(x, samples.y[others])
