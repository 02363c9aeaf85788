"""What knowing half of the verification set is worth: an accepted model that fails a class."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from experiments.leakage.probes import answers_of, update_for
from experiments.leakage.scene import LAM, Scene, trained
from fedjury.data import Samples
from fedjury.data.dataset import join
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.rules.base import RuleInput
from fedjury.oracle.rules.paper import PaperRule
from fedjury.protocol.tensors import Tensors

VICTIM, CALLED = 3, 5  # samples of the one class are taught as the other
SHARES = (0.1, 0.2, 0.3, 0.5, 0.75, 1.0)  # of the attacker's samples of that class
Z = (0.0, 2.0)
_REPEATED, _EPOCHS = 3, {"digits": 60, "mnist": 15}  # of the known half; of the attacker's training


@dataclass(frozen=True)
class Poisoned:
    """The worst model that is accepted.

    Attributes:
        data: name of the dataset.
        seed: of the scene.
        known: whether half of the verification set was known.
        later: whether the global model was the one that is trained well.
        z: of the rule `paper`.
        recall: of the class on samples that nobody has, in percent.
        before: the same of the global model.
        accuracy: on samples that nobody has, in percent.
        accuracy_before: the same of the global model.
    """

    data: str
    seed: int
    known: bool
    later: bool
    z: float
    recall: float
    before: float
    accuracy: float
    accuracy_before: float


def worst_accepted(scene: Scene, known: bool) -> Iterator[Poisoned]:
    """Teach a class wrongly ever more often, and see how far each rule goes along.

    Args:
        scene: where the attacker stands.
        known: whether half of the jury's samples are the attacker's too.
    """
    scores = scene.evaluator()
    models = [_poisoned(scene, share, known) for share in SHARES]
    for later in (False, True):
        current = scene.trained_well if later else scene.current
        for z in Z:
            accepted = [each for each in models if _accepted(each, current, z, scores)]
            worst = min(accepted, key=lambda each: _recall(each, scene.unseen), default=current)
            measured = _recall(worst, scene.unseen), _recall(current, scene.unseen)
            accuracies = _accuracy(worst, scene.unseen), _accuracy(current, scene.unseen)
            yield Poisoned(scene.data, scene.seed, known, later, z, *measured, *accuracies)


def _poisoned(scene: Scene, share: float, known: bool) -> Tensors:
    """Trained on the attacker's samples, some of one class called another, and the known half."""
    labels = scene.own.y.clone()
    places = (labels == VICTIM).nonzero().flatten()
    generator = torch.Generator().manual_seed(scene.seed)
    order = torch.randperm(len(places), generator=generator)
    labels[places[order[: int(share * len(places))]]] = CALLED
    half = scene.secret.take(torch.arange(0, scene.samples, 2))
    data = join([Samples(scene.own.x, labels), *[half] * (_REPEATED if known else 0)])
    return trained(data, _EPOCHS[scene.data], scene.seed)


def _accepted(model: Tensors, current: Tensors, z: float, scores: Evaluator) -> bool:
    update = update_for(model, current, LAM)
    return bool(PaperRule(z=z).judge(RuleInput(current, [update], LAM, scores)).accepted[0])


def _recall(model: Tensors, samples: Samples) -> float:
    return _accuracy(model, samples.take((samples.y == VICTIM).nonzero().flatten()))


def _accuracy(model: Tensors, samples: Samples) -> float:
    return 100 * float((answers_of(model, samples.x) == samples.y).double().mean())
