"""One client's cycle, against a contract in memory."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.events import RosterSet, RoundFinalized, UpdateSubmitted
from fedjury.chain.rpc.block import BlockTag
from fedjury.clients.client import Client
from fedjury.clients.events import (
    NotSubmitted,
    RosterWrong,
    RoundVoided,
    VerdictReceived,
    VerdictUnreadable,
)
from fedjury.clients.journal import Journal
from fedjury.errors import (
    ChainUnavailable,
    ContentNotFound,
    StoreUnavailable,
    TransactionReverted,
)
from fedjury.protocol.digest import Digest
from fedjury.protocol.roster import Roster
from fedjury.protocol.tensors import Tensors, encode
from fedjury.protocol.verdicts import VerdictCode, pack
from fedjury.runtime.events import Severity, Waiting
from fedjury.runtime.loop import Step
from tests.support.fake_federation import (
    CLIENTS,
    FakeContract,
    FakeFederation,
    FakeSender,
    as_sender,
    weights,
)
from tests.support.recorder import Recorder
from tests.support.reports import report_on

ME = CLIENTS[0]
GONE = Digest(b"\7" * 32)


class Bench:
    """A federation and one client of it, which can be killed and started again."""

    def __init__(
        self, directory: Path, account: LocalAccount = ME, confirmations: int | BlockTag = 0
    ) -> None:
        self.confirmations: int | BlockTag = confirmations
        self.federation = FakeFederation(directory, clients=3)
        self.contract = self.federation.contract
        self.journal = Journal(directory / "journal")
        self.account = account
        self.sender: FakeSender = self.federation.sender(account)
        self.trained: list[int] = []
        self.restart()

    def restart(self) -> None:
        self.told = Recorder()
        self.client = Client(
            self.federation.task,
            self.account,
            as_sender(self.sender),
            self.train,
            self.journal,
            self.told,
            self.confirmations,
        )

    def train(self, round_number: int, current: Tensors) -> Tensors:
        self.trained.append(round_number)
        return weights(0, scale=float(len(self.trained)))  # never the same twice

    def publishing_fails(self) -> None:
        """Submit, and find the store down when the file is to be published."""
        store = self.federation.store
        self.sender.on_delivery = lambda: setattr(store, "is_down", True)
        with pytest.raises(StoreUnavailable):
            self.client.cycle()
        store.is_down = False

    def is_published(self, digest: Digest) -> bool:
        try:
            self.federation.store.fetch(digest, 4096, 0)
        except ContentNotFound:
            return False
        return True

    def mine(self, blocks: int) -> None:
        self.federation.chain.height += blocks

    def undo(self, update: UpdateSubmitted) -> None:
        """A reorganization: other blocks follow, of which none holds the update."""
        self.contract.events.remove(update)
        self.contract.last_rounds.clear()
        self.contract.proved.clear()
        self.federation.chain.mined.clear()
        self.mine(1)

    def submitted(self) -> list[UpdateSubmitted]:
        return [event for event in self.contract.events if isinstance(event, UpdateSubmitted)]

    def finalize(self, *codes: VerdictCode) -> None:
        self.contract.finalize(report_on(self.contract), pack(codes), bytes(65))

    def set_roster(self, *members: LocalAccount) -> Roster:
        """Have the coordinator set the roster that counts from the next round on."""
        roster = Roster.of(member.address for member in members)
        self.contract.set_roster_of(roster, self.federation.store.add(roster.to_bytes()))
        return roster

    def proofs(self) -> list[list[bytes]]:
        """The proofs of all submissions that were tried."""
        return [list(call[3]) for call in self.sender.tried]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_round_is_trained_submitted_and_published(bench: Bench) -> None:
    assert bench.client.cycle() is Step.PROGRESS
    (update,) = bench.submitted()
    assert update.client == ME.address
    assert update.digest == Digest.of(bench.federation.update(0, weights(0)))
    assert bench.is_published(update.digest)
    assert bench.told.names == ["trained", "update-submitted", "update-published"]


def test_nothing_is_published_before_it_is_submitted(bench: Bench) -> None:
    published: list[bool] = []
    bench.sender.on_delivery = lambda: published.append(
        bench.is_published(bench.submitted()[0].digest)
    )
    bench.client.cycle()
    assert published == [False]
    assert bench.is_published(bench.submitted()[0].digest)


def test_an_update_that_was_refused_is_never_published(bench: Bench) -> None:
    bench.sender.errors = [TransactionReverted("RoundClosed")]
    assert bench.client.cycle() is Step.WAITING
    assert not bench.is_published(Digest.of(bench.federation.update(0, weights(0))))


def test_who_has_submitted_waits_for_the_jury(bench: Bench) -> None:
    bench.client.cycle()
    assert bench.client.cycle() is Step.WAITING
    assert bench.client.cycle() is Step.WAITING
    assert bench.told.names.count("waiting") == 1
    assert bench.trained == [1]


def test_each_round_is_trained_anew(bench: Bench) -> None:
    for number in (1, 2, 3):
        assert bench.client.cycle() is Step.PROGRESS
        assert bench.trained[-1] == number
        bench.finalize(VerdictCode.NOT_IMPROVED)
    assert [update.round for update in bench.submitted()] == [1, 2, 3]


def test_files_of_earlier_rounds_are_forgotten(bench: Bench) -> None:
    first = bench.contract.model
    bench.client.cycle()
    bench.finalize(VerdictCode.NOT_IMPROVED)
    bench.client.cycle()
    assert bench.journal.load_update(1, first) is None
    assert bench.journal.load_update(2, bench.contract.model) is not None


# --- restarts ---


def test_a_restart_before_submitting_uses_the_file_again(bench: Bench) -> None:
    bench.sender.errors = [ChainUnavailable("down")]
    with pytest.raises(ChainUnavailable):
        bench.client.cycle()
    bench.restart()
    assert bench.client.cycle() is Step.PROGRESS
    assert bench.trained == [1]
    assert bench.is_published(bench.submitted()[0].digest)


def test_a_restart_before_publishing_publishes(bench: Bench) -> None:
    bench.publishing_fails()
    (update,) = bench.submitted()
    assert not bench.is_published(update.digest)
    bench.restart()
    assert bench.client.cycle() is Step.WAITING
    assert bench.is_published(update.digest)
    assert bench.told.names == ["update-published", "waiting"]
    bench.client.cycle()
    assert bench.told.names == ["update-published", "waiting"]


def test_without_a_restart_publishing_is_tried_again_too(bench: Bench) -> None:
    bench.publishing_fails()
    bench.client.cycle()
    assert bench.is_published(bench.submitted()[0].digest)
    assert bench.trained == [1]


def test_a_damaged_file_is_trained_anew(bench: Bench) -> None:
    bench.journal.save_update(1, bench.contract.model, b"damage")
    assert bench.client.cycle() is Step.PROGRESS
    assert bench.trained == [1]


def test_a_file_of_another_client_is_not_used(bench: Bench) -> None:
    bench.journal.save_update(1, bench.contract.model, bench.federation.update(1, weights(0)))
    bench.client.cycle()
    assert bench.trained == [1]


def test_a_lost_file_is_told_once(bench: Bench) -> None:
    bench.contract.submit(ME.address, GONE)
    bench.client.cycle()
    bench.client.cycle()
    assert bench.told.names == ["file-lost", "waiting"]


@pytest.mark.parametrize("ends", ["reported", "voided", "last"])
def test_a_file_of_a_round_that_is_over_is_missed_by_nobody(bench: Bench, ends: str) -> None:
    bench.contract.submit(ME.address, GONE)  # by another process with this key, perhaps
    if ends == "voided":
        bench.contract.void()
    else:
        bench.finalize(VerdictCode.ACCEPTED)
    bench.contract.finished = ends == "last"
    bench.restart()
    bench.client.cycle()
    assert "file-lost" not in bench.told.names
    told = {"reported": "verdict-received", "voided": "round-voided", "last": "task-finished"}[ends]
    assert told in bench.told.names


def test_a_lost_file_of_a_closed_round_is_told_until_its_report(bench: Bench) -> None:
    bench.contract.submit(ME.address, GONE)
    bench.contract.close()
    bench.restart()
    bench.client.cycle()
    assert bench.told.names[0] == "file-lost"


def test_a_file_that_was_not_the_one_submitted_is_not_published(bench: Bench) -> None:
    data = bench.federation.update(0, weights(0))
    bench.journal.save_update(1, bench.contract.model, data)
    bench.contract.submit(ME.address, GONE)
    bench.client.cycle()
    assert not bench.is_published(Digest.of(data))
    bench.client.cycle()
    assert bench.told.names.count("file-lost") == 1


# --- between being mined and being confirmed ---

DEEP: dict[int | str, int] = {3: 3, "finalized": 64}


@pytest.fixture(params=[3, "finalized"])
def deep(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    """A client that reads the chain with confirmations, and sees round 1."""
    bench = Bench(tmp_path, confirmations=request.param)
    bench.mine(DEEP[request.param])
    return bench


def test_a_submission_is_published_once_and_when_it_is_confirmed(deep: Bench) -> None:
    assert deep.client.cycle() is Step.PROGRESS
    (update,) = deep.submitted()
    published = []
    for _ in range(DEEP[deep.confirmations]):
        published.append(deep.is_published(update.digest))
        assert [deep.client.cycle(), deep.client.cycle()] == [Step.WAITING] * 2
        deep.mine(1)
    assert not any(published)
    deep.client.cycle()
    deep.client.cycle()
    assert deep.is_published(update.digest)
    assert deep.told.names == [
        *("trained", "update-submitted", "waiting", "update-published", "waiting")
    ]
    assert (deep.trained, len(deep.sender.tried)) == ([1], 1)
    words = {3: "3 confirmations", "finalized": "its block to be finalized"}[deep.confirmations]
    reason = f"submitted in block {update.block_number}; waiting for {words}"
    assert deep.told.of(Waiting)[0] == Waiting(round=1, reason=reason)


def test_a_restart_before_it_is_confirmed_costs_no_work(deep: Bench) -> None:
    deep.client.cycle()
    deep.restart()
    for _ in range(DEEP[deep.confirmations]):
        assert deep.client.cycle() is Step.WAITING
        deep.mine(1)
    deep.client.cycle()
    assert deep.told.names == ["waiting", "update-published", "waiting"]
    assert "submitted before; waiting for" in deep.told.of(Waiting)[0].reason
    assert (deep.trained, len(deep.sender.tried)) == ([1], 1)


def test_a_submission_that_a_reorganization_undoes_is_sent_again_at_once(deep: Bench) -> None:
    deep.client.cycle()
    deep.client.cycle()
    (update,) = deep.submitted()
    deep.undo(update)
    assert deep.client.cycle() is Step.PROGRESS
    assert [event.digest for event in deep.submitted()] == [update.digest]
    assert (deep.trained, len(deep.sender.tried)) == ([1], 2)


@pytest.mark.parametrize("ends", [FakeContract.void, FakeContract.close])
def test_what_the_newest_block_rules_out_is_not_trained_for(
    deep: Bench, ends: Callable[[FakeContract], None]
) -> None:
    deep.contract.submit(CLIENTS[1].address, GONE)
    ends(deep.contract)
    assert [deep.client.cycle(), deep.client.cycle()] == [Step.WAITING] * 2
    assert (deep.trained, deep.sender.tried, deep.told.names) == ([], [], ["waiting"])


# --- reorganizations ---


def _undone(bench: Bench, base: Digest) -> None:
    """Have a reorganization take the client's submission back; the round begins with a model."""
    bench.contract.events = [
        event for event in bench.contract.events if not isinstance(event, UpdateSubmitted)
    ]
    bench.contract.last_rounds.clear()
    bench.contract.proved.clear()
    bench.contract.chain.mined.clear()
    bench.contract.model = base


