"""Failures that only the chain layer can tell apart; callers may treat them by their base."""

from fedjury.errors import ChainUnavailable, ExitCode, FatalError, PassingError


class NodeError(ChainUnavailable):
    """The node answered, but with a JSON-RPC error that is not a revert.

    Attributes:
        code: the JSON-RPC error code.
        text: the node's own words.
    """

    def __init__(self, method: str, code: int, text: str) -> None:
        super().__init__(f"the node refuses {method or 'a request'}: {text} (code {code})")
        self.code = code
        self.text = text


class OddAnswer(ChainUnavailable):
    """A contract's function returns what that function cannot return: a stale node, or no such
    contract."""


class FeeTooHigh(PassingError):
    """The chain asks for more than the fee cap: wait, or raise the cap."""

    exit_code = ExitCode.TRANSACTION


class NonceTaken(PassingError):
    """Another transaction of the same account was mined at our nonce: read the state again."""

    exit_code = ExitCode.TRANSACTION


class NotMined(ChainUnavailable):
    """The transaction was sent but not mined in the time allowed; it may be yet."""


class InsufficientFunds(FatalError):
    """The account cannot pay for the gas."""

    exit_code = ExitCode.TRANSACTION
