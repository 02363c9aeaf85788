"""A task on a real contract, and how to play rounds on it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from eth_account.signers.local import LocalAccount
from eth_typing import Hash32

from fedjury.chain.connection import Chain
from fedjury.chain.federated_task import FederatedTask
from fedjury.chain.receipts import Receipt
from fedjury.chain.task_factory import TaskFactory
from fedjury.chain.transactions import TransactionSender
from fedjury.chain.types import Config, Report

GENESIS = b"\2" * 32
MAX_UPDATES = 2
QUORUM = 2
PATIENCE_S = 60.0


@dataclass(frozen=True)
class Story:
    """A coordinator, three jurors, two clients, and their task of at most 2 updates a round."""

    chain: Chain
    task: FederatedTask
    factory: TaskFactory
    coordinator: LocalAccount
    jurors: Sequence[LocalAccount]
    clients: Sequence[LocalAccount]

    def sender(self, account: LocalAccount, **options: Any) -> TransactionSender:
        """A sender that looks often."""
        return TransactionSender(self.chain, account, **{"poll_interval": 0.1, **options})

    def submit(self, client: int, digest: bytes) -> Receipt:
        """Have a client submit to the current round."""
        number = self.task.current_round().number
        return self.sender(self.clients[client]).send(self.task.submit_update(number, digest))

    def finalize(self, model: bytes) -> Receipt:
        """Have a quorum sign a report that accepts all, and a stranger to the jury deliver it."""
        state = self.task.current_round()
        report = Report(state.number, state.jury_version, state.updates_hash, 1, 2, model)
        verdicts = (b"\1" + (2).to_bytes(4)) * state.submitted
        digest = self.task.hash_report(report, verdicts)
        signers = sorted(self.jurors, key=lambda juror: int(juror.address, 16))[:QUORUM]
        signatures = b"".join(sign(juror, digest) for juror in signers)
        call = self.task.finalize_round(report, verdicts, signatures)
        return self.sender(self.coordinator).send(call)


def until(condition: Callable[[], object]) -> None:
    """Wait for a condition; fails after PATIENCE_S seconds."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def sign(juror: LocalAccount, digest: bytes) -> bytes:
    """A signature of 65 bytes over a digest."""
    return bytes(juror.unsafe_sign_hash(Hash32(digest)).signature)


def begin(chain: Chain, accounts: Sequence[LocalAccount], round_seconds: int = 3600) -> Story:
    """Deploy a factory and create a task with it."""
    coordinator, *others = accounts
    sender = TransactionSender(chain, coordinator, poll_interval=0.1)
    factory = TaskFactory.deploy(chain, sender)
    config = Config(b"\1" * 32, GENESIS, round_seconds, 60, 1, MAX_UPDATES, 0)
    jurors, clients = others[:3], others[3:5]
    receipt = sender.send(
        factory.create_task(
            config,
            coordinator.address,
            [juror.address for juror in jurors],
            QUORUM,
            [client.address for client in clients],
        )
    )
    task = FederatedTask.at(chain, factory.task_created(receipt))
    return Story(chain, task, factory, coordinator, jurors, clients)
