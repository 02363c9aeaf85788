"""One process of the benchmark: the programs of the commands, with a stopwatch.

python -m experiments.large_models.role ROLE DIRECTORY

The roles are `coordinator`, `client-1` and so on, `juror`, `audit` (without the samples) and
`full-audit`. Prints its stages as JSON. The directory holds what `settings.save` wrote.
"""

import json
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import torch
from eth_account.signers.local import LocalAccount

from experiments.large_models.measured_store import MeasuredStore
from experiments.large_models.model import (
    NAME,
    learning_rate,
    of_size,
    warm_up,
)
from experiments.large_models.settings import (
    Created,
    Settings,
    load_created,
    load_settings,
    save,
)
from experiments.large_models.stages import Stages
from fedjury.chain.contracts.limits import GRACE_FACTOR, NOTICE_MIN
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.clients.client import Client
from fedjury.clients.events import Trained
from fedjury.clients.journal import Journal
from fedjury.clients.lone_trainer import make_trainer
from fedjury.clients.shard import ShardData
from fedjury.data import load_dataset
from fedjury.data.split import partition, split_test
from fedjury.data.verification import (
    VerificationSet,
    load_verification_set,
    save_verification_set,
)
from fedjury.deploy.draft import SpecDraft
from fedjury.deploy.plan import plan_task
from fedjury.deploy.terms import public_terms
from fedjury.devnet import devnet_accounts
from fedjury.errors import FedjuryError
from fedjury.oracle.audit import Auditor
from fedjury.oracle.daemon import assembled_juror
from fedjury.oracle.events import Judging, RoundJudged
from fedjury.oracle.slices import Slices
from fedjury.protocol.roster import Roster
from fedjury.protocol.task_spec import RuleSpec
from fedjury.runtime.events import Event
from fedjury.runtime.loop import Step
from fedjury.store import open_store
from fedjury.task.creation import Members, RoundLimits, create_task
from fedjury.task.opened import OpenedTask, open_task

ROUND_SECONDS = 3600
TRY, OPEN = "try the model, draw the first", "open the task"
_SPLIT_SEED, _SALT = 1, bytes(32)
_JURY_FILE = "jury.safetensors"
_BATCH = 32
_CYCLES = 600
_PAUSE = threading.Event()  # which nobody sets


class Process:
    """What the roles share.

    Args:
        role: of this process.
        directory: of the benchmark.
    """

    def __init__(self, role: str, directory: Path) -> None:
        self.directory, self.role = directory, role
        self.settings: Settings = load_settings(directory)
        coordinator, juror, *clients = devnet_accounts(self.settings.clients + 2)
        self.coordinator, self.juror, self.clients = coordinator, juror, clients
        self.chain = Chain.connect(self.settings.chain)
        self.data = load_dataset("digits")
        warm_up()
        self.stages = Stages(role, TRY if role == "coordinator" else OPEN)

    def store(self, adding: str, fetching: str = "fetch the model") -> MeasuredStore:
        """The content store, whose stages have these names."""
        return MeasuredStore(open_store(self.settings.store), self.stages, adding, fetching)

    def sender(self, account: LocalAccount) -> TransactionSender:
        """Sends an account's transactions."""
        return TransactionSender(self.chain, account)

    def task(self, store: MeasuredStore) -> OpenedTask:
        """The task, opened."""
        created = load_created(self.directory)
        return open_task(self.chain, store, created.address, created.block, [NAME])

    def until(self, cycle: Callable[[], Step], wanted: Step) -> None:
        """Repeat a cycle until it comes to this.

        Raises:
            TimeoutError: it does not.
        """
        for _ in range(_CYCLES):
            if cycle() is wanted:
                return
            _PAUSE.wait(0.1)
        raise TimeoutError(f"{_CYCLES} cycles, but none was {wanted.value}")


