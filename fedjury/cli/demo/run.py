"""Running the demo: rounds, measurements, audit, files."""

import shutil
import time
from collections.abc import Callable
from dataclasses import asdict

from fedjury.chain import wire
from fedjury.cli.demo.display import Display
from fedjury.cli.demo.federation import Federation, build_federation
from fedjury.cli.demo.files import save_result
from fedjury.cli.demo.options import DemoOptions
from fedjury.cli.demo.results import DemoResult, RoundResult, client_result
from fedjury.cli.demo.services import Services, open_services
from fedjury.cli.output import Output
from fedjury.data import load_dataset
from fedjury.errors import ConfigError, PassingError
from fedjury.history import RoundRecord, read_history
from fedjury.loop import Backoff, Step
from fedjury.store import cid_of
from fedjury.tensors import Tensors, decode
from fedjury.verification import VerificationSet
from oracle.audit import Auditor
from oracle.evaluate import Evaluator
from oracle.mixing import mean

_PATIENCE = 5  # passing errors in a row before a demo gives up


def run_demo(options: DemoOptions, output: Output) -> bool:
    """Run the demo and write its files.

    Returns:
        Whether the audit passed.

    Raises:
        FedjuryError: whatever stands in the way.
    """
    _prepare(options)
    started = time.monotonic()
    dataset = load_dataset(options.data, options.data_dir)
    with open_services(options) as services, Display(options, output) as display:
        display.say(f"chain {services.chain.endpoint}, store {services.store.name}")
        federation = build_federation(options, services, dataset, display.notify)
        result = _start(options, federation)
        for number in range(1, options.rounds + 1):
            _run_round(federation, number, display)
            result.rounds.append(_measure(federation, number, result))
            display.round_done(result.rounds[-1])
        passed = _audit(federation, result, display)
        result.gas = _gas(services, federation)
    result.seconds = round(time.monotonic() - started, 1)
    written = save_result(result, options.directory)
    display.finish(result, written)
    return passed


def _prepare(options: DemoOptions) -> None:
    """Make room for the run; an earlier one of the same name goes."""
    directory = options.directory
    if directory.exists():
        if any(directory.iterdir()) and not (directory / "deployment.json").exists():
            raise ConfigError(f"{directory} exists and holds no demo run: say another --name")
        shutil.rmtree(directory)
    directory.mkdir(parents=True)


def _start(options: DemoOptions, federation: Federation) -> DemoResult:
    genesis = federation.task.fetch_model(federation.task.config.genesis_digest)
    held_out = len(federation.held_out)
    settings: dict[str, object] = {
        "task": federation.task.name,
        "factory": federation.created.factory,
        **{key: str(value) for key, value in asdict(options).items() if value is not None},
    }
    return DemoResult(
        settings=settings,
        verification_samples=len(federation.verification),
        held_out_samples=held_out,
        genesis_accuracy=_held_out(federation).correct(genesis) / held_out,
    )


def _run_round(federation: Federation, number: int, display: Display) -> None:
    for place, agent in enumerate(federation.agents):
        display.client_turn(number, place)
        _until(agent.cycle, Step.PROGRESS)
    display.jury_turn(number)
    _until(federation.juror.cycle, Step.PROGRESS)


def _until(cycle: Callable[[], Step], wanted: Step) -> None:
    backoff, failures = Backoff(), 0
    while True:
        try:
            step = cycle()
        except PassingError:
            failures += 1
            if failures > _PATIENCE:
                raise
            time.sleep(backoff.take())
            continue
        if step in (wanted, Step.FINISHED):
            return
        failures = 0
        time.sleep(0.2)


def _measure(federation: Federation, number: int, result: DemoResult) -> RoundResult:
    """Read the round back from chain and store, and look at the held-out test set."""
    task = federation.task
    block = task.chain.block().number
    record = read_history(task.contract, federation.from_block, block).rounds[number]
    finalized = record.finalized
    assert finalized is not None
    evaluator, samples = _held_out(federation), result.held_out_samples
    model = task.fetch_model(finalized.model_digest)
    return RoundResult(
        round=number,
        baseline_correct=finalized.baseline_correct,
        model_correct=finalized.model_correct,
        accuracy=evaluator.correct(model) / samples,
        fedavg_accuracy=evaluator.correct(_plain_mean(federation, record)) / samples,
        clients=sorted(
            (
                client_result(
                    place := federation.addresses.index(update.client),
                    update.client,
                    place in federation.poisoned[number],
                    verdict,
                )
                for update, verdict in record.judged()
            ),
            key=lambda client: client.client,
        ),
        model=cid_of(finalized.model_digest),
    )


def _plain_mean(federation: Federation, record: RoundRecord) -> Tensors:
    """FedAvg (McMahan et al. 2017, equal shards) on the round's updates, poisoned or not."""
    limit = federation.task.spec.update.max_bytes
    files = (federation.task.store.fetch(u.digest, limit, 30.0) for u in record.updates)
    averaged = mean(decode(data)[0] for data in files)
    return {name: tensor.float() for name, tensor in averaged.items()}


def _held_out(federation: Federation) -> Evaluator:
    return Evaluator(federation.task.build_model(), VerificationSet(federation.held_out, b""))


def _audit(federation: Federation, result: DemoResult, display: Display) -> bool:
    display.say("auditing the run from chain and store")
    auditor = Auditor(federation.task, federation.verification)
    audit = auditor.run(federation.from_block, federation.task.chain.block())
    result.audit = audit.to_json()
    return audit.passed


def _gas(services: Services, federation: Federation) -> dict[str, int]:
    """Gas of the task's whole life, from the receipts of its transactions."""
    events = read_history(
        federation.task.contract, federation.from_block, services.chain.block().number
    )
    submissions = [u.transaction_hash for r in events.rounds.values() for u in r.updates]
    finals = [r.finalized.transaction_hash for r in events.rounds.values() if r.finalized]
    gas = {
        "create_task": federation.created.receipt.gas_used,
        "submit_updates": sum(_gas_used(services, each) for each in submissions),
        "finalize_rounds": sum(_gas_used(services, each) for each in finals),
    }
    total = sum(gas.values())
    return {**gas, "total": total, "per_update": round(total / max(1, len(submissions)))}


def _gas_used(services: Services, transaction_hash: bytes) -> int:
    receipt = services.chain.request("eth_getTransactionReceipt", "0x" + transaction_hash.hex())
    return wire.quantity(wire.mapping(receipt, "a receipt").get("gasUsed"), "gasUsed")
