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
from experiments.chaos.scenarios.moments import metrics_of, some_jurors, told_of_peers

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
_MORE_ROUNDS = 8  # and none with QUICK, which has no time for them
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
        counted = metrics_of(federation, index, wanted)
        rounds = _QUICK_ROUNDS if federation.quick else _ROUNDS
        is_sure = not (federation.quick and name in (*_LEADING, *_ASKED))

        def is_told() -> bool:
            return not is_sure or (
                told_of_peers(federation, index, wanted) > before
                and metrics_of(federation, index, wanted) > counted
            )

        with wrong_inside(daemon, LIE, name):
            if name in _ASKED:
                rounds, files = _to_one(federation, daemon, rounds, is_told, random.Random(seed))
                figures.count("files in one juror's store alone", files)
            else:
                federation.wait_for_round(federation.next_round() + rounds)
            patience = federation.settings.patience_seconds
            nobody = f"nobody tells of {daemon.name} in log and metrics: {name}"
            federation.wait(is_told, patience, nobody)
        figures.count("rounds with a liar", rounds)
        more = metrics_of(federation, index, wanted) - counted
        figures.count("counts of it in their metrics", more)
        told = told_of_peers(federation, index, wanted) - before
        figures.count("times that the others told of it", told)
        return figures

    return play


def _to_one(
    federation: Federation,
    liar: Daemon,
    rounds: int,
    is_told: Callable[[], bool],
    draw: random.Random,
) -> tuple[int, int]:
    """Play rounds in which some files are in one store alone, and a few more while nobody tells:
    who of the others asks whom first is chance. How many rounds and files they were."""
    honest = [juror for juror in federation.jurors if juror is not liar]
    alone = [
        client
        for index, client in enumerate(federation.clients)
        if not federation.settings.is_relayed(index)
    ]
    played = files = 0
    while played < rounds or (played < rounds + _MORE_ROUNDS and not is_told()):
        is_owner_honest = played % 2 == 1 and played < rounds
        owner = draw.choice(honest) if is_owner_honest else liar
        files += play_to_one(federation, owner, alone)
        played += 1
    return played, files


SCENARIOS = tuple(
    Scenario(
        f"liar-{name}",
        f"one juror of four lies: {(lie.__doc__ or '').strip()}",
        Kind.BYZANTINE,
        15,
        lying(name),
        least_jurors=4,
    )
    for name, lie in LIES.items()
)