def coordinator(process: Process) -> None:
    """Work out the task's files, publish them, create the task."""
    settings, stages, data = process.settings, process.stages, process.data
    judged, _ = split_test(data.test, _SPLIT_SEED)
    verification = VerificationSet(judged.take(torch.arange(settings.judged)), _SALT)
    save_verification_set(verification, process.directory / _JURY_FILE)
    training = {
        "optimizer": "sgd",
        "epochs": 1,
        "batch_size": _BATCH,
        "learning_rate": learning_rate(settings.megabytes),
    }
    model = of_size(settings.megabytes)
    draft = SpecDraft("large", model, 0.5, RuleSpec(name="fedavg"), training)
    plan = plan_task(draft, public_terms(verification), data)
    stages.enter("encode the first model")
    files = plan.files
    stages.enter("create the task")
    created = create_task(
        process.sender(process.coordinator),
        process.store("publish spec and model"),
        files,
        RoundLimits(
            round_seconds=ROUND_SECONDS,
            availability_seconds=ROUND_SECONDS,
            grace_seconds=GRACE_FACTOR * ROUND_SECONDS,
            notice_seconds=NOTICE_MIN,
            min_updates=settings.clients,
            max_updates=settings.clients,
            rounds=1,
        ),
        Members([process.juror.address], 1, Roster.of(each.address for each in process.clients)),
    )
    found = Created(created.address, created.receipt.block_number, len(files.genesis))
    save(found, process.directory)


def client(process: Process) -> None:
    """Take part in the round."""
    number = int(process.role.removeprefix("client-"))
    settings, stages, data = process.settings, process.stages, process.data
    account = process.clients[number - 1]
    task = process.task(process.store("publish the update"))
    shard = partition(data.train, settings.clients, _SPLIT_SEED, "iid")[number - 1]
    samples = shard.take(torch.arange(settings.trained))
    work = process.directory / process.role

    def tell(event: Event) -> None:
        if isinstance(event, Trained):
            stages.enter("encode, keep and submit the update")

    trainer = make_trainer(task, ShardData(samples, data.classes), number, None, work, tell)
    program = Client(task, account, process.sender(account), trainer, Journal(work), tell)
    stages.enter("train")
    process.until(program.cycle, Step.PROGRESS)


def juror(process: Process) -> None:
    """Judge the round, publish the model, finalize, keep the files."""
    stages = process.stages
    task = process.task(process.store("publish model and record"))
    verification = load_verification_set(process.directory / _JURY_FILE)

    def tell(event: Event) -> None:
        if isinstance(event, Judging):
            stages.enter("fetch the updates, judge")
        print(event.sentence, file=sys.stderr)
        if isinstance(event, RoundJudged):
            if event.accepted < process.settings.clients:
                raise FedjuryError("an honest update is not accepted")
            stages.enter("sign and submit")

    assembled = assembled_juror(
        task,
        process.juror,
        Slices.of(task.spec, [verification]),
        process.directory / process.role,
        tell,
        confirmations=0,
        keep_days=1,
        next_jury=None,
        max_fee_gwei=None,
    )
    with assembled as (program, keeper):
        process.until(program.cycle, Step.PROGRESS)
        stages.enter("keep the files")
        keeper.finish(_PAUSE)


def audit(process: Process) -> None:
    """Check the round, with the verification set where the role says so."""
    task = process.task(process.store("publish nothing", "fetch the files"))
    slices = None
    if process.role == "full-audit":
        samples = load_verification_set(process.directory / _JURY_FILE)
        slices = Slices.of(task.spec, [samples])
    process.stages.enter("audit")
    result = Auditor(task, slices).run(process.chain.block(0))
    if not result.passed:
        raise FedjuryError(result.sentence)


def program_of(role: str) -> Callable[[Process], None]:
    """The program of a role."""
    return {"coordinator": coordinator, "juror": juror}.get(
        role, client if role.startswith("client-") else audit
    )


def main() -> None:
    """Run from the command line."""
    torch.set_num_threads(1)
    role, directory = sys.argv[1], Path(sys.argv[2])
    process = Process(role, directory)
    program_of(role)(process)
    print(json.dumps([asdict(stage) for stage in process.stages.all()]))


if __name__ == "__main__":
    main()
