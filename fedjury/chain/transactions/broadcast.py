"""Handing a signed transaction to the node, and what the node's words about it mean.

There are no codes for this in Ethereum JSON-RPC, only words, which differ from node to node.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from eth_account.signers.local import LocalAccount

from fedjury.chain.rpc.connection import Chain
from fedjury.chain.transactions.fees import Fees
from fedjury.errors import ChainUnavailable, FedjuryError, NodeError


class Outcome(Enum):
    """What became of handing in a transaction."""

    ACCEPTED = auto()
    """The node has it, now or from before."""
    PARTLY = auto()
    """One node has it, while another one says that it is underpriced."""
    UNDERPRICED = auto()
    """The node holds another one at this nonce, or asks for a higher fee."""
    NONCE_USED = auto()
    """A transaction at this nonce is mined: one of ours or another."""
    UNKNOWN = auto()
    """No usable answer: it may have arrived."""


@dataclass(frozen=True)
class Attempt:
    """One signed transaction: its fees, its bytes, its hash."""

    fees: Fees
    raw: bytes
    hash: bytes


_KNOWN = ("already known", "known transaction", "already imported", "alreadyknown", "same hash")
_UNDERPRICED = (
    "underpriced",
    "fee too low",
    "feetoolow",
    "gas price too low",
    "less than block base fee",
    "less than the block's basefeepergas",  # Ganache
    "not replacing existing",
    "replacementnotallowed",
    "below configured minimum",  # Besu
    "minimum needed",  # geth: "gas tip cap 0, minimum needed 1"
    "could not replace",
)
_NONCE_USED = (
    "nonce too low",
    "nonce is too low",
    "oldnonce",
    "correct nonce",  # Ganache: "the tx doesn't have the correct nonce"
    "invalid transaction nonce",  # eth-tester
    "nonce already used",
)


def sign(account: LocalAccount, fields: dict[str, Any], fees: Fees) -> Attempt:
    """Sign a transaction with these fees, in this process."""
    signed = account.sign_transaction({**fields, **fees.fields()})
    return Attempt(fees, bytes(signed.raw_transaction), bytes(signed.hash))


def broadcast(chain: Chain, attempt: Attempt) -> Outcome:
    """Hand a signed transaction to every node that the chain is reached through.

    What one of several says counts in the order of `_TELLING`: where one has it, it is accepted,
    at least in part.

    Raises:
        NodeError: a node refuses it for a reason that waiting or a higher fee does not cure, and
            none has it.
        TransactionReverted: a node mined it at once and the contract refused.
    """
    answers = chain.ask_everywhere("eth_sendRawTransaction", "0x" + attempt.raw.hex())
    found = [_meaning(answer) for answer in answers]
    if Outcome.ACCEPTED in found and Outcome.UNDERPRICED in found:
        return Outcome.PARTLY
    for outcome in _TELLING:
        if outcome in found:
            return outcome
    for refusal in found:
        if isinstance(refusal, FedjuryError):
            raise refusal
    return Outcome.UNKNOWN


def is_known(chain: Chain, attempt: Attempt) -> bool | None:
    """Whether the node has this transaction, pending or mined; None where it cannot tell.

    Raises:
        ChainUnavailable: no usable answer.
    """
    try:
        return chain.request("eth_getTransactionByHash", "0x" + attempt.hash.hex()) is not None
    except NodeError:
        return None  # a node that lacks the method, or has words instead of null


_TELLING = (Outcome.ACCEPTED, Outcome.NONCE_USED, Outcome.UNDERPRICED)


def _meaning(answer: object) -> Outcome | FedjuryError:
    """What a node's answer comes to; a refusal that says nothing else as it is."""
    if isinstance(answer, NodeError):
        return Outcome.UNKNOWN if answer.retry_after is not None else _outcome(answer)
    if isinstance(answer, ChainUnavailable):
        return Outcome.UNKNOWN
    return answer if isinstance(answer, FedjuryError) else Outcome.ACCEPTED


def _outcome(error: NodeError) -> Outcome | NodeError:
    words = error.text.lower()
    for outcome, phrases in (
        (Outcome.ACCEPTED, _KNOWN),
        (Outcome.UNDERPRICED, _UNDERPRICED),
        (Outcome.NONCE_USED, _NONCE_USED),
    ):
        if any(phrase in words for phrase in phrases):
            return outcome
    return error
