"""Who sits in a jury, as the chain's events say it."""

from fedjury.chain.contracts.events import JuryAnnounced
from fedjury.chain.contracts.types import JuryState
from fedjury.chain.rpc.logs import Care
from fedjury.errors import LogsMissing
from fedjury.protocol.juries import jury_hash
from fedjury.task.completeness import read_closely
from fedjury.task.on_chain import TaskOnChain


def find_jury(task: TaskOnChain, state: JuryState, to_block: int) -> JuryAnnounced:
    """The event that announced a jury, held against the hash that the contract keeps.

    Args:
        task: whose jury it is.
        state: the jury, as the contract knows it.
        to_block: last block to look at.

    Raises:
        LogsMissing: the node does not tell of it.
        ChainUnavailable: no usable answer.
    """

    def read(care: Care) -> list[JuryAnnounced]:
        events = task.read_events(to_block, [JuryAnnounced], care=care)
        return [each for each in events if isinstance(each, JuryAnnounced)]

    def accept(found: list[JuryAnnounced], _: Care) -> None:
        if not any(_is(each, state) for each in found):
            raise LogsMissing(f"the node does not tell who sits in jury {state.version}")

    return next(each for each in read_closely(read, accept) if _is(each, state))


def _is(event: JuryAnnounced, state: JuryState) -> bool:
    is_same = (event.version, event.jury) == (state.version, state.hash)
    return is_same and jury_hash(event.jurors, event.quorum) == state.hash
