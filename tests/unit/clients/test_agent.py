"""One client's cycle, against a contract in memory."""

from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

import clients.agent
import fedjury.history
from clients.agent import AgentSettings, ClientAgent
from clients.journal import Journal
from fedjury.chain.events import UpdateSubmitted
from fedjury.chain.types import Report
from fedjury.errors import (
    ChainUnavailable,
    ConfigError,
    ContentNotFound,
    StoreUnavailable,
    TransactionReverted,
)
from fedjury.history import updates_hash
from fedjury.loop import Step
from fedjury.store import DirectoryStore, digest_of
from fedjury.tensors import Tensors
from fedjury.verdicts import Verdict, VerdictCode, pack
from tests.helpers.federation import (
    CLIENTS,
    STRANGER,
    FakeSender,
    Federation,
    Told,
    as_sender,
    told_events,
    weights,
)

ME = CLIENTS[0]


class Bench:
    """A federation and one client of it, which can be killed and started again."""

    def __init__(self, directory: Path, account: LocalAccount = ME) -> None:
        self.federation = Federation(directory, clients=3)
        self.contract = self.federation.contract
        self.journal = Journal(directory / "journal")
        self.account = account
        self.sender: FakeSender = self.federation.sender(account)
        self.trained: list[int] = []
        self.restart()

    def restart(self) -> None:
        self.told = Told()
        self.agent = ClientAgent(
            self.federation.task,
            self.account,
            as_sender(self.sender),
            self.train,
            self.journal,
            AgentSettings(0),
            self.told,
        )

    def train(self, round_number: int, current: Tensors) -> Tensors:
        self.trained.append(round_number)
        return weights(0, scale=float(len(self.trained)))  # never the same twice

    def is_published(self, digest: bytes) -> bool:
        try:
            self.federation.store.fetch(digest, 4096, 0)
        except ContentNotFound:
            return False
        return True

    def submitted(self) -> list[UpdateSubmitted]:
        return [event for event in self.contract.events if isinstance(event, UpdateSubmitted)]

    def finalize(self, *verdicts: Verdict) -> None:
        running = updates_hash(self.contract.number, self.contract.submitted())
        report = Report(self.contract.number, 1, running, 2, 3, self.contract.model)
        self.contract.finalize(report, pack(verdicts), bytes(65))


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(clients.agent, "read_events", told_events)
    monkeypatch.setattr(fedjury.history, "read_events", told_events)
    return Bench(tmp_path)


def test_a_round_is_trained_submitted_and_published(bench: Bench) -> None:
    assert bench.agent.cycle() is Step.PROGRESS
    (update,) = bench.submitted()
    assert update.client == ME.address
    assert update.digest == digest_of(bench.federation.update(0, weights(0)))
    assert bench.is_published(update.digest)
    assert bench.told.events == ["trained", "submitted", "published"]


def test_nothing_is_published_before_it_is_submitted(bench: Bench) -> None:
    order: list[str] = []
    send, add = bench.sender.send, bench.federation.store.add

    def watched_send(call: object) -> object:
        order.append("submit")
        return send(call)

    def watched_add(data: bytes) -> bytes:
        order.append("publish")
        return add(data)

    bench.sender.send = watched_send  # type: ignore[method-assign,assignment]
    bench.federation.store.add = watched_add  # type: ignore[method-assign]
    bench.agent.cycle()
    assert order == ["submit", "publish"]


def test_an_update_that_was_refused_is_never_published(bench: Bench) -> None:
    bench.sender.errors = [TransactionReverted("RoundClosed")]
    assert bench.agent.cycle() is Step.WAITING
    assert not bench.is_published(digest_of(bench.federation.update(0, weights(0))))


def test_who_has_submitted_waits_for_the_jury(bench: Bench) -> None:
    bench.agent.cycle()
    assert bench.agent.cycle() is Step.WAITING
    assert bench.agent.cycle() is Step.WAITING
    assert bench.told.events.count("waiting") == 1
    assert bench.trained == [1]


def test_each_round_is_trained_anew(bench: Bench) -> None:
    for number in (1, 2, 3):
        assert bench.agent.cycle() is Step.PROGRESS
        assert bench.trained[-1] == number
        bench.finalize(Verdict(VerdictCode.NOT_IMPROVED, 1))
    assert [update.round for update in bench.submitted()] == [1, 2, 3]


def test_files_of_earlier_rounds_are_forgotten(bench: Bench) -> None:
    bench.agent.cycle()
    bench.finalize(Verdict(VerdictCode.NOT_IMPROVED, 1))
    bench.agent.cycle()
    assert bench.journal.load_update(1) is None
    assert bench.journal.load_update(2) is not None


# --- restarts ---


def test_a_restart_before_submitting_uses_the_file_again(bench: Bench) -> None:
    bench.sender.errors = [ChainUnavailable("down")]
    with pytest.raises(ChainUnavailable):
        bench.agent.cycle()
    bench.restart()
    assert bench.agent.cycle() is Step.PROGRESS
    assert bench.trained == [1]
    assert bench.is_published(bench.submitted()[0].digest)


