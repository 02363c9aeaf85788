"""A dry run as a daemon: with the files that it fetches in a directory that does not outlast it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from fedjury.chain.rpc.block import BlockTag
from fedjury.oracle.dry_run import DryRun
from fedjury.oracle.fetching import WORKERS, UpdateFetcher
from fedjury.oracle.slices import Slices
from fedjury.runtime.events import Listener
from fedjury.store import DirectoryStore, connections_per_file
from fedjury.task.opened import OpenedTask


@contextmanager
def assembled_dry_run(
    task: OpenedTask, slices: Slices, listener: Listener, confirmations: int | BlockTag
) -> Iterator[DryRun]:
    """A dry run whose files lie in a directory for temporary files, and are removed at the end.

    Args:
        task: opened.
        slices: the verification slices that are here.
        listener: is told what happens.
        confirmations: with which it reads the chain.

    Raises:
        SpecError: as `DryRun`.
    """
    with TemporaryDirectory(prefix="fedjury-dry-") as directory:
        cache = DirectoryStore(Path(directory))
        fetcher = UpdateFetcher(
            task.store,
            cache,
            task.spec.update.max_bytes,
            workers=WORKERS // connections_per_file(task.store),
        )
        yield DryRun(task, slices, fetcher, cache, listener, confirmations=confirmations)
