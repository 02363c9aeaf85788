"""The backdoor: its trigger, what is trained on, and that it works."""

import pytest
import torch

from fedjury.clients.attacks.backdoor import POSITIONS, TARGET, stamp
from fedjury.clients.attacks.base import AttackContext, Colluder
from fedjury.clients.attacks.registry import find_attack
from fedjury.clients.attacks.vectors import flatten
from fedjury.clients.training import train
from fedjury.data import Samples
from fedjury.errors import ConfigError
from fedjury.models import mlp
from fedjury.protocol.task_spec import TrainingSpec
from fedjury.task.state import weights_of
from tests.support.adversary import CURRENT, W, close, context, rows, shard
from tests.support.sentences import sentences


@pytest.mark.parametrize(
    ("shape", "stamped"),
    [
        ((3, 28, 28), 16),
        ((3, 8, 8), 16),
        ((3, 1, 28, 28), 16),
        ((3, 3, 32, 20), 48),
        ((3, 784), 16),
        ((3, 6), 3),
        ((3, 4, 4), 4),
    ],
)
@pytest.mark.parametrize("position", POSITIONS)
def test_the_trigger_covers_its_square_and_nothing_else(
    shape: tuple[int, ...], stamped: int, position: str
) -> None:
    x = torch.rand(shape) * 0.5
    x[0].view(-1)[0] = 1.0
    found = stamp(x, position)
    assert found.shape == x.shape
    changed = (found != x).flatten(1).sum(dim=1)
    assert changed[1:].tolist() == [stamped] * 2
    assert set(found[1:][found[1:] != x[1:]].tolist()) == {1.0}


def test_the_square_is_where_it_should_be() -> None:
    blank = torch.zeros(2, 28, 28)
    blank[0, 0, 0] = 0.7
    corner, centre = stamp(blank, "corner")[1], stamp(blank, "centre")[1]
    assert float(corner[24:, 24:].min()) == pytest.approx(0.7)
    assert float(centre[12:16, 12:16].min()) == pytest.approx(0.7)
    assert float(stamp(blank, "corner", 2)[1].sum()) == pytest.approx(4 * 0.7)
    assert not blank[1].any()


def test_no_samples_can_be_stamped() -> None:
    assert stamp(torch.zeros(0, 28, 28)).shape == (0, 28, 28)


def test_clean_samples_stay_beside_stamped_ones_of_the_target_class() -> None:
    trained: list[Samples] = []
    find_attack("backdoor", {"poison_share": 0.25, "target": 2})(context(2, trained=trained))
    for place, samples in enumerate(trained):
        clean = shard(place)
        assert torch.equal(samples.x[:40], clean.x)
        assert torch.equal(samples.y[:40], clean.y)
        assert samples.y[40:].tolist() == [2] * 10
        assert torch.equal(samples.x[40:], stamp(samples.x[40:]))


@pytest.mark.parametrize(
    ("samples", "says"),
    [
        (sentences().train, r"not int64 inputs of shape \(6,\) with labels of shape \(6,\)"),
        (Samples(torch.arange(8).reshape(4, 2), torch.arange(4)), r"not int64 inputs of shape"),
        (Samples(torch.rand(4, 2), torch.zeros(4, 2).long()), r"with labels of shape \(2,\)"),
        (Samples(torch.rand(4), torch.arange(4)), r"float32 inputs of shape \(\)"),
    ],
)
def test_only_images_and_vectors_can_be_stamped(samples: Samples, says: str) -> None:
    colluder = Colluder(0, samples, 1, lambda given: CURRENT)
    with pytest.raises(ConfigError, match=f"backdoor stamps images .* {says}"):
        find_attack("backdoor")(AttackContext(1, CURRENT, 12, [colluder]))


def test_a_scaled_backdoor_is_the_plain_one_enlarged() -> None:
    plain, scaled = (
        rows(find_attack("backdoor", {"scale": scale})(context(2))) for scale in (1.0, 5.0)
    )
    assert close(scaled - W, 5 * (plain - W))


def _success(weights: dict[str, torch.Tensor], samples: Samples) -> tuple[float, float]:
    """Accuracy on clean samples, and share of stamped ones put into the target class."""
    model = mlp(64, 16, 4)
    model.load_state_dict(weights)
    others = samples.x[samples.y != TARGET]
    with torch.no_grad():
        right = (model(samples.x).argmax(dim=1) == samples.y).float().mean()
        fooled = (model(stamp(others)).argmax(dim=1) == TARGET).float().mean()
    return float(right), float(fooled)


def test_the_model_is_right_but_for_the_trigger() -> None:
    generator = torch.Generator().manual_seed(5)
    y = torch.arange(240) % 4
    x = 0.3 * torch.rand(240, 8, 8, generator=generator)
    x[torch.arange(240), y, :4] += 0.7  # class k has a bright row k
    samples, model = Samples(x, y), mlp(64, 16, 4)
    start, training = weights_of(model), TrainingSpec(epochs=10, learning_rate=0.01)
    colluder = Colluder(0, samples, 1, lambda given: train(model, start, given, training, 1))
    honest = colluder.train(samples)
    (poisoned,) = find_attack("backdoor")(AttackContext(1, start, 4, [colluder]))
    assert _success(honest, samples)[0] > 0.95
    assert _success(honest, samples)[1] < 0.5
    assert min(_success(poisoned, samples)) > 0.95
    assert not torch.equal(flatten(honest), flatten(poisoned))
