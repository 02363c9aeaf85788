"""What a client that runs by itself does with a round's model: train honestly, or attack alone."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fedjury.clients.adversary import Adversary
from fedjury.clients.attacks.base import Attack
from fedjury.clients.local_state import StatesOnDisk
from fedjury.clients.local_trainer import LocalTrainer
from fedjury.clients.local_update import LocalUpdate, UpdateSource
from fedjury.clients.shard import ShardData
from fedjury.clients.user_trainer import ChosenTrainer, UserTrainer
from fedjury.protocol.tensors import Tensors
from fedjury.runtime.events import Listener
from fedjury.task.opened import OpenedTask


@dataclass(frozen=True)
class ChosenAttack:
    """An attack, and the rounds to attack in; None for all."""

    attack: Attack
    rounds: frozenset[int] | None


def make_trainer(
    task: OpenedTask,
    data: ShardData,
    seed: int,
    chosen: ChosenAttack | ChosenTrainer | None,
    work: Path,
    listener: Listener,
) -> UpdateSource:
    """The trainer of one client.

    Args:
        task: opened.
        data: the client's shard.
        seed: of everything that is drawn in training.
        chosen: makes the client an adversary that controls nobody else, or names its user's own
            training; None trains as the spec asks.
        work: the client's directory; local state is kept there, and what a trainer of the user's
            keeps in its folder ``trainer``.
        listener: is told of local state that is lost.

    Raises:
        ModelError: the spec's local tensors are not the model's.
    """
    spec, samples = task.spec, data.samples
    states = StatesOnDisk(work, task.model, spec.federated.local, listener)
    if isinstance(chosen, ChosenTrainer):
        return UserTrainer(chosen, spec, task.model, samples, seed, states, work / "trainer")
    local = LocalTrainer(task.model, samples, spec.training, seed, states)
    if chosen is None:
        return partial(_within_limits, local, spec.update.max_magnitude)
    rounds = chosen.rounds

    def members(round_number: int) -> list[int]:
        return [0] if rounds is None or round_number in rounds else []

    adversary = Adversary(
        chosen.attack,
        data.classes,
        members,
        [samples],
        task.model,
        spec.training,
        [seed],
        states=[states],
    )
    return adversary.trainer(0)


def _within_limits(
    trainer: LocalTrainer, max_magnitude: float, round_number: int, weights: Tensors
) -> LocalUpdate:
    """Train, and rather say so than submit what the jury turns away for its values alone."""
    update = LocalUpdate(trainer(round_number, weights))
    update.require_within(max_magnitude, "the model")
    return update
