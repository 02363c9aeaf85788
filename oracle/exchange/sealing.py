"""What one juror alone may read: sealed to the key that it signs its requests with.

ECIES over secp256k1: an ephemeral key, HKDF-SHA256 and AES-256-GCM, as the library eciespy has
it. Who sealed something is not shown by it; what it holds is checked by what commits to it.
"""

import ecies
from eth_account.signers.local import LocalAccount

OVERHEAD = 97  # bytes: the ephemeral key, a nonce and a tag


def seal(data: bytes, key: bytes) -> bytes:
    """Seal bytes.

    Args:
        data: what is sealed.
        key: whose owner alone can open it: a public key, 65 bytes.

    Returns:
        `OVERHEAD` bytes more than the data, others each time.
    """
    return ecies.encrypt(key, data)


def unseal(data: bytes, account: LocalAccount) -> bytes:
    """Open what was sealed to an account's key.

    Raises:
        ValueError: it was not, or it was changed.
    """
    try:
        return ecies.decrypt(bytes(account.key), data)
    except Exception as error:  # of three libraries, each with errors of its own
        raise ValueError("it is not sealed to our key") from error
