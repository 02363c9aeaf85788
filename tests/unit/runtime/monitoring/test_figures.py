"""What every daemon counts."""

from fedjury.runtime.events import TransientFailure
from fedjury.runtime.monitoring.figures import Figures
from tests.support.figures import figures_of


def failure(error: str) -> TransientFailure:
    """A failure of this class."""
    return TransientFailure(reason="gone", error=error, retry_seconds=1.0)


def test_transient_failures_are_counted_by_kind() -> None:
    figures = Figures("juror")
    for error in ("ChainUnavailable", "StoreUnavailable", "ChainUnavailable"):
        figures.event(failure(error))
    found = figures_of(figures)
    assert found['fedjury_juror_failures_total{error="ChainUnavailable"}'] == 2
    assert found['fedjury_juror_failures_total{error="StoreUnavailable"}'] == 1


def test_two_daemons_in_one_process_count_apart() -> None:
    one, other = Figures("client"), Figures("client")
    one.event(failure("NotMined"))
    assert 'fedjury_client_failures_total{error="NotMined"}' not in figures_of(other)


def test_what_is_not_known_is_not_shown_as_nothing() -> None:
    figures, known = Figures("client"), [None, 7.0]
    figures.ask("round", "Number of the round.", lambda: known[0])
    assert b"fedjury_client_round NaN" in figures.text()
    known[0] = 3.0
    assert figures_of(figures)["fedjury_client_round"] == 3
