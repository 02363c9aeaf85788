"""A task's contract behaves the same on every chain, reached with the same code."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from fedjury.chain.contracts.events import (
    ChainEvent,
    ClientRegistered,
    ClientRemoved,
    JurySet,
    RoundFinalized,
    RoundOpened,
    UpdateSubmitted,
)
from fedjury.chain.contracts.federated_task import FederatedTask
from fedjury.chain.contracts.task_factory import TaskFactory
from fedjury.chain.contracts.types import ClientState, Phase
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.embedded import funded_accounts
from fedjury.devnet import devnet_accounts
from fedjury.errors import NoContract, TransactionReverted, WrongChain
from fedjury.protocol.digest import Digest
from fedjury.protocol.report import Report
from tests.support.contract_task import GENESIS, ContractTask, create_contract_task
from tests.support.waiting import until

ONE, TWO, MODEL = (Digest(bytes([number]) * 32) for number in (0x11, 0x22, 0x33))
VERDICT = b"\1\0\0\0\0"


@pytest.fixture(scope="module", params=["embedded", "ganache", "anvil"])
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
    made.finalize(MODEL)
    state = task.current_round()
    assert (state.number, state.submitted, state.model_digest) == (2, 0, MODEL)
    assert task.client_of(made.clients[1].address) == ClientState(2, 1, True)
    for account in (made.clients[1], made.jurors[0]):
        overview = task.overview(account.address)
        assert (overview.phase, overview.paused, overview.round) == (Phase.OPEN, False, state)
        assert (overview.jury_size, overview.quorum) == task.jury_of(state.jury_version)
        assert overview.is_juror is (account is made.jurors[0])
        assert overview.client == task.client_of(account.address)
    assert task.overview(made.clients[1].address, at=before).client.last_round == 0
    assert task.overview(made.clients[0].address, at=before).client.last_round == 1
    assert task.current_round(at=before).submitted == 1
    assert task.phase(at=before) is Phase.OPEN
    updates = events(made, kinds=[UpdateSubmitted], round=1)
    assert [(e.index, e.digest) for e in updates if isinstance(e, UpdateSubmitted)] == [
        (0, ONE),
        (1, TWO),
    ]
    (finalized,) = events(made, kinds=[RoundFinalized])
    assert isinstance(finalized, RoundFinalized)
    assert finalized.model_digest == MODEL
    assert len(finalized.verdicts) == 10
    assert len(finalized.signatures) == 130


def test_reading_from_code_what_was_configured(made: ContractTask) -> None:
    task = made.task
    config = task.config()
    assert (config.genesis_digest, config.max_updates) == (GENESIS, 2)
    assert task.owner() == made.coordinator.address
    assert task.client_count() == 2
    assert task.latest_jury_version() == 1
    assert task.jury_of(1) == (3, 2)
    assert task.is_juror(1, made.jurors[0].address)
    assert not task.is_juror(1, made.clients[0].address)
    assert not task.paused()
    factory = TaskFactory.at(made.chain, made.factory.address)
    assert (factory.task_count(), factory.tasks(0, 10)) == (1, [task.address])


def test_events_by_client_and_kind(made: ContractTask) -> None:
    made.submit(0, ONE)
    made.submit(1, TWO)
    client = made.clients[1].address
    made.sender(made.coordinator).send(made.task.remove_clients([client]))
    mine = events(made, client=client)
    assert [type(e) for e in mine] == [ClientRegistered, UpdateSubmitted, ClientRemoved]
    assert [type(e) for e in events(made, client=client, round=1)] == [UpdateSubmitted]
    (jury,) = events(made, kinds=[JurySet])
    assert isinstance(jury, JurySet)
    assert jury.jurors == tuple(juror.address for juror in made.jurors)
    everything = events(made)
    assert len(everything) == 7
    assert sum(isinstance(e, RoundOpened) for e in everything) == 1


def test_refusals_come_back_by_name(made: ContractTask) -> None:
    task, client = made.task, made.clients[0]
    made.submit(0, ONE)
    sender = made.sender(client)
    refused = {
        "AlreadySubmitted": task.submit_update(1, ONE),
        "WrongRound": task.submit_update(9, ONE),
        "OwnableUnauthorizedAccount": task.pause(),
        "RoundNotClosed": task.finalize_round(
            Report(1, 1, task.current_round().updates_hash, 0, 0, MODEL), VERDICT, b""
        ),
    }
    for name, call in refused.items():
        with pytest.raises(TransactionReverted) as caught:
            sender.send(call)
        assert caught.value.error == name
    with pytest.raises(TransactionReverted) as caught:
        sender.send(task.submit_update(9, ONE))
    assert caught.value.args_ == (9, 1)


def test_the_coordinators_functions(made: ContractTask) -> None:
    task, send = made.task, made.sender(made.coordinator).send
    send(task.pause())
    assert task.paused()
    with pytest.raises(TransactionReverted, match="the task is paused"):
        made.submit(0, ONE)
    send(task.unpause())
    send(task.set_jury([juror.address for juror in made.jurors[:1]], 1))
    assert (task.latest_jury_version(), task.jury_of(2)) == (2, (1, 1))
    assert task.current_round().jury_version == 1
    newcomer = made.jurors[0]
    send(task.register_clients([newcomer.address]))
    assert task.client_of(newcomer.address) == ClientState(3, 0, True)
    send(task.transfer_ownership(newcomer.address))
    assert task.pending_owner() == newcomer.address
    made.sender(newcomer).send(task.accept_ownership())
    assert task.owner() == newcomer.address
    with pytest.raises(TransactionReverted, match="is not the coordinator of this task"):
        send(task.void_round(1))


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
    report = Report(1, 1, good.updates_hash, 0, 0, MODEL)
    sender = made.sender(made.clients[0])
    with pytest.raises(TransactionReverted, match="has 0 of the 2 signatures"):
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