def test_a_round_that_begins_with_another_model_is_trained_for_anew(deep: Bench) -> None:
    deep.client.cycle()
    deep.mine(DEEP[deep.confirmations])
    deep.client.cycle()
    (before,) = deep.submitted()
    assert deep.is_published(before.digest)
    other = deep.federation.store.add(encode(weights(1)))
    _undone(deep, other)
    deep.contract.number -= 1
    deep.contract.open_round(other)
    deep.mine(DEEP[deep.confirmations])
    assert deep.client.cycle() is Step.PROGRESS
    (after,) = deep.submitted()
    assert (deep.trained, after.digest != before.digest) == ([1, 1], True)
    deep.mine(DEEP[deep.confirmations])
    deep.client.cycle()
    assert deep.is_published(after.digest)


def test_a_round_that_begins_with_the_same_model_gets_the_same_update(deep: Bench) -> None:
    deep.client.cycle()
    (before,) = deep.submitted()
    _undone(deep, deep.contract.model)
    assert deep.client.cycle() is Step.PROGRESS
    assert [update.digest for update in deep.submitted()] == [before.digest]
    assert deep.trained == [1]


# --- when there is nothing to do ---


def test_who_is_late_waits_for_the_next_round(bench: Bench) -> None:
    bench.federation.submit(1, bench.federation.update(1, weights(0)))
    bench.federation.chain.timestamp += 1000
    assert bench.client.cycle() is Step.WAITING
    assert bench.trained == []
    assert "closed without this client" in bench.told.events[-1].sentence


