"""Signed updates: what a client signs so that a relayer can post its update, and for what only."""

from dataclasses import replace

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from fedjury.protocol.batch_file import BatchEntry, BatchFile, is_plain_signature
from fedjury.protocol.digest import Digest
from fedjury.protocol.update_signing import UpdateDomain
from tests.support.fuzzing import FUZZ

TASK = "0x" + "12" * 20
PARENT = Digest(b"\xee" * 32)
DOMAIN = UpdateDomain(1337, TASK, 7, PARENT)
DIGEST = Digest(b"\xbb" * 32)
CLIENT: LocalAccount = Account.from_key(b"\x07" * 32)
OTHER: LocalAccount = Account.from_key(b"\x08" * 32)
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # of secp256k1
SIGNED = DOMAIN.sign(CLIENT, DIGEST)

TYPES = {
    "EIP712Domain": [
        {"name": "name", "type": "string"},
        {"name": "version", "type": "string"},
        {"name": "chainId", "type": "uint256"},
        {"name": "verifyingContract", "type": "address"},
    ],
    "Update": [
        {"name": "round", "type": "uint32"},
        {"name": "parentModel", "type": "bytes32"},
        {"name": "digest", "type": "bytes32"},
    ],
}
HASHES = st.binary(min_size=32, max_size=32)


def _changed(signature: bytes, *, r: int | None = None, s: int | None = None, v: int = 0) -> bytes:
    head = signature[:32] if r is None else r.to_bytes(32, "big")
    tail = signature[32:64] if s is None else s.to_bytes(32, "big")
    return head + tail + bytes([v or signature[64]])


def test_the_message_is_computed_as_solidity_would() -> None:
    # keccak256(abi.encodePacked("\x19\x01", domainSeparator, keccak256(abi.encode(typehash, …))))
    domain = keccak(
        keccak(
            b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
        )
        + keccak(b"fedjury")
        + keccak(b"2")
        + (1337).to_bytes(32, "big")
        + bytes(12)
        + b"\x12" * 20
    )
    content = keccak(
        keccak(b"Update(uint32 round,bytes32 parentModel,bytes32 digest)")
        + (7).to_bytes(32, "big")
        + b"\xee" * 32
        + b"\xbb" * 32
    )
    assert DOMAIN.message(DIGEST) == keccak(b"\x19\x01" + domain + content)


def test_the_message_and_the_signature_are_these_bytes() -> None:
    # made by eth_account and the plain Python curve of eth_keys
    assert (
        DOMAIN.message(DIGEST).hex()
        == "9bfca209e16f01008495e1cc6461d858d8e22685791621fafec493583a5ddb96"
    )
    assert SIGNED.signature.hex() == (
        "27868be0ba958129fffaa80c348bead15cb4450b12a9d5d09e59afdda72304d2"
        "39326579796a6b87c6fa6685cd22ffdbb1051e813e8c804b5f89161ef5966b34"
        "1b"
    )


@FUZZ
@given(
    st.integers(0, 2**256 - 1),
    st.binary(min_size=20, max_size=20),
    st.integers(0, 2**32 - 1),
    HASHES,
    HASHES,
)
def test_the_message_is_that_of_eth_account(
    chain_id: int, task: bytes, number: int, parent: bytes, digest: bytes
) -> None:
    address = "0x" + task.hex()
    expected = encode_typed_data(
        full_message={
            "types": TYPES,
            "primaryType": "Update",
            "domain": {
                "name": "fedjury",
                "version": "2",
                "chainId": chain_id,
                "verifyingContract": address,
            },
            "message": {"round": number, "parentModel": parent, "digest": digest},
        }
    )
    domain = UpdateDomain(chain_id, address, number, Digest(parent))
    signable = b"\x19" + expected.version + expected.header + expected.body
    assert domain.message(Digest(digest)) == keccak(signable)


def test_a_signed_update_names_its_client_and_can_stand_in_a_batch() -> None:
    assert (SIGNED.client, SIGNED.digest) == (CLIENT.address, DIGEST)
    assert DOMAIN.is_signed(SIGNED)
    assert list(BatchFile.of([SIGNED])) == [SIGNED]


