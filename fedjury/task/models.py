"""Turning the model that a spec names into a module and its weights."""

from collections.abc import Collection

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
        with torch.random.fork_rng(devices=[]):
            if seed is not None:
                torch.manual_seed(seed)
            model = factory(**spec.arguments)
    except (Exception, SystemExit) as error:  # the user's code may raise anything
        raise ModelError(f"{spec.callable!r} failed: {described(error)}") from error
    if not isinstance(model, nn.Module):
        raise ModelError(f"{spec.callable!r} returned {type(model).__name__}, not a torch module")
    if (scripted := _scripted(model)) is not None:
        raise ModelError(
            f"{spec.callable!r} returned a module of TorchScript{scripted}, which cannot be "
            "evaluated with given weights: leave torch.jit away"
        )
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


def _scripted(model: nn.Module) -> str | None:
    """The place of the first part that torch.jit made; empty for the module as a whole."""
    for name, part in model.named_modules():
        if isinstance(part, torch.jit.ScriptModule):
            return f" in {name!r}" if name else ""
    return None
