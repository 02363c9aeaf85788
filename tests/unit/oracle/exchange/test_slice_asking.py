"""Getting a round's samples from jurors, of whom one gives others."""

import pytest

from fedjury.oracle.exchange.events import PeerMisbehaved, SliceReceived
from fedjury.oracle.exchange.paths import slice_target
from fedjury.oracle.exchange.peers import Peers, PeerWrong
from fedjury.oracle.exchange.slice_asking import SliceAsking
from fedjury.oracle.slices import Slices
from fedjury.protocol.task_spec import SliceSpec
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
        if len(self._data) > max_bytes:
            raise PeerWrong("its answer is larger than what was asked for can be")
        return self._data


def most_bytes(number: int) -> int:
    assert number == 2
    return 100


def test_who_gives_another_slice_keeps_nobody_from_getting_the_right_one() -> None:
    told: list[Event] = []
    numbers = {RIGHT: 2, SPENT: 1}
    peers = Peers.of({BAD: Giving(BAD, SPENT), GOOD: Giving(GOOD, RIGHT)}, told.append)
    asking = SliceAsking(
        peers, most_bytes, lambda data, wanted: numbers[data] == wanted, told.append
    )
    assert asking.ask(2, [BAD, GOOD])
    assert told == [
        PeerMisbehaved(juror=BAD, reason="what it gives as slice 2 is not that one"),
        SliceReceived(slice=2, juror=GOOD),
    ]


def test_no_more_is_taken_of_a_juror_than_the_slice_can_be() -> None:
    told: list[Event] = []
    peers = Peers.of({BAD: Giving(BAD, bytes(101)), GOOD: Giving(GOOD, bytes(100))}, told.append)
    asking = SliceAsking(peers, most_bytes, lambda data, wanted: True, told.append)
    assert asking.ask(2, [BAD, GOOD])
    assert told == [
        PeerMisbehaved(juror=BAD, reason="its answer is larger than what was asked for can be"),
        SliceReceived(slice=2, juror=GOOD),
    ]


@pytest.mark.parametrize(
    ("samples", "most"), [(1, 2**21), (15, 2**24), (4095, 2**32), (4096, 2**32)]
)
def test_a_slices_file_is_no_larger_than_its_samples_can_be(samples: int, most: int) -> None:
    assert SliceSpec(samples=samples, commitment="0x" + "ab" * 32).most_bytes == most


def test_a_slice_that_was_not_asked_for_is_not_kept() -> None:
    slices = Slices.of(spec(), [])
    assert not slices.take(verification().to_bytes(), 2)
    assert slices.numbers == []
    assert slices.take(verification().to_bytes(), 1)
    assert slices.numbers == [1]
