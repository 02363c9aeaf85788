"""Processes side by side that each do one task at a time.

A process of its own for each worker, with a pipe: a worker that dies takes down its own task only,
and workers end when the parent does.
"""

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any

from fedjury.errors import StopRequested

_LOOK_SECONDS = 0.2
_KILL_SECONDS = 5.0

# (task, report) to nothing; runs in the worker
Work = Callable[[Any, Callable[[Any], None]], None]


@dataclass(frozen=True)
class Began:
    """A worker takes up a task, by its index among all."""

    task: int


@dataclass(frozen=True)
class Reported:
    """What the work itself reports of a task."""

    task: int
    report: Any


@dataclass(frozen=True)
class Ended:
    """A task is over; `error` says how it failed."""

    task: int
    error: str | None = None


Message = Began | Reported | Ended


@dataclass
class _Worker:
    process: multiprocessing.process.BaseProcess
    pipe: Connection
    task: int | None = field(default=None)


class SerialPool:
    """Runs tasks one after the other in this process; for those that start services.

    Args:
        work: as for `Pool`; given up at the next report when it is to stop.
    """

    def __init__(self, work: Work) -> None:
        self._work = work

    def run(
        self, tasks: Sequence[Any], stopped: Callable[[], bool], tell: Callable[[Message], None]
    ) -> None:
        """As `Pool.run`."""
        for number, task in enumerate(tasks):
            if stopped():
                return
            tell(Began(number))

            def report(content: Any, number: int = number) -> None:
                tell(Reported(number, content))
                if stopped():
                    raise StopRequested

            try:
                self._work(task, report)
            except StopRequested:
                return
            except Exception as error:  # whatever it is, it is this task's
                tell(Ended(number, _words(error)))
            else:
                tell(Ended(number))


class Pool:
    """Runs tasks in processes of their own.

    Args:
        work: an importable function of a task and of a callback to report by; it runs in the
            workers. What it raises is the task's error.
        workers: how many processes.
    """

    def __init__(self, work: Work, workers: int) -> None:
        self._work, self._count = work, workers
        self._context = multiprocessing.get_context("spawn")

    def run(
        self, tasks: Sequence[Any], stopped: Callable[[], bool], tell: Callable[[Message], None]
    ) -> None:
        """Do the tasks and tell what happens, until all are over or `stopped` says so.

        Whatever runs then is given up.
        """
        waiting = list(range(len(tasks)))
        workers = [self._start() for _ in range(min(self._count, len(tasks)))]
        try:
            while not stopped():
                for worker in workers:
                    if worker.task is None and waiting:
                        worker.task = waiting.pop(0)
                        worker.pipe.send(tasks[worker.task])
                        tell(Began(worker.task))
                if all(worker.task is None for worker in workers):
                    return
                for message in self._listen(workers):
                    tell(message)
        finally:
            for worker in workers:
                _end(worker)

    def _listen(self, workers: list[_Worker]) -> Iterator[Message]:
        by_pipe = {worker.pipe: worker for worker in workers}
        for ready in wait(list(by_pipe), timeout=_LOOK_SECONDS):
            worker = by_pipe[ready]  # type: ignore[index]
            try:
                kind, content = worker.pipe.recv()
            except (EOFError, OSError):
                worker.process.join()
                kind, content = "died", f"its process died ({worker.process.exitcode})"
                workers[workers.index(worker)] = self._start()
            task = worker.task
            if task is None:  # died with nothing to do
                continue
            if kind == "report":
                yield Reported(task, content)
                continue
            worker.task = None
            yield Ended(task, content)

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs, self._work), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)


def _end(worker: _Worker) -> None:
    worker.pipe.close()
    worker.process.terminate()
    worker.process.join(_KILL_SECONDS)
    if worker.process.is_alive():
        worker.process.kill()


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _serve(pipe: Connection, work: Work) -> None:
    # Ctrl-C goes to every process of the terminal; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        try:
            work(task, lambda report: pipe.send(("report", report)))
        except Exception as error:  # whatever it is, it is this task's
            pipe.send(("done", _words(error)))
        else:
            pipe.send(("done", None))
