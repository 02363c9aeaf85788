"""Where two jurors' findings differ: the update, both codes, both counts, both versions."""

from collections.abc import Sequence
from dataclasses import dataclass

from fedjury.checks.counts import counted
from fedjury.protocol.digest import Digest
from fedjury.protocol.statements.findings import Findings
from fedjury.protocol.verdicts import VerdictCode


@dataclass(frozen=True)
class Divergence:
    """One thing that two jurors found otherwise.

    Attributes:
        update: index of the update; None where it is about the whole round.
        code, other_code: both verdicts, by name.
        count, other_count: samples that are right, by both.
        reason: in a sentence.
    """

    reason: str
    update: int | None = None
    code: str | None = None
    other_code: str | None = None
    count: int | None = None
    other_count: int | None = None


def divergences(mine: Findings, others: Findings) -> list[Divergence]:
    """All that two jurors found otherwise of the same files, update by update, then the rest.

    Args:
        mine: what this juror found.
        others: what the other one did.
    """
    if len(mine.codes) != len(others.codes):
        return [Divergence(f"{len(mine.codes)} and {counted(len(others.codes), 'verdict')}")]
    rows = zip(mine.codes, others.codes, mine.counts, others.counts, strict=True)
    found = [
        _of_update(index, (code, count), (other_code, other_count))
        for index, (code, other_code, count, other_count) in enumerate(rows)
        if (code, count) != (other_code, other_count)
    ]
    return found + _of_round(mine, others)


def _of_update(index: int, mine: tuple[int, int], others: tuple[int, int]) -> Divergence:
    names = _label(mine[0]), _label(others[0])
    reason = f"update {index} is {names[0]} ({mine[1]} right) and {names[1]} ({others[1]} right)"
    return Divergence(reason, index, names[0], names[1], mine[1], others[1])


def _of_round(mine: Findings, others: Findings) -> list[Divergence]:
    pairs: Sequence[tuple[str, object, object]] = (
        ("baseline", mine.baseline, others.baseline),
        ("right answers of the new model", mine.model_correct, others.model_correct),
        ("new model", Digest(mine.model).cid, Digest(others.model).cid),
        ("round record", Digest(mine.record).cid, Digest(others.record).cid),
    )
    return [Divergence(f"{name}: {one} and {two}") for name, one, two in pairs if one != two]


def _label(code: int) -> str:
    try:
        return VerdictCode(code).label
    except ValueError:
        return f"code {code}"
