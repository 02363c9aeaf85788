"""How a juror is, by its own answer, and what somebody should look into."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from fedjury.checks.counts import counted
from fedjury.checks.json_values import parse_json

MOST_STATUS_BYTES = 8 * 2**20
CLOCK_SECONDS = 30.0
"""By which a juror's clock may differ before somebody should set it."""
_Address = Annotated[str, Field(pattern=r"^0x[0-9a-f]{40}$")]
_Cid = Annotated[str, Field(pattern=r"^Qm[1-9A-HJ-NP-Za-km-z]{44}$")]
# What is shown of a juror's words is one line of printable characters, so that none of it can pass
# for a sentence about another one.
_LINE = r"^[ -~]*$"
_Attempt = Annotated[int, Field(ge=0, lt=2**32)]


class _Answer(BaseModel):
    """What ``/status`` answers, as far as it is read."""

    model_config = ConfigDict(strict=True, extra="ignore")
    juror: _Address
    software: Annotated[str, Field(max_length=200, pattern=_LINE)]
    round: Annotated[int, Field(ge=1, lt=2**32)] | None = None
    step: Annotated[str, Field(max_length=100, pattern=_LINE)]
    wrong_macs: dict[_Address, _Attempt] = Field(default_factory=dict, max_length=256)
    differing: dict[_Address, _Attempt] = Field(default_factory=dict, max_length=256)
    unserved: dict[_Address, _Cid] = Field(default_factory=dict, max_length=256)
    unclaimed: dict[_Address, Annotated[int, Field(ge=1, lt=2**33)]] = Field(
        default_factory=dict, max_length=256
    )
    silent: dict[_Address, _Attempt] = Field(default_factory=dict, max_length=256)
    unreachable: dict[_Address, Annotated[str, Field(max_length=1000, pattern=_LINE)]] = Field(
        default_factory=dict, max_length=256
    )


@dataclass(frozen=True)
class JurorState:
    """How a juror is.

    Attributes:
        juror: address, in lower case.
        url: where it was asked; None where nobody says where it is.
        silence: why it gave no usable answer; None where it gave one.
        software: what it runs.
        round: that it took up last; None before the first.
        step: that it is at in it.
        clock_ahead: seconds that its clock shows more than this machine's.
        wrong_macs: by juror the attempt in which its MAC was wrong.
        differing: by juror the attempt in which it signed another report.
        unreachable: by juror why it did not answer this one.
        unserved: by juror the CID of a file that it says it holds and did not give this one.
        unclaimed: by juror how many files its HAVE lacks that others hold.
        silent: by juror the last attempt that it led without a proposal.
    """

    juror: str
    url: str | None
    silence: str | None = None
    software: str | None = None
    round: int | None = None
    step: str | None = None
    clock_ahead: float | None = None
    wrong_macs: dict[str, int] = field(default_factory=dict)
    differing: dict[str, int] = field(default_factory=dict)
    unreachable: dict[str, str] = field(default_factory=dict)
    unserved: dict[str, str] = field(default_factory=dict)
    unclaimed: dict[str, int] = field(default_factory=dict)
    silent: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, juror: str, url: str | None, answer: bytes, ahead: float | None) -> "JurorState":
        """What a juror answers.

        Args:
            juror: who was asked.
            url: where.
            answer: to ``/status``.
            ahead: seconds that its clock shows more than this machine's; None where it shows none.

        Raises:
            ValueError: it says no such thing.
        """
        try:
            said = _Answer.model_validate(parse_json(answer))
        except (ValueError, RecursionError) as error:
            raise ValueError("its status is none") from error
        if said.juror != juror:
            raise ValueError("its status is another juror's")
        return cls(
            juror,
            url,
            None,
            said.software,
            said.round,
            said.step,
            ahead,
            said.wrong_macs,
            said.differing,
            said.unreachable,
            said.unserved,
            said.unclaimed,
            said.silent,
        )


def troubles(states: Sequence[JurorState], software: str, quorum: int) -> Iterator[str]:
    """What somebody should look into, in sentences.

    Args:
        states: of the jurors.
        software: that this machine runs.
        quorum: how many of them have to sign.
    """
    answering = sum(each.silence is None for each in states)
    if answering < quorum:
        seen = f"{answering} of {counted(len(states), 'juror')} answer"
        yield f"{seen}, and {quorum} have to sign: no round ends until more of them do"
    for each in states:
        if each.silence is not None:
            yield f"{each.juror} gives no answer: {each.silence}"
            continue
        if each.software != software:
            yield f"{each.juror} runs {each.software}, this machine {software}"
        if each.clock_ahead is not None and abs(each.clock_ahead) > CLOCK_SECONDS:
            way = "ahead of" if each.clock_ahead > 0 else "behind"
            yield f"the clock of {each.juror} is {abs(each.clock_ahead):.0f} s {way} this machine's"
        for other, attempt in sorted(each.wrong_macs.items()):
            yield f"for {each.juror}, {other} has not judged: its MAC in attempt {attempt} is wrong"
        for other, attempt in sorted(each.differing.items()):
            yield f"{each.juror} and {other} signed different reports in attempt {attempt}"
        for other, reason in sorted(each.unreachable.items()):
            yield f"{each.juror} does not reach {other}: {reason}"
        yield from _held_back(each)


def _held_back(state: JurorState) -> Iterator[str]:
    for other, cid in sorted(state.unserved.items()):
        yield f"{other} does not give {state.juror} the file {cid}, which it says it holds"
    for other, count in sorted(state.unclaimed.items()):
        lacking = f"{counted(count, 'file')} that other jurors hold"
        yield f"for {state.juror}, {other} does not claim {lacking}"
    for other, attempt in sorted(state.silent.items()):
        yield f"for {state.juror}, {other} made no proposal in attempt {attempt}, which it leads"
