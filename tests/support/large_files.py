"""How much memory a step takes with a large file, in a process of its own.

python -m tests.support.large_files STEP PARTS DIRECTORY [API]

Prints how much more memory the process held at most than before the step, in sizes of the file,
which lies in so many tensors.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from experiments.large_models.memory import memory, reset_peak
from fedjury.oracle.aggregation.averaging import mix_mean
from fedjury.oracle.evaluation.constant_answer import ConstantAnswer
from fedjury.oracle.fetching import UpdateFetcher
from fedjury.oracle.judging import Candidate, Terms, judge
from fedjury.oracle.rules.fedavg import FedAvgRule
from fedjury.protocol.digest import Digest
from fedjury.protocol.tensors import Tensors, content_hash, encoded_digest, shapes_of
from fedjury.protocol.update_file import encode_update, read_update
from fedjury.protocol.update_tag import UpdateTag
from fedjury.store import ContentStore, DirectoryStore, IpfsStore

BYTES = 64 * 10**6
TAG = UpdateTag("eip155:1:0x" + "11" * 20, 1, "0x" + "22" * 20)
_LARGEST = 1e3
_ROOM = BYTES + 10_000
_UPDATES = 3


def measured(step: str, parts: int, directory: Path, *more: str) -> float:
    """The figure of a step, measured in a process of its own.

    glibc is told to give back at once what is freed, or it would seem to be still in use.
    """
    ended = subprocess.run(
        [sys.executable, "-m", "tests.support.large_files", step, str(parts), directory, *more],
        env={**os.environ, "MALLOC_MMAP_THRESHOLD_": str(2**20), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return float(ended.stdout)


def growth(step: Callable[[], object]) -> float:
    """How much more memory a step takes at most than there was before, in sizes of the file."""
    before, _ = memory()
    reset_peak()
    step()
    return (memory()[1] - before) / BYTES


def weights(parts: int, seed: int) -> Tensors:
    """Weights whose file has `BYTES` and a little more, in so many tensors."""
    generator = torch.Generator().manual_seed(seed)
    size = BYTES // 4 // parts
    return {f"{part}.w": torch.randn(size, generator=generator) for part in range(parts)}


class Scores:
    """Says the same of all weights; the samples are no part of what is measured."""

    samples = 10
    constant = ConstantAnswer(torch.ones(10, dtype=torch.bool), 1, 0)

    def correct(self, weights: Tensors) -> int:
        """Half of them."""
        return 5

    def counts(self, many: Iterator[Tensors]) -> list[int]:
        """The same of each, which is looked at and let go of."""
        return [self.correct(each) for each in many]

    def tried(self, many: Iterator[Tensors]) -> None:
        """No model raises."""


@dataclass(frozen=True)
class Steps:
    """What can be measured; each method makes ready what it needs, then measures."""

    parts: int
    directory: Path
    api: str | None

    @property
    def store(self) -> ContentStore:
        """A daemon's if there is one, else a directory."""
        return DirectoryStore(self.directory / "store") if self.api is None else IpfsStore(self.api)

    def file(self, seed: int = 0) -> bytes:
        """An update's file."""
        return encode_update(weights(self.parts, seed), TAG)

    def encode(self) -> float:
        """From tensors to a file."""
        made = weights(self.parts, 0)
        return growth(lambda: encode_update(made, TAG))

    def read(self) -> float:
        """From a file to checked tensors."""
        data, shapes = self.file(), shapes_of(weights(self.parts, 0))
        return growth(lambda: read_update(data, TAG, shapes, _LARGEST))

    def hash(self) -> float:
        """Both digests of tensors, whose files are not made for that."""
        made = weights(self.parts, 0)
        return growth(lambda: (content_hash(made), encoded_digest(made)))

    def add(self) -> float:
        """Into the store."""
        data, store = self.file(), self.store
        return growth(lambda: store.add(data))

    def fetch(self) -> float:
        """From the store."""
        store = self.store
        digest = store.add(self.file())
        return growth(lambda: store.fetch(digest, _ROOM, 60.0))

    def fetch_all(self) -> float:
        """A round's files, from the store into a juror's cache."""
        digests = self._publish()
        cache = DirectoryStore(self.directory / "cache")
        fetcher = UpdateFetcher(self.store, cache, _ROOM)

        def step() -> None:
            assert fetcher.fetch_all(digests, 120.0) == [None] * len(digests)

        return growth(step)

    def average(self) -> float:
        """The new model from updates that are made when they are read."""
        current = weights(self.parts, 0)
        return growth(
            lambda: mix_mean(current, (weights(self.parts, 1) for _ in range(_UPDATES)), 0.5)
        )

    def judge(self) -> float:
        """A round from a cache on the disk, all but the evaluation."""
        digests, current = self._publish(), weights(self.parts, 0)
        cache = DirectoryStore(self.directory / "store")
        terms = Terms(shapes_of(current), _LARGEST, 0.5, FedAvgRule())

        def load(digest: Digest) -> Callable[[], bytes]:
            return lambda: cache.fetch(digest, _ROOM, 1.0)

        candidates = [Candidate(TAG, load(digest)) for digest in digests]

        def step() -> None:
            judged = judge(current, candidates, terms, Scores())  # type: ignore[arg-type]
            assert all(verdict.accepted for verdict in judged.verdicts)

        return growth(step)

    def _publish(self) -> Sequence[Digest]:
        store = self.store
        return [store.add(self.file(seed)) for seed in range(1, _UPDATES + 1)]


def main() -> None:
    """Run from the command line."""
    torch.set_num_threads(1)
    step, parts, directory, *more = sys.argv[1:]
    steps = Steps(int(parts), Path(directory), more[0] if more else None)
    print(getattr(steps, step)())


if __name__ == "__main__":
    main()
