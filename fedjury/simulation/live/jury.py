"""The jury of a live federation: all its jurors in this process, each with its turn."""

from collections.abc import Callable, Sequence
from pathlib import Path

from eth_account.signers.local import LocalAccount

from fedjury.chain.transactions.sender import TransactionSender
from fedjury.data.verification import VerificationSet
from fedjury.oracle.exchange.board import Board
from fedjury.oracle.exchange.docket import Docket
from fedjury.oracle.exchange.local import board_of, local_exchange, owner_of
from fedjury.oracle.fetching import UpdateFetcher
from fedjury.oracle.juror import Juror
from fedjury.oracle.oversize import OversizeProofs
from fedjury.oracle.slices import Slices
from fedjury.runtime.events import Listener
from fedjury.runtime.loop import Step
from fedjury.store import DirectoryStore
from fedjury.task.opened import OpenedTask


class LiveJury:
    """Gives each juror its turn, in the order of their addresses.

    Args:
        cycles: of the jurors, which do the one next thing each.
        addresses: of the jurors, in the same order.
        close: closes what the jurors have open.

    Attributes:
        addresses: of the jurors, by index.
        close: closes what the jurors have open.
    """

    def __init__(
        self,
        cycles: Sequence[Callable[[], Step]],
        addresses: Sequence[str],
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self.addresses, self.close = list(addresses), close
        self._left = list(cycles)

    def cycle(self) -> Step:
        """Do the one next thing of every juror that has anything left to do.

        Returns:
            That something was done where one of them did something, and that nothing is left where
            that is so for all of them.

        Raises:
            TransientError: chain or store do not work now; those whose turn was still to come have
                it the next time.
        """
        progress = False
        for cycle in list(self._left):
            step = cycle()
            if step is Step.FINISHED:
                self._left.remove(cycle)
            progress |= step is Step.PROGRESS
        if not self._left:
            return Step.FINISHED
        return Step.PROGRESS if progress else Step.WAITING


def seat_jury(
    task: OpenedTask,
    accounts: Sequence[LocalAccount],
    samples: Sequence[VerificationSet],
    directory: Path,
    sender: Callable[[LocalAccount], TransactionSender],
    listener: Listener,
    serve: Callable[[Board], Board] = lambda board: board,
) -> LiveJury:
    """Jurors who ask each other within this process, each with files of its own.

    Args:
        task: opened.
        accounts: of the jurors.
        samples: the private samples, which all of them have.
        directory: in which each has one, named after its address.
        sender: makes what sends an account's transactions.
        listener: is told what they do.
        serve: gives what the others ask in place of a juror's board.
    """
    boards: dict[str, Board] = {}
    dockets, cycles = [], []
    for account in accounts:
        work = directory / f"oracle-{account.address}"
        cache, slices = DirectoryStore(work), Slices.of(task.spec, samples)
        docket = Docket(work / "jury.sqlite", owner_of(task, account.address))
        proofs = OversizeProofs(work / "oversize", 0)
        board = board_of(task, account.address, docket, cache, slices, proofs)
        exchange = local_exchange(board, task.store, boards, account.address, slices, listener)
        most = task.spec.update.max_bytes
        fetcher = UpdateFetcher(exchange.sources, cache, most, proofs=proofs)
        juror = Juror(task, account, sender(account), slices, fetcher, listener, exchange=exchange)
        boards[account.address.lower()] = serve(board)
        dockets.append(docket)
        cycles.append(juror.cycle)

    def close() -> None:
        for docket in dockets:
            docket.close()

    return LiveJury(cycles, [account.address for account in accounts], close)
