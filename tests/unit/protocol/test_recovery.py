"""Recovering signers in bulk, held against another implementation of the curve."""

import random

import pytest
from eth_keys.backends.native.main import NativeECCBackend
from eth_keys.datatypes import PrivateKey
from eth_keys.exceptions import BadSignature
from eth_keys.main import KeyAPI
from eth_utils.exceptions import ValidationError

from fedjury.protocol.batch_file import HIGHEST_S
from fedjury.protocol.recovery import recover_address

NATIVE = KeyAPI(NativeECCBackend())  # plain Python, where the project has libsecp256k1
FIELD = 2**256 - 2**32 - 977
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
MESSAGE = b"\x5a" * 32
KEY = PrivateKey(b"\x07" * 32)


def _signature(r: int, s: int, v: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([v])


def _signed(key: PrivateKey, message: bytes) -> tuple[int, int, int]:
    signature = key.sign_msg_hash(message)
    return signature.r, signature.s, 27 + signature.v


def _native_address(message: bytes, signature: bytes) -> bytes | None:
    try:
        found = NATIVE.Signature(signature[:64] + bytes([signature[64] - 27]))
        return NATIVE.ecdsa_recover(message, found).to_canonical_address()
    except (BadSignature, ValidationError, ValueError):
        return None


def test_who_signed_is_told() -> None:
    signature = _signature(*_signed(KEY, MESSAGE))
    assert recover_address(MESSAGE, signature) == KEY.public_key.to_canonical_address()


def test_a_known_signature_has_its_signer() -> None:
    # of the test "recovers the address" that ethereum/tests has for the precompile ecrecover
    message = "18c547e4f7b0f325ad1e56f57e26c745b09a3e503d86e00e5255ff7f715d3d1c"
    r = 0x73B1693892219D736CABA55BDB67216E485557EA6B6AF75F37096C9AA6A5A75F
    s = 0xEEB940B1D03B21E36B0E47E79769F095FE2AB855BD91E3A38756B7D75A9C4549
    signer = bytes.fromhex("a94f5374fce5edbc8e2a8697c15331677e6ebf0b")
    # its s is high; the low one with the other v says the same
    assert recover_address(bytes.fromhex(message), _signature(r, s, 28)) is None
    assert recover_address(bytes.fromhex(message), _signature(r, ORDER - s, 27)) == signer


def test_a_thousand_signatures_have_the_signers_that_plain_python_finds() -> None:
    chance = random.Random(13)
    keys = [PrivateKey(chance.randbytes(32)) for _ in range(8)]
    own = {key.public_key.to_canonical_address() for key in keys}
    found = []
    for number in range(1000):
        message = chance.randbytes(32)
        r, s, v = _signed(keys[number % len(keys)], message)
        if number % 4 == 3:  # another message, so a stranger or nobody
            message = chance.randbytes(32)
        if number % 4 == 2:  # random numbers, of which half are no point of the curve
            r, s = chance.getrandbits(256), chance.randrange(HIGHEST_S + 1)
        signature = _signature(r, s, v)
        found.append(recover_address(message, signature))
        assert found[-1] == _native_address(message, signature), signature.hex()
    assert sum(address in own for address in found) == 500
    assert 50 < sum(address is None for address in found) < 250


@pytest.mark.parametrize("v", [0, 1, 2, 3, 26, 29, 30, 255])
def test_a_v_but_27_and_28_is_nobodys(v: int) -> None:
    r, s, _ = _signed(KEY, MESSAGE)
    assert recover_address(MESSAGE, _signature(r, s, v)) is None


def test_the_same_signature_with_its_high_s_is_nobodys() -> None:
    r, s, v = _signed(KEY, MESSAGE)
    assert recover_address(MESSAGE, _signature(r, ORDER - s, 55 - v)) is None


@pytest.mark.parametrize("r", [0, ORDER, ORDER + 1, FIELD, 2**256 - 1])
def test_an_r_that_is_out_of_range_is_nobodys(r: int) -> None:
    assert recover_address(MESSAGE, _signature(r, 1, 27)) is None


@pytest.mark.parametrize("s", [0, HIGHEST_S + 1, ORDER - 1, ORDER, 2**256 - 1])
def test_an_s_that_is_out_of_range_is_nobodys(s: int) -> None:
    r, _, v = _signed(KEY, MESSAGE)
    assert recover_address(MESSAGE, _signature(r, s, v)) is None


@pytest.mark.parametrize("length", [0, 1, 63, 64, 66, 130])
def test_a_signature_of_another_length_is_nobodys(length: int) -> None:
    signature = _signature(*_signed(KEY, MESSAGE))
    assert recover_address(MESSAGE, (signature * 2)[:length]) is None


def test_no_point_of_the_curve_has_an_r_of_five() -> None:
    # 5³ + 7 is no square modulo the field's prime, by Euler's criterion
    assert pow(5**3 + 7, (FIELD - 1) // 2, FIELD) == FIELD - 1
    assert recover_address(MESSAGE, _signature(5, 1, 27)) is None


def test_the_public_key_at_infinity_is_nobodys() -> None:
    # r = x(G), s = e: the key that has signed would be (s·R − e·G) / r, which is no point
    generator = 0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798
    message = (1234).to_bytes(32, "big")
    assert recover_address(message, _signature(generator, 1234, 27)) is None
