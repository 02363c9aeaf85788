"""What a module has to be so that it can be judged: each way to fall short has its sentence."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from fedjury.data import Samples
from fedjury.oracle.evaluation.trial import (
    depends_on_history,
    keeps_numbers_of_its_own,
    mixes_samples,
)
from fedjury.task.state import weights_of
from tests.support.plugins import Spectral
from tests.support.reference import Applied, of_class_zero
from tests.support.sentences import next_word, sentences

SAMPLES = of_class_zero(torch.randn(9, 3, generator=torch.Generator().manual_seed(1)))
Forward = Callable[[torch.Tensor], torch.Tensor]


class Remembering(nn.Module):
    """Adds what it has seen in the last pass, which it keeps in a plain attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 3)
        self.last = torch.zeros(3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.layer(x) + self.last
        self.last = x.mean(0)
        return found


def _counted() -> nn.Module:
    """Counts its passes in a closure."""
    passes = [0.0]

    def forward(x: torch.Tensor) -> torch.Tensor:
        passes[0] += 1.0
        return x * passes[0]

    return Applied(forward)


def _accumulated() -> nn.Module:
    """Adds up what it sees in a tensor of a closure, by an operation without a definition."""
    seen = torch.zeros(3, dtype=torch.float64)

    def forward(x: torch.Tensor) -> torch.Tensor:
        seen.add_(x.sum(0))
        spectrum: torch.Tensor = torch.fft.fft(x)
        return spectrum.real + seen

    return Applied(forward)


def _with_random_numbers() -> nn.Module:
    """Draws a tensor when it is made, which is no part of its state."""
    drawn = torch.randn(3)
    return Applied(lambda x: x * drawn)


FINE: dict[str, Callable[[], nn.Module]] = {
    "linear": lambda: nn.Linear(3, 2),
    "batch norm": lambda: nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)),
    "dropout": lambda: nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.5)),
    "bfloat16": lambda: Applied(lambda x: x.to(torch.bfloat16).tanh()),
    "undefined": Spectral,
    "plain attribute": Remembering,
    "no numbers": lambda: Applied(lambda x: x * float("nan")),
}


@pytest.mark.parametrize("name", FINE)
def test_nothing_is_said_of_a_module_that_can_be_judged(name: str) -> None:
    one, other = FINE[name](), FINE[name]()
    other.load_state_dict(one.state_dict())
    weights = weights_of(one)
    for samples in (SAMPLES, SAMPLES.take(torch.arange(1))):
        assert depends_on_history(one, weights, samples) is None
        assert mixes_samples(one, weights, samples) is None
        assert keeps_numbers_of_its_own(one, other, weights, samples) is None


def test_nothing_is_said_of_a_model_of_sequences() -> None:
    torch.manual_seed(1)
    one, samples = next_word(), sentences().test
    weights = weights_of(one)
    assert depends_on_history(one, weights, samples) is None
    assert mixes_samples(one, weights, samples) is None
    assert keeps_numbers_of_its_own(one, next_word(), weights, samples) is None


@pytest.mark.parametrize("make", [_counted, _accumulated])
def test_a_module_whose_passes_depend_on_earlier_ones_is_told(
    make: Callable[[], nn.Module],
) -> None:
    said = depends_on_history(make(), {}, SAMPLES)
    assert said is not None
    assert said.startswith("gives the same samples other logits after it has seen others")


@pytest.mark.parametrize(
    "forward",
    [
        lambda x: x - x.mean(0),
        lambda x: x / x.abs().max(),
        lambda x: x + torch.arange(len(x))[:, None],
        lambda x: x.flip(0),
        lambda x: torch.fft.fft(x).real - x.mean(0),
    ],
    ids=["mean", "largest", "place", "turned", "undefined"],
)
def test_a_module_that_mixes_samples_is_told(forward: Forward) -> None:
    said = mixes_samples(Applied(forward), {}, SAMPLES)
    assert said is not None
    assert said.startswith("gives a sample other logits alone than among others")
    assert depends_on_history(Applied(forward), {}, SAMPLES) is None


def test_a_position_that_does_not_count_may_hold_anything() -> None:
    y = torch.full((4, 2), -100)
    y[:, 0] = 0

    def forward(x: torch.Tensor) -> torch.Tensor:
        """The second position has the mean of all samples."""
        return torch.stack([x, x.mean(0).expand_as(x)], dim=1)

    samples = Samples(SAMPLES.x[:4], y, padding=-100)
    assert mixes_samples(Applied(forward), {}, samples) is None
    counting = Samples(samples.x, torch.zeros_like(y))
    assert mixes_samples(Applied(forward), {}, counting) is not None


def test_numbers_that_are_drawn_when_a_module_is_made_are_told() -> None:
    one, other = _with_random_numbers(), _with_random_numbers()
    said = keeps_numbers_of_its_own(one, other, {}, SAMPLES)
    assert said is not None
    assert said.startswith("keeps numbers outside of its state")
    assert keeps_numbers_of_its_own(one, one, {}, SAMPLES) is None
    assert depends_on_history(one, {}, SAMPLES) is None
    assert mixes_samples(one, {}, SAMPLES) is None


def test_what_was_seen_first_is_a_number_outside_of_the_state() -> None:
    def make() -> nn.Module:
        first: list[torch.Tensor] = []

        def forward(x: torch.Tensor) -> torch.Tensor:
            first.append(x.mean(0))
            return x - first[0]

        return Applied(forward)

    assert keeps_numbers_of_its_own(make(), make(), {}, SAMPLES) is not None
