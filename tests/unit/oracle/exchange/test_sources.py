"""Files from other jurors, whatever these answer."""

import json
from pathlib import Path

import pytest

from fedjury.errors import ContentNotFound, ContentTooLarge
from fedjury.oracle.exchange.availability import Available
from fedjury.oracle.exchange.events import PeerMisbehaved
from fedjury.oracle.exchange.loans import ROOM_BYTES, Loan, Room
from fedjury.oracle.exchange.paths import file_target, holding_target, root_target
from fedjury.oracle.exchange.peers import PeerRefused, Peers, PeerUnavailable, PeerWrong
from fedjury.oracle.exchange.sources import Sources
from fedjury.oracle.recording import Held
from fedjury.oracle.round_files import Wanted
from fedjury.protocol.digest import Digest
from fedjury.protocol.statements.signed import RoundKey
from fedjury.runtime.events import Event
from fedjury.store import DirectoryStore

KEY = RoundKey(3, b"\x07" * 32)
BAD, GOOD = "0x" + "11" * 20, "0x" + "22" * 20
CONTENT = [bytes([number]) * 10 for number in range(20)]
DIGESTS = [Digest.of(each) for each in CONTENT]


class Serving:
    """A juror that gives files, or says that it has none.

    Attributes:
        asked: for which of them it was asked.
    """

    def __init__(self, address: str, files: dict[str, bytes], holding: bytes) -> None:
        self.address, self._files, self._holding = address, files, holding
        self.asked: list[str] = []

    def get(self, target: str, max_bytes: int, timeout: float) -> bytes:
        if target == holding_target(KEY):
            return self._holding
        self.asked.append(target)
        if target not in self._files:
            raise PeerRefused("it answers 404")
        if len(self._files[target]) > max_bytes:
            raise PeerWrong("its answer is larger than any that is right")
        return self._files[target]


def holding(batches: str, entries: str) -> bytes:
    return json.dumps({"batches": batches, "entries": entries}).encode()


def sources(directory: Path, told: list[Event], *jurors: Serving) -> Sources:
    peers = Peers.of({each.address: each for each in jurors}, told.append)
    made = Sources(DirectoryStore(directory), peers)
    made.begin(KEY, [each.address for each in jurors])
    made.expect(Wanted([], DIGESTS))
    return made


def test_who_gave_nothing_of_what_it_says_it_holds_is_asked_last(tmp_path: Path) -> None:
    everything = holding("", "fffff0")
    bad = Serving(BAD, {}, everything)
    good = Serving(
        GOOD, {f"/files/{each.cid}": CONTENT[i] for i, each in enumerate(DIGESTS)}, everything
    )
    made = sources(tmp_path, [], bad, good)
    assert [made.fetch(each, 100, 1.0) for each in DIGESTS] == CONTENT
    assert len([each for each in bad.asked if "root" not in each]) == 1


def test_who_refuses_files_that_it_says_it_holds_is_named_once_a_round(tmp_path: Path) -> None:
    made = sources(tmp_path, [], Serving(BAD, {}, holding("", "fffff0")))
    for digest in DIGESTS[:3]:
        with pytest.raises(ContentNotFound):
            made.fetch(digest, 100, 0.2)
    assert [(juror, digest) for juror, digest, _ in made.take_unserved()] == [(BAD, DIGESTS[0])]
    with pytest.raises(ContentNotFound):
        made.fetch(DIGESTS[3], 100, 0.2)
    assert made.take_unserved() == []
    made.begin(RoundKey(KEY.round + 1, KEY.updates_hash), [BAD])
    made.go_by(Available([], [True], {BAD: Held([], [True])}, 1))
    made.expect(Wanted([], DIGESTS[:1]))
    with pytest.raises(ContentNotFound):
        made.fetch(DIGESTS[0], 100, 0.2)
    assert [juror for juror, _, _ in made.take_unserved()] == [BAD]


def test_who_does_not_answer_is_not_said_to_keep_a_file_back(tmp_path: Path) -> None:
    class Slow(Serving):
        def get(self, target: str, max_bytes: int, timeout: float) -> bytes:
            if target.startswith("/files/"):
                raise PeerUnavailable("no whole answer in time")
            return super().get(target, max_bytes, timeout)

    told: list[Event] = []
    made = sources(tmp_path, told, Slow(BAD, {}, holding("", "fffff0")))
    with pytest.raises(ContentNotFound):
        made.fetch(DIGESTS[0], 100, 0.2)
    assert made.take_unserved() == []
    assert [each.name for each in told if each.name != "peer-reached"] == ["peer-unreachable"]


