"""The accomplices between one daemon and its services."""

from contextlib import ExitStack
from dataclasses import dataclass

from experiments.chaos.accomplices.messages import Fault
from experiments.chaos.accomplices.proxy import Accomplice


@dataclass
class Between:
    """The accomplices of one daemon.

    Attributes:
        chain: between it and the first of its endpoints of the chain.
        spares: between it and the other two, which are the same node.
        store: between it and its IPFS daemon.
    """

    chain: Accomplice
    spares: tuple[Accomplice, Accomplice]
    store: Accomplice

    def heal(self) -> None:
        """Pass everything on."""
        self.break_chain(None)
        self.store.fault = None

    def break_chain(self, fault: Fault | None) -> None:
        """Have all endpoints do so."""
        for each in self.endpoints:
            each.fault = fault

    @property
    def endpoints(self) -> list[Accomplice]:
        """All ways to the chain."""
        return [self.chain, *self.spares]


def stand_between(stack: ExitStack, chain: str, store: str, seed: int) -> Between:
    """New accomplices, which pass everything on at first, until the stack is closed.

    Args:
        stack: closes them.
        chain: URL of the node.
        store: URL of the IPFS daemon.
        seed: of what they draw.
    """
    first = stand(stack, Accomplice(chain, seed))
    behind = stand(stack, Accomplice(store, seed + 1))
    spares = (
        stand(stack, Accomplice(chain, seed + 2)),
        stand(stack, Accomplice(chain, seed + 3)),
    )
    return Between(first, spares, behind)


def stand(stack: ExitStack, made: Accomplice) -> Accomplice:
    """The accomplice, closed with the stack."""
    stack.callback(made.close)
    return made
