"""Every operation of a forward pass by its definition.

While a `ReferenceMode` is entered, torch hands it each operation before any kernel runs, after
composite operations (a GRU, an attention layer) have been taken apart. float32 stands for float64:
tensors of the module's own that come along are converted, and so is what an operation is asked to
give. Results of operations on half precision and bfloat16 are computed in float64 and rounded.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch._ops import OpOverload
from torch.utils._python_dispatch import TorchDispatchMode

from fedjury.errors import UnknownOperation
from fedjury.oracle.evaluation.reference.casts import working_type
from fedjury.oracle.evaluation.reference.entering import entered, number
from fedjury.oracle.evaluation.reference.handlers import handler_of
from fedjury.oracle.evaluation.reference.kept_slices import place_of


class ReferenceMode(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Computes a forward pass by the reference's definitions.

    Raises:
        UnknownOperation: at an operation that has none.

    Args:
        state: where weights and buffers lie that have entered the reference (`place_of`).
        samples: that have entered it; None where there are none.

    Attributes:
        largest: bytes of the largest tensor that any operation gave, but for views of the state.
    """

    def __init__(
        self, state: frozenset[int] = frozenset(), samples: torch.Tensor | None = None
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.largest = 0
        self._state = state
        # Where tensors of the reference lie. Those from outside lie elsewhere, since they were
        # there before, or are made without an operation.
        self._inside = {0, *state}
        if samples is not None:
            self._inside.add(place_of(samples))
        self._constants: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Not asked for: torch would import its compiler for that, which takes a second."""
        return False

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Torch's entry: the operation, and what it is called with."""
        arguments = tuple(self._prepared(each) for each in args)
        named = {key: self._prepared(value) for key, value in (kwargs or {}).items()}
        if not isinstance(func, OpOverload):
            raise UnknownOperation(str(func))
        handler = handler_of(func)
        if handler is None:
            with self:
                result = func.decompose(*arguments, **named)
            if result is NotImplemented:
                raise UnknownOperation(func.name())  # type: ignore[no-untyped-call]
            return result
        result = handler(arguments, named)
        self._note(result)
        return result

    def _prepared(self, argument: Any) -> Any:
        """An argument with what comes from outside converted."""
        if isinstance(argument, torch.Tensor):
            return self._inner(argument)
        if isinstance(argument, float):
            return number(argument)
        if isinstance(argument, (list, tuple)):
            return type(argument)(self._prepared(each) for each in argument)
        return working_type(argument) if isinstance(argument, torch.dtype) else argument

    def _inner(self, tensor: torch.Tensor) -> torch.Tensor:
        """The tensor, or what stands for one of the module's own; the same each time."""
        dense = tensor.layout == torch.strided
        if dense and working_type(tensor.dtype) == tensor.dtype and self._has(tensor):
            return tensor
        if id(tensor) not in self._constants:
            self._constants[id(tensor)] = tensor, entered(tensor)
        return self._constants[id(tensor)][1]

    def _has(self, tensor: torch.Tensor) -> bool:
        """Whether the tensor is the reference's, or has whole numbers, which are as they are."""
        return not tensor.is_floating_point() or place_of(tensor) in self._inside

    def _note(self, result: Any) -> None:
        if isinstance(result, torch.Tensor):
            place = place_of(result)
            self._inside.add(place)
            if place not in self._state:
                self.largest = max(self.largest, result.untyped_storage().nbytes())
        elif isinstance(result, (list, tuple)):
            for each in result:
                self._note(each)
