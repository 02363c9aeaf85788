"""What a relay tells while it takes in updates and posts batches."""

from dataclasses import dataclass

from fedjury.chain.abi.refusals import local_time
from fedjury.checks.counts import counted
from fedjury.runtime.events import Event, RefusedByContract, RoundEvent, Severity


@dataclass(frozen=True, kw_only=True)
class Listening(Event):
    """The relay takes requests.

    Attributes:
        url: where, as this machine knows it.
    """

    url: str

    @property
    def sentence(self) -> str:
        return f"takes signed updates at {self.url}"


@dataclass(frozen=True, kw_only=True)
class TakingUpdates(RoundEvent):
    """The relay takes in updates for a round.

    Attributes:
        until: Unix seconds, from which on it takes no more for this round.
        members: of the round's roster.
    """

    until: int
    members: int

    @property
    def what(self) -> str:
        return f"takes updates of {counted(self.members, 'member')} until {local_time(self.until)}"


@dataclass(frozen=True, kw_only=True)
class BatchFormed(RoundEvent):
    """Updates that waited became a batch.

    Attributes:
        count: how many updates it has.
        cid: of its file.
    """

    count: int
    cid: str

    @property
    def what(self) -> str:
        return f"made a batch of {self.count}, {self.cid}"


@dataclass(frozen=True, kw_only=True)
class BatchPosted(RoundEvent):
    """A batch stands on chain.

    Attributes:
        count: how many updates it has.
        cid: of its file.
        block: that it stands in.
        gas: that the transaction used; None where the batch was found on chain, as after a
            restart.
    """

    count: int
    cid: str
    block: int
    gas: int | None = None

    @property
    def what(self) -> str:
        used = "" if self.gas is None else f", {self.gas} gas"
        return f"a batch of {self.count}, {self.cid}, stands in block {self.block}{used}"


@dataclass(frozen=True, kw_only=True)
class BatchUnstored(RoundEvent):
    """The store has not taken a batch's file, and there is no more time to wait for it: the batch
    is posted all the same, and its file follows."""

    severity = Severity.WARNING
    cid: str

    @property
    def what(self) -> str:
        return f"the store has not taken batch {self.cid}, which is posted all the same"


@dataclass(frozen=True, kw_only=True)
class BatchUnavailable(RoundEvent):
    """The store did not take a batch's file as long as jurors ask for it.

    Attributes:
        count: how many updates it has.
        cid: of its file.
    """

    severity = Severity.ERROR
    count: int
    cid: str

    @property
    def what(self) -> str:
        updates = counted(self.count, "update")
        return f"the store did not take batch {self.cid} with {updates} in time: nobody can read it"


@dataclass(frozen=True, kw_only=True)
class BatchUndone(RoundEvent):
    """A reorganization took back a batch; it is sent again at the same nonce."""

    severity = Severity.WARNING
    cid: str

    @property
    def what(self) -> str:
        return f"a reorganization took back batch {self.cid}"


@dataclass(frozen=True, kw_only=True)
class BatchDropped(RoundEvent):
    """A batch stands in no block, and its round takes none any more.

    Attributes:
        count: how many updates it has.
        cid: of its file.
        reason: why it cannot be posted any more.
    """

    severity = Severity.ERROR
    count: int
    cid: str
    reason: str

    @property
    def what(self) -> str:
        updates = counted(self.count, "update")
        return f"batch {self.cid} with {updates} is not posted: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class BatchCut(RoundEvent):
    """A batch was larger than the room that was left; a smaller one takes its place.

    Attributes:
        count: how many updates the smaller one has.
        waiting: how many of the larger one's wait again.
    """

    severity = Severity.WARNING
    count: int
    waiting: int

    @property
    def what(self) -> str:
        held = "1 update has" if self.count == 1 else f"{self.count} updates have"
        wait = "1 more waits" if self.waiting == 1 else f"{self.waiting} more wait"
        return f"only {held} room; {wait}"


@dataclass(frozen=True, kw_only=True)
class UpdatesLeftOut(RoundEvent):
    """Updates go into no batch, as their clients stand in the round already: in the batch of
    another relayer, or by themselves. They wait, as a reorganization may undo that.

    Attributes:
        count: how many.
    """

    count: int

    @property
    def what(self) -> str:
        return f"{counted(self.count, 'update')} left out: their clients stand on chain already"


@dataclass(frozen=True, kw_only=True)
class BatchRefused(RefusedByContract):
    """The contract refused a batch, as the round was other than expected."""

    @property
    def what(self) -> str:
        return f"batch not posted ({self.reason})"


@dataclass(frozen=True, kw_only=True)
class NonceLost(RoundEvent):
    """What was mined at a batch's nonce is not the batch, as far as the chain tells: another
    transaction of the account, or the batch itself that the contract refused. It has a new nonce.

    Attributes:
        cid: of the batch's file.
        nonce: that was taken.
    """

    severity = Severity.WARNING
    cid: str
    nonce: int

    @property
    def what(self) -> str:
        return (
            f"what was mined at nonce {self.nonce} of batch {self.cid} did not submit it: the "
            "contract refused it, or another transaction took its nonce, and nothing else should "
            "use the relay's account"
        )


@dataclass(frozen=True, kw_only=True)
class UpdatesLeft(RoundEvent):
    """Updates with a receipt were not posted in their round.

    Attributes:
        count: how many.
        reason: why.
    """

    severity = Severity.ERROR
    count: int
    reason: str

    @property
    def what(self) -> str:
        updates = counted(self.count, "update")
        return f"{updates} with a receipt not posted: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class RosterUnusable(RoundEvent):
    """The roster's file is not what the chain says of it; nothing is taken in.

    Attributes:
        reason: what is wrong with it.
    """

    severity = Severity.ERROR
    reason: str

    @property
    def what(self) -> str:
        return f"{self.reason}; nothing is taken in: tell the coordinator"


@dataclass(frozen=True, kw_only=True)
class CannotPay(Event):
    """The relay's account cannot pay for the next batch; nothing is taken in until it can.

    Attributes:
        reason: the balance, and what is needed.
    """

    severity = Severity.ERROR
    reason: str

    @property
    def sentence(self) -> str:
        return f"{self.reason}; nothing is taken in until then"


@dataclass(frozen=True, kw_only=True)
class FileStored(Event):
    """A file that a client handed in is in the store.

    Attributes:
        cid: of the file.
        bytes: its size.
    """

    cid: str
    bytes: int

    @property
    def sentence(self) -> str:
        return f"put {self.cid}, {self.bytes:,} bytes, into the store"


@dataclass(frozen=True, kw_only=True)
class FileGone(Event):
    """A file that a client handed in is not on the relay's disk any more, or damaged."""

    severity = Severity.ERROR
    cid: str

    @property
    def sentence(self) -> str:
        return f"{self.cid}, which a client handed in, is lost"
