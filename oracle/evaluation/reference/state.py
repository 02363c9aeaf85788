"""The state that a module is evaluated with: given weights, and its own buffers beside them."""

from torch import Tensor, nn

from fedjury.oracle.evaluation.reference.entering import entered
from fedjury.protocol.tensors import Tensors


def state_of(model: nn.Module, weights: Tensors) -> Tensors:
    """Every parameter and buffer by name, as new tensors of the reference.

    What has no weight is the module's own, such as integer buffers and those that are not saved.
    Names of one shared tensor get one tensor: the weight that is named last, as when weights are
    loaded into the module one after the other.

    Args:
        weights: float32, by the names of the module's saved state.
    """
    own = {
        **dict(model.named_parameters(remove_duplicate=False)),
        **dict(model.named_buffers(remove_duplicate=False)),
    }
    values: dict[int, Tensor] = {id(tensor): entered(tensor) for tensor in own.values()}
    strangers = {name: entered(tensor) for name, tensor in weights.items() if name not in own}
    for name, tensor in own.items():
        if name in weights:
            values[id(tensor)] = entered(weights[name])
    return {**{name: values[id(tensor)] for name, tensor in own.items()}, **strangers}
