"""Whether every operation of a model has a definition, so that several jurors find the same."""

from torch import nn

from fedjury.data import Samples
from fedjury.errors import UnknownOperation
from fedjury.oracle.evaluation.reference.evaluation import reference_logits
from fedjury.protocol.tensors import Tensors

# Samples of the trial; one alone shows what a model does with a batch of one.
_SEVERAL = 3


def undefined_operation(model: nn.Module, weights: Tensors, samples: Samples) -> str | None:
    """The first operation of a forward pass that the reference evaluation does not define.

    Args:
        model: is put into evaluation mode.
        weights: of the model.
        samples: that it has to take; a few are tried.

    Returns:
        torch's name of the operation; None where all are defined.

    Raises:
        Exception: whatever the module itself raises.
    """
    try:
        for count in (1, _SEVERAL):
            reference_logits(model.eval(), weights, samples.x[:count])
    except UnknownOperation as unknown:
        return unknown.operation
    return None
