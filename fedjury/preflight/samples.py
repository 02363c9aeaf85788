"""Whether the samples and commitments at hand are those that the task commits to."""

from collections.abc import Iterator

from fedjury.checks.counts import counted, numbered
from fedjury.data.commitments import read_commitments, slice_spec
from fedjury.errors import ConfigError, DataError
from fedjury.oracle.slices import Slices
from fedjury.preflight.bench import Bench
from fedjury.preflight.finding import CannotCheck, Finding, ok, problem, warning
from fedjury.preflight.subject import Role
from fedjury.protocol.task_spec import SliceSpec

SLICES, COMMITMENTS = "samples", "commitments"
_GET = "get the sample files of the task from whoever made them, and name them with --verification"
_BY_HAND = "give every juror the file by hand; who audits without it derives no verdict"
_GIVEN = "nothing, while others that have it answer: jurors give each other the round's samples"


def check_slices(bench: Bench) -> Iterator[Finding]:
    """The sample files are the slices that the spec commits to, and that of this round is there."""
    bench.spec.need()
    if bench.subject.role is Role.AUDITOR and not bench.subject.own.verification:
        raise CannotCheck("no samples were named, and an audit needs none: say --verification")
    try:
        slices = bench.slices.get()
    except DataError as error:
        yield problem(SLICES, str(error), _GET)
        return
    number = bench.overview.need().round.number
    yield _fitting(slices, number) or _compared(slices, number, bench.is_one_of_several)


def _fitting(slices: Slices, round_number: int) -> Finding | None:
    """What is wrong with the size of a round's slice; None where it is right or is not here."""
    wanted = slices.wanted_for(round_number)
    found = None if wanted is None else slices.get(slices.number_for(round_number))
    if found is None:
        return None
    try:
        slice_spec(found)
    except ConfigError as error:
        return warning(SLICES, str(error), _BY_HAND)
    return None


def _compared(slices: Slices, round_number: int, are_given: bool) -> Finding:
    """The slices at hand, held against those that are needed from a round on.

    Args:
        slices: at hand.
        round_number: the first round.
        are_given: whether other jurors give those that are not here.
    """
    wanted, here = slices.wanted_for(round_number), slices.numbers
    number = slices.number_for(round_number)
    later = [each for each in slices.missing if each > number]
    if wanted is not None and number not in here:
        others = numbered(here, "slice") if here else "none is"
        found = f"slice {number}, for round {round_number}, is not here ({others})"
        return warning(SLICES, found, _GIVEN) if are_given else problem(SLICES, found, _GET)
    if slices.files.are_ours_amiss:
        return warning(SLICES, f"{slices.files.passed_over[0]}", "get that file anew")
    if later:
        found = f"{numbered(later, 'slice')} of later rounds not here"
        return warning(SLICES, found, _GIVEN if are_given else f"in time {_GET}")
    return ok(SLICES, f"{numbered(here, 'slice')} here, as the task commits to")


def check_commitments(bench: Bench) -> Iterator[Finding]:
    """The file of commitments is what the task was deployed with."""
    spec, path = bench.spec.need(), bench.subject.own.commitments
    if path is None:
        raise CannotCheck("no file of commitments is at hand: say --commitments")
    try:
        listed = read_commitments(path)
    except DataError as error:
        yield problem(COMMITMENTS, str(error), "name another file with --commitments")
        return
    yield _same(str(path), listed, spec.verification.slices)


def _same(name: str, listed: list[SliceSpec], wanted: list[SliceSpec]) -> Finding:
    if listed == wanted:
        return ok(COMMITMENTS, f"{name} lists the {counted(len(wanted), 'slice')} of the task")
    remedy = "name the file that the task was deployed with; these samples are another task's"
    if len(listed) != len(wanted):
        found = f"{name} lists {counted(len(listed), 'slice')}, the task has {len(wanted)}"
        return problem(COMMITMENTS, found, remedy)
    pairs = enumerate(zip(listed, wanted, strict=True), start=1)
    first = next(number for number, (mine, theirs) in pairs if mine != theirs)
    found = f"{name} lists another slice {first} than the task commits to"
    return problem(COMMITMENTS, found, remedy)
