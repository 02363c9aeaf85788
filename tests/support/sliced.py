"""A federation in memory whose rounds have verification slices of their own."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from fedjury.data.verification import VerificationSet
from fedjury.protocol.digest import Digest
from tests.support.fake_federation import FakeFederation, verification


def make_slices(count: int) -> list[VerificationSet]:
    """The same samples under different salts, so that verdicts are the same on each."""
    return [replace(verification(), salt=bytes([number]) * 32) for number in range(count)]


def slices_spec(slices: Sequence[VerificationSet], **changes: Any) -> dict[str, Any]:
    """What a spec says of slices; `changes` are its other fields."""
    listed = [{"samples": len(each), "commitment": each.commitment()} for each in slices]
    return {"slices": listed, **changes}


def digest_of(verification: VerificationSet) -> Digest:
    """The digest of a slice's file."""
    return Digest.of(verification.to_bytes())


class SlicedFederation(FakeFederation):
    """A task of as many rounds as there are slices.

    Args:
        directory: for the store.
        slices: of the rounds.
        clients: how many.
        rounds: how many, instead.
        changes: what else its spec says of slices.
    """

    def __init__(
        self,
        directory: Path,
        slices: Sequence[VerificationSet],
        clients: int = 1,
        rounds: int | None = None,
        **changes: Any,
    ) -> None:
        super().__init__(directory, clients, verification=slices_spec(slices, **changes))
        rounds = len(slices) if rounds is None else rounds
        config = replace(self.task.config, rounds=rounds)
        self.contract.settings = config
        self.task = replace(self.task, config=config)
        _ = self.task.model
