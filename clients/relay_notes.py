"""What a client keeps on disk of what it handed to relays: which update, and the receipts for it.

A receipt is evidence against a relay that did not post, so that none is ever deleted.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fedjury.protocol.digest import Digest
from fedjury.protocol.receipt import Receipt
from fedjury.runtime.files import keep_whole


@dataclass(frozen=True)
class KeptReceipt:
    """A receipt as it was given.

    Attributes:
        relay: where the relay is, as people may see it.
        relayer: address that signed.
        received_at: Unix seconds, by the relayer's clock.
        signature: the relayer's.
    """

    relay: str
    relayer: str
    received_at: int
    signature: bytes


@dataclass(frozen=True)
class HandedUpdate:
    """The one update that a client signed for a round and the model that it began with.

    Attributes:
        round: number of the round.
        parent_model: that the round begins with.
        digest: of the update's file.
        receipts: what relays gave for it.
        file_is_handed: whether a relay took the file as well.
    """

    round: int
    parent_model: Digest
    digest: Digest
    receipts: tuple[KeptReceipt, ...] = ()
    file_is_handed: bool = False

    def receipt(self, client: str, kept: KeptReceipt) -> Receipt:
        """What a relayer signed for this client."""
        return Receipt(self.round, self.parent_model, client, self.digest, kept.received_at)

    def with_receipt(self, kept: KeptReceipt) -> "HandedUpdate":
        """The same with one receipt more, unless it is there."""
        if kept in self.receipts:
            return self
        return replace(self, receipts=(*self.receipts, kept))


class RelayNotes:
    """One client's notes for one task.

    Args:
        directory: of the client's files; it exists.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def save(self, handed: HandedUpdate) -> None:
        """Keep a note, whole or not at all, in place of an earlier one.

        Raises:
            DiskUnwritable: the disk does not take it.
        """
        document = {
            "round": handed.round,
            "parent_model": "0x" + handed.parent_model.hex(),
            "digest": "0x" + handed.digest.hex(),
            "file_is_handed": handed.file_is_handed,
            "receipts": [
                {**vars(kept), "signature": "0x" + kept.signature.hex()} for kept in handed.receipts
            ],
        }
        path = self._path(handed.round, handed.parent_model)
        keep_whole(path, json.dumps(document, indent=1))

    def find(self, round_number: int, parent_model: Digest) -> HandedUpdate | None:
        """The note of a round that begins with this model; None without one that is readable."""
        return _read(self._path(round_number, parent_model))

    def of_round(self, round_number: int) -> list[HandedUpdate]:
        """The notes of a round, whatever models it began with."""
        found = map(_read, sorted(self._directory.glob(f"handed-{round_number}-*.json")))
        return [handed for handed in found if handed is not None]

    def latest_round(self, before: int) -> int:
        """The newest round before this one of which there is a note; 0 for none."""
        numbers = [path.stem.split("-")[1] for path in self._directory.glob("handed-*-*.json")]
        rounds = [int(number) for number in numbers if number.isdecimal()]
        return max((number for number in rounds if number < before), default=0)

    def _path(self, round_number: int, parent_model: Digest) -> Path:
        return self._directory / f"handed-{round_number}-{parent_model.cid}.json"


def _read(path: Path) -> HandedUpdate | None:
    with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        return _parse(json.loads(path.read_text(encoding="utf-8")))
    return None


def _parse(document: Mapping[str, Any]) -> HandedUpdate:
    return HandedUpdate(
        round=int(document["round"]),
        parent_model=_digest(document["parent_model"]),
        digest=_digest(document["digest"]),
        file_is_handed=bool(document["file_is_handed"]),
        receipts=tuple(
            KeptReceipt(
                relay=str(each["relay"]),
                relayer=str(each["relayer"]),
                received_at=int(each["received_at"]),
                signature=bytes.fromhex(each["signature"][2:]),
            )
            for each in document["receipts"]
        ),
    )


def _digest(text: str) -> Digest:
    return Digest(bytes.fromhex(text[2:]))
