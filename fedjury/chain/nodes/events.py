"""What is told of the nodes of a chain that is reached through several of them."""

from dataclasses import dataclass
from typing import ClassVar

from fedjury.runtime.events import Event, Severity


@dataclass(frozen=True, kw_only=True)
class NodeLeft(Event):
    """An RPC endpoint is not asked for a while.

    Attributes:
        endpoint: scheme, host and port.
        reason: why, in words.
        retry_seconds: until it is looked at again.
    """

    severity: ClassVar[Severity] = Severity.WARNING
    endpoint: str
    reason: str
    retry_seconds: float

    @property
    def sentence(self) -> str:
        again = f"looking at it again in {self.retry_seconds:g} s"
        return f"leaving the node {self.endpoint}: {self.reason}; {again}"


@dataclass(frozen=True, kw_only=True)
class NodeBack(Event):
    """An RPC endpoint that was left is well again.

    Attributes:
        endpoint: scheme, host and port.
    """

    endpoint: str

    @property
    def sentence(self) -> str:
        return f"the node {self.endpoint} is well again"


@dataclass(frozen=True, kw_only=True)
class NodesDiffer(Event):
    """RPC endpoints tell different things of a block too deep for an ordinary reorganization.

    Attributes:
        block: number of the block that they differ on.
        endpoints: those that are not believed.
        believed: those that are, being more than half of all; none where no such group agrees.
    """

    severity: ClassVar[Severity] = Severity.ERROR
    block: int
    endpoints: tuple[str, ...]
    believed: tuple[str, ...]

    @property
    def sentence(self) -> str:
        what = f"the nodes differ on block {self.block}, or on the contract in it"
        others = ", ".join(self.endpoints)
        if self.believed:
            return f"{what}: going on with {', '.join(self.believed)}, not with {others}"
        return f"{what}, and no more than half of all agree: waiting for {others} to agree"
