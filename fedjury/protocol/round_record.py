"""The round record: what a report's verdicts rest on, as canonical JSON in the content store.

It holds integers and hexadecimal text only, and is a pure function of the chain, of what the
jurors said of the files, of the files and of the verification slice, so that all jurors write the
same bytes. Nothing in it is known only after signing. Counts stand in it only where the round's
slice will be disclosed and serves no other round. Source: docs/protocol/record.md.
"""

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fedjury.checks.json_values import canonical_json, parse_json
from fedjury.checks.validation import first_error
from fedjury.protocol.digest import Digest
from fedjury.protocol.reasons import Grounds
from fedjury.protocol.verdicts import VerdictCode

_BYTES32 = r"^0x[0-9a-f]{64}$"
_ADDRESS = r"^0x[0-9a-f]{40}$"
_BITMAP = r"^0x([0-9a-f]{2})*$"
_UINT32 = 2**32
_HEAD_BYTES = 2**16
_ENTRY_BYTES = 768  # more than any entry needs, with a batch of its own
_HAVE_BYTES = 128


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class RecordedRoster(_Part):
    """The roster of the round, as the chain tells of it."""

    version: int = Field(ge=1, lt=_UINT32)
    root: str = Field(pattern=_BYTES32)
    size: int = Field(ge=0, lt=_UINT32)
    digest: str = Field(pattern=_BYTES32)


class RecordedJury(_Part):
    """The jury of the round, as the chain tells of it."""

    version: int = Field(ge=1, lt=_UINT32)
    hash: str = Field(pattern=_BYTES32)
    size: int = Field(ge=1, lt=_UINT32)
    quorum: int = Field(ge=1, lt=_UINT32)


class Have(_Part):
    """Which of the round's files a juror had when their time was over.

    Attributes:
        juror: address.
        batches: a bit a batch of the round, the most significant one first: 1 where it had the
            file, or the proof that this is too large; None where the round has no batches.
        entries: likewise a bit a verdict of the round: 1 where it had the files that the verdict
            takes.
    """

    juror: str = Field(pattern=_ADDRESS)
    batches: str | None = Field(default=None, pattern=_BITMAP)
    entries: str = Field(pattern=_BITMAP)


class RecordEntry(_Part):
    """What became of one update.

    Attributes:
        client: address.
        digest: of the update's file.
        code: of the verdict.
        reason, arguments: see `fedjury.protocol.reasons`.
        correct: verification samples right with the update mixed in; None where counts are not
            told, and where the update was not evaluated.
    """

    client: str = Field(pattern=_ADDRESS)
    digest: str = Field(pattern=_BYTES32)
    code: int = Field(ge=1, lt=256)
    reason: int = Field(ge=0, lt=256)
    arguments: list[int] = []
    correct: int | None = Field(default=None, ge=0, lt=_UINT32)

    @classmethod
    def of(
        cls,
        client: str,
        digest: Digest,
        code: VerdictCode,
        grounds: Grounds,
        correct: int | None = None,
    ) -> "RecordEntry":
        """The entry of an update."""
        return cls(
            client=client.lower(),
            digest=hexadecimal(digest),
            code=int(code),
            reason=int(grounds.reason),
            arguments=list(grounds.arguments),
            correct=correct,
        )


class RecordedBatch(_Part):
    """A batch of the round, as the chain tells of it, and whether its file could be read.

    Attributes:
        index: place of its first update in the round.
        relayer: address.
        count: number of updates that it announces.
        digest: of its file.
        code: 0 where the file was read and each update has an entry; else the code of all its
            updates, of which nothing more is known.
    """

    index: int = Field(ge=0, lt=_UINT32)
    relayer: str = Field(pattern=_ADDRESS)
    count: int = Field(ge=1, lt=_UINT32)
    digest: str = Field(pattern=_BYTES32)
    code: int = Field(ge=0, lt=256)


class RoundRecord(_Part):
    """A round's record.

    Attributes:
        chain, task: chain id, and address of the task's contract.
        round, attempt: as in the report.
        updates_hash: of the round.
        parent: digest of the model that was judged from.
        slice: number of the verification slice that it was judged on.
        haves: what jurors had, ascending by address.
        batches: in order.
        entries: one an update, in order, but for those of batches that could not be read.
        baseline: what a count has to beat; None where counts are not told.
        correct: verification samples that the new model gets right; None where counts are not told.
    """

    version: Literal[2] = 2
    chain: int = Field(ge=0)
    task: str = Field(pattern=_ADDRESS)
    round: int = Field(ge=1, lt=_UINT32)
    attempt: int = Field(ge=0, lt=_UINT32)
    updates_hash: str = Field(pattern=_BYTES32)
    parent: str = Field(pattern=_BYTES32)
    roster: RecordedRoster
    jury: RecordedJury
    slice: int = Field(ge=1, lt=_UINT32)
    haves: list[Have]
    batches: list[RecordedBatch]
    entries: list[RecordEntry]
    baseline: int | None = Field(default=None, ge=0, lt=_UINT32)
    correct: int | None = Field(default=None, ge=0, lt=_UINT32)

    def to_bytes(self) -> bytes:
        """Canonical JSON: UTF-8, keys sorted, no white space, no key without a value."""
        return canonical_json(self.model_dump(mode="json", exclude_none=True))

    @classmethod
    def from_bytes(cls, data: bytes) -> "RoundRecord":
        """Parse a record.

        Raises:
            ValueError: not JSON, not a record, or not written in the canonical way.
        """
        try:
            record = cls.model_validate(parse_json(data))
        except ValidationError as error:
            raise ValueError(f"the record is not valid: {first_error(error, 'record')}") from error
        except (ValueError, RecursionError) as error:
            raise ValueError(f"the record is not JSON: {error}") from error
        if record.to_bytes() != data:
            raise ValueError("the record is not written in the canonical way")
        return record


def hexadecimal(value: bytes) -> str:
    """``0x`` and lower-case digits, as records hold bytes."""
    return "0x" + value.hex()


def bitmap(had: Sequence[bool]) -> str:
    """Which of a round's files a juror had, as records hold it."""
    packed = bytearray((len(had) + 7) // 8)
    for place, is_had in enumerate(had):
        packed[place // 8] |= is_had << (7 - place % 8)
    return hexadecimal(bytes(packed))


def unpack_bitmap(text: str, bits: int) -> list[bool]:
    """The inverse of `bitmap`.

    Raises:
        ValueError: another length than that of so many bits, or ones beyond them.
    """
    packed = bytes.fromhex(text[2:])
    had = [bool(byte >> bit & 1) for byte in packed for bit in range(7, -1, -1)]
    if len(packed) != (bits + 7) // 8 or any(had[bits:]):
        raise ValueError(f"{text[:80]} is no bitmap of {bits} bits")
    return had[:bits]


def most_record_bytes(updates: int, jurors: int) -> int:
    """How large the record of so many updates, lone and announced, can be."""
    return _HEAD_BYTES + updates * _ENTRY_BYTES + jurors * (_HAVE_BYTES + updates // 2)
