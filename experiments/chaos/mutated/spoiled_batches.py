"""Rounds of lone submissions and spoiled batches, and what should become of each update in them."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from eth_account import Account
from eth_account.signers.local import LocalAccount

from experiments.chaos.mutated.byte_spoils import BYTE_SPOILS
from experiments.chaos.mutated.right_verdict import GOOD, Expected
from experiments.chaos.mutated.sound_files import CHAIN, ROUND, TASK, address
from fedjury.chain.contracts.events import BatchSubmitted, Submitted, UpdateSubmitted
from fedjury.protocol.digest import Digest
from fedjury.protocol.reasons import Reason
from fedjury.protocol.update_failure import UpdateFailure
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.protocol.verdicts import VerdictCode

MAGIC = bytes.fromhex("6665646a75727902")
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # of secp256k1
PARENT = Digest(b"\x77" * 32)
CLIENTS, MEMBERS = 12, 10
LineSpoil = Callable[[random.Random, list[bytes]], list[bytes]]


@dataclass(frozen=True)
class Signers:
    """The clients, what they signed, and of whom the roster is: the first ten of the twelve.

    Attributes:
        accounts: of the clients.
        lines: by client, entries with right signatures for two files of its own.
        stale: entries that were signed for another round, model, task or chain.
    """

    accounts: Sequence[LocalAccount]
    lines: Mapping[bytes, Sequence[bytes]]
    stale: Sequence[bytes]

    @classmethod
    def make(cls, chance: random.Random) -> "Signers":
        accounts = [Account.from_key(chance.randbytes(32)) for _ in range(CLIENTS)]
        domain = UpdateDomain(CHAIN, TASK, ROUND, PARENT)
        others = (
            UpdateDomain(CHAIN, TASK, ROUND - 1, PARENT),
            UpdateDomain(CHAIN, TASK, ROUND, Digest(b"\x78" * 32)),
            UpdateDomain(CHAIN, "0x" + "ce" * 20, ROUND, PARENT),
            UpdateDomain(CHAIN + 1, TASK, ROUND, PARENT),
        )
        lines, stale = {}, []
        for account in accounts:
            digests = [Digest(chance.randbytes(32)) for _ in range(2)]
            signed = [domain.sign(account, digest).to_bytes() for digest in digests]
            lines[signed[0][:20]] = signed
            stale += [other.sign(account, digests[0]).to_bytes() for other in others]
        return cls(accounts, lines, stale)

    @property
    def signed(self) -> set[bytes]:
        """All entries whose signature counts in the round."""
        return {line for lines in self.lines.values() for line in lines}

    @property
    def members(self) -> set[bytes]:
        """The roster."""
        return set(list(self.lines)[:MEMBERS])


@dataclass
class BatchedRound:
    """A round's submissions with the files of its batches.

    Attributes:
        submissions: in the contract's order.
        files: by digest a batch's file, or why it cannot be had.
        spoils: of each batch, how it came about.
    """

    submissions: list[Submitted] = field(default_factory=list)
    files: dict[Digest, bytes | UpdateFailure] = field(default_factory=dict)
    spoils: list[str] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many updates have been submitted."""
        return sum(each.count for each in self.submissions)


def batched_rounds(chance: random.Random, signers: Signers, count: int) -> Iterator[BatchedRound]:
    """Rounds of up to four batches each, until there are `count` batches."""
    made = 0
    while made < count:
        found = BatchedRound()
        for _ in range(min(chance.randrange(1, 5), count - made)):
            if chance.random() < 0.3:
                _submit_alone(chance, signers, found)
            _submit_batch(chance, signers, found, made)
            made += 1
        yield found


def _submit_alone(chance: random.Random, signers: Signers, found: BatchedRound) -> None:
    client = chance.choice(signers.accounts[:MEMBERS]).address
    if all(each.account != client for each in found.submissions):
        digest = Digest(chance.randbytes(32))
        found.submissions.append(
            UpdateSubmitted(
                block_number=len(found.submissions),
                log_index=0,
                transaction_hash=bytes(32),
                round=ROUND,
                client=client,
                index=found.size,
                digest=digest,
            )
        )


