"""The contract's running hash over a round's updates."""

from dataclasses import dataclass

import pytest
from eth_utils.crypto import keccak

from fedjury.protocol.digest import Digest
from fedjury.protocol.updates_hash import BATCH, LONE, opening_hash, updates_hash

PARENT, ROOT, JURY = Digest(b"\1" * 32), b"\2" * 32, b"\3" * 32
OPENING = keccak(bytes(31) + b"\7" + PARENT + ROOT + JURY)


@dataclass(frozen=True)
class Submission:
    """What the hash covers."""

    account: str
    digest: Digest
    kind: int = LONE
    count: int = 1


def _number(value: int) -> bytes:
    return value.to_bytes(32, "big")


def test_a_round_begins_with_its_number_its_model_its_roster_and_its_jury() -> None:
    assert opening_hash(7, PARENT, ROOT, JURY) == OPENING
    assert updates_hash(OPENING, []) == OPENING


@pytest.mark.parametrize(
    "other",
    [
        (8, PARENT, ROOT, JURY),
        (7, Digest(b"\4" * 32), ROOT, JURY),
        (7, PARENT, b"\4" * 32, JURY),
        (7, PARENT, ROOT, b"\4" * 32),
    ],
)
def test_each_of_them_changes_the_hash(other: tuple[int, Digest, bytes, bytes]) -> None:
    assert opening_hash(*other) != OPENING


def test_the_running_hash_is_the_contracts() -> None:
    first, second = "0x" + "11" * 20, "0x" + "Fe" * 20
    lone, one_update = _number(0), _number(1)
    one = keccak(OPENING + lone + bytes(12) + b"\x11" * 20 + b"\xaa" * 32 + one_update)
    two = keccak(one + lone + bytes(12) + b"\xfe" * 20 + b"\xbb" * 32 + one_update)
    updates = [Submission(first, Digest(b"\xaa" * 32)), Submission(second, Digest(b"\xbb" * 32))]
    assert updates_hash(OPENING, updates[:1]) == one
    assert updates_hash(OPENING, updates) == two
    assert updates_hash(OPENING, updates[::-1]) != two


def test_a_batch_stands_in_it_with_its_relayer_and_its_count() -> None:
    relayer, batch = "0x" + "Fe" * 20, Digest(b"\xbb" * 32)
    expected = keccak(OPENING + _number(1) + bytes(12) + b"\xfe" * 20 + batch + _number(300))
    assert updates_hash(OPENING, [Submission(relayer, batch, BATCH, 300)]) == expected
    assert updates_hash(OPENING, [Submission(relayer, batch, LONE, 300)]) != expected
