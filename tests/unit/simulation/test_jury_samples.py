"""The jury's samples of a scenario."""

import pytest

from fedjury.data.split import split_test
from fedjury.data.verification import VerificationSet
from fedjury.errors import ConfigError
from fedjury.simulation.jury_samples import commit, make_slices
from tests.support.scenarios import digits, small

JUDGED, UNSEEN = split_test(digits().test, 0)
EACH_ROUND = {"verification_slices": "each-round"}


def rows(*slices: VerificationSet) -> list[bytes]:
    return [row.numpy().tobytes() for each in slices for row in each.samples.x]


def test_one_slice_is_the_first_of_the_jurys_samples() -> None:
    (everything,) = make_slices(small(), JUDGED, None)
    (some,) = make_slices(small(verification=50), JUDGED, None)
    assert len(everything) == len(JUDGED) == 359
    assert rows(some) == rows(everything)[:50]


def test_a_slice_a_round_are_disjoint_and_leave_as_many_in_none() -> None:
    slices = make_slices(small(**EACH_ROUND), JUDGED, None)
    assert [len(each) for each in slices] == [89, 89, 89]
    found, known = rows(*slices), [row.numpy().tobytes() for row in JUDGED.x]
    assert len(set(found)) == 3 * 89
    assert set(found) < set(known)
    sized = make_slices(small(verification=20, **EACH_ROUND), JUDGED, None)
    assert [len(each) for each in sized] == [20, 20, 20]


def test_slices_follow_from_the_settings_and_their_salts_tell_nothing_of_each_other() -> None:
    first, again = (make_slices(small(**EACH_ROUND), JUDGED, None) for _ in "ab")
    assert [each.commitment() for each in first] == [each.commitment() for each in again]
    other = make_slices(small(split_seed=1, **EACH_ROUND), JUDGED, None)
    assert rows(*other) != rows(*first)
    secret = make_slices(small(**EACH_ROUND), JUDGED, bytes(32))
    assert rows(*secret) == rows(*first)
    assert len({each.salt for each in [*first, *secret]}) == 6


def test_everything_is_disclosed_as_soon_as_it_is_over() -> None:
    one = commit(make_slices(small(), JUDGED, None))
    assert (one.disclosed, one.depth, one.accuracy, one.counts_are_told) == (True, 0, False, False)
    several = commit(make_slices(small(**EACH_ROUND), JUDGED, None))
    assert [each.samples for each in several.slices] == [89, 89, 89]
    assert (several.disclosed, several.accuracy, several.counts_are_told) == (True, True, True)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"verification": 360}, "360 samples are more than the jury's 359"),
        (
            {"verification": 90, **EACH_ROUND},
            "3 slices of 90 samples, and as many that are in none, are more than the jury's 359",
        ),
        ({"rounds": 359, **EACH_ROUND}, "359 slices of 1 samples"),
    ],
)
def test_too_few_samples_are_an_error_that_says_so(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        make_slices(small(**settings), JUDGED, None)
