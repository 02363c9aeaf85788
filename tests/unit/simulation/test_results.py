"""What is kept of a scenario."""

from fedjury.protocol.verdicts import VerdictCode
from fedjury.simulation.results import ABSENT, LETTERS, ScenarioResult
from tests.support.results import NO, YES, document, row, scenario


def test_every_verdict_has_a_letter_of_its_own() -> None:
    assert LETTERS.keys() == set(VerdictCode)
    assert len({*LETTERS.values(), ABSENT}) == len(VerdictCode) + 1


def test_a_round_is_a_few_letters() -> None:
    kept = document(scenario())
    assert kept["verdicts"] == ["+-+", "++d"]
    assert kept["adversaries"] == ["..x", "x.."]
    assert kept["totals"] == {
        "accuracy": 0.9,
        "honest": 4,
        "honest_accepted": 2,
        "poisoned": 2,
        "poisoned_accepted": 2,
        "harmful_accepted": 2,
    }
    assert "backdoor" not in kept


def test_who_is_absent_counts_nowhere() -> None:
    rows = [row(0.5, [YES, NO, None], 2), row(0.6, [None, YES, YES], 0)]
    kept = ScenarioResult(scenario(exclude_adversaries=True), 50, 100, 0.1, rows).to_json()
    assert kept["verdicts"] == ["+-.", ".++"]
    assert (kept["totals"]["honest"], kept["totals"]["poisoned"]) == (4, 0)
