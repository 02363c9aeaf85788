"""The audit derives who is in a round's batches itself, and holds everything else against that."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fedjury.chain.contracts.events import (
    BatchSubmitted,
    RelayerSet,
)
from fedjury.chain.contracts.types import Config
from fedjury.chain.rpc.logs import Care
from fedjury.errors import LogsMissing, StoreUnavailable
from fedjury.oracle.audit.closing import closing_time
from fedjury.oracle.audit.result import Difference
from fedjury.oracle.audit.submissions import check_submissions
from fedjury.protocol.batch_file import BatchFile, batch_bytes
from fedjury.protocol.digest import Digest
from fedjury.protocol.reasons import Reason
from fedjury.protocol.updates_hash import updates_hash
from fedjury.protocol.verdicts import VerdictCode, unpack
from fedjury.task.history import RoundHistory
from tests.support.audited_story import MEMBERS, OTHER, Place, Story, batched_story, slices
from tests.support.fake_federation import (
    CLIENTS,
    OTHER_RELAYER,
    RELAYER,
    STRANGER,
)
from tests.unit.oracle.audit.conftest import BETTER, GOOD, USELESS, put

Code = VerdictCode
FIRST, SECOND, AGAIN, LOST, MISCOUNTED = 0, 3, 5, 8, 10  # indexes of the batches


def batch_of(story: Story, index: int) -> BatchSubmitted:
    """The batch of round 1 that begins with this update."""
    return next(batch for batch in story.round(1).batches if batch.index == index)


def change_batch(story: Story, at: int, **changes: Any) -> None:
    """Rewrite the event of a batch of round 1, and have its report say what all of them hash to."""
    place = story.contract.events.index(batch_of(story, at))
    story.contract.events[place] = replace(story.contract.events[place], **changes)
    hash_anew(story)


def hash_anew(story: Story) -> None:
    """Have the newest report say what the submissions of round 1 hash to."""
    first = story.round(1)
    computed = updates_hash(first.opening, first.submissions)
    story.falsify(updates_hash=computed)


def spoil(story: Story, digest: Digest) -> None:
    """Another byte at the end of a file."""
    path = story.federation.store.path / digest.cid
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


# --- an honest jury ---


def test_an_honest_round_with_batches_passes(batched: Story) -> None:
    codes = unpack(batched.finalized().verdicts)
    assert {index: code.label for index, code in enumerate(codes)} == {
        Place.FORGED: "bad-signature",
        Place.COUNTS: "accepted",
        Place.STRANGERS: "not-in-roster",
        Place.LATER: "superseded",
        Place.BEATEN: "superseded",
        **dict(zip(Place.REPEATED, ["bad-signature", "superseded", "not-in-roster"], strict=True)),
        **dict.fromkeys(Place.LOST, "unavailable"),
        **dict.fromkeys(Place.MISCOUNTED, "malformed"),
        Place.BEATS: "accepted",
        Place.USELESS: "not-improved",
    }
    for full in (False, True):
        result = batched.audit(full)
        assert result.passed, result.difference
        first, second = result.rounds
        assert (first.updates, first.alone, first.batches, first.accepted) == (14, 2, 5, 2)
        assert (second.updates, second.alone, second.batches) == (0, 0, 0)
        assert first.depth == ("full" if full else "light")
        assert first.notes == []


def test_the_record_says_which_update_counts_instead(batched: Story) -> None:
    entries = dict(zip(batched.known, batched.record().entries, strict=True))
    said = {index: entry.arguments for index, entry in entries.items() if entry.reason}
    assert said == {
        Place.LATER: [Place.COUNTS],
        Place.BEATEN: [Place.BEATS],
        Place.REPEATED[1]: [Place.COUNTS],
    }
    assert {entries[index].reason for index in said} == {Reason.OTHER_COUNTS}


def test_the_result_says_how_many_updates_came_in_how_many_batches(batched: Story) -> None:
    result = batched.audit()
    assert "2 rounds, 14 updates, 12 of them in 5 batches; every verdict" in result.sentence
    rounds: Any = result.to_json()["rounds"]
    assert [(each["updates"], each["alone"], each["batches"]) for each in rounds] == [
        (14, 2, 5),
        (0, 0, 0),
    ]


def test_of_a_task_without_batches_none_are_told(story: Story) -> None:
    assert "2 rounds, 4 updates; every verdict" in story.audit().sentence


def test_a_round_of_batches_alone_passes(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.federation.relay(
        *(
            story.federation.signed(client, story.federation.update(client, tensors))
            for client, tensors in enumerate([GOOD, USELESS, BETTER])
        )
    )
    story.finalize()
    result = story.audit()
    assert result.passed, result.difference
    assert (result.rounds[0].alone, result.rounds[0].accepted) == (0, 2)


def test_a_voided_round_with_batches_passes_whatever_is_in_them(story: Story) -> None:
    story.contract.set_relayer_to(RELAYER.address, True)
    story.contract.batch(RELAYER.address, 4, OTHER)
    story.contract.void()
    result = story.audit()
    assert result.passed, result.difference
    assert (result.rounds[1].updates, result.rounds[1].batches) == (4, 1)


def test_a_slice_that_is_disclosed_shows_a_round_with_batches_wholly(tmp_path: Path) -> None:
    story = batched_story(tmp_path)
    story.disclose(1)
    result = story.audit(full=False)
    assert result.passed, result.difference
    assert result.rounds[0].depth == "full"


def test_each_file_is_asked_for_once(batched: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Digest] = []
    store = type(batched.federation.store)
    fetch = store.fetch

    def noted(self: Any, digest: Digest, max_bytes: int, timeout: float) -> bytes:
        asked.append(digest)
        return fetch(self, digest, max_bytes, timeout)

    monkeypatch.setattr(store, "fetch", noted)
    assert batched.audit(full=False).passed
    first = batch_of(batched, FIRST)
    assert batch_of(batched, AGAIN).digest == first.digest
    assert sorted(asked) == sorted(set(asked))
    assert {first.digest, batch_of(batched, SECOND).digest} < set(asked)
    assert batch_of(batched, LOST).digest not in asked


# --- what stands on chain ---


@pytest.mark.parametrize("allowed", [None, False])
def test_a_batch_of_an_account_that_is_no_relayer_is_found(
    batched: Story, allowed: bool | None
) -> None:
    contract, place = batched.contract, batched.contract.events.index(batch_of(batched, FIRST))
    if allowed is None:
        del contract.events[place - 1]
    else:
        contract.events[place - 1] = replace(contract.events[place - 1], allowed=allowed)  # type: ignore[call-arg]
    assert batched.differs() == (
        f"round 1: the batch at update 0: {RELAYER.address} was no relayer by then"
    )


def test_who_became_a_relayer_after_a_batch_was_none_by_then(batched: Story) -> None:
    batched.drop(RelayerSet)
    batched.contract.set_relayer_to(RELAYER.address, True)
    assert batched.differs() == (
        f"round 1: the batch at update 0: {RELAYER.address} was no relayer by then"
    )


def test_a_relayer_that_was_dismissed_afterwards_was_one_by_then(batched: Story) -> None:
    batched.contract.set_relayer_to(RELAYER.address, False)
    assert batched.audit().passed
    batched.contract.batch(RELAYER.address, 1, OTHER)
    assert batched.differs() == (
        f"round 2: the batch at update 0: {RELAYER.address} was no relayer by then"
    )


@pytest.mark.parametrize("place", [0, 1])
def test_nobody_is_accused_where_the_node_hides_that_a_relayer_was_named(
    batched: Story, place: int
) -> None:
    contract = batched.contract
    named = [each for each in contract.events if isinstance(each, RelayerSet)]
    contract.withheld = [*named[place:]]
    contract.told_from = Care.FINEST
    with pytest.raises(LogsMissing, match="every roster, jury and relayer that was set"):
        batched.audit()


@pytest.mark.parametrize("allowed", [False, True])
def test_a_contract_that_takes_batches_from_others_than_its_events_say_is_found(
    batched: Story, allowed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    batched.contract.set_relayer_to(RELAYER.address, not allowed)
    monkeypatch.setattr(type(batched.contract), "is_relayer", lambda *_, **__: allowed)
    batched.contract.set_relayer_to(OTHER_RELAYER.address, allowed)
    held, told = ("a relayer", "no relayer") if allowed else ("no relayer", "a relayer")
    assert batched.differs() == (
        f"round 2: the contract says that {RELAYER.address} is {held}, its events that it is {told}"
    )


@pytest.mark.parametrize(
    ("index", "says"),
    [(SECOND, "the batch at update 3 calls itself 2"), (FIRST, "the batch at update 0 calls")],
)
def test_a_batch_at_another_place_is_found(batched: Story, index: int, says: str) -> None:
    change_batch(batched, index, index=2)
    assert batched.differs().startswith(f"round 1: {says}")


@pytest.mark.parametrize("count", [2, 4])
def test_a_batch_of_another_count_moves_what_comes_after_it(batched: Story, count: int) -> None:
    change_batch(batched, FIRST, count=count)
    assert batched.differs() == f"round 1: the batch at update {count} calls itself 3"


def test_a_batch_of_no_updates_is_found(story: Story) -> None:
    story.contract.set_relayer_to(RELAYER.address, True)
    story.contract.batch(RELAYER.address, 0, OTHER)
    assert story.differs() == (
        "round 2: the batch at update 0 announces 0 updates, there was room for 4"
    )


def test_batches_announce_no_more_than_the_roster_has_members(story: Story) -> None:
    story.contract.set_relayer_to(RELAYER.address, True)
    for count in (3, 1):
        story.contract.batch(RELAYER.address, count, OTHER)
    assert story.audit().passed
    story.contract.batch(RELAYER.address, 1, OTHER)
    assert story.differs() == (
        "round 2: the batch at update 4 announces 1 update, there was room for 0"
    )


def test_batches_leave_room_for_all_who_may_submit_themselves(story: Story) -> None:
    limited(story, max_updates=119_998)
    opened = story.round(2)
    history = replace(opened, roster=replace(opened.roster, size=200_000))
    settings = story.contract.settings
    for count, says in ((2, ""), (1, "announces 1 update, there was room for 0")):
        history.submissions.append(story.contract.batch(RELAYER.address, count, OTHER))
        assert says in refused(history, settings)
    few = replace(history, roster=replace(opened.roster, size=119_000))
    assert refused(few, settings) == ""  # of whom no more than 119,000 submit themselves


def refused(history: RoundHistory, config: Config) -> str:
    """Why submissions of a round are not right; "" where they are."""
    try:
        check_submissions(history, config, lambda _: history.opened.deadline - 100)
    except Difference as difference:
        return str(difference)
    return ""


def limited(story: Story, **limits: Any) -> None:
    """Give a task other limits."""
    story.contract.settings = replace(story.contract.settings, **limits)
    story.federation.task = replace(story.federation.task, config=story.contract.settings)


@pytest.mark.parametrize(("seconds", "passes"), [(59, True), (60, False)])
def test_a_batch_after_the_time_for_batches_is_found(
    story: Story, seconds: int, passes: bool
) -> None:
    chain, opened = story.federation.chain, story.federation.chain.timestamp
    chain.timestamp += seconds
    story.contract.set_relayer_to(RELAYER.address, True)
    story.contract.batch(RELAYER.address, 1, OTHER)
    if passes:
        assert story.audit().passed
    else:
        assert story.differs() == (
            f"round 2: the batch at update 0 was submitted at {opened + 60}, batches are taken "
            f"before {opened + 60}"
        )


def test_a_batch_in_a_task_that_takes_none_is_found(story: Story) -> None:
    limited(story, batch_seconds=0)
    story.contract.set_relayer_to(RELAYER.address, True)
    story.contract.batch(RELAYER.address, 1, OTHER)
    assert story.differs() == "round 2: holds a batch, though the task takes none"


def test_a_batch_after_all_members_have_submitted_is_found(story: Story) -> None:
    story.federation.submit_weights(GOOD, USELESS, BETTER, USELESS)
    story.contract.set_relayer_to(RELAYER.address, True)
    story.contract.batch(RELAYER.address, 1, OTHER)
    assert story.differs() == (
        "round 2: update 4 came after update 3, with which every member of the roster had submitted"
    )


def test_an_update_after_the_deadline_of_a_round_that_holds_enough_is_found(story: Story) -> None:
    chain, deadline = story.federation.chain, story.contract.deadline
    story.federation.submit(0, story.federation.update(0, GOOD))
    chain.timestamp = deadline
    story.federation.submit(1, story.federation.update(1, GOOD))
    assert story.differs() == (
        f"round 2: update 1 came at {deadline}, the round was closed at {deadline}"
    )


def test_an_update_after_the_deadline_of_a_round_that_holds_too_few_is_right(story: Story) -> None:
    limited(story, min_updates=2)
    story.federation.submit(0, story.federation.update(0, GOOD))
    story.federation.chain.timestamp = story.contract.deadline + 5
    story.federation.submit(1, story.federation.update(1, GOOD))
    assert story.audit().passed


def test_more_lone_updates_than_may_be_are_found(story: Story) -> None:
    limited(story, max_updates=3)
    assert story.differs() == "round 1: 4 clients submitted, the config allows 3"


@pytest.mark.parametrize(
    "changes", [{"relayer": OTHER_RELAYER.address}, {"digest": OTHER}], ids=["relayer", "digest"]
)
def test_what_a_batch_says_is_bound_by_the_hash(batched: Story, changes: dict[str, Any]) -> None:
    last = batch_of(batched, MISCOUNTED)
    batched.contract.events[batched.contract.events.index(last)] = replace(last, **changes)
    assert batched.differs().startswith("round 1: updates hash to 0x")


def test_counts_that_are_moved_from_one_batch_to_another_are_bound_by_the_hash(
    batched: Story,
) -> None:
    events = batched.contract.events
    one, other = batch_of(batched, FIRST), batch_of(batched, SECOND)
    events[events.index(one)] = replace(one, count=2)
    events[events.index(other)] = replace(other, count=3, index=2)
    assert batched.differs().startswith("round 1: updates hash to 0x")


def test_a_batch_that_the_node_leaves_out_is_held_against_nobody(batched: Story) -> None:
    batched.drop(BatchSubmitted, 1)
    with pytest.raises(LogsMissing, match="6 events do not hash to what the contract holds"):
        batched.audit()


# --- when a round closes ---


def closes(story: Story) -> int:
    """When the round that is on closes."""
    task = story.federation.task
    time_of = lambda number: story.federation.chain.block_at(number).timestamp  # noqa: E731
    return closing_time(story.round(story.contract.number), task.config, time_of)


def test_updates_in_batches_count_towards_what_a_round_needs(story: Story) -> None:
    limited(story, min_updates=4)
    deadline = story.contract.deadline
    story.contract.batch(RELAYER.address, 3, OTHER)
    assert closes(story) == deadline
    story.federation.chain.timestamp = deadline + 7
    story.federation.submit(0, b"late")
    assert closes(story) == deadline + 7


def test_batches_close_no_round(story: Story) -> None:
    deadline = story.contract.deadline
    story.contract.batch(RELAYER.address, 4, OTHER)
    assert closes(story) == deadline


def test_members_who_all_submit_themselves_close_a_round_that_holds_batches(story: Story) -> None:
    limited(story, min_updates=5)
    deadline, chain = story.contract.deadline, story.federation.chain
    story.contract.batch(RELAYER.address, 1, OTHER)
    for client in range(4):
        assert closes(story) == deadline
        chain.timestamp += 1
        story.federation.submit(client, b"update")
    assert closes(story) == chain.timestamp < deadline


def test_a_batch_after_too_few_lone_updates_of_all_members_closes_nothing(story: Story) -> None:
    limited(story, min_updates=5)
    deadline = story.contract.deadline
    story.federation.submit_weights(GOOD, USELESS, BETTER, USELESS)
    story.contract.batch(RELAYER.address, 1, OTHER)
    assert closes(story) == deadline


# --- batch files and rosters that are gone ---


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("lose", [Story.forget, spoil])
@pytest.mark.parametrize("index", [FIRST, SECOND])
def test_a_batch_file_that_the_jury_read_and_that_is_gone_is_found(
    batched: Story, index: int, lose: Callable[[Story, Digest], None], full: bool
) -> None:
    digest = batch_of(batched, index).digest
    lose(batched, digest)
    assert batched.differs(full).startswith(
        f"round 1: the batch at update {index}, {digest.cid}, which the signers keep, cannot be "
        "had: "
    )


def test_a_batch_file_that_is_missing_for_a_moment_accuses_nobody(batched: Story) -> None:
    batched.federation.store.missing[batch_of(batched, FIRST).digest] = 3
    result = batched.audit()
    assert result.passed
    assert result.rounds[0].notes == []


@pytest.mark.parametrize("index", [FIRST, SECOND, MISCOUNTED])
def test_a_batch_file_that_the_store_refuses_accuses_nobody(batched: Story, index: int) -> None:
    batched.federation.store.refused = {batch_of(batched, index).digest}
    with pytest.raises(StoreUnavailable, match="503"):
        batched.audit()


def test_a_batch_file_that_the_jury_did_not_get_is_not_looked_for(batched: Story) -> None:
    digest = batch_of(batched, LOST).digest
    batched.federation.store.refused = {digest}
    assert batched.audit().passed
    batched.forget(digest)
    assert batched.audit().passed


def test_a_malformed_batch_file_that_is_gone_is_noted(batched: Story) -> None:
    digest = batch_of(batched, MISCOUNTED).digest
    batched.forget(digest)
    for full in (False, True):
        result = batched.audit(full)
        assert result.passed, result.difference
        assert result.rounds[0].notes == [
            f"the batch at update {MISCOUNTED}, {digest.cid}, (malformed) is gone from the store"
        ]
        assert result.rounds[0].depth == "light"


def test_where_verdicts_hang_together_a_batch_that_is_gone_leaves_none_to_derive(
    tmp_path: Path,
) -> None:
    story = batched_story(tmp_path, rule={"name": "multi-krum"})
    assert story.audit().full
    story.forget(batch_of(story, MISCOUNTED).digest)
    result = story.audit()
    assert result.passed, result.difference
    assert result.rounds[0].notes[1:] == ["no verdict of this round was derived anew"]


def test_a_malformed_batch_file_that_is_gone_leaves_all_its_updates_malformed(
    batched: Story,
) -> None:
    batched.forget(batch_of(batched, MISCOUNTED).digest)
    falsify_codes(batched, {Place.MISCOUNTED[1]: Code.ACCEPTED})
    assert batched.differs() == (
        "round 1: update 11 in the batch at update 10 is accepted, but the batch is malformed (the "
        "batch file is gone from the store)"
    )


def test_a_roster_that_is_gone_leaves_nobody_to_say_who_is_in_its_batches(batched: Story) -> None:
    digest = batched.round(1).roster.digest
    batched.forget(digest)
    assert batched.differs() == (
        f"round 1: roster 1, {digest.cid}, which the signers keep, is gone from the store: who in "
        "the round's batches is in it cannot be derived"
    )


def test_a_roster_that_is_gone_is_noted_where_no_batch_was_read(tmp_path: Path) -> None:
    story = Story(tmp_path)
    entry = story.federation.signed(0, story.federation.update(0, GOOD))
    story.missing_batches = {story.federation.relay(entry).digest}
    story.federation.submit(1, story.federation.update(1, BETTER))
    story.finalize()
    story.forget(story.round(1).roster.digest)
    result = story.audit()
    assert result.passed, result.difference
    (note,) = result.rounds[0].notes
    assert note.endswith("only the contract has seen that the clients are in it")


def test_a_round_with_batches_that_are_not_judged_needs_no_roster(story: Story) -> None:
    story.contract.set_relayer_to(RELAYER.address, True)
    story.contract.batch(RELAYER.address, 4, OTHER)
    story.contract.void()
    story.forget(story.round(2).roster.digest)
    result = story.audit()
    assert result.passed, result.difference
    assert result.rounds[1].notes == []


# --- verdicts ---


def falsify_codes(story: Story, codes: dict[int, VerdictCode]) -> None:
    """Change verdicts in the report, whatever the record says."""
    changed = bytearray(story.finalized().verdicts)
    for index, code in codes.items():
        changed[index] = code
    story.falsify(verdicts=bytes(changed))


SIGNATURE = "but the entry is bad-signature (the signature is not the client's, for this round"
ROSTER = "but the entry is not-in-roster (the client is not in the round's roster)"


@pytest.mark.parametrize(
    ("index", "says"),
    [
        (Place.FORGED, SIGNATURE),
        (Place.STRANGERS, ROSTER),
        (Place.LATER, "but the entry is superseded (update 1, which stands in an earlier batch"),
        (Place.BEATEN, "but the entry is superseded (update 12, which the client submitted itself"),
        (Place.REPEATED[0], SIGNATURE),
        (Place.REPEATED[1], "but the entry is superseded (update 1, which stands in an earlier"),
        (Place.REPEATED[2], ROSTER),
    ],
)
def test_what_an_entry_alone_decides_gets_no_other_verdict(
    batched: Story, index: int, says: str
) -> None:
    events = list(batched.contract.events)
    for code in Code:
        if code in (Code.BAD_SIGNATURE, Code.NOT_IN_ROSTER, Code.SUPERSEDED):
            continue
        batched.contract.events[:] = events
        batched.falsify_verdict(index, code)
        found = batched.differs(full=code.accepted)
        assert found.startswith(f"round 1: update {index} of 0x")
        assert f"is {code.label}, {says}" in found


@pytest.mark.parametrize(
    ("index", "code"),
    [
        (Place.FORGED, Code.NOT_IN_ROSTER),
        (Place.FORGED, Code.SUPERSEDED),
        (Place.STRANGERS, Code.BAD_SIGNATURE),
        (Place.BEATEN, Code.BAD_SIGNATURE),
        (Place.LATER, Code.NOT_IN_ROSTER),
    ],
)
def test_of_an_entrys_failures_the_first_is_the_verdict(
    batched: Story, index: int, code: VerdictCode
) -> None:
    batched.falsify_verdict(index, code)
    assert f"is {code.label}, but the entry is" in batched.differs()


@pytest.mark.parametrize("index", [Place.COUNTS, Place.BEATS, Place.USELESS])
def test_an_update_that_counts_gets_no_verdict_of_an_entry_that_does_not(
    batched: Story, index: int
) -> None:
    events = list(batched.contract.events)
    for code in (Code.BAD_SIGNATURE, Code.NOT_IN_ROSTER, Code.SUPERSEDED):
        batched.contract.events[:] = events
        batched.falsify_verdict(index, code)
        assert f"is {code.label}, but the file is well-formed" in batched.differs()


@pytest.mark.parametrize("counts", [Place.LATER, Place.REPEATED[1]])
def test_no_other_order_decides_which_of_several_updates_counts(
    batched: Story, counts: int
) -> None:
    def swap(document: dict[str, Any]) -> None:
        entries = document["entries"]
        one, other = batched.known.index(Place.COUNTS), batched.known.index(counts)
        keys = ("code", "reason", "arguments")
        entries[one], entries[other] = (
            entries[one] | {key: entries[other][key] for key in keys},
            entries[other] | {key: entries[one][key] for key in keys},
        )
        entries[one]["arguments"] = [counts]

    codes = bytearray(batched.finalized().verdicts)
    codes[Place.COUNTS], codes[counts] = codes[counts], codes[Place.COUNTS]
    batched.falsify_record(swap, verdicts=bytes(codes))
    client = CLIENTS[0].address
    assert batched.differs() == (
        f"round 1: update 1 of {client} is superseded, but the file is well-formed"
    )


def test_no_other_update_is_said_to_count(batched: Story) -> None:
    def change(document: dict[str, Any]) -> None:
        document["entries"][batched.known.index(Place.BEATEN)]["arguments"] = [Place.USELESS]

    batched.falsify_record(change)
    assert batched.differs() == (
        "round 1: the record says arguments [13] of update 4, derived is [12]"
    )


@pytest.mark.parametrize(
    ("places", "code", "why"),
    [
        (
            Place.MISCOUNTED,
            "malformed",
            "malformed (the batch file has 1 entry, the relayer announced 2)",
        ),
        (Place.LOST, "unavailable", "unavailable (the jury did not get the batch file in time)"),
    ],
)
def test_all_updates_of_a_batch_that_was_not_read_get_its_verdict(
    batched: Story, places: Sequence[int], code: str, why: str
) -> None:
    events = list(batched.contract.events)
    for index in places:
        for other in Code:
            if other.label == code:
                continue
            batched.contract.events[:] = events
            falsify_codes(batched, {index: other})
            assert batched.differs() == (
                f"round 1: update {index} in the batch at update {places[0]} is {other.label}, but "
                f"the batch is {why}"
            )


def test_a_batch_that_is_well_formed_cannot_be_called_malformed(batched: Story) -> None:
    call_unread(batched, SECOND, Code.MALFORMED)
    assert batched.differs() == (
        f"round 1: update {Place.LATER} of {CLIENTS[0].address} is malformed, but the entry is "
        "superseded (update 1, which stands in an earlier batch, counts)"
    )


def test_that_the_jury_did_not_get_a_batch_file_cannot_be_contested(batched: Story) -> None:
    call_unread(batched, SECOND, Code.UNAVAILABLE)
    for full in (False, True):
        result = batched.audit(full)
        assert result.passed, result.difference


def call_unread(story: Story, index: int, code: VerdictCode) -> None:
    """Have the jury say that it could not read a batch, in the report and in the record."""
    batch = batch_of(story, index)
    places = range(index, index + batch.count)
    codes = bytearray(story.finalized().verdicts)
    for place in places:
        codes[place] = code

    def change(document: dict[str, Any]) -> None:
        next(each for each in document["batches"] if each["index"] == index)["code"] = int(code)
        document["entries"] = kept(document["entries"], story.known, places)
        if code is Code.UNAVAILABLE:
            number = [each.index for each in story.round(1).batches].index(index)
            for have in document["haves"]:
                have["entries"] = without(have["entries"], places)
                have["batches"] = without(have["batches"], [number])

    story.falsify_record(change, verdicts=bytes(codes))


def kept(entries: list[Any], known: Iterable[int], places: range) -> list[Any]:
    """The entries of all updates but of those at these places."""
    return [entry for entry, index in zip(entries, known, strict=True) if index not in places]


def without(bitmap: str, places: Iterable[int]) -> str:
    """A bitmap with zeros at these places."""
    bits = int(bitmap, 16)
    for place in places:
        bits &= ~(1 << (4 * (len(bitmap) - 2) - 1 - place))
    return f"0x{bits:0{len(bitmap) - 2}x}"


# --- batch files of every form ---


@pytest.fixture
def fresh(tmp_path: Path) -> Story:
    """A task whose first round is open."""
    return Story(tmp_path)


def one_batch(story: Story, data: bytes, count: int = 1) -> None:
    """Judge a round with a batch of this file, and a lone update beside it."""
    digest = story.federation.store.add(data)
    story.contract.set_relayer_to(RELAYER.address, True)
    story.contract.batch(RELAYER.address, count, digest)
    story.federation.submit(1, story.federation.update(1, GOOD))
    story.finalize()


@pytest.mark.parametrize("data", [b"", b"no batch file", b"\0" * 129, b"\0" * 500])
def test_a_batch_of_a_file_that_is_none_is_malformed(fresh: Story, data: bytes) -> None:
    one_batch(fresh, data)
    assert unpack(fresh.finalized().verdicts) == [Code.MALFORMED, Code.ACCEPTED]
    assert fresh.record().batches[0].code == Code.MALFORMED
    assert fresh.audit().passed
    falsify_codes(fresh, {0: Code.NOT_THE_SENDERS})
    assert "but the batch is malformed (no batch file: " in fresh.differs()


def test_a_file_that_is_posted_with_several_counts_is_read_where_it_has_that_many(
    fresh: Story,
) -> None:
    federation = fresh.federation
    entries = [federation.signed(at, federation.update(at, GOOD)) for at in (0, 2)]
    fresh.contract.set_relayer_to(RELAYER.address, True)
    digest = federation.store.add(BatchFile.of(entries).content)
    for count in (1, 2):
        fresh.contract.batch(RELAYER.address, count, digest)
    fresh.finalize()
    assert [batch.code for batch in fresh.record().batches] == [Code.MALFORMED, 0]
    assert unpack(fresh.finalized().verdicts) == [Code.MALFORMED, Code.ACCEPTED, Code.DUPLICATE]
    assert fresh.audit().passed


@pytest.mark.parametrize("at", [8, 12, 40, 70, 127, 128])
def test_no_byte_of_a_batch_file_can_be_another(fresh: Story, at: int) -> None:
    entry = fresh.federation.signed(0, fresh.federation.update(0, GOOD))
    data = BatchFile.of([entry]).content
    assert len(data) == batch_bytes(1)
    one_batch(fresh, data)
    assert fresh.audit().passed
    digest = fresh.round(1).batches[0].digest
    path = fresh.federation.store.path / digest.cid
    path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    assert "which the signers keep, cannot be had" in fresh.differs()


def test_a_signature_for_another_round_or_model_is_bad(fresh: Story) -> None:
    federation = fresh.federation
    data = federation.update(0, GOOD)
    digest = federation.store.add(data)
    domain = federation.domain()
    other_round, other_model = replace(domain, round=2), replace(domain, parent_model=OTHER)
    assert other_model.parent_model != domain.parent_model
    for place, other in enumerate((other_round, other_model)):
        federation.relay(other.sign(CLIENTS[place], digest))
    fresh.finalize()
    assert unpack(fresh.finalized().verdicts) == [Code.BAD_SIGNATURE] * 2
    assert fresh.audit().passed
    fresh.falsify_verdict(1, Code.UNAVAILABLE)
    assert "is unavailable, but the entry is bad-signature" in fresh.differs()


def test_a_member_of_another_roster_is_none_of_this_rounds(fresh: Story) -> None:
    federation = fresh.federation
    federation.relay(federation.domain().sign(MEMBERS[0], federation.store.add(b"update")))
    fresh.finalize()
    assert unpack(fresh.finalized().verdicts) == [Code.NOT_IN_ROSTER]
    assert fresh.audit().passed


# --- the record ---


ZEROS = "0x" + "00" * 32


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (put("batches", 1, "index", value=4), "index 4 of the batch at update 3, the chain says 3"),
        (put("batches", 1, "count", value=3), "count 3 of the batch at update 3, the chain says 2"),
        (
            put("batches", 0, "relayer", value=STRANGER.address.lower()),
            f"relayer {STRANGER.address.lower()} of the batch at update 0, the chain says "
            f"{RELAYER.address.lower()}",
        ),
        (
            put("batches", 2, "digest", value=ZEROS),
            f"digest {ZEROS} of the batch at update 5, the chain says 0x",
        ),
        (put("batches", 0, "code", value=5), "code 5 of the batch at update 0, derived is 0"),
        (put("batches", 4, "code", value=0), "code 0 of the batch at update 10, derived is 5"),
        (put("batches", 0, "code", value=1), "code 1 of the batch at update 0, which no batch has"),
        (put("entries", 0, "code", value=1), "code 1 of update 0, the verdicts say 10"),
        (put("entries", 8, "code", value=2), "code 2 of update 12, the verdicts say 1"),
        (put("entries", 1, "digest", value=ZEROS), f"digest {ZEROS} of update 1, the chain says"),
    ],
)
def test_a_record_that_says_something_else_of_a_batch_is_found(
    batched: Story, change: Callable[[Any], None], says: str
) -> None:
    batched.falsify_record(change)
    for full in (False, True):
        assert batched.differs(full).startswith(f"round 1: the record says {says}")


def test_a_record_on_fewer_batches_or_updates_is_found(batched: Story) -> None:
    events = list(batched.contract.events)
    batched.falsify_record(lambda document: document["batches"].pop())
    assert batched.differs() == "round 1: the record is on 4 batches, the round has 5"
    batched.contract.events[:] = events
    batched.falsify_record(lambda document: document["entries"].pop())
    assert batched.differs() == (
        "round 1: the record is on 9 updates, the round has 10 that are known"
    )


def test_a_record_of_a_round_without_batches_has_none(story: Story) -> None:
    honest = story.record()
    assert honest.batches == []
    batch = {"index": 0, "relayer": RELAYER.address.lower(), "count": 1, "digest": ZEROS, "code": 0}
    story.falsify_record(put("batches", value=[batch]))
    assert story.differs() == "round 1: the record is on 1 batch, the round has 0"


def test_counts_are_told_of_updates_in_batches_too(tmp_path: Path) -> None:
    told = {"disclosed": True}
    story = batched_story(tmp_path, sets=slices(2), rounds=2, disclosure=told)
    entries = dict(zip(story.known, story.record().entries, strict=True))
    evaluated = {Place.COUNTS, Place.BEATS, Place.USELESS}
    assert {index for index, each in entries.items() if each.correct is not None} == evaluated
    assert story.audit().passed
    place = story.known.index(Place.COUNTS)
    story.falsify_record(put("entries", place, "correct", value=1))
    assert story.audit(full=False).passed
    assert story.differs(full=True) == (
        "round 1: the record says correct 1 of update 1, derived is 4"
    )
