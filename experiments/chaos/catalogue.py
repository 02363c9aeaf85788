"""All scenarios, in the order in which they run."""

from experiments.chaos.scenario import Scenario
from experiments.chaos.scenarios import kills

SCENARIOS: tuple[Scenario, ...] = (*kills.SCENARIOS,)
