"""A relay put together from its parts, without the server that hands it its updates."""

from fedjury.chain.rpc.block import BlockTag
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.relay.files import HandedFiles
from fedjury.relay.opening import RoundReader
from fedjury.relay.posting import Poster
from fedjury.relay.purse import Purse
from fedjury.relay.queue import Queue
from fedjury.relay.relay import Relay
from fedjury.relay.schedule import Schedule
from fedjury.relay.settling import Settler
from fedjury.relay.standing import Standing
from fedjury.relay.window import Window
from fedjury.runtime.events import Listener
from fedjury.store import ContentStore
from fedjury.task.on_chain import TaskOnChain


def assemble(
    task: TaskOnChain,
    store: ContentStore,
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
        store: where batches and files go.
        sender: sends its transactions; nothing else uses that account.
        queue: what was taken in.
        files: that clients handed in.
        window: is shown what is open.
        purse: of the same account.
        schedule: when updates become a batch.
        listener: is told what happens.
        confirmations: blocks on top of what counts as settled, or a block tag.
    """
    standing = Standing(task, sender.address, store, queue)
    settler = Settler(task, sender.address, queue.batches, window, listener)
    poster = Poster(
        task, store, sender, queue, window, settler, standing, schedule, purse, listener
    )
    return Relay(
        task,
        sender.address,
        store,
        queue,
        files,
        window,
        RoundReader(task, store, schedule.margin),
        settler,
        poster,
        standing,
        purse,
        listener,
        confirmations,
    )
