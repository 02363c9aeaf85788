"""The same story on the embedded chain and on Ganache, told with the same code."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from fedjury.chain.connection import Chain
from fedjury.chain.embedded import funded_accounts
from fedjury.chain.events import (
    ClientRegistered,
    ClientRemoved,
    Event,
    JurySet,
    RoundFinalized,
    RoundOpened,
    UpdateSubmitted,
    read_events,
)
from fedjury.chain.federated_task import FederatedTask
from fedjury.chain.task_factory import TaskFactory
from fedjury.chain.types import ClientState, Phase, Report
from fedjury.devnet import devnet_accounts
from fedjury.errors import NoContract, TransactionReverted, WrongChain
from tests.integration.chain.story import GENESIS, Story, begin, until

ONE, TWO, MODEL = b"\x11" * 32, b"\x22" * 32, b"\x33" * 32


@pytest.fixture(params=["embedded", "ganache"])
def story(request: pytest.FixtureRequest) -> Iterator[Story]:
    if request.param == "embedded":
        chain = Chain.connect("embedded")
        yield begin(chain, funded_accounts(chain.web3))
    else:
        chain = Chain.connect(request.getfixturevalue("ganache"), 1337)
        yield begin(chain, devnet_accounts(10))


def events(story: Story, **filters: object) -> list[Event]:
    last = story.chain.block().number
    return read_events(story.task, 0, last, **filters)  # type: ignore[arg-type]


def test_a_round_from_first_update_to_the_next_model(story: Story) -> None:
    task = story.task
    opened = task.current_round()
    assert (opened.number, opened.submitted, opened.model_digest) == (1, 0, GENESIS)
    assert task.phase() is Phase.OPEN
    story.submit(0, ONE)
    before = story.chain.block()
    story.submit(1, TWO)
    assert task.phase() is Phase.CLOSED
    story.finalize(MODEL)
    state = task.current_round()
    assert (state.number, state.submitted, state.model_digest) == (2, 0, MODEL)
    assert task.client_of(story.clients[1].address) == ClientState(2, 1, True)
    assert task.current_round(at=before).submitted == 1
    assert task.phase(at=before) is Phase.OPEN
    updates = events(story, kinds=[UpdateSubmitted], round=1)
    assert [(e.index, e.digest) for e in updates if isinstance(e, UpdateSubmitted)] == [
        (0, ONE),
        (1, TWO),
    ]
    (finalized,) = events(story, kinds=[RoundFinalized])
    assert isinstance(finalized, RoundFinalized)
    assert finalized.model_digest == MODEL
    assert len(finalized.verdicts) == 10
    assert len(finalized.signatures) == 130


def test_reading_from_code_what_was_configured(story: Story) -> None:
    task = story.task
    config = task.config()
    assert (config.genesis_digest, config.max_updates) == (GENESIS, 2)
    assert task.owner() == story.coordinator.address
    assert task.client_count() == 2
    assert task.latest_jury_version() == 1
    assert task.jury_of(1) == (3, 2)
    assert task.is_juror(1, story.jurors[0].address)
    assert not task.is_juror(1, story.clients[0].address)
    assert not task.paused()
    factory = TaskFactory.at(story.chain, story.factory.address)
    assert (factory.task_count(), factory.tasks(0, 10)) == (1, [task.address])


def test_events_by_client_and_kind(story: Story) -> None:
    story.submit(0, ONE)
    story.submit(1, TWO)
    client = story.clients[1].address
    story.sender(story.coordinator).send(story.task.remove_clients([client]))
    mine = events(story, client=client)
    assert [type(e) for e in mine] == [ClientRegistered, UpdateSubmitted, ClientRemoved]
    assert [type(e) for e in events(story, client=client, round=1)] == [UpdateSubmitted]
    (jury,) = events(story, kinds=[JurySet])
    assert isinstance(jury, JurySet)
    assert jury.jurors == tuple(juror.address for juror in story.jurors)
    everything = events(story)
    assert len(everything) == 7
    assert sum(isinstance(e, RoundOpened) for e in everything) == 1


def test_refusals_come_back_by_name(story: Story) -> None:
    task, client = story.task, story.clients[0]
    story.submit(0, ONE)
    sender = story.sender(client)
    refused = {
        "AlreadySubmitted": task.submit_update(1, ONE),
        "WrongRound": task.submit_update(9, ONE),
        "OwnableUnauthorizedAccount": task.pause(),
        "RoundNotClosed": task.finalize_round(
            Report(1, 1, task.current_round().updates_hash, 0, 0, MODEL), b"\1\0\0\0\0", b""
        ),
    }
    for name, call in refused.items():
        with pytest.raises(TransactionReverted) as caught:
            sender.send(call)
        assert caught.value.error == name
    with pytest.raises(TransactionReverted) as caught:
        sender.send(task.submit_update(9, ONE))
    assert caught.value.args_ == (9, 1)


def test_the_coordinators_functions(story: Story) -> None:
    task, send = story.task, story.sender(story.coordinator).send
    send(task.pause())
    assert task.paused()
    with pytest.raises(TransactionReverted, match="EnforcedPause"):
        story.submit(0, ONE)
    send(task.unpause())
    send(task.set_jury([juror.address for juror in story.jurors[:1]], 1))
    assert (task.latest_jury_version(), task.jury_of(2)) == (2, (1, 1))
    assert task.current_round().jury_version == 1
    newcomer = story.jurors[0]
    send(task.register_clients([newcomer.address]))
    assert task.client_of(newcomer.address) == ClientState(3, 0, True)
    send(task.transfer_ownership(newcomer.address))
    assert task.pending_owner() == newcomer.address
    story.sender(newcomer).send(task.accept_ownership())
    assert task.owner() == newcomer.address
    with pytest.raises(TransactionReverted, match="OwnableUnauthorizedAccount"):
        send(task.void_round(1))


def test_what_is_at_other_addresses(story: Story) -> None:
    chain = story.chain
    with pytest.raises(NoContract, match="there is no contract"):
        FederatedTask.at(chain, story.coordinator.address)
    with pytest.raises(NoContract, match="is no fedjury task"):
        FederatedTask.at(chain, story.factory.address)
    with pytest.raises(NoContract, match="is no fedjury task factory"):
        TaskFactory.at(chain, story.task.address)


def test_an_unsigned_report_is_refused(story: Story) -> None:
    story.submit(0, ONE)
    story.submit(1, TWO)
    good = story.task.current_round()
    report = Report(1, 1, good.updates_hash, 0, 0, MODEL)
    sender = story.sender(story.clients[0])
    with pytest.raises(TransactionReverted, match="QuorumNotReached"):
        sender.send(story.task.finalize_round(report, b"\1\0\0\0\0" * 2, b""))
    wrong = replace(report, updates_hash=ONE)
    with pytest.raises(TransactionReverted, match="WrongUpdatesHash"):
        sender.send(story.task.finalize_round(wrong, b"\1\0\0\0\0" * 2, b""))


def test_confirmations(story: Story) -> None:
    # the embedded chain may make a block between two requests
    head = story.chain.block()
    deep = story.chain.block(2).number
    assert head.number - 2 <= deep < story.chain.block().number
    assert story.chain.block("finalized").number <= story.chain.block().number
    assert story.chain.latest_timestamp() >= head.timestamp


def test_time_passes_on_an_idle_embedded_chain() -> None:
    chain = Chain.connect("embedded")
    story = begin(chain, funded_accounts(chain.web3), round_seconds=2)
    story.submit(0, ONE)
    deadline = story.task.current_round().deadline
    until(lambda: story.task.phase() is Phase.CLOSED)
    assert chain.latest_timestamp() >= deadline
    assert abs(chain.latest_timestamp() - time.time()) < 10
    assert story.finalize(MODEL).status == 1


def test_wrong_chain(ganache: str) -> None:
    with pytest.raises(WrongChain, match="serves chain 1337, not 1"):
        Chain.connect(ganache, 1)
