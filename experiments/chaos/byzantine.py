"""One juror that lies: the real daemon's parts with one thing that it does changed.

`corrupted` has every juror of a process that is put together from then on behave so; `LIES` are
applied to one juror's parts, so that a jury in memory can have a liar among honest jurors.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from eth_account.signers.local import LocalAccount
from eth_typing import Hash32

from fedjury.oracle.exchange.assembly import Kit
from fedjury.oracle.exchange.board import NOT_FOUND, Answer
from fedjury.oracle.exchange.docket import Docket
from fedjury.oracle.exchange.exchange import Exchange
from fedjury.oracle.exchange.joint_round import JointRound
from fedjury.oracle.exchange.together import Together
from fedjury.protocol.signing import ReportDomain
from fedjury.protocol.statements.have import Have
from fedjury.protocol.statements.proposal import Proposal
from fedjury.protocol.statements.signed import RoundKey, Signed, sign
from fedjury.protocol.statements.vote import Vote

ENDLESS_BYTES = 2**25  # more than any answer may have
_NOISE = random.Random(14)


@dataclass(frozen=True)
class Liar:
    """The parts of the juror that lies.

    Attributes:
        account: its own.
        together: what it does.
        exchange: what it says, hears, asks and serves.
    """

    account: LocalAccount
    together: Together
    exchange: Exchange

    @property
    def docket(self) -> Docket:
        """All that it says and hears."""
        return self.exchange.docket

    @property
    def me(self) -> str:
        """Its address, in lower case."""
        return self.account.address.lower()

    @property
    def steps(self) -> Any:
        """Its private parts, which no honest program touches."""
        return self.together


Lie = Callable[[Liar], None]


def signs_other_verdicts(liar: Liar) -> None:
    """It accepts what is to be rejected, and rejects what is to be accepted."""
    voting = liar.steps._voting
    judged = voting._judged

    def lie(joint: JointRound, *rest: Any) -> Any:
        found = judged(joint, *rest)
        swapped = bytes({1: 2, 2: 1}.get(code, code) for code in found.draft.verdicts)
        draft = replace(found.draft, verdicts=swapped)
        domain = ReportDomain(*joint.admission.domain)
        digest = domain.digest(draft.report, draft.parent_model, swapped)
        findings = found.findings.model_copy(update={"codes": swapped})
        return replace(found, draft=draft, digest=digest, findings=findings)

    voting._judged = lie


def signs_two_reports(liar: Liar) -> None:
    """Beside each vote it signs another one, for a report that nobody has seen."""
    voting = liar.steps._voting
    vote = voting.vote

    def lie(joint: JointRound, *rest: Any) -> None:
        vote(joint, *rest)
        for attempt in liar.docket.proposed(joint.key):
            said = liar.docket.vote(joint.key, attempt, liar.me)
            if said is not None:
                digest = Hash32(bytes(each ^ 0xFF for each in said.statement.report_digest))
                liar.docket.hear(_vote(liar, joint, said.statement, digest))

    voting.vote = lie


def copies_reports(liar: Liar) -> None:
    """It judges nothing, and signs what somebody else has signed, with a MAC that it makes up."""

    def lie(joint: JointRound, *_: Any) -> None:
        for attempt in liar.docket.proposed(joint.key):
            if liar.docket.vote(joint.key, attempt, liar.me) is not None:
                continue
            known = [
                liar.docket.vote(joint.key, attempt, each) for each in joint.turns.bench.jurors
            ]
            for other in [each for each in known if each is not None][:1]:
                digest = Hash32(other.statement.report_digest)
                copied = other.statement.model_copy(update={"mac": _NOISE.randbytes(32)})
                liar.docket.say(_vote(liar, joint, copied, digest))

    liar.steps._voting.vote = lie


def _vote(liar: Liar, joint: JointRound, like: Vote, digest: Hash32) -> Signed[Vote]:
    signature = bytes(liar.account.unsafe_sign_hash(digest).signature)
    said = like.model_copy(update={"report_digest": digest, "report_signature": signature})
    return sign(liar.account, said, joint.admission.domain)


def claims_what_it_does_not_serve(liar: Liar) -> None:
    """It says that it holds everything, and gives nothing."""
    _says(liar, holds=True)
    _serves_files_to(liar, lambda _: False)


def hides_files(liar: Liar) -> None:
    """It says that it holds nothing, and gives nothing."""
    _says(liar, holds=False)
    _serves_files_to(liar, lambda _: False)


def serves_one_peer_only(liar: Liar) -> None:
    """It says that it holds everything, and gives it to the first who asks, never to another."""
    _says(liar, holds=True)
    served: list[str] = []

    def is_served(juror: str) -> bool:
        served.append(juror)
        return juror == served[0]

    _serves_files_to(liar, is_served)


def _says(liar: Liar, *, holds: bool) -> None:
    """Its HAVE claims all or nothing, whatever it got; and so it answers who asks what it holds."""

    def change(have: Have) -> Have:
        extent = liar.steps._joint.admission.extent
        batches, entries = _bits(extent.batches, holds), _bits(extent.entries, holds)
        return have.model_copy(update={"batches": batches, "entries": entries})

    def holding(key: RoundKey) -> tuple[bytes, bytes] | None:
        joint = liar.steps._joint
        if joint is None or joint.key != key:
            return None
        extent = joint.admission.extent
        return _bits(extent.batches, holds), _bits(extent.entries, holds)

    _says_otherwise(liar, Have, change)
    liar.exchange.board.holding = holding


def _bits(count: int, value: bool) -> bytes:
    size = (count + 7) // 8
    bits: int = (2**count - 1) * value << (8 * size - count)
    return bits.to_bytes(size, "big")


def _serves_files_to(liar: Liar, is_served: Callable[[str], bool]) -> None:
    board = liar.exchange.board
    answer = board.answer

    def lie(juror: str, target: str) -> Answer:
        if target.startswith("/files/") and not is_served(juror):
            return NOT_FOUND
        return answer(juror, target)

    _answer_by(liar, lie)


def _answer_by(liar: Liar, answer: Callable[[str, str], Answer]) -> None:
    """Files too, which an honest juror serves from its disk without looking into them."""
    board = liar.exchange.board
    board.answer = answer  # type: ignore[assignment, method-assign]
    board.file_of = lambda target: None  # type: ignore[method-assign]


def proposes_too_few(liar: Liar) -> None:
    """It leads with fewer HAVEs than a quorum."""
    _proposes(liar, lambda proposal: proposal.model_copy(update={"haves": proposal.haves[:2]}))


def proposes_forged(liar: Liar) -> None:
    """It leads with a HAVE that its juror did not sign so."""

    def forge(proposal: Proposal) -> Proposal:
        first = proposal.haves[0]
        forged = first.model_copy(update={"entries": bytes(len(first.entries))})
        return proposal.model_copy(update={"haves": [forged, *proposal.haves[1:]]})

    _proposes(liar, forge)


def proposes_twice(liar: Liar) -> None:
    """It leads with one proposal for some jurors and another one for others."""
    proposing, board = liar.steps._proposing, liar.exchange.board
    lead, answer = proposing.lead, board.answer
    other: dict[bytes, bytes] = {}

    def lie(joint: JointRound) -> None:
        lead(joint)
        for attempt in liar.docket.proposed(joint.key):
            said = liar.docket.proposal(joint.key, attempt, liar.me)
            if said is not None and said.to_bytes() not in other:
                changed = said.statement.model_copy(update={"next_jury": b"\x99" * 32})
                again = sign(liar.account, changed, joint.admission.domain)
                other[said.to_bytes()] = again.to_bytes()

    def answer_some(juror: str, target: str) -> Answer:
        found = answer(juror, target)
        if int(juror, 16) % 2:
            for said, again in other.items():
                found = replace(found, body=found.body.replace(said, again))
        return found

    proposing.lead = lie
    board.answer = answer_some  # type: ignore[method-assign]


def never_proposes(liar: Liar) -> None:
    """It never leads."""
    liar.steps._proposing.lead = lambda joint: None


def _proposes(liar: Liar, change: Callable[[Proposal], Proposal]) -> None:
    _says_otherwise(liar, Proposal, change)


def _says_otherwise(liar: Liar, kind: type[Any], change: Callable[[Any], Any]) -> None:
    """Of each statement of this kind it says another one."""
    docket = liar.docket
    say = docket.say

    def lie(signed: Signed[Any]) -> None:
        if isinstance(signed.statement, kind):
            domain = liar.steps._joint.admission.domain
            signed = sign(liar.account, change(signed.statement), domain)
        say(signed)

    docket.say = lie  # type: ignore[method-assign]


def serves_garbage(liar: Liar) -> None:
    """Whatever it is asked, it answers noise."""
    _answers(liar, lambda: Answer(200, _NOISE.randbytes(2000)))


def answers_without_end(liar: Liar) -> None:
    """Whatever it is asked, it answers more than anybody takes."""
    body = bytes(ENDLESS_BYTES)
    _answers(liar, lambda: Answer(200, body))


def _answers(liar: Liar, make: Callable[[], Answer]) -> None:
    _answer_by(liar, lambda juror, target: make())


LIES: dict[str, Lie] = {
    "other-verdicts": signs_other_verdicts,
    "two-reports": signs_two_reports,
    "copied-reports": copies_reports,
    "unserved-claims": claims_what_it_does_not_serve,
    "hidden-files": hides_files,
    "files-for-one": serves_one_peer_only,
    "few-haves": proposes_too_few,
    "forged-haves": proposes_forged,
    "two-proposals": proposes_twice,
    "no-proposals": never_proposes,
    "garbage": serves_garbage,
    "endless-answers": answers_without_end,
}
"""By name what a juror that lies does."""


def corrupt(name: str) -> None:
    """Have the juror of this process tell a lie, before it is put together."""
    juror: Any = import_module("fedjury.oracle.juror")
    honest = juror.assemble

    def assemble(kit: Kit, exchange: Exchange, *rest: Any) -> Together:
        together: Together = honest(kit, exchange, *rest)
        LIES[name](Liar(kit.account, together, exchange))
        return together

    juror.assemble = assemble
