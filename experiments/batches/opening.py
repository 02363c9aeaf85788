"""Opening the task wholly."""

from experiments.batches.process import Process
from fedjury.store import ContentStore
from fedjury.task.opened import OpenedTask, open_task


def open_whole(process: Process, store: ContentStore) -> OpenedTask:
    """The task with its spec and its model."""
    task = process.on_chain()
    return open_task(process.chain, store, task.contract.address, task.from_block)
