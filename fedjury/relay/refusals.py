"""What a relay does not take in, and whether it is worth another try."""

from enum import StrEnum

from fedjury.errors import FedjuryError


class Refusal(StrEnum):
    """Why something was not taken in. The values are part of the HTTP interface."""

    MALFORMED = "malformed"
    """It is not what the interface takes."""
    ZERO_DIGEST = "zero-digest"
    """The digest is zero, which no file has and the contract refuses."""
    NO_ROUND = "no-round"
    """The relay takes nothing now: it does not know an open round, or cannot post."""
    WRONG_ROUND = "wrong-round"
    """It is for another round than the open one."""
    ROUND_AHEAD = "round-ahead"
    """It is for a round that the relay does not see yet."""
    WRONG_PARENT = "wrong-parent"
    """It is for another model than the round starts from."""
    TOO_LATE = "too-late"
    """There is no time left to post it in this round."""
    NOT_IN_ROSTER = "not-in-roster"
    """The client is not in the round's roster."""
    BAD_SIGNATURE = "bad-signature"
    """The signature is not the client's, for this round, model and digest."""
    CONFLICT = "conflict"
    """The client has handed in another update for this round and model."""
    NO_ROOM = "no-room"
    """Batches may announce no more updates in this round."""
    BUSY = "busy"
    """More is under way than the relay takes at once."""
    DISK = "disk"
    """The relay's disk does not take it."""
    NO_RECEIPT = "no-receipt"
    """A file that no update with a receipt is about."""
    WRONG_FILE = "wrong-file"
    """The bytes are not those of the digest."""
    TOO_LARGE = "too-large"
    """More bytes than the task's spec, or the interface, allows."""
    FILES_FULL = "files-full"
    """The relay keeps no more bytes of files for clients."""
    TOO_MANY = "too-many"
    """More requests than the relay takes from one address or client."""
    TOO_SLOW = "too-slow"
    """The request did not arrive in time."""
    UNKNOWN = "unknown"
    """There is no such thing here."""


_LATER = {
    Refusal.NO_ROUND,
    Refusal.ROUND_AHEAD,
    Refusal.BUSY,
    Refusal.DISK,
    Refusal.FILES_FULL,
    Refusal.TOO_MANY,
    Refusal.TOO_SLOW,
}


class Refused(FedjuryError):
    """Something was not taken in; the message is a sentence for whoever handed it in.

    Args:
        reason: why.
        sentence: the same in words.
        retry_after: seconds after which it is worth another try; None leaves that open.

    Attributes:
        reason: as given.
        retry_after: as given.
    """

    def __init__(self, reason: Refusal, sentence: str, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.reason, self.retry_after = reason, retry_after

    @property
    def later(self) -> bool:
        """Whether the same may be taken in later, in the same round."""
        return self.reason in _LATER
