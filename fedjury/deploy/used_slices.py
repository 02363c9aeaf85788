"""Which tasks were created from a file of commitments, noted beside it: a slice serves one task."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from fedjury.checks.counts import counted
from fedjury.checks.json_values import canonical_json, parse_json
from fedjury.protocol.task_spec import SliceSpec
from fedjury.runtime.files import read_text_file, write_whole


class _Use(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    task: str
    commitments: list[str]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    format: Literal["fedjury-used/1"] = "fedjury-used/1"
    uses: list[_Use] = []


def marks_of(commitments: Path) -> Path:
    """The file that lists which tasks were created from a file of commitments."""
    return commitments.with_name(f"{commitments.stem}.used-by.json")


def notes_on_use(commitments: Path, slices: Sequence[SliceSpec]) -> list[str]:
    """A sentence for each task that was created with some of these slices from the same file.

    Args:
        commitments: the file.
        slices: that it lists.
    """
    mine = {each.commitment for each in slices}
    return [
        f"{counted(shared, 'slice')} of {commitments} already served the task {use.task}: what "
        "verdicts tell of them adds up over both tasks, and what one discloses is no secret in the "
        "other; a slice serves one task, so make others by `fedjury verification new --out`"
        for use in _read(marks_of(commitments)).uses
        if (shared := len(mine & set(use.commitments)))
    ]


def mark_used(commitments: Path, slices: Sequence[SliceSpec], task: str) -> list[str]:
    """Write down that a task was created with these slices.

    Args:
        commitments: the file that lists them.
        slices: that it lists.
        task: ``eip155:<chain id>:<address>``.

    Returns:
        A sentence where that cannot be written, which is no reason to fail: the task is on chain.
    """
    path = marks_of(commitments)
    use = _Use(task=task, commitments=[each.commitment for each in slices])
    document = _Document(uses=[*_read(path).uses, use])
    try:
        write_whole(path, canonical_json(document.model_dump(mode="json")) + b"\n")
    except OSError as error:
        return [
            f"{path} cannot be written ({error.strerror}): so nobody is told here when these "
            "slices are used for another task"
        ]
    return []


def _read(path: Path) -> _Document:
    """What is written down; nothing where that is missing or no such file."""
    try:
        return _Document.model_validate(parse_json(read_text_file(path)))
    except (OSError, ValueError, RecursionError):
        return _Document()
