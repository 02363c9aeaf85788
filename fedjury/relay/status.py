"""What a relay says of itself and of the round it takes updates for."""

from fedjury.chain.abi.refusals import local_time
from fedjury.relay.queue import Queue
from fedjury.relay.window import OpenRound, Window
from fedjury.task.on_chain import TaskOnChain


def status_document(
    task: TaskOnChain, address: str, queue: Queue, window: Window
) -> dict[str, object]:
    """What ``GET /status`` answers."""
    document: dict[str, object] = {"task": task.name, "relayer": address}
    found = window.open
    if found is None:
        return {**document, "open": False, "reason": window.reason}
    waiting, taken = queue.waiting(found.key), queue.taken(found.key)
    return {
        **document,
        **_openness(window, found),
        "round": found.number,
        "parent_model": "0x" + found.parent_model.hex(),
        "takes_until": found.takes_until,
        "batches_until": found.batches_until,
        "room": found.room,
        "taken": taken,
        "queued": waiting,
        "posted": queue.batches.posted_updates(found.key),
    }


def _openness(window: Window, found: OpenRound) -> dict[str, object]:
    if window.now() < found.takes_until:
        return {"open": True}
    until = local_time(found.takes_until)
    reason = f"updates of round {found.number} were taken until {until}: submit alone"
    return {"open": False, "reason": reason}
