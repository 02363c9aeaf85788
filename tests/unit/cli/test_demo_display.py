"""What a demo shows while it runs."""

import io
import json
import sys
from dataclasses import replace

import pytest

from fedjury.cli.displays.demo import DemoDisplay
from fedjury.cli.output import Output
from fedjury.runtime.events import Event, TransientFailure
from fedjury.simulation.events import (
    AuditStarted,
    FederationStarting,
    LambdaChosen,
    RoundMeasured,
    TurnTaken,
)


def measured(number: int) -> RoundMeasured:
    return RoundMeasured(
        round=number,
        accepted=7,
        updates=10,
        poisoned_accepted=0,
        accuracy=0.819,
        fedavg_accuracy=0.106,
        jurors=1,
        signers=[0],
    )


TOLD: list[Event] = [
    LambdaChosen(rule="selection", lam=0.0),
    FederationStarting(chain="embedded", store="directory it"),
    TurnTaken(round=1, done=0, client=0),
    TurnTaken(round=1, done=1, client=None),
    measured(1),
    TransientFailure(reason="the node is away", error="ChainUnavailable", retry_seconds=2.0),
    measured(2),
    AuditStarted(),
]
LINES = [
    "rule selection, λ = 0, which suits it; --lambda takes another",
    "chain embedded, store directory it",
    measured(1).sentence,
    "the node is away; trying again in 2 s",
    measured(2).sentence,
    "auditing the run from chain and store",
]


class Stream(io.StringIO):
    """A pipe or a terminal.

    Args:
        terminal: which of the two.

    Attributes:
        through: what has left the program, rather than wait in a buffer.
    """

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self._terminal, self.through = terminal, ""

    def isatty(self) -> bool:
        return self._terminal

    def flush(self) -> None:
        self.through = self.getvalue()


def show(stream: Stream, monkeypatch: pytest.MonkeyPatch, *, as_json: bool = False) -> list[str]:
    """Show everything; what was through after each event."""
    monkeypatch.setattr(sys, "stdout", stream)
    after = []
    with DemoDisplay(2, 2, Output(as_json)) as display:
        for event in TOLD:
            display.listen(event)
            after.append(stream.through)
    return after


def test_a_pipe_gets_a_line_a_round_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    stream = Stream(terminal=False)
    after = show(stream, monkeypatch)
    assert stream.getvalue().splitlines() == LINES
    assert [len(through.splitlines()) for through in after] == [1, 2, 2, 2, 3, 4, 5, 6]


def test_a_pipe_gets_no_bars_though_the_environment_wants_colours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    stream = Stream(terminal=False)
    show(stream, monkeypatch)
    assert "━" not in stream.getvalue()
    assert len(stream.getvalue().splitlines()) == len(LINES)


def test_a_terminal_gets_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Stream(terminal=True)
    show(stream, monkeypatch)
    assert "━" in stream.getvalue()
    assert measured(2).sentence in stream.getvalue()


def test_machines_get_a_line_an_event_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Stream(terminal=False)
    after = show(stream, monkeypatch, as_json=True)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["event"] for line in lines] == [event.name for event in TOLD]
    assert [len(through.splitlines()) for through in after] == list(range(1, len(TOLD) + 1))


@pytest.mark.parametrize(
    ("jurors", "signers", "words"),
    [
        (1, [0], ""),
        (4, [0, 2, 3], "; signed by jurors 0, 2 and 3 of 4"),
        (7, [0, 1, 2, 3, 4], "; signed by jurors 0 to 4 of 7"),
    ],
)
def test_who_signed_is_shown_where_several_might_have(
    jurors: int, signers: list[int], words: str
) -> None:
    told = replace(measured(1), jurors=jurors, signers=signers).sentence
    assert told == measured(1).sentence + words