def test_a_full_round_is_waited_out(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.federation.task = replace(
        bench.federation.task, config=replace(bench.federation.task.config, max_updates=2)
    )
    bench.restart()
    for client in CLIENTS[1:3]:
        bench.contract.submit(client.address, GONE)
    assert [bench.client.cycle(), bench.client.cycle()] == [Step.WAITING] * 2
    reason = "full without this client; waiting for the next"
    assert bench.told.events == [Waiting(round=1, reason=reason)]
    assert bench.trained == []
    bench.finalize(*[VerdictCode.UNAVAILABLE] * 2)
    assert bench.client.cycle() is Step.PROGRESS


def test_a_finished_task_ends_it_after_the_last_verdict(bench: Bench) -> None:
    bench.client.cycle()
    bench.finalize(VerdictCode.ACCEPTED)
    bench.contract.finished = True
    assert bench.client.cycle() is Step.FINISHED
    assert bench.told.names[-2:] == ["verdict-received", "task-finished"]


@pytest.mark.parametrize(
    "error",
    ["RoundClosed", "RoundFull", "WrongRound", "AlreadySubmitted", "TaskFinished", "NotInRoster"],
)
def test_who_is_overtaken_waits_and_does_not_train_twice(bench: Bench, error: str) -> None:
    bench.sender.errors = [TransactionReverted(error)]
    assert bench.client.cycle() is Step.WAITING
    assert bench.told.of(NotSubmitted) == [NotSubmitted(round=1, error=error, reason=error)]
    bench.client.cycle()
    assert bench.trained == [1]


def test_another_revert_is_a_crash(bench: Bench) -> None:
    bench.sender.errors = [TransactionReverted("ZeroDigest")]
    with pytest.raises(TransactionReverted):
        bench.client.cycle()


# --- the roster ---


def test_the_first_submission_under_a_roster_carries_the_proof_and_the_next_does_not(
    bench: Bench,
) -> None:
    bench.client.cycle()
    bench.finalize(VerdictCode.NOT_IMPROVED)
    bench.client.cycle()
    assert bench.proofs() == [bench.federation.roster.proof(ME.address), []]


def test_a_new_roster_takes_a_new_proof(bench: Bench) -> None:
    bench.client.cycle()
    roster = bench.set_roster(ME, *CLIENTS[3:])
    bench.finalize(VerdictCode.NOT_IMPROVED)
    bench.client.cycle()
    assert bench.proofs()[1] == roster.proof(ME.address)


def test_a_restart_before_the_proof_is_mined_proves_again(bench: Bench) -> None:
    bench.sender.errors = [ChainUnavailable("down")]
    with pytest.raises(ChainUnavailable):
        bench.client.cycle()
    bench.restart()
    bench.client.cycle()
    assert bench.proofs() == [bench.federation.roster.proof(ME.address)] * 2


def test_a_rosters_file_is_fetched_once(bench: Bench) -> None:
    store, fetched = bench.federation.store, []
    fetch = store.fetch
    digest = Digest.of(bench.federation.roster.to_bytes())
    store.fetch = lambda *asked: fetched.append(asked[0]) or fetch(*asked)  # type: ignore
    bench.sender.errors = [TransactionReverted("RoundFull")] * 3
    for _ in range(4):
        bench.client.cycle()
    assert fetched.count(digest) == 1


def test_a_rosters_file_that_cannot_be_had_is_waited_for_before_anything_is_trained(
    bench: Bench,
) -> None:
    bench.federation.store.missing[Digest.of(bench.federation.roster.to_bytes())] = 2
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="roster 1"):
            bench.client.cycle()
    assert bench.trained == []
    assert bench.client.cycle() is Step.PROGRESS


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (Roster.of(client.address for client in CLIENTS[:3]).to_bytes()[:40], "has 2 members"),
        (Roster.of(client.address for client in CLIENTS[1:4]).to_bytes(), "has the root"),
        (bytes(60), "do not ascend"),
        (bytes(59), "are no list of addresses"),
    ],
)
def test_a_rosters_file_that_is_not_what_the_chain_says_is_warned_of_once(
    bench: Bench, content: bytes, says: str
) -> None:
    bench.federation.change(RosterSet, digest=bench.federation.store.add(content))
    assert [bench.client.cycle(), bench.client.cycle()] == [Step.WAITING] * 2
    (told,) = bench.told.of(RosterWrong)
    assert (told.severity, bench.told.events) == (Severity.WARNING, [told])
    assert says in told.sentence
    assert bench.trained == []


