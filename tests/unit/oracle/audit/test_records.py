"""The audit holds the round record against chain, verdicts and files, and names what differs."""

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fedjury.errors import StoreUnavailable
from fedjury.protocol.digest import Digest
from fedjury.protocol.reasons import Reason
from tests.support.audited_story import Story, batched_story, slices
from tests.support.fake_federation import CLIENTS
from tests.support.fuzzing import FUZZ
from tests.unit.oracle.audit.conftest import BETTER, GOOD, USELESS, Document, put

Path_ = tuple[str | int, ...]
ZEROS = "0x" + "00" * 32


@pytest.fixture
def telling(tmp_path: Path) -> Story:
    """A task with a slice for each of its two rounds, which are disclosed: records tell counts."""
    told = Story(tmp_path, sets=slices(2), rounds=2, disclosure={"disclosed": True})
    told.judge(GOOD, USELESS, BETTER, USELESS)
    return told


# --- the file ---


def test_a_record_that_is_gone_is_found(story: Story) -> None:
    digest = story.finalized().record_digest
    story.forget(digest)
    assert story.differs().startswith(
        f"round 1: the record {digest.cid}, which its signers keep, cannot be had: "
    )


def test_a_record_that_the_store_refuses_accuses_nobody(story: Story) -> None:
    story.federation.store.refused = {story.finalized().record_digest}
    with pytest.raises(StoreUnavailable, match="503"):
        story.audit()


def test_a_record_that_is_missing_for_a_moment_accuses_nobody(story: Story) -> None:
    story.federation.store.missing[story.finalized().record_digest] = 3
    assert story.audit().passed


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is none: the record is not JSON"),
        (b"[" * 50_000, "is none: the record is not JSON"),
        (b"[]", "is none: the record is not valid"),
        (b"{}", "is none: the record is not valid"),
        (b" " * 200_000, "is larger than"),
    ],
)
def test_a_file_that_is_no_record_is_found(story: Story, data: bytes, says: str) -> None:
    story.publish_record(data)
    cid = Digest.of(data).cid
    assert story.differs().startswith(f"round 1: the record {cid} {says}")


def test_a_record_with_white_space_is_found(story: Story) -> None:
    story.publish_record(story.record().to_bytes() + b"\n")
    assert "is none: the record is not written in the canonical way" in story.differs()


def test_a_record_with_more_in_it_is_found(story: Story) -> None:
    story.falsify_record(put("comment", value="all is well"))
    assert "is none: the record is not valid" in story.differs()


# --- what the chain says ---


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (put("chain", value=1), "chain 1, the chain says 1337"),
        (put("round", value=2), "round 2, the chain says 1"),
        (put("attempt", value=1), "attempt 1, the report says 0"),
        (put("parent", value=ZEROS), f"parent {ZEROS}, the chain says 0x"),
        (put("updates_hash", value=ZEROS), f"updates hash {ZEROS}, the chain says 0x"),
        (put("roster", "version", value=2), "roster version 2, the chain says 1"),
        (put("roster", "root", value=ZEROS), f"roster root {ZEROS}, the chain says 0x"),
        (put("roster", "size", value=5), "roster size 5, the chain says 4"),
        (put("roster", "digest", value=ZEROS), f"roster digest {ZEROS}, the chain says 0x"),
        (put("jury", "version", value=2), "jury version 2, the chain says 1"),
        (put("jury", "hash", value=ZEROS), f"jury hash {ZEROS}, the chain says 0x"),
        (put("jury", "size", value=3), "jury size 3, the chain says 1"),
        (put("jury", "quorum", value=3), "jury quorum 3, the chain says 1"),
        (put("slice", value=2), "slice 2, the spec says 1"),
        (put("entries", 1, "digest", value=ZEROS), f"digest {ZEROS} of update 1, the chain says"),
        (put("entries", 3, "code", value=2), "code 2 of update 3, the verdicts say 8"),
        (put("entries", 3, "reason", value=0), "reason 0 of update 3, derived is 11"),
        (put("entries", 3, "arguments", value=[0]), "arguments [0] of update 3, derived is [1]"),
        (put("entries", 3, "arguments", value=[]), "arguments [] of update 3, derived is [1]"),
        (put("entries", 0, "reason", value=12), "reason 12 of update 0, derived is 0"),
        (put("entries", 0, "arguments", value=[7]), "arguments [7] of update 0, derived is []"),
        (put("entries", 0, "correct", value=4), "correct 4 of update 0, which is not told"),
        (put("baseline", value=0), "baseline 0, which is not told"),
        (put("correct", value=6), "correct 6, which is not told"),
    ],
)
def test_a_field_that_is_another_is_found(
    story: Story, change: Callable[[Document], None], says: str
) -> None:
    story.falsify_record(change)
    for full in (False, True):
        assert story.differs(full).startswith(f"round 1: the record says {says}")


