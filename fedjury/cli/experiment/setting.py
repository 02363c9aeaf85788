"""What a trial starts from, the same with a chain and without: data, first model, everyone's part.

In every round the honest clients act first, in order of place, then those that the adversary
controls: both kinds of run keep this order and so give the same bytes.
"""

import hashlib
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import nn

from clients.agent import Trainer
from clients.attacks import ATTACKS, find_attack
from clients.conspiracy import Conspiracy
from clients.trainer import LocalTrainer
from fedjury.cli.experiment.surrogate import Surrogate
from fedjury.cli.experiment.trial import DEFAULT_MODEL, Trial
from fedjury.cli.genesis import choose_genesis
from fedjury.cli.spec_options import build_spec
from fedjury.data import Dataset, Samples
from fedjury.data.split import partition, split_test
from fedjury.deploying import check_fits, genesis_weights
from fedjury.errors import ConfigError
from fedjury.models import build_model, mlp
from fedjury.spec import CallableSpec, TaskSpec
from fedjury.tensors import Tensors
from fedjury.verification import VerificationSet


@dataclass(frozen=True)
class Setting:
    """A trial made ready.

    Attributes:
        verification: the jury's samples, salted.
        held_out: test samples that neither clients nor jury ever see.
        genesis: the first model.
        controlled: for each round from 1 the places that the adversary controls.
    """

    trial: Trial
    dataset: Dataset
    spec: TaskSpec
    verification: VerificationSet
    held_out: Samples
    genesis: Tensors
    controlled: dict[int, frozenset[int]]

    def order(self, number: int) -> list[int]:
        """The places that take part in a round, in the order in which they submit."""
        controlled = self.controlled[number]
        honest = [place for place in range(self.trial.clients) if place not in controlled]
        return honest if self.trial.absent else honest + sorted(controlled)

    def build_model(self) -> nn.Module:
        """A module of the spec's model; whoever writes the file vouches for it."""
        return build_model(self.spec.model, {self.spec.model.callable})

    @cached_property
    def trainers(self) -> list[Trainer]:
        """What the client at each place does with a round's model."""
        trial, training = self.trial, self.spec.training
        shards = partition(self.dataset.train, trial.clients, trial.seed, trial.partition)
        seeds = [trial.client_seed(place) for place in range(trial.clients)]
        model = self.build_model()
        if trial.absent or not trial.controlled:
            parts = zip(shards, seeds, strict=True)
            return [LocalTrainer(model, shard, training, seed) for shard, seed in parts]
        conspiracy = Conspiracy(
            find_attack(trial.attack.name, trial.attack.parameters),
            self.dataset.classes,
            lambda number: sorted(self.controlled[number]),
            shards,
            model,
            training,
            seeds,
            self._surrogate(shards),
        )
        return [conspiracy.trainer(place) for place in range(trial.clients)]

    def _surrogate(self, shards: Sequence[Samples]) -> Surrogate | None:
        needed = ATTACKS[self.trial.attack.name].needs_rule
        return Surrogate(self.spec, self.controlled, shards) if needed else None


def prepare(trial: Trial, dataset: Dataset, salt: bytes | None = None) -> Setting:
    """Split the data, draw first model and adversary.

    Args:
        trial: the settings.
        dataset: what `trial.data` names.
        salt: of the jury's samples; None takes one from the seed, so that a run can be made again.

    Raises:
        FedjuryError: the settings make no task, or the model does not take the data.
    """
    judged, held_out = split_test(dataset.test, trial.split_seed)
    verification = VerificationSet(_jury_samples(trial, judged), salt or _salt(trial))
    spec = build_spec(
        name=f"{trial.rule.name} on {dataset.name}",
        model=fitting_model(trial.model, dataset),
        lam=trial.lam,
        rule=trial.rule,
        training=trial.training.model_dump(),
        max_update_bytes=None,
        verification=verification,
        genesis_seed=trial.seed,
    )
    check_fits(spec, genesis_weights(spec, trial.seed), dataset.test)
    genesis, _ = choose_genesis(spec, verification, trial.seed)
    return Setting(trial, dataset, spec, verification, held_out, genesis, trial.draw_controlled())


def _jury_samples(trial: Trial, judged: Samples) -> Samples:
    """The first `trial.verification` of the jury's half, or all.

    Raises:
        ConfigError: there are not so many.
    """
    if trial.verification > len(judged):
        raise ConfigError(
            f"verification: {trial.verification} samples are more than the jury's {len(judged)}"
        )
    return judged.take(torch.arange(trial.verification or len(judged)))


def fitting_model(model: CallableSpec, dataset: Dataset) -> CallableSpec:
    """The default model with as many inputs and outputs as the data have; others as they are."""
    if model != DEFAULT_MODEL:
        return model
    sizes = {"inputs": dataset.train.x[0].numel(), "outputs": dataset.classes}
    default = inspect.signature(mlp).parameters
    other = {key: size for key, size in sizes.items() if size != default[key].default}
    return CallableSpec(callable=model.callable, arguments=other)


def _salt(trial: Trial) -> bytes:
    """Nobody guards a secret in an experiment."""
    return hashlib.sha256(f"fedjury experiment, seed {trial.seed}".encode()).digest()
