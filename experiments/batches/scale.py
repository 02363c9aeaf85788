"""What rounds that were not measured would cost: arithmetic from those that were.

What grows is taken to grow in a straight line through the two largest rounds that were measured,
and gas with a verdict's byte of calldata. Nothing here was run.
"""

from collections.abc import Callable
from dataclasses import dataclass

from experiments.batches.results import BATCHES, RECORD, REPORT, UPDATE, Measured, Results

BYTE_GAS = 40  # the least that a byte of calldata other than zero costs (EIP-7623)
ENTRIES_LIMIT = 120_000  # updates of a round, see contracts/libraries/ConfigCodec.sol


@dataclass(frozen=True)
class Line:
    """Something that grows in a straight line.

    Attributes:
        fixed: what it is without any update.
        each: what an update adds.
    """

    fixed: float
    each: float

    def at(self, updates: int) -> float:
        """What it is with so many updates."""
        return self.fixed + self.each * updates

    @classmethod
    def through(cls, one: tuple[int, float], other: tuple[int, float]) -> "Line":
        """The line through two points, (updates, value) each."""
        each = (other[1] - one[1]) / (other[0] - one[0])
        return cls(one[1] - each * one[0], each)


@dataclass(frozen=True)
class Scale:
    """What grows, as the rounds that were measured tell.

    Attributes:
        results: of at least two rounds.
    """

    results: Results

    def tasks(self, updates: int) -> int:
        """How many tasks, each with its own round, hold so many updates; of each one lone update
        is left room for."""
        return -(-updates // (ENTRIES_LIMIT - 1))

    @property
    def report_gas(self) -> Line:
        """Of the transaction that ends a round, where its verdicts make it cost the least that
        calldata costs, as they do from some thousand on."""
        largest = self._largest
        return Line(largest.gas[REPORT] - BYTE_GAS * largest.updates, BYTE_GAS)

    @property
    def short_report_gas(self) -> int:
        """Of the same with hardly a verdict in it."""
        return self.results.rounds[0].gas[REPORT]

    @property
    def batch_gas(self) -> float:
        """Of the transaction of one batch, however large."""
        return self._largest.gas[BATCHES]

    @property
    def record_bytes(self) -> Line:
        """Of a round's record."""
        return self._line(lambda each: each.bytes[RECORD])

    @property
    def batch_bytes(self) -> Line:
        """Of a round's batch files."""
        return self._line(lambda each: each.bytes[BATCHES])

    @property
    def update_bytes(self) -> int:
        """Of one update's file, of the model that was measured."""
        return self._largest.bytes[UPDATE]

    def step_seconds(self, process: str, step: str) -> Line:
        """Of one step."""
        return self._line(lambda each: each.step(process, step).seconds)

    def peak(self, process: str) -> Line:
        """Bytes of memory of one process."""
        return self._line(lambda each: each.process(process).peak)

    @property
    def _largest(self) -> Measured:
        return self.results.rounds[-1]

    def _line(self, value: Callable[[Measured], float]) -> Line:
        one, other = self.results.rounds[-2:]
        return Line.through((one.updates, value(one)), (other.updates, value(other)))
