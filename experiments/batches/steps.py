"""What a process does one after the other, how long each takes, and its memory."""

import resource
import time
from dataclasses import dataclass, field
from pathlib import Path

from experiments.large_models.memory import memory


@dataclass
class Step:
    """One kind of work of a process.

    Attributes:
        name: of the work.
        seconds: that it took.
        processor: seconds that the process computed meanwhile, in all its threads.
    """

    name: str
    seconds: float = 0.0
    processor: float = 0.0


@dataclass
class ProcessSteps:
    """All that one process did.

    Attributes:
        process: its name.
        steps: in order.
        peak: bytes of memory that it held at most, its programs included.
    """

    process: str
    steps: list[Step] = field(default_factory=list)
    peak: int = 0


@dataclass(frozen=True)
class Moment:
    """A time, and how much this process has computed until then."""

    time: float
    processor: float

    @classmethod
    def now(cls) -> "Moment":
        """This moment."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        return cls(time.monotonic(), used.ru_utime + used.ru_stime)


class Stopwatch:
    """Takes this process's time; at any time it is in one step.

    Args:
        process: name of this process.
        name: of the first step.
    """

    def __init__(self, process: str, name: str) -> None:
        self._found = ProcessSteps(process, [Step(name)])
        self._since = Moment.now()

    def enter(self, name: str, since: Moment | None = None) -> None:
        """Begin the next step.

        Args:
            name: of the step.
            since: when it really began; None for now.
        """
        moment = since or Moment.now()
        step = self._found.steps[-1]
        step.seconds += moment.time - self._since.time
        step.processor += moment.processor - self._since.processor
        self._since = moment
        self._found.steps.append(Step(name))

    def stop(self) -> ProcessSteps:
        """All steps, of which the last ends now."""
        self.enter("")
        return ProcessSteps(self._found.process, self._found.steps[:-1], memory()[1])


def peak_of(process: int) -> int:
    """Bytes of memory that another process held at most until now; 0 where nobody tells.

    Args:
        process: its id.
    """
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return 0
    fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(fields["VmHWM"].split()[0]) * 1024
