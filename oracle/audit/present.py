"""What the contract holds now, against what its events end with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from fedjury.chain.contracts.events import JuryAnnounced, RosterSet
from fedjury.chain.contracts.federated_task import FederatedTask
from fedjury.chain.contracts.types import JuryState, NextJury, RosterState, RoundState
from fedjury.chain.rpc.block import BlockStamp
from fedjury.oracle.audit.block_time import BlockTime
from fedjury.oracle.audit.juries import check_jury, check_notice
from fedjury.oracle.audit.result import Difference
from fedjury.protocol.digest import Digest
from fedjury.protocol.updates_hash import updates_hash
from fedjury.task.history import TaskHistory


@dataclass(frozen=True)
class Present:
    """A task's state at one block.

    Attributes:
        round, roster, jury: the current ones.
        next_roster, next_jury: that were set for later; None where none was.
    """

    round: RoundState
    roster: RosterState
    jury: JuryState
    next_roster: RosterState | None
    next_jury: NextJury | None

    @classmethod
    def read(cls, contract: FederatedTask, at: BlockStamp) -> Self:
        """The state at a block.

        Raises:
            ChainUnavailable: no usable answer.
        """
        return cls(
            contract.current_round(at=at),
            contract.roster(at=at),
            contract.jury(at=at),
            contract.next_roster(at=at),
            contract.next_jury(at=at),
        )

    def check(
        self, history: TaskHistory, model: Digest, notice_seconds: int, time_of: BlockTime
    ) -> None:
        """The contract holds what its events end with.

        Args:
            history: what they say.
            model: that they end with.
            notice_seconds: the task's.
            time_of: gives blocks' times.

        Raises:
            Difference: it holds something else.
            ChainUnavailable: a block's time cannot be had.
        """
        last = history.rounds[max(history.rounds)]
        self._same("model", self.round.model_digest.cid, model.cid)
        if self.round.deadline:  # else the task is finished, and no round is on
            computed = updates_hash(last.opening, last.submissions)
            self._same("updates hash", self.round.updates_hash.hex(), computed.hex())
        self._same("roster version", self.round.roster_version, last.roster.version)
        self._same("jury version", self.round.jury_version, last.jury.version)
        self._check_roster("roster", self.roster, last.roster)
        self._check_jury("jury", self.jury, last.jury)
        next_roster = history.rosters.get(last.roster.version + 1)
        next_jury = history.juries.get(last.jury.version + 1)
        self._check_roster("next roster", self.next_roster, next_roster)
        self._check_jury("next jury", self.next_jury, next_jury)
        if next_jury is not None:
            check_jury(self.round.number, next_jury)
            check_notice(self.round.number, next_jury, notice_seconds, time_of)
            entry = self.next_jury and self.next_jury.enters_from
            self._same("next jury's time of entry", entry, next_jury.enters_from)

    def _check_roster(self, name: str, held: RosterState | None, told: RosterSet | None) -> None:
        self._same(
            name,
            held and f"{held.version} of {held.size} with root 0x{held.root.hex()}",
            told and f"{told.version} of {told.size} with root 0x{told.root.hex()}",
        )

    def _check_jury(self, name: str, held: JuryState | None, told: JuryAnnounced | None) -> None:
        self._same(
            name,
            held and f"{held.version} of {held.size} with quorum {held.quorum}, {held.hash.hex()}",
            told
            and f"{told.version} of {len(told.jurors)} with quorum {told.quorum}, "
            f"{told.jury.hex()}",
        )

    def _same(self, what: str, held: object, told: object) -> None:
        if held != told:
            raise Difference(
                self.round.number, f"the contract holds {what} {held}, its events end with {told}"
            )


def check_present_relayers(
    round_number: int, held: Mapping[str, bool], history: TaskHistory
) -> None:
    """The contract takes batches from those from whom its events say it does.

    Args:
        round_number: where it is said if not.
        held: by address, whether it does.
        history: what the events say.

    Raises:
        Difference: it does not, or takes some from others.
    """
    for relayer, allowed in history.relayers.items():
        if held[relayer] != allowed:
            raise Difference(
                round_number,
                f"the contract says that {relayer} is {_relayer(held[relayer])}, its events "
                f"that it is {_relayer(allowed)}",
            )


def _relayer(allowed: bool) -> str:
    return "a relayer" if allowed else "no relayer"
