"""Where a task stands, read from the chain, and from its spec where that can be had."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fedjury.chain.contracts.events import RoundFinalized
from fedjury.chain.contracts.types import (
    Config,
    JuryState,
    NextJury,
    Phase,
    RosterState,
    RoundState,
)
from fedjury.errors import StoreUnavailable
from fedjury.protocol.report import NO_ACCURACY
from fedjury.protocol.task_spec import TaskSpec
from fedjury.store import ContentStore
from fedjury.task.files import fetch_spec
from fedjury.task.on_chain import TaskOnChain
from fedjury.task.timing import batches_until

_SPEC_SECONDS = 5.0
# Of the contract: how many times the grace is over before anybody may void a closed round.
PUBLIC_GRACE_FACTOR = 10


@dataclass(frozen=True)
class TaskStatus:
    """Where a task stands at one block.

    Attributes:
        task: its name, ``eip155:<chain id>:<address>``.
        config: the contract's settings.
        block: number of the block that was read.
        time: of that block, Unix seconds.
        phase: of the current round.
        coordinator: address of the contract's owner.
        round: the current one.
        roster: who may submit in it.
        next_roster: who may from the next round on; None where that is the same.
        jury: who judges the round.
        next_jury: the announced jury; None where none is announced.
        jurors, next_jurors: addresses of the members of both juries, none of one that is not.
        is_judged: whether any round has a report yet.
        accuracy: thousandths of the verification samples that the model gets right; None before
            any report, and where reports do not say it.
        relayers: addresses of those who may submit batches, in order of their naming.
        batch_room: how many updates batches may still announce in the round; None unless it is
            open.
        disclosed: numbers of the slices of which somebody says where they are, ascending; that
            proves itself only against the spec's commitments.
        spec: what the spec says; None where it cannot be had now, or where no store is known.
    """

    task: str
    config: Config
    block: int
    time: int
    phase: Phase
    coordinator: str
    round: RoundState
    roster: RosterState
    next_roster: RosterState | None
    jury: JuryState
    next_jury: NextJury | None
    jurors: tuple[str, ...]
    next_jurors: tuple[str, ...]
    is_judged: bool
    accuracy: int | None
    relayers: tuple[str, ...]
    batch_room: int | None
    disclosed: tuple[int, ...]
    spec: TaskSpec | None

    @property
    def voidable_from(self) -> int | None:
        """The Unix time from which on the coordinator may void the round; None after the last."""
        if self.phase is Phase.FINISHED:
            return None
        return self.round.deadline + self.config.grace_seconds

    @property
    def anybody_voids_from(self) -> int | None:
        """The Unix time from which on anybody may void the round; None unless it is closed."""
        if self.phase is not Phase.CLOSED:
            return None
        return self.round.deadline + PUBLIC_GRACE_FACTOR * self.config.grace_seconds

    @property
    def batches_until(self) -> int | None:
        """The Unix time before which the round takes batches; None unless it is open and does."""
        if self.phase is not Phase.OPEN or self.config.batch_seconds == 0:
            return None
        return batches_until(self.config, self.round)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; null is what only the spec knows and it cannot be had."""
        verification = self.spec and self.spec.verification
        return {
            "task": self.task,
            "block": self.block,
            "phase": self.phase.name.lower(),
            "coordinator": self.coordinator,
            "round": self.round.number,
            "rounds": self.config.rounds,
            "submitted": self.round.submitted,
            "alone": self.round.alone,
            "batched": self.round.batched,
            "min_updates": self.config.min_updates,
            "max_updates": self.config.max_updates,
            "deadline": self.round.deadline,
            "batch_seconds": self.config.batch_seconds,
            "batches_until": self.batches_until,
            "batch_room": self.batch_room,
            "relayers": list(self.relayers),
            "voidable_from": self.voidable_from,
            "anybody_voids_from": self.anybody_voids_from,
            "availability_seconds": self.config.availability_seconds,
            "grace_seconds": self.config.grace_seconds,
            "notice_seconds": self.config.notice_seconds,
            "roster": _roster_json(self.roster),
            "next_roster": self.next_roster and _roster_json(self.next_roster),
            "jury": _jury_json(self.jury, self.jurors),
            "next_jury": self.next_jury
            and {
                **_jury_json(self.next_jury, self.next_jurors),
                "enters_from": self.next_jury.enters_from,
            },
            "model": self.round.model_digest.cid,
            "judged": self.is_judged,
            "accuracy": None if self.accuracy is None else self.accuracy / 1000,
            "slices_told": list(self.disclosed),
            "name": self.spec and self.spec.name,
            "rule": self.spec and self.spec.rule.name,
            "rule_parameters": self.spec and self.spec.rule.parameters,
            "lambda": None if self.spec is None else self.spec.lam,
            "verification_samples": verification and [each.samples for each in verification.slices],
            "disclosed": verification and verification.disclosed,
        }


def _roster_json(roster: RosterState) -> dict[str, Any]:
    return {"version": roster.version, "size": roster.size, "root": "0x" + roster.root.hex()}


def _jury_json(jury: JuryState, jurors: tuple[str, ...]) -> dict[str, Any]:
    return {
        "version": jury.version,
        "hash": "0x" + jury.hash.hex(),
        "size": jury.size,
        "quorum": jury.quorum,
        "jurors": list(jurors),
    }


def read_status(task: TaskOnChain, open_store: Callable[[], ContentStore] | None) -> TaskStatus:
    """Read where a task stands now.

    Args:
        task: as the chain tells of it.
        open_store: opens the content store that may have the spec; None where nobody said it.

    Raises:
        ChainUnavailable: no usable answer.
        ConfigError: the store's location is unusable.
        SpecError: the spec is not valid.
    """
    contract, stamp = task.contract, task.chain.block()
    history, jury = task.read_history(stamp), contract.jury(at=stamp)
    next_jury = contract.next_jury(at=stamp)
    reports = [record.finalized for record in history.rounds.values() if record.finalized]
    phase = contract.phase(at=stamp)
    return TaskStatus(
        task=task.name,
        config=task.config,
        block=stamp.number,
        time=stamp.timestamp,
        phase=phase,
        coordinator=contract.owner(at=stamp),
        round=contract.current_round(at=stamp),
        roster=contract.roster(at=stamp),
        next_roster=contract.next_roster(at=stamp),
        jury=jury,
        next_jury=next_jury,
        jurors=history.juries[jury.version].jurors,
        next_jurors=() if next_jury is None else history.juries[next_jury.version].jurors,
        is_judged=bool(reports),
        accuracy=_accuracy(reports),
        relayers=tuple(address for address, allowed in history.relayers.items() if allowed),
        batch_room=contract.batch_room(at=stamp) if phase is Phase.OPEN else None,
        disclosed=tuple(sorted(history.disclosed)),
        spec=None if open_store is None else _find_spec(task, open_store),
    )


def _accuracy(reports: Sequence[RoundFinalized]) -> int | None:
    """What the newest report says of the model, which stays when a later round is voided."""
    if not reports or reports[-1].accuracy == NO_ACCURACY:
        return None
    return reports[-1].accuracy


def _find_spec(task: TaskOnChain, open_store: Callable[[], ContentStore]) -> TaskSpec | None:
    """The spec; None where the store does not answer or does not have it now."""
    try:
        return fetch_spec(open_store(), task.config.spec_digest, _SPEC_SECONDS)
    except StoreUnavailable:
        return None
