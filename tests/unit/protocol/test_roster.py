"""Rosters: a file of addresses, and OpenZeppelin's standard tree over them."""

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from fedjury.protocol.roster import MAX_ROSTER_BYTES, NO_ROOT, Roster
from tests.support.fuzzing import FUZZ

ADDRESSES = st.sets(st.binary(min_size=20, max_size=20), max_size=40)


def _text(address: bytes) -> str:
    return "0x" + address.hex()


def _climb(address: str, proof: list[bytes]) -> bytes:
    """The root that a proof leads to, as OpenZeppelin's MerkleProof finds it."""
    node = keccak(keccak(encode(["address"], [address])))
    for sibling in proof:
        node = keccak(min(node, sibling) + max(node, sibling))
    return node


@FUZZ
@given(ADDRESSES)
def test_every_members_proof_leads_to_the_root(members: set[bytes]) -> None:
    roster = Roster.of(map(_text, members))
    assert roster.size == len(members)
    for place, member in enumerate(sorted(members)):
        address = _text(member)
        assert address in roster
        assert roster.place_of(address) == place
        assert _climb(address, roster.proof(address)) == roster.root


def test_a_root_that_openzeppelins_library_gives() -> None:
    # StandardMerkleTree.of([["0x11…"], ["0x22…"]], ["address"]) of two leaves
    one, two = "0x" + "11" * 20, "0x" + "22" * 20
    leaves = sorted(keccak(keccak(encode(["address"], [each]))) for each in (one, two))
    assert Roster.of([two, one]).root == keccak(leaves[0] + leaves[1])


def test_the_file_is_the_addresses_ascending() -> None:
    roster = Roster.of(["0x" + "Ff" * 20, "0x" + "01" * 20, "0x" + "ff" * 20])
    assert roster.to_bytes() == b"\x01" * 20 + b"\xff" * 20
    assert Roster.from_bytes(roster.to_bytes()) == roster
    assert [int(member, 16) for member in roster.members] == [
        int("01" * 20, 16),
        int("ff" * 20, 16),
    ]


def test_a_roster_of_nobody_has_no_root() -> None:
    assert (Roster().root, Roster().size, Roster.of([])) == (NO_ROOT, 0, Roster())


def test_a_stranger_has_no_proof() -> None:
    roster = Roster.of(["0x" + "01" * 20])
    stranger = "0x" + "02" * 20
    assert stranger not in roster
    assert roster.place_of(stranger) is None
    with pytest.raises(ValueError, match="not in the roster"):
        roster.proof(stranger)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\1" * 19, "19 bytes are no list of addresses"),
        (b"\1" * 40, "addresses 0 and 1 of the roster do not ascend"),
        (b"\1" * 20 + b"\3" * 20 + b"\2" * 20, "addresses 1 and 2 of the roster do not ascend"),
        (bytes(MAX_ROSTER_BYTES + 20), "at most 1,048,575 members"),
    ],
)
def test_what_is_no_roster_is_refused(content: bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Roster.from_bytes(content)


@FUZZ
@given(st.binary(max_size=100))
def test_any_bytes_are_a_roster_that_writes_them_again_or_a_value_error(content: bytes) -> None:
    try:
        roster = Roster.from_bytes(content)
    except ValueError:
        return
    assert roster.to_bytes() == content
