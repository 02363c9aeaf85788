"""What is said of a transaction that was mined."""

from fedjury.chain.rpc.receipts import Receipt

Document = dict[str, object]


def mined(call: str, receipt: Receipt) -> Document:
    """A transaction for machines.

    Args:
        call: name of the contract's function.
        receipt: of the transaction.
    """
    return {
        "call": call,
        "block": receipt.block_number,
        "gas": receipt.gas_used,
        "transaction": "0x" + receipt.transaction_hash.hex(),
    }


def block_of(receipt: Receipt) -> str:
    """A transaction for people: in which block it is, and what it used of gas."""
    return f"(block {receipt.block_number}, {receipt.gas_used} gas)"
