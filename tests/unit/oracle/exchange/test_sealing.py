import pytest
from eth_account import Account

from fedjury.oracle.exchange.sealing import OVERHEAD, seal, unseal
from fedjury.protocol.domain import signing_digest
from fedjury.protocol.recovery import recover_key

OWNER, OTHER = (Account.from_key(bytes([each]) * 32) for each in (1, 2))
SECRET = b"the samples of a slice" * 100


def key_of(account: object) -> bytes:
    """The public key that an account's signature shows."""
    digest = signing_digest(b"\1" * 32, b"\2" * 32)
    found = recover_key(digest, bytes(account.unsafe_sign_hash(digest).signature))  # type: ignore[attr-defined]
    assert found is not None
    return found


def test_only_the_owner_of_the_key_opens_what_is_sealed() -> None:
    sealed = seal(SECRET, key_of(OWNER))
    assert unseal(sealed, OWNER) == SECRET
    assert SECRET[:22] not in sealed
    with pytest.raises(ValueError, match="not sealed to our key"):
        unseal(sealed, OTHER)


def test_sealing_adds_what_it_says_and_never_gives_the_same_bytes() -> None:
    one, other = seal(SECRET, key_of(OWNER)), seal(SECRET, key_of(OWNER))
    assert len(one) == len(other) == len(SECRET) + OVERHEAD
    assert one != other


@pytest.mark.parametrize("position", [0, 1, 40, 70, 90, OVERHEAD, -1])
def test_what_was_changed_is_not_opened(position: int) -> None:
    sealed = bytearray(seal(SECRET, key_of(OWNER)))
    sealed[position] ^= 1
    with pytest.raises(ValueError, match="not sealed to our key"):
        unseal(bytes(sealed), OWNER)


@pytest.mark.parametrize("size", [0, 1, 64, 65, 96, OVERHEAD])
def test_what_is_cut_short_is_not_opened(size: int) -> None:
    with pytest.raises(ValueError, match="not sealed to our key"):
        unseal(seal(SECRET, key_of(OWNER))[:size], OWNER)
