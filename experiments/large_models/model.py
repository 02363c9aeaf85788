"""A model of any size whose evaluation is cheap beside reading its file."""

from itertools import pairwise

import torch
from torch import nn

from fedjury.protocol.task_spec import CallableSpec

NAME = "experiments.large_models.model:stack"
_INPUTS, _CLASSES = 784, 10  # of the digits
_NARROW, _PAIRS = 256, 3
_FLOAT = 4  # bytes
_RATE = 0.01


def stack(wide: int, narrow: int = _NARROW, pairs: int = _PAIRS) -> nn.Module:
    """Pairs of linear layers, from narrow to wide and back, between input and classifier.

    Args:
        wide: numbers between the layers of a pair; what the size of the file is proportional to.
        narrow: numbers between the pairs.
        pairs: how many.
    """
    sizes = [_INPUTS, *[narrow, wide] * pairs, narrow]
    layers: list[nn.Module] = [nn.Flatten()]
    for before, after in pairwise(sizes):
        linear = nn.Linear(before, after)
        nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(narrow, _CLASSES))


def of_size(megabytes: int) -> CallableSpec:
    """The model whose file has about so many megabytes (10^6 bytes)."""
    wide = megabytes * 10**6 // (_FLOAT * 2 * _NARROW * _PAIRS)
    return CallableSpec(callable=NAME, arguments={"wide": wide})


def learning_rate(megabytes: int) -> float:
    """One with which the model of this size learns: the wider, the more a step moves."""
    return min(_RATE, 1 / megabytes)


def warm_up() -> None:
    """Have torch load and set up all that training needs, so that it counts to no stage."""
    model = stack(8)
    optimizer = torch.optim.SGD(model.parameters(), fused=True)
    nn.CrossEntropyLoss()(model(torch.rand(2, _INPUTS)), torch.tensor([0, 1])).backward()
    optimizer.step()
