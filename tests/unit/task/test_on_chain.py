"""A task as the chain alone tells of it."""

from pathlib import Path
from typing import Any

import pytest

from fedjury.chain.contracts.events import RoundOpened, UpdateSubmitted
from fedjury.errors import ChainUnavailable, LogsMissing
from fedjury.task.on_chain import TaskOnChain
from tests.support.fake_federation import CHAIN_ID, CLIENTS, FakeFederation, weights


@pytest.fixture
def federation(tmp_path: Path) -> FakeFederation:
    """Two rounds that were voided, of two updates and one, and a third that is open."""
    made = FakeFederation(tmp_path)
    made.submit_weights(weights(0), weights(1))
    made.contract.void()
    made.submit_weights(weights(2))
    made.contract.void()
    return made


def test_its_name_is_that_of_chain_and_contract(federation: FakeFederation) -> None:
    address = federation.contract.address.lower()
    assert federation.task.name == f"eip155:{CHAIN_ID}:{address}"


def test_events_are_read_from_the_tasks_creation_on(federation: FakeFederation) -> None:
    latest = federation.chain.height
    assert federation.task.read_events(latest) == federation.contract.events
    assert federation.task.read_events(latest - 1) == federation.contract.events[:-1]


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"kinds": [UpdateSubmitted]}, 3),
        ({"kinds": [UpdateSubmitted], "round": 1}, 2),
        ({"client": CLIENTS[0].address, "kinds": [UpdateSubmitted]}, 2),
        ({"client": CLIENTS[0].address, "round": 2}, 1),
    ],
)
def test_only_the_events_that_are_wanted_are_read(
    federation: FakeFederation, wanted: dict[str, Any], count: int
) -> None:
    assert len(federation.task.read_events(federation.chain.height, **wanted)) == count


def test_a_later_first_block_is_honoured(federation: FakeFederation) -> None:
    latest = federation.chain.height
    *_, second, third = federation.task.read_events(latest, [RoundOpened])
    found = federation.task.read_events(latest, from_block=second.block_number)
    assert found == federation.contract.events[federation.contract.events.index(second) :]
    found = federation.task.read_events(latest, [RoundOpened], from_block=second.block_number + 1)
    assert found == [third]


def test_the_whole_story_is_put_together(federation: FakeFederation) -> None:
    history = federation.task.read_history(federation.chain.block())
    states = [record.state for record in history.rounds.values()]
    assert states == ["voided", "voided", "open"]


def test_a_round_that_is_over_is_read(federation: FakeFederation) -> None:
    record = federation.task.read_round(2, federation.chain.height)
    assert (record.number, record.state, record.size) == (2, "voided", 1)
    opened = record.opened.block_number
    assert federation.task.read_round(2, federation.chain.height, from_block=opened) == record


@pytest.mark.parametrize("number", [3, 4])
def test_a_round_that_is_open_or_to_come_cannot_be_read(
    federation: FakeFederation, number: int
) -> None:
    with pytest.raises(ChainUnavailable, match=f"not tell all of round {number}"):
        federation.task.read_round(number, federation.chain.height)


def test_a_round_is_not_read_from_behind_its_opening(federation: FakeFederation) -> None:
    opened = federation.task.read_round(2, federation.chain.height).opened
    with pytest.raises(ChainUnavailable, match="not of its opening"):
        federation.task.read_round(2, federation.chain.height, from_block=opened.block_number + 1)


def read_from(federation: FakeFederation, block: int) -> None:
    """Read all events, the first block being this one."""
    contract = federation.task.contract
    TaskOnChain(contract, federation.task.config, block).read_all_events(federation.chain.block())


def test_reading_from_behind_the_tasks_creation_is_told_with_the_remedy(
    federation: FakeFederation,
) -> None:
    second = [event for event in federation.contract.events if isinstance(event, RoundOpened)][1]
    says = f"from block {second.block_number} on, which may be later .*say an earlier --from-block"
    with pytest.raises(LogsMissing, match=says):
        read_from(federation, second.block_number)


def test_what_a_node_leaves_out_later_is_not_put_down_to_the_first_block(
    federation: FakeFederation,
) -> None:
    events = federation.contract.events
    lost = [each for each in events if isinstance(each, UpdateSubmitted) and each.round == 2]
    federation.contract.withheld = list(lost)
    with pytest.raises(LogsMissing) as refused:
        read_from(federation, 1)
    assert "--from-block" not in str(refused.value)
