"""The paper's two attacks (section VI): an adversary trains on its own images, wrongly labelled."""

from collections.abc import Callable

import torch

from fedjury.data import Samples

Attack = Callable[[Samples, int, int], Samples]


def static_label(shard: Samples, classes: int, seed: int) -> Samples:
    """Every label becomes 0: the global model shall always predict it."""
    return Samples(shard.x, torch.zeros_like(shard.y))


def random_labels(shard: Samples, classes: int, seed: int) -> Samples:
    """Every label is drawn anew, uniformly."""
    generator = torch.Generator().manual_seed(seed)
    return Samples(shard.x, torch.randint(classes, shard.y.shape, generator=generator))


ATTACKS: dict[str, Attack] = {"static-label": static_label, "random-labels": random_labels}
