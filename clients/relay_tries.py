"""How each relay of a client does in a round: what it failed in, when it is asked again."""

import math
from dataclasses import dataclass

from fedjury.clients.relay_endpoint import RelayFailed, RelayNotNow, RelayRefused
from fedjury.clients.relay_events import RelayBusy, RelayFailing
from fedjury.protocol.digest import Digest
from fedjury.runtime.events import RoundEvent

PAUSES = (1.0, 5.0, 30.0)
"""Seconds before a relay that does not work is asked again; the last pause is repeated."""
PATIENCE_SECONDS = 30.0
"""With a relay that takes nothing in for the moment, before that is a warning."""
_PATIENCE_SHARE = 1 / 3  # of the time for batches, where that is less

Key = tuple[int, Digest]  # round and the model that it begins with


@dataclass
class Tries:
    """How a relay does in a round, and when it is asked again; never, if it refused.

    Attributes:
        failures: how often it failed.
        warnings: how often that was told as one.
        again_at: from when on it is asked again, on the clock of `Relays`.
        busy_since: since when it takes nothing in for the moment; None where it was not so.
        has_taken: whether it gave a receipt.
    """

    failures: int = 0
    warnings: int = 0
    again_at: float = 0.0
    busy_since: float | None = None
    has_taken: bool = False

    @property
    def has_refused(self) -> bool:
        """Whether it is asked no more."""
        return self.again_at == math.inf

    def fail(
        self, round_number: int, relay: str, error: RelayFailed, now: float, patience: float
    ) -> RoundEvent | None:
        """Note a failure; what there is to tell of it.

        Args:
            round_number: of the round.
            relay: where the relay is.
            error: the failure.
            now: on the clock of `Relays`.
            patience: seconds with a relay that takes nothing in for the moment.
        """
        pause = PAUSES[min(self.failures, len(PAUSES) - 1)]
        self.failures += 1
        self.again_at = math.inf if isinstance(error, RelayRefused) else now + pause
        if isinstance(error, RelayNotNow):
            is_news = self.busy_since is None
            self.busy_since = now if self.busy_since is None else self.busy_since
            if now - self.busy_since < patience:
                said = RelayBusy(round=round_number, relay=relay, reason=str(error))
                return said if is_news else None
        self.warnings += 1
        if self.warnings > len(PAUSES):  # it has been told often enough
            return None
        return RelayFailing(round=round_number, relay=relay, reason=str(error))


def patience(batch_seconds: int) -> float:
    """Seconds with a relay that takes nothing in for the moment, before that is a warning."""
    return min(PATIENCE_SECONDS, _PATIENCE_SHARE * batch_seconds)
