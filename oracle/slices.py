"""The verification slices that somebody has of a task, by their numbers."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from fedjury.checks.counts import counted
from fedjury.data.verification import SUFFIX, VerificationSet, load_verification_set
from fedjury.errors import DataError
from fedjury.oracle.commitment import check_verification
from fedjury.protocol.task_spec import SliceSpec, TaskSpec

_NAMED = f"slice-*{SUFFIX}"
_ANY = f"*{SUFFIX}"


class Slices:
    """Verification slices, each of which is given when it is asked for.

    Args:
        spec: of the task.
        given: what gives a slice, by its number; each was held against the spec.
    """

    def __init__(self, spec: TaskSpec, given: Mapping[int, Callable[[], VerificationSet]]) -> None:
        self._spec, self._given = spec.verification, dict(given)

    @classmethod
    def of(cls, spec: TaskSpec, sets: Iterable[VerificationSet]) -> "Slices":
        """Slices that lie in memory.

        Raises:
            DataError: one of them is none that the spec commits to.
        """
        found = {check_verification(spec, each): each for each in sets}
        return cls(spec, {number: partial(_same, each) for number, each in found.items()})

    @classmethod
    def read(cls, spec: TaskSpec, paths: Iterable[Path]) -> "Slices":
        """Slices in files, each of which is read when it is asked for.

        Args:
            spec: of the task.
            paths: sample files, and directories, of whose sample files those of the task are taken.

        Raises:
            DataError: a file cannot be read, or is none of the task's; or a directory has none.
        """
        found: dict[int, Path] = {}
        for path in paths:
            inside = _ours(spec, path, _ANY) if path.is_dir() else _alone(spec, path)
            if not inside:
                raise _none(spec, str(path), _ANY)
            found |= inside
        return cls(spec, {number: partial(_load, spec, path) for number, path in found.items()})

    @classmethod
    def among(cls, spec: TaskSpec, directories: Sequence[Path]) -> "Slices":
        """The task's slices among files that are named as `fedjury verification new` names them.

        Raises:
            DataError: no directory has one.
        """
        found: dict[int, Path] = {}
        for directory in directories:
            found |= _ours(spec, directory, _NAMED)
        if not found:
            raise _none(spec, " or ".join(map(str, directories)), _NAMED)
        return cls(spec, {number: partial(_load, spec, path) for number, path in found.items()})

    @property
    def numbers(self) -> list[int]:
        """Of the slices that are here, ascending."""
        return sorted(self._given)

    def wanted_for(self, round_number: int) -> SliceSpec | None:
        """What the spec says of the slice that a round is judged on; None where it has none."""
        try:
            return self._spec.slice_for(round_number)
        except IndexError:
            return None

    def number_for(self, round_number: int) -> int:
        """The number of the slice that a round is judged on."""
        return self._spec.number_for(round_number)

    def get(self, number: int) -> VerificationSet | None:
        """The slice of this number; None where it is not here.

        Raises:
            DataError: its file is gone, or another than it was.
        """
        give = self._given.get(number)
        return None if give is None else give()


def _same(verification: VerificationSet) -> VerificationSet:
    return verification


def _load(spec: TaskSpec, path: Path) -> VerificationSet:
    verification = load_verification_set(path)
    _number(spec, verification, path)
    return verification


def _number(spec: TaskSpec, verification: VerificationSet, path: Path) -> int:
    try:
        return check_verification(spec, verification)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error


def _alone(spec: TaskSpec, path: Path) -> dict[int, Path]:
    return {_number(spec, load_verification_set(path), path): path}


def _ours(spec: TaskSpec, directory: Path, pattern: str) -> dict[int, Path]:
    """The task's slices in a directory, which may hold others'."""
    found: dict[int, Path] = {}
    for path in sorted(directory.glob(pattern)):
        with suppress(DataError):
            found |= _alone(spec, path)
    return found


def _none(spec: TaskSpec, where: str, pattern: str) -> DataError:
    slices = spec.verification.slices
    return DataError(
        f"{where} has no file {pattern} with a slice of this task, which commits to "
        f"{counted(len(slices), 'slice')}, the first of them {slices[0].commitment}: name the "
        "sample files with --verification"
    )
