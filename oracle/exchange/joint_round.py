"""One closed round as a jury of several sees it, and how far this juror is with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fedjury.chain.contracts.events import BatchSubmitted
from fedjury.oracle.exchange.admission import Admission
from fedjury.oracle.exchange.availability import Extent
from fedjury.oracle.exchange.bench import Bench, Turns
from fedjury.oracle.reporting import Draft
from fedjury.oracle.round_facts import ClosedRound
from fedjury.oracle.round_judge import JudgedRound
from fedjury.protocol.statements.findings import Findings
from fedjury.protocol.statements.signed import RoundKey, TaskDomain
from fedjury.task.opened import OpenedTask


@dataclass(frozen=True)
class JointDraft:
    """What a juror found by a proposal.

    Attributes:
        draft: the report.
        digest: what is signed of it, 32 bytes.
        seen: which samples are right, 32 bytes.
        findings: for the others, where they differ.
    """

    draft: Draft
    digest: bytes
    seen: bytes
    findings: Findings


@dataclass(frozen=True)
class Found:
    """What stays of a draft: what votes of others are held against.

    Attributes:
        digest, findings: as of `JointDraft`.
        macs: by juror of the round, what its MAC has to be if it sees the same samples right.
    """

    digest: bytes
    findings: Findings
    macs: Mapping[str, bytes]


@dataclass(frozen=True)
class Judged:
    """A round that was judged by what was available.

    Attributes:
        round: what was found.
        seen: which samples are right, 32 bytes.
    """

    round: JudgedRound
    seen: bytes


@dataclass
class JointRound:
    """A closed round.

    Attributes:
        closed: what the chain says of it.
        admission: what may be said of it.
        judged: by what was available, of the last few attempts: proposals by other HAVEs may come
            to the same.
        drafts: by attempt, what this juror found and has not voted for yet.
        found: by attempt, what this juror found.
        refused: by attempt, why it does not vote.
        wrong_macs: by juror the last attempt in which its MAC was wrong.
        unjudged: attempts and jurors of all wrong MACs.
        sees_otherwise: attempts in which more jurors than may lie saw other samples right.
        differing: by juror the attempt in which it found something else.
        unserved: by juror the CID of a file that it says it holds and does not give.
        unclaimed: by juror how many files its HAVE lacks that others hold.
        silent: by juror the last attempt that it led without a proposal.
        compared: votes that were held against this juror's own: attempt, juror and report.
        late_looks: how often votes were compared after the round was over.
        certain_since: when the certificate was first seen, by the clock.
    """

    closed: ClosedRound
    admission: Admission
    judged: dict[tuple[bytes, bytes], Judged] = field(default_factory=dict)
    drafts: dict[int, JointDraft] = field(default_factory=dict)
    found: dict[int, Found] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    wrong_macs: dict[str, int] = field(default_factory=dict)
    unjudged: set[tuple[int, str]] = field(default_factory=set)
    sees_otherwise: set[int] = field(default_factory=set)
    differing: dict[str, int] = field(default_factory=dict)
    unserved: dict[str, str] = field(default_factory=dict)
    unclaimed: dict[str, int] = field(default_factory=dict)
    silent: dict[str, int] = field(default_factory=dict)
    compared: set[tuple[int, str, bytes]] = field(default_factory=set)
    late_looks: int = 0
    certain_since: float | None = None

    @property
    def key(self) -> RoundKey:
        """What is decided on."""
        return self.admission.key

    @property
    def turns(self) -> Turns:
        """Whose turn it is when."""
        return self.admission.turns

    @property
    def number(self) -> int:
        """Of the round."""
        return self.key.round


def joint_round(
    task: OpenedTask, closed: ClosedRound, bench: Bench, now: Callable[[], float]
) -> JointRound:
    """A closed round.

    Args:
        task: whose round it is.
        closed: what the chain says of it.
        bench: its jury.
        now: the time, Unix seconds.
    """
    facts = closed.facts
    state, batches = (
        facts.state,
        [each.digest for each in facts.submissions if isinstance(each, BatchSubmitted)],
    )
    return JointRound(
        closed,
        Admission(
            RoundKey(state.number, state.updates_hash),
            TaskDomain(facts.chain_id, facts.task),
            Turns(
                bench, facts.task, state.number, state.deadline, task.config.availability_seconds
            ),
            Extent(len(batches), state.submitted, tuple(batches)),
            facts.jury.version,
            state.model_digest,
            now,
        ),
    )
