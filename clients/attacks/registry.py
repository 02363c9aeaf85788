"""Attacks by name, each with its source; docs/attacks.md describes them.

This module loads no attack and no torch: a command line can list the names at once.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from fedjury.errors import ConfigError

if TYPE_CHECKING:
    from fedjury.clients.attacks.base import Attack


@dataclass(frozen=True)
class AttackKind:
    """An attack by name.

    Attributes:
        function: the module in this package and the function in it, ``module:function``, that
            makes the attack of its keyword parameters.
        source: the paper it is from.
        needs_honest: pointless for an adversary of one client that sees nobody else's updates.
        needs_rule: does nothing without `AttackContext.accepts`.
    """

    function: str
    source: str
    needs_honest: bool = False
    needs_rule: bool = False

    @property
    def build(self) -> "Callable[..., Attack]":
        """Keyword parameters to attack; raises TypeError or ValueError where they are wrong."""
        module, _, name = self.function.partition(":")
        build: Callable[..., Any] = getattr(import_module(f"{__package__}.{module}"), name)
        return build


ATTACKS: dict[str, AttackKind] = {
    "static-label": AttackKind("labels:static_label", "Short et al. 2020"),
    "random-labels": AttackKind("labels:random_labels", "Short et al. 2020"),
    "label-flip": AttackKind("labels:label_flip", "Fang et al. 2020; Tolpegin et al. 2020"),
    "sign-flip": AttackKind("model:sign_flip", "Li et al. 2019; Karimireddy et al. 2022"),
    "gaussian-noise": AttackKind("model:gaussian_noise", "Blanchard et al. 2017"),
    "scaling": AttackKind("model:scaling", "Bagdasaryan et al. 2020"),
    "alie": AttackKind("colluding:alie", "Baruch et al. 2019", needs_honest=True),
    "ipm": AttackKind("colluding:ipm", "Xie et al. 2019"),
    "min-max": AttackKind("colluding:min_max", "Shejwalkar and Houmansadr 2021", needs_honest=True),
    "min-sum": AttackKind("colluding:min_sum", "Shejwalkar and Houmansadr 2021", needs_honest=True),
    "backdoor": AttackKind("backdoor:backdoor", "Gu et al. 2017; Bagdasaryan et al. 2020"),
    "free-rider": AttackKind("riders:free_rider", "Lin et al. 2019"),
    "replay": AttackKind("riders:replay", "docs/attacks.md", needs_honest=True),
    "copy": AttackKind("riders:copy", "docs/attacks.md", needs_honest=True),
    "sybils": AttackKind("sybils:sybils", "Fung et al. 2018"),
    "adaptive": AttackKind("adaptive:adaptive", "after Fang et al. 2020", needs_rule=True),
}


def find_kind(name: str) -> AttackKind:
    """The attack of this name.

    Raises:
        ConfigError: there is none.
    """
    if name not in ATTACKS:
        raise ConfigError(f"unknown attack {name!r}; known: {', '.join(ATTACKS)}")
    return ATTACKS[name]


def find_attack(name: str, parameters: Mapping[str, object] | None = None) -> "Attack":
    """The attack of this name, with its parameters (none: the defaults).

    Raises:
        ConfigError: no such attack, it has no such parameter, or a value is not possible.
    """
    kind, given = find_kind(name), dict(parameters or {})
    known = inspect.signature(kind.build).parameters
    if unknown := sorted(given.keys() - known.keys()):
        names = ", ".join(known) or "no parameters"
        raise ConfigError(f"attack {name} takes {names}, not {unknown[0]!r}")
    try:
        return kind.build(**given)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"attack {name}: {error}") from error
