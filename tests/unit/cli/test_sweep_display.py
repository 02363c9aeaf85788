"""What an experiment shows while it runs."""

import pytest

from fedjury.cli.displays.experiment import SweepDisplay
from fedjury.cli.output import Output
from fedjury.runtime.events import TransientFailure
from fedjury.simulation.events import TurnTaken
from fedjury.simulation.sweep_events import SweepStarted

TOLD = [
    SweepStarted(scenarios=3, done=1),
    TurnTaken(round=1, done=0, client=0),
    TransientFailure(reason="the node is away", error="ChainUnavailable", retry_seconds=2.0),
]


@pytest.mark.parametrize(
    ("as_json", "said"),
    [
        (False, "1 of 3 scenarios done before\nthe node is away; trying again in 2 s\n"),
        (True, ""),
    ],
)
def test_people_see_what_is_out_of_the_ordinary_and_machines_the_result_alone(
    capsys: pytest.CaptureFixture[str], as_json: bool, said: str
) -> None:
    with SweepDisplay({}, [], Output(as_json)) as display:
        for event in TOLD:
            display.listen(event)
    assert capsys.readouterr().out == said
