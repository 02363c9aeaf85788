"""Who fits into the batches of a round, and who can do without."""

from fedjury.chain.contracts.limits import ENTRIES_LIMIT


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
