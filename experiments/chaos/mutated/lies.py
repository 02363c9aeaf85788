"""Statements that are well written and signed, and must not count: each with why."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from experiments.chaos.mutated import jury
from experiments.chaos.mutated.sound_files import CHAIN, ROUND, TASK
from experiments.chaos.mutated.spoiled_batches import ORDER
from fedjury.protocol.statements.proposal import Proposal, ProposedHave
from fedjury.protocol.statements.reports import CertificateBody, ReportBody
from fedjury.protocol.statements.signed import RoundKey, Signed, TaskDomain, sign

Document = dict[str, Any]
Lie = Callable[[random.Random], Document]
_OTHER_KEYS = (RoundKey(ROUND, b"\x56" * 32), RoundKey(ROUND + 1, b"\x55" * 32))
_OTHER_TASKS = (TaskDomain(CHAIN + 1, TASK.lower()), TaskDomain(CHAIN, "0x" + "ce" * 20))


def _strangers_have(_: random.Random) -> Document:
    return jury.have(jury.STRANGER).to_document()


def _anothers_name(chance: random.Random) -> Document:
    one, other = chance.sample(list(jury.MEMBERS), 2)
    made = chance.choice((jury.have(one), jury.vote(one, jury.body())))
    return {**made.to_document(), "signer": other.address.lower()}


def _other_round(chance: random.Random) -> Document:
    return jury.have(chance.choice(jury.MEMBERS), chance.choice(_OTHER_KEYS)).to_document()


def _other_task(chance: random.Random) -> Document:
    account = chance.choice(jury.MEMBERS)
    said = chance.choice((jury.have(account), jury.vote(account, jury.body()))).statement
    return sign(account, said, chance.choice(_OTHER_TASKS)).to_document()


def _other_extent(chance: random.Random) -> Document:
    batches = chance.choice((b"", b"\xe1", b"\xf0", b"\xe0\x00", b"\xff" * 15_000))
    entries = chance.choice((b"", b"\xff\xff\xfc", b"\xff\xff", b"\xff" * 4, b"\xff" * 15_000))
    change: dict[str, Any] = chance.choice(({"batches": batches}, {"entries": entries}))
    return jury.have(chance.choice(jury.MEMBERS), **change).to_document()


def _bitmap_too_large(chance: random.Random) -> Document:
    document = jury.have(chance.choice(jury.MEMBERS)).to_document()
    document["statement"]["entries"] = "0x" + "ff" * chance.choice((15_001, 100_000, 1_000_000))
    return document


def _not_the_leader(chance: random.Random) -> Document:
    attempt = chance.randrange(jury.ATTEMPTS)
    others = [each for each in jury.MEMBERS if each.address.lower() != jury.TURNS.leader(attempt)]
    return jury.proposal(chance.choice(others), attempt).to_document()


def _long_before(chance: random.Random) -> Document:
    attempt = chance.choice((1_000, 2**31, 2**32 - 1))
    account = jury.member(jury.TURNS.leader(attempt))
    if chance.random() < 0.5:
        return jury.proposal(account, attempt).to_document()
    return jury.vote(account, jury.body(attempt)).to_document()


def _bad_haves(chance: random.Random) -> Document:
    """The right leader's proposal of too few HAVEs, a stranger's, forged ones, of another size."""
    attempt = chance.randrange(jury.ATTEMPTS)
    leader = jury.member(jury.TURNS.leader(attempt))
    haves = [jury.have(each) for each in jury.MEMBERS[: jury.QUORUM]]
    match chance.randrange(4):
        case 0:
            haves = haves[: chance.randrange(1, jury.QUORUM)]
        case 1:
            haves[chance.randrange(3)] = jury.have(jury.STRANGER)
        case 2:
            place = chance.randrange(3)
            right = haves[place]
            forged = right.statement.model_copy(update={"entries": b"\x00\x00\x00"})
            haves[place] = Signed(forged, right.signer, right.signature)
        case _:
            haves[chance.randrange(3)] = jury.have(jury.MEMBERS[3], entries=b"\xff\xff\xff")
    return jury.proposal(leader, attempt, _once(haves)).to_document()


def _once(haves: Sequence[Any]) -> list[Any]:
    return list({each.signer: each for each in haves}.values())


def _haves_twice(chance: random.Random) -> Document:
    """A proposal whose HAVEs do not ascend, or with one twice, which its leader signed so."""
    attempt = chance.randrange(jury.ATTEMPTS)
    leader = jury.member(jury.TURNS.leader(attempt))
    right = jury.proposal(leader, attempt).statement
    haves: list[ProposedHave] = list(right.haves)
    wrong = chance.choice((haves[::-1], [*haves, haves[-1]], [haves[0], *haves[:2]]))
    spoiled = Proposal.model_construct(**{**right.__dict__, "haves": wrong})
    return sign(leader, spoiled, jury.DOMAIN).to_document()


def _anothers_report(chance: random.Random) -> Document:
    one, other = chance.sample([*jury.MEMBERS, jury.STRANGER], 2)
    account = one if one in jury.MEMBERS else other
    return jury.vote(account, jury.body(), jury.STRANGER if one is account else one).to_document()


def _other_digest(chance: random.Random) -> Document:
    account = chance.choice(jury.MEMBERS)
    said = jury.vote(account, jury.body()).statement
    other = said.model_copy(update={"report_digest": chance.randbytes(32)})
    return sign(account, other, jury.DOMAIN).to_document()


def _other_s(chance: random.Random) -> Document:
    """The second signature that every signature has, which the contract does not take."""
    document = jury.vote(chance.choice(jury.MEMBERS), jury.body()).to_document()
    place = document if chance.random() < 0.5 else document["statement"]
    key = "signature" if place is document else "report_signature"
    right = bytes.fromhex(place[key][2:])
    s = (ORDER - int.from_bytes(right[32:64], "big")).to_bytes(32, "big")
    place[key] = "0x" + (right[:32] + s + bytes([27 + 28 - right[64]])).hex()
    return document


def _certificate(chance: random.Random) -> Document:
    """Too few signatures, one twice, out of order, a stranger's, one cut short, none at all."""
    report = jury.body()
    right = jury.signatures(report, jury.MEMBERS)
    stranger = jury.signatures(report, [jury.STRANGER])[0]
    wrong = chance.choice(
        (
            b"".join(right[:2]),
            b"".join([right[0], right[0], right[1]]),
            b"".join(right[2::-1]),
            b"".join([*right[:2], stranger]),
            b"".join([*right[:3], stranger]),
            b"".join(right[:3])[:-1],
            b"".join(right[:3]) + b"\0",
            bytes(65 * 3),
            right[0] * 128,
        )
    )
    return {"kind": "certificate", **CertificateBody(body=report, signatures=wrong).to_document()}


