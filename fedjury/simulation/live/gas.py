"""The gas that a live federation used."""

from fedjury.chain.rpc.block import BlockStamp
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.receipts import find_receipt
from fedjury.errors import ChainUnavailable
from fedjury.simulation.live.federation import Federation


def gas_of(federation: Federation, end: BlockStamp) -> dict[str, int]:
    """Gas of the task's whole life up to a block, from the receipts of its transactions.

    Raises:
        ChainUnavailable: no usable answer, or a receipt is missing.
    """
    chain = federation.task.chain
    rounds = federation.task.read_history(end).rounds.values()
    submissions = [update.transaction_hash for record in rounds for update in record.updates]
    finals = [record.finalized.transaction_hash for record in rounds if record.finalized]
    gas = {
        "create_task": federation.deployed.created.receipt.gas_used,
        "submit_updates": sum(_gas_used(chain, each) for each in submissions),
        "finalize_rounds": sum(_gas_used(chain, each) for each in finals),
    }
    total = sum(gas.values())
    return {**gas, "total": total, "per_update": round(total / max(1, len(submissions)))}


def _gas_used(chain: Chain, transaction_hash: bytes) -> int:
    receipt = find_receipt(chain, transaction_hash)
    if receipt is None:
        raise ChainUnavailable(f"{chain.endpoint} has no receipt of 0x{transaction_hash.hex()}")
    return receipt.gas_used
