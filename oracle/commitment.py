"""Holding verification sets against what a task commits to."""

from fedjury.checks.counts import counted
from fedjury.data.verification import VerificationSet
from fedjury.errors import DataError
from fedjury.protocol.task_spec import LabelsSpec, TaskSpec


def check_verification(spec: TaskSpec, verification: VerificationSet) -> int:
    """Find the slice that a verification set is.

    Returns:
        The slice's number, from 1.

    Raises:
        DataError: it is none that the spec commits to, or its samples do not fit the task.
    """
    found = counted(len(verification), "sample"), verification.commitment()
    for number, wanted in enumerate(spec.verification.slices, start=1):
        if (len(verification), found[1]) == (wanted.samples, wanted.commitment):
            require_fit(spec.labels, verification, number)
            return number
    raise DataError(f"the verification set ({', '.join(found)}) is {_not_wanted(spec)}")


def require_fit(labels: LabelsSpec, verification: VerificationSet, number: int) -> None:
    """Make sure that a slice's labels are such as the task's.

    Args:
        labels: what the spec says of them.
        verification: the slice.
        number: of the slice, for the error.

    Raises:
        DataError: another padding, or a label that is none of the classes.
    """
    samples = verification.samples
    wanted = f"{_classes(labels.classes)}, {_padding(labels.padding)}"
    what = (
        f"slice {number} is what the task commits to, but its samples do not fit the task "
        f"({wanted}), which is the fault of whoever made them:"
    )
    if samples.padding != labels.padding:
        raise DataError(f"{what} they have {_padding(samples.padding)}")
    largest = int(samples.labels.max())
    if largest >= labels.classes:
        raise DataError(f"{what} they have label {largest}, the classes are from 0")


def _classes(count: int) -> str:
    return "1 class" if count == 1 else f"{count} classes"


def _padding(padding: int | None) -> str:
    return "no padding" if padding is None else f"padding {padding}"


def _not_wanted(spec: TaskSpec) -> str:
    first, *others = spec.verification.slices
    if others:
        return f"none of the {1 + len(others)} slices that the task commits to"
    return f"not the one that the task commits to ({first.samples}, {first.commitment})"
