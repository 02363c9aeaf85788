"""A juror of a federation in memory."""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.events import RoundFinalized
from fedjury.chain.rpc.block import BlockTag
from fedjury.data.verification import VerificationSet
from fedjury.oracle.exchange.exchange import Exchange
from fedjury.oracle.fetching import UpdateFetcher
from fedjury.oracle.juror import Juror
from fedjury.oracle.slices import Slices
from fedjury.protocol.digest import Digest
from fedjury.runtime.events import Listener, ignore
from fedjury.store import DirectoryStore
from tests.support.fake_federation import (
    JUROR,
    FakeFederation,
    FakeSender,
    as_sender,
    verification,
)
from tests.support.fetchers import Impatient


def make_juror(
    federation: FakeFederation,
    directory: Path,
    listener: Listener = ignore,
    *,
    account: LocalAccount = JUROR,
    sender: FakeSender | None = None,
    chosen: Sequence[VerificationSet] | Slices | None = None,
    now: Callable[[], float] = time.time,
    exchange: Exchange | None = None,
    confirmations: int | BlockTag = 0,
    fetcher: UpdateFetcher | None = None,
    keep: Callable[[Iterable[Digest]], None] = lambda _: None,
    next_jury: bytes | None = None,
) -> Juror:
    """A juror that waits for no file, unless it has another fetcher.

    Args:
        federation: whose rounds it judges.
        directory: of its cache.
        listener: is told what it does.
        account: signs its reports.
        sender: of its transactions; one of its own by default.
        chosen: its verification slices; by default the one that the task commits to.
        now: Unix seconds.
        exchange: with the other jurors; by default there are none.
        confirmations: with which it reads the chain.
        fetcher: of update files.
        keep: is given the digests of what its reports rest on.
        next_jury: hash of the jury that it wants next.
    """
    cache = DirectoryStore(directory / "cache")
    if not isinstance(chosen, Slices):
        chosen = Slices.of(federation.spec, [verification()] if chosen is None else chosen)
    return Juror(
        federation.task,
        account,
        as_sender(sender or federation.sender(account)),
        chosen,
        fetcher or Impatient(federation.store, cache, 4096),
        listener,
        now=now,
        exchange=exchange,
        confirmations=confirmations,
        keep=keep,
        next_jury=next_jury,
    )


def finalized_rounds(federation: FakeFederation) -> list[RoundFinalized]:
    """What the reports said that the contract accepted."""
    events = federation.contract.events
    return [event for event in events if isinstance(event, RoundFinalized)]