def test_a_wrong_roster_that_is_set_again_with_the_right_file_is_proved(bench: Bench) -> None:
    """The next roster may be set again, with the same root, under the same version."""
    federation = bench.federation
    contract, store = federation.contract, federation.store
    bench.finalize(VerdictCode.NOT_IMPROVED)
    others = Roster.of(client.address for client in CLIENTS[1:3])
    contract.set_roster_of(others, store.add(others.to_bytes()))
    contract.void()
    wrong = store.add(Roster.of(client.address for client in CLIENTS[1:4]).to_bytes())
    contract.set_roster_of(federation.roster, wrong)
    assert bench.client.cycle() is Step.WAITING
    fetched: list[Digest] = []
    fetch = store.fetch
    store.fetch = lambda *asked: fetched.append(asked[0]) or fetch(*asked)  # type: ignore
    bench.client.cycle()
    assert fetched == []  # what is wrong with it is known
    contract.set_roster_of(federation.roster, store.add(federation.roster.to_bytes()))
    contract.void()
    bench.client.cycle()
    assert bench.proofs() == [federation.roster.proof(ME.address)]


def test_who_proved_before_needs_no_file_that_is_not_what_the_chain_says(bench: Bench) -> None:
    bench.client.cycle()
    bench.finalize(VerdictCode.NOT_IMPROVED)
    bench.restart()
    bench.federation.change(RosterSet, digest=GONE)
    assert bench.client.cycle() is Step.PROGRESS


