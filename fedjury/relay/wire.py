"""What goes over HTTP: signed updates in, receipts and refusals out, as JSON."""

import re
from typing import Any

from eth_utils.address import to_checksum_address

from fedjury.checks.json_values import RepeatedKey, parse_json
from fedjury.protocol.batch_file import SIGNATURE_BYTES, BatchEntry
from fedjury.protocol.digest import Digest
from fedjury.relay.intake import SignedReceipt
from fedjury.relay.records import SignedUpdate
from fedjury.relay.refusals import Refusal, Refused

MOST_UPDATE_BYTES = 4096
_FIELDS = {"round", "parent_model", "client", "digest", "signature"}
_HEX = re.compile(r"0x([0-9a-fA-F]*)")
_UINT32 = 2**32


def read_update(body: bytes) -> SignedUpdate:
    """A signed update from a request's body.

    Raises:
        Refused: it is malformed; says what is wrong.
    """
    try:
        document = parse_json(body)
    except RepeatedKey:
        raise _malformed("a field is given twice") from None
    except (ValueError, RecursionError):
        raise _malformed("the body is not JSON") from None
    if not isinstance(document, dict) or set(document) != _FIELDS:
        raise _malformed(f"the body is no object of {', '.join(sorted(_FIELDS))}")
    number = document["round"]
    if type(number) is not int or not 0 < number < _UINT32:
        raise _malformed("round is no number from 1 on")
    client = to_checksum_address(_bytes(document, "client", 20))
    digest = Digest(_bytes(document, "digest", Digest.SIZE))
    entry = BatchEntry(client, digest, _bytes(document, "signature", SIGNATURE_BYTES))
    return SignedUpdate(number, Digest(_bytes(document, "parent_model", Digest.SIZE)), entry)


def read_cid(text: str) -> Digest:
    """The digest in a request's path.

    Raises:
        Refused: it is no CIDv0.
    """
    try:
        return Digest.from_cid(text)
    except ValueError as error:
        raise _malformed(str(error)) from None


def receipt_document(given: SignedReceipt) -> dict[str, object]:
    """A receipt as its receiver is told it."""
    receipt = given.receipt
    return {
        "receipt": {
            "round": receipt.round,
            "parent_model": _hex(receipt.parent_model),
            "client": receipt.client,
            "digest": _hex(receipt.digest),
            "received_at": receipt.received_at,
            "relayer": given.relayer,
            "signature": _hex(given.signature),
        }
    }


def refusal_document(refused: Refused) -> dict[str, object]:
    """A refusal as it is told: a sentence, a word for machines, and whether to try later."""
    return {"error": str(refused), "code": refused.reason.value, "later": refused.later}


def _bytes(document: dict[str, Any], name: str, size: int) -> bytes:
    value = document[name]
    found = _HEX.fullmatch(value) if isinstance(value, str) else None
    if found is None or len(found[1]) != 2 * size:
        raise _malformed(f"{name} is not 0x and {2 * size} hexadecimal digits")
    return bytes.fromhex(found[1])


def _malformed(sentence: str) -> Refused:
    return Refused(Refusal.MALFORMED, sentence)


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