def _other_report(chance: random.Random) -> Document:
    """A quorum's signatures under a report that the contract would not take."""
    change: dict[str, Any] = chance.choice(
        (
            {"jury_version": 2, "parent_model": b"\x79" * 32},
            {"parent_model": b"\x78" * 32},
            {"verdicts": b"\1" * (jury.ENTRIES + 1)},
            {"verdicts": b""},
            {"updates_hash": b"\x56" * 32},
            {"round": ROUND + 1},
        )
    )
    report = jury.body(**change)
    made = b"".join(jury.signatures(report, jury.MEMBERS[:3]))
    return {"kind": "certificate", **CertificateBody(body=report, signatures=made).to_document()}


def _report_changed(chance: random.Random) -> Document:
    """A right certificate's signatures over a report that was changed, to odd numbers too."""
    change: dict[str, Any] = chance.choice(
        (
            {"accuracy": chance.choice((0, 901, 65_535, 65_536, 2**32 - 1))},
            {"attempt": 2**32 - 1},
            {"model_digest": chance.randbytes(32)},
            {"verdicts": bytes(jury.ENTRIES)},
        )
    )
    made = b"".join(jury.signatures(jury.body(), jury.MEMBERS[:3]))
    document = CertificateBody(body=jury.body(), signatures=made).to_document()
    changed = ReportBody.model_construct(**{**jury.body().__dict__, **change}).to_document()
    return {"kind": "certificate", **document, "body": changed}


LIES: dict[str, Lie] = {
    "a stranger's": _strangers_have,
    "in another's name": _anothers_name,
    "on another round": _other_round,
    "for another task": _other_task,
    "of another extent": _other_extent,
    "a bitmap too large": _bitmap_too_large,
    "who does not lead": _not_the_leader,
    "long before its time": _long_before,
    "bad haves": _bad_haves,
    "haves twice": _haves_twice,
    "another's report signature": _anothers_report,
    "another report's digest": _other_digest,
    "the other s": _other_s,
    "a bad certificate": _certificate,
    "a report that the contract refuses": _other_report,
    "a changed report": _report_changed,
}
