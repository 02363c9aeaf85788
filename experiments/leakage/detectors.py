"""Neurons that answer at one sample each: what lets a small model be right on chosen samples."""

from dataclasses import dataclass

import torch

from fedjury.data import Samples

_RIDGE = 1e-3  # added to the variance of every direction, in squared units of the inputs
_OWN_WEIGHT = 50.0  # of a neuron's own sample beside each of the others
_STEPS = 60
_THRESHOLD = 0.9  # of the answer, which is about 1 at a neuron's own sample and -1 elsewhere


@dataclass(frozen=True)
class Detectors:
    """A neuron for each of some samples: relu(weight · x + bias) is above 0 at hardly any other.

    Attributes:
        weight: float32, (samples, pixels).
        bias: float32, (samples,).
        answer: what each neuron says at its own sample, above 0: (samples,).
    """

    weight: torch.Tensor
    bias: torch.Tensor
    answer: torch.Tensor

    def take(self, indexes: torch.Tensor) -> "Detectors":
        """Some of them."""
        return Detectors(self.weight[indexes], self.bias[indexes], self.answer[indexes])


def find_detectors(samples: Samples, others: Samples) -> Detectors:
    """Separate each sample from all the others, and from others that nobody has to keep secret.

    A linear support vector machine with squared hinge loss for each, in whitened inputs, all of
    them at once by L-BFGS.

    Args:
        samples: at which the neurons shall answer.
        others: at which they shall not.
    """
    mine, rest = samples.x.flatten(1), others.x.flatten(1)
    middle = rest.mean(dim=0)
    whitening = _whitening(rest - middle)
    points = torch.cat([mine - middle, rest - middle]) @ whitening
    directions, offsets = _separate(points, len(mine))
    weight = (whitening @ directions).T
    bias = offsets - weight @ middle - _THRESHOLD
    answer = (mine * weight).sum(dim=1) + bias
    return Detectors(weight, bias, answer.clamp_min(1e-3))


def _whitening(points: torch.Tensor) -> torch.Tensor:
    values, vectors = torch.linalg.eigh(points.T @ points / len(points))
    scaled: torch.Tensor = vectors / (values.clamp_min(0) + _RIDGE).sqrt()
    return scaled


def _separate(points: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Directions, (dimensions, count), and offsets that tell each of the first points apart."""
    own = torch.arange(count)
    sides = -torch.ones(len(points), count)
    weights = torch.ones(len(points), count)
    sides[own, own], weights[own, own] = 1.0, _OWN_WEIGHT
    directions = torch.zeros(points.shape[1], count, requires_grad=True)
    offsets = torch.full((count,), -1.0, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [directions, offsets], max_iter=_STEPS, line_search_fn="strong_wolfe"
    )

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        missed = (1 - sides * (points @ directions + offsets)).relu() ** 2
        total = (missed * weights).sum() / 100 + 1e-4 * (directions**2).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return directions.detach(), offsets.detach()
