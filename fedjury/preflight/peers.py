"""Whether the other jurors answer, and enough of them, run the same, and have the same time."""

from collections.abc import Iterator, Sequence
from contextlib import closing

from fedjury.chain.contracts.events import JuryAnnounced
from fedjury.chain.contracts.types import Phase
from fedjury.checks.addresses import spelled
from fedjury.oracle.exchange.docket import Docket
from fedjury.oracle.exchange.juror_state import JurorState
from fedjury.oracle.exchange.software import software_name
from fedjury.preflight.bench import Bench
from fedjury.preflight.clock import FAR_OFF, OFF
from fedjury.preflight.finding import CannotCheck, Finding, ok, problem, warning
from fedjury.protocol.statements.endpoint import Announcement
from fedjury.protocol.statements.signed import Signed, TaskDomain
from fedjury.task.juries import sitting_jury

PEERS = "other jurors"
_START = "start it, or see that its announced URL can be reached from here"
_MORE = "have more of them started"
_WAITS = f"{_MORE}: the round that is on is closed, and waits for its report"
_FIRST = f"{_MORE}; where a jury starts for the first time, look again once the others are up"
_UPDATE = "have all jurors run the same version: others may judge otherwise in the last bit"
_SET = "have both machines' clocks set, as by NTP"


def check_peers(bench: Bench) -> Iterator[Finding]:
    """Each other juror of the sitting jury answers, and as many as have to sign."""
    task, own = bench.task.need(), bench.subject.own
    jury = sitting_jury(task)
    jurors = [each.lower() for each in jury.jurors]
    if len(jurors) == 1:
        yield ok(PEERS, "the jury has a single juror, who asks nobody")
        return
    if own.open_account is None:
        raise CannotCheck("no keystore was named, which signs what jurors are asked")
    account = bench.account.need()
    domain = TaskDomain(task.chain.chain_id, task.contract.address)
    known = [*own.announcements, *_kept(bench, account.address)]
    if not known and not own.peers:
        raise CannotCheck("nobody says where the other jurors are: say --peer")
    others = [each for each in jurors if each != account.address.lower()]
    asked = bench.subject.reach.open_inquiry(account, domain, others, known, own.peers)
    with closing(asked) as inquiry:
        inquiry.meet()
        for unusable in inquiry.unusable:
            yield warning(PEERS, unusable.sentence, "correct --peer, or start the juror there")
        states = inquiry.states()
    for state in states:
        yield from _found(state)
    silent = {state.juror for state in states if state.silence is not None}
    yield _quorum(bench, jury, [each for each in jurors if each not in silent])


def _quorum(bench: Bench, jury: JuryAnnounced, there: Sequence[str]) -> Finding:
    """Whether as many are there as have to sign; one that sits in the jury counts itself."""
    counted = ", this one counted," if bench.account.need().address.lower() in there else ""
    found = (
        f"{len(there)} of {len(jury.jurors)} jurors answer{counted} and {jury.quorum} have to sign"
    )
    if len(there) >= jury.quorum:
        return ok(PEERS, found)
    found += ": no round ends until so many do"
    is_waited_for = bench.overview.need().phase is Phase.CLOSED
    return problem(PEERS, found, _WAITS) if is_waited_for else warning(PEERS, found, _FIRST)


def _found(state: JurorState) -> Iterator[Finding]:
    subject, mine = f"juror {spelled(state.juror)}", software_name()
    if state.silence is not None:
        yield warning(subject, state.silence, _START)
        return
    wrong = False
    if state.software != mine:
        wrong = True
        yield warning(subject, f"it runs {state.software}, this machine {mine}", _UPDATE)
    ahead = state.clock_ahead or 0.0
    if abs(ahead) > OFF:
        wrong = True
        way = "ahead of" if ahead > 0 else "behind"
        tell = problem if abs(ahead) > FAR_OFF else warning
        yield tell(subject, f"its clock is {abs(ahead):.0f} s {way} this machine's", _SET)
    if not wrong:
        yield ok(subject, f"it answers at {state.url}, and runs the same")


def _kept(bench: Bench, address: str) -> list[Signed[Announcement]]:
    """Announcements in the docket of the juror's daemon."""
    directory = bench.subject.own.work_directory
    if directory is None or not (path := directory(address) / "jury.sqlite").is_file():
        return []
    owner = {"task": bench.task.need().name, "juror": address.lower()}
    with closing(Docket(path, owner)) as docket:
        return docket.announcements()