def test_a_restart_before_publishing_publishes(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> bytes:
        raise StoreUnavailable("gone")

    with monkeypatch.context() as patch:
        patch.setattr(DirectoryStore, "add", down)
        with pytest.raises(StoreUnavailable):
            bench.agent.cycle()
    (update,) = bench.submitted()
    assert not bench.is_published(update.digest)
    bench.restart()
    assert bench.agent.cycle() is Step.WAITING
    assert bench.is_published(update.digest)
    assert bench.told.events == ["published", "waiting"]
    bench.agent.cycle()
    assert bench.told.events == ["published", "waiting"]


def test_without_a_restart_publishing_is_tried_again_too(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> bytes:
        raise StoreUnavailable("gone")

    with monkeypatch.context() as patch:
        patch.setattr(DirectoryStore, "add", down)
        with pytest.raises(StoreUnavailable):
            bench.agent.cycle()
    bench.agent.cycle()
    assert bench.is_published(bench.submitted()[0].digest)
    assert bench.trained == [1]


def test_a_damaged_file_is_trained_anew(bench: Bench) -> None:
    bench.journal.save_update(1, b"damage")
    assert bench.agent.cycle() is Step.PROGRESS
    assert bench.trained == [1]


def test_a_file_of_another_client_is_not_used(bench: Bench) -> None:
    bench.journal.save_update(1, bench.federation.update(1, weights(0)))
    bench.agent.cycle()
    assert bench.trained == [1]


def test_a_lost_file_is_told_once(bench: Bench) -> None:
    bench.contract.submit(ME.address, b"\7" * 32)
    bench.agent.cycle()
    bench.agent.cycle()
    assert bench.told.events == ["file-lost", "waiting"]


def test_a_file_that_was_not_the_one_submitted_is_not_published(bench: Bench) -> None:
    data = bench.federation.update(0, weights(0))
    bench.journal.save_update(1, data)
    bench.contract.submit(ME.address, b"\7" * 32)
    bench.agent.cycle()
    assert not bench.is_published(digest_of(data))
    bench.agent.cycle()
    assert bench.told.events.count("file-lost") == 1


# --- when there is nothing to do ---


def test_who_is_no_client_is_told_to_ask(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not a registered client"):
        Bench(tmp_path, STRANGER).agent.cycle()


def test_who_was_removed_stops(bench: Bench) -> None:
    bench.contract.removed.add(ME.address)
    with pytest.raises(ConfigError, match="was removed"):
        bench.agent.cycle()


def test_who_is_late_waits_for_the_next_round(bench: Bench) -> None:
    bench.federation.submit(1, bench.federation.update(1, weights(0)))
    bench.federation.chain.timestamp += 1000
    assert bench.agent.cycle() is Step.WAITING
    assert bench.trained == []
    assert "closed without this client" in bench.told.lines[-1][1]


def test_a_paused_task_is_waited_for(bench: Bench) -> None:
    bench.contract.is_paused = True
    assert bench.agent.cycle() is Step.WAITING
    assert bench.trained == []


def test_a_finished_task_ends_it_after_the_last_verdict(bench: Bench) -> None:
    bench.agent.cycle()
    bench.finalize(Verdict(VerdictCode.ACCEPTED, 3))
    bench.contract.finished = True
    assert bench.agent.cycle() is Step.FINISHED
    assert bench.told.events[-2:] == ["verdict", "task-finished"]


@pytest.mark.parametrize(
    "error", ["RoundClosed", "WrongRound", "AlreadySubmitted", "TaskFinished", "EnforcedPause"]
)
def test_who_is_overtaken_waits_and_does_not_train_twice(bench: Bench, error: str) -> None:
    bench.sender.errors = [TransactionReverted(error)]
    assert bench.agent.cycle() is Step.WAITING
    assert bench.told.fields("not-submitted") == [{"round": 1, "error": error}]
    bench.agent.cycle()
    assert bench.trained == [1]


def test_another_revert_is_a_crash(bench: Bench) -> None:
    bench.sender.errors = [TransactionReverted("NotAClient")]
    with pytest.raises(TransactionReverted):
        bench.agent.cycle()


# --- verdicts ---


def test_a_verdict_is_reported_once(bench: Bench) -> None:
    bench.agent.cycle()
    bench.federation.submit(1, bench.federation.update(1, weights(1)))
    bench.finalize(Verdict(VerdictCode.ACCEPTED, 5), Verdict(VerdictCode.NOT_IMPROVED, 1))
    bench.agent.cycle()
    bench.agent.cycle()
    expected = {"round": 1, "code": "accepted", "correct": 5, "baseline_correct": 2}
    assert bench.told.fields("verdict") == [expected]
    bench.restart()
    bench.agent.cycle()
    assert bench.told.fields("verdict") == []


def test_verdicts_missed_while_away_are_reported(bench: Bench) -> None:
    for _ in range(3):
        bench.contract.submit(ME.address, b"\7" * 32)
        bench.finalize(Verdict(VerdictCode.UNAVAILABLE))
    bench.agent.cycle()
    assert [fields["round"] for fields in bench.told.fields("verdict")] == [1, 2, 3]


def test_a_voided_round_is_reported(bench: Bench) -> None:
    bench.agent.cycle()
    bench.contract.void()
    bench.agent.cycle()
    assert bench.told.fields("voided") == [{"round": 1}]


def test_verdicts_that_make_no_sense_do_not_end_a_client(bench: Bench) -> None:
    bench.agent.cycle()
    bench.finalize(Verdict(VerdictCode.ACCEPTED, 5), Verdict(VerdictCode.ACCEPTED, 5))
    assert bench.agent.cycle() is Step.PROGRESS
    assert bench.told.fields("verdict-unreadable") == [{"round": 1}]


def test_a_node_that_tells_nothing_of_a_round_is_asked_again(bench: Bench) -> None:
    bench.contract.void()
    bench.contract.events = [e for e in bench.contract.events if not hasattr(e, "round")]
    with pytest.raises(ChainUnavailable, match="not tell all of round 1"):
        bench.agent.cycle()
    assert bench.journal.reported == 0