def test_another_client_is_found(story: Story) -> None:
    other, client = (CLIENTS[place].address.lower() for place in (4, 0))
    story.falsify_record(put("entries", 0, "client", value=other))
    assert story.differs() == (
        f"round 1: the record says client {other} of update 0, the chain says {client}"
    )


def test_another_task_is_found(story: Story) -> None:
    other = "0x" + "cd" * 20
    story.falsify_record(put("task", value=other))
    assert story.differs() == (
        f"round 1: the record says task {other}, the chain says {story.contract.address.lower()}"
    )


def test_an_entry_too_few_or_too_many_is_found(story: Story) -> None:
    story.falsify_record(lambda document: document["entries"].pop())
    assert story.differs() == "round 1: the record is on 3 updates, the round has 4"
    story.falsify_record(lambda document: document["entries"].extend(document["entries"][:2]))
    assert story.differs() == "round 1: the record is on 5 updates, the round has 4"


def test_the_record_of_another_round_is_found(story: Story) -> None:
    first = story.record().to_bytes()
    story.judge(GOOD, USELESS, BETTER, USELESS)
    story.publish_record(first)
    assert story.differs() == "round 2: the record says round 1, the chain says 2"


def test_the_number_of_the_attempt_is_the_reports(story: Story) -> None:
    story.contract.submit(story.federation.clients[0].address, story.digests[0])
    story.missing = {0}
    story.finalize(attempt=3)
    assert story.audit().passed
    story.falsify_record(put("attempt", value=2))
    assert story.differs() == "round 2: the record says attempt 2, the report says 3"


# --- why ---


def test_the_reason_of_a_malformed_file_is_derived(story: Story) -> None:
    story.digests.append(story.federation.submit(0, b"no tensors"))
    story.digests.append(
        story.federation.submit(1, story.federation.update(1, {"bias": USELESS["weight"]}))
    )
    story.finalize()
    said = [(entry.code, entry.reason, entry.arguments) for entry in story.record().entries]
    assert said == [(5, Reason.NO_SAFETENSORS, []), (5, Reason.TENSOR_MISSING, [0])]
    assert story.audit().passed
    story.falsify_record(put("entries", 1, "reason", value=int(Reason.TENSOR_UNKNOWN)))
    assert story.differs() == ("round 2: the record says reason 3 of update 1, derived is 2")


def test_the_reason_of_what_is_gone_has_to_be_possible(story: Story) -> None:
    story.forget(story.digests[3])
    assert story.audit(full=False).passed
    story.falsify_record(put("entries", 3, "arguments", value=[0]))
    assert story.audit(full=False).passed  # nobody can tell any more
    story.falsify_record(put("entries", 3, "arguments", value=[3]))
    says = "which no duplicate update has"
    assert story.differs() == (
        f"round 1: the record says reason 11 with arguments [3] of update 3, {says}"
    )
    story.falsify_record(put("entries", 3, "reason", value=12))
    assert says in story.differs()
    story.falsify_record(put("entries", 3, "reason", value=200))
    assert says in story.differs()


FRAGILE = {"callable": "tests.support.raising_modules:fragile"}


def test_the_way_in_which_a_model_raises_is_derived_from_the_slice(tmp_path: Path) -> None:
    story = Story(tmp_path, model=FRAGILE)
    story.judge(GOOD, {"weight": -3 * GOOD["weight"]})
    assert [entry.reason for entry in story.record().entries] == [0, Reason.RAISES_WITH_UPDATE]
    story.falsify_record(put("entries", 1, "reason", value=int(Reason.RAISES_WITH_AGGREGATE)))
    assert story.audit(full=False).passed
    assert story.differs(full=True) == (
        "round 1: the record says reason 13 of update 1, derived is 12"
    )
    story.falsify_record(put("entries", 1, "reason", value=0))
    assert "reason 0 with arguments [] of update 1, which no model-raises" in story.differs()


# --- counts ---


