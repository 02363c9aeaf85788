"""Measuring each round of a scenario with the held-out samples, live or not."""

from fedjury.oracle.rules.registry import find_rule
from fedjury.simulation.harm import count_harmful
from fedjury.simulation.outcome import RoundOutcome
from fedjury.simulation.prepared import PreparedScenario
from fedjury.simulation.results import RoundMetrics, ScenarioResult


class Metrics:
    """Measures the rounds of one scenario.

    Args:
        prepared: the scenario.
    """

    def __init__(self, prepared: PreparedScenario) -> None:
        self._controlled = prepared.controlled
        self._held_out = prepared.held_out
        self._rule = find_rule(prepared.task.spec.rule)
        self._mixing_weights = self._rule.mixing_weights(prepared.task.spec.lam)
        self.result = ScenarioResult(
            scenario=prepared.scenario,
            verification_samples=len(prepared.slices[0]),
            held_out_samples=len(self._held_out),
            genesis_accuracy=self._held_out.accuracy(prepared.task.genesis),
        )

    def add(self, outcome: RoundOutcome) -> RoundMetrics:
        """Measure a round and add it to the result."""
        measured = RoundMetrics(
            accuracy=self._held_out.accuracy(outcome.model),
            baseline_correct=outcome.baseline_correct,
            model_correct=outcome.model_correct,
            verdicts=outcome.verdicts,
            controlled=self._controlled[outcome.number],
            harmful=self._harmful(outcome),
            backdoor=self._held_out.backdoor(outcome.model),
            model=outcome.digest.cid,
        )
        self.result.rounds.append(measured)
        self.result.seconds.training += outcome.training_seconds
        self.result.seconds.judging += outcome.judging_seconds
        return measured

    def _harmful(self, outcome: RoundOutcome) -> int:
        controlled = self._controlled[outcome.number]
        accepted = [index for index in outcome.updates if outcome.verdicts[index].accepted]
        return count_harmful(
            self._held_out,
            self._rule,
            self._mixing_weights,
            outcome.current,
            outcome.model,
            [outcome.updates[index] for index in accepted],
            [number for number, index in enumerate(accepted) if index in controlled],
        )
