"""What of a deployment follows from other choices."""

import pytest

from fedjury.deploy.terms import (
    choose_batch_seconds,
    choose_grace,
    choose_max_updates,
    choose_rounds,
    choose_verification,
    default_min_updates,
    public_terms,
)
from fedjury.errors import ConfigError
from fedjury.protocol.task_spec import SliceSpec
from tests.support.fake_federation import verification

SLICES = [SliceSpec(samples=6, commitment="0x" + digit * 64) for digit in "abc"]


@pytest.mark.parametrize(
    ("slices", "disclosed", "told"),
    [(1, False, False), (1, True, False), (3, False, False), (3, True, True)],
)
def test_accuracy_is_told_where_each_round_has_a_slice_that_is_disclosed(
    slices: int, disclosed: bool, told: bool
) -> None:
    chosen = choose_verification(SLICES[:slices], disclosed=disclosed, depth=7)
    assert chosen.accuracy is told
    assert (chosen.slices, chosen.disclosed, chosen.depth) == (SLICES[:slices], disclosed, 7)
    for said in (True, False):
        again = choose_verification(SLICES[:slices], disclosed=disclosed, accuracy=said)
        assert again.accuracy is said


def test_one_secret_set_for_all_rounds_is_the_papers() -> None:
    chosen, terms = verification(), public_terms(verification())
    assert terms.slices == [SliceSpec(samples=6, commitment=chosen.commitment())]
    assert (terms.disclosed, terms.accuracy, terms.each_round) == (False, False, False)


def test_there_are_as_many_rounds_as_slices_or_as_asked_for() -> None:
    one, three = choose_verification(SLICES[:1]), choose_verification(SLICES)
    assert [choose_rounds(one, rounds) for rounds in (None, 0, 4)] == [10, 0, 4]
    assert [choose_rounds(three, rounds) for rounds in (None, 3)] == [3, 3]


@pytest.mark.parametrize("rounds", [0, 2, 4])
def test_other_rounds_than_slices_are_refused(rounds: int) -> None:
    with pytest.raises(ConfigError, match=f"3 slices are for 3 rounds, one each: .*{rounds} out"):
        choose_rounds(choose_verification(SLICES), rounds)


def test_a_single_slice_is_not_disclosed_after_a_round_that_never_comes() -> None:
    disclosed = choose_verification(SLICES[:1], disclosed=True)
    assert choose_rounds(disclosed, 5) == 5
    with pytest.raises(ConfigError, match="--rounds 0 never has"):
        choose_rounds(disclosed, 0)


def test_the_grace_is_four_times_the_time_for_files_unless_it_is_said() -> None:
    assert choose_grace(60, None) == 240
    assert choose_grace(60, 500) == 500


@pytest.mark.parametrize(
    ("given", "relayers", "seconds"), [(None, 0, 0), (None, 1, 400), (0, 2, 0), (77, 0, 77)]
)
def test_batches_have_two_thirds_of_the_round_where_there_is_a_relayer_unless_it_is_said(
    given: int | None, relayers: int, seconds: int
) -> None:
    assert choose_batch_seconds(600, given, relayers) == seconds


@pytest.mark.parametrize("length", [1, 2, 7, 3600])
def test_the_time_for_batches_that_is_chosen_is_less_than_the_round(length: int) -> None:
    assert choose_batch_seconds(length, None, 1) < length


@pytest.mark.parametrize(
    ("clients", "alone"),
    [
        (0, 60_000),
        (10, 60_000),
        (60_000, 60_000),
        (60_001, 59_999),
        (99_999, 20_001),
        (100_000, 20_000),
        (1_000_000, 20_000),
    ],
)
def test_batches_leave_room_to_clients_that_submit_themselves_and_take_whole_rosters(
    clients: int, alone: int
) -> None:
    assert choose_max_updates(clients, 400, None) == alone
    assert choose_max_updates(clients, 0, None) == 100_000
    assert choose_max_updates(clients, 400, 7) == choose_max_updates(clients, 0, 7) == 7


def test_a_round_can_close_by_lone_updates_alone_unless_it_is_said() -> None:
    assert default_min_updates(100_000, 20_000) == 20_000
    assert default_min_updates(30_000, 20_000) == 15_000


@pytest.mark.parametrize(
    ("clients", "least"), [(0, 1), (1, 1), (2, 1), (3, 1), (10, 5), (1_000_000, 50_000)]
)
def test_a_round_needs_half_the_rosters_updates_unless_it_is_said(clients: int, least: int) -> None:
    assert default_min_updates(clients) == least
