"""Running the demo: a live federation, measured beside plain averaging of the same updates."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fedjury.data import load_dataset
from fedjury.oracle.aggregation.averaging import mean
from fedjury.protocol.tensors import Tensors
from fedjury.runtime.events import Listener
from fedjury.simulation.demo.options import DemoOptions
from fedjury.simulation.demo.plot import draw
from fedjury.simulation.demo.results import ClientResult, DemoResult, RoundResult
from fedjury.simulation.events import AuditStarted, FederationStarting, RoundMeasured
from fedjury.simulation.live.checks import audit, gas_of
from fedjury.simulation.live.environment import make_room, open_environment
from fedjury.simulation.live.federation import Federation, start_federation
from fedjury.simulation.live.rounds import Stopwatch, run_live
from fedjury.simulation.outcome import RoundOutcome
from fedjury.simulation.prepared import PreparedScenario, prepare
from fedjury.store import open_store

_SALT_BYTES = 32


@dataclass(frozen=True)
class DemoRun:
    """A finished demo.

    Attributes:
        result: what was measured.
        passed: whether the audit found everything right.
        written: the files that were written.
    """

    result: DemoResult
    passed: bool
    written: list[Path]


def run_demo(options: DemoOptions, listener: Listener) -> DemoRun:
    """Run the demo and write its files.

    Args:
        options: what to run, and where.
        listener: is told what happens.

    Raises:
        FedjuryError: whatever stands in the way.
    """
    directory = options.environment.directory
    make_room(directory)
    started = time.monotonic()
    dataset = load_dataset(options.scenario.data, options.data_dir)
    prepared = prepare(options.scenario, dataset, secrets.token_bytes(_SALT_BYTES))
    stopwatch = Stopwatch(listener)
    with open_environment(options.environment) as environment:
        store = open_store(environment.store).name
        listener(FederationStarting(chain=environment.chain.endpoint, store=store))
        federation = start_federation(prepared, environment, stopwatch)
        result = _start(options, federation, prepared)
        for outcome in run_live(prepared, federation, stopwatch):
            result.rounds.append(_measure(federation, prepared, outcome))
            listener(_told(result.rounds[-1]))
        listener(AuditStarted())
        end = federation.task.chain.block()
        audited = audit(federation, prepared.task.verification, end)
        result.audit, result.gas = audited.to_json(), gas_of(federation, end)
    result.seconds = round(time.monotonic() - started, 1)
    return DemoRun(result, audited.passed, _save(result, directory))


def _start(options: DemoOptions, federation: Federation, prepared: PreparedScenario) -> DemoResult:
    factory = federation.deployed.created.factory
    return DemoResult(
        settings={"task": federation.task.name, "factory": factory, **options.to_json()},
        verification_samples=len(prepared.task.verification),
        held_out_samples=len(prepared.held_out),
        genesis_accuracy=prepared.held_out.accuracy(prepared.task.genesis),
    )


def _measure(
    federation: Federation, prepared: PreparedScenario, outcome: RoundOutcome
) -> RoundResult:
    """Look at a round with the held-out test set."""
    controlled = prepared.controlled[outcome.number]
    return RoundResult(
        round=outcome.number,
        baseline_correct=outcome.baseline_correct,
        model_correct=outcome.model_correct,
        accuracy=prepared.held_out.accuracy(outcome.model),
        fedavg_accuracy=prepared.held_out.accuracy(_plain_mean(outcome.updates)),
        clients=[
            ClientResult(
                client=index,
                address=federation.addresses[index],
                poisoned=index in controlled,
                verdict=verdict.code.label,
                accepted=verdict.accepted,
                correct=verdict.correct,
            )
            for index, verdict in sorted(outcome.verdicts.items())
        ],
        model=outcome.digest.cid,
    )


def _plain_mean(updates: Mapping[int, Tensors]) -> Tensors:
    """FedAvg (McMahan et al. 2017, equal shards) on the round's updates, poisoned or not."""
    averaged = mean(updates.values())
    return {name: tensor.float() for name, tensor in averaged.items()}


def _told(measured: RoundResult) -> RoundMeasured:
    accepted = [client for client in measured.clients if client.accepted]
    return RoundMeasured(
        round=measured.round,
        accepted=len(accepted),
        updates=len(measured.clients),
        poisoned_accepted=sum(client.poisoned for client in accepted),
        accuracy=measured.accuracy,
        fedavg_accuracy=measured.fedavg_accuracy,
    )


def _save(result: DemoResult, directory: Path) -> list[Path]:
    document, picture = directory / "run.json", directory / "accuracy.png"
    result.save(document)
    draw(result, picture)
    return [document, picture]
