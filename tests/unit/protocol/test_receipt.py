"""Receipts: what a relayer signs when it has taken in an update, and that it is evidence."""

from dataclasses import replace

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from fedjury.protocol.batch_file import is_plain_signature
from fedjury.protocol.digest import Digest
from fedjury.protocol.receipt import Receipt
from fedjury.protocol.update_signing import UpdateDomain
from tests.support.fuzzing import FUZZ

CHAIN, TASK = 1337, "0x" + "12" * 20
RELAYER: LocalAccount = Account.from_key(b"\x09" * 32)
RECEIPT = Receipt(
    round=7,
    parent_model=Digest(b"\xee" * 32),
    client="0x" + "34" * 20,
    digest=Digest(b"\xbb" * 32),
    received_at=1_700_000_000,
)
SIGNATURE = RECEIPT.sign(RELAYER, CHAIN, TASK)
TYPES = {
    "EIP712Domain": [
        {"name": "name", "type": "string"},
        {"name": "version", "type": "string"},
        {"name": "chainId", "type": "uint256"},
        {"name": "verifyingContract", "type": "address"},
    ],
    "Receipt": [
        {"name": "round", "type": "uint32"},
        {"name": "parentModel", "type": "bytes32"},
        {"name": "client", "type": "address"},
        {"name": "digest", "type": "bytes32"},
        {"name": "receivedAt", "type": "uint64"},
    ],
}
HASHES = st.binary(min_size=32, max_size=32)
ADDRESSES = st.binary(min_size=20, max_size=20).map(lambda address: "0x" + address.hex())


def test_the_message_is_computed_as_solidity_would() -> None:
    domain = keccak(
        keccak(
            b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
        )
        + keccak(b"fedjury")
        + keccak(b"2")
        + CHAIN.to_bytes(32, "big")
        + bytes(12)
        + b"\x12" * 20
    )
    kind = (
        b"Receipt(uint32 round,bytes32 parentModel,address client,bytes32 digest,uint64 receivedAt)"
    )
    content = keccak(
        keccak(kind)
        + (7).to_bytes(32, "big")
        + b"\xee" * 32
        + bytes(12)
        + b"\x34" * 20
        + b"\xbb" * 32
        + (1_700_000_000).to_bytes(32, "big")
    )
    assert RECEIPT.message(CHAIN, TASK) == keccak(b"\x19\x01" + domain + content)


@FUZZ
@given(
    st.builds(
        Receipt,
        round=st.integers(0, 2**32 - 1),
        parent_model=HASHES.map(Digest),
        client=ADDRESSES,
        digest=HASHES.map(Digest),
        received_at=st.integers(0, 2**64 - 1),
    ),
    st.integers(0, 2**256 - 1),
    ADDRESSES,
)
def test_the_message_is_that_of_eth_account(receipt: Receipt, chain_id: int, task: str) -> None:
    expected = encode_typed_data(
        full_message={
            "types": TYPES,
            "primaryType": "Receipt",
            "domain": {
                "name": "fedjury",
                "version": "2",
                "chainId": chain_id,
                "verifyingContract": task,
            },
            "message": {
                "round": receipt.round,
                "parentModel": receipt.parent_model,
                "client": receipt.client,
                "digest": receipt.digest,
                "receivedAt": receipt.received_at,
            },
        }
    )
    signable = b"\x19" + expected.version + expected.header + expected.body
    assert receipt.message(chain_id, task) == keccak(signable)


def test_a_receipt_names_the_relayer() -> None:
    assert len(SIGNATURE) == 65
    assert is_plain_signature(SIGNATURE)
    assert RECEIPT.signer(SIGNATURE, CHAIN, TASK) == RELAYER.address


def test_the_same_receipt_has_the_same_signature() -> None:
    assert RECEIPT.sign(RELAYER, CHAIN, TASK) == SIGNATURE


@pytest.mark.parametrize(
    "changed",
    [
        replace(RECEIPT, round=8),
        replace(RECEIPT, parent_model=Digest(b"\xef" * 32)),
        replace(RECEIPT, client="0x" + "35" * 20),
        replace(RECEIPT, digest=Digest(b"\xbc" * 32)),
        replace(RECEIPT, received_at=1_700_000_001),
    ],
    ids=["round", "parent model", "client", "digest", "time"],
)
def test_the_relayer_signed_no_receipt_that_says_something_else(changed: Receipt) -> None:
    assert changed.signer(SIGNATURE, CHAIN, TASK) != RELAYER.address


@pytest.mark.parametrize("place", [(1, TASK), (CHAIN, "0x" + "13" * 20)], ids=["chain", "task"])
def test_a_receipt_is_worth_nothing_elsewhere(place: tuple[int, str]) -> None:
    assert RECEIPT.signer(SIGNATURE, *place) != RELAYER.address


@pytest.mark.parametrize(
    "garbage",
    [b"", bytes(64), bytes(65), b"\xff" * 65, SIGNATURE[:64] + b"\x1d", SIGNATURE + b"\x1b"],
)
def test_garbage_is_nobodys_receipt(garbage: bytes) -> None:
    assert RECEIPT.signer(garbage, CHAIN, TASK) is None


def test_a_clients_signature_is_no_receipt_and_a_receipt_signs_no_update() -> None:
    domain = UpdateDomain(CHAIN, TASK, RECEIPT.round, RECEIPT.parent_model)
    update = domain.sign(RELAYER, RECEIPT.digest)
    receipt = replace(RECEIPT, client=RELAYER.address)
    assert receipt.signer(update.signature, CHAIN, TASK) != RELAYER.address
    stolen = replace(update, signature=receipt.sign(RELAYER, CHAIN, TASK))
    assert not domain.is_signed(stolen)
