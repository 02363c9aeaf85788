"""Datasets and a model that take for ever, each in a way that a signal meets differently.

A dataset of these creates the file `busy` in its directory first, so that a test knows when.
"""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from torch import nn

from fedjury.data import Dataset
from fedjury.runtime.files import write_whole

LONG = 120.0
SLOW_VARIABLE = "SLOW_MODEL"  # "training" or "judging" makes `slow_model` slow there
BUSY_VARIABLE = "SLOW_MODEL_BUSY"  # the file that it creates then


def sleeping(directory: Path | None) -> Dataset:
    """Sleep."""
    return _busy(directory, lambda: time.sleep(LONG))


def computing(directory: Path | None) -> Dataset:
    """One operation of torch that takes minutes and looks at no signals."""
    matrix = _matrix()
    return _busy(directory, lambda: torch.linalg.svd(matrix))


def swallowing(directory: Path | None) -> Dataset:
    """Catch whatever is raised and go on, as careless libraries do."""
    return _busy(directory, _swallow)


def locked(directory: Path | None) -> Dataset:
    """Wait for a lock that nobody opens."""
    lock = threading.Lock()
    lock.acquire()
    return _busy(directory, lock.acquire)


def pooled(directory: Path | None) -> Dataset:
    """Wait for a thread of a pool, whose end is waited for as well."""

    def work() -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(time.sleep, LONG).result()

    return _busy(directory, work)


def writing(directory: Path | None) -> Dataset:
    """Be in the middle of writing a file over an older one."""
    return _writing(directory, lambda work: work())


def writing_in_a_thread(directory: Path | None) -> Dataset:
    """The same in a thread that is not told of signals."""

    def in_a_thread(work: Callable[[], object]) -> None:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    return _writing(directory, in_a_thread)


def slow_model(hidden: int) -> nn.Module:
    """A model whose forward pass takes minutes where the environment says so."""
    return _Slow(hidden)


class _Slow(nn.Module):
    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, 10))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        if os.environ.get(SLOW_VARIABLE) == ("training" if self.training else "judging"):
            matrix = _matrix()
            Path(os.environ[BUSY_VARIABLE]).touch()
            torch.linalg.svd(matrix)
        found: torch.Tensor = self.layers(inputs.reshape(len(inputs), -1))
        return found


class _SlowText(str):
    """Text whose bytes are long in coming."""

    def encode(self, *_: str) -> bytes:
        time.sleep(LONG)
        return b""


def _writing(directory: Path | None, call: Callable[[Callable[[], object]], object]) -> Dataset:
    assert directory is not None
    write_whole(directory / "file", b"whole")
    return _busy(directory, lambda: call(lambda: write_whole(directory / "file", _SlowText("x"))))


def _busy(directory: Path | None, work: Callable[[], object]) -> Dataset:
    assert directory is not None
    (directory / "busy").touch()
    work()
    raise AssertionError("the long work is over")


def _matrix() -> torch.Tensor:
    """Large enough for minutes."""
    return torch.rand(6000, 6000)


def _swallow() -> None:
    while True:
        try:
            time.sleep(LONG)
        except BaseException:
            continue
