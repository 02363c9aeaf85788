"""The paper's rule: what raises accuracy is accepted, and the accepted are averaged."""

from fedjury.oracle.rules.base import RuleInput, Ruling
from fedjury.oracle.rules.paper import PaperRule
from fedjury.protocol.tensors import encode
from tests.support.scores import MadeUpScores
from tests.support.updates import weight


def _judge(current: float, updates: list[float], lam: float) -> tuple[Ruling, list[float]]:
    """Judge where correct() is the weight itself; also what was evaluated."""
    scores = MadeUpScores(lambda weights: int(weights["w"].item()))
    given = RuleInput(weight(current), [weight(u) for u in updates], lam, scores)
    ruling = PaperRule().judge(given)
    return ruling, [weights["w"].item() for weights in scores.counted]


def test_only_what_is_strictly_better_is_accepted() -> None:
    ruling, _ = _judge(10, [9, 10, 11, 12], lam=0.0)
    assert ruling == Ruling(10, [False, False, True, True], [9, 10, 11, 12])


def test_what_is_evaluated_is_the_mixture() -> None:
    ruling, evaluated = _judge(10, [12, 8, 30], lam=0.5)
    assert evaluated == [10, 11, 9, 20]
    assert list(ruling.accepted) == [True, False, True]


def test_every_update_is_held_against_the_old_model_not_against_the_others() -> None:
    ruling, _ = _judge(10, [50, 11], lam=0.0)
    assert list(ruling.accepted) == [True, True]


def test_no_updates_still_have_a_baseline() -> None:
    assert _judge(10, [], lam=0.5)[0] == Ruling(10, [], [])


def test_the_aggregate_is_the_mean_over_the_accepted_mixed_with_the_old() -> None:
    model = PaperRule().aggregate(weight(1), [weight(4), weight(8)], 0.25)
    assert model["w"].item() == 0.25 * 1 + 0.75 * 6


def test_with_nothing_accepted_the_model_stays() -> None:
    current = weight(0.1)
    assert encode(PaperRule().aggregate(current, [], 0.3)) == encode(current)
