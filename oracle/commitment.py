"""Holding verification sets against what a task commits to."""

from fedjury.checks.counts import counted
from fedjury.data.verification import VerificationSet
from fedjury.errors import DataError
from fedjury.protocol.task_spec import TaskSpec


def check_verification(spec: TaskSpec, verification: VerificationSet) -> int:
    """Find the slice that a verification set is.

    Returns:
        The slice's number, from 1.

    Raises:
        DataError: it is none that the spec commits to.
    """
    found = counted(len(verification), "sample"), verification.commitment()
    for number, wanted in enumerate(spec.verification.slices, start=1):
        if (len(verification), found[1]) == (wanted.samples, wanted.commitment):
            return number
    raise DataError(f"the verification set ({', '.join(found)}) is {_not_wanted(spec)}")


def _not_wanted(spec: TaskSpec) -> str:
    first, *others = spec.verification.slices
    if others:
        return f"none of the {1 + len(others)} slices that the task commits to"
    return f"not the one that the task commits to ({first.samples}, {first.commitment})"
