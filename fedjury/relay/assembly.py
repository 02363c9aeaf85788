"""A relay put together from its parts, without the server that hands it its updates."""

from fedjury.chain.rpc.block import BlockTag
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.relay.batch_store import BatchStore
from fedjury.relay.files import HandedFiles
from fedjury.relay.opening import RoundReader
from fedjury.relay.posting import Poster
from fedjury.relay.queue import Queue
from fedjury.relay.relay import Relay
from fedjury.relay.schedule import Schedule
from fedjury.relay.settling import Settler
from fedjury.relay.shelf import Shelf
from fedjury.relay.standing import Standing
from fedjury.relay.window import Window
from fedjury.runtime.events import Listener
from fedjury.task.on_chain import TaskOnChain
from fedjury.task.vitals.purse import Purse


def assemble(
    task: TaskOnChain,
    shelf: Shelf,
    sender: TransactionSender,
    queue: Queue,
    files: HandedFiles,
    window: Window,
    purse: Purse,
    schedule: Schedule,
    listener: Listener,
    confirmations: int | BlockTag = 0,
) -> Relay:
    """A relay whose cycles settle, show what is open, post and store files.

    Args:
        task: whose relay it is.
        shelf: where batches and files go.
        sender: sends its transactions; nothing else uses that account.
        queue: what was taken in.
        files: that clients handed in.
        window: is shown what is open.
        purse: of the same account.
        schedule: when updates become a batch.
        listener: is told what happens.
        confirmations: blocks on top of what counts as settled, or a block tag.
    """
    standing = Standing(task, sender.address, shelf, queue)
    batch_files = BatchStore(task, shelf, queue.batches, window, listener)
    settler = Settler(task, sender.address, queue.batches, window, listener)
    poster = Poster(
        task,
        shelf,
        sender,
        queue,
        window,
        batch_files,
        settler,
        standing,
        schedule,
        purse,
        listener,
    )
    return Relay(
        task,
        sender.address,
        shelf,
        queue,
        files,
        window,
        RoundReader(task, shelf.store, schedule.margin),
        settler,
        poster,
        standing,
        batch_files,
        purse,
        listener,
        confirmations,
    )
