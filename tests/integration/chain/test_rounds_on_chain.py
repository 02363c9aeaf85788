"""A task's contract behaves the same on every chain, reached with the same code."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from fedjury.chain.contracts.events import (
    ChainEvent,
    JuryAnnounced,
    RosterSet,
    RoundFinalized,
    RoundOpened,
    SliceDisclosed,
    UpdateSubmitted,
)
from fedjury.chain.contracts.federated_task import FederatedTask
from fedjury.chain.contracts.task_factory import TaskCreation, TaskFactory
from fedjury.chain.contracts.types import ClientState, JuryState, NextJury, Phase, RosterState
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.embedded import funded_accounts
from fedjury.devnet import devnet_accounts
from fedjury.errors import NoContract, TransactionReverted, WrongChain
from fedjury.protocol.digest import Digest
from fedjury.protocol.juries import jury_hash, sorted_jurors
from fedjury.protocol.roster import Roster
from fedjury.protocol.signing import ReportDomain
from fedjury.protocol.updates_hash import updates_hash
from fedjury.task.on_chain import TaskOnChain
from tests.support.contract_task import (
    GENESIS,
    JURORS,
    NOTICE_SECONDS,
    QUORUM,
    ROSTER_FILE,
    ContractTask,
    create_contract_task,
    report_on,
)
from tests.support.waiting import until

ONE, TWO, MODEL = (Digest(bytes([number]) * 32) for number in (0x11, 0x22, 0x33))
VERDICT = b"\1"


@pytest.fixture(scope="module", params=["embedded", "ganache", "own_anvil"])
def created(request: pytest.FixtureRequest) -> ContractTask:
    """A task on each chain, in round 1 and without updates."""
    if request.param == "embedded":
        chain = Chain.connect("embedded")
        return create_contract_task(chain, funded_accounts(chain.web3))
    chain = Chain.connect(request.getfixturevalue(request.param), 1337)
    return create_contract_task(chain, devnet_accounts(10))


@pytest.fixture
def made(created: ContractTask) -> Iterator[ContractTask]:
    """The same, for one test."""
    snapshot = created.chain.request("evm_snapshot")
    yield created
    created.chain.request("evm_revert", snapshot)


def events(made: ContractTask, **filters: Any) -> list[ChainEvent]:
    """The task's events up to now."""
    return made.task.read_events(0, made.chain.block().number, **filters)


def test_a_round_from_first_update_to_the_next_model(made: ContractTask) -> None:
    task = made.task
    opened = task.current_round()
    assert (opened.number, opened.submitted, opened.model_digest) == (1, 0, GENESIS)
    assert task.phase() is Phase.OPEN
    made.submit(0, ONE)
    before = made.chain.block()
    made.submit(1, TWO)
    assert task.phase() is Phase.CLOSED
    closed = task.current_round()
    made.finalize(MODEL)
    state = task.current_round()
    assert (state.number, state.submitted, state.model_digest) == (2, 0, MODEL)
    assert task.client_of(made.clients[1].address) == ClientState(1, 1)
    for account in (made.clients[1], made.jurors[0]):
        overview = task.overview(account.address)
        assert (overview.phase, overview.round) == (Phase.OPEN, state)
        assert (overview.roster, overview.jury) == (task.roster(), task.jury())
        assert overview.is_juror is (account is made.jurors[0])
        known = task.client_of(account.address)
        assert (overview.has_proved, overview.last_round) == (
            known.roster_version == 1,
            known.last_round,
        )
    assert task.overview(made.clients[1].address, at=before).last_round == 0
    assert task.overview(made.clients[0].address, at=before).last_round == 1
    assert task.current_round(at=before).submitted == 1
    assert task.phase(at=before) is Phase.OPEN
    updates = events(made, kinds=[UpdateSubmitted], round=1)
    assert [(e.index, e.digest) for e in updates if isinstance(e, UpdateSubmitted)] == [
        (0, ONE),
        (1, TWO),
    ]
    (finalized,) = events(made, kinds=[RoundFinalized])
    assert isinstance(finalized, RoundFinalized)
    assert finalized.report == report_on(closed, MODEL, task.jury().hash)
    assert finalized.verdicts == b"\1\1"
    domain = ReportDomain(made.chain.chain_id, task.address)
    signers = domain.signers(finalized.report, GENESIS, b"\1\1", finalized.signatures)
    assert signers == sorted_jurors(juror.address for juror in made.jurors)
    history = TaskOnChain(task, task.config(), 0).read_history(made.chain.block())
    assert history.rounds[2].opening == state.updates_hash
    assert updates_hash(history.rounds[1].opening, history.rounds[1].submissions) == (
        closed.updates_hash
    )


