"""The verification slices that somebody has of a task, by their numbers."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from fedjury.checks.counts import counted
from fedjury.data.verification import (
    SUFFIX,
    VerificationSet,
    read_verification_set,
    save_verification_set,
    slice_file_name,
)
from fedjury.errors import DataError, StoreUnavailable
from fedjury.oracle.commitment import check_verification
from fedjury.oracle.slice_events import SlicesAmiss, SlicesFound
from fedjury.oracle.slice_files import SliceFiles, Source
from fedjury.protocol.task_spec import SliceSpec, TaskSpec

RECEIVED = "slices"
"""Directory, in a juror's work directory, for slices that other jurors give."""
_NAMED = f"slice-*{SUFFIX}"
_ANY = f"*{SUFFIX}"


class Slices:
    """Verification slices, each of which is given when it is asked for.

    Args:
        spec: of the task.
        given: slices in memory, by their numbers; each was held against the spec.
        files: where others are; None for nowhere.
        received: a directory for those that other jurors give; None keeps them in memory.
    """

    def __init__(
        self,
        spec: TaskSpec,
        given: Mapping[int, VerificationSet],
        files: SliceFiles | None = None,
        received: Path | None = None,
    ) -> None:
        self._task_spec, self._spec = spec, spec.verification
        self._given, self._received = dict(given), received
        self.files = SliceFiles(spec, []) if files is None else files

    @classmethod
    def of(cls, spec: TaskSpec, sets: Iterable[VerificationSet]) -> "Slices":
        """Slices that lie in memory.

        Raises:
            DataError: one of them is none that the spec commits to, or does not fit the task.
        """
        return cls(spec, {check_verification(spec, each): each for each in sets})

    @classmethod
    def read(cls, spec: TaskSpec, paths: Iterable[Path], received: Path | None = None) -> "Slices":
        """Slices in files, each of which is read when it is asked for.

        Args:
            spec: of the task.
            paths: sample files, and directories, of whose sample files those of the task are taken.
            received: a directory for those that other jurors give, of this task alone.

        Raises:
            DataError: a file cannot be read, or is none of the task's; or a directory has none.
        """
        sources = [Source(path, _ANY) for path in paths]
        files = SliceFiles(spec, sources + _received(received))
        files.look()
        for source in sources:
            if not files.require(source):
                raise _none(spec, str(source.path), source.pattern, files)
        return cls(spec, {}, files, received)

    @classmethod
    def among(
        cls, spec: TaskSpec, directories: Sequence[Path], received: Path | None = None
    ) -> "Slices":
        """The task's slices among files that are named as `fedjury verification new` names them.

        Args:
            spec: of the task.
            directories: where they are looked for.
            received: a directory for those that other jurors give; where there is one, none need
                be here yet.

        Raises:
            DataError: no directory has one.
        """
        sources = [Source(directory, _NAMED) for directory in directories]
        files = SliceFiles(spec, sources + _received(received))
        files.look()
        if not files.numbers and received is None:
            raise _none(spec, " or ".join(map(str, directories)), _NAMED, files)
        return cls(spec, {}, files, received)

    @property
    def numbers(self) -> list[int]:
        """Of the slices that are here, ascending."""
        return sorted(self._given.keys() | self.files.numbers)

    @property
    def missing(self) -> list[int]:
        """Of the task's slices that are not here, ascending."""
        here = self.numbers
        return [number for number in range(1, len(self._spec.slices) + 1) if number not in here]

    def wanted_for(self, round_number: int) -> SliceSpec | None:
        """What the spec says of the slice that a round is judged on; None where it has none."""
        try:
            return self._spec.slice_for(round_number)
        except IndexError:
            return None

    def number_for(self, round_number: int) -> int:
        """The number of the slice that a round is judged on."""
        return self._spec.number_for(round_number)

    def take(self, data: bytes, wanted: int) -> bool:
        """Keep the file of a slice that another juror gave.

        Args:
            data: the file, as anybody may have made it.
            wanted: number of the slice that it was asked for.

        Returns:
            Whether it is that slice of the task's; another one is not kept.

        Raises:
            StoreUnavailable: the disk does not take it.
        """
        try:
            verification = read_verification_set(data, "what another juror gave")
            number = check_verification(self._task_spec, verification)
        except DataError:
            return False
        if number != wanted:
            return False
        if self._received is None:
            self._given[number] = verification
            return True
        path = self._received / slice_file_name(number, verification.commitment())
        try:
            self._received.mkdir(mode=0o700, parents=True, exist_ok=True)
            save_verification_set(verification, path)
        except OSError as error:
            raise StoreUnavailable(
                f"slice {number} cannot be written to {path}: {error}"
            ) from error
        self.files.look()
        return True

    def in_words(self) -> SlicesFound:
        """What is here of the task's slices, and what is not: a warning where one is missing, or a
        file that is named as one is none."""
        kind = SlicesAmiss if self.missing or self.files.are_ours_amiss else SlicesFound
        return kind(
            slices=self.numbers,
            missing=self.missing,
            passed_over=self.files.passed_over,
            others_give=self._received is not None,
        )

    def here(self, numbers: Iterable[int]) -> list[int]:
        """Those of some slices that are here; where one is not, it is looked for again."""
        wanted = set(numbers)
        if not wanted.issubset(self.numbers):
            self.files.look()
        return sorted(wanted.intersection(self.numbers))

    def get(self, number: int) -> VerificationSet | None:
        """The slice of this number; None where it is not here, as where its file is gone or
        damaged: then it is looked for again each time."""
        if number in self._given:
            return self._given[number]
        return self.files.load(number) if self.here([number]) else None


def _received(directory: Path | None) -> list[Source]:
    return [] if directory is None else [Source(directory, _NAMED)]


def _none(spec: TaskSpec, where: str, pattern: str, files: SliceFiles) -> DataError:
    slices = spec.verification.slices
    why = f"; {files.passed_over[0]}" if files.are_ours_amiss else ""
    return DataError(
        f"{where} has no file {pattern} with a slice of this task, which commits to "
        f"{counted(len(slices), 'slice')}, the first of them {slices[0].commitment}: name the "
        f"sample files with --verification{why}"
    )
