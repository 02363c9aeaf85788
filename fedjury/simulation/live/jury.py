"""The jury of a live federation: all its jurors in this process, each with its turn."""

from collections.abc import Callable, Sequence

from fedjury.runtime.loop import Step


class LiveJury:
    """Gives each juror its turn, in the order of their addresses.

    Args:
        cycles: of the jurors, which do the one next thing each.
        addresses: of the jurors, in the same order.

    Attributes:
        addresses: of the jurors, by index.
    """

    def __init__(self, cycles: Sequence[Callable[[], Step]], addresses: Sequence[str]) -> None:
        self.addresses = list(addresses)
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