def waits_outside(bench: Bench, reason: str) -> None:
    """The client waits, for this reason, and does not train."""
    trained = len(bench.trained)
    assert [bench.client.cycle(), bench.client.cycle()] == [Step.WAITING] * 2
    assert bench.told.of(Waiting)[-1] == Waiting(round=bench.contract.number, reason=reason)
    assert len(bench.trained) == trained


def test_who_is_in_the_roster_of_the_next_round_waits_for_it_and_says_so(tmp_path: Path) -> None:
    bench = Bench(tmp_path, CLIENTS[4])
    waits_outside(bench, "not in the roster of round 1")
    roster = bench.set_roster(*CLIENTS)
    waits_outside(bench, "not in the roster of round 1; in that of the next round")
    bench.contract.void()
    assert bench.client.cycle() is Step.PROGRESS
    assert bench.proofs() == [roster.proof(CLIENTS[4].address)]


def test_a_next_roster_whose_file_is_wrong_says_nothing_of_who_is_in_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path, CLIENTS[4])
    bench.set_roster(*CLIENTS)
    wrong = bench.federation.store.add(bytes(120))
    bench.federation.change(RosterSet, digest=wrong)
    waits_outside(bench, "not in the roster of round 1")


@pytest.mark.parametrize("rest", [CLIENTS[1:], []])
def test_who_was_taken_off_the_roster_still_publishes_and_reads_its_verdict(
    bench: Bench, rest: list[LocalAccount]
) -> None:
    bench.publishing_fails()
    bench.set_roster(*rest)
    bench.finalize(VerdictCode.UNAVAILABLE)
    bench.restart()
    waits_outside(bench, "not in the roster of round 2")
    assert bench.told.names == ["update-published", "verdict-received", "waiting"]
    assert bench.is_published(bench.submitted()[0].digest)


