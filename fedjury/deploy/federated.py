"""Choosing which tensors of a model's state are federated."""

from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase

from torch import nn

from fedjury.errors import SpecError
from fedjury.protocol.task_spec import FederatedSpec
from fedjury.task.state import aliases_of, state_of_module


def choose_federated(
    model: nn.Module,
    changed: Collection[str],
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> FederatedSpec:
    """The federated part of a model's state.

    By default these are the parameters that require a gradient, and the floating-point buffers
    that training changes. Patterns are those of `fnmatch`; one that fits any name of a shared
    tensor fits the tensor.

    Args:
        model: with all its tensors.
        changed: names of what training changes.
        include: patterns of what is federated instead of the default.
        exclude: patterns of what is not.

    Raises:
        SpecError: a pattern fits nothing, or nothing is left.
    """
    aliases, state = aliases_of(model), state_of_module(model)
    floating = [name for name, tensor in state.items() if tensor.is_floating_point()]
    for option, patterns, of in (("include", include, floating), ("exclude", exclude, state)):
        _require_use(option, patterns, [alias for name in of for alias in aliases[name]])
    parameters = {name for name, each in model.named_parameters() if each.requires_grad}
    wanted = (
        [name for name in floating if _fits(aliases[name], include)]
        if include
        else [name for name in floating if name in parameters or name in changed]
    )
    names = sorted(name for name in wanted if not _fits(aliases[name], exclude))
    if not names:
        raise SpecError(
            "nothing of the model is federated: training changes nothing of it, or patterns "
            "leave nothing"
        )
    # a counter is left to clients only where it was named, as with the norm that it belongs to
    kept = [name for name in state if name in floating or _fits(aliases[name], exclude)]
    local = sorted(name for name in kept if name in changed and name not in names)
    return FederatedSpec(include=list(include), exclude=list(exclude), names=names, local=local)


def _fits(names: Sequence[str], patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)


def _require_use(option: str, patterns: Sequence[str], names: Sequence[str]) -> None:
    for pattern in patterns:
        if not _fits(names, [pattern]):
            some = ", ".join(sorted(names)[:4])
            kind = "floating-point tensors" if option == "include" else "tensors"
            raise SpecError(f"--{option} {pattern!r} fits none of the model's {kind} ({some}, ...)")
