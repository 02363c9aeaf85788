"""A module with other weights, without a change to the module that everyone shares."""

from copy import deepcopy

import torch
from torch import nn

from fedjury.protocol.tensors import Tensors
from fedjury.task.state import load_state


class LoadedCopy:
    """A copy of a module with given weights, in evaluation mode, for plain measurements.

    The forward pass may write into its weights, its state and its inputs: all of them are copies.

    Args:
        model: any module with its state.
        weights: by name; each is converted to the type of the module's tensor.

    Raises:
        ModelError: the module has no tensor of such a name or shape.
        Exception: whatever the module raises when it is copied.
    """

    def __init__(self, model: nn.Module, weights: Tensors) -> None:
        self._model = deepcopy(model)
        load_state(self._model, weights)
        self._model.eval()

    def logits(self, x: torch.Tensor) -> torch.Tensor:
        """What the module gives for samples, in its own type.

        Raises:
            Exception: whatever the module raises.
        """
        with torch.no_grad():
            logits: torch.Tensor = self._model(x.clone())
        return logits
