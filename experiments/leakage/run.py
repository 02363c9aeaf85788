"""Running every attack on every scene."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from experiments.judging_benchmark.progress import Watch
from experiments.leakage import classes, members
from experiments.leakage.asking import THOUSANDTHS, Jury
from experiments.leakage.half_known import worst_accepted
from experiments.leakage.members import Attacker
from experiments.leakage.probes import padded
from experiments.leakage.results import (
    ACCURACY,
    CLASSES,
    COUNTS,
    MEMBERS,
    NOTHING,
    RISING,
    VERDICTS,
    Finding,
    Results,
)
from experiments.leakage.scene import HIDDEN, Scene, make_scene
from experiments.leakage.slice_tests import all_tests

ATTACKERS = (1, 10, 100)  # updates of the attacker in each round
_ABOVE = 5  # thousandths over the global model's: where accuracies are watched


@dataclass(frozen=True)
class Order:
    """What is to be measured.

    Attributes:
        data: datasets, and how many scenes of each.
        directory: where MNIST's files lie.
        halves: whether to measure what knowing half of the set is worth; it takes longest.
    """

    data: dict[str, int]
    directory: Path | None = None
    halves: bool = True


def measure(order: Order, watch: Watch, keep: Callable[[Results], None]) -> Results:
    """Measure, and hand on what there is after each scene.

    Raises:
        DataError: MNIST's files are missing.
    """
    results = Results(tests=all_tests())
    for data, count in order.data.items():
        watch.part(data, count)
        for seed in range(1, count + 1):
            scene = make_scene(data, order.directory, seed)
            for finding in _findings(scene):
                results.findings.append(finding)
                watch.say(_sentence(finding))
            for known in (False, True) if order.halves else ():
                results.poisoned.extend(worst_accepted(scene, known))
            keep(results)
            watch.turn_over()
    return results


def _findings(scene: Scene) -> Iterator[Finding]:
    attacker = Attacker.of(scene)
    yield from _of_classes(scene, attacker)
    yield from _of_members(scene, attacker)


def _of_classes(scene: Scene, attacker: Attacker) -> Iterator[Finding]:
    def finding(published: str, jury: Jury, found: torch.Tensor) -> Finding:
        wrong = float((found - scene.classes).abs().double().mean())
        asked = (jury.asked, jury.rounds)
        return Finding(CLASSES, scene.data, scene.seed, scene.samples, published, 1, *asked, wrong)

    own = scene.own.y.bincount(minlength=10) * scene.samples / len(scene.own)
    yield finding(NOTHING, Jury(scene), own)
    jury = Jury(scene)
    yield finding(COUNTS, jury, classes.from_counts(jury.count))
    jury = Jury(scene)
    yield finding(ACCURACY, jury, classes.from_accuracy(jury))
    jury = Jury(scene)
    yield finding(RISING, jury, classes.from_rising_accuracy(jury, padded(attacker.own)))
    jury = Jury(classes.young(scene))
    yield finding(VERDICTS, jury, classes.from_verdicts(jury, HIDDEN))


def _of_members(scene: Scene, attacker: Attacker) -> Iterator[Finding]:
    def finding(published: str, jury: Jury, found: torch.Tensor, attackers: int) -> Finding:
        wrong = attacker.mistakes(found)
        asked = (attackers, jury.asked, jury.rounds, wrong)
        return Finding(MEMBERS, scene.data, scene.seed, scene.samples, published, *asked)

    jury = Jury(scene)
    yield finding(COUNTS, jury, members.from_counts(attacker, jury.count), 1)
    jury = Jury(scene)
    yield finding(ACCURACY, jury, _by_accuracy(scene, attacker, jury), 1)
    for at_once in ATTACKERS:
        jury = Jury(scene)
        found = members.from_bits(attacker, jury.verdicts, at_once)
        yield finding(VERDICTS, jury, found, at_once)


def _by_accuracy(scene: Scene, attacker: Attacker, jury: Jury) -> torch.Tensor:
    """As from counts where a thousandth is no more than a sample; else as from verdicts."""
    if scene.samples <= THOUSANDTHS:
        return members.from_counts(attacker, jury.count_by_thousandths)
    current = THOUSANDTHS * scene.evaluator().correct(scene.current) // scene.samples
    return members.from_bits(attacker, members.of_at_least(jury, current + _ABOVE), 1)


def _sentence(found: Finding) -> str:
    unit = "candidates told wrong" if found.wanted == MEMBERS else "samples off in each class"
    return (
        f"{found.data} {found.seed}, {found.wanted} from {found.published}, {found.attackers} a "
        f"round: {found.updates} updates in {found.rounds} rounds, {found.wrong:g} {unit}"
    )
