"""Where a juror is, and that it is a juror who asks.

Types: ``Announcement(string url,uint64 issuedAt)``,
``PeerRequest(address peer,string target,uint64 date)``.
"""

from typing import Annotated, ClassVar

from eth_utils.crypto import keccak
from pydantic import Field

from fedjury.protocol.statements.fields import Address, Uint64
from fedjury.protocol.statements.signed import Statement, struct_hash

_URL = r"^https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/-]*)?$"
MOST_URL = 300


class Announcement(Statement):
    """Where a juror is reached; of several the latest counts.

    Attributes:
        url: of its exchange with the other jurors, without user part, query or fragment.
        issued_at: Unix seconds.
    """

    kind: ClassVar[str] = "announcement"
    most_bytes: ClassVar[int] = 1000
    url: Annotated[str, Field(pattern=_URL, max_length=MOST_URL)]
    issued_at: Uint64

    def struct_hash(self) -> bytes:
        types = ["bytes32", "uint64"]
        return struct_hash(
            "Announcement(string url,uint64 issuedAt)",
            types,
            [keccak(text=self.url), self.issued_at],
        )


class PeerRequest(Statement):
    """That a juror asks another one for something.

    Attributes:
        peer: who is asked, so that it cannot ask others in this juror's name.
        target: path and query.
        date: Unix seconds.
    """

    kind: ClassVar[str] = "request"
    most_bytes: ClassVar[int] = 2000
    peer: Address
    target: Annotated[str, Field(pattern=r"^/[!-~]*$", max_length=1000)]
    date: Uint64

    def struct_hash(self) -> bytes:
        return struct_hash(
            "PeerRequest(address peer,string target,uint64 date)",
            ["address", "bytes32", "uint64"],
            [self.peer, keccak(text=self.target), self.date],
        )
