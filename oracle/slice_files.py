"""Looking for a task's slices among files, at the start and again while a daemon runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fedjury.data.verification import VerificationSet, load_verification_set, slice_file_name
from fedjury.errors import DataError
from fedjury.oracle.commitment import check_verification
from fedjury.protocol.task_spec import TaskSpec


@dataclass(frozen=True)
class Source:
    """Where sample files are looked for.

    Attributes:
        path: a file, or a directory.
        pattern: of the names of a directory's files that are looked at.
    """

    path: Path
    pattern: str

    def files(self) -> list[Path]:
        """What is there now, ascending; nothing where the file system does not say."""
        try:
            if self.path.is_dir():
                return sorted(self.path.glob(self.pattern))
            return [self.path] if self.path.is_file() else []
        except OSError:
            return []


@dataclass(frozen=True)
class _Seen:
    """What a file was when it was looked at.

    Attributes:
        signature: changes where the file is written anew.
        number: of the slice that it holds; None where it holds none of the task's.
        reason: why it holds none.
    """

    signature: tuple[int, ...]
    number: int | None
    reason: str = ""


class SliceFiles:
    """The files that hold a task's slices; one that has not changed is looked at once.

    Args:
        spec: of the task.
        sources: where to look.
    """

    def __init__(self, spec: TaskSpec, sources: Sequence[Source]) -> None:
        self._spec, self._sources = spec, sources
        self._named = {
            slice_file_name(number, each.commitment)
            for number, each in enumerate(spec.verification.slices, start=1)
        }
        self._seen: dict[Path, _Seen] = {}

    @property
    def numbers(self) -> set[int]:
        """Of the slices whose files are known."""
        return {seen.number for seen in self._seen.values() if seen.number is not None}

    @property
    def passed_over(self) -> list[str]:
        """Why each of the other files is none of the task's slices."""
        return [seen.reason for seen in self._seen.values() if seen.number is None]

    @property
    def are_ours_amiss(self) -> bool:
        """Whether one of those is named as a slice of this task is."""
        return any(p.name in self._named for p, seen in self._seen.items() if seen.number is None)

    def look(self) -> None:
        """Look at the files that are new, or other than they were."""
        there = dict.fromkeys(path for source in self._sources for path in source.files())
        self._seen = {path: seen for path, seen in self._seen.items() if path in there}
        for path in there:
            signature = _signature(path)
            if path not in self._seen or self._seen[path].signature != signature:
                self._seen[path] = self._look_at(path, signature)

    def require(self, source: Source) -> bool:
        """Whether there is a slice of the task, as of the last look.

        Raises:
            DataError: it is a file that cannot be read, or is none of the task's.
        """
        if source.path.is_dir():
            inside = (self._seen.get(path) for path in source.files())
            return any(seen is not None and seen.number is not None for seen in inside)
        seen = self._seen.get(source.path)
        if seen is None or seen.number is None:
            self._number(source.path, load_verification_set(source.path))
        return True

    def load(self, number: int) -> VerificationSet | None:
        """The slice of this number; None where no file holds it, or holds it any more."""
        while (path := self._path_of(number)) is not None:
            signature = _signature(path)
            try:
                verification = load_verification_set(path)
                if self._number(path, verification) == number:
                    return verification
            except DataError as error:
                self._seen[path] = _Seen(signature, None, str(error))
            else:
                del self._seen[path]
            self.look()
        return None

    def _path_of(self, number: int) -> Path | None:
        return next((path for path, seen in self._seen.items() if seen.number == number), None)

    def _look_at(self, path: Path, signature: tuple[int, ...]) -> _Seen:
        try:
            return _Seen(signature, self._number(path, load_verification_set(path)))
        except DataError as error:
            return _Seen(signature, None, str(error))

    def _number(self, path: Path, verification: VerificationSet) -> int:
        try:
            return check_verification(self._spec, verification)
        except DataError as error:
            raise DataError(f"{path}: {error}") from error


def _signature(path: Path) -> tuple[int, ...]:
    """What changes where a file is written anew; empty where it is gone."""
    try:
        seen = path.stat()
    except OSError:
        return ()
    return seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns
