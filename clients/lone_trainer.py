"""What a client that runs by itself does with a round's model: train honestly, or attack alone."""

from dataclasses import dataclass

from fedjury.clients.adversary import Adversary
from fedjury.clients.attacks.base import Attack
from fedjury.clients.local_trainer import LocalTrainer
from fedjury.clients.shard import ShardData
from fedjury.clients.training import Trainer
from fedjury.task.opened import OpenedTask


@dataclass(frozen=True)
class ChosenAttack:
    """An attack, and the rounds to attack in; None for all."""

    attack: Attack
    rounds: frozenset[int] | None


def make_trainer(
    task: OpenedTask, data: ShardData, seed: int, chosen: ChosenAttack | None
) -> Trainer:
    """The trainer of one client.

    Args:
        task: opened.
        data: the client's shard.
        seed: of everything that is drawn in training.
        chosen: makes the client an adversary that controls nobody else.
    """
    training = task.spec.training
    local = LocalTrainer(task.model, data.samples, training, seed)
    if chosen is None:
        return local
    rounds = chosen.rounds

    def members(round_number: int) -> list[int]:
        return [0] if rounds is None or round_number in rounds else []

    adversary = Adversary(
        chosen.attack, data.classes, members, [local.shard], local.model, training, [seed]
    )
    return adversary.trainer(0)
