"""The process that hands signed updates to a relay, over a few connections that are kept alive."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import aiohttp

from experiments.batches.process import Process
from experiments.batches.settings import CONNECTIONS, RELAYER
from fedjury.errors import FedjuryError
from fedjury.protocol.batch_file import BatchEntry, BatchFile
from fedjury.protocol.digest import Digest
from fedjury.protocol.receipt import Receipt
from fedjury.protocol.update_signing import UpdateDomain

_SECONDS = 60.0  # for one answer
_POLL = 0.05


def hand_all(process: Process, url: str) -> None:
    """Hand the signed updates to the relay, and look at its receipts."""
    watch, task = process.watch, process.on_chain()
    signed = BatchFile.from_bytes(process.room.signed.read_bytes())
    domain = process.domain(task)
    watch.enter("hand over, take receipts")
    receipts = hand_over(url, domain, iter(signed), CONNECTIONS)
    watch.enter("wait until the batch stands on chain")
    while task.contract.current_round().batched < len(signed):
        time.sleep(_POLL)
    watch.enter("check the receipts")
    relayer = process.accounts[RELAYER].address
    place = process.chain.chain_id, task.contract.address
    good = {
        receipt.client
        for receipt, signature in receipts
        if receipt.signer(signature, *place) == relayer
    }
    if len(good) != len(signed):
        raise FedjuryError(f"{len(good)} good receipts for {len(signed)} updates")


class HandingFailed(FedjuryError):
    """The relay does not take an update in."""


def hand_over(
    url: str, domain: UpdateDomain, entries: Iterator[BatchEntry], connections: int
) -> list[tuple[Receipt, bytes]]:
    """Hand in updates, and get a receipt and its signature for each.

    Args:
        url: the relay's.
        domain: of the round.
        entries: the updates.
        connections: at a time.

    Raises:
        HandingFailed: it refuses one, or does not answer.
    """
    return asyncio.run(_hand_over(url, domain, entries, connections))


async def _hand_over(
    url: str, domain: UpdateDomain, entries: Iterator[BatchEntry], connections: int
) -> list[tuple[Receipt, bytes]]:
    receipts = list[tuple[Receipt, bytes]]()
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections),
        timeout=aiohttp.ClientTimeout(total=_SECONDS),
    ) as session:

        async def work() -> None:
            for entry in entries:  # shared: each takes the next one
                receipts.append(await _hand_in(session, url, domain, entry))

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(connections):
                    group.create_task(work())
        except* (aiohttp.ClientError, TimeoutError) as errors:
            raise HandingFailed(f"the relay at {url}: {errors.exceptions[0]!r}") from errors
    return receipts


async def _hand_in(
    session: aiohttp.ClientSession, url: str, domain: UpdateDomain, entry: BatchEntry
) -> tuple[Receipt, bytes]:
    asked = {
        "round": domain.round,
        "parent_model": _hex(domain.parent_model),
        "client": entry.client,
        "digest": _hex(entry.digest),
        "signature": _hex(entry.signature),
    }
    async with session.post(f"{url}/updates", json=asked) as answer:
        if answer.status != 200:
            raise aiohttp.ClientPayloadError(f"{answer.status}: {await answer.text()}")
        return _receipt((await answer.json())["receipt"])


def _receipt(answer: Any) -> tuple[Receipt, bytes]:
    found = Receipt(
        round=answer["round"],
        parent_model=Digest(_bytes(answer["parent_model"])),
        client=answer["client"],
        digest=Digest(_bytes(answer["digest"])),
        received_at=answer["received_at"],
    )
    return found, _bytes(answer["signature"])


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])