def _submit_batch(
    chance: random.Random, signers: Signers, found: BatchedRound, number: int
) -> None:
    some = chance.sample(sorted(signers.lines), chance.randrange(1, 7))
    lines = sorted(chance.choice(signers.lines[client]) for client in some)
    spoil = SPOILS[number % len(SPOILS)]
    count = len(lines)
    if spoil in LINE_SPOILS:
        content = batch(LINE_SPOILS[spoil](chance, lines))
        if chance.random() < 0.7:
            count = max((len(content) - 12) // 117, 1)
    elif spoil == _STALE:
        place = chance.randrange(count)
        owner = lines[place][:20]
        lines[place] = chance.choice([line for line in signers.stale if line[:20] == owner])
        content = batch(lines)
    elif spoil == _COUNT:
        content = batch(lines, chance.choice((0, 1, count - 1, count + 1, 256, 2**24, 2**32 - 1)))
    elif spoil == _SOUND:
        content = batch(lines)
    else:
        content = _BYTES[spoil](chance, batch(lines))
    found.spoils.append(spoil)
    digest = Digest.of(content)
    found.files[digest] = content
    if chance.random() < 0.05:
        code = chance.choice((VerdictCode.UNAVAILABLE, VerdictCode.TOO_LARGE))
        found.files[digest] = UpdateFailure(code, "it was not to be had")
    relayer = "0x" + "ab" * 20
    found.submissions.append(
        BatchSubmitted(
            block_number=len(found.submissions),
            log_index=0,
            transaction_hash=bytes(32),
            round=ROUND,
            relayer=relayer,
            index=found.size,
            count=count,
            digest=digest,
        )
    )


def right_updates(found: BatchedRound, signers: Signers) -> list[Expected]:
    """What becomes of each update, by docs/protocol/files.md; None is: it is judged."""
    right: list[Expected] = []
    alone = {
        bytes.fromhex(each.client[2:]): each.index
        for each in found.submissions
        if isinstance(each, UpdateSubmitted)
    }
    counting: dict[bytes, int] = {}
    for each in found.submissions:
        if isinstance(each, UpdateSubmitted):
            right.append(GOOD)
            continue
        file = found.files[each.digest]
        if isinstance(file, UpdateFailure):
            is_large = file.code is VerdictCode.TOO_LARGE
            code = VerdictCode.MALFORMED if is_large else VerdictCode.UNAVAILABLE
            right += [(code, Reason.NONE, ())] * each.count
        elif not is_batch(file) or len(file) != 12 + 117 * each.count:
            right += [(VerdictCode.MALFORMED, Reason.NONE, ())] * each.count
        else:
            for at in range(12, len(file), 117):
                right.append(_entry(file[at : at + 117], len(right), signers, alone, counting))
    return right


def _entry(
    line: bytes,
    place: int,
    signers: Signers,
    alone: Mapping[bytes, int],
    counting: dict[bytes, int],
) -> Expected:
    client = line[:20]
    if client not in signers.members:
        return VerdictCode.NOT_IN_ROSTER, Reason.NONE, ()
    if line not in signers.signed:
        return VerdictCode.BAD_SIGNATURE, Reason.NONE, ()
    if client in alone or client in counting:
        other = alone.get(client, counting.get(client, 0))
        return VerdictCode.SUPERSEDED, Reason.OTHER_COUNTS, (other,)
    counting[client] = place
    return GOOD


def is_batch(content: bytes) -> bool:
    """Whether bytes are a batch file: the protocol's table, said once more."""
    lines = [content[at : at + 117] for at in range(12, len(content), 117)]
    clients = [line[:20] for line in lines]
    return (
        content[:12] == MAGIC + len(lines).to_bytes(4, "big")
        and bool(lines)
        and all(len(line) == 117 for line in lines)
        and clients == sorted(set(clients))
        and all(int.from_bytes(line[84:116], "big") * 2 <= ORDER for line in lines)
        and {line[116] for line in lines} <= {27, 28}
    )


def batch(lines: Sequence[bytes], count: int | None = None) -> bytes:
    """A batch file of these entries, which says that it has `count`."""
    said = len(lines) if count is None else max(count, 0)
    return MAGIC + said.to_bytes(4, "big") + b"".join(lines)


def _other_order(chance: random.Random, lines: list[bytes]) -> list[bytes]:
    return chance.sample(lines, len(lines))


def _twice(chance: random.Random, lines: list[bytes]) -> list[bytes]:
    return sorted([*lines, chance.choice(lines)])


def _others_place(chance: random.Random, lines: list[bytes]) -> list[bytes]:
    place = chance.randrange(len(lines))
    client = chance.choice((chance.choice(lines)[:20], bytes.fromhex(address(chance)[2:])))
    return sorted([*lines[:place], client + lines[place][20:], *lines[place + 1 :]])


def _changed(start: int, end: int, values: Sequence[bytes]) -> LineSpoil:
    """One entry with some of its bytes replaced."""

    def spoil(chance: random.Random, lines: list[bytes]) -> list[bytes]:
        place, value = chance.randrange(len(lines)), chance.choice(values)
        line = lines[place][:start] + value + lines[place][end:]
        return [*lines[:place], line, *lines[place + 1 :]]

    return spoil


def _number(value: int) -> bytes:
    return value.to_bytes(32, "big")


LINE_SPOILS: dict[str, LineSpoil] = {
    "other order": _other_order,
    "a client twice": _twice,
    "another's place": _others_place,
    "other digest": _changed(20, 52, [bytes(32), b"\xff" * 32]),
    "other r": _changed(52, 84, [_number(r) for r in (0, 1, ORDER - 1, ORDER, 2**256 - 1)]),
    "other s": _changed(84, 116, [_number(s) for s in (0, 1, ORDER // 2, ORDER // 2 + 1, ORDER)]),
    "other v": _changed(116, 117, [bytes([v]) for v in (0, 1, 26, 27, 28, 29, 255)]),
}
_SOUND, _STALE, _COUNT = "sound", "for another round", "other count"
_BYTES = {each.__name__: each for each in BYTE_SPOILS}
SPOILS = [*LINE_SPOILS, _SOUND, _SOUND, _SOUND, _STALE, _COUNT, *_BYTES]
