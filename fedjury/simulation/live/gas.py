"""The gas that a live federation used."""

from collections.abc import Iterable

from fedjury.chain.contracts.events import ChainEvent
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
    history = federation.task.read_history(end)
    created, rounds = federation.deployed.created.receipt, history.rounds.values()
    updates = sum(each.size for each in rounds)
    kinds: dict[str, Iterable[ChainEvent]] = {
        "submit_updates": [update for each in rounds for update in each.alone],
        "submit_batches": [batch for each in rounds for batch in each.batches],
        "finalize_rounds": [each.finalized for each in rounds if each.finalized],
        "set_rosters": [
            each
            for each in history.rosters.values()
            if each.transaction_hash != created.transaction_hash
        ],
        "disclose_slices": [each for told in history.disclosed.values() for each in told],
    }
    chain = federation.task.chain
    gas = {"create_task": created.gas_used} | {
        kind: sum(_gas_used(chain, each.transaction_hash) for each in events)
        for kind, events in kinds.items()
    }
    total = sum(gas.values())
    return {**gas, "total": total, "per_update": round(total / max(1, updates))}


def _gas_used(chain: Chain, transaction_hash: bytes) -> int:
    receipt = find_receipt(chain, transaction_hash)
    if receipt is None:
        raise ChainUnavailable(f"{chain.endpoint} has no receipt of 0x{transaction_hash.hex()}")
    return receipt.gas_used
