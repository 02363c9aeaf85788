"""A juror as a daemon: with a sender, a cache of files and a record of what it keeps, on disk."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.limits import ENTRIES_LIMIT
from fedjury.chain.rpc.block import BlockTag
from fedjury.chain.transactions.sender import TransactionSender
from fedjury.oracle.exchange.board import Board
from fedjury.oracle.exchange.docket import Docket
from fedjury.oracle.exchange.exchange import Exchange
from fedjury.oracle.exchange.local import board_of, owner_of
from fedjury.oracle.exchange.network import NetworkSettings, network_exchange
from fedjury.oracle.exchange.traffic import NOBODY, Traffic
from fedjury.oracle.fetching import WORKERS, UpdateFetcher
from fedjury.oracle.juror import Juror
from fedjury.oracle.keeping import Keeper, Shelf
from fedjury.oracle.kept_record import KeptRecord
from fedjury.oracle.oversize import OversizeProofs
from fedjury.oracle.slices import Slices
from fedjury.protocol.roster import MAX_ROSTER_BYTES
from fedjury.protocol.round_record import most_record_bytes
from fedjury.protocol.task_spec import MAX_SPEC_BYTES
from fedjury.runtime.events import Listener
from fedjury.store import DirectoryStore, connections_per_file
from fedjury.task.opened import OpenedTask

_MOST_JURORS = 128  # that the contract allows


@dataclass(frozen=True)
class _Disk:
    """A juror's files.

    Attributes:
        task: whose juror it is.
        directory: where they lie.
        cache: the files that it fetched.
        proofs: of files that are too large.
    """

    task: OpenedTask
    directory: Path
    cache: DirectoryStore
    proofs: OversizeProofs

    @classmethod
    def of(cls, task: OpenedTask, directory: Path, keep_days: int) -> "_Disk":
        """The files in a directory; proofs are kept so many days."""
        cache = DirectoryStore(directory / "updates")
        return cls(task, directory, cache, OversizeProofs(directory / "oversize", keep_days))

    def keeper(self, keep_days: int, listener: Listener) -> Keeper:
        """Who keeps what reports rest on."""
        shelf = Shelf(self.task.store, self.cache, _largest(self.task))
        return Keeper(shelf, KeptRecord(self.directory / "kept.jsonl"), keep_days, listener)

    def fetcher(self, exchange: Exchange | None) -> UpdateFetcher:
        """Gets files into the cache: from the store, and from other jurors where there are any."""
        return UpdateFetcher(
            self.task.store if exchange is None else exchange.sources,
            self.cache,
            self.task.spec.update.max_bytes,
            proofs=self.proofs,
            workers=WORKERS // connections_per_file(self.task.store),
        )

    @contextmanager
    def board(self, me: str, slices: Slices, news: Callable[[], None]) -> Iterator[Board]:
        """What the juror serves, with a docket that is open while the block runs."""
        with closing(Docket(self.directory / "jury.sqlite", owner_of(self.task, me))) as docket:
            docket.watch(news)
            yield board_of(self.task, me, docket, self.cache, slices, self.proofs)


@contextmanager
def assembled_juror(
    task: OpenedTask,
    account: LocalAccount,
    slices: Slices,
    directory: Path,
    listener: Listener,
    *,
    network: NetworkSettings | None = None,
    traffic: Traffic = NOBODY,
    news: Callable[[], None] = lambda: None,
    confirmations: int | BlockTag,
    keep_days: int,
    next_jury: bytes | None,
    max_fee_gwei: int | None,
) -> Iterator[tuple[Juror, Keeper]]:
    """A juror that goes on where the last process in this directory stopped.

    It is served to the other jurors while the block runs.

    Args:
        task: opened.
        account: signs reports and pays for transactions.
        slices: the private samples.
        directory: for its files; its own.
        listener: is told what happens.
        network: how other jurors reach it; None where it is its jury's only one.
        traffic: counts what jurors ask each other for.
        news: is called, from other threads, where other jurors have said something.
        confirmations: with which it reads the chain.
        keep_days: for how long what reports rest on is kept; 0 for ever.
        next_jury: hash of the jury that the juror wants next; None is the sitting one's.
        max_fee_gwei: the most to offer per unit of gas; None for no limit.

    Yields:
        The juror, and who keeps what it judged, to be run after its cycles.

    Raises:
        SpecError: as `Juror`.
        StoreUnavailable: the cache cannot be made.
        ConfigError: the juror cannot be served, or what jurors said cannot be kept.
    """
    disk = _Disk.of(task, directory, keep_days)
    keeper = disk.keeper(keep_days, listener)
    with _reached(disk, account, slices, network, listener, traffic, news) as exchange:
        juror = Juror(
            task,
            account,
            TransactionSender(task.chain, account, max_fee_gwei=max_fee_gwei),
            slices,
            disk.fetcher(exchange),
            listener,
            exchange=exchange,
            keep=keeper.secure,
            next_jury=next_jury,
            confirmations=confirmations,
        )
        yield juror, keeper


@contextmanager
def _reached(
    disk: _Disk,
    account: LocalAccount,
    slices: Slices,
    network: NetworkSettings | None,
    listener: Listener,
    traffic: Traffic,
    news: Callable[[], None],
) -> Iterator[Exchange | None]:
    """The juror's part of the exchange, served while the block runs; None without other jurors."""
    if network is None:
        yield None
        return
    with (
        disk.board(account.address, slices, news) as board,
        network_exchange(disk.task, account, board, slices, network, listener, traffic) as exchange,
    ):
        yield exchange


def _largest(task: OpenedTask) -> int:
    """Bytes of the largest file that a report of this task rests on."""
    spec = task.spec
    record = most_record_bytes(ENTRIES_LIMIT, _MOST_JURORS)  # which is larger than any batch file
    return max(spec.update.max_bytes, spec.genesis_bytes, record, MAX_ROSTER_BYTES, MAX_SPEC_BYTES)
