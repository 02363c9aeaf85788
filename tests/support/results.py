"""Results of scenarios, made up: three clients, two rounds, an adversary in each."""

from typing import Any

from fedjury.protocol.verdicts import Verdict, VerdictCode
from fedjury.simulation.results import RoundMetrics, ScenarioResult
from fedjury.simulation.scenario import Scenario

YES, NO = Verdict(VerdictCode.ACCEPTED, 7), Verdict(VerdictCode.NOT_IMPROVED, 3)
TWICE = Verdict(VerdictCode.DUPLICATE)


def scenario(**given: Any) -> Scenario:
    """A scenario with these settings beside its size."""
    return Scenario.model_validate({"clients": 3, "rounds": 2, "adversaries": 0.34, **given})


def row(accuracy: float, verdicts: list[Verdict | None], *controlled: int) -> RoundMetrics:
    """A round in which the clients got these verdicts; None took no part."""
    took_part = {index: each for index, each in enumerate(verdicts) if each is not None}
    return RoundMetrics(accuracy, 5, 6, took_part, frozenset(controlled), 1, None, "Qm")


def document(scenario: Scenario, accuracy: float = 0.9) -> dict[str, Any]:
    """What is kept of a scenario that ends with this accuracy."""
    rows = [row(0.5, [YES, NO, YES], 2), row(accuracy, [YES, YES, TWICE], 0)]
    return ScenarioResult(scenario, 50, 100, 0.1, rows).to_json()
