"""What a juror holds, said once; and whose word an attempt goes by, if it leads one."""

from collections.abc import Callable

from eth_account.signers.local import LocalAccount

from fedjury.errors import StoreUnavailable
from fedjury.oracle.exchange.availability import available
from fedjury.oracle.exchange.bitmaps import pack
from fedjury.oracle.exchange.docket import Docket
from fedjury.oracle.exchange.events import HaveFrozen, Proposed
from fedjury.oracle.exchange.joint_round import JointRound
from fedjury.oracle.file_time import TimeForFiles
from fedjury.oracle.recording import Held
from fedjury.oracle.reporting import Reporter
from fedjury.oracle.round_files import RoundFileReader
from fedjury.protocol.statements.have import Have
from fedjury.protocol.statements.proposal import Proposal
from fedjury.protocol.statements.signed import sign
from fedjury.runtime.events import Listener


class Proposing:
    """Makes a juror's HAVEs and proposals.

    Args:
        account: the juror's.
        docket: keeps what it says.
        files: gets a round's files.
        reporter: knows which jury the juror wants next.
        seconds: for the files of a round.
        now: the time, Unix seconds.
        listener: is told what is said.
    """

    def __init__(
        self,
        account: LocalAccount,
        docket: Docket,
        files: RoundFileReader,
        reporter: Reporter,
        seconds: TimeForFiles,
        now: Callable[[], float],
        listener: Listener,
    ) -> None:
        self._account, self._me = account, account.address.lower()
        self._docket, self._files, self._reporter = docket, files, reporter
        self._time, self._now, self._listener = seconds, now, listener

    def have(self, joint: JointRound) -> None:
        """Say which of the round's files this juror holds, once their time is over or all are here.

        Raises:
            StoreUnavailable: the store does not work well enough to say it: the juror abstains.
            DocketUnwritable: the disk does not take it.
        """
        if self._docket.have(joint.key, self._me) is not None:
            return
        state = joint.closed.facts.state
        try:
            seconds = self._time.left(state, self._now())
            gathered = self._files.gather(joint.closed, seconds, every=True)
        except StoreUnavailable:
            self._time.store_failed(state.number)
            raise
        held = gathered.held()
        self._docket.say(sign(self._account, _have(joint, held), joint.admission.domain))
        self._listener(
            HaveFrozen(
                round=joint.number,
                held=sum(held.entries),
                entries=len(held.entries),
                seconds=round(gathered.seconds, 3),
            )
        )

    def lead(self, joint: JointRound) -> None:
        """Propose in the last attempt that has begun and that this juror leads, once a quorum has
        said what it holds. The first attempt begins early where a quorum holds everything. Earlier
        ones that it missed would take the jurors' time for nothing.

        Raises:
            DocketUnwritable: the disk does not take it.
        """
        turns, docket = joint.turns, self._docket
        haves = docket.haves(joint.key)
        if len(haves) < turns.bench.quorum:
            return
        attempts = turns.begun(self._now())
        found = available(haves, turns.bench, joint.admission.extent)
        if not attempts and found.is_whole:
            attempts = 1
        recent = reversed(range(max(attempts - turns.bench.size, 0), attempts))
        attempt = next((each for each in recent if turns.leader(each) == self._me), None)
        if attempt is None or docket.proposal(joint.key, attempt, self._me):
            return
        next_jury = self._next_jury(joint, attempt)
        proposal = Proposal.of(joint.key, attempt, next_jury, haves)
        docket.say(sign(self._account, proposal, joint.admission.domain))
        self._listener(
            Proposed(
                round=joint.number,
                attempt=attempt,
                haves=len(haves),
                available=sum(found.entries),
            )
        )

    def _next_jury(self, joint: JointRound, attempt: int) -> bytes:
        """The jury that the juror wants; the sitting one once all jurors had their turn to lead, so
        that jurors who want different ones come to a report."""
        facts = joint.closed.facts
        if attempt < joint.turns.bench.size:
            return self._reporter.wanted_jury(facts)
        return facts.jury.hash


def _have(joint: JointRound, held: Held) -> Have:
    return Have(
        round=joint.key.round,
        updates_hash=joint.key.updates_hash,
        batches=pack(held.batches),
        entries=pack(held.entries),
    )
