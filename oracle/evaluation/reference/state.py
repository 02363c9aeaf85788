"""The state that a module is evaluated with: given weights, and its own tensors beside them."""

from torch import Tensor, nn

from fedjury.oracle.evaluation.reference.casts import convert
from fedjury.oracle.evaluation.reference.entering import entered
from fedjury.protocol.tensors import Tensors
from fedjury.task.state import aliases_of, state_of_module


def state_of(model: nn.Module, weights: Tensors) -> Tensors:
    """Every parameter and buffer by each of its names, as new tensors of the reference.

    What has no weight is the module's own, such as integer buffers and those that are not saved.
    A weight gets the type of the module's tensor, as when it is loaded into the module: rounded to
    half precision or bfloat16 where that has such numbers, else float64. A shared tensor is one
    tensor under all of its names, any of which may give its weight; of several the last does.

    Args:
        weights: float32, by names of the module's parameters and buffers.
    """
    names, state = aliases_of(model), Tensors()
    for first, own in state_of_module(model).items():
        given = [weights[name] for name in names[first] if name in weights]
        value = _loaded(given[-1], own) if given else entered(own)
        state.update(dict.fromkeys(names[first], value))
    strangers = {name: entered(tensor) for name, tensor in weights.items() if name not in state}
    return {**state, **strangers}


def _loaded(weight: Tensor, own: Tensor) -> Tensor:
    return convert(entered(weight), own.dtype)
