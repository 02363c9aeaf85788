"""From one recorded operation of torch (aten) to the layer that bounds it.

An operation is only translated in the forms that the layers were proven for; every other form
raises, and the model is evaluated by the reference.
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from fedjury.oracle.evaluation.fast.convolution import Convolution
from fedjury.oracle.evaluation.fast.elementwise import Clamp, LeakyReLU, Permute, Reshape, Sum
from fedjury.oracle.evaluation.fast.layers import Layer
from fedjury.oracle.evaluation.fast.linear import Linear
from fedjury.oracle.evaluation.fast.log_softmax import LogSoftmax
from fedjury.oracle.evaluation.fast.normalization import BatchNorm
from fedjury.oracle.evaluation.fast.pooling import AveragePool, MaxPool, Mean


class Unbounded(Exception):
    """An operation, or a form of one, that has no bound here."""


@dataclass(frozen=True)
class Value:
    """An operand that follows from the samples.

    Attributes:
        number: which value of the plan.
        shape: of all samples together.
    """

    number: int
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Weight:
    """An operand that is one of the model's weights.

    Attributes:
        name: of the weight.
        shape: of the weight.
        transposed: whether it is the weight's transpose.
    """

    name: str
    shape: tuple[int, ...]
    transposed: bool = False

    def turned(self) -> "Weight":
        """Its transpose."""
        return Weight(self.name, self.shape, not self.transposed)


@dataclass(frozen=True)
class Operation:
    """A recorded operation.

    Attributes:
        operands: as torch got them; values and weights stand for tensors.
        shape: of the result.
        samples: how many there were.
    """

    operands: Sequence[Any]
    shape: tuple[int, ...]
    samples: int

    def given(self, place: int, default: Any = None) -> Any:
        """An operand, or its default."""
        return self.operands[place] if len(self.operands) > place else default


def translate(
    name: str,
    operands: Sequence[object],
    named: Mapping[str, object],
    shape: tuple[int, ...],
    samples: int,
) -> Layer:
    """The layer of an operation.

    Args:
        name: torch's, without its overload; a trailing underscore for one in place.
        operands: its arguments by place.
        named: its arguments by name.
        shape: of its result.
        samples: how many there were.

    Raises:
        Unbounded: it has no bound.
    """
    translator = _TRANSLATORS.get(name.removesuffix("_"))
    if translator is None or named.keys() - {"memory_format"} or not shape or shape[0] != samples:
        raise Unbounded(name)
    layer = translator(Operation(operands, shape, samples))
    if layer is None:
        raise Unbounded(name)
    return layer


def _linear(operation: Operation) -> Layer | None:
    """addmm(b, x, Wᵀ) and mm(x, Wᵀ)."""
    *bias, x, weight = operation.operands
    if not (_is_value(x, 2) and isinstance(weight, Weight) and weight.transposed):
        return None
    if bias and not (_is_weight(bias[0]) and bias[0].shape == weight.shape[:1]):
        return None
    return Linear(weight.name, bias[0].name if bias else None)


def _convolution(operation: Operation) -> Layer | None:
    x, weight, bias, stride, padding, dilation, transposed, _, groups = operation.operands
    if transposed or not (_is_weight(weight) and _is_value(x, len(weight.shape))):
        return None
    if bias is not None and not _is_weight(bias):
        return None
    space = len(x.shape) - 2
    return Convolution(
        weight.name,
        bias.name if bias else None,
        _each(stride, space),
        _each(padding, space),
        _each(dilation, space),
        groups,
    )


def _batch_norm(operation: Operation) -> Layer | None:
    x, weight, bias, mean, variance, training, _, epsilon = operation.operands
    named = (weight, bias, mean, variance)
    if training or not _is_value(x) or not all(each is None or _is_weight(each) for each in named):
        return None
    if mean is None or variance is None:
        return None
    names = [each and each.name for each in named]
    return BatchNorm(names[0], names[1], mean.name, variance.name, epsilon)


def _max_pool(space: int, operation: Operation) -> Layer | None:
    if not _is_value(operation.operands[0], space + 2):
        return None
    kernel = _each(operation.given(1), space)
    return MaxPool(
        kernel,
        _each(operation.given(2) or kernel, space),
        _each(operation.given(3, 0), space),
        _each(operation.given(4, 1), space),
        bool(operation.given(5, False)),
    )


def _average_pool(space: int, operation: Operation) -> Layer | None:
    if not _is_value(operation.operands[0], space + 2):
        return None
    kernel, padding = _each(operation.given(1), space), _each(operation.given(3, 0), space)
    counted = operation.given(5, True) or not any(padding)
    if operation.given(4, False) or not counted or operation.given(6) is not None:
        return None
    return AveragePool(kernel, _each(operation.given(2) or kernel, space), padding)


def _mean(operation: Operation) -> Layer | None:
    x, dimensions = operation.operands[0], operation.given(1)
    if not dimensions:
        return None
    places = tuple(sorted(each % len(x.shape) for each in dimensions))
    return None if 0 in places else Mean(places, bool(operation.given(2, False)))


def _relu(operation: Operation) -> Layer | None:
    return Clamp(0.0, None)


def _clamp(operation: Operation) -> Layer | None:
    low, high = operation.given(1), operation.given(2)
    if low is None and high is None:
        return None
    return Clamp(low, high) if _is_float32(low) and _is_float32(high) else None


def _hardtanh(operation: Operation) -> Layer | None:
    low, high = operation.given(1, -1.0), operation.given(2, 1.0)
    return Clamp(low, high) if _is_float32(low) and _is_float32(high) else None


def _leaky_relu(operation: Operation) -> Layer | None:
    slope = operation.given(1, 0.01)
    return LeakyReLU(slope) if abs(slope) <= 1 else None


def _sum(operation: Operation) -> Layer | None:
    x, y = operation.operands
    both = isinstance(x, Value) and isinstance(y, Value)
    return Sum() if both and x.shape == y.shape == operation.shape else None


def _reshape(operation: Operation) -> Layer | None:
    x = operation.operands[0]
    same = _is_value(x) and x.shape[0] == operation.samples
    return Reshape(operation.shape[1:]) if same else None


def _permute(operation: Operation) -> Layer | None:
    x, order = operation.operands
    order = tuple(each % len(x.shape) for each in order)
    return Permute(order) if order[0] == 0 else None


def _transpose(operation: Operation) -> Layer | None:
    x, first, second = operation.operands
    order = list(range(len(x.shape)))
    order[first], order[second] = order[second], order[first]
    return Permute(tuple(order)) if order[0] == 0 else None


def _log_softmax(operation: Operation) -> Layer | None:
    x, dimension, half_to_float = operation.operands
    over_classes = _is_value(x, 2) and dimension % 2 == 1
    return LogSoftmax() if over_classes and not half_to_float else None


_TRANSLATORS: dict[str, Callable[[Operation], Layer | None]] = {
    "addmm": _linear,
    "mm": _linear,
    "convolution": _convolution,
    "native_batch_norm": _batch_norm,
    "max_pool2d_with_indices": partial(_max_pool, 2),
    "max_pool3d_with_indices": partial(_max_pool, 3),
    "avg_pool2d": partial(_average_pool, 2),
    "avg_pool3d": partial(_average_pool, 3),
    "mean": _mean,
    "relu": _relu,
    "clamp": _clamp,
    "clamp_min": _clamp,
    "hardtanh": _hardtanh,
    "leaky_relu": _leaky_relu,
    "add": _sum,
    "_log_softmax": _log_softmax,
    "permute": _permute,
    "transpose": _transpose,
    **dict.fromkeys(
        ("view", "_unsafe_view", "unsqueeze", "squeeze", "clone", "alias", "detach"), _reshape
    ),
}


def _is_value(operand: object, dimensions: int | None = None) -> bool:
    return isinstance(operand, Value) and dimensions in (None, len(operand.shape))


def _is_weight(operand: object) -> bool:
    return isinstance(operand, Weight) and not operand.transposed


def _is_float32(number: object) -> bool:
    """Whether a bound of a range is open, or the same number in float32 and not denormal there."""
    if number is None:
        return True
    if not isinstance(number, int | float) or 0 < abs(number) < 2.0**-126:
        return False
    (nearest,) = struct.unpack("f", struct.pack("f", number))
    return bool(nearest == number)


def _each(given: Any, space: int) -> tuple[int, ...]:
    """One number for each dimension of the space, of one that may stand for all."""
    numbers = [given] if isinstance(given, int) else list(given)
    return tuple(numbers * space if len(numbers) == 1 else numbers)
