"""Running the demo: a live federation, beside another rule and averaging on the same updates."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fedjury.data import load_dataset
from fedjury.oracle.aggregation.averaging import mean
from fedjury.oracle.audit import AuditResult
from fedjury.protocol.tensors import Tensors
from fedjury.runtime.events import Listener
from fedjury.simulation.checking import require_shards
from fedjury.simulation.demo.comparison import ComparedRound, Comparison
from fedjury.simulation.demo.options import DemoOptions
from fedjury.simulation.demo.plot import draw
from fedjury.simulation.demo.results import ClientResult, DemoResult, RoundResult
from fedjury.simulation.events import LambdaChosen, RoundMeasured
from fedjury.simulation.live.federation import Federation
from fedjury.simulation.live.room import require_room
from fedjury.simulation.live.run import LiveEnd, run_live
from fedjury.simulation.outcome import RoundOutcome
from fedjury.simulation.plotting import require_matplotlib
from fedjury.simulation.prepared import PreparedScenario, prepare

_SALT_BYTES = 32


@dataclass(frozen=True)
class DemoRun:
    """A finished demo.

    Attributes:
        result: what was measured.
        audit: what the audit found.
        written: the files that were written.
    """

    result: DemoResult
    audit: AuditResult
    written: list[Path]


def run_demo(options: DemoOptions, listener: Listener) -> DemoRun:
    """Run the demo and write its files.

    Whatever can be known to be wrong is found before an earlier run of the same name goes.

    Args:
        options: what to run, and where.
        listener: is told what happens.

    Raises:
        FedjuryError: whatever stands in the way.
    """
    started = time.monotonic()
    require_matplotlib()
    require_room(options.directory)
    prepared = _prepare(options)
    if not options.lambda_given:
        listener(LambdaChosen(rule=options.scenario.rule.name, lam=options.scenario.lam))
    rounds: list[RoundResult] = []
    comparison = Comparison(prepared)

    def on_outcome(federation: Federation, outcome: RoundOutcome) -> None:
        rounds.append(_measure(federation, prepared, outcome, comparison.judge(outcome)))
        listener(_told(rounds[-1], options.scenario.jurors))

    end = run_live(prepared, options.environment, options.directory, on_outcome, listener)
    seconds = round(time.monotonic() - started, 1)
    result = _result(options, prepared, comparison, rounds, end, seconds)
    return DemoRun(result, end.audit, _save(result, options.directory))


def _prepare(options: DemoOptions) -> PreparedScenario:
    dataset = load_dataset(options.scenario.data, options.data_dir)
    require_shards(options.scenario, dataset)
    return prepare(options.scenario, dataset, secrets.token_bytes(_SALT_BYTES))


def _result(
    options: DemoOptions,
    prepared: PreparedScenario,
    comparison: Comparison,
    rounds: list[RoundResult],
    end: LiveEnd,
    seconds: float,
) -> DemoResult:
    return DemoResult(
        settings={"task": end.task, "factory": end.factory, **options.to_json()},
        verification_samples=len(prepared.slices[0]),
        held_out_samples=len(prepared.held_out),
        genesis_accuracy=prepared.held_out.accuracy(prepared.task.genesis),
        rule=options.scenario.rule.name,
        compared_rule=comparison.rule,
        compared_lambda=comparison.lam,
        rounds=rounds,
        audit=end.audit.to_json(),
        gas=end.gas,
        seconds=seconds,
    )


def _measure(
    federation: Federation,
    prepared: PreparedScenario,
    outcome: RoundOutcome,
    compared: ComparedRound,
) -> RoundResult:
    """Look at a round with the held-out test set."""
    controlled = prepared.controlled[outcome.number]
    return RoundResult(
        round=outcome.number,
        baseline_correct=outcome.baseline_correct,
        model_correct=outcome.model_correct,
        accuracy=prepared.held_out.accuracy(outcome.model),
        fedavg_accuracy=prepared.held_out.accuracy(_plain_mean(outcome.updates)),
        comparison=compared,
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
        signers=list(outcome.signers),
    )


def _plain_mean(updates: Mapping[int, Tensors]) -> Tensors:
    """FedAvg (McMahan et al. 2017, equal shards) on the round's updates, poisoned or not."""
    averaged = mean(updates.values())
    return {name: tensor.float() for name, tensor in averaged.items()}


def _told(measured: RoundResult, jurors: int) -> RoundMeasured:
    accepted = [client for client in measured.clients if client.accepted]
    return RoundMeasured(
        round=measured.round,
        accepted=len(accepted),
        updates=len(measured.clients),
        poisoned_accepted=sum(client.poisoned for client in accepted),
        accuracy=measured.accuracy,
        fedavg_accuracy=measured.fedavg_accuracy,
        jurors=jurors,
        signers=measured.signers,
    )


def _save(result: DemoResult, directory: Path) -> list[Path]:
    document, picture = directory / "run.json", directory / "accuracy.png"
    result.save(document)
    draw(result, picture)
    return [document, picture]
