"""Holding a verification set against what a task commits to."""

from fedjury.checks.counts import counted
from fedjury.data.verification import VerificationSet
from fedjury.errors import DataError
from fedjury.protocol.task_spec import TaskSpec


def check_verification(spec: TaskSpec, verification: VerificationSet) -> None:
    """Make sure that a verification set is the one that the spec commits to.

    Raises:
        DataError: it is another one.
    """
    wanted = spec.verification
    if len(verification) != wanted.samples or verification.commitment() != wanted.commitment:
        raise DataError(
            f"the verification set ({counted(len(verification), 'sample')}, "
            f"{verification.commitment()}) is "
            f"not the one that the task commits to ({wanted.samples}, {wanted.commitment})"
        )
