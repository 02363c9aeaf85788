"""Getting a round's samples from jurors, of whom one gives others."""

from fedjury.oracle.exchange.events import PeerMisbehaved, SliceReceived
from fedjury.oracle.exchange.paths import slice_target
from fedjury.oracle.exchange.peers import Peers
from fedjury.oracle.exchange.slice_asking import SliceAsking
from fedjury.oracle.slices import Slices
from fedjury.runtime.events import Event
from tests.support.fake_federation import spec, verification

BAD, GOOD = "0x" + "11" * 20, "0x" + "22" * 20
RIGHT, SPENT = b"the round's", b"a spent one"


class Giving:
    """A juror that gives the same file whatever it is asked for."""

    def __init__(self, address: str, data: bytes) -> None:
        self.address, self._data = address, data

    def get(self, target: str, max_bytes: int, timeout: float) -> bytes:
        assert target == slice_target(2)
        return self._data


def test_who_gives_another_slice_keeps_nobody_from_getting_the_right_one() -> None:
    told: list[Event] = []
    numbers = {RIGHT: 2, SPENT: 1}
    peers = Peers.of({BAD: Giving(BAD, SPENT), GOOD: Giving(GOOD, RIGHT)}, told.append)
    asking = SliceAsking(peers, lambda data, wanted: numbers[data] == wanted, told.append)
    assert asking.ask(2, [BAD, GOOD])
    assert told == [
        PeerMisbehaved(juror=BAD, reason="what it gives as slice 2 is not that one"),
        SliceReceived(slice=2, juror=GOOD),
    ]


def test_a_slice_that_was_not_asked_for_is_not_kept() -> None:
    slices = Slices.of(spec(), [])
    assert not slices.take(verification().to_bytes(), 2)
    assert slices.numbers == []
    assert slices.take(verification().to_bytes(), 1)
    assert slices.numbers == [1]
