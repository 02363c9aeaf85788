"""Words that the tests share: time, digests, reverts, and a federation that acts as one."""

from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import signing
from brownie import chain, web3
from brownie.convert.datatypes import HexString, ReturnValue
from brownie.exceptions import VirtualMachineError
from eth_abi import encode
from eth_utils import keccak

ZERO = "0x" + "00" * 20
ROUND_SECONDS = 1000
BATCH_SECONDS = 400
AVAILABILITY_SECONDS = 100
GRACE_SECONDS = 500
NOTICE_SECONDS = 86_400
OPEN, CLOSED, FINISHED = range(3)
ACCEPTED, REJECTED = b"\x01", b"\x03"
LONE, BATCH = range(2)


def digest_of(name):
    """A digest that is easy to tell from others."""
    return keccak(text=str(name))


# The config of a task, in the order of the contract's struct.
CONFIG = {
    "specDigest": digest_of("spec"),
    "genesisDigest": digest_of("genesis"),
    "roundSeconds": ROUND_SECONDS,
    "batchSeconds": BATCH_SECONDS,
    "availabilitySeconds": AVAILABILITY_SECONDS,
    "graceSeconds": GRACE_SECONDS,
    "noticeSeconds": NOTICE_SECONDS,
    "minUpdates": 2,
    "maxUpdates": 3,
    "rounds": 0,
}


def lone(client, digest):
    """What a client's own submission adds to the running hash."""
    return (LONE, str(client), digest, 1)


def batch(relayer, digest, count):
    """What a relayer's batch adds to the running hash."""
    return (BATCH, str(relayer), digest, count)


def running_hash(round_number, parent_model, roster_root, jury, submissions):
    """The running hash of a round's submissions; see docs/protocol/contracts.md."""
    kinds = ["uint32", "bytes32", "bytes32", "bytes32"]
    value = keccak(encode(kinds, [round_number, parent_model, roster_root, jury]))
    for submission in submissions:
        fields = [value, *submission]
        value = keccak(encode(["bytes32", "uint8", "address", "bytes32", "uint32"], fields))
    return value


def floor_of(data):
    """EIP-7623: least gas of a transaction, by its data alone."""
    zeros = data.count(0)
    return 21_000 + 10 * zeros + 40 * (len(data) - zeros)


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
    roster: object
    jurors: list
    quorum: int
    submissions: list = field(default_factory=list)

    @property
    def clients(self):
        return self.roster.members

    @property
    def owner(self):
        return {"from": self.coordinator}

    @property
    def jury(self):
        """The hash of the jury that the federation began with."""
        return signing.jury_hash(self.jurors, self.quorum)

    def submit(self, client, name=None, round_number=None, roster=None, proof=None):
        """Submit an update, by default to this round, with a proof of the first roster."""
        digest = digest_of(name if name is not None else f"{client} {now()}")
        number = self.number() if round_number is None else round_number
        proof = (roster or self.roster).proof(client) if proof is None else proof
        transaction = self.task.submitUpdate(number, digest, proof, {"from": client})
        self.submissions.append(lone(client, digest))
        return transaction

    def batch(self, relayer, count, name=None, round_number=None):
        """Post a batch that announces so many updates, by default to this round."""
        digest = digest_of(name if name is not None else f"batch of {relayer} {now()}")
        number = self.number() if round_number is None else round_number
        transaction = self.task.submitBatch(number, count, digest, {"from": relayer})
        self.submissions.append(batch(relayer, digest, count))
        return transaction

    def set_relayer(self, relayer, allowed=True, sender=None):
        return self.task.setRelayer(relayer, allowed, {"from": sender or self.coordinator})

    def submit_all(self, roster=None):
        """Every member of the roster submits, which closes the round."""
        members = (roster or self.roster).members
        return [self.submit(client, roster=roster) for client in members]

    def current(self):
        """The round that is on, by field."""
        return {key: plain(value) for key, value in self.task.currentRound().dict().items()}

    def number(self):
        return self.current()["number"]

    def deadline(self):
        return self.current()["deadline"]

    def updates_hash(self, roster=None, jury=None, submissions=None):
        """The running hash that the round that is on should have."""
        current = self.current()
        return running_hash(
            current["number"],
            current["modelDigest"],
            (roster or self.roster).root,
            jury or self.jury,
            self.submissions if submissions is None else submissions,
        )

    def travel_to_deadline(self):
        travel_to(self.deadline())

    def report(self, **changes):
        """A report that the contract takes, but for the changes."""
        current = self.current()
        values = {
            "round": current["number"],
            "jury_version": current["juryVersion"],
            "updates_hash": current["updatesHash"],
            "attempt": 0,
            "accuracy": 910,
            "model_digest": digest_of(f"model {current['number']}"),
            "record_digest": digest_of(f"record {current['number']}"),
            "next_jury": self.jury,
        }
        return signing.Report(**{**values, **changes})

    def verdicts(self):
        return ACCEPTED * self.current()["submitted"]

    def sign(self, report, verdicts, jurors=None, parent_model=None):
        """Signatures of a quorum, or of the jurors given, in the order given."""
        signers = self.jurors[: self.quorum] if jurors is None else jurors
        parent = parent_model or self.current()["modelDigest"]
        return b"".join(
            signing.sign(juror, report, parent, verdicts, self.task.address, web3.eth.chain_id)
            for juror in signers
        )

    def digest(self, report, verdicts, parent_model=None):
        """The 32 bytes that the jurors sign, by default as judged from the task's model."""
        parent = parent_model or self.current()["modelDigest"]
        return signing.digest(report, parent, verdicts, self.task.address, web3.eth.chain_id)

    def signed_report(self, jurors=None, **changes):
        """A report that the contract takes, its verdicts and a quorum's signatures."""
        report, verdicts = self.report(**changes), self.verdicts()
        return report, verdicts, self.sign(report, verdicts, jurors)

    def finalize(self, report=None, verdicts=None, signatures=None, sender=None, jurors=None):
        """Send a report; what is not given is right. The jurors given sign in the order given."""
        verdicts = self.verdicts() if verdicts is None else verdicts
        report = report or self.report()
        signatures = self.sign(report, verdicts, jurors) if signatures is None else signatures
        self.submissions = []
        return self.task.finalizeRound(
            report.as_tuple(), verdicts, signatures, {"from": sender or self.coordinator}
        )

    def void(self, round_number=None, sender=None):
        number = self.number() if round_number is None else round_number
        self.submissions = []
        return self.task.voidRound(number, {"from": sender or self.coordinator})

    def travel_to_voidable(self, times=1):
        travel_to(self.deadline() + times * self.task.config()["graceSeconds"])

    def set_jury(self, jurors, quorum, sender=None):
        sender = sender or self.coordinator
        return self.task.setJury(signing.addresses(jurors), quorum, {"from": sender})

    def set_roster(self, roster, sender=None):
        return self.task.setRoster(roster.as_tuple(), {"from": sender or self.coordinator})

    def voided_rounds(self, until):
        """Void round after round, as soon as may be, while time is before `until`."""
        while self.deadline() + GRACE_SECONDS < until:
            self.travel_to_voidable()
            self.void()


@contextmanager
def reorganized():
    """What happens in the block did not happen: the chain is as before when it ends."""
    # Brownie knows one snapshot, which is the one that every test starts from.
    start_of_the_test = chain._snapshot_id
    chain.snapshot()
    yield
    chain.revert()
    chain._snapshot_id = start_of_the_test
