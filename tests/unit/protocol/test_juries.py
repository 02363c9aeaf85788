"""Juries: their hash and their quorum."""

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from fedjury.protocol.juries import (
    is_ascending,
    is_quorum,
    jury_hash,
    least_quorum,
    sorted_jurors,
)

ONE, TWO, THREE = "0x" + "11" * 20, "0x" + "Aa" * 20, "0x" + "fF" * 20


def test_a_jurys_hash_covers_members_and_quorum() -> None:
    expected = keccak(encode(["address[]", "uint32"], [[ONE, TWO], 2]))
    assert jury_hash([ONE, TWO], 2) == expected
    assert jury_hash([ONE, TWO], 1) != expected
    assert jury_hash([ONE, THREE], 2) != expected


@pytest.mark.parametrize(
    ("size", "quorum"), [(1, 1), (2, 2), (3, 3), (4, 3), (5, 4), (6, 5), (7, 5), (10, 7), (128, 86)]
)
def test_the_least_quorum_is_more_than_two_thirds(size: int, quorum: int) -> None:
    assert least_quorum(size) == quorum
    assert is_quorum(quorum, size)
    assert not is_quorum(quorum - 1, size)


def test_a_quorum_is_no_more_than_the_jury() -> None:
    assert is_quorum(4, 4)
    assert not is_quorum(5, 4)


def test_jurors_are_sorted_by_number_whatever_their_case() -> None:
    found = sorted_jurors([THREE.lower(), ONE, TWO.upper().replace("0X", "0x")])
    assert [each.lower() for each in found] == [ONE.lower(), TWO.lower(), THREE.lower()]
    assert is_ascending(found)
    assert not is_ascending([TWO, ONE])
    assert not is_ascending([ONE, ONE])
