"""Running one scenario to its result, in this process or live."""

import time
from collections.abc import Callable
from pathlib import Path

from fedjury.runtime.events import Listener, ignore
from fedjury.simulation.in_process import run_in_process
from fedjury.simulation.live.environment import Environment, shown
from fedjury.simulation.live.federation import Federation
from fedjury.simulation.live.run import run_live
from fedjury.simulation.metrics import Metrics
from fedjury.simulation.outcome import RoundOutcome
from fedjury.simulation.prepared import PreparedScenario
from fedjury.simulation.results import ScenarioResult

# Is told a round's number when it is over.
OnRound = Callable[[int], None]


def run_scenario(prepared: PreparedScenario, on_round: OnRound) -> ScenarioResult:
    """Run a scenario without a chain.

    Args:
        prepared: the scenario.
        on_round: is told each round's number.
    """
    started = time.monotonic()
    metrics = Metrics(prepared)
    for outcome in run_in_process(prepared):
        metrics.add(outcome)
        on_round(outcome.number)
    metrics.result.seconds.total = time.monotonic() - started
    return metrics.result


def run_scenario_live(
    prepared: PreparedScenario,
    environment: Environment,
    directory: Path,
    on_round: OnRound,
    listener: Listener = ignore,
) -> ScenarioResult:
    """Run a scenario on a chain, then audit it.

    Args:
        prepared: the scenario.
        environment: chain and store.
        directory: the scenario's own; what an attempt that failed left in it goes.
        on_round: is told each round's number.
        listener: is told what clients and juror do.

    Returns:
        The result; its `chain` holds the gas and what the audit said.
    """
    started = time.monotonic()
    metrics = Metrics(prepared)

    def on_outcome(_: Federation, outcome: RoundOutcome) -> None:
        metrics.add(outcome)
        on_round(outcome.number)

    end = run_live(prepared, environment, directory, on_outcome, listener)
    metrics.result.chain = {
        "chain": shown(environment.chain),
        "store": shown(environment.store),
        "task": end.task,
        "gas": end.gas,
        "audit": {"passed": end.audit.passed, "full": end.audit.full},
    }
    metrics.result.seconds.total = time.monotonic() - started
    return metrics.result
