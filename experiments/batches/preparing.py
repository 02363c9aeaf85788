"""The processes before a relay: who coordinates, and all clients in one."""

import torch

from experiments.batches.members import clients as client_keys
from experiments.batches.members import roster as make_roster
from experiments.batches.opening import open_whole
from experiments.batches.process import FIRST_ROUND, Process
from experiments.batches.settings import (
    BATCH_SECONDS,
    COORDINATOR,
    HIDDEN,
    JUDGED,
    JUROR,
    RELAYER,
    ROUND_SECONDS,
)
from experiments.batches.weights import WeightMaker
from fedjury.chain.contracts.limits import GRACE_FACTOR, NOTICE_MIN
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.data import load_dataset
from fedjury.data.split import split_test
from fedjury.data.verification import VerificationSet, save_verification_set
from fedjury.deploy.action import carry_out
from fedjury.deploy.draft import SpecDraft
from fedjury.deploy.plan import DataSource, DeployPlan, TaskPlan, plan_task
from fedjury.deploy.terms import public_terms
from fedjury.protocol.batch_file import BatchFile
from fedjury.protocol.digest import Digest
from fedjury.protocol.task_spec import CallableSpec, RuleSpec
from fedjury.protocol.update_file import encode_update
from fedjury.store import open_store
from fedjury.task.creation import Members, RoundLimits

_AVAILABILITY_SECONDS = 3600
_SPLIT_SEED, _SALT = 1, bytes(32)
_DATA = DataSource("digits", "iid", _SPLIT_SEED)
_LIMITS = RoundLimits(
    round_seconds=ROUND_SECONDS,
    batch_seconds=BATCH_SECONDS,
    availability_seconds=_AVAILABILITY_SECONDS,
    grace_seconds=GRACE_FACTOR * _AVAILABILITY_SECONDS,
    notice_seconds=NOTICE_MIN,
    min_updates=1,
    max_updates=1,
    rounds=1,
)


def coordinator(process: Process) -> None:
    """Make the roster and the task's files, create the task."""
    settings, watch = process.settings, process.watch
    watch.enter("make keys")
    members = client_keys(settings)
    watch.enter("make the roster")
    roster = make_roster(settings, members)
    watch.enter("hash the roster's tree")
    assert roster.root  # worked out once, and kept
    watch.enter("work out spec and first model")
    plan = _plan(process)
    watch.enter("publish the files, create the task")
    jurors, relayers = [process.accounts[JUROR].address], [process.accounts[RELAYER].address]
    carry_out(
        DeployPlan(plan, _LIMITS, Members(jurors, 1, roster, relayers), _DATA),
        TransactionSender(process.chain, process.accounts[COORDINATOR]),
        process.room.store,
        process.room.deployment,
    )


def _plan(process: Process) -> TaskPlan:
    data = load_dataset(_DATA.name)
    judged, _ = split_test(data.test, _SPLIT_SEED)
    verification = VerificationSet(judged.take(torch.arange(JUDGED)), _SALT)
    save_verification_set(verification, process.room.slices)
    model = CallableSpec(callable="fedjury.models:mlp", arguments={"hidden": HIDDEN})
    draft = SpecDraft("batches", model, 0.5, RuleSpec(name="paper"), {"epochs": 1})
    return plan_task(draft, public_terms(verification), data)


def clients(process: Process) -> None:
    """Make all clients' files and publish them, and sign their digests."""
    settings, watch = process.settings, process.watch
    watch.enter("make keys")
    members = client_keys(settings)
    watch.enter("make and publish the updates")
    store = open_store(process.room.store)
    task = open_whole(process, store)
    names = list(task.spec.federated.names)
    maker = WeightMaker(task.model, load_dataset(_DATA.name).train, names, settings.seed)
    digests = list[Digest]()
    for number, member in enumerate(members):
        tag = task.tag(FIRST_ROUND, member.address)
        digests.append(store.add(encode_update(maker.weights(number), tag)))
    watch.enter("sign")
    domain = process.domain(task)
    signed = [domain.sign(*each) for each in zip(members, digests, strict=True)]
    process.room.signed.write_bytes(BatchFile.of(signed).content)
