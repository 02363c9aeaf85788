"""The proof that a juror has judged: who did not evaluate the samples cannot make it.

MAC = HMAC-SHA256(key, juror ‖ report digest ‖ seen), where key = HMAC-SHA256(the slice's salt,
"fedjury-mac/2"), juror is its 20-byte address, and seen a hash of which samples the round's
weights get right (`fedjury.oracle.exchange.witness`). Whoever has judged the same makes each
juror's and compares; nothing needs to be opened. Source: docs/protocol/exchange.md.
"""

import hmac

MAC_BYTES = 32
_TAG = b"fedjury-mac/2"


def make_mac(salt: bytes, juror: str, report_digest: bytes, seen: bytes) -> bytes:
    """The MAC of a juror's vote, 32 bytes.

    Args:
        salt: of the round's verification slice.
        juror: address.
        report_digest: of the report that it votes for, 32 bytes.
        seen: which samples are right, 32 bytes.
    """
    key = hmac.digest(salt, _TAG, "sha256")
    return hmac.digest(key, bytes.fromhex(juror[2:]) + report_digest + seen, "sha256")
