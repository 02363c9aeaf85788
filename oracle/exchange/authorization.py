"""Who asks: the signed, dated request in the header ``Authorization`` of one juror to another.

``Authorization: Fedjury <base64 of a signed PeerRequest's JSON>``. Source:
docs/protocol/exchange.md.
"""

import binascii
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import TypeVar, cast

from eth_account.signers.local import LocalAccount

from fedjury.protocol.domain import domain_separator, signing_digest
from fedjury.protocol.recovery import address_of_key, recover_key
from fedjury.protocol.statements.endpoint import PeerRequest
from fedjury.protocol.statements.signed import (
    Signed,
    Statement,
    TaskDomain,
    sign,
    signed_from_bytes,
)

HEADER = "Authorization"
SCHEME = "Fedjury"
ANNOUNCEMENT_HEADER = "Fedjury-Announcement"
JUROR_HEADER = "Fedjury-Juror"
SEALED_HEADER = "Fedjury-Sealed"
MOST_DRIFT = 300  # seconds that a request's date may be off the clock of who is asked

S = TypeVar("S", bound=Statement)


@dataclass(frozen=True)
class Caller:
    """Who asked.

    Attributes:
        address: the juror's, in lower case.
        key: its public key, 65 bytes.
    """

    address: str
    key: bytes


def authorize(account: LocalAccount, domain: TaskDomain, peer: str, target: str, date: int) -> str:
    """The header's value for one request.

    Args:
        account: who asks.
        domain: of the task.
        peer: who is asked, an address in lower case.
        target: path and query.
        date: Unix seconds by the clock of who is asked.
    """
    request = PeerRequest(peer=peer, target=target, date=date)
    return f"{SCHEME} {in_header(sign(account, request, domain))}"


def read_authorization(value: str) -> Signed[PeerRequest]:
    """The signed request in a header's value; whether the signature is right is another question.

    Raises:
        ValueError: there is none in it.
    """
    scheme, _, text = value.partition(" ")
    if scheme.lower() != SCHEME.lower():
        raise ValueError(f"the scheme is not {SCHEME}")
    return from_header(text.strip(), PeerRequest)


def caller_of(request: Signed[PeerRequest], domain: TaskDomain) -> Caller | None:
    """Who signed a request; None where that is not who it says."""
    digest = signing_digest(domain_separator(*domain), request.statement.struct_hash())
    key = recover_key(digest, request.signature)
    if key is None or "0x" + address_of_key(key).hex() != request.signer:
        return None
    return Caller(request.signer, key)


def in_header(signed: Signed[Statement]) -> str:
    """A signed statement as a header's value has it."""
    return b64encode(signed.to_bytes()).decode()


def from_header(text: str, kind: type[S]) -> Signed[S]:
    """The signed statement of a kind in a header's value.

    Raises:
        ValueError: there is none in it.
    """
    if len(text) > 4 * (kind.most_bytes // 3 + 1):
        raise ValueError("it is longer than any such statement")
    try:
        data = b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"it is not base64: {error}") from error
    return cast(Signed[S], signed_from_bytes(data, kind))