def test_a_batch_of_a_relayer_stands_beside_a_lone_update(made: ContractTask) -> None:
    task, relayer = made.task, made.jurors[0]
    post = task.submit_batch(1, 2, TWO)
    with pytest.raises(TransactionReverted, match=f"{relayer.address} may not submit batches"):
        made.sender(relayer).send(post)
    owner = made.sender(made.coordinator)
    owner.send(task.set_relayer(relayer.address, allowed=True))
    assert task.is_relayer(relayer.address)
    assert task.overview(relayer.address).is_relayer
    assert task.batch_room() == 2
    made.submit(0, ONE)
    made.sender(relayer).send(post)
    state = task.current_round()
    assert (state.submitted, state.batched, state.alone) == (3, 2, 1)
    assert task.phase() is Phase.OPEN
    with pytest.raises(
        TransactionReverted, match="1 updates does not fit: the round has room for 0"
    ):
        made.sender(relayer).send(task.submit_batch(1, 1, ONE))
    owner.send(task.set_relayer(relayer.address, allowed=False))
    assert not task.is_relayer(relayer.address)
    history = TaskOnChain(task, task.config(), 0).read_history(made.chain.block())
    alone, batch = history.rounds[1].submissions
    assert (alone.index, alone.count, alone.account) == (0, 1, made.clients[0].address)
    assert (batch.index, batch.count, batch.account) == (1, 2, relayer.address)
    assert updates_hash(history.rounds[1].opening, [alone, batch]) == state.updates_hash
    assert history.relayers == {relayer.address: False}
    made.submit(1, TWO)
    assert task.phase() is Phase.CLOSED


def test_reading_from_code_what_was_configured(made: ContractTask) -> None:
    task = made.task
    config = task.config()
    assert (config.genesis_digest, config.max_updates) == (GENESIS, 2)
    assert task.owner() == made.coordinator.address
    assert task.roster() == RosterState(1, made.roster.root, 2)
    hash = jury_hash(sorted_jurors(juror.address for juror in made.jurors), QUORUM)
    assert task.jury() == JuryState(1, hash, JURORS, QUORUM)
    assert task.is_juror(hash, made.jurors[0].address)
    assert not task.is_juror(hash, made.clients[0].address)
    assert (task.next_roster(), task.next_jury()) == (None, None)
    factory = TaskFactory.at(made.chain, made.factory.address)
    same = TaskCreation(config, made.roster, ROSTER_FILE, task_jurors(made), QUORUM, nonce=7)
    assert factory.address_of(made.coordinator.address, same) == task.address
    assert factory.address_of(made.coordinator.address, replace(same, nonce=8)) != task.address


def task_jurors(made: ContractTask) -> list[str]:
    """The jurors' addresses."""
    return [juror.address for juror in made.jurors]


def test_the_same_task_is_not_created_twice(made: ContractTask) -> None:
    creation = TaskCreation(
        made.task.config(), made.roster, ROSTER_FILE, task_jurors(made), QUORUM, nonce=7
    )
    with pytest.raises(TransactionReverted, match=f"exists already at {made.task.address}"):
        made.sender(made.coordinator).send(made.factory.create_task(creation))


def test_events_by_client_and_kind(made: ContractTask) -> None:
    made.submit(0, ONE)
    made.submit(1, TWO)
    client = made.clients[1].address
    made.sender(made.clients[0]).send(made.task.disclose_slice(1, TWO))
    assert [type(e) for e in events(made, client=client)] == [UpdateSubmitted]
    assert [type(e) for e in events(made, client=client, round=1)] == [UpdateSubmitted]
    (jury,) = events(made, kinds=[JuryAnnounced])
    assert isinstance(jury, JuryAnnounced)
    assert list(jury.jurors) == sorted_jurors(task_jurors(made))
    (roster,) = events(made, kinds=[RosterSet])
    assert isinstance(roster, RosterSet)
    assert (roster.root, roster.size, roster.digest) == (made.roster.root, 2, ROSTER_FILE)
    (told,) = events(made, kinds=[SliceDisclosed])
    assert isinstance(told, SliceDisclosed)
    assert (told.slice, told.discloser, told.digest) == (1, made.clients[0].address, TWO)
    assert [type(e) for e in events(made)] == [
        RosterSet,
        JuryAnnounced,
        RoundOpened,
        UpdateSubmitted,
        UpdateSubmitted,
        SliceDisclosed,
    ]


def test_refusals_come_back_by_name(made: ContractTask) -> None:
    task, client = made.task, made.clients[0]
    made.submit(0, ONE)
    sender = made.sender(client)
    refused = {
        "AlreadySubmitted": task.submit_update(1, ONE, []),
        "WrongRound": task.submit_update(9, ONE, []),
        "OwnableUnauthorizedAccount": task.set_jury([client.address], 1),
        "RoundNotClosed": task.finalize_round(
            report_on(task.current_round(), MODEL, bytes(32)), VERDICT, b""
        ),
    }
    for name, call in refused.items():
        with pytest.raises(TransactionReverted) as caught:
            sender.send(call)
        assert caught.value.error == name
    with pytest.raises(TransactionReverted) as caught:
        sender.send(task.submit_update(9, ONE, []))
    assert caught.value.args_ == (9, 1)


