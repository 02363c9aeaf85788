"""The jury of a live federation: each juror has its turn, and the jury is over when all are."""

from collections.abc import Callable, Sequence

import pytest

from fedjury.errors import ChainUnavailable
from fedjury.runtime.loop import Step
from fedjury.simulation.live.jury import LiveJury

WAITING, PROGRESS, FINISHED = Step.WAITING, Step.PROGRESS, Step.FINISHED


class Script:
    """Jurors whose steps are written down.

    Attributes:
        turns: who had one, in order.
    """

    def __init__(self, *steps: Sequence[Step | Exception]) -> None:
        self._steps = [list(each) for each in steps]
        self.turns: list[int] = []
        self.jury = LiveJury(
            [self._juror(index) for index in range(len(steps))],
            [f"0x{index}" for index in range(len(steps))],
        )

    def _juror(self, index: int) -> Callable[[], Step]:
        def cycle() -> Step:
            self.turns.append(index)
            step = self._steps[index].pop(0)
            if isinstance(step, Exception):
                raise step
            return step

        return cycle


@pytest.mark.parametrize(
    ("steps", "step"),
    [
        ((WAITING, WAITING), WAITING),
        ((WAITING, PROGRESS), PROGRESS),
        ((PROGRESS, WAITING), PROGRESS),
        ((FINISHED, WAITING), WAITING),
        ((FINISHED, PROGRESS), PROGRESS),
        ((FINISHED, FINISHED), FINISHED),
    ],
)
def test_what_a_jury_came_to_is_what_any_of_its_jurors_did(
    steps: tuple[Step, ...], step: Step
) -> None:
    script = Script(*([each] for each in steps))
    assert script.jury.cycle() is step
    assert script.turns == [0, 1]


def test_a_juror_that_has_finished_has_no_more_turns() -> None:
    script = Script([FINISHED], [PROGRESS, WAITING, FINISHED])
    assert [script.jury.cycle() for _ in range(3)] == [PROGRESS, WAITING, FINISHED]
    assert script.turns == [0, 1, 1, 1]
    assert script.jury.cycle() is FINISHED


def test_after_an_error_everybody_has_a_turn_again() -> None:
    script = Script([PROGRESS, WAITING], [ChainUnavailable("away"), PROGRESS])
    with pytest.raises(ChainUnavailable, match="away"):
        script.jury.cycle()
    assert script.jury.cycle() is PROGRESS
    assert script.turns == [0, 1, 0, 1]
