"""What a client counts, and what it must not."""

import pytest

from fedjury.clients.events import (
    FileLost,
    RoundVoided,
    Trained,
    TrainingFailed,
    UpdatePublished,
    UpdateSubmitted,
    VerdictReceived,
)
from fedjury.clients.figures import ClientFigures
from fedjury.clients.relay_events import FoundInBatch, HandedToRelay
from fedjury.runtime.events import Event
from tests.support.figures import figures_of


@pytest.mark.parametrize(
    ("event", "name"),
    [
        (Trained(round=1, seconds=2.5), "updates_trained"),
        (TrainingFailed(round=1, reason="it raises"), "training_failures"),
        (UpdateSubmitted(round=1, cid="Qm", gas=1, transaction="0x"), "updates_submitted"),
        (UpdatePublished(round=1, cid="Qm", bytes=9), "updates_published"),
        (FileLost(round=1), "files_lost"),
        (HandedToRelay(round=1, cid="Qm", relay="http://a", relayer="0x"), "updates_handed"),
        (FoundInBatch(round=1, cid="Qm", relayer="0x", index=0), "updates_batched"),
        (RoundVoided(round=1), "rounds_voided"),
    ],
)
def test_what_a_client_does_is_counted(event: Event, name: str) -> None:
    figures = ClientFigures()
    assert figures_of(figures)[f"fedjury_client_{name}_total"] == 0
    figures.event(event)
    assert figures_of(figures)[f"fedjury_client_{name}_total"] == 1


def test_training_is_timed() -> None:
    figures = ClientFigures()
    figures.event(Trained(round=1, seconds=2.5))
    assert figures_of(figures)["fedjury_client_training_seconds_sum"] == 2.5


def test_verdicts_are_counted_by_code_and_their_counts_are_not_shown() -> None:
    figures = ClientFigures()
    figures.event(VerdictReceived(round=1, code="accepted", correct=987_601, baseline=987_602))
    figures.event(VerdictReceived(round=2, code="not-improved", reason="987603 right with it"))
    found, text = figures_of(figures), figures.text().decode()
    assert found['fedjury_client_verdicts_total{code="accepted"}'] == 1
    assert found['fedjury_client_verdicts_total{code="not-improved"}'] == 1
    assert not [secret for secret in ("98760", "9.8760") if secret in text]


def test_what_a_trainer_says_is_not_shown() -> None:
    figures = ClientFigures()
    figures.event(Trained(round=1, seconds=1.0, metadata={"loss": "0.4711"}))
    assert b"4711" not in figures.text()
    assert b"loss" not in figures.text()
