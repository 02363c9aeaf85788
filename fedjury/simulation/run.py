"""Running one scenario to its result, in this process or live."""

import shutil
import time
from collections.abc import Callable

from fedjury.runtime.events import Listener, ignore
from fedjury.simulation.in_process import run_in_process
from fedjury.simulation.live.checks import audit, gas_of
from fedjury.simulation.live.environment import Environment, make_room, open_environment
from fedjury.simulation.live.federation import start_federation
from fedjury.simulation.live.rounds import Stopwatch, run_live
from fedjury.simulation.metrics import Metrics
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
    on_round: OnRound,
    listener: Listener = ignore,
) -> ScenarioResult:
    """Run a scenario on a chain, then audit it.

    Args:
        prepared: the scenario.
        environment: chain, store and directory; an earlier run in the directory goes.
        on_round: is told each round's number.
        listener: is told what clients and juror do.

    Returns:
        The result; its `chain` holds the gas and what the audit said.
    """
    # what an attempt that failed left behind; the directory is this scenario's own
    shutil.rmtree(environment.directory, ignore_errors=True)
    make_room(environment.directory)
    started = time.monotonic()
    metrics, stopwatch = Metrics(prepared), Stopwatch(listener)
    with open_environment(environment) as opened:
        federation = start_federation(prepared, opened, stopwatch)
        for outcome in run_live(prepared, federation, stopwatch):
            metrics.add(outcome)
            on_round(outcome.number)
        end = federation.task.chain.block()
        audited = audit(federation, prepared.task.verification, end)
        metrics.result.chain = {
            "chain": environment.chain,
            "store": environment.store,
            "task": federation.task.name,
            "gas": gas_of(federation, end),
            "audit": {"passed": audited.passed, "full": audited.full},
        }
    metrics.result.seconds.total = time.monotonic() - started
    return metrics.result