def test_who_comes_back_takes_part_again(bench: Bench) -> None:
    bench.client.cycle()
    bench.set_roster(*CLIENTS[1:])
    bench.finalize(VerdictCode.NOT_IMPROVED)
    waits_outside(bench, "not in the roster of round 2")
    roster = bench.set_roster(*CLIENTS)
    bench.contract.void()
    assert bench.client.cycle() is Step.PROGRESS
    assert bench.proofs()[-1] == roster.proof(ME.address)


def test_another_roster_after_a_reorganization_takes_another_proof(bench: Bench) -> None:
    bench.sender.errors = [TransactionReverted("NotInRoster")]
    assert bench.client.cycle() is Step.WAITING
    roster = Roster.of(client.address for client in (ME, *CLIENTS[2:5]))
    digest = bench.federation.store.add(roster.to_bytes())
    bench.federation.change(RosterSet, root=roster.root, size=roster.size, digest=digest)
    assert bench.client.cycle() is Step.PROGRESS
    assert bench.proofs()[1] == roster.proof(ME.address)
    assert bench.trained == [1]


# --- verdicts ---


def test_a_verdict_is_reported_once(bench: Bench) -> None:
    bench.client.cycle()
    bench.federation.submit(1, bench.federation.update(1, weights(1)))
    bench.finalize(VerdictCode.ACCEPTED, VerdictCode.NOT_IMPROVED)
    bench.client.cycle()
    bench.client.cycle()
    expected = VerdictReceived(round=1, code="accepted")
    assert bench.told.of(VerdictReceived) == [expected]
    bench.restart()
    bench.client.cycle()
    assert bench.told.of(VerdictReceived) == []


def test_verdicts_missed_while_away_are_reported(bench: Bench) -> None:
    for _ in range(3):
        bench.contract.submit(ME.address, GONE)
        bench.finalize(VerdictCode.UNAVAILABLE)
    bench.client.cycle()
    assert [event.round for event in bench.told.of(VerdictReceived)] == [1, 2, 3]


def test_a_voided_round_is_reported(bench: Bench) -> None:
    bench.client.cycle()
    bench.contract.void()
    bench.client.cycle()
    assert bench.told.of(RoundVoided) == [RoundVoided(round=1)]


@pytest.mark.parametrize(
    ("verdicts", "reason"),
    [
        (b"", "0 verdicts, but this update has number 0"),
        (bytes(1), "0 is not a valid VerdictCode"),
        (b"\xff", "255 is not a valid VerdictCode"),
    ],
)
def test_verdicts_that_make_no_sense_do_not_end_a_client(
    bench: Bench, verdicts: bytes, reason: str
) -> None:
    bench.client.cycle()
    bench.finalize()
    bench.federation.change(RoundFinalized, verdicts=verdicts)
    assert bench.client.cycle() is Step.PROGRESS
    assert bench.told.of(VerdictUnreadable) == [VerdictUnreadable(round=1, reason=reason)]


def test_a_node_that_tells_nothing_of_a_round_is_asked_again(bench: Bench) -> None:
    bench.contract.void()
    bench.contract.events = [e for e in bench.contract.events if not hasattr(e, "round")]
    with pytest.raises(ChainUnavailable, match="not tell how round 1 ended"):
        bench.client.cycle()
    assert bench.journal.reported == 0
