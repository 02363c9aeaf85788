"""One thing to evaluate: a model, samples and weights."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from fedjury.data import Samples
from fedjury.protocol.tensors import Tensors, encode


@dataclass(frozen=True)
class Case:
    """Weights to evaluate on samples.

    Attributes:
        name: "model/update".
        build: makes the module.
        samples: the jury's.
        weights: of the module.
    """

    name: str
    build: Callable[[], nn.Module]
    samples: Samples
    weights: Tensors

    def digest(self) -> str:
        """sha256 of the weights and the samples: the same on every machine."""
        labels = self.samples.y.numpy().astype("<i8").tobytes()
        return hashlib.sha256(encode({**self.weights, " x": self.samples.x}) + labels).hexdigest()
