"""Words that the tests share: time, digests, reverts, and a federation that acts as one."""

from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import signing
from brownie import web3
from brownie.convert.datatypes import HexString, ReturnValue
from brownie.exceptions import VirtualMachineError
from eth_abi import encode
from eth_utils import keccak

ZERO = "0x" + "00" * 20
ROUND_SECONDS = 1000
GRACE_SECONDS = 500
OPEN, CLOSED, FINISHED = range(3)
ACCEPTED = bytes([1]) + (9000).to_bytes(4, "big")


def digest_of(name):
    """A digest that is easy to tell from others."""
    return keccak(text=str(name))


# The smallest rounds of a task, in the order of the contract's struct: one update closes them.
SMALL_CONFIG = (digest_of("spec"), digest_of("genesis"), 10, 0, 1, 1, 0)


def running_hash(round_number, updates):
    """The running hash of a round's (client, digest) pairs; see docs/protocol/contracts.md."""
    value = round_number.to_bytes(32, "big")
    for client, digest in updates:
        value = keccak(encode(["bytes32", "address", "bytes32"], [value, str(client), digest]))
    return value


def now():
    """Time of the last block; the next one is a second later."""
    return web3.eth.get_block("latest")["timestamp"]


def mine_at(timestamp):
    """Mine a block of exactly this time; Brownie's own chain.mine is a second off here."""
    answer = web3.provider.make_request("evm_mine", [timestamp])
    assert "error" not in answer, answer


def travel_to(timestamp):
    """Let the next transaction's block have exactly this time."""
    mine_at(timestamp - 1)


def plain(value):
    """A value from Brownie in Python's own types, with which its own do not compare."""
    if isinstance(value, ReturnValue):
        return tuple(map(plain, value))
    return bytes(value) if isinstance(value, HexString) else value


def _shown(argument):
    if isinstance(argument, bytes):
        return str(argument)
    return str(argument).lower()


@contextmanager
def reverting(error, *arguments):
    """The block must revert with exactly this custom error and these arguments."""
    with pytest.raises(VirtualMachineError) as caught:
        yield
    assert caught.value.revert_msg == f"{error}: {', '.join(map(_shown, arguments))}"


def refused_to(accounts, call):
    """The call must revert for each of these accounts, because none is the owner."""
    for account in accounts:
        with reverting("OwnableUnauthorizedAccount", account):
            call(account)


def send(sender, function, *arguments):
    """Call a contract's function without Brownie's book-keeping, for tests that do so a lot."""
    transaction = {
        "from": str(sender),
        "to": function._address,
        "data": function.encode_input(*arguments),
        "gas": 10_000_000,
    }
    receipt = web3.eth.wait_for_transaction_receipt(
        web3.eth.send_transaction(transaction), poll_latency=0.005
    )
    assert receipt["status"] == 1
    return receipt


def names_of(transaction):
    """The names of a transaction's events, in order."""
    return [event.name for event in transaction.events]


def only(transaction, name):
    """The arguments of a transaction's single event of this name."""
    events = transaction.events[name]
    (arguments,) = list(events)
    return {key: plain(value) for key, value in arguments.items()}


@dataclass
class Federation:
    """A task with everybody who takes part in it."""

    task: object
    coordinator: object
    clients: list
    jurors: list
    quorum: int
    updates: list = field(default_factory=list)

    def submit(self, client, name=None, round_number=None):
        """Submit an update, by default to the round that is on."""
        digest = digest_of(name if name is not None else f"{client} {now()}")
        number = self.number() if round_number is None else round_number
        transaction = self.task.submitUpdate(number, digest, {"from": client})
        self.updates.append((client, digest))
        return transaction

    def submit_all(self):
        """Every client submits, which closes the round where it is full."""
        return [self.submit(client) for client in self.clients]

    def current(self):
        """The round that is on, by field."""
        return {key: plain(value) for key, value in self.task.currentRound().dict().items()}

    def number(self):
        return self.current()["number"]

    def deadline(self):
        return self.current()["deadline"]

    def travel_to_deadline(self):
        travel_to(self.deadline())

    def report(self, **changes):
        """A report that the contract takes, but for the changes."""
        current = self.current()
        values = {
            "round": current["number"],
            "jury_version": current["juryVersion"],
            "updates_hash": current["updatesHash"],
            "baseline_correct": 8500,
            "model_correct": 9100,
            "model_digest": digest_of(f"model {current['number']}"),
        }
        return signing.Report(**{**values, **changes})

    def verdicts(self):
        return ACCEPTED * self.current()["submitted"]

    def sign(self, report, verdicts, jurors=None):
        """Signatures of a quorum, or of the jurors given, in the order given."""
        signers = self.jurors[: self.quorum] if jurors is None else jurors
        return b"".join(
            signing.sign(juror, report, verdicts, self.task.address, web3.eth.chain_id)
            for juror in signers
        )

    def signed_report(self):
        """A report that the contract takes, its verdicts and a quorum's signatures."""
        report, verdicts = self.report(), self.verdicts()
        return report, verdicts, self.sign(report, verdicts)

    def finalize(self, report=None, verdicts=None, signatures=None, sender=None, jurors=None):
        """Send a report; what is not given is right. The jurors given sign in the order given."""
        verdicts = self.verdicts() if verdicts is None else verdicts
        report = report or self.report()
        signatures = self.sign(report, verdicts, jurors) if signatures is None else signatures
        self.updates = []
        return self.task.finalizeRound(
            report.as_tuple(), verdicts, signatures, {"from": sender or self.coordinator}
        )

    def void(self, round_number=None, sender=None):
        number = self.number() if round_number is None else round_number
        self.updates = []
        return self.task.voidRound(number, {"from": sender or self.coordinator})

    def travel_to_voidable(self):
        travel_to(self.deadline() + self.task.config()["graceSeconds"])
