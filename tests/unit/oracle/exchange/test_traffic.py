"""What jurors ask each other for, counted by kind."""

import pytest

from fedjury.oracle.exchange import paths
from fedjury.oracle.exchange.peers import PeerRefused, Peers, PeerUnavailable, PeerWrong
from fedjury.protocol.digest import Digest
from fedjury.protocol.statements.signed import RoundKey
from fedjury.runtime.events import ignore

KEY, FILE, JUROR = RoundKey(3, bytes(32)), Digest.of(b"file"), "0x01"


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        (paths.HEALTH, "healthz"),
        (paths.ANNOUNCEMENTS, "announcements"),
        (paths.STATUS, "status"),
        (paths.feed_target(KEY, 3, 20.0), "feed"),
        (paths.holding_target(KEY), "holding"),
        (paths.findings_target(KEY, 1), "findings"),
        (paths.report_target(bytes(32)), "reports"),
        (paths.file_target(FILE), "files"),
        (paths.root_target(FILE), "files"),
        (paths.slice_target(4), "slices"),
        ("/", "other"),
        ("/filesystem", "other"),
        ("/rounds/3/0x/else", "other"),
        ("/x/files/1", "other"),
    ],
)
def test_a_path_is_of_one_kind(target: str, kind: str) -> None:
    assert paths.kind_of(target) == kind


class Moody:
    """A juror that answers in one way."""

    address = JUROR

    def __init__(self, answer: bytes | Exception) -> None:
        self._answer = answer

    def get(self, target: str, max_bytes: int, timeout: float) -> bytes:
        """As `Peer.get`."""
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def asking(answer: bytes | Exception) -> tuple[Peers, list[tuple[str, str, int]]]:
    """Ways to ask such a juror, and what of it is counted."""
    counted: list[tuple[str, str, int]] = []
    return Peers({JUROR: Moody(answer)}.get, ignore, lambda *each: counted.append(each)), counted


def test_an_answer_is_counted_with_its_bytes() -> None:
    peers, counted = asking(b"twelve bytes")
    assert peers.ask(JUROR, paths.STATUS, 100, 1.0) == b"twelve bytes"
    assert counted == [("status", "answered", 12)]


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (PeerRefused("no"), "refused"),
        (PeerUnavailable("down"), "unavailable"),
        (PeerWrong("too much"), "wrong"),
    ],
    ids=["refused", "unavailable", "wrong"],
)
def test_a_question_without_an_answer_is_counted_by_why(error: Exception, word: str) -> None:
    peers, counted = asking(error)
    with pytest.raises(type(error)):
        peers.ask(JUROR, paths.STATUS, 100, 1.0)
    assert counted == [("status", word, 0)]
