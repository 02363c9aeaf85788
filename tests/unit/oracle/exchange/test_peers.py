"""What is told of jurors that answer, and of those that do not."""

from contextlib import suppress

from fedjury.oracle.exchange.events import PeerReached, PeerUnreachable
from fedjury.oracle.exchange.peers import Peers, PeerUnavailable
from tests.support.recorder import Recorder

JUROR = "0x" + "11" * 20


class Flapping:
    """A juror that answers while it is up."""

    address = JUROR
    is_up = False

    def get(self, target: str, max_bytes: int, timeout: float) -> bytes:
        """As `Peer.get`."""
        if not self.is_up:
            raise PeerUnavailable("gone")
        return b"well"


def test_a_juror_that_goes_and_comes_is_told_of_once_each() -> None:
    juror, told = Flapping(), Recorder()
    peers = Peers.of({JUROR: juror}, told)
    for is_up in (False, False, True, True, False):
        juror.is_up = is_up
        _ask(peers)
    kinds = [PeerUnreachable, PeerReached, PeerUnreachable]
    assert [type(each) for each in told.events] == kinds
    assert peers.unreachable([JUROR]) == {JUROR: "gone"}


def test_a_juror_that_answers_every_other_time_fills_no_log() -> None:
    juror, told = Flapping(), Recorder()
    peers = Peers.of({JUROR: juror}, told)
    for _ in range(1_000):
        for juror.is_up in (False, True):
            _ask(peers)
    assert len(told.events) < 200
    assert len(told.of(PeerUnreachable)) == len(told.of(PeerReached))


def _ask(peers: Peers) -> None:
    with suppress(PeerUnavailable):
        peers.ask(JUROR, "/status", 10, 1.0)
