"""A task's contract on a chain, and how to play rounds on it by hand: no files, no models."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

from eth_account.signers.local import LocalAccount
from eth_typing import Hash32

from fedjury.chain.contracts.federated_task import FederatedTask
from fedjury.chain.contracts.task_factory import TaskCreation, TaskFactory
from fedjury.chain.contracts.types import Config, RoundState
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.receipts import Receipt
from fedjury.chain.transactions.call import ContractCall
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.protocol.digest import Digest
from fedjury.protocol.report import Report
from fedjury.protocol.roster import Roster
from fedjury.protocol.verdicts import VerdictCode, pack

SPEC, GENESIS = Digest(b"\1" * 32), Digest(b"\2" * 32)
MAX_UPDATES = 2
RECORD, ROSTER_FILE = Digest(b"\3" * 32), Digest(b"\4" * 32)
JURORS, QUORUM = 3, 3
NOTICE_SECONDS = 86_400
_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class ContractTask:
    """A task of at most two updates a round, with everyone who takes part in it.

    Attributes:
        chain: that the task is on.
        task: its contract.
        factory: that created it.
        coordinator: owns the task.
        jurors: three, all of whom must sign.
        clients: two.
        roster: the same.
    """

    chain: Chain
    task: FederatedTask
    factory: TaskFactory
    coordinator: LocalAccount
    jurors: Sequence[LocalAccount]
    clients: Sequence[LocalAccount]
    roster: Roster

    def sender(self, account: LocalAccount, **options: Any) -> TransactionSender:
        """A sender that looks often."""
        return TransactionSender(self.chain, account, **{"poll_interval": _POLL_SECONDS, **options})

    def submit(self, client: int, digest: Digest) -> Receipt:
        """Have a client submit to the current round."""
        number = self.task.current_round().number
        account = self.clients[client]
        call = self.task.submit_update(number, digest, self.roster.proof(account.address))
        return self.sender(account).send(call)

    def finalize(self, model: Digest, next_jury: bytes | None = None) -> Receipt:
        """Have someone outside the jury deliver the report of `finalization`."""
        return self.sender(self.coordinator).send(self.finalization(model, next_jury))

    def finalization(self, model: Digest, next_jury: bytes | None = None) -> ContractCall:
        """A report that accepts all, signed by a quorum.

        Args:
            model: that follows.
            next_jury: hash of the jury that the signers want next; None for themselves.
        """
        state = self.task.current_round()
        report = report_on(state, model, next_jury or self.task.jury().hash)
        verdicts = pack([VerdictCode.ACCEPTED] * state.submitted)
        digest = bytes(self.task.read("hashReport", astuple(report), verdicts))
        signers = sorted(self.jurors, key=lambda juror: int(juror.address, 16))[:QUORUM]
        signatures = b"".join(_sign(juror, digest) for juror in signers)
        return self.task.finalize_round(report, verdicts, signatures)


def report_on(state: RoundState, model: Digest, next_jury: bytes) -> Report:
    """A report of a round that gives this model."""
    return Report(
        state.number, state.jury_version, state.updates_hash, 0, 934, model, RECORD, next_jury
    )


def _sign(juror: LocalAccount, digest: bytes) -> bytes:
    """A signature of 65 bytes over the digest that the contract itself computed."""
    return bytes(juror.unsafe_sign_hash(Hash32(digest)).signature)


def create_contract_task(
    chain: Chain, accounts: Sequence[LocalAccount], round_seconds: int = 3600
) -> ContractTask:
    """Deploy a factory and create a task with it.

    Args:
        chain: where to.
        accounts: at least six with ether, in the order coordinator, jurors, clients.
        round_seconds: after so many a round closes.
    """
    coordinator, *others = accounts
    sender = TransactionSender(chain, coordinator, poll_interval=_POLL_SECONDS)
    factory = TaskFactory.deploy(sender)
    jurors, clients = others[:JURORS], others[JURORS : JURORS + MAX_UPDATES]
    roster = Roster.of(client.address for client in clients)
    receipt = sender.send(
        factory.create_task(
            TaskCreation(
                Config(
                    spec_digest=SPEC,
                    genesis_digest=GENESIS,
                    round_seconds=round_seconds,
                    batch_seconds=round_seconds // 2,
                    availability_seconds=15,
                    grace_seconds=60,
                    notice_seconds=NOTICE_SECONDS,
                    min_updates=1,
                    max_updates=MAX_UPDATES,
                    rounds=0,
                ),
                roster,
                ROSTER_FILE,
                [juror.address for juror in jurors],
                QUORUM,
                nonce=7,
            )
        )
    )
    task = FederatedTask.at(chain, factory.task_created(receipt))
    return ContractTask(chain, task, factory, coordinator, jurors, clients, roster)
