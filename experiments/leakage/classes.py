"""How many samples of each class the jury has: from counts, an accuracy, or verdicts alone."""

from collections.abc import Callable
from dataclasses import replace

import torch

from experiments.leakage.asking import THOUSANDTHS, Jury
from experiments.leakage.detectors import Detectors, find_detectors
from experiments.leakage.probes import CLASSES, LAST_BIAS, constant, lookup
from experiments.leakage.scene import Scene, first_model
from fedjury.protocol.tensors import Tensors

_NEVER = -1e3  # bias of a class that is not answered


def from_counts(count: Callable[[Tensors], int]) -> torch.Tensor:
    """Ask for each class once, by a constant answer: int64, (10,)."""
    return torch.tensor([count(constant(label)) for label in range(CLASSES)])


def from_accuracy(jury: Jury) -> torch.Tensor:
    """The same from accuracies, under a rule that takes every update: float32, (10,)."""
    step = jury.scene.samples / THOUSANDTHS  # samples a thousandth
    told = torch.tensor([jury.thousandths(constant(label)) for label in range(CLASSES)])
    return (told * step).ceil() + max(0.0, step - 1) / 2


def from_rising_accuracy(jury: Jury, own: Tensors) -> torch.Tensor:
    """From accuracies of models that each get more right than the last, as `paper` wants it.

    The attacker's own model is submitted with its answers kept to ever more classes. What it gets
    wrong, the estimate gets wrong too.

    Returns:
        float32, (10,).
    """
    told = [0]
    for known in range(1, CLASSES + 1):
        bias = own[LAST_BIAS].clone()
        bias[known:] += _NEVER
        told.append(jury.thousandths({**own, LAST_BIAS: bias}))
    risen = torch.tensor(told).diff().float()
    return risen * jury.scene.samples / risen.sum()


def from_verdicts(jury: Jury, known: int) -> torch.Tensor:
    """From verdicts alone, while the global model is no better than a constant answer.

    An answer that is always the same and right on m members of other classes besides is accepted
    from some m on; a binary search finds it. For that the attacker has to know members.

    Args:
        jury: of a scene whose current model is a first one, see `young`.
        known: how many members the attacker knows; at most as many as the model has neurons.

    Returns:
        int64, (10,); a class that no m lifts high enough counts as the least that is possible.
    """
    secret = jury.scene.secret
    generator = torch.Generator().manual_seed(jury.scene.seed)
    members = secret.take(torch.randperm(len(secret), generator=generator)[:known])
    detectors = find_detectors(members, jury.scene.own)
    missing = torch.zeros(CLASSES, dtype=torch.int64)
    for label in range(CLASSES):
        others = (members.y != label).nonzero().flatten()
        missing[label] = _missing(jury, label, detectors.take(others), members.y[others])
    enough = (jury.scene.samples + int(missing.sum())) / CLASSES
    return (enough - missing).round().long()


def _missing(jury: Jury, label: int, detectors: Detectors, answers: torch.Tensor) -> int:
    """How many samples of other classes a constant answer has to be right on to be accepted."""
    low, high = 0, len(answers) + 1  # refused, and accepted or out of reach
    while high - low > 1:
        middle = (low + high) // 2
        (accepted,) = jury.verdicts([lookup(detectors, answers[:middle], label)])
        low, high = (low, middle) if accepted else (middle, high)
    return high


def young(scene: Scene) -> Scene:
    """The same scene before anybody has trained."""
    return replace(scene, current=first_model(scene.seed))
