"""Finding the layers of a user's module by watching one forward pass.

What is recorded are the operations that torch really carries out (aten), so nothing of the module
is overlooked: hooks, subclasses, parametrizations. A module with an operation that has no bound, or
that looks at values, be they of samples or of weights, has no plan: with other ones it might do
something else.
"""

from typing import Any

import torch
from torch import nn
from torch.func import functional_call
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from fedjury.oracle.evaluation.fast.plan import Plan, Step
from fedjury.oracle.evaluation.fast.translation import Unbounded, Value, Weight, translate
from fedjury.oracle.evaluation.raising import require_memory
from fedjury.oracle.evaluation.reference.isolation import untouched
from fedjury.oracle.evaluation.reference.settings import reference_settings
from fedjury.oracle.evaluation.reference.state import state_of
from fedjury.protocol.tensors import Tensors
from fedjury.task.state import state_of_module

# Ways to look at a tensor's numbers that are no operations of aten.
_READING = {"numpy", "tolist", "__array__", "__dlpack__", "data_ptr", "storage", "untyped_storage"}
# Operations that give another view of a tensor, whatever its numbers are.
_VIEWS = {"alias", "detach", "squeeze", "t", "transpose", "unsqueeze", "view"}


def record(model: nn.Module, weights: Tensors, x: torch.Tensor) -> Plan | None:
    """The module's plan; None where some operation has no bound, or the module raises.

    Where the module has other floating-point numbers than float32, no bound covers its rounding.

    Args:
        model: in evaluation mode.
        weights: float32.
        x: a few samples, float32.

    Raises:
        OutOfMemory: there is no memory left.
    """
    if not _is_float32(model):
        return None
    try:
        with reference_settings():
            x, state = x.clone(), _state(model, weights)  # a module may write into them
            recorder = _Recorder({name: state[name] for name in state if name in weights}, x)
            with untouched(model), _Reading(recorder), recorder:
                logits = functional_call(model, state, (x,), tie_weights=False)
        return recorder.plan(logits)
    except (Exception, SystemExit) as error:  # the module may raise anything
        require_memory(error)
        return None


def _is_float32(model: nn.Module) -> bool:
    floats = (each for each in state_of_module(model).values() if each.is_floating_point())
    return all(each.dtype == torch.float32 for each in floats)


def _state(model: nn.Module, weights: Tensors) -> Tensors:
    """What the reference evaluates the module with, in float32: tensors of its own by name."""
    state = state_of(model, weights)
    own = {
        id(tensor): tensor.to(torch.float32) if tensor.is_floating_point() else tensor
        for tensor in state.values()
    }
    return {name: own[id(tensor)] for name, tensor in state.items()}


class _Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes operations with the numbers of the values that they take and give.

    Attributes:
        bounded: whether everything so far has a bound. The module is not told where something has
            none, since it might do something else then.
    """

    def __init__(self, weights: Tensors, x: torch.Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.bounded = True
        self._samples = len(x)
        self._steps: list[Step] = []
        self._values = {id(x): (0, x)}
        # of several names of one tensor the last one says what it is, as in the reference
        self._weights = {
            id(tensor): Weight(name, tuple(tensor.shape)) for name, tensor in weights.items()
        }
        # what lives cannot leave its id to another tensor
        self._alive: list[object] = [x, weights]

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Not asked for: torch would import its compiler for that, which takes a second."""
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> object:
        result = func(*args, **(kwargs or {}))
        self._alive.append((args, kwargs, result))
        if self.bounded:
            try:
                self._note(func.overloadpacket.__name__, args, kwargs or {}, result)
            except Exception:  # arguments may be of forms that nobody thought of
                self.bounded = False
        return result

    def plan(self, logits: object) -> Plan:
        """What was recorded.

        Raises:
            Unbounded: some operation has no bound, or the result is not the logits of every sample.
        """
        number, found = self._values.get(id(logits), (0, None))
        if not self.bounded or found is None or found.dim() != 2 or len(found) != self._samples:
            raise Unbounded("the model's result")
        return Plan(tuple(self._steps), number)

    def _note(self, name: str, args: Any, kwargs: Any, result: Any) -> None:
        operands = [self._operand(argument) for argument in args]
        inputs = tuple(each.number for each in operands if isinstance(each, Value))
        if not inputs:
            self._note_constant(name, operands, (args, kwargs), result)
            return
        output = result[0] if isinstance(result, tuple) else result
        if output.dtype != torch.float32:
            raise Unbounded(f"{name} to {output.dtype}")
        layer = translate(name, operands, kwargs, tuple(output.shape), self._samples)
        if name.endswith("_"):
            self._forget(output)
        number = len(self._steps) + 1
        self._values[id(output)] = number, output
        self._steps.append(Step(layer, inputs, number))

    def _note_constant(self, name: str, operands: Any, arguments: Any, result: object) -> None:
        """Other names of a weight, and views and new tensors that nothing with a bound takes.

        Anything else might look at numbers or change them.
        """
        if operands and isinstance(operands[0], Weight) and name in ("t", "detach", "alias"):
            self._weights[id(result)] = operands[0].turned() if name == "t" else operands[0]
        elif name not in _VIEWS and any(
            isinstance(each, torch.Tensor) for each in tree_leaves(arguments)
        ):
            raise Unbounded(name)

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


class _Reading(TorchFunctionMode):
    """Notices where a module looks at numbers without an operation.

    Args:
        recorder: is told.
    """

    def __init__(self, recorder: _Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> object:
        if getattr(func, "__name__", "") in _READING:
            self._recorder.bounded = False
        return func(*args, **(kwargs or {}))
