"""What a trainer of the user's returns, checked before anything is signed or submitted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from torch import nn

from fedjury.clients.local_update import LocalUpdate
from fedjury.clients.training_error import TrainingError
from fedjury.protocol.task_spec import FederatedSpec
from fedjury.protocol.tensors import Tensors, settle_
from fedjury.protocol.update_tag import RESERVED_KEYS
from fedjury.task.state import aliases_of, state_of_module


@dataclass(frozen=True)
class ResultForm:
    """What weights have to be.

    Attributes:
        who: returned them, as the sentences begin.
        names: of the federated tensors.
        local: names of what the client keeps to itself.
        state: the model's whole state by name, for shapes and types.
        known: every name of every tensor of the model.
    """

    who: str
    names: tuple[str, ...]
    local: tuple[str, ...]
    state: Tensors
    known: frozenset[str]

    @classmethod
    def of(cls, who: str, model: nn.Module, federated: FederatedSpec) -> Self:
        """The form of a task's weights.

        Args:
            who: returns them, as the sentences begin.
            model: the task's module.
            federated: of the task's spec.
        """
        known = frozenset(name for names in aliases_of(model).values() for name in names)
        names, local = tuple(federated.names), tuple(federated.local)
        return cls(who, names, local, state_of_module(model), known)

    def read(self, result: object) -> tuple[LocalUpdate, Tensors]:
        """The update in what a trainer returned, and the local state as far as it is there.

        Raises:
            TrainingError: not weights, or weights and metadata, in the form that
                `fedjury.clients.training_job.TrainingJob` tells of.
        """
        weights, metadata = (
            result if isinstance(result, tuple) and len(result) == 2 else (result, {})
        )
        if not isinstance(weights, Mapping):
            raise self._error(
                f"returned {type(weights).__name__}, not weights by name, nor a pair of weights "
                "and metadata"
            )
        self._check_names(weights)
        with torch.no_grad():
            update = {name: self._weight(name, weights[name]) for name in self.names}
            kept = [name for name in self.local if name in weights]
            state = {name: self._own_type(name, weights[name]) for name in kept}
        return LocalUpdate(update, self._metadata(metadata)), state

    def _check_names(self, weights: Mapping[Any, Any]) -> None:
        if missing := [name for name in self.names if name not in weights]:
            raise self._error(f"returned no tensor {missing[0]!r}")
        if extra := [name for name in weights if name not in self.known]:
            raise self._error(f"returned a tensor {extra[0]!r}, which is not the model's")

    def _weight(self, name: str, value: object) -> torch.Tensor:
        tensor = self._tensor(name, value)
        if not tensor.is_floating_point():
            raise self._error(f"returned {name!r} as {tensor.dtype}, not as floating-point numbers")
        return settle_(self._copy(name, tensor, torch.float32))

    def _own_type(self, name: str, value: object) -> torch.Tensor:
        tensor, wanted = self._tensor(name, value), self.state[name].dtype
        if tensor.is_floating_point() != wanted.is_floating_point or tensor.is_complex():
            raise self._error(f"returned {name!r} as {tensor.dtype}, and the model's is {wanted}")
        copy = self._copy(name, tensor, wanted)
        return settle_(copy) if wanted == torch.float32 else copy

    def _tensor(self, name: str, value: object) -> torch.Tensor:
        """A value of any library's as a tensor of the model's shape."""
        try:
            tensor = value if isinstance(value, torch.Tensor) else torch.tensor(np.asarray(value))
        except Exception as error:  # an array of another library may raise anything
            raise self._error(f"returned {name!r} as {type(value).__name__}, no tensor") from error
        wanted = tuple(self.state[name].shape)
        if tuple(tensor.shape) != wanted:
            raise self._error(f"returned {name!r} in shape {tuple(tensor.shape)}, not {wanted}")
        return tensor

    def _copy(self, name: str, tensor: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
        try:
            plain = tensor.detach().to("cpu", dtype, copy=True)
            return plain.to_dense() if plain.layout != torch.strided else plain.contiguous()
        except Exception as error:  # a tensor without numbers, or of a device that is gone
            raise self._error(
                f"returned {name!r} as a tensor that cannot be read: {error}"
            ) from error

    def _metadata(self, metadata: object) -> dict[str, str]:
        if not isinstance(metadata, Mapping):
            raise self._error(f"returned {type(metadata).__name__} as metadata, not a mapping")
        for key, value in metadata.items():
            self._require_text(key, "a metadata key")
            self._require_text(value, f"metadata {key!r:.80} as")
            if key in RESERVED_KEYS:
                raise self._error(
                    f"returned metadata {key!r}, which says whose update it is and is not free"
                )
        return dict(metadata)

    def _require_text(self, value: object, what: str) -> None:
        shown = f"returned {what} {value!r:.80}"
        if not isinstance(value, str):
            raise self._error(f"{shown}, which is not a string")
        if not _is_text(value):
            raise self._error(f"{shown}, which is not Unicode text")

    def _error(self, what: str) -> TrainingError:
        return TrainingError(f"{self.who} {what}")


def _is_text(text: str) -> bool:
    """Whether a file can hold it: no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
