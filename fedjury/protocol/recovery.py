"""Who signed: recovering addresses from signatures in bulk, with libsecp256k1."""

from coincurve import PublicKey
from eth_utils.crypto import keccak

from fedjury.protocol.batch_file import is_plain_signature

_RECOVERY_BASE = 27


def recover_address(message: bytes, signature: bytes) -> bytes | None:
    """The address whose key signed.

    Args:
        message: the 32 bytes that were signed.
        signature: 65 bytes r‖s‖v with low s and v 27 or 28.

    Returns:
        20 bytes; None where the signature is nobody's.
    """
    key = recover_key(message, signature)
    return None if key is None else address_of_key(key)


def recover_key(message: bytes, signature: bytes) -> bytes | None:
    """The public key that a signature is right for.

    Args:
        message: the 32 bytes that were signed.
        signature: 65 bytes r‖s‖v with low s and v 27 or 28.

    Returns:
        65 bytes, the point uncompressed; None where the signature is nobody's.
    """
    if not is_plain_signature(signature):
        return None
    compact = signature[:64] + bytes([signature[64] - _RECOVERY_BASE])
    try:
        key = PublicKey.from_signature_and_message(compact, message, hasher=None)
    except ValueError:  # r or s is out of range, or no point of the curve has this r
        return None
    return key.format(compressed=False)


def address_of_key(key: bytes) -> bytes:
    """The 20-byte address of a public key of 65 bytes."""
    return keccak(key[1:])[12:]
