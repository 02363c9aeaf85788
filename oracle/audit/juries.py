"""Who judges: that each jury is what its hash says, and entered by consent or after its notice."""

from fedjury.chain.contracts.events import JuryAnnounced
from fedjury.oracle.audit.block_time import BlockTime
from fedjury.oracle.audit.result import Difference
from fedjury.protocol.juries import is_ascending, is_quorum, jury_hash
from fedjury.task.history import RoundHistory


def check_jury(round_number: int, jury: JuryAnnounced) -> None:
    """A jury's hash is that of its members, who ascend, and its quorum is more than two thirds.

    Args:
        round_number: where it is said if not.
        jury: as announced.

    Raises:
        Difference: one of these does not hold.
    """
    name, size = f"jury {jury.version}", len(jury.jurors)
    computed = jury_hash(jury.jurors, jury.quorum)
    if jury.jury != computed:
        raise Difference(
            round_number,
            f"the members of {name} hash to 0x{computed.hex()}, the event says 0x{jury.jury.hex()}",
        )
    if not is_ascending(jury.jurors):
        raise Difference(round_number, f"the members of {name} do not ascend, or one is twice")
    if not is_quorum(jury.quorum, size):
        raise Difference(
            round_number,
            f"{name} has a quorum of {jury.quorum} of {size}, which is not more than two thirds",
        )


def check_notice(
    round_number: int, jury: JuryAnnounced, notice_seconds: int, time_of: BlockTime
) -> None:
    """An announced jury enters from when the task's notice is over.

    Args:
        round_number: where it is said if not.
        jury: as announced.
        notice_seconds: the task's.
        time_of: gives blocks' times.

    Raises:
        Difference: it says another time.
        ChainUnavailable: the block's time cannot be had.
    """
    announced = time_of(jury.block_number)
    if jury.enters_from != announced + notice_seconds:
        raise Difference(
            round_number,
            f"jury {jury.version} was announced at {announced} and enters from "
            f"{jury.enters_from}, not after a notice of {notice_seconds} s",
        )


def check_jury_change(
    history: RoundHistory,
    previous: RoundHistory | None,
    notice_seconds: int,
    time_of: BlockTime,
) -> None:
    """A round opens with the sitting jury, or with an announced one that was due, and then must.

    One is due when the report that ended the round before names its hash, or when the round opens
    after its notice.

    Args:
        history: of the round.
        previous: of the round before; None for the first one, which opens with jury 1.
        notice_seconds: the task's.
        time_of: gives blocks' times.

    Raises:
        Difference: it opens with another one, or the jury is none.
        ChainUnavailable: a block's time cannot be had.
    """
    number, jury = history.number, history.jury
    if previous is None:
        if jury.version != 1:
            raise Difference(number, f"opens with jury {jury.version}, the first one is 1")
        check_jury(number, jury)
        check_notice(number, jury, 0, time_of)
        return
    sitting = previous.jury
    entered = jury if jury != sitting else None
    announced = entered or history.next_jury
    if entered is not None and entered.version == sitting.version:
        raise Difference(number, f"jury {jury.version} was announced anew while it sat")
    if announced is None:
        return
    if announced.version != sitting.version + 1:
        raise Difference(
            number, f"opens with jury {jury.version}, right after jury {sitting.version}"
        )
    check_jury(number, announced)
    check_notice(number, announced, notice_seconds, time_of)
    _check_entry(history, previous, announced, time_of(history.opened.block_number))


def _check_entry(
    history: RoundHistory, previous: RoundHistory, announced: JuryAnnounced, opened: int
) -> None:
    """An announced jury entered if it was due, and only then."""
    report, name = previous.finalized, f"jury {announced.version}"
    agreed = report is not None and report.next_jury == announced.jury
    noticed = opened >= announced.enters_from
    times = f"the round opened at {opened}, its notice was over at {announced.enters_from}"
    if announced == history.jury:
        if not (agreed or noticed):
            raise Difference(
                history.number,
                f"{name} entered without the consent of jury {previous.jury.version} and before "
                f"its notice was over: {times}",
            )
    elif agreed:
        raise Difference(
            history.number, f"{name} did not enter, though jury {previous.jury.version} agreed"
        )
    elif noticed:
        raise Difference(history.number, f"{name} did not enter after its notice: {times}")
