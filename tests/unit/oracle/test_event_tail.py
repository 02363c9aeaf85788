"""Events of which only the newest are read again."""

from pathlib import Path

import pytest

from fedjury.chain.contracts.events import ChainEvent, SliceDisclosed, UpdateSubmitted
from fedjury.oracle.event_tail import SETTLED, EventTail
from fedjury.protocol.digest import Digest
from tests.support.fake_federation import CLIENTS, STRANGER, FakeFederation


class Watched:
    """A contract's disclosures, and from which blocks they were asked for."""

    def __init__(self, directory: Path) -> None:
        self.federation = FakeFederation(directory)
        self.asked: list[int] = []
        contract = self.federation.contract
        read = contract.read_events

        def counted(from_block: int, to_block: int, *args: object, **kwargs: object) -> object:
            self.asked.append(from_block)
            return read(from_block, to_block, *args, **kwargs)  # type: ignore[arg-type]

        contract.read_events = counted  # type: ignore[assignment, method-assign]
        self.tail = EventTail(self.federation.task, [SliceDisclosed])

    def disclose(self, number: int) -> ChainEvent:
        contract = self.federation.contract
        contract.disclose(number, Digest(bytes([number]) * 32), STRANGER.address)
        return contract.events[-1]

    def read(self, back: int = 0) -> list[ChainEvent]:
        newest = self.federation.chain.height
        return self.tail.read(newest - back, newest)


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_all_events_of_the_kinds_are_given_each_time(watched: Watched) -> None:
    first = watched.disclose(1)
    watched.federation.contract.submit(CLIENTS[0].address, Digest(b"\1" * 32))
    assert watched.read() == [first]
    watched.federation.chain.height += SETTLED
    second = watched.disclose(2)
    assert watched.read() == watched.read() == [first, second]
    assert not any(isinstance(each, UpdateSubmitted) for each in watched.read())


def test_settled_blocks_are_read_once(watched: Watched) -> None:
    first = watched.disclose(1)
    watched.federation.chain.height += 2 * SETTLED
    newest = watched.federation.chain.height
    watched.read()
    assert watched.read() == [first]
    assert watched.asked == [0, newest - SETTLED + 1]


def test_what_a_reorganization_undoes_is_not_given_any_more(watched: Watched) -> None:
    first = watched.disclose(1)
    assert watched.read() == [first]
    watched.federation.contract.events.remove(first)
    assert watched.read() == []


def test_none_is_given_from_beyond_the_block(watched: Watched) -> None:
    first = watched.disclose(1)
    watched.federation.chain.height += 2 * SETTLED
    watched.disclose(2)
    watched.read()
    assert watched.read(back=1) == [first]
    assert watched.read(back=2 * SETTLED) == [first]
    assert watched.read(back=2 * SETTLED + 2) == []
