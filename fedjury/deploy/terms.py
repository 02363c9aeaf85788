"""What of a deployment follows from other choices, where nobody says it."""

from collections.abc import Sequence

from fedjury.chain.contracts.limits import ENTRIES_LIMIT, GRACE_FACTOR, UPDATES_LIMIT
from fedjury.data.commitments import slice_spec
from fedjury.data.verification import VerificationSet
from fedjury.errors import ConfigError
from fedjury.protocol.task_spec import SliceSpec, VerificationSpec

USUAL_ROUNDS = 10
USUAL_DEPTH = 12
"""Blocks on top of a round's end before a slice is disclosed, unless it is said."""
FEWEST_ALONE = ENTRIES_LIMIT - UPDATES_LIMIT
"""Updates that clients may submit themselves in a round that takes batches, unless it is said: so
many at least, so that batches hold as many as clients could submit themselves without any."""


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
    """What a spec says of samples that serve every round and stay secret, as in the paper.

    Raises:
        ConfigError: as `slice_spec`.
    """
    return choose_verification([slice_spec(verification)])


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


def choose_batch_seconds(round_seconds: int, batch_seconds: int | None, relayers: int) -> int:
    """Seconds from a round's opening on in which relayers may submit batches.

    Args:
        round_seconds: length of a round's window.
        batch_seconds: as given; None where nobody says it: then two thirds of the window, or none
            where there are no relayers.
        relayers: how many are named.
    """
    if batch_seconds is not None:
        return batch_seconds
    return 2 * round_seconds // 3 if relayers else 0


def choose_max_updates(clients: int, batch_seconds: int, max_updates: int | None) -> int:
    """How many updates clients may submit themselves in a round.

    Args:
        clients: how many are in the roster.
        batch_seconds: in which batches are taken; 0: none are.
        max_updates: as given; None where nobody says it: then as many as the contract takes. Where
            there are batches these share its room: half of it, so that each half takes the whole
            roster; a larger roster fits into the batches first.
    """
    if max_updates is not None:
        return max_updates
    if not batch_seconds:
        return UPDATES_LIMIT
    return min(ENTRIES_LIMIT // 2, max(FEWEST_ALONE, ENTRIES_LIMIT - clients))


def default_min_updates(clients: int, max_updates: int = UPDATES_LIMIT) -> int:
    """How many updates a round needs to close unless it is said: half the clients'.

    Args:
        clients: how many are in the roster.
        max_updates: that clients may submit themselves in a round; a round has to be able to close
            by these alone.
    """
    return max(1, min(min(clients, UPDATES_LIMIT) // 2, max_updates))
