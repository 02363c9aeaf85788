"""The options that make `fedjury client` an adversary, and what they mean."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from fedjury.cli.parameters import parse_parameters
from fedjury.clients.attacks.registry import ATTACKS, find_attack, find_kind
from fedjury.errors import ConfigError

if TYPE_CHECKING:
    from fedjury.clients.lone_trainer import ChosenAttack

# One client alone sees neither the others' updates nor how the task's rule would take its own.
_ALONE = [name for name, kind in ATTACKS.items() if not (kind.needs_honest or kind.needs_rule)]


@dataclass(frozen=True)
class AttackOptions:
    """An attack of one client, its parameters and its rounds, as written."""

    attack: Annotated[
        str | None,
        typer.Option("--attack", "--poison", help=f"Be an adversary: {' or '.join(_ALONE)}."),
    ] = None
    attack_parameter: Annotated[
        list[str] | None, typer.Option(help="A parameter of the attack, as target=3; repeatable.")
    ] = None
    attack_rounds: Annotated[
        str | None,
        typer.Option(
            "--attack-rounds", "--poison-rounds", help="Attack only in these rounds, as 1,4,7."
        ),
    ] = None

    def parse(self) -> "ChosenAttack | None":
        """The attack that the options name; None for an honest client.

        Raises:
            ConfigError: no such attack, none that a client can do alone, parameters or rounds
                wrong.
        """
        rounds, given = parse_rounds(self.attack_rounds), self.attack_parameter or []
        if self.attack is None:
            if given:
                raise ConfigError("--attack-parameter says nothing without --attack")
            return None
        _require_alone(self.attack)
        parameters = parse_parameters("--attack-parameter", given, words=True)

        from fedjury.clients.lone_trainer import ChosenAttack  # noqa: PLC0415 (loads torch)

        return ChosenAttack(find_attack(self.attack, parameters), rounds)


def _require_alone(name: str) -> None:
    kind = find_kind(name)
    if kind.needs_honest or kind.needs_rule:
        missing = "the others' updates" if kind.needs_honest else "how the rule would judge"
        raise ConfigError(
            f"attack {name} needs to know {missing}, which one client alone does not; "
            f"these can: {', '.join(_ALONE)}"
        )


def parse_rounds(text: str | None) -> frozenset[int] | None:
    """Round numbers separated by commas.

    Raises:
        ConfigError: not that.
    """
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise ConfigError(f"--attack-rounds takes round numbers, as 1,4,7, not {text!r}")
    return frozenset(map(int, parts))
