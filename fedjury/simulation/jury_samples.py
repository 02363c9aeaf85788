"""The jury's samples of a scenario: one slice for all rounds, or one a round.

What happens in an experiment is to be made again by anyone, so everything here follows from the
settings; a demo salts its slices in secret.
"""

import hashlib
from collections.abc import Sequence

import torch

from fedjury.data import Samples
from fedjury.data.commitments import slice_spec
from fedjury.data.slicing import Sizes, cut
from fedjury.data.verification import VerificationSet
from fedjury.errors import ConfigError
from fedjury.protocol.task_spec import VerificationSpec
from fedjury.simulation.scenario import Scenario


def make_slices(scenario: Scenario, judged: Samples, salt: bytes | None) -> list[VerificationSet]:
    """The scenario's slices in order.

    One slice is the first `scenario.verification` of the jury's samples, or all of them. Slices for
    each round are drawn from all of them, and as many samples as one has, or more, are in none.

    Args:
        scenario: the settings.
        judged: the jury's half of the test part.
        salt: 32 bytes; None takes some that follow from the seed.

    Raises:
        ConfigError: there are not so many samples.
    """
    salt = salt or public_salt(scenario)
    if scenario.verification_slices == "one":
        return [VerificationSet(_first(judged, scenario.verification), salt)]
    sizes = _sizes(scenario, len(judged))
    slices = cut(judged, sizes, scenario.split_seed)
    return [
        VerificationSet(samples, _salt_of_slice(salt, number))
        for number, samples in enumerate(slices, start=1)
    ]


def _first(judged: Samples, wanted: int) -> Samples:
    if wanted > len(judged):
        raise ConfigError(f"verification: {wanted} samples are more than the jury's {len(judged)}")
    return judged.take(torch.arange(wanted or len(judged)))


def _sizes(scenario: Scenario, available: int) -> Sizes:
    rounds = scenario.rounds
    each = scenario.verification or available // (rounds + 1)
    if each < 1 or each * (rounds + 1) > available:
        raise ConfigError(
            f"verification: {rounds} slices of {max(each, 1)} samples, and as many that are in "
            f"none, are more than the jury's {available}"
        )
    return Sizes(rounds, each, available - rounds * each)


def commit(slices: Sequence[VerificationSet]) -> VerificationSpec:
    """What a scenario's spec says of its slices: they are disclosed as soon as their rounds are
    over, so that whoever looks at a run derives every verdict.

    Raises:
        ConfigError: as `slice_spec`.
    """
    return VerificationSpec(
        slices=[slice_spec(each) for each in slices],
        disclosed=True,
        depth=0,
        accuracy=len(slices) > 1,
    )


def public_salt(scenario: Scenario) -> bytes:
    """A salt that follows from the seed: nobody guards a secret in an experiment."""
    return hashlib.sha256(f"fedjury experiment, seed {scenario.seed}".encode()).digest()


def _salt_of_slice(salt: bytes, number: int) -> bytes:
    """A slice's own salt, which tells nothing of the others'."""
    return hashlib.sha256(salt + number.to_bytes(4, "big")).digest()
