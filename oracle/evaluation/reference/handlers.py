"""How an operation is done: by torch's kernel, or by its definition, and with which numbers."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from typing import Any

import torch
from torch._ops import OpOverload

from fedjury.errors import UnknownOperation
from fedjury.oracle.evaluation.reference.casts import convert, is_narrow
from fedjury.oracle.evaluation.reference.entering import entered
from fedjury.oracle.evaluation.reference.operations import NUMERIC, TYPED, Definition
from fedjury.oracle.evaluation.reference.passing import CHOOSING, EMPTY, MAKING, MOVING

Arguments = tuple[Any, ...]
Named = dict[str, Any]
Handler = Callable[[Arguments, Named], Any]

# Overloads that do more than the operation of their name.
_UNKNOWN = (
    ("view", "dtype"),
    ("scatter", "reduce"),
    ("scatter", "value_reduce"),
    ("scatter_", "reduce"),
    ("scatter_", "value_reduce"),
)

# What says how a tensor is to be kept, not what is in it.
_KEEPING = ("layout", "device", "pin_memory", "memory_format", "non_blocking", "generator")


@cache
def handler_of(operation: OpOverload) -> Handler | None:
    """What does an operation, given its arguments by position and by name.

    Returns:
        None where nothing does.
    """
    space, _, name = operation._schema.name.partition("::")
    if space != "aten" or (name, operation._overloadname) in _UNKNOWN:
        return None
    plain = _plain(name)
    if plain in _SPECIAL:
        return partial(_SPECIAL[plain], operation)
    for key in (f"{plain}.{operation._overloadname}", plain):
        if key in NUMERIC:
            handler = partial(_numeric, operation, NUMERIC[key])
            return partial(_stored, handler, name != plain, _outputs(operation))
        if key in TYPED:
            handler = partial(_typed, TYPED[key])
            return partial(_stored, handler, name != plain, _outputs(operation))
    return _without_definition(operation, plain, name != plain)


def _plain(name: str) -> str:
    """The operation that does the same without changing its argument."""
    if name.startswith("__i") and name.endswith("__"):
        return f"__{name[3:]}"
    return name.removesuffix("_") if not name.endswith("__") else name


def _outputs(operation: OpOverload) -> tuple[str, ...]:
    return tuple(each.name for each in operation._schema.arguments if each.is_out)


def _without_definition(operation: OpOverload, plain: str, in_place: bool) -> Handler | None:
    if plain in MOVING:
        return lambda args, named: operation(*args, **named)
    if plain in EMPTY:
        return lambda args, named: operation(*args, **named).zero_()
    if plain in MAKING:
        return partial(_made, operation)
    if plain in CHOOSING:
        packet = getattr(torch.ops.aten, plain)
        functional = getattr(packet, operation._overloadname, operation)
        handler = partial(_stored, partial(_typed, functional), in_place, ())
        return partial(_chosen, operation, handler)
    return None


def _numeric(operation: OpOverload, definition: Definition, args: Arguments, named: Named) -> Any:
    """By definition in float64; by torch's kernel where whole numbers give whole numbers."""
    dtype = named.get("dtype")
    if dtype is None and all(each.dtype == torch.float64 for each in _tensors(args, named)):
        return definition(*args, **_content(named))
    if dtype is not None and not dtype.is_floating_point:
        return operation(*_each(args, lambda tensor: convert(tensor, dtype)), **named)
    if not any(tensor.is_floating_point() for tensor in _tensors(args, named)):
        result = operation(*args, **named)
        if not any(tensor.is_floating_point() for tensor in _tensors((result,), {})):
            return result
    target = _result_type(args, named) if dtype is None else dtype
    wide = partial(_each, change=lambda tensor: tensor.to(torch.float64))
    return _rounded(definition(*wide(args), **_content(wide(named))), target)


def _typed(definition: Definition, args: Arguments, named: Named) -> Any:
    """By definition, where only floats become float64."""
    target = named.get("dtype") or _result_type(args, named)
    wide = partial(
        _each, change=lambda tensor: convert(tensor, torch.float64) if _narrow(tensor) else tensor
    )
    return _rounded(definition(*wide(args), **_content(wide(named))), target)


def _chosen(operation: OpOverload, rounding: Handler, args: Arguments, named: Named) -> Any:
    """By torch's kernel; in float64 where some numbers are of a narrow type."""
    if not any(_narrow(tensor) for tensor in _tensors(args, named)):
        return operation(*args, **named)
    if _outputs(operation):
        raise UnknownOperation(f"{operation} of narrow numbers")
    return rounding(args, named)


