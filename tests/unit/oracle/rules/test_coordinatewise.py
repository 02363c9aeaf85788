"""FedAvg, coordinate median and trimmed mean: against hand-made cases, NumPy and SciPy."""

from itertools import permutations

import numpy as np
import pytest
import torch
from scipy.stats import trim_mean  # type: ignore[import-untyped]

from fedjury.oracle.aggregation.averaging import mean, mix
from fedjury.oracle.rules.base import Rule, RuleInput, Ruling
from fedjury.oracle.rules.coordinatewise import MedianRule, TrimmedMeanRule
from fedjury.oracle.rules.fedavg import FedAvgRule
from fedjury.protocol.tensors import encode
from tests.support.scores import MadeUpScores
from tests.support.threads import on_1_2_and_4_threads
from tests.support.updates import random_updates, stacked, weight

RULES = [FedAvgRule(), MedianRule(), TrimmedMeanRule(), TrimmedMeanRule(trim=0.49)]
EACH_RULE = pytest.mark.parametrize("rule", RULES, ids=repr)


@EACH_RULE
def test_every_well_formed_update_is_accepted_and_counted(rule: Rule) -> None:
    scores = MadeUpScores(lambda weights: int(weights["w"].item()))
    given = RuleInput(weight(10), [weight(0), weight(30)], 0.5, scores)
    assert rule.judge(given) == Ruling(10, [True, True], [5, 20])
    assert rule.judge(RuleInput(weight(10), [], 0.5, scores)) == Ruling(10, [], [])


@EACH_RULE
def test_each_update_is_judged_by_itself(rule: Rule) -> None:
    assert rule.independent


@EACH_RULE
def test_without_updates_the_model_stays(rule: Rule) -> None:
    current = weight(0.1)
    assert encode(rule.aggregate(current, [], 0.3)) == encode(current)


@EACH_RULE
def test_one_update_is_its_own_aggregate(rule: Rule) -> None:
    current, (update,) = random_updates(1, seed=2)[0], random_updates(1)
    assert encode(rule.aggregate(current, [update], 0.25)) == encode(mix(current, update, 0.25))


@EACH_RULE
def test_two_updates_give_their_mean(rule: Rule) -> None:
    current, updates = random_updates(1, seed=2)[0], random_updates(2)
    expected = mix(current, mean(updates), 0.25)
    assert encode(rule.aggregate(current, updates, 0.25)) == encode(expected)


@EACH_RULE
def test_equal_updates_give_themselves(rule: Rule) -> None:
    (update,) = random_updates(1)
    assert encode(rule.aggregate(update, [update] * 5, 0.0)) == encode(update)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (FedAvgRule(), [11.5, 202.0]),
        (MedianRule(), [2.0, 3.0]),
        (TrimmedMeanRule(), [2.0, 3.0]),
        (TrimmedMeanRule(0.4), [2.0, 3.0]),
    ],
    ids=repr,
)
def test_by_hand(rule: Rule, expected: list[float]) -> None:
    updates = [weight(1, 8), weight(100, 2000), weight(2, 0), weight(4, 5), weight(3, 2)]
    assert rule.aggregate(weight(1, 1), updates, 0.5)["w"].tolist() == expected


@pytest.mark.parametrize("count", [1, 2, 3, 4, 9, 10])
def test_the_median_is_numpys(count: int) -> None:
    updates = random_updates(count)
    model = MedianRule().aggregate(updates[0], updates, 0.0)
    for name, tensor in model.items():
        expected = np.median(stacked(updates, name), axis=0)
        assert np.array_equal(tensor.numpy(), expected.astype(np.float32))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 9, 10])
@pytest.mark.parametrize("trim", [0, 0.1, 0.2, 0.25, 0.49])
def test_the_trimmed_mean_is_scipys(count: int, trim: float) -> None:
    updates = random_updates(count)
    model = TrimmedMeanRule(trim).aggregate(updates[0], updates, 0.0)
    for name, tensor in model.items():
        expected = trim_mean(stacked(updates, name), trim, axis=0)
        np.testing.assert_allclose(tensor.numpy(), expected, rtol=2**-23, atol=0)


def test_a_share_is_taken_as_it_is_written() -> None:
    updates = [weight(float(place)) for place in range(100)]
    updates[29] = weight(-1e3)  # cut off with 28 others, so 30 is the smallest left
    model = TrimmedMeanRule(0.29).aggregate(weight(0), updates, 0.0)
    kept = sorted(u["w"].item() for u in updates)[29:71]
    assert model["w"].item() == np.float32(np.mean(kept))


@pytest.mark.parametrize("rule", [MedianRule(), TrimmedMeanRule(0.3)], ids=repr)
def test_the_order_of_updates_does_not_matter(rule: Rule) -> None:
    updates = random_updates(4)
    updates[1]["b"], updates[2]["b"] = torch.zeros(3), -torch.zeros(3)  # of either sign
    updates[3]["b"] = torch.tensor([-1.0, -0.0, 0.0])
    current = {name: torch.zeros_like(tensor) for name, tensor in updates[0].items()}
    files = {encode(rule.aggregate(current, list(p), 0.5)) for p in permutations(updates)}
    assert len(files) == 1


@EACH_RULE
def test_threads_do_not_matter(rule: Rule) -> None:
    generator = torch.Generator().manual_seed(3)
    updates = [{"w": torch.randn(70_000, generator=generator)} for _ in range(5)]
    files = on_1_2_and_4_threads(lambda: encode(rule.aggregate(updates[0], updates[1:], 0.5)))
    assert len(set(files)) == 1
