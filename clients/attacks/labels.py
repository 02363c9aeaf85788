"""Attacks that train as asked, on wrong labels."""

from collections.abc import Callable

import torch

from fedjury.checks.numbers import check_whole
from fedjury.clients.attacks.base import Attack, AttackContext
from fedjury.data import Samples
from fedjury.errors import ConfigError
from fedjury.protocol.tensors import Tensors

# (shard, number of classes, seed) to what is trained on instead
Poison = Callable[[Samples, int, int], Samples]


def train_on(poison: Poison) -> Attack:
    """Every colluder trains on its own shard, poisoned."""

    def attack(context: AttackContext) -> list[Tensors]:
        classes = context.classes
        return [each.train(poison(each.shard, classes, each.seed)) for each in context.colluders]

    return attack


def static_label(target: int = 0) -> Attack:
    """Every label becomes one class: the global model shall always predict it.

    Short et al. 2020, section VI.

    Args:
        target: that class.
    """
    check_whole("target", target, 0)

    def poison(shard: Samples, classes: int, seed: int) -> Samples:
        check_target(target, classes, shard)
        return shard.relabelled(torch.full_like(shard.labels, target))

    return train_on(poison)


def random_labels() -> Attack:
    """Every label is drawn anew, uniformly. Short et al. 2020, section VI."""

    def poison(shard: Samples, classes: int, seed: int) -> Samples:
        generator = torch.Generator().manual_seed(seed)
        return _relabelled(shard, torch.randint(classes, shard.labels.shape, generator=generator))

    return train_on(poison)


def flip_labels(shard: Samples, classes: int) -> Samples:
    """Label y becomes C − 1 − y. Fang et al. 2020, section 4 ("label flipping attack")."""
    return _relabelled(shard, classes - 1 - shard.labels)


def label_flip() -> Attack:
    """Every label y becomes C − 1 − y, of C classes.

    Fang et al. 2020; Tolpegin et al. 2020 flip one class into another.
    """
    return train_on(lambda shard, classes, seed: flip_labels(shard, classes))


def _relabelled(shard: Samples, labels: torch.Tensor) -> Samples:
    """The shard with these labels; a label that would be padding stays what it is."""
    if shard.padding is None:
        return shard.relabelled(labels)
    return shard.relabelled(torch.where(labels == shard.padding, shard.labels, labels))


def check_target(target: int, classes: int, shard: Samples) -> None:
    """A label that the data have, and that counts.

    Raises:
        ConfigError: there is no such class, or it is padding.
    """
    if target == shard.padding:
        raise ConfigError(f"target {target}: that is the data's padding, which does not count")
    if target >= classes:
        raise ConfigError(f"target {target}: the data's classes are 0 to {classes - 1}")
