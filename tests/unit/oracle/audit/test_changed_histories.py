"""Whatever is changed in what the chain tells of a task, an audit does not pass."""

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from eth_account.signers.local import LocalAccount
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fedjury.chain.contracts.events import ChainEvent, RelayerSet, RosterSet
from fedjury.errors import LogsMissing
from fedjury.oracle.audit.present import Present
from fedjury.protocol.digest import Digest
from fedjury.protocol.roster import Roster
from tests.support.audited_story import Story
from tests.support.fake_federation import (
    CLIENTS,
    OTHER_RELAYER,
    RELAYER,
    STRANGER,
    FakeContract,
    account,
    weights,
)
from tests.support.fuzzing import FUZZ
from tests.unit.oracle.audit.conftest import BETTER, GOOD, USELESS

WHERE = {each.name for each in fields(ChainEvent)}
NEXT = [account(number) for number in (4, 5, 6, 7)]


def long_story(directory: Path) -> Story:
    """Rounds with two rosters, two juries and two relayers, one of whom is dismissed; one round is
    voided, a third jury is announced."""
    story = Story(directory)
    relay(story, RELAYER, 2, 3)
    story.judge(GOOD, USELESS)
    story.contract.set_relayer_to(RELAYER.address, False)
    fewer = Roster.of(client.address for client in CLIENTS[:3])
    story.contract.set_roster_of(fewer, story.federation.store.add(fewer.to_bytes()))
    announced = story.contract.announce(NEXT, 3)
    relay(story, OTHER_RELAYER, 0)
    story.federation.submit_weights(USELESS, GOOD)
    relay(story, OTHER_RELAYER, 1, 2)
    story.finalize(next_jury=announced.jury)
    story.jury = NEXT
    relay(story, OTHER_RELAYER, 1)
    story.federation.submit_weights(BETTER)
    story.contract.void()
    story.judge(BETTER, USELESS)
    story.contract.announce(NEXT[:1], 1)
    story.federation.submit_weights(GOOD)
    relay(story, OTHER_RELAYER, 1)
    return story


def relay(story: Story, relayer: LocalAccount, *clients: int) -> None:
    """Have a relayer submit a batch of updates of these clients."""
    federation = story.federation
    federation.relay(
        *(federation.signed(each, federation.update(each, weights(0))) for each in clients),
        relayer=relayer,
    )


def freeze(contract: FakeContract) -> None:
    """The contract holds what it holds, whatever its events say from now on."""
    held = Present(
        contract.current_round(),
        contract.roster(),
        contract.jury(),
        contract.next_roster(),
        contract.next_jury(),
    )
    named = [event.relayer for event in contract.events if isinstance(event, RelayerSet)]
    relayers = {each: contract.is_relayer(each) for each in named}
    frozen: dict[str, Callable[..., Any]] = {
        "current_round": lambda at=None: held.round,
        "roster": lambda at=None: held.roster,
        "jury": lambda at=None: held.jury,
        "next_roster": lambda at=None: held.next_roster,
        "next_jury": lambda at=None: held.next_jury,
        "is_relayer": lambda address, at=None: relayers.get(address, False),
    }
    vars(contract).update(frozen)


def others(value: object) -> st.SearchStrategy[Any]:
    """Other values that a field of an event can have."""
    if isinstance(value, bool):
        return st.just(not value)
    if isinstance(value, int):
        return st.integers(0, 6) | st.integers(0, 2**32 - 1)
    if isinstance(value, Digest):
        return st.binary(min_size=32, max_size=32).map(Digest)
    if isinstance(value, str):
        known = [STRANGER, RELAYER, OTHER_RELAYER, *CLIENTS]
        return st.sampled_from([each.address for each in known])
    if isinstance(value, tuple):
        return st.lists(st.sampled_from(value), max_size=5).map(tuple)
    assert isinstance(value, bytes)
    size = len(value)
    return st.binary(min_size=size, max_size=size) | st.binary(max_size=size + 2)


def test_a_task_is_not_audited_right_after_one_field_of_an_event_was_changed(
    tmp_path: Path,
) -> None:
    story = long_story(tmp_path)
    freeze(story.contract)
    honest = list(story.contract.events)
    result = story.audit()
    assert result.passed, result.difference
    assert [audit.depth for audit in result.rounds] == ["full", "full", None, "full", None]

    @settings(FUZZ, max_examples=200, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def every_change_is_found(data: st.DataObject) -> None:
        place = data.draw(st.integers(0, len(honest) - 1))
        event = honest[place]
        names = [each.name for each in fields(event) if each.name not in WHERE]
        if isinstance(event, RosterSet):
            names.remove("digest")  # a file that is gone is held against nobody
        name = data.draw(st.sampled_from(names))
        value = getattr(event, name)
        other = data.draw(others(value).filter(lambda drawn: drawn != value))
        if isinstance(value, bytes) and name in ("root", "jury", "updates_hash", "next_jury"):
            other = other[:32].ljust(32, b"\0")
        if other == value:
            return
        story.contract.events[:] = honest
        story.contract.events[place] = replace(event, **{name: other})
        try:
            assert not story.audit().passed, f"{event} with {name} {other!r}"
        except LogsMissing:
            return  # the node does not tell what the contract counts: no statement

    every_change_is_found()


def test_a_task_is_not_audited_right_after_an_event_was_left_out(tmp_path: Path) -> None:
    story = long_story(tmp_path)
    freeze(story.contract)
    honest = list(story.contract.events)
    for place, event in enumerate(honest):
        story.contract.events[:] = [*honest[:place], *honest[place + 1 :]]
        try:
            passed = story.audit().passed
        except LogsMissing:
            continue
        assert not passed, event
