"""Turning the model that a spec names into a module and its weights."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

import torch
from torch import nn

from fedjury.errors import ModelError
from fedjury.protocol.task_spec import CallableSpec
from fedjury.protocol.tensors import Tensors
from fedjury.runtime.plugins import check_allowed, load_callable
from fedjury.runtime.user_code import described
from fedjury.task.logits import give_logits
from fedjury.task.state import weights_of


def build_model(
    spec: CallableSpec,
    allowed: Collection[str] = (),
    seed: int | None = None,
    output: str | None = None,
) -> nn.Module:
    """The module that a spec names; takes (n, ...) inputs, gives (n, ..., classes) logits.

    Args:
        spec: callable and arguments.
        allowed: names beyond the built-in ones that the user of this machine trusts.
        seed: makes the initial weights reproducible, leaving torch's global generator alone.
        output: which part of the module's output the logits are, see `give_logits`.

    Raises:
        ModelError: not allowed, cannot be loaded, or is no torch module.
    """
    check_allowed(spec, allowed)
    factory = load_callable(spec.callable, ModelError)
    try:
        with torch.random.fork_rng(devices=[]), _switches_kept():
            if seed is not None:
                torch.manual_seed(seed)
            model = factory(**spec.arguments)
    except (Exception, SystemExit) as error:  # the user's code may raise anything
        raise ModelError(f"{spec.callable!r} failed: {described(error)}") from error
    if not isinstance(model, nn.Module):
        raise ModelError(f"{spec.callable!r} returned {type(model).__name__}, not a torch module")
    _require_plain_modules(spec.callable, model)
    give_logits(model, output)
    return model


def build_trusted_model(
    spec: CallableSpec, seed: int | None = None, output: str | None = None
) -> nn.Module:
    """The module of a spec whose callable the caller vouches for.

    Args:
        spec: callable and arguments.
        seed, output: as in `build_model`.

    Raises:
        ModelError: cannot be loaded, or is no torch module.
    """
    return build_model(spec, {spec.callable}, seed, output)


def initial_weights(spec: CallableSpec, seed: int) -> Tensors:
    """The weights that a spec's model has before any training, by a recorded seed.

    Raises:
        ModelError: as `build_trusted_model`, or the model has no floating-point weights.
    """
    weights = weights_of(build_trusted_model(spec, seed))
    if not weights:
        raise ModelError(f"{spec.callable!r} has no floating-point weights")
    return weights


@contextmanager
def _switches_kept() -> Iterator[None]:
    """Afterwards torch's default type is what it was, and whether gradients are recorded."""
    default = torch.get_default_dtype()
    try:
        with torch.set_grad_enabled(torch.is_grad_enabled()):
            yield
    finally:
        torch.set_default_dtype(default)


def _require_plain_modules(name: str, model: nn.Module) -> None:
    """Make sure that a module can be evaluated with weights that it is given.

    Raises:
        ModelError: part of it is of a kind that takes none.
    """
    for place, part in model.named_modules():
        where = f" in {place!r}" if place else ""
        if isinstance(part, torch.jit.ScriptModule):
            raise ModelError(
                f"{name!r} returned a module of TorchScript{where}, which takes no weights but its "
                "own: leave torch.jit away"
            )
        if isinstance(part, (nn.DataParallel, nn.parallel.DistributedDataParallel)):
            raise ModelError(
                f"{name!r} returned {type(part).__name__}{where}, which takes no weights but its "
                "own: return the module inside"
            )
