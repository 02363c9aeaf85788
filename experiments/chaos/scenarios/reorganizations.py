"""Reorganizations of 1 to 12 blocks across submission, batch and finalization."""

import random
from collections.abc import Callable, Mapping

from experiments.chaos.federation import Federation
from experiments.chaos.figures import Figures
from experiments.chaos.scenario import Kind, Scenario
from fedjury.chain.contracts.events import (
    BatchSubmitted,
    ChainEvent,
    RoundFinalized,
    UpdateSubmitted,
)

DEEPEST = 12
_QUICK_TIMES = 3

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
        kind = list(_EVENTS)[place % len(_EVENTS)]
        number = federation.next_round()
        federation.wait(
            _seen(federation, _EVENTS[kind], number),
            federation.settings.patience_seconds,
            f"round {number} has no {kind}",
        )
        undone = undo(federation, depth, draw)
        figures.count("reorganizations")
        figures.count(f"after a {kind}")
        figures.count("blocks undone", depth)
        figures.count("transactions undone", undone)
    federation.next_round()
    return figures


def _seen(federation: Federation, kind: type[ChainEvent], number: int) -> Callable[[], bool]:
    task = federation.task
    return lambda: bool(task.read_events(task.chain.block().number, [kind], round=number))


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
    return len(mined) - len(kept)


SCENARIOS = (
    Scenario(
        "reorganizations",
        "1 to 12 blocks are undone just after a submission, a batch or a report",
        Kind.CHAIN,
        60,
        reorganize,
    ),
)
