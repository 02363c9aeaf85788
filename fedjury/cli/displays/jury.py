"""What `fedjury jury` shows."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from fedjury.chain.contracts.events import JuryAnnounced
from fedjury.checks.addresses import all_spelled, spelled
from fedjury.checks.counts import counted
from fedjury.cli.output import Output
from fedjury.cli.plain_text import harmless
from fedjury.oracle.exchange.differing import Difference
from fedjury.oracle.exchange.docket import Docket
from fedjury.oracle.exchange.evidence import Contradiction
from fedjury.oracle.exchange.juror_state import JurorState
from fedjury.oracle.exchange.status import said_document

_COLUMNS = ("juror", "at", "software", "round", "step", "clock")


@dataclass(frozen=True)
class Known:
    """What a juror's docket knows.

    Attributes:
        latest: what jurors said on the newest key, as of `said_document`; None for nothing.
        contradictions: of all rounds, in sentences.
    """

    latest: dict[str, object] | None = None
    contradictions: tuple[str, ...] = ()

    @classmethod
    def of(cls, docket: Docket) -> "Known":
        """What a docket knows."""
        keys = docket.open_keys()
        latest = said_document(docket, keys[-1]) if keys else None
        pairs = docket.contradictions()
        return cls(latest, tuple(Contradiction(*pair).sentence for pair in pairs))


def show_status(
    me: str,
    jury: JuryAnnounced,
    states: Sequence[JurorState] | None,
    known: Known | None,
    troubles: Sequence[str],
    output: Output,
) -> None:
    """How the jurors are, as a table and sentences, or the same as JSON.

    Args:
        me: whose view it is, an address.
        jury: who sits, and how many of them have to sign.
        states: how they are; None where nobody was asked.
        known: what the juror's own docket knows; None where there is none.
        troubles: what somebody should look into.
        output: where to.
    """
    if states is not None:
        rows = [all_spelled(_row(each)) for each in states]
        output.table("the sitting jury", _COLUMNS, rows)
    document = {
        "juror": me,
        "jury": sorted(jury.jurors, key=str.lower),
        "quorum": jury.quorum,
        "jurors": None if states is None else [_document(each) for each in states],
        "docket": None if known is None else asdict(known),
        "troubles": list(troubles),
    }
    lines = [] if known is None else [_known_words(known)]
    text = "\n".join([*lines, *(_lines(troubles) or ["nothing to look into"])])
    output.result(all_spelled(document), spelled(text))


def show_differences(round_number: int, found: Sequence[Difference], output: Output) -> None:
    """Where jurors differ in a round, in sentences or as JSON.

    Args:
        round_number: of the round.
        found: who differs from whom.
        output: where to.
    """
    lines = []
    for each in found:
        head = f"attempt {each.attempt}: {each.juror} ({each.software}) and {each.other}"
        lines.append(f"{head} ({each.other_software}) signed different reports")
        known = each.findings
        lines += [f"  {one.reason}" for one in known or []]
        lines += ["  what one of them found is not known here"] if known is None else []
    document = {"round": round_number, "differences": [asdict(each) for each in found]}
    text = "\n".join(_lines(lines)) or "no two jurors signed different reports"
    output.result(all_spelled(document), spelled(text))


def _lines(sentences: Iterable[str]) -> list[str]:
    """One line each, whatever words of others are in them."""
    return [harmless(each, one_line=True) for each in sentences]


def _row(state: JurorState) -> tuple[str, ...]:
    where = state.url or "nobody says where"
    if state.silence is not None:
        return state.juror, where, "-", "-", "no answer", "-"
    clock = "-" if state.clock_ahead is None else f"{round(state.clock_ahead):+d} s"
    number = "-" if state.round is None else str(state.round)
    return state.juror, where, state.software or "-", number, state.step or "-", clock


def _document(state: JurorState) -> dict[str, object]:
    ahead = state.clock_ahead
    rounded = None if ahead is None else round(ahead, 1)
    return {**asdict(state), "reachable": state.silence is None, "clock_ahead": rounded}


def _known_words(known: Known) -> str:
    if known.latest is None:
        return "this juror's docket knows of no round yet"
    said = known.latest
    haves, votes, proposals = said["haves"], said["votes"], said["proposals"]
    assert isinstance(haves, list)
    assert isinstance(votes, dict)
    assert isinstance(proposals, list)
    voted = ", ".join(f"{len(each)} in attempt {attempt}" for attempt, each in votes.items())
    words = f"this juror's docket, round {said['round']}: {counted(len(haves), 'HAVE')}, "
    words += f"{counted(len(proposals), 'proposal')}, votes: {voted or 'none'}"
    return words + (", certified" if said["certified"] else ", not certified")
