"""Whether a sample's logits follow from the model's state and the sample, and from nothing else."""

from collections.abc import Iterator
from copy import deepcopy

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from fedjury.data import Samples
from fedjury.errors import ModelError
from fedjury.oracle.evaluation.trial import (
    depends_on_history,
    keeps_numbers_of_its_own,
    mixes_samples,
)
from fedjury.protocol.tensors import Tensors
from fedjury.task.state import UNINITIALIZED, load_state, require_same_names, state_of_module

_SEEDS = (1, 2)
_SEVERAL = 4


def require_own_logits(name: str, model: nn.Module, other: nn.Module, samples: Samples) -> None:
    """Make sure that all who make the model find the same logits, whatever else they evaluate.

    Args:
        name: of the model's callable.
        model: as it was made; is put into evaluation mode.
        other: made anew by the same callable; gets the state.
        samples: a few are taken.

    Raises:
        ModelError: says what else the logits depend on.
        Exception: whatever the model raises.
    """
    state = state_of_module(model)
    _require_same_kind(name, state, other)
    try:
        load_state(other, state)
    except ModelError as error:
        raise ModelError(f"{name!r} cannot be given its own state: {error}") from error
    for what in _findings(model, other, samples):
        if what is not None:
            raise ModelError(f"{name!r} {what}")


def _require_same_kind(name: str, state: Tensors, other: nn.Module) -> None:
    shapes = {
        each: tuple(tensor.shape)
        for each, tensor in state_of_module(other).items()
        if not isinstance(tensor, UNINITIALIZED)
    }
    try:
        require_same_names(other, state)
        for each, shape in shapes.items():
            if shape != tuple(state[each].shape):
                raise ModelError(f"{each!r} has shape {shape} or {tuple(state[each].shape)}")
    except ModelError as error:
        raise ModelError(f"{name!r} is another model whenever it is made: {error}") from error


def _findings(model: nn.Module, other: nn.Module, samples: Samples) -> Iterator[str | None]:
    weights = state_of_module(model)
    yield _draws(model, samples)
    yield depends_on_history(model, weights, samples)
    yield _mixes(model, samples)
    yield keeps_numbers_of_its_own(model, other, weights, samples)


def _mixes(model: nn.Module, samples: Samples) -> str | None:
    """`mixes_samples`, which names a batch norm that has no statistics but those of the batch."""
    place = _batch_norm_without_statistics(model)
    try:
        found = mixes_samples(model, state_of_module(model), samples)
    except Exception:  # such a batch norm takes no sample that comes alone
        if place is None:
            raise
    else:
        if found is None or place is None:
            return found
    return (
        f"normalizes by the batch in evaluation mode too, in {place!r}: give that layer running "
        "statistics (track_running_stats=True), or take one that normalizes each sample by itself, "
        "as GroupNorm or LayerNorm"
    )


def _batch_norm_without_statistics(model: nn.Module) -> str | None:
    for place, part in model.named_modules():
        if isinstance(part, _BatchNorm) and part.running_mean is None:
            return str(place)
    return None


def _draws(model: nn.Module, samples: Samples) -> str | None:
    """Whether the logits depend on random numbers that are drawn in the forward pass."""
    found, x = list[torch.Tensor](), samples.x[:_SEVERAL]
    for seed in _SEEDS:
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            found.append(deepcopy(model).eval()(x.clone()))
    if torch.equal(*(each.nan_to_num() for each in found)):
        return None
    return (
        "draws random numbers when it is evaluated, so its logits are others each time: draw them "
        "in training mode alone, as by torch.nn.Dropout or where self.training is true"
    )