def test_counts_are_told_where_each_round_has_a_slice_that_is_disclosed(telling: Story) -> None:
    record = telling.record()
    assert record.correct == 6
    assert [entry.correct is not None for entry in record.entries] == [True, True, True, False]
    for full in (False, True):
        result = telling.audit(full)
        assert result.passed, result.difference


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (put("baseline", value=1), "baseline 1, derived is"),
        (put("correct", value=5), "correct 5, derived is 6"),
        (put("entries", 0, "correct", value=5), "correct 5 of update 0, derived is 4"),
    ],
)
def test_a_count_that_is_another_is_found_where_the_slice_is_known(
    telling: Story, change: Callable[[Document], None], says: str
) -> None:
    telling.falsify_record(change)
    assert telling.audit(full=False).passed
    assert telling.differs(full=True).startswith(f"round 1: the record says {says}")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (put("baseline", value=7), "7 as the baseline, of 6 samples"),
        (put("correct", value=7), "7 right of the new model, of 6 samples"),
        (put("entries", 0, "correct", value=7), "7 right of update 0, of 6 samples"),
    ],
)
def test_a_count_that_cannot_be_is_found_without_the_slice(
    telling: Story, change: Callable[[Document], None], says: str
) -> None:
    telling.falsify_record(change)
    assert telling.differs() == f"round 1: the record says {says}"


@pytest.mark.parametrize(
    ("path", "says"),
    [
        (("baseline",), "no baseline, which is to be told"),
        (("correct",), "no correct, which is to be told"),
        (("entries", 0, "correct"), "no correct of update 0, which is to be told"),
    ],
)
def test_a_count_that_is_not_told_is_found(telling: Story, path: Path_, says: str) -> None:
    def drop(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        del document[path[-1]]

    telling.falsify_record(drop)
    assert telling.differs() == f"round 1: the record says {says}"


def test_a_count_of_what_was_not_evaluated_is_found(telling: Story) -> None:
    telling.falsify_record(put("entries", 3, "correct", value=0))
    assert telling.differs() == (
        "round 1: the record says correct 0 of update 3, which is not told"
    )


# --- all of it ---


def leaves(document: object, path: Path_ = ()) -> Iterator[Path_]:
    """Every place of a document that holds no further places."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from leaves(value, (*path, key))
    elif isinstance(document, list) and document:
        for place, value in enumerate(document):
            yield from leaves(value, (*path, place))
    else:
        yield path


def at(document: Any, path: Path_) -> Any:
    """What stands at a place."""
    for key in path:
        document = document[key]
    return document


HEX = "0123456789abcdef"


def replace_by(document: Document) -> Callable[[Document], None]:
    """What makes a record another one."""

    def change(found: Document) -> None:
        found.clear()
        found.update(document)

    return change


def others(value: object) -> st.SearchStrategy[Any]:
    """Other values that have the form of one in a record."""
    if isinstance(value, int):
        return st.one_of(st.integers(0, 20), st.integers(0, 2**32)).filter(lambda x: x != value)
    if isinstance(value, list):
        return st.lists(st.integers(0, 3), min_size=1)
    assert isinstance(value, str)
    places = st.tuples(st.integers(2, len(value) - 1), st.sampled_from(HEX))
    changed = places.map(lambda at: value[: at[0]] + at[1] + value[at[0] + 1 :])
    return changed.filter(lambda text: text != value)


@pytest.mark.parametrize("kind", ["untold", "told", "batched"])
def test_whatever_is_changed_in_a_record_is_found(tmp_path: Path, kind: str) -> None:
    disclosure = {"disclosed": kind == "told"}
    if kind == "batched":
        story = batched_story(tmp_path)
    else:
        story = Story(tmp_path, sets=slices(2), rounds=2, disclosure=disclosure)
        story.judge(GOOD, USELESS, BETTER, USELESS)
    honest = story.record().model_dump(exclude_none=True)
    events = list(story.contract.events)
    assert story.audit().passed

    @settings(FUZZ, max_examples=100, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def every_change_is_found(data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(list(leaves(honest))))
        value = data.draw(others(at(honest, path)))
        document = copy.deepcopy(honest)
        put(*path, value=value)(document)
        story.contract.events[:] = events
        story.falsify_record(replace_by(document))
        found = story.differs(full=True)
        assert found.startswith("round 1: ")
        assert "the record" in found or "but the batch is unavailable" in found

    every_change_is_found()


@pytest.mark.parametrize("kind", ["told", "batched"])
def test_a_record_that_lacks_a_field_is_found(tmp_path: Path, kind: str) -> None:
    if kind == "batched":
        story = batched_story(tmp_path)
    else:
        story = Story(tmp_path, sets=slices(2), rounds=2, disclosure={"disclosed": True})
        story.judge(GOOD, USELESS, BETTER, USELESS)
    honest = story.record().model_dump(exclude_none=True)
    events = list(story.contract.events)
    for path in leaves(honest):
        document = copy.deepcopy(honest)
        at(document, path[:-1]).pop(path[-1])
        story.contract.events[:] = events
        story.falsify_record(replace_by(document))
        assert "the record" in story.differs(full=True)
