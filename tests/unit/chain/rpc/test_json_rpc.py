import pytest

from fedjury.chain.rpc import json_rpc
from fedjury.errors import ChainUnavailable


@pytest.mark.parametrize(("value", "expected"), [("0x0", 0), ("0x1f", 31), (7, 7)])
def test_quantity_reads_hex_and_the_embedded_chains_integers(value: object, expected: int) -> None:
    assert json_rpc.quantity(value, "x") == expected


@pytest.mark.parametrize("value", [None, "", "12", "0x", "0xzz", -1, "0x-1", True, 1.5, {}, []])
def test_quantity_refuses_everything_else(value: object) -> None:
    with pytest.raises(ChainUnavailable, match="garbage for the nonce"):
        json_rpc.quantity(value, "the nonce")


@pytest.mark.parametrize("value", [None, 5, "abcd", "0xabc", "0xzz", b"ab"])
def test_data_refuses_what_is_no_hex_string(value: object) -> None:
    with pytest.raises(ChainUnavailable):
        json_rpc.data(value, "x")


def test_data_of_a_wrong_size() -> None:
    assert json_rpc.data("0xabcd", "x", 2) == b"\xab\xcd"
    with pytest.raises(ChainUnavailable):
        json_rpc.data("0xabcd", "x", 32)


def test_shapes() -> None:
    with pytest.raises(ChainUnavailable):
        json_rpc.mapping([1], "x")
    with pytest.raises(ChainUnavailable):
        json_rpc.array({"a": 1}, "x")


def test_long_garbage_is_cut_short() -> None:
    with pytest.raises(ChainUnavailable) as caught:
        json_rpc.quantity("<html>" + "a" * 10_000, "x")
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("value", [2**256, hex(2**256), "0x" + "f" * 10_000])
def test_no_quantity_is_larger_than_a_word(value: object) -> None:
    assert json_rpc.quantity(hex(2**256 - 1), "x") == 2**256 - 1
    with pytest.raises(ChainUnavailable, match="garbage for x"):
        json_rpc.quantity(value, "x")
