"""From what a quorum of jurors hold to what counts as available: pure.

What f + 1 jurors hold, an honest one holds and serves. Source: docs/protocol/exchange.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fedjury.oracle.exchange.bench import Bench
from fedjury.oracle.exchange.bitmaps import unpack
from fedjury.oracle.recording import Held
from fedjury.protocol.digest import Digest
from fedjury.protocol.statements.have import Have
from fedjury.protocol.statements.signed import Signed


@dataclass(frozen=True)
class Extent:
    """How much there is to hold in a round.

    Attributes:
        batches: how many.
        entries: how many verdicts.
        files: digests of the batches' files: who holds a file that was posted twice holds both.
    """

    batches: int
    entries: int
    files: tuple[Digest, ...] = ()


@dataclass(frozen=True)
class Available:
    """What a report goes by.

    Attributes:
        batches: of each batch, whether its file is available.
        entries: of each verdict, whether what it takes is.
        claims: by juror, what it says that it holds.
        needed: how many have to hold a thing.
    """

    batches: Sequence[bool]
    entries: Sequence[bool]
    claims: Mapping[str, Held]
    needed: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing."""
        return all(self.batches) and all(self.entries)

    def claimants(self, *, batch: int | None = None, entry: int | None = None) -> list[str]:
        """The jurors that say that they hold a batch's file, or what a verdict takes."""
        return [
            juror
            for juror, held in self.claims.items()
            if (batch is not None and held.batches[batch])
            or (entry is not None and held.entries[entry])
        ]

    def unclaimed(self, juror: str) -> tuple[int, int]:
        """How many batches' files, and what how many verdicts take, are available and not held by
        a juror, as it says itself: more others than may lie say that they hold them."""
        held = self.claims[juror]
        return _lacking(self.batches, held.batches), _lacking(self.entries, held.entries)


def available(haves: Iterable[Signed[Have]], bench: Bench, extent: Extent) -> Available:
    """What is available by the HAVEs of a proposal.

    Raises:
        ValueError: a HAVE is of another extent.
    """
    claims = {each.signer: held_by(each.statement, extent) for each in haves}
    return available_by(claims, bench, extent)


def available_by(claims: Mapping[str, Held], bench: Bench, extent: Extent) -> Available:
    """What is available by what jurors say that they hold.

    Args:
        claims: by juror, what it holds.
        bench: of the round's jury.
        extent: of the round.
    """
    batches = np.zeros(extent.batches, dtype=int)
    entries = np.zeros(extent.entries, dtype=int)
    for held in claims.values():
        batches += np.asarray(held.batches, dtype=bool)
        entries += np.asarray(held.entries, dtype=bool)
    return Available(
        (batches >= bench.needed).tolist(),
        (entries >= bench.needed).tolist(),
        claims,
        bench.needed,
    )


def _lacking(there: Sequence[bool], held: Sequence[bool]) -> int:
    return int(np.sum(np.asarray(there, dtype=bool) & ~np.asarray(held, dtype=bool)))


def held_by(have: Have, extent: Extent) -> Held:
    """What a HAVE says.

    Raises:
        ValueError: it is of another extent, or holds a file and does not.
    """
    batches = unpack(have.batches, extent.batches).tolist()
    said: dict[Digest, bool] = {}
    for digest, bit in zip(extent.files, batches, strict=False):
        if said.setdefault(digest, bit) != bit:
            raise ValueError("of two batches with one file it holds only one")
    return Held(batches, unpack(have.entries, extent.entries).tolist())
