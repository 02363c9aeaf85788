"""The options that say on what `fedjury client` trains, and how."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from fedjury.cli import options
from fedjury.errors import ConfigError

if TYPE_CHECKING:
    from fedjury.clients.lone_trainer import ChosenAttack
    from fedjury.clients.shard import ShardData
    from fedjury.clients.user_trainer import ChosenTrainer
    from fedjury.protocol.task_spec import LabelsSpec
    from fedjury.store import ContentStore
    from fedjury.task.deployment_file import Deployment


@dataclass(frozen=True)
class TrainingOptions:
    """A client's part of the data, and training of its user's own, as written."""

    data: Annotated[
        str | None, typer.Option(help=f"The dataset: {options.DATASETS}; default: the task's.")
    ] = None
    data_dir: options.DataDirOption = None
    shard: Annotated[
        str | None,
        typer.Option(
            help="The part of the training data, as 3/10; default: by place in the roster."
        ),
    ] = None
    seed: Annotated[
        int | None, typer.Option(help="Seed of training; default: the shard's number.")
    ] = None
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

    def load(
        self,
        deployment: "Deployment | None",
        address: str,
        labels: "LabelsSpec",
        store: "ContentStore",
    ) -> "tuple[ShardData, int]":
        """The client's samples, and the seed of its training.

        Args:
            deployment: the task's deployment file, if there is one.
            address: the client's.
            labels: of the task's spec.
            store: the task's.

        Raises:
            ConfigError: nobody says which dataset or which part of it.
            DataError: the data cannot be had, or are not the task's.
            StoreUnavailable: the roster's file, which says the part, cannot be had now.
        """
        from fedjury.clients.shard import choose_shard, load_shard  # noqa: PLC0415 (loads torch)

        part = choose_shard(self.shard, deployment, address, store)
        data = load_shard(part, deployment, self.data, self.data_dir, labels)
        return data, part.number if self.seed is None else self.seed
