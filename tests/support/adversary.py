"""What an adversary knows in a round, for the tests of attacks: a small model, made-up updates."""

from collections.abc import Callable, Sequence

import torch

from fedjury.clients.attacks.base import AttackContext, Colluder
from fedjury.clients.attacks.vectors import flatten, unflatten
from fedjury.data import Samples
from fedjury.models import mlp
from fedjury.protocol.task_spec import TrainingSpec
from fedjury.protocol.tensors import Tensors
from fedjury.task.state import weights_of

CLASSES = 4
MODEL = mlp(6, 5, CLASSES)
CURRENT = weights_of(MODEL)
W = flatten(CURRENT)
TRAINING = TrainingSpec(batch_size=8)


def shard(seed: int, count: int = 40) -> Samples:
    """A client's samples: random ones of six features, with labels of all classes."""
    generator = torch.Generator().manual_seed(seed)
    return Samples(torch.rand(count, 6, generator=generator), torch.arange(count) % CLASSES)


def honest(count: int, seed: int = 7) -> list[Tensors]:
    """Honest updates: about as far from w as training goes, the same way and yet all different."""
    generator = torch.Generator().manual_seed(seed)
    common = torch.randn(W.shape, generator=generator, dtype=torch.float64)
    own = [torch.randn(W.shape, generator=generator, dtype=torch.float64) for _ in range(count)]
    return [unflatten(W + 0.1 * common + 0.03 * each, CURRENT) for each in own]


def recording_train(trained: list[Samples]) -> Callable[[Samples], Tensors]:
    """Training that keeps what it was asked to train on; its result depends on that alone."""

    def train(samples: Samples) -> Tensors:
        trained.append(samples)
        positions = torch.arange(1, len(samples) + 1)
        seed = int(1e6 * samples.x.double().sum()) + int(samples.y @ positions)
        noise = torch.randn(W.shape, generator=torch.Generator().manual_seed(seed))
        return unflatten(W + 0.1 * noise, CURRENT)

    return train


def distance_from_w(weights: Tensors) -> float:
    """A made-up loss: how far a model is from w."""
    return float((flatten(weights) - W).norm())


def context(
    colluders: int = 3,
    updates: Sequence[Tensors] = (),
    earlier: Sequence[Tensors] = (),
    accepts: Callable[[Sequence[Tensors]], Sequence[bool]] | None = None,
    trained: list[Samples] | None = None,
    loss: Callable[[Tensors], float] = distance_from_w,
) -> AttackContext:
    """What the adversary knows in round 2.

    Args:
        colluders: how many clients it controls.
        updates: the honest updates that it sees.
        earlier: the honest updates of the round before.
        accepts: what it knows of the task's rule.
        trained: takes what colluders are asked to train on.
        loss: on the adversary's own data.
    """
    kept = [] if trained is None else trained
    return AttackContext(
        round_number=2,
        current=CURRENT,
        classes=CLASSES,
        colluders=[
            Colluder(index, shard(index), 100 + index, recording_train(kept))
            for index in range(colluders)
        ],
        honest=updates,
        earlier=earlier,
        accepts=accepts,
        loss=loss,
    )


def rows(updates: Sequence[Tensors]) -> torch.Tensor:
    """Updates as rows of one float64 matrix."""
    return torch.stack([flatten(update) for update in updates])


def close(first: torch.Tensor, second: torch.Tensor) -> bool:
    """Equal, but for rounding to float32 and the noise that keeps colluders distinct."""
    return torch.allclose(first, second, rtol=2e-5, atol=2e-5)
