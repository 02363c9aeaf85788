"""How a round's files share the time: batches first, and what is left for the updates."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fedjury.oracle.fetching import UpdateFetcher
from fedjury.oracle.round_facts import ClosedRound, FactReader
from fedjury.oracle.round_files import RoundFileReader, RoundFiles
from fedjury.protocol.batch_file import BatchEntry, BatchFile
from fedjury.protocol.digest import Digest
from fedjury.protocol.update_signing import UpdateDomain
from fedjury.protocol.verdicts import VerdictCode
from fedjury.store import DirectoryStore
from tests.support.fake_federation import CLIENTS, JUROR, RELAYER, FakeFederation, weights

LIMIT = 20.0
SECOND_HALF = 11.0
GONE = Digest(b"\7" * 32)


@dataclass
class Time:
    """Passes only while the fetcher waits; then things happen that were to happen by then."""

    now: float = 0.0
    later: list[tuple[float, Callable[[], object]]] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        due = [action for when, action in self.later if when <= self.now]
        self.later = [each for each in self.later if each[0] > self.now]
        for action in due:
            action()


@dataclass
class Files:
    """The files of a federation's round, read by a juror without patience but in `Time`."""

    federation: FakeFederation
    directory: Path
    time: Time = field(default_factory=Time)

    def closed(self) -> ClosedRound:
        task, stamp = self.federation.task, self.federation.chain.block()
        return FactReader(task).read(task.contract.overview(JUROR.address), stamp)

    def reader(self) -> RoundFileReader:
        task = self.federation.task
        fetcher = UpdateFetcher(
            self.federation.store,
            DirectoryStore(self.directory / "cache"),
            task.spec.update.max_bytes,
            workers=1,
            run=lambda work, workers, seconds: work() if workers else None,
            clock=lambda: self.time.now,
            sleep=self.time.sleep,
        )
        return RoundFileReader(task, fetcher, lambda: self.time.now)

    def read(self) -> RoundFiles:
        return self.reader().read(self.closed(), LIMIT)

    def codes(self) -> list[VerdictCode | None]:
        """Of each update the code that its file earns; None where it is judged."""
        failures = [each.failure for each in self.read().candidates]
        return [failure.code if failure else None for failure in failures]

    def batch_later(self, when: float) -> None:
        """A batch of one update, the file of which is published at a time."""
        entry = self.federation.signed(0, self.federation.update(0, weights(0)))
        content = BatchFile.of([entry]).content
        self.federation.contract.batch(RELAYER.address, 1, Digest.of(content))
        self.time.later.append((when, lambda: self.federation.store.add(content)))

    def update_later(self, client: int, when: float) -> None:
        """A lone update, the file of which is published at a time."""
        content = self.federation.update(client, weights(client))
        self.federation.contract.submit(CLIENTS[client].address, Digest.of(content))
        self.time.later.append((when, lambda: self.federation.store.add(content)))


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(FakeFederation(tmp_path), tmp_path)


@pytest.mark.parametrize(("when", "code"), [(8.0, None), (SECOND_HALF, VerdictCode.UNAVAILABLE)])
def test_a_batch_has_the_first_half_of_the_time(
    files: Files, when: float, code: VerdictCode | None
) -> None:
    files.batch_later(when)
    assert files.codes() == [code]


def test_a_batch_that_nobody_has_leaves_half_of_the_time_to_the_updates(files: Files) -> None:
    files.federation.contract.batch(RELAYER.address, 3, GONE)
    files.update_later(1, 17.0)
    assert files.codes() == [VerdictCode.UNAVAILABLE] * 3 + [None]
    assert files.time.now <= LIMIT


def test_batches_that_are_there_at_once_leave_all_of_the_time_to_the_updates(
    files: Files,
) -> None:
    entry = files.federation.signed(0, files.federation.update(0, weights(0)))
    missing = files.federation.domain().sign(CLIENTS[1], GONE)
    files.federation.relay(entry, missing)
    read = files.read()
    failures = {each.tag.client: each.failure for each in read.candidates}
    assert failures[CLIENTS[0].address] is None
    found = failures[CLIENTS[1].address]
    assert found is not None
    assert found.code is VerdictCode.UNAVAILABLE
    assert LIMIT - 1 <= files.time.now <= LIMIT


def test_without_batches_no_time_is_set_aside_for_them(files: Files) -> None:
    files.update_later(0, 17.0)
    assert files.codes() == [None]


def test_every_verdict_of_the_round_has_a_candidate_in_its_place(files: Files) -> None:
    contract, federation = files.federation.contract, files.federation
    federation.submit(0, federation.update(0, weights(0)))
    contract.batch(RELAYER.address, 2, GONE)
    federation.submit(1, federation.update(1, weights(1)))
    read = files.read()
    clients = [CLIENTS[0].address, RELAYER.address, RELAYER.address, CLIENTS[1].address]
    assert [each.tag.client for each in read.candidates] == clients
    assert [each.failure is None for each in read.candidates] == [True, False, False, True]
    assert [update.index for update in read.updates.known] == [0, 3]


def test_signatures_are_checked_once_while_the_same_batches_count(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked, is_signed = list[str](), UpdateDomain.is_signed

    def check(domain: UpdateDomain, entry: BatchEntry) -> bool:
        checked.append(entry.client)
        return is_signed(domain, entry)

    monkeypatch.setattr(UpdateDomain, "is_signed", check)
    federation = files.federation
    federation.relay(federation.signed(0, federation.update(0, weights(0))))
    federation.relay(federation.signed(1, federation.update(1, weights(1))))
    reader, closed = files.reader(), files.closed()
    reader.gather(closed, LIMIT, every=True)
    whole = reader.complete(closed, [True, True], [True, True], LIMIT)
    assert checked == [CLIENTS[0].address, CLIENTS[1].address]
    assert [each.failure for each in whole.candidates] == [None, None]
    part = reader.complete(closed, [True, False], [True, False], LIMIT)
    codes = [each.failure and each.failure.code for each in part.candidates]
    assert codes == [None, VerdictCode.UNAVAILABLE]
