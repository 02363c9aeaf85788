"""What of a deployment follows from other choices, where nobody says it."""

from collections.abc import Sequence

from fedjury.data.verification import VerificationSet
from fedjury.deploy.refusals import GRACE_FACTOR, UPDATES_LIMIT
from fedjury.errors import ConfigError
from fedjury.protocol.task_spec import SliceSpec, VerificationSpec

USUAL_ROUNDS = 10
USUAL_DEPTH = 12
"""Blocks on top of a round's end before a slice is disclosed, unless it is said."""


def choose_verification(
    slices: Sequence[SliceSpec],
    *,
    disclosed: bool = False,
    depth: int = USUAL_DEPTH,
    accuracy: bool | None = None,
) -> VerificationSpec:
    """What a spec says of the jury's samples.

    Args:
        slices: what is public of them, by round; each once.
        disclosed: whether jurors disclose them.
        depth: blocks on top of a round's end before they do.
        accuracy: whether reports say the new model's accuracy; None: where it tells nothing that
            will not be known, as each round's own slice is disclosed.
    """
    found = VerificationSpec(slices=list(slices), disclosed=disclosed, depth=depth)
    told = found.counts_are_told if accuracy is None else accuracy
    return found.model_copy(update={"accuracy": told})


def public_terms(verification: VerificationSet) -> VerificationSpec:
    """What a spec says of samples that serve every round and stay secret, as in the paper."""
    return choose_verification(
        [SliceSpec(samples=len(verification), commitment=verification.commitment())]
    )


def choose_rounds(verification: VerificationSpec, rounds: int | None) -> int:
    """How many rounds the task has: as given, or else 10, or one a slice.

    Raises:
        ConfigError: there are other slices than rounds; or a slice is to be disclosed after the
            last round, and there is none.
    """
    slices = len(verification.slices)
    if rounds is None:
        return slices if verification.each_round else USUAL_ROUNDS
    if verification.each_round and rounds != slices:
        raise ConfigError(
            f"{slices} slices are for {slices} rounds, one each: leave --rounds {rounds} out, or "
            "make as many slices by `fedjury verification new --slices`"
        )
    if verification.disclosed and not rounds:
        raise ConfigError(
            "--disclose: one slice for all rounds is disclosed after the last one, which a task "
            "with --rounds 0 never has"
        )
    return rounds


def choose_grace(availability_seconds: int, grace_seconds: int | None) -> int:
    """Seconds from a round's deadline until it may be voided: as given, or else the fewest."""
    return GRACE_FACTOR * availability_seconds if grace_seconds is None else grace_seconds


def default_min_updates(clients: int) -> int:
    """How many updates a round needs to close unless it is said: half the clients'."""
    return max(1, min(clients, UPDATES_LIMIT) // 2)
