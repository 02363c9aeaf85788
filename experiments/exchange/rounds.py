"""One round of many updates in a batch, judged by jurors who ask each other over HTTP."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from eth_account.signers.local import LocalAccount

from experiments.batches.members import clients
from experiments.batches.settings import HIDDEN, JUDGED, Settings
from experiments.batches.weights import WeightMaker
from experiments.exchange.wire import Asked, Counts, Wire
from fedjury.chain.contracts.limits import NOTICE_MIN
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.embedded import funded_accounts
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.data import load_dataset
from fedjury.data.split import split_test
from fedjury.data.verification import VerificationSet
from fedjury.deploy.action import carry_out
from fedjury.deploy.draft import SpecDraft
from fedjury.deploy.plan import DataSource, DeployPlan, plan_task
from fedjury.deploy.terms import public_terms
from fedjury.errors import FedjuryError
from fedjury.oracle.daemon import assembled_juror
from fedjury.oracle.events import RoundFinalized
from fedjury.oracle.exchange.http_events import ServingPeers
from fedjury.oracle.exchange.network import NetworkSettings
from fedjury.oracle.slices import Slices
from fedjury.protocol.batch_file import BatchFile
from fedjury.protocol.juries import least_quorum
from fedjury.protocol.roster import Roster
from fedjury.protocol.task_spec import CallableSpec, RuleSpec
from fedjury.protocol.update_file import encode_update
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.runtime.events import Event
from fedjury.runtime.loop import Step
from fedjury.simulation.live.clock import pass_to
from fedjury.store import open_store
from fedjury.task.creation import Members, RoundLimits
from fedjury.task.opened import OpenedTask, open_task

_SEED = 1
_ROUND, _BATCHES, _FILES = 86_400, 43_200, 3_600  # seconds
_MOST_SECONDS = 3600.0
_LOOK = 0.05  # seconds between two looks of jurors who wait for each other


@dataclass(frozen=True)
class JointRound:
    """A round by several jurors.

    Attributes:
        updates: that it holds.
        jurors: who judged it.
        seconds: from its closing to its report, all jurors' turns one after the other.
        transactions: that the jury sent.
        asked: by kind of path, what the jurors asked each other for.
    """

    updates: int
    jurors: int
    seconds: float
    transactions: int
    asked: dict[str, Asked]


def measure(updates: int, jurors: int, directory: Path) -> JointRound:
    """Have a round judged by several jurors, each with its server.

    Args:
        updates: that it holds, all in one batch.
        jurors: how many judge.
        directory: for all files; empty.

    Raises:
        FedjuryError: the round does not end.
    """
    chain = Chain.connect("embedded")
    accounts = sorted(funded_accounts(chain.web3), key=lambda each: int(each.address, 16))
    judges, (coordinator, relayer) = accounts[:jurors], accounts[jurors : jurors + 2]
    samples, members = _samples(), clients(Settings(updates, updates, _SEED, ""))
    plan = _plan(judges, relayer, members, samples)
    store = f"dir:{directory / 'store'}"
    made = carry_out(plan, TransactionSender(chain, coordinator), store, directory / "task.json")
    found = made.deployment
    task = open_task(chain, open_store(store), found.task, found.block)
    batch = task.store.add(_batch(task, members))
    TransactionSender(chain, relayer).send(task.contract.submit_batch(1, updates, batch))
    pass_to(chain, task.contract.current_round().deadline)
    counts, told = Counts(), list[Event]()
    with _jury(task, judges, samples, directory / "work", counts, told) as cycles:
        started = time.perf_counter()
        while not (sent := [each for each in told if isinstance(each, RoundFinalized)]):
            steps = [cycle() for cycle in cycles]
            if time.perf_counter() - started > _MOST_SECONDS:
                raise FedjuryError(f"{jurors} jurors came to no report in {_MOST_SECONDS:g} s")
            if Step.PROGRESS not in steps:
                time.sleep(_LOOK)
        seconds = time.perf_counter() - started
        return JointRound(updates, jurors, seconds, len(sent), counts.copy())


@contextmanager
def _jury(
    task: OpenedTask,
    judges: Sequence[LocalAccount],
    samples: VerificationSet,
    directory: Path,
    counts: Counts,
    told: list[Event],
) -> Iterator[list[Callable[[], Step]]]:
    """The jurors' turns; each is found where its wire is, the first one by all others."""
    with ExitStack() as stack:
        wires = [stack.enter_context(Wire(counts)) for _ in judges]
        cycles = []
        for judge, wire in zip(judges, wires, strict=True):
            seeds = () if wire is wires[0] else (wires[0].url,)
            juror, _ = stack.enter_context(
                assembled_juror(
                    task,
                    judge,
                    Slices.of(task.spec, [samples]),
                    directory / judge.address,
                    partial(_hear, wire, told),
                    network=NetworkSettings("127.0.0.1", 0, wire.url, seeds),
                    confirmations=0,
                    keep_days=0,
                    next_jury=None,
                    max_fee_gwei=None,
                )
            )
            cycles.append(juror.cycle)
        yield cycles


def _hear(wire: Wire, told: list[Event], event: Event) -> None:
    if isinstance(event, ServingPeers):
        wire.port = int(event.url.rpartition(":")[2])
    told.append(event)


def _plan(
    judges: Sequence[LocalAccount],
    relayer: LocalAccount,
    members: Sequence[LocalAccount],
    samples: VerificationSet,
) -> DeployPlan:
    return DeployPlan(
        plan_task(
            SpecDraft(
                "exchange",
                CallableSpec(callable="fedjury.models:mlp", arguments={"hidden": HIDDEN}),
                0.5,
                RuleSpec(name="paper"),
                {"epochs": 1},
            ),
            public_terms(samples),
            load_dataset("digits"),
        ),
        RoundLimits(
            round_seconds=_ROUND,
            batch_seconds=_BATCHES,
            availability_seconds=_FILES,
            grace_seconds=4 * _FILES,
            notice_seconds=NOTICE_MIN,
            min_updates=1,
            max_updates=1,
            rounds=1,
        ),
        Members(
            [judge.address for judge in judges],
            least_quorum(len(judges)),
            Roster.of(member.address for member in members),
            [relayer.address],
        ),
        DataSource("digits", "iid", 1),
    )


def _samples() -> VerificationSet:
    judged, _ = split_test(load_dataset("digits").test, 1)
    return VerificationSet(judged.take(torch.arange(JUDGED)), bytes(32))


def _batch(task: OpenedTask, members: list[LocalAccount]) -> bytes:
    maker = WeightMaker(
        task.model, load_dataset("digits").train, list(task.spec.federated.names), _SEED
    )
    domain = UpdateDomain(
        task.chain.chain_id,
        task.contract.address,
        1,
        task.contract.current_round().model_digest,
    )
    signed = []
    for number, member in enumerate(members):
        update = encode_update(maker.weights(number), task.tag(1, member.address))
        signed.append(domain.sign(member, task.store.add(update)))
    return BatchFile.of(signed).content
