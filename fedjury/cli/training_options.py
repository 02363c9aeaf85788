"""The option that has `fedjury client` train in its user's own way."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from fedjury.errors import ConfigError

if TYPE_CHECKING:
    from fedjury.clients.lone_trainer import ChosenAttack
    from fedjury.clients.user_trainer import ChosenTrainer


@dataclass(frozen=True)
class TrainingOptions:
    """Training of the user's own, as written."""

    trainer: Annotated[
        str | None,
        typer.Option(
            help="Train with a module:callable of your own, see docs/training.md; default: as the "
            "task asks."
        ),
    ] = None

    def choose(self, attack: "ChosenAttack | None") -> "ChosenAttack | ChosenTrainer | None":
        """What the client does instead of training as the task asks; None for just that.

        Args:
            attack: that other options name.

        Raises:
            ConfigError: both are given, or the callable cannot be loaded.
        """
        if self.trainer is None:
            return attack
        if attack is not None:
            raise ConfigError("--trainer and --attack exclude each other: an attack trains its way")

        from fedjury.clients.user_trainer import ChosenTrainer  # noqa: PLC0415 (loads torch)
        from fedjury.runtime.plugins import load_callable  # noqa: PLC0415 (loads pydantic)

        return ChosenTrainer(self.trainer, load_callable(self.trainer, ConfigError))
