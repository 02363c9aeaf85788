"""What jurors say that they had of a round's files, against the jury and the verdicts."""

from collections.abc import Sequence

from fedjury.checks.counts import counted
from fedjury.oracle.audit.result import Difference
from fedjury.protocol.juries import is_ascending
from fedjury.protocol.round_record import RoundRecord, unpack_bitmap
from fedjury.protocol.verdicts import VerdictCode
from fedjury.task.history import RoundHistory


def check_haves(
    record: RoundRecord, history: RoundHistory, codes: Sequence[VerdictCode]
) -> dict[str, list[bool]]:
    """The record says what each of a quorum of the jury had, and that decides what is available.

    Of a jury of n with a quorum of q an update is available if n - q + 1 say that they had its
    file: then one of them is honest, if no more than n - q are not. Jurors of a jury of several
    that did not tell each other leave all of it out.

    Args:
        record: of the round.
        history: of the round.
        codes: the posted verdicts, one an update.

    Returns:
        By juror, which of the files it had.

    Raises:
        Difference: one of these does not hold.
    """
    number, jury = history.number, history.jury
    jurors = {juror.lower() for juror in jury.jurors}
    named = [have.juror for have in record.haves]
    if strangers := [juror for juror in named if juror not in jurors]:
        raise Difference(number, f"the record says what {strangers[0]} had, who is not in the jury")
    if not is_ascending(named):
        raise Difference(number, "the record's haves do not ascend by juror, or one is twice")
    if not named and len(jurors) > 1:
        return {}
    if len(named) < jury.quorum:
        raise Difference(
            number,
            f"the record says what {counted(len(named), 'juror')} had, fewer than the quorum of "
            f"{jury.quorum}",
        )
    had = {
        have.juror: _unpack(number, have.juror, have.entries, len(codes)) for have in record.haves
    }
    _check_available(number, had, codes, len(jurors) - jury.quorum + 1)
    return had


def _unpack(round_number: int, juror: str, entries: str, updates: int) -> list[bool]:
    try:
        return unpack_bitmap(entries, updates)
    except ValueError as error:
        raise Difference(round_number, f"what the record says that {juror} had: {error}") from error


def _check_available(
    round_number: int, had: dict[str, list[bool]], codes: Sequence[VerdictCode], needed: int
) -> None:
    """What was judged is claimed by enough jurors, and what was not is not."""
    for index, code in enumerate(codes):
        claims = sum(each[index] for each in had.values())
        if (code is not VerdictCode.UNAVAILABLE) != (claims >= needed):
            raise Difference(
                round_number,
                f"the record says that {counted(claims, 'juror')} had update {index}, which is "
                f"{code.label}: available is what {needed} had",
            )