def _made(operation: OpOverload, args: Arguments, named: Named) -> Any:
    """A new tensor, whose numbers are rounded by definition where its type is narrow."""
    dtype = named.get("dtype") or (args[0].dtype if isinstance(args[0], torch.Tensor) else None)
    if dtype is None or not is_narrow(dtype):
        return operation(*args, **named)
    return convert(operation(*args, **{**named, "dtype": torch.float64}), dtype)


def _stored(
    handler: Handler, in_place: bool, outputs: tuple[str, ...], args: Arguments, named: Named
) -> Any:
    """The result; put into the first argument or the named outputs where it belongs there."""
    content = {key: value for key, value in named.items() if key not in outputs}
    result = handler(args, content)
    if in_place:
        return args[0].copy_(convert(result, args[0].dtype))
    if not outputs:
        return result
    results = (result,) if isinstance(result, torch.Tensor) else result
    stored = [
        named[key].resize_(each.shape).copy_(convert(each, named[key].dtype))
        for key, each in zip(outputs, results, strict=True)
    ]
    return stored[0] if isinstance(result, torch.Tensor) else tuple(stored)


def _to_copy(operation: OpOverload, args: Arguments, named: Named) -> torch.Tensor:
    """A tensor in another type, on this processor."""
    device = named.get("device")
    if device is not None and torch.device(device).type != "cpu":
        raise UnknownOperation(f"tensors on {device}")
    (x,) = args
    converted = convert(x, named.get("dtype") or x.dtype)
    return converted.clone() if converted is x else converted


def _copy(operation: OpOverload, args: Arguments, named: Named) -> Any:
    """Into a tensor that may be of another type."""
    target, source, *_ = args
    return target.copy_(convert(source, target.dtype))


def _lift(operation: OpOverload, args: Arguments, named: Named) -> torch.Tensor:
    """A constant that the forward pass makes of Python's numbers."""
    return entered(args[0])


def _put(operation: OpOverload, args: Arguments, named: Named) -> Any:
    """Entries at given places, which are not added to what is there."""
    accumulate = args[3] if len(args) > 3 else named.get("accumulate", False)
    if accumulate and args[0].is_floating_point():
        raise UnknownOperation(f"{operation} that accumulates")
    return operation(*args, **named)


_SPECIAL: dict[str, Callable[[OpOverload, Arguments, Named], Any]] = {
    "_to_copy": _to_copy,
    "copy": _copy,
    "lift_fresh": _lift,
    "index_put": _put,
    "_index_put_impl": _put,
    "_unsafe_index_put": _put,
}


def _narrow(tensor: torch.Tensor) -> bool:
    return is_narrow(tensor.dtype)


def _tensors(args: Iterable[Any], named: Named) -> Iterator[torch.Tensor]:
    for each in (*args, *named.values()):
        if isinstance(each, torch.Tensor):
            yield each
        elif isinstance(each, (list, tuple)):
            yield from (inner for inner in each if isinstance(inner, torch.Tensor))


def _each(arguments: Any, change: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    """Arguments with every tensor changed."""
    if isinstance(arguments, torch.Tensor):
        return change(arguments)
    if isinstance(arguments, dict):
        return {key: _each(value, change) for key, value in arguments.items()}
    if isinstance(arguments, (list, tuple)):
        return type(arguments)(_each(each, change) for each in arguments)
    return arguments


def _content(named: Named) -> Named:
    """Named arguments that say what is in the result."""
    return {key: value for key, value in named.items() if key not in (*_KEEPING, "dtype")}


def _result_type(args: Arguments, named: Named) -> torch.dtype:
    """The type of a result of floats: narrow where all floats are of one narrow type, and a float64
    without dimensions does not count beside others."""
    floats = [tensor for tensor in _tensors(args, named) if tensor.is_floating_point()]
    deciding = [tensor for tensor in floats if tensor.dim()] or floats
    types = {tensor.dtype for tensor in deciding}
    return types.pop() if len(types) == 1 else torch.float64


def _rounded(result: Any, dtype: torch.dtype) -> Any:
    """A result whose floats are rounded to the type, where that is narrow."""
    if not is_narrow(dtype):
        return result
    return _each(
        result, lambda tensor: convert(tensor, dtype) if tensor.is_floating_point() else tensor
    )
