"""What a transaction is to do."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ContractCall:
    """A state-changing call, ready for a TransactionSender.

    Attributes:
        name: the function's own name, for logs and errors.
        to: the contract; None creates one.
        data: the call data, or the creation code.
        value: wei to send along.
    """

    name: str
    to: str | None
    data: bytes
    value: int = 0
