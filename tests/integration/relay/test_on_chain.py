"""A relay on a real chain: reorganizations, other relayers, an account that others use as well."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fedjury.chain.rpc.connection import Chain
from fedjury.chain.transactions.call import ContractCall
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.devnet import devnet_accounts
from fedjury.errors import NotMined
from fedjury.protocol.digest import Digest
from fedjury.relay.assembly import assemble
from fedjury.relay.files import HandedFiles
from fedjury.relay.intake import Intake
from fedjury.relay.queue import Queue
from fedjury.relay.schedule import Schedule
from fedjury.relay.shelf import Shelf
from fedjury.relay.window import Window
from fedjury.runtime.events import Event
from fedjury.runtime.loop import Step
from fedjury.task.vitals.purse import BATCH_GAS, Purse
from tests.support.fake_federation import spec
from tests.support.relayed_task import RelayedTask, create_relayed_task, signers
from tests.support.services import Anvil

CLIENTS = 8
NOBODY = "0x" + "11" * 20


@dataclass
class Running:
    """A relay whose cycles the test runs.

    Attributes:
        task: that it is a relay of.
        sender: of its account.
        cycle: one cycle.
        intake: takes in updates.
        told: its events.
    """

    task: RelayedTask
    sender: TransactionSender
    cycle: Any
    intake: Intake
    told: list[Event]

    def take(self, *clients: int) -> None:
        """Take in updates of these clients."""
        state = self.task.made.task.current_round()
        for client in clients:
            digest = Digest.of(f"{client} {state.number}".encode())
            self.intake.take(self.task.signed(self.task.clients[client], digest, state))

    def work(self) -> None:
        """Cycles until there is nothing to do."""
        for _ in range(50):
            if self.cycle() is not Step.PROGRESS:
                return
        raise AssertionError("it never rests")

    def names(self) -> list[str]:
        """Names of the events that it told."""
        return [each.name for each in self.told]

    def counts(self) -> list[int]:
        """How many updates each batch on chain has; no update stands in two."""
        posted = self.task.posted()
        assert set(posted.values()) <= {1}
        return [each.count for each in self.task.batches()]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelayedTask]:
    """A task on a chain of this file's own."""
    directory = tmp_path_factory.mktemp("relayed")
    with Anvil(directory / "anvil") as anvil:
        chain = Chain.connect(anvil.url)
        yield create_relayed_task(
            chain, devnet_accounts(6), directory / "store", spec(), signers(CLIENTS)
        )


@pytest.fixture
def relay(made: RelayedTask, tmp_path: Path) -> Iterator[Running]:
    """A relay that has looked at the chain; afterwards the chain is as before."""
    snapshot = made.chain.request("evm_snapshot")
    running = start(made, tmp_path)
    yield running
    running.intake.close()
    made.chain.request("evm_revert", snapshot)


def start(made: RelayedTask, directory: Path, confirmations: int = 0) -> Running:
    """Start a relay, or start it again."""
    task, told, window = made.on_chain, list[Event](), Window()
    sender = TransactionSender(made.chain, made.relayer, poll_interval=0.05)
    queue = Queue(directory / "queue.sqlite3", {"account": sender.address})
    relay = assemble(
        task,
        Shelf(made.store, told.append),
        sender,
        queue,
        HandedFiles(directory / "files", queue, 4096, 1 << 20),
        window,
        Purse(made.chain, sender.address, BATCH_GAS),
        Schedule(every=2, margin=600),
        told.append,
        confirmations,
    )
    intake = Intake(made.relayer, made.chain.chain_id, task.contract.address, window, queue)
    relay.cycle()
    return Running(made, sender, relay.cycle, intake, told)


def test_updates_are_posted_in_several_batches_a_round(relay: Running) -> None:
    relay.take(0, 1, 2)
    relay.work()
    relay.take(3)
    relay.work()
    assert relay.counts() == [3]
    relay.task.end_batches(before=600)
    relay.work()
    assert relay.counts() == [3, 1]
    assert relay.task.made.task.current_round().batched == 4


def test_a_batch_that_a_reorganization_took_back_is_posted_again(relay: Running) -> None:
    chain = relay.task.chain
    before = chain.request("evm_snapshot")
    relay.take(0, 1)
    relay.work()
    assert relay.counts() == [2]
    chain.request("evm_revert", before)
    chain.request("evm_mine")
    assert relay.counts() == []
    relay.work()
    assert relay.counts() == [2]
    assert relay.names().count("batch-undone") == 1


def test_a_round_with_another_model_after_a_reorganization_gets_no_old_batch(
    relay: Running,
) -> None:
    task, chain = relay.task, relay.task.chain
    relay.take(0, 1)
    relay.work()
    task.end_round()
    before = chain.request("evm_snapshot")
    task.made.finalize(Digest(b"\7" * 32))
    relay.work()
    relay.take(2, 3)
    chain.request("evm_revert", before)
    task.made.finalize(Digest(b"\x08" * 32))
    relay.work()
    assert relay.counts() == [2]
    assert "updates-left" in relay.names()
    relay.take(2, 3)
    relay.work()
    assert relay.counts() == [2, 2]


def test_another_relayer_leaves_less_room(relay: Running) -> None:
    other, made = devnet_accounts(6)[5], relay.task.made
    made.sender(made.coordinator).send(made.task.set_relayer(other.address, allowed=True))
    relay.take(0)
    made.sender(other).send(made.task.submit_batch(1, CLIENTS - 1, relay.task.store.add(b"none")))
    relay.task.store.add(b"none")
    relay.work()
    assert made.task.batch_room() == 0
    assert [each.count for each in relay.task.batches()] == [CLIENTS - 1, 1]


def test_room_that_is_taken_while_a_batch_is_on_its_way_cuts_the_batch(
    relay: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, made = devnet_accounts(6)[5], relay.task.made
    made.sender(made.coordinator).send(made.task.set_relayer(other.address, allowed=True))
    relay.take(0, 1, 2)
    send, calls = relay.sender.send, list[int]()

    def send_late(call: ContractCall, nonce: int | None = None) -> Any:
        if not calls:
            digest = relay.task.store.add(b"none")
            made.sender(other).send(made.task.submit_batch(1, CLIENTS - 2, digest))
        calls.append(nonce or 0)
        return send(call, nonce)

    monkeypatch.setattr(relay.sender, "send", send_late)
    relay.work()
    assert [each.count for each in relay.task.batches()] == [CLIENTS - 2, 2]
    assert "batch-cut" in relay.names()
    assert len(set(calls)) == 1


def test_a_nonce_that_somebody_else_used_is_given_up(
    relay: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = relay.sender.send

    def fail(call: ContractCall, nonce: int | None = None) -> Any:
        raise NotMined("not mined")

    relay.take(0, 1)
    with monkeypatch.context() as patched:
        patched.setattr(relay.sender, "send", fail)
        with pytest.raises(NotMined):
            relay.work()
    send(ContractCall("transfer", NOBODY, b"", value=1))
    relay.work()
    assert relay.counts() == [2]
    assert relay.names().count("nonce-lost") == 1


def test_a_batch_that_comes_too_late_is_dropped(relay: Running) -> None:
    relay.take(0)
    relay.task.end_batches()
    relay.work()
    assert relay.counts() == []
    assert relay.names().count("updates-left") == 1
