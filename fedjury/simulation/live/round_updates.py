"""The updates of a live federation's round, those in batches included."""

from fedjury.protocol.batch_file import batch_bytes
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.store import time_for
from fedjury.task.batches import RoundUpdates, expand
from fedjury.task.history import RoundHistory
from fedjury.task.opened import OpenedTask
from fedjury.task.rosters import fetch_roster

_FETCH_SECONDS = 30.0


def read_updates(task: OpenedTask, history: RoundHistory) -> RoundUpdates:
    """A round's updates, as jurors see them.

    Args:
        task: opened.
        history: the round as its events tell it.

    Raises:
        StoreUnavailable, ContentError: the roster or a batch is not to be had.
    """
    domain = UpdateDomain(
        task.chain.chain_id, task.contract.address, history.number, history.opened.model_digest
    )
    files = {}
    for batch in history.batches:
        size = batch_bytes(batch.count)
        files[batch.digest] = task.store.fetch(batch.digest, size, time_for(size, _FETCH_SECONDS))
    roster = fetch_roster(task.store, history.roster)
    return expand(history.submissions, files, roster.__contains__, domain)
