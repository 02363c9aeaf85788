"""Clients without ether, a relay, and a jury, on a real chain."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.types import Phase
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.transactions.funds import balance_of
from fedjury.clients.client import Client
from fedjury.clients.events import UpdatePublished, VerdictReceived
from fedjury.clients.relay_endpoint import RelayEndpoint
from fedjury.clients.relay_events import (
    CannotSubmitAlone,
    FallsBack,
    FileHanded,
    FoundInBatch,
    HandedToRelay,
)
from fedjury.devnet import devnet_accounts
from fedjury.protocol.digest import Digest
from fedjury.relay.daemon import Settings, run_relay
from fedjury.relay.events import Listening
from fedjury.relay.schedule import Schedule
from fedjury.runtime.loop import Step
from fedjury.task.on_chain import TaskOnChain
from tests.support.fake_relay import FakeRelay
from tests.support.federation import Federation, create_federation, cycle_until, judge_round
from tests.support.recorder import Recorder
from tests.support.waiting import until

CLIENTS = 3
ROUND_SECONDS, BATCH_SECONDS = 3600, 3000


@pytest.fixture
def federation(own_anvil: str, tmp_path: Path) -> Federation:
    """The last of three clients has ether, the others have none."""
    coordinator, juror, rich, *relayers = devnet_accounts(5)
    poor = [Account.from_key(bytes([number]) * 32) for number in (201, 202)]
    accounts = [coordinator, juror, *poor, rich, *relayers]
    return create_federation(
        tmp_path,
        Chain.connect(own_anvil),
        accounts,
        clients=CLIENTS,
        round_seconds=ROUND_SECONDS,
        batch_seconds=BATCH_SECONDS,
        min_updates=1,
        relayers=len(relayers),
    )


@dataclass
class Program:
    """A client of the federation, and what it tells."""

    federation: Federation
    index: int
    relays: Sequence[object]
    hand_file: bool = False
    told: Recorder = field(default_factory=Recorder)

    def start(self) -> Client:
        """The client, as after a restart."""
        return self.federation.client(
            self.index,
            self.told,
            relays=self.relays,  # type: ignore[arg-type]
            hand_file=self.hand_file,
        )


@contextmanager
def real_relay(federation: Federation, every: int, index: int = 0) -> Iterator[RelayEndpoint]:
    """One of two relays, with a connection of its own, which posts as soon as so many wait."""
    stop, told, task = threading.Event(), Recorder(), federation.task
    own = TaskOnChain.at(Chain.connect(task.chain.url), task.contract.address, task.from_block)
    schedule = Schedule(every, margin=100)
    settings = Settings(schedule, poll_seconds=0.05, send_poll_seconds=0.02)
    account, work = federation.strangers[index], federation.directory / f"relay-{index}"
    work.mkdir(exist_ok=True)
    thread = threading.Thread(
        target=run_relay,
        args=(own, task.spec, task.store, account, work, settings, stop, told),
        daemon=True,
    )
    thread.start()
    try:
        until(lambda: bool(told.of(Listening)))
        yield RelayEndpoint(told.of(Listening)[0].url)
    finally:
        stop.set()
        thread.join(20)


def pass_time(federation: Federation, seconds: int) -> None:
    """Let so much time pass on the chain."""
    federation.chain.request("evm_increaseTime", seconds)
    federation.chain.request("evm_mine")


def handed(program: Program) -> Client:
    """A client that has handed its update over."""
    client = program.start()
    cycle_until(client.cycle, Step.WAITING)
    assert "handed-to-relay" in program.told.names
    return client


def transactions_of(federation: Federation, account: LocalAccount) -> int:
    """How many an account has sent, also in other tests."""
    count = federation.chain.request("eth_getTransactionCount", account.address, "latest")
    return int(str(count), 16)


def test_rounds_without_a_transaction_of_any_client(federation: Federation) -> None:
    before = [transactions_of(federation, account) for account in federation.clients]
    with real_relay(federation, every=CLIENTS) as relay:
        programs = [Program(federation, index, [relay]) for index in range(CLIENTS)]
        for number in (1, 2):
            clients = [handed(program) for program in programs]
            for program, client in zip(programs, clients, strict=True):
                until(partial(_is_in, client, program, number))
            record = federation.record(number)
            assert [batch.count for batch in record.batches] == [CLIENTS]
            assert record.alone == []
            pass_time(federation, ROUND_SECONDS)
            assert federation.task.contract.phase() is Phase.CLOSED
            judge_round(federation, federation.juror(Recorder()))
            for program, client in zip(programs, clients, strict=True):
                client.cycle()
                (verdict,) = program.told.of(VerdictReceived, number)
                (found,) = program.told.of(FoundInBatch, number)
                assert verdict.code == federation.record(number).verdicts()[found.index].label
    assert [transactions_of(federation, account) for account in federation.clients] == before
    assert balance_of(federation.chain, federation.clients[0].address) == 0
    assert {event.code for event in programs[0].told.of(VerdictReceived)} <= {
        "accepted",
        "not-improved",
    }


def _is_in(client: Client, program: Program, number: int) -> bool:
    client.cycle()
    return bool(program.told.of(UpdatePublished, number))


def test_a_relay_publishes_the_file_that_it_was_given(federation: Federation) -> None:
    with real_relay(federation, every=1) as relay:
        program = Program(federation, 0, [relay], hand_file=True)
        client = handed(program)
        assert program.told.of(FileHanded) == []
        until(lambda: client.cycle() is Step.WAITING and bool(program.told.of(FileHanded)))
        (given,) = program.told.of(FileHanded)
        digest = Digest.from_cid(given.cid)
        until(lambda: _is_stored(federation, digest))
    client.cycle()
    assert program.told.of(UpdatePublished) == []


def _is_stored(federation: Federation, digest: Digest) -> bool:
    return (federation.directory / "store" / digest.cid).exists()


def test_a_relay_that_posts_nothing_shuts_out_only_who_has_no_ether(
    federation: Federation,
) -> None:
    liar = FakeRelay(signer=federation.strangers[0], task=federation.task.name)
    poor, rich = Program(federation, 0, [liar]), Program(federation, 2, [liar])
    clients = [handed(program) for program in (poor, rich)]
    pass_time(federation, BATCH_SECONDS)
    for client in clients:
        client.cycle()
        client.cycle()
    assert [update.client for update in federation.updates(1)] == [federation.clients[2].address]
    assert len(rich.told.of(FallsBack)) == 1
    (told,) = poor.told.of(CannotSubmitAlone)
    assert "has 0 ether" in told.reason
    pass_time(federation, ROUND_SECONDS - BATCH_SECONDS)
    judge_round(federation, federation.juror(Recorder()))
    with real_relay(federation, every=1) as relay:
        poor.relays = [relay]
        client = handed(poor)
        until(partial(_is_in, client, poor, 2))


def test_a_second_relay_gets_who_the_first_one_refuses(federation: Federation) -> None:
    with real_relay(federation, every=1) as relay:
        stranger = FakeRelay(signer=federation.coordinator, task=federation.task.name)
        program = Program(federation, 1, [stranger, relay])
        client = handed(program)
        until(partial(_is_in, client, program, 1))
    assert program.told.names.count("relay-failing") == 1


def is_saved_by_the_second(federation: Federation, program: Program, client: Client) -> None:
    """The second relay gets the update that the first gave a receipt for, and posts it."""
    relayers = [account.address for account in federation.strangers[:2]]
    until(partial(_is_in, client, program, 1))
    assert [event.relayer for event in program.told.of(HandedToRelay)] == relayers
    assert [event.relayer for event in program.told.of(FoundInBatch)] == relayers[1:]


def test_a_relay_that_dies_after_its_receipt_costs_no_round_where_there_is_another(
    federation: Federation,
) -> None:
    with real_relay(federation, every=1, index=1) as second:
        with real_relay(federation, every=CLIENTS) as first:
            program = Program(federation, 0, [first, second])
            client = handed(program)
            client.cycle()
        pass_time(federation, BATCH_SECONDS // 10)
        is_saved_by_the_second(federation, program, client)


def test_a_relayer_that_is_removed_after_its_receipt_costs_no_round_where_there_is_another(
    federation: Federation,
) -> None:
    relayer = federation.strangers[0].address
    coordinator = federation.sender(federation.coordinator)
    with (
        real_relay(federation, every=CLIENTS) as first,
        real_relay(federation, every=1, index=1) as second,
    ):
        program = Program(federation, 0, [first, second])
        client = handed(program)
        coordinator.send(federation.task.contract.set_relayer(relayer, allowed=False))
        is_saved_by_the_second(federation, program, client)


def test_the_same_update_alone_and_in_a_batch_counts_once(federation: Federation) -> None:
    with real_relay(federation, every=1) as relay:
        program = Program(federation, 2, [relay])
        client = handed(program)
        until(partial(_is_in, client, program, 1))
    (found,) = program.told.of(FoundInBatch)
    federation.submit(federation.clients[2], Digest.from_cid(found.cid))
    pass_time(federation, ROUND_SECONDS)
    judge_round(federation, federation.juror(Recorder()))
    codes = federation.record(1).verdicts()
    assert codes[found.index].label == "superseded"
    client.cycle()
    (verdict,) = program.told.of(VerdictReceived)
    assert verdict.code == codes[1 - found.index].label != "superseded"
