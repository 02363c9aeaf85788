"""Sentences on who finds room in a round, and on batches that nobody may submit."""

from fedjury.deploy.refusals import ENTRIES_LIMIT, UPDATES_LIMIT
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


def on_batches(clients: int, alone: int) -> list[str]:
    """Of a task with batches: who fits into them, and who can do without."""
    room = ENTRIES_LIMIT - min(alone, clients)
    if clients > ENTRIES_LIMIT:
        return [
            f"the roster has {clients:,} clients and a round takes {ENTRIES_LIMIT:,} updates, "
            f"{room:,} in batches and {alone:,} that clients submit themselves, for good: in each "
            "round those who are late are shut out"
        ]
    notes = []
    if clients > room:
        notes.append(
            f"the roster has {clients:,} clients and the batches of a round hold {room:,}, for "
            "good: the others have to submit themselves; fewer --max-updates leave more room"
        )
    if clients > alone:
        notes.append(
            f"where relayers fail, {alone:,} of the roster's {clients:,} clients can still submit "
            "themselves in a round, for good: those who are later are shut out of it"
        )
    return notes
