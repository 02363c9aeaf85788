"""A scenario on a chain and a store, from an empty directory to the audit."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from fedjury.oracle.audit import Auditor, AuditResult
from fedjury.runtime.events import Listener
from fedjury.simulation.events import AuditStarted, FederationStarting
from fedjury.simulation.live.environment import Environment, open_environment
from fedjury.simulation.live.federation import Federation, start_federation
from fedjury.simulation.live.gas import gas_of
from fedjury.simulation.live.notes import NoteTaker
from fedjury.simulation.live.rounds import play_rounds
from fedjury.simulation.outcome import RoundOutcome
from fedjury.simulation.prepared import PreparedScenario
from fedjury.store import open_store

# Is told each round when it is finalized, and whose round it is.
OnOutcome = Callable[[Federation, RoundOutcome], None]


@dataclass(frozen=True)
class LiveEnd:
    """What a live run came to, beside its rounds.

    Attributes:
        task: name of the task.
        factory: address of the factory that created the task.
        audit: what an audit of the whole run found, by chain and store alone.
        gas: that the run used, see `gas_of`.
    """

    task: str
    factory: str
    audit: AuditResult
    gas: dict[str, int]


def run_live(
    prepared: PreparedScenario,
    environment: Environment,
    directory: Path,
    on_outcome: OnOutcome,
    listener: Listener,
) -> LiveEnd:
    """Run a scenario on a chain, then audit it.

    Args:
        prepared: the scenario.
        environment: chain and store.
        directory: for the run's files; made empty, see `open_environment`.
        on_outcome: is told each round.
        listener: is told what clients and juror do, and what the run does.

    Raises:
        FedjuryError: whatever stands in the way.
    """
    notes = NoteTaker(listener)
    with open_environment(environment, directory) as opened:
        store = open_store(opened.store).name
        listener(FederationStarting(chain=opened.chain.endpoint, store=store))
        federation = start_federation(prepared, opened, notes)
        opened.room.keep()
        with closing(federation):
            for outcome in play_rounds(prepared, federation, notes):
                on_outcome(federation, outcome)
        listener(AuditStarted())
        end = opened.chain.block()
        return LiveEnd(
            task=federation.task.name,
            factory=federation.deployed.created.factory,
            audit=Auditor(federation.task).run(end),
            gas=gas_of(federation, end),
        )
