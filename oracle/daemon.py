"""A juror as a daemon: with a sender, a cache of files and a record of what it keeps, on disk."""

from pathlib import Path

from eth_account.signers.local import LocalAccount

from fedjury.chain.transactions.sender import TransactionSender
from fedjury.data.verification import VerificationSet
from fedjury.oracle.fetching import UpdateFetcher
from fedjury.oracle.juror import Juror
from fedjury.oracle.keeping import Keeper, Shelf
from fedjury.oracle.kept_record import KeptRecord
from fedjury.protocol.task_spec import MAX_SPEC_BYTES
from fedjury.runtime.events import Listener
from fedjury.store import DirectoryStore
from fedjury.task.opened import OpenedTask
from fedjury.task.timing import Timing


def assemble_juror(
    task: OpenedTask,
    account: LocalAccount,
    verification: VerificationSet,
    directory: Path,
    listener: Listener,
    *,
    timing: Timing,
    keep_days: int,
    max_fee_gwei: int | None,
) -> tuple[Juror, Keeper]:
    """A juror that goes on where the last process in this directory stopped.

    Args:
        task: opened.
        account: signs reports and pays for transactions.
        verification: the private samples.
        directory: for its files; its own.
        listener: is told what happens.
        timing: how long it waits.
        keep_days: for how long what was judged is kept; 0 for ever.
        max_fee_gwei: the most to offer per unit of gas; None for no limit.

    Returns:
        The juror, and who keeps what it judged, to be run after its cycles.

    Raises:
        DataError, SpecError: as `Juror`.
        StoreUnavailable: the cache cannot be made.
    """
    cache, limit = DirectoryStore(directory / "updates"), task.spec.update.max_bytes
    keeper = Keeper(
        Shelf(task.store, cache, max(limit, MAX_SPEC_BYTES)),
        KeptRecord(directory / "kept.jsonl"),
        keep_days,
        listener,
    )
    juror = Juror(
        task,
        account,
        TransactionSender(task.chain, account, max_fee_gwei=max_fee_gwei),
        verification,
        UpdateFetcher(task.store, cache, limit, timing.fetch_timeout),
        listener,
        keep=keeper.note,
        confirmations=timing.confirmations,
    )
    return juror, keeper
