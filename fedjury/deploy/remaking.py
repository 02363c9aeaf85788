"""Whether everybody who makes a model and loads its state has the same model."""

from copy import deepcopy

import torch
from torch import nn

from fedjury.errors import ModelError
from fedjury.task.state import load_state, require_same_names, state_of_module

_SEED = 1


def require_remade(name: str, model: nn.Module, other: nn.Module, x: torch.Tensor) -> None:
    """Make sure that a module made anew is the model once it has the model's state.

    Args:
        name: of the model's callable.
        model: as it was made; it is not changed.
        other: made by the same callable in another draw; gets the state.
        x: a few inputs.

    Raises:
        ModelError: the two have different tensors, or give different logits.
        Exception: whatever the module raises.
    """
    state = state_of_module(model)
    try:
        require_same_names(other, state)
        load_state(other, state)
    except ModelError as error:
        raise ModelError(f"{name!r} makes another model each time: {error}") from error
    logits = [_evaluate(each, x) for each in (deepcopy(model), other)]
    if not torch.equal(*logits):
        raise ModelError(
            f"{name!r} gives other logits when it is made anew and has the same parameters and "
            "buffers, so clients and jurors would have different models: keep every number that it "
            "draws when it is made as a parameter or by register_buffer"
        )


def _evaluate(model: nn.Module, x: torch.Tensor) -> torch.Tensor:
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        logits: torch.Tensor = model.eval()(x.clone())
    return logits.nan_to_num()
