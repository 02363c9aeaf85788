"""Whether the chain knows what evidence is about: the round, its jury, and what was signed on.

A signature says who signed, and for which task, but not that the signer sat in a jury.
"""

from dataclasses import asdict, dataclass

from fedjury.chain.rpc.block import BlockStamp
from fedjury.errors import ConfigError
from fedjury.oracle.exchange.evidence import Contradiction
from fedjury.protocol.statements.signed import TaskDomain
from fedjury.protocol.updates_hash import updates_hash
from fedjury.task.juries import find_announced
from fedjury.task.on_chain import TaskOnChain

NOT_BEGUN = "not begun"


@dataclass(frozen=True)
class OnChain:
    """What the chain has of the round of a contradiction.

    Attributes:
        number: of the round.
        state: of the round: ``open`` until its end, ``finalized``, ``voided`` or ``not begun``.
        sat: whether who signed is in the jury that the round opened with.
        same_updates: whether the round's updates hash is the one that was signed on. Where it is,
            the round's jury is the same too, which the hash binds.
    """

    number: int
    state: str
    sat: bool
    same_updates: bool

    @property
    def fault(self) -> str | None:
        """Why a contradiction holds against no juror; None where it does."""
        if self.state == NOT_BEGUN:
            return f"round {self.number} has not begun on the chain"
        if not self.sat:
            return f"who signed does not sit in the jury that the chain has for round {self.number}"
        return None

    @property
    def remark(self) -> str | None:
        """What is worth knowing of one that holds; None for nothing."""
        if self.same_updates:
            return None
        return (
            f"the chain has other updates in round {self.number} than were signed on, as after a "
            "reorganization"
        )

    def to_document(self) -> dict[str, object]:
        """The values as JSON has them."""
        return {key: value for key, value in asdict(self).items() if key != "number"}


class RoundsOnChain:
    """A task's rounds as the chain has them at one block.

    Args:
        task: that the evidence has to be of.
        domain: of the task that the evidence says it is of.
        at: the block.

    Attributes:
        block: the block's number.

    Raises:
        ConfigError: these are different tasks.
        LogsMissing, ChainUnavailable: no usable answer.
    """

    def __init__(self, task: TaskOnChain, domain: TaskDomain, at: BlockStamp) -> None:
        chain_id, address = task.chain.chain_id, task.contract.address
        if (chain_id, address.lower()) != (domain.chain_id, domain.task.lower()):
            raise ConfigError(
                f"the evidence is of task {domain.task} on chain {domain.chain_id}, and what was "
                f"named to look at is task {address} on chain {chain_id}"
            )
        self._task, self.block = task, at.number
        self._rounds = task.read_history(at).rounds
        self._hashes: dict[int, bytes] = {}
        self._juries: dict[bytes, frozenset[str]] = {}

    def look_up(self, contradiction: Contradiction) -> OnChain:
        """What the chain has of the round that a contradiction is about.

        Raises:
            LogsMissing, ChainUnavailable: no usable answer.
        """
        said = contradiction.one
        number, signed_on = said.statement.key
        history = self._rounds.get(number)
        if history is None:
            return OnChain(number, NOT_BEGUN, sat=False, same_updates=False)
        if number not in self._hashes:
            self._hashes[number] = updates_hash(history.opening, history.submissions)
        return OnChain(
            number,
            history.state,
            sat=said.signer in self._members(history.jury.jury),
            same_updates=signed_on == self._hashes[number],
        )

    def _members(self, jury: bytes) -> frozenset[str]:
        """A jury's addresses, in lower case."""
        if jury not in self._juries:
            announced = find_announced(self._task, jury, self.block)
            self._juries[jury] = frozenset(each.lower() for each in announced.jurors)
        return self._juries[jury]
