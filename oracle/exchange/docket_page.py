"""What a juror knows of one key: who said what, first and otherwise, and in which order."""

from dataclasses import dataclass, field
from typing import TypeVar

from fedjury.protocol.statements.proposal import Proposal
from fedjury.protocol.statements.reports import CertificateBody
from fedjury.protocol.statements.signed import RoundStatement, Signed
from fedjury.protocol.statements.vote import Vote

Place = tuple[str, int, str]  # kind, slot, signer
RoundStatementT = TypeVar("RoundStatementT", bound=RoundStatement)
_FEED_BYTES = 2**20  # of one answer


@dataclass
class Page:
    """What is known of one key.

    Attributes:
        jurors: of the round's jury.
        said: what each juror said, by place; the second one contradicts the first.
        certificates: by version of the jury, of which a reorganization can make another one.
        feed: all of it in the order in which it became known.
    """

    jurors: tuple[str, ...]
    said: dict[Place, list[Signed[RoundStatement]]] = field(default_factory=dict)
    certificates: dict[int, CertificateBody] = field(default_factory=dict)
    feed: list[bytes] = field(default_factory=list)

    def enter(self, signed: Signed[RoundStatement]) -> None:
        """Take up a statement."""
        self.said.setdefault(place_of(signed), []).append(signed)
        self.feed.append(signed.to_bytes())

    def enter_certificate(self, certificate: CertificateBody) -> None:
        """Take up a certificate of the round."""
        self.certificates[certificate.body.jury_version] = certificate
        self.feed.append(certificate.to_bytes())

    def proposed(self) -> list[int]:
        """Numbers of attempts with a proposal, ascending."""
        return sorted({slot for kind, slot, _ in self.said if kind == Proposal.kind})

    def votes(self) -> list[Signed[Vote]]:
        """All votes, contradictions among them, by attempt and juror."""
        found = sorted(place for place in self.said if place[0] == Vote.kind)
        return [as_kind(each, Vote) for place in found for each in self.said[place]]

    def since(self, after: int) -> list[bytes]:
        """What became known after so much of the feed, as much as an answer may hold."""
        found, size = list[bytes](), 0
        for each in self.feed[after:]:
            size += len(each)
            if found and size > _FEED_BYTES:
                break
            found.append(each)
        return found


def place_of(signed: Signed[RoundStatement]) -> Place:
    """What a juror says at most one thing for."""
    return signed.statement.kind, signed.statement.slot, signed.signer


def as_kind(signed: Signed[RoundStatement], kind: type[RoundStatementT]) -> Signed[RoundStatementT]:
    """The same statement, whose kind is known."""
    assert isinstance(signed.statement, kind)
    return Signed(signed.statement, signed.signer, signed.signature)