def test_a_stranger_and_a_client_without_its_proof_are_not_in_the_roster(
    made: ContractTask,
) -> None:
    stranger = made.jurors[0]
    proof = made.roster.proof(made.clients[0].address)
    for account, given in [(stranger, proof), (stranger, []), (made.clients[0], [])]:
        with pytest.raises(TransactionReverted, match="has not shown to be in the roster"):
            made.sender(account).send(made.task.submit_update(1, ONE, given))


def test_the_coordinators_functions(made: ContractTask) -> None:
    task, send = made.task, made.sender(made.coordinator).send
    jury = [made.jurors[0].address]
    receipt = send(task.set_jury(jury, 1))
    announced = task.next_jury()
    assert announced == NextJury(
        2, jury_hash(jury, 1), 1, 1, _time_of(made, receipt.block_number) + NOTICE_SECONDS
    )
    newcomer = made.jurors[0]
    roster = Roster.of([newcomer.address])
    send(task.set_roster(roster, ONE))
    assert task.next_roster() == RosterState(2, roster.root, 1)
    assert (task.roster().version, task.jury().version) == (1, 1)
    made.submit(0, ONE)
    made.submit(1, TWO)
    made.finalize(MODEL)
    state = task.current_round()
    assert (state.roster_version, state.jury_version) == (2, 1)
    with pytest.raises(TransactionReverted, match="has not shown to be in the roster"):
        made.sender(made.clients[0]).send(task.submit_update(2, ONE, []))
    made.sender(newcomer).send(task.submit_update(2, ONE, roster.proof(newcomer.address)))
    send(task.transfer_ownership(newcomer.address))
    assert task.pending_owner() == newcomer.address
    made.sender(newcomer).send(task.accept_ownership())
    assert task.owner() == newcomer.address
    with pytest.raises(TransactionReverted, match="is not the coordinator of this task"):
        send(task.set_roster(Roster(), None))


def test_a_jury_that_the_sitting_one_consents_to_enters_at_once(made: ContractTask) -> None:
    jury = [made.jurors[0].address]
    made.sender(made.coordinator).send(made.task.set_jury(jury, 1))
    made.submit(0, ONE)
    made.submit(1, TWO)
    made.finalize(MODEL, next_jury=jury_hash(jury, 1))
    assert made.task.jury() == JuryState(2, jury_hash(jury, 1), 1, 1)
    assert made.task.next_jury() is None


def _time_of(made: ContractTask, block: int) -> int:
    return made.chain.block_at(block).timestamp


def test_what_is_at_other_addresses(made: ContractTask) -> None:
    chain = made.chain
    with pytest.raises(NoContract, match="there is no contract"):
        FederatedTask.at(chain, made.coordinator.address)
    with pytest.raises(NoContract, match="is no fedjury task"):
        FederatedTask.at(chain, made.factory.address)
    with pytest.raises(NoContract, match="is no fedjury task factory"):
        TaskFactory.at(chain, made.task.address)


def test_an_unsigned_report_is_refused(made: ContractTask) -> None:
    made.submit(0, ONE)
    made.submit(1, TWO)
    good = made.task.current_round()
    report = report_on(good, MODEL, bytes(32))
    sender = made.sender(made.clients[0])
    with pytest.raises(TransactionReverted, match="has 0 of the 3 signatures"):
        sender.send(made.task.finalize_round(report, VERDICT * 2, b""))
    wrong = replace(report, updates_hash=ONE)
    with pytest.raises(TransactionReverted, match="other updates than the round's"):
        sender.send(made.task.finalize_round(wrong, VERDICT * 2, b""))


def test_confirmations(made: ContractTask) -> None:
    # the embedded chain may make a block between two requests
    head = made.chain.block()
    deep = made.chain.block(2).number
    assert head.number - 2 <= deep < made.chain.block().number
    assert made.chain.block("finalized").number <= made.chain.block().number
    assert made.chain.block().timestamp >= head.timestamp


def test_time_passes_on_an_idle_embedded_chain() -> None:
    chain = Chain.connect("embedded")
    made = create_contract_task(chain, funded_accounts(chain.web3), round_seconds=2)
    made.submit(0, ONE)
    deadline = made.task.current_round().deadline
    until(lambda: made.task.phase() is Phase.CLOSED)
    assert chain.block().timestamp >= deadline
    assert abs(chain.block().timestamp - time.time()) < 10
    assert made.finalize(MODEL).status == 1


def test_wrong_chain(ganache: str) -> None:
    with pytest.raises(WrongChain, match="serves chain 1337, not 1"):
        Chain.connect(ganache, 1)
