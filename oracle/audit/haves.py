"""What jurors say that they had of a round's files, against the jury and the verdicts.

Of a jury of n with a quorum of q a file is available if n - q + 1 say that they had it: then one of
them is honest, if no more than n - q are not.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from fedjury.checks.counts import counted
from fedjury.oracle.audit.result import Difference
from fedjury.oracle.audit.submissions import batch_name
from fedjury.oracle.recording import Held
from fedjury.protocol.digest import Digest
from fedjury.protocol.juries import is_ascending
from fedjury.protocol.round_record import Have, RoundRecord, unpack_bitmap
from fedjury.protocol.verdicts import VerdictCode
from fedjury.task.batches import RoundBatch, RoundUpdates
from fedjury.task.history import RoundHistory


def check_haves(
    record: RoundRecord,
    history: RoundHistory,
    updates: RoundUpdates,
    codes: Sequence[VerdictCode],
) -> dict[str, Held]:
    """The record says what each of a quorum of the jury had, and that decides what is available.

    Args:
        record: of the round.
        history: of the round.
        updates: of the round.
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
    if len(named) < jury.quorum:
        raise Difference(
            number,
            f"the record says what {counted(len(named), 'juror')} had, fewer than the quorum of "
            f"{jury.quorum}",
        )
    had = {have.juror: _read(number, have, updates) for have in record.haves}
    is_alone, needed = len(jurors) == 1, len(jurors) - jury.quorum + 1
    for claims, is_available, what in [
        *_of_batches(updates, had, is_alone),
        *_of_entries(updates, had, codes, is_alone),
    ]:
        if (claims >= needed) != is_available:
            raise Difference(
                number,
                f"the record says that {counted(claims, 'juror')} had {what}: available is what "
                f"{needed} had",
            )
    return had


def _read(round_number: int, have: Have, updates: RoundUpdates) -> Held:
    """What a juror had."""
    batches = len(updates.batches)
    if (have.batches is not None) != bool(batches):
        what = "says nothing of batches" if batches else "tells of batches"
        raise Difference(
            round_number,
            f"what the record says that {have.juror} had {what}, the round has {batches or 'none'}",
        )
    try:
        of_batches = unpack_bitmap(have.batches, batches) if have.batches is not None else []
        return Held(of_batches, unpack_bitmap(have.entries, updates.size))
    except ValueError as error:
        sentence = f"what the record says that {have.juror} had: {error}"
        raise Difference(round_number, sentence) from error


_Claimed = tuple[int, bool, str]
"""How many jurors had something, whether it was available, and what it is."""


def _of_batches(
    updates: RoundUpdates, had: Mapping[str, Held], is_alone: bool
) -> Iterator[_Claimed]:
    """The batches of a round.

    A file that was posted several times is available if it is so at one of its places. The only
    juror of a jury has to say of each of them the same.
    """
    batches = [batch.submitted for batch in updates.batches]
    alike = defaultdict[Digest, list[int]](list)
    for place, batch in enumerate(batches):
        alike[batch.digest].append(place)
    for place, each in enumerate(updates.batches):
        places = [place] if is_alone else alike[each.submitted.digest]
        claims = max(sum(held.batches[other] for held in had.values()) for other in places)
        code = None if each.failure is None else each.failure.code
        state = "read" if code is None else code.label
        what = f"the file of {batch_name(each.submitted)}, which is {state}"
        yield claims, code is not VerdictCode.UNAVAILABLE, what


def _of_entries(
    updates: RoundUpdates,
    had: Mapping[str, Held],
    codes: Sequence[VerdictCode],
    is_alone: bool,
) -> Iterator[_Claimed]:
    """The updates of a round of which jurors need the file.

    Of one that its batch decides on, or its entry there, they may say what they like: only of the
    only juror of a jury it follows from the verdict.
    """
    for index, (slot, code) in enumerate(zip(updates.slots(), codes, strict=True)):
        is_decided = isinstance(slot, RoundBatch) or slot.failure is not None
        if is_alone or not is_decided:
            claims = sum(held.entries[index] for held in had.values())
            is_available = code is not VerdictCode.UNAVAILABLE
            yield claims, is_available, f"update {index}, which is {code.label}"
