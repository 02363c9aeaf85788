"""Finding the layers of a user's module by watching one forward pass.

What is recorded are the operations that torch really carries out (aten), so nothing of the module
is overlooked: hooks, subclasses, parametrizations. A module with an operation that has no bound,
or that branches on values, has no plan.
"""

from typing import Any

import torch
from torch import nn
from torch.func import functional_call
from torch.utils._python_dispatch import TorchDispatchMode

from fedjury.oracle.evaluation.fast.plan import Plan, Step
from fedjury.oracle.evaluation.fast.translation import Unbounded, Value, Weight, translate
from fedjury.protocol.tensors import Tensors


def record(model: nn.Module, weights: Tensors, x: torch.Tensor) -> Plan | None:
    """The module's plan; None where some operation has no bound, or the module raises.

    Args:
        model: in evaluation mode.
        weights: float32.
        x: a few samples.
    """
    recorder = _Recorder(weights, x)
    try:
        with torch.no_grad(), recorder:
            logits = functional_call(model, weights, (x,))
        return recorder.plan(logits)
    except Exception:  # the user's module may raise anything; the reference says what
        return None


class _Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes operations with the numbers of the values that they take and give."""

    def __init__(self, weights: Tensors, x: torch.Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._samples = len(x)
        self._steps: list[Step] = []
        self._values = {id(x): (0, x)}
        self._weights = {id(tensor): Weight(name) for name, tensor in weights.items()}
        # what lives cannot leave its id to another tensor
        self._alive: list[object] = [x, weights]

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> object:
        result = func(*args, **(kwargs or {}))
        self._alive.append((args, kwargs, result))
        self._note(func.overloadpacket.__name__, args, kwargs or {}, result)
        return result

    def plan(self, logits: object) -> Plan:
        """What was recorded.

        Raises:
            Unbounded: the result is not the logits of every sample.
        """
        number, found = self._values.get(id(logits), (0, None))
        if found is None or found.dim() != 2 or len(found) != self._samples:
            raise Unbounded("the model's result")
        return Plan(tuple(self._steps), number)

    def _note(self, name: str, args: Any, kwargs: Any, result: Any) -> None:
        operands = [self._operand(argument) for argument in args]
        named = {key: self._operand(value) for key, value in kwargs.items()}
        inputs = tuple(each.number for each in operands if isinstance(each, Value))
        if not inputs:
            self._note_constant(name, operands, named, result)
            return
        output = result[0] if isinstance(result, tuple) else result
        layer = translate(name, operands, named, tuple(output.shape), self._samples)
        if name.endswith("_"):
            self._forget(output)
        number = len(self._steps) + 1
        self._values[id(output)] = number, output
        self._steps.append(Step(layer, inputs, number))

    def _note_constant(self, name: str, operands: Any, named: Any, result: object) -> None:
        """Keep track of a weight's other names; operands that are not known have no bound later."""
        if name.endswith("_") or any(isinstance(each, Value) for each in named.values()):
            raise Unbounded(name)
        if operands and isinstance(operands[0], Weight) and name in ("t", "detach", "alias"):
            self._weights[id(result)] = operands[0].turned() if name == "t" else operands[0]

    def _forget(self, changed: torch.Tensor) -> None:
        """What shares memory with a value that was changed in place is no longer known."""
        place = changed.untyped_storage().data_ptr()
        self._values = {
            key: (number, value)
            for key, (number, value) in self._values.items()
            if value.untyped_storage().data_ptr() != place
        }

    def _operand(self, argument: object) -> object:
        if id(argument) in self._values:
            number, value = self._values[id(argument)]
            return Value(number, tuple(value.shape))
        return self._weights.get(id(argument), argument)
