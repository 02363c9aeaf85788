"""Spoiled files and statements, by the hundred thousand, and what each of them comes to."""

from collections.abc import Callable

from experiments.chaos.federation import Federation
from experiments.chaos.figures import Figures
from experiments.chaos.mutated.batch_files import expand_spoiled_batches
from experiments.chaos.mutated.events import decode_malformed
from experiments.chaos.mutated.records import read_malformed
from experiments.chaos.mutated.statements import follow_lies
from experiments.chaos.mutated.update_files import judge_spoiled_files
from experiments.chaos.scenario import Kind, Scenario

_QUICK_SHARE = 25

Trial = Callable[[int, int], Figures]


def _many(trial: Trial, count: int) -> Callable[[Federation, int], Figures]:
    def play(federation: Federation, seed: int) -> Figures:
        return trial(seed, count // _QUICK_SHARE if federation.quick else count)

    return play


SCENARIOS = (
    Scenario(
        "spoiled-updates",
        "100,000 update files with a flaw in any part of them; each gets the code that it should",
        Kind.CONTENT,
        10,
        _many(judge_spoiled_files, 100_000),
        needs_rounds=False,
    ),
    Scenario(
        "spoiled-batches",
        "20,000 spoiled batch files; each update in them gets the code that it should",
        Kind.CONTENT,
        2,
        _many(expand_spoiled_batches, 20_000),
        needs_rounds=False,
    ),
    Scenario(
        "spoiled-statements",
        "10,000 feeds with a statement that is malformed, false, of no use or right; only what "
        "is right is kept",
        Kind.CONTENT,
        5,
        _many(follow_lies, 10_000),
        needs_rounds=False,
    ),
    Scenario(
        "malformed-events",
        "10,000 malformed answers to eth_getLogs; none is taken for what it is not",
        Kind.CONTENT,
        3,
        _many(decode_malformed, 10_000),
        needs_rounds=False,
    ),
    Scenario(
        "malformed-records",
        "10,000 malformed round records; each that is none is refused",
        Kind.CONTENT,
        2,
        _many(read_malformed, 10_000),
        needs_rounds=False,
    ),
)
