"""Spoiled batch files, from what stands on chain to a round's updates."""

import random

from eth_utils.address import to_checksum_address

from experiments.chaos.figures import Figures
from experiments.chaos.mutated.limits import Limits
from experiments.chaos.mutated.right_verdict import Expected
from experiments.chaos.mutated.sound_files import CHAIN, ROUND, TASK
from experiments.chaos.mutated.spoiled_batches import (
    PARENT,
    BatchedRound,
    Signers,
    batched_rounds,
    right_updates,
)
from fedjury.protocol.reasons import Reason
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.task.batches import expand

_ROUNDS_A_STEP = 50


def expand_spoiled_batches(seed: int, count: int) -> Figures:
    """Have rounds with spoiled batches expanded into updates, as everybody does.

    Args:
        seed: of all that is drawn.
        count: how many batches.

    Returns:
        Updates by the code that they got before anyone looked at their files.
    """
    chance, figures = random.Random(seed), Figures()
    signers = Signers.make(chance)
    members = {to_checksum_address(client) for client in signers.members}
    domain = UpdateDomain(CHAIN, TASK, ROUND, PARENT)
    figures.values["batches"] = count
    with Limits(figures) as limits:
        for number, found in enumerate(batched_rounds(chance, signers, count)):
            if number % _ROUNDS_A_STEP == 0:
                limits.next()
            updates = expand(found.submissions, found.files, members.__contains__, domain)
            got: list[Expected] = []
            for slot in updates.slots():
                failure = slot.failure
                if failure is None:
                    got.append((None, Reason.NONE, ()))
                else:
                    grounds = failure.grounds
                    got.append((failure.code, grounds.reason, grounds.arguments))
            _compare(figures, found, got, right_updates(found, signers))
    return figures


def _compare(
    figures: Figures, found: BatchedRound, got: list[Expected], right: list[Expected]
) -> None:
    for code, _, _ in got:
        figures.count("updates")
        figures.count("to their files" if code is None else code.label)
    if got != right:
        figures.wrong.append(f"batches {found.spoils}: {got} instead of {right}")
