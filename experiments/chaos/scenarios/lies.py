"""One juror of four lies, in turn in each way that `byzantine` knows."""

from collections.abc import Callable, Sequence

from experiments.chaos.byzantine import LIES
from experiments.chaos.federation import Federation
from experiments.chaos.figures import Figures
from experiments.chaos.inside import LIE, wrong_inside
from experiments.chaos.scenario import Kind, Scenario
from experiments.chaos.scenarios.moments import some_jurors, told_of_peers

_TOLD: dict[str, Sequence[str]] = {
    "other-verdicts": ("jurors-differ",),
    "two-reports": ("equivocation",),
    "copied-reports": ("wrong-mac",),
    "few-haves": ("peer-misbehaved",),
    "forged-haves": ("peer-misbehaved",),
    "two-proposals": ("equivocation",),
    "garbage": ("peer-misbehaved",),
    "endless-answers": ("peer-misbehaved", "peer-unreachable"),
}
"""Which of these events have to tell of the liar; the other lies only show where files are missing
in the store, or in the record, or in the attempts that they cost."""

_ROUNDS = 5  # so that everybody leads in one, as a rule
_QUICK_ROUNDS = 1
_LEADING = ("few-haves", "forged-haves", "two-proposals")
"""Lies that only show in rounds in which the liar leads."""


def lying(name: str) -> Callable[[Federation, int], Figures]:
    """Have one juror lie for some rounds, which have to end; then it is honest again."""

    def play(federation: Federation, seed: int) -> Figures:
        figures, index = Figures(), some_jurors(federation, seed)[0]
        daemon, wanted = federation.jurors[index], _TOLD.get(name, ())
        before = told_of_peers(federation, index, wanted)
        rounds = _QUICK_ROUNDS if federation.quick else _ROUNDS
        is_sure = bool(wanted) and not (federation.quick and name in _LEADING)
        with wrong_inside(daemon, LIE, name):
            federation.wait_for_round(federation.next_round() + rounds)
            federation.wait(
                lambda: not is_sure or told_of_peers(federation, index, wanted) > before,
                federation.settings.patience_seconds,
                f"nobody tells of {daemon.name}: {name}",
            )
        figures.count("rounds with a liar", rounds)
        if wanted:
            told = told_of_peers(federation, index, wanted) - before
            figures.count("times that the others told of it", told)
        return figures

    return play


SCENARIOS = tuple(
    Scenario(
        f"liar-{name}",
        f"one juror of four lies: {(lie.__doc__ or '').strip()}",
        Kind.BYZANTINE,
        20,
        lying(name),
        least_jurors=4,
    )
    for name, lie in LIES.items()
)
