"""Plans of tasks whose coordinator has the jury's samples, too."""

from fedjury.chain.contracts.limits import GRACE_FACTOR, NOTICE_MIN
from fedjury.data import Dataset
from fedjury.data.verification import VerificationSet
from fedjury.deploy.draft import SpecDraft
from fedjury.deploy.plan import TaskPlan, plan_task
from fedjury.deploy.terms import public_terms
from fedjury.task.creation import RoundLimits


def screened_plan(draft: SpecDraft, verification: VerificationSet, data: Dataset) -> TaskPlan:
    """The plan of a task whose first model is screened on the samples that the jury judges on."""
    return plan_task(draft, public_terms(verification), data, screen=verification)


def round_limits(least: int = 1, most: int = 2, rounds: int = 3, seconds: int = 60) -> RoundLimits:
    """Limits of rounds whose window and time for files take as many seconds.

    Args:
        least, most: updates of a round.
        rounds: how many.
        seconds: of both.
    """
    return RoundLimits(
        round_seconds=seconds,
        availability_seconds=seconds,
        grace_seconds=GRACE_FACTOR * seconds,
        notice_seconds=NOTICE_MIN,
        min_updates=least,
        max_updates=most,
        rounds=rounds,
    )
