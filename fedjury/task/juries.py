"""Who sits in a jury, as the chain's events say it."""

from fedjury.chain.contracts.events import JuryAnnounced
from fedjury.chain.contracts.types import JuryState
from fedjury.chain.rpc.logs import Care
from fedjury.errors import LogsMissing
from fedjury.protocol.juries import jury_hash
from fedjury.task.completeness import read_closely
from fedjury.task.on_chain import TaskOnChain


def find_jury(task: TaskOnChain, state: JuryState, to_block: int) -> JuryAnnounced:
    """The event that announced the sitting jury.

    Args:
        task: whose jury it is.
        state: the jury, as the contract knows it.
        to_block: last block to look at.

    Raises:
        LogsMissing: the node does not tell of it.
        ChainUnavailable: no usable answer.
    """
    return find_announced(task, state.hash, to_block)


def sitting_jury(task: TaskOnChain) -> JuryAnnounced:
    """The event that announced the jury which judges the round that is on.

    Args:
        task: whose jury it is.

    Raises:
        LogsMissing: the node does not tell of it.
        ChainUnavailable: no usable answer.
    """
    stamp = task.chain.block()
    return find_jury(task, task.contract.jury(at=stamp), stamp.number)


def find_announced(task: TaskOnChain, wanted: bytes, to_block: int) -> JuryAnnounced:
    """The latest event that announced a jury, held against the hash that the contract keeps.

    Args:
        task: whose jury it is.
        wanted: its hash, 32 bytes.
        to_block: last block to look at.

    Raises:
        LogsMissing: the node does not tell of it.
        ChainUnavailable: no usable answer.
    """

    def read(care: Care) -> JuryAnnounced:
        for event in reversed(task.read_events(to_block, [JuryAnnounced], care=care)):
            if not isinstance(event, JuryAnnounced) or event.jury != wanted:
                continue
            if jury_hash(event.jurors, event.quorum) == wanted:
                return event
        raise LogsMissing(f"the node does not tell who sits in jury 0x{wanted.hex()}")

    return read_closely(task.chain, read, lambda event, care: None)
