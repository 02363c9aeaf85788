"""What a client tells while it takes part through relays."""

from dataclasses import dataclass

from fedjury.runtime.events import RoundEvent, Severity


@dataclass(frozen=True, kw_only=True)
class HandedToRelay(RoundEvent):
    """A relay gave a receipt for the signed update.

    Attributes:
        cid: of the update's file.
        relay: where the relay is.
        relayer: address that signed the receipt.
        reason: why it got the update, where another relay gave a receipt before.
    """

    cid: str
    relay: str
    relayer: str
    reason: str | None = None

    @property
    def what(self) -> str:
        also = "" if self.reason is None else f" as well, since {self.reason}"
        return f"handed {self.cid} to the relay at {self.relay}{also}, receipt of {self.relayer}"


@dataclass(frozen=True, kw_only=True)
class FileHanded(RoundEvent):
    """A relay took the update's file, to publish it.

    Attributes:
        cid: of the file.
        relay: where the relay is.
        bytes: size of the file.
    """

    cid: str
    relay: str
    bytes: int

    @property
    def what(self) -> str:
        return f"gave the relay at {self.relay} the {self.bytes:,} bytes of {self.cid}"


@dataclass(frozen=True, kw_only=True)
class RelayFailing(RoundEvent):
    """A relay does not do what it is asked for.

    Attributes:
        relay: where the relay is.
        reason: what is wrong with it.
    """

    severity = Severity.WARNING
    relay: str
    reason: str

    @property
    def what(self) -> str:
        return f"the relay at {self.relay} is of no use: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class RelayBusy(RoundEvent):
    """A relay takes nothing in for the moment, as between two rounds; it is asked again.

    Attributes:
        relay: where the relay is.
        reason: its own words.
    """

    relay: str
    reason: str

    @property
    def what(self) -> str:
        return f"the relay at {self.relay} takes nothing in for the moment: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class FoundInBatch(RoundEvent):
    """A batch on chain holds the update, with the signature.

    Attributes:
        cid: of the update's file.
        relayer: address that submitted the batch.
        index: place of the update in the round, from 0.
    """

    cid: str
    relayer: str
    index: int

    @property
    def what(self) -> str:
        return f"{self.cid} is update {self.index}, in a batch of {self.relayer}"


@dataclass(frozen=True, kw_only=True)
class FallsBack(RoundEvent):
    """No batch holds the update, which the client therefore goes to submit alone.

    Attributes:
        reason: why there is none.
    """

    severity = Severity.WARNING
    reason: str

    @property
    def what(self) -> str:
        return f"{self.reason}; going to submit the update alone, if the account can pay for it"


@dataclass(frozen=True, kw_only=True)
class CannotSubmitAlone(RoundEvent):
    """No batch holds the update, and the account cannot pay for submitting it alone.

    Attributes:
        reason: what the account lacks.
    """

    severity = Severity.WARNING
    reason: str

    @property
    def what(self) -> str:
        return (
            f"the update cannot be submitted alone: {self.reason}; unless a batch turns up that "
            "holds it, this round goes on without this client"
        )


@dataclass(frozen=True, kw_only=True)
class NotInABatch(RoundEvent):
    """A round is over, and no batch of it that can be read holds the update that a relay got."""

    severity = Severity.WARNING

    @property
    def what(self) -> str:
        return "over; no batch that can be read holds the update that was handed to a relay"