def test_a_client_signs_the_same_update_the_same_each_time() -> None:
    assert DOMAIN.sign(CLIENT, DIGEST) == SIGNED


@FUZZ
@given(HASHES, st.binary(min_size=32, max_size=32).filter(lambda key: key != bytes(32)))
def test_every_clients_signature_is_written_as_batches_have_it(digest: bytes, seed: bytes) -> None:
    client: LocalAccount = Account.from_key(keccak(seed))
    entry = DOMAIN.sign(client, Digest(digest))
    assert is_plain_signature(entry.signature)
    assert DOMAIN.is_signed(entry)


@pytest.mark.parametrize(
    "elsewhere",
    [
        UpdateDomain(1, TASK, 7, PARENT),
        UpdateDomain(1337, "0x" + "13" * 20, 7, PARENT),
        UpdateDomain(1337, TASK, 8, PARENT),
        UpdateDomain(1337, TASK, 7, Digest(b"\xef" * 32)),
    ],
    ids=["chain", "task", "round", "parent model"],
)
def test_a_signature_is_worth_nothing_for_another(elsewhere: UpdateDomain) -> None:
    assert not elsewhere.is_signed(SIGNED)
    assert elsewhere.is_signed(elsewhere.sign(CLIENT, DIGEST))


@pytest.mark.parametrize(
    "entry",
    [
        replace(SIGNED, digest=Digest(b"\xbc" * 32)),
        replace(SIGNED, client=OTHER.address),
        replace(SIGNED, client="0x" + "00" * 20),
        replace(SIGNED, signature=DOMAIN.sign(OTHER, DIGEST).signature),
    ],
    ids=["digest", "client", "nobody", "another's signature"],
)
def test_an_entry_that_was_changed_is_not_signed(entry: BatchEntry) -> None:
    assert not DOMAIN.is_signed(entry)


@pytest.mark.parametrize(
    "signature",
    [
        _changed(
            SIGNED.signature,
            s=ORDER - int.from_bytes(SIGNED.signature[32:64], "big"),
            v=55 - SIGNED.signature[64],
        ),
        _changed(SIGNED.signature, v=55 - SIGNED.signature[64]),
        SIGNED.signature[:64] + b"\x00",
        SIGNED.signature[:64] + b"\x01",
        SIGNED.signature[:64] + b"\x1d",
        _changed(SIGNED.signature, r=0),
        _changed(SIGNED.signature, r=ORDER),
        _changed(SIGNED.signature, r=2**256 - 1),
        _changed(SIGNED.signature, s=0),
        _changed(SIGNED.signature, s=ORDER),
        _changed(SIGNED.signature, s=2**256 - 1),
        bytes(65),
        b"\xff" * 65,
        SIGNED.signature[:64],
        SIGNED.signature + b"\x1b",
        b"",
    ],
    ids=[
        "the high s",
        "the other v",
        "v 0",
        "v 1",
        "v 29",
        "r 0",
        "r the order",
        "r too large",
        "s 0",
        "s the order",
        "s too large",
        "zeros",
        "ones",
        "without v",
        "too long",
        "empty",
    ],
)
def test_what_is_not_the_clients_plain_signature_signs_nothing(signature: bytes) -> None:
    assert not DOMAIN.is_signed(replace(SIGNED, signature=signature))


@FUZZ
@given(st.integers(0, 64), st.integers(1, 255))
def test_a_signature_with_one_byte_changed_signs_nothing(place: int, change: int) -> None:
    spoiled = bytearray(SIGNED.signature)
    spoiled[place] ^= change
    assert not DOMAIN.is_signed(replace(SIGNED, signature=bytes(spoiled)))


def test_the_task_counts_however_its_address_is_spelled() -> None:
    spellings = "0x" + "fe" * 20, "0x" + "FE" * 20
    one, other = (UpdateDomain(1, task, 7, PARENT) for task in spellings)
    assert one.message(DIGEST) == other.message(DIGEST)