def test_who_holds_a_larger_file_and_proves_that_it_is_too_large_is_not_blamed(
    tmp_path: Path,
) -> None:
    """The file is too large for what is asked for, and not for something else that it is too."""
    told: list[Event] = []
    root = DirectoryStore(tmp_path / "others")
    root.add(CONTENT[0])
    proof = root.root_of(DIGESTS[0])
    assert proof is not None
    files = {file_target(DIGESTS[0]): CONTENT[0], root_target(DIGESTS[0]): proof}
    made = sources(tmp_path, told, Serving(BAD, files, holding("", "fffff0")))
    with pytest.raises(ContentTooLarge) as caught:
        made.fetch(DIGESTS[0], 5, 0.2)
    assert caught.value.root == proof
    assert (made.take_unserved(), told) == ([], [])


def test_who_gives_more_bytes_than_asked_for_and_no_proof_is_blamed(tmp_path: Path) -> None:
    told: list[Event] = []
    files = {file_target(DIGESTS[0]): CONTENT[0]}
    made = sources(tmp_path, told, Serving(BAD, files, holding("", "fffff0")))
    with pytest.raises(ContentNotFound):
        made.fetch(DIGESTS[0], 5, 0.2)
    reason = "its answer is larger than any that is right"
    assert made.take_unserved() == [(BAD, DIGESTS[0], reason)]
    assert told == [PeerMisbehaved(juror=BAD, reason=reason)]


@pytest.mark.parametrize("files", [{}, {file_target(DIGESTS[0]): CONTENT[0]}])
def test_who_cannot_give_a_proof_now_is_not_said_to_keep_a_file_back(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    class Busy(Serving):
        def get(self, target: str, max_bytes: int, timeout: float) -> bytes:
            if target == root_target(DIGESTS[0]):
                raise PeerUnavailable("it answers HTTP 429")
            return super().get(target, max_bytes, timeout)

    told: list[Event] = []
    made = sources(tmp_path, told, Busy(BAD, files, holding("", "fffff0")))
    with pytest.raises(ContentNotFound):
        made.fetch(DIGESTS[0], 5, 0.2)
    assert made.take_unserved() == []
    assert [each.name for each in told if each.name != "peer-reached"] == ["peer-unreachable"]


def test_who_has_not_read_the_batches_yet_is_not_blamed(tmp_path: Path) -> None:
    told: list[Event] = []
    made = sources(tmp_path, told, Serving(BAD, {}, holding("", "")))
    with pytest.raises(ContentNotFound):
        made.fetch(DIGESTS[0], 100, 0.2)
    assert told == []


def test_of_a_round_of_which_nothing_is_known_yet_nothing_is_said(tmp_path: Path) -> None:
    made = sources(tmp_path, [])
    after = RoundKey(4, b"\x08" * 32)
    made.begin(after, [])
    assert made.wanted(after) is None


def test_nobody_fills_a_log_with_what_it_serves() -> None:
    told: list[Event] = []
    peers = Peers.of({}, told.append)
    for _ in range(10_000):
        peers.blame(BAD, "garbage")
    peers.blame(GOOD, "garbage")
    about = [each.juror for each in told if isinstance(each, PeerMisbehaved)]
    assert about.count(BAD) < 100
    assert about.count(GOOD) == 1


def test_files_of_others_take_no_more_memory_than_there_is_room_for() -> None:
    room = Room(100)
    first = room.take(60, 0.0)
    assert first is not None
    assert room.take(60, 0.0) is None
    loan = Loan(b"content", first)
    assert loan() == b"content"
    del loan  # whoever took it has written it to disk
    assert room.take(60, 0.0) is not None


def test_a_file_larger_than_the_room_has_all_of_it() -> None:
    room = Room(100)
    large = room.take(500, 0.0)
    assert large is not None
    assert room.take(1, 0.0) is None
    large()
    assert room.take(1, 0.0) is not None


def test_what_nobody_gives_takes_no_room(tmp_path: Path) -> None:
    made = sources(tmp_path, [], Serving(BAD, {}, holding("", "fffff0")))
    for _ in range(10):
        with pytest.raises(ContentNotFound):
            made.fetch(DIGESTS[0], 2**27, 0.2)
    assert made._room.take(ROOM_BYTES, 0.0) is not None
