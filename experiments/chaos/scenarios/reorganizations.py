"""Reorganizations of 1 to 12 blocks across submission, batch and finalization."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from experiments.chaos.federation import Federation
from experiments.chaos.federation import federation as started
from experiments.chaos.figures import Figures
from experiments.chaos.scenario import Kind, Scenario
from experiments.chaos.verdict import Judge
from fedjury.chain.contracts.events import (
    BatchSubmitted,
    ChainEvent,
    RoundFinalized,
    UpdateSubmitted,
)

DEEPEST = 12
_QUICK_TIMES, _SLICES = 1, 4

_EVENTS: Mapping[str, type[ChainEvent]] = {
    "submission": UpdateSubmitted,
    "batch": BatchSubmitted,
    "finalization": RoundFinalized,
}


def reorganize(federation: Federation, seed: int) -> Figures:
    """Undo blocks, with some of their transactions, just after events of each kind."""
    figures, draw = Figures(), random.Random(seed)
    depths = list(range(1, DEEPEST + 1))
    draw.shuffle(depths)
    for place, depth in enumerate(depths[:_QUICK_TIMES] if federation.quick else depths):
        kind = list(_EVENTS)[(place + depth) % len(_EVENTS)]
        number = federation.next_round()
        federation.wait(
            _seen(federation, _EVENTS[kind], number),
            federation.settings.patience_seconds,
            f"no {kind} from round {number} on",
        )
        undone = undo(federation, depth, draw)
        figures.count("reorganizations")
        figures.count(f"after a {kind}")
        figures.count("blocks undone", depth)
        figures.count("transactions undone", undone)
    federation.next_round()
    return figures


def reorganize_disclosures(federation: Federation, seed: int) -> Figures:
    """The same after disclosures, by another federation whose slices serve a round each."""
    figures, draw = Figures(), random.Random(seed)
    settings = replace(federation.settings, slices=2 if federation.quick else _SLICES)
    with started(federation.room.directory / "disclosing", settings) as other:
        for number in range(1, settings.slices + 1):
            _wait_for_disclosures(other, number)
            depth = draw.randint(1, DEEPEST)
            figures.count("transactions undone", undo(other, depth, draw))
            figures.count("blocks undone", depth)
            figures.count("after a disclosure")
        _wait_for_disclosures(other, settings.slices)
        judge = Judge(other)
        figures.take(judge.check(settings.slices))
        figures.take(judge.audits())
    return figures


def _wait_for_disclosures(federation: Federation, number: int) -> None:
    """Until the slices of so many rounds are disclosed.

    Who has ended with the task, and whose disclosure was undone, has to be started again.
    """

    def are_disclosed() -> bool:
        federation.start_all()
        return set(range(1, number + 1)) <= federation.history().disclosed.keys()

    federation.wait(
        are_disclosed,
        number * federation.settings.patience_seconds,
        f"slice {number} is not disclosed",
    )


def _seen(federation: Federation, kind: type[ChainEvent], number: int) -> Callable[[], bool]:
    """Whether there is such an event in this round, or in a later one where it had none."""
    task = federation.task

    def is_seen() -> bool:
        events = task.read_events(task.chain.block().number, [kind])
        return any(getattr(each, "round", 0) >= number for each in events)

    return is_seen


def undo(federation: Federation, depth: int, draw: random.Random) -> int:
    """Replace so many blocks, with all, some or none of their transactions; how many are undone."""
    chain = federation.task.chain
    height = chain.block().number
    depth = min(depth, height - federation.task.from_block - 1)  # never the task itself
    mined: list[list[object]] = []
    for offset in range(depth):
        number = hex(height - depth + 1 + offset)
        block = chain.request("eth_getBlockByNumber", number, False)
        mined += [
            [chain.request("eth_getRawTransactionByHash", each), offset]
            for each in block["transactions"]
        ]
    kept = mined[: draw.choice([0, 0, len(mined) // 2, len(mined)])]
    chain.request("anvil_reorg", depth, kept)
    # the new blocks have the time of the last one that stays, and rounds that they open an earlier
    # deadline than before; later blocks would go on from there
    chain.request("evm_setTime", int(time.time()))
    return len(mined) - len(kept)


SCENARIOS = (
    Scenario(
        "reorganized-disclosures",
        "1 to 12 blocks are undone just after a slice is disclosed, in a task of several slices",
        Kind.CHAIN,
        70,
        reorganize_disclosures,
        needs_rounds=False,
    ),
    Scenario(
        "reorganizations",
        "1 to 12 blocks are undone just after a submission, a batch or a report",
        Kind.CHAIN,
        15,
        reorganize,
    ),
)
