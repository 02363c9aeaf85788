"""ALIE, IPM, min-max and min-sum against their definitions."""

from collections.abc import Callable
from statistics import NormalDist

import pytest
import torch

from fedjury.clients.attacks.colluding import DEVIATIONS, hidden_deviations
from fedjury.clients.attacks.registry import find_attack
from fedjury.clients.attacks.vectors import unflatten
from tests.support.adversary import CURRENT, W, close, context, honest, rows

HONEST = honest(7)
ROWS = rows(HONEST)
MEAN = ROWS.mean(dim=0)


def _submitted(name: str, **parameters: object) -> torch.Tensor:
    """What the first of three colluders submits."""
    return rows(find_attack(name, parameters)(context(3, HONEST)))[0]


@pytest.mark.parametrize("z", [0, 0.3, 1.5, -1.0])
def test_alie_is_the_mean_less_z_standard_deviations(z: float) -> None:
    deviation = ((ROWS - MEAN) ** 2).mean(dim=0).sqrt()
    assert close(_submitted("alie", z=z), MEAN - z * deviation)


def test_alies_z_is_the_papers() -> None:
    # 26 of 50 are a majority: 24 colluders need 2 of the 26 honest farther out than themselves.
    assert hidden_deviations(50, 24) == pytest.approx(NormalDist().inv_cdf(24 / 26))
    assert hidden_deviations(10, 3) == pytest.approx(NormalDist().inv_cdf(4 / 7))
    assert close(_submitted("alie"), _submitted("alie", z=NormalDist().inv_cdf(4 / 7)))


def test_alies_z_neither_helps_nor_explodes() -> None:
    assert hidden_deviations(10, 1) == pytest.approx(0)
    for colluders in (6, 8, 9, 10):
        assert 1 < hidden_deviations(10, colluders) < 3.1
    found = [hidden_deviations(100, colluders) for colluders in range(1, 100)]
    assert found == sorted(found)


@pytest.mark.parametrize("epsilon", [0.1, 0.5, 10])
def test_ipms_change_has_a_negative_inner_product_with_the_honest_mean(epsilon: float) -> None:
    change = _submitted("ipm", epsilon=epsilon) - W
    assert float(change @ (MEAN - W)) < 0
    assert close(change, -epsilon * (MEAN - W))


def test_a_large_epsilon_turns_the_plain_mean_around() -> None:
    def progress(epsilon: float) -> float:
        colluding = rows(find_attack("ipm", {"epsilon": epsilon})(context(3, HONEST)))
        return float((torch.cat([ROWS, colluding]).mean(dim=0) - W) @ (MEAN - W))

    assert progress(2.2) > 0 > progress(2.4)  # 7 honest to 3


def _largest_distance(vector: torch.Tensor) -> float:
    return max(float((vector - row).norm()) for row in ROWS)


def _sum_of_squares(vector: torch.Tensor) -> float:
    return sum(float((vector - row).norm()) ** 2 for row in ROWS)


@pytest.mark.parametrize("deviation", DEVIATIONS)
@pytest.mark.parametrize(
    ("name", "measure"), [("min-max", _largest_distance), ("min-sum", _sum_of_squares)]
)
def test_the_bound_holds_and_is_reached(
    name: str, measure: Callable[[torch.Tensor], float], deviation: str
) -> None:
    limit = (
        max(_largest_distance(row) for row in ROWS)
        if name == "min-max"
        else max(_sum_of_squares(row) for row in ROWS)
    )
    vector = _submitted(name, deviation=deviation)
    assert measure(vector) == pytest.approx(limit, rel=1e-4)
    assert measure(MEAN + 1.01 * (vector - MEAN)) > limit * 1.001


def test_deviations_lead_away_from_the_honest_mean() -> None:
    change, deviation = MEAN - W, ROWS.std(dim=0)
    for name in ("min-max", "min-sum"):
        for choice, direction in (("unit", -change), ("std", -deviation), ("sign", -change.sign())):
            moved = _submitted(name, deviation=choice) - MEAN
            cosine = torch.nn.functional.cosine_similarity(moved, direction, dim=0)
            assert float(cosine) == pytest.approx(1, abs=1e-4)
        assert close(_submitted(name), _submitted(name, deviation="std"))


@pytest.mark.parametrize("name", ["alie", "min-max", "min-sum"])
def test_without_spread_there_is_nowhere_to_hide(name: str) -> None:
    same = [HONEST[0]] * 4
    assert close(rows(find_attack(name)(context(2, same)))[1], ROWS[0])


def test_honest_updates_that_stay_at_w_are_no_way_back() -> None:
    still = [unflatten(W, CURRENT)] * 3
    for deviation in DEVIATIONS:
        found = rows(find_attack("min-max", {"deviation": deviation})(context(2, still)))
        assert close(found[0], W)
