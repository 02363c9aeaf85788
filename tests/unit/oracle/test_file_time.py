"""How long the files of a round may take."""

from fedjury.chain.contracts.types import RoundState
from fedjury.oracle.file_time import FAIR_SECONDS, TimeForFiles
from fedjury.protocol.digest import Digest

CLOSED = 1000
LIMIT = 60.0


def _state(number: int) -> RoundState:
    return RoundState(number, 1, CLOSED, 1, 1, b"\1" * 32, Digest(b"\2" * 32))


def test_the_limit_counts_from_the_closing_and_the_late_still_try() -> None:
    time = TimeForFiles(LIMIT)
    left = [time.left(_state(1), CLOSED + late) for late in (-5, 0, 45, 50, 59, 9999)]
    assert left == [LIMIT, LIMIT, 15, FAIR_SECONDS, FAIR_SECONDS, FAIR_SECONDS]


def test_a_limit_shorter_than_a_fair_try_is_kept() -> None:
    assert TimeForFiles(4.0).left(_state(1), CLOSED + 9999) == 4.0


def test_after_the_store_failed_a_round_has_the_whole_limit_and_the_next_one_does_not() -> None:
    time = TimeForFiles(LIMIT)
    time.store_failed(3)
    assert time.left(_state(3), CLOSED + 9999) == LIMIT
    assert time.left(_state(4), CLOSED + 45) == 15
