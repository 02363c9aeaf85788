"""What a relay tells of its times as it starts."""

from dataclasses import dataclass

from fedjury.runtime.events import Event, Severity


@dataclass(frozen=True, kw_only=True)
class TimeShort(Event):
    """Batches may come too late, as the chain's blocks take longer than there is time.

    Attributes:
        reason: what is too short, with the figures and the remedy.
    """

    severity = Severity.WARNING
    reason: str

    @property
    def sentence(self) -> str:
        return self.reason
