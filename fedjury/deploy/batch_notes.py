"""Sentences on who finds room in a round, and on batches that nobody may submit."""

from fedjury.chain.contracts.limits import UPDATES_LIMIT
from fedjury.deploy.room_notes import on_batches
from fedjury.task.creation import Members, RoundLimits


def notes_on_room(limits: RoundLimits, members: Members) -> list[str]:
    """What a roster that is larger than a round, or batches without a relayer, come to."""
    clients, alone = members.roster.size, limits.max_updates
    if not limits.batch_seconds:
        return _on_lone_updates(clients, alone)
    notes = [*on_batches(clients, alone)]
    if not members.relayers:
        notes.append(
            f"a round takes batches for {limits.batch_seconds} s, but there is no --relayer: none "
            "is submitted until the coordinator names one, by `fedjury coordinator add-relayer`"
        )
    return notes


def _on_lone_updates(clients: int, alone: int) -> list[str]:
    """Of a task without batches."""
    if clients <= alone:
        return []
    more = f"; --max-updates takes up to {UPDATES_LIMIT:,}" if alone < UPDATES_LIMIT else ""
    return [
        f"the roster has {clients:,} clients and a round takes {alone:,} updates, for good: in "
        f"each round those who are late are shut out{more}"
    ]
