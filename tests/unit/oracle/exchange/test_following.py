"""What a juror takes over from the feeds of others, whatever they hold."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fedjury.oracle.exchange.admission import Admission
from fedjury.oracle.exchange.availability import Extent
from fedjury.oracle.exchange.bench import Bench, Turns
from fedjury.oracle.exchange.docket import Docket
from fedjury.oracle.exchange.events import Equivocation, PeerMisbehaved
from fedjury.oracle.exchange.following import Following
from fedjury.oracle.exchange.peers import Peers
from fedjury.protocol.digest import Digest
from fedjury.protocol.statements.have import Have
from fedjury.protocol.statements.proposal import Proposal
from fedjury.protocol.statements.signed import RoundKey, Signed, TaskDomain, sign
from fedjury.runtime.events import Event
from tests.support.joint import FOUR, QUORUM

TASK = "0x" + "ab" * 20
KEY = RoundKey(3, b"\x07" * 32)
DOMAIN = TaskDomain(31337, TASK)
CLOSED_AT, AVAILABILITY = 1_000, 40
TURNS = Turns(
    Bench.of((each.address for each in FOUR), QUORUM), TASK, KEY.round, CLOSED_AT, AVAILABILITY
)
ME, OTHER, LIAR = (FOUR[index].address.lower() for index in range(3))


class Feed:
    """A juror that serves a feed.

    Attributes:
        statements: documents of it.
        asked: how often it was asked.
    """

    def __init__(self, address: str) -> None:
        self.address, self.statements, self.asked = address, list[Any](), 0

    def get(self, target: str, max_bytes: int, timeout: float) -> bytes:
        self.asked += 1
        after = int(target.partition("after=")[2].partition("&")[0])
        rest = self.statements[after:]
        return json.dumps({"feed": "f", "next": after + len(rest), "statements": rest}).encode()


class Listening:
    """A juror that follows another one.

    Attributes:
        docket, following: its parts.
        now: its clock.
        told: events.
    """

    def __init__(self, directory: Path, feed: Feed) -> None:
        self.docket, self.told, self.now = Docket(directory / "jury.sqlite", {}), list[Event](), 0.0
        self.docket.open(KEY, TURNS.bench.jurors)
        peers = Peers.of({feed.address: feed}, self.told.append)
        self.following = Following(self.docket, peers, self.told.append)
        self.following.begin(admission(lambda: self.now))

    def of(self, kind: type[Event]) -> list[Event]:
        return [each for each in self.told if isinstance(each, kind)]


def admission(now: Callable[[], float]) -> Admission:
    parent = Digest(b"\x01" * 32)
    return Admission(KEY, DOMAIN, TURNS, Extent(0, 8), 1, parent, now)


def have(juror: int, entries: int = 0xFF) -> Signed[Have]:
    said = Have(round=3, updates_hash=KEY.updates_hash, batches=b"", entries=bytes([entries]))
    return sign(FOUR[juror], said, DOMAIN)


def proposal(attempt: int, *haves: Signed[Have]) -> Signed[Proposal]:
    leader = TURNS.bench.jurors.index(TURNS.leader(attempt))
    return sign(FOUR[leader], Proposal.of(KEY, attempt, b"\x02" * 32, haves), DOMAIN)


@pytest.fixture
def feed() -> Feed:
    return Feed(OTHER)


@pytest.fixture
def juror(tmp_path: Path, feed: Feed) -> Listening:
    return Listening(tmp_path, feed)


def test_what_comes_long_before_its_time_is_taken_once_that_is_near(
    feed: Feed, juror: Listening
) -> None:
    haves = [have(each) for each in range(3)]
    feed.statements = [proposal(20, *haves).to_document(), have(3).to_document()]
    assert juror.following.pull(OTHER)
    assert juror.docket.proposed(KEY) == []
    assert juror.docket.have(KEY, FOUR[3].address.lower()) is not None
    juror.now = TURNS.start_of(20) + 1
    assert juror.following.pull(OTHER)
    assert juror.docket.proposed(KEY) == [20]


def test_what_comes_long_before_its_time_is_told_once_for_each_attempt(
    feed: Feed, juror: Listening
) -> None:
    feed.statements = [proposal(20, *map(have, range(3))).to_document()]
    for _ in range(5):
        juror.following.pull(OTHER)
    assert len(juror.of(PeerMisbehaved)) == 1


def test_of_an_answer_full_of_wrong_statements_only_the_first_few_cost_anything(
    feed: Feed, juror: Listening
) -> None:
    forged = replace(have(2), signer=FOUR[3].address.lower()).to_document()
    feed.statements = [forged] * 500 + [have(2).to_document()]
    assert not juror.following.pull(OTHER)
    assert len(juror.of(PeerMisbehaved)) == 3


def test_what_is_right_behind_something_wrong_is_taken(feed: Feed, juror: Listening) -> None:
    forged = replace(have(2), signer=FOUR[3].address.lower()).to_document()
    feed.statements = [forged] * 4 + [have(2).to_document()]
    for _ in range(3):
        juror.following.pull(OTHER)
    assert juror.docket.have(KEY, LIAR) == have(2)


def test_a_juror_that_says_otherwise_to_a_leader_than_to_others_is_found_out(
    feed: Feed, juror: Listening
) -> None:
    told_to_leader = have(2, entries=0x0F)
    feed.statements = [
        have(2).to_document(),
        proposal(0, have(0), have(1), told_to_leader).to_document(),
    ]
    assert juror.following.pull(OTHER)
    (told,) = juror.of(Equivocation)
    assert isinstance(told, Equivocation)
    assert (told.juror.lower(), told.kind) == (LIAR, "have")
    ((first, second),) = juror.docket.contradictions()
    assert {first.statement.content, second.statement.content} == {
        have(2).statement.content,
        told_to_leader.statement.content,
    }


def test_what_comes_of_a_round_that_was_forgotten_meanwhile_is_left(
    feed: Feed, juror: Listening
) -> None:
    feed.statements = [have(2).to_document()]
    juror.docket.forget_before(KEY.round + 1)
    assert juror.following.pull(OTHER)
    assert juror.docket.open_keys() == []


def test_a_full_disk_ends_nothing_and_loses_nothing(
    feed: Feed, juror: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed.statements = [have(2).to_document()]
    database = juror.docket._file._database
    with monkeypatch.context() as patch:
        patch.setattr(database, "transaction", _full)
        assert not juror.following.pull(OTHER)
    assert juror.following.pull(OTHER)
    assert juror.docket.have(KEY, LIAR) == have(2)


def _full() -> None:
    raise sqlite3.OperationalError("database or disk is full")
