"""One juror of four lies, in turn in each way that `byzantine` knows."""

import random
from collections.abc import Callable, Sequence

from experiments.chaos.byzantine import LIES
from experiments.chaos.daemon import Daemon
from experiments.chaos.federation import Federation
from experiments.chaos.figures import Figures
from experiments.chaos.inside import LIE, wrong_inside
from experiments.chaos.scenario import Kind, Scenario
from experiments.chaos.scenarios.clients import play_to_one
from experiments.chaos.scenarios.moments import some_jurors, told_of_peers

TOLD: dict[str, Sequence[str]] = {
    "other-verdicts": ("jurors-differ",),
    "two-reports": ("equivocation",),
    "copied-reports": ("wrong-mac",),
    "unserved-claims": ("file-unserved",),
    "hidden-files": ("files-unclaimed",),
    "files-for-one": ("file-unserved",),
    "few-haves": ("peer-misbehaved",),
    "forged-haves": ("peer-misbehaved",),
    "two-proposals": ("equivocation",),
    "no-proposals": ("leader-silent",),
    "garbage": ("peer-misbehaved",),
    "endless-answers": ("peer-misbehaved", "peer-unreachable"),
}
"""By lie the events of which one has to tell of the liar."""

_ROUNDS = 5  # so that everybody leads in one, as a rule
_QUICK_ROUNDS = 1
_LEADING = ("few-haves", "forged-haves", "two-proposals", "no-proposals")
"""Lies that only show in rounds in which the liar leads."""
_ASKED = ("unserved-claims", "files-for-one")
"""Lies that only show where others need the liar's files: those of clients without a relay are in
its store alone, or, in every other round, in that of one honest juror. Who has a receipt of a relay
is promised to count, so a batch's files stay where all find them."""


def lying(name: str) -> Callable[[Federation, int], Figures]:
    """Have one juror lie for some rounds, which have to end; then it is honest again."""

    def play(federation: Federation, seed: int) -> Figures:
        figures, index = Figures(), some_jurors(federation, seed)[0]
        daemon, wanted = federation.jurors[index], TOLD[name]
        before = told_of_peers(federation, index, wanted)
        rounds = _QUICK_ROUNDS if federation.quick else _ROUNDS
        is_sure = not (federation.quick and name in _LEADING)
        with wrong_inside(daemon, LIE, name):
            if name in _ASKED:
                count = _to_one(federation, daemon, rounds, random.Random(seed))
                figures.count("files in one juror's store alone", count)
            else:
                federation.wait_for_round(federation.next_round() + rounds)
            federation.wait(
                lambda: not is_sure or told_of_peers(federation, index, wanted) > before,
                federation.settings.patience_seconds,
                f"nobody tells of {daemon.name}: {name}",
            )
        figures.count("rounds with a liar", rounds)
        told = told_of_peers(federation, index, wanted) - before
        figures.count("times that the others told of it", told)
        return figures

    return play


def _to_one(federation: Federation, liar: Daemon, rounds: int, draw: random.Random) -> int:
    """Play rounds in which some files are in one store alone; how many files they were."""
    honest = [juror for juror in federation.jurors if juror is not liar]
    owners = [draw.choice(honest) if played % 2 else liar for played in range(rounds)]
    alone = [
        client
        for index, client in enumerate(federation.clients)
        if not federation.settings.is_relayed(index)
    ]
    return sum(play_to_one(federation, owner, alone) for owner in owners)


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
