"""The audit derives what is disclosed or given, and believes no one who says where a slice is."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from fedjury.chain.contracts.events import SliceDisclosed
from fedjury.data import Samples
from fedjury.data.verification import VerificationSet, save_verification_set
from fedjury.errors import DataError, ModelError, StoreUnavailable
from fedjury.oracle.audit import Auditor, AuditResult
from fedjury.oracle.slices import Slices
from fedjury.protocol.digest import Digest
from fedjury.protocol.verdicts import VerdictCode
from tests.support.audited_story import OTHER, Story, slices, verification_of
from tests.support.fake_federation import JUROR, STRANGER, account, verification
from tests.unit.oracle.audit.conftest import BETTER, GOOD, USELESS

DISCLOSED = {"disclosed": True, "depth": 3}


@pytest.fixture
def each(tmp_path: Path) -> Story:
    """Two rounds of three, each with a slice of its own, none disclosed yet."""
    told = Story(tmp_path, sets=slices(3), rounds=3, disclosure=DISCLOSED)
    told.judge(GOOD, USELESS)
    told.judge(BETTER)
    return told


@pytest.fixture
def single(tmp_path: Path) -> Story:
    """Both rounds of a task with one slice for all, which is to be disclosed."""
    told = Story(tmp_path, rounds=2, disclosure=DISCLOSED)
    told.judge(GOOD, USELESS)
    told.judge(BETTER)
    told.end()
    return told


def public(story: Story) -> AuditResult:
    """An audit without any private file, which passes."""
    result = story.audit(full=False)
    assert result.passed, result.difference
    return result


def depths(result: AuditResult) -> list[str | None]:
    """How deep each round was audited."""
    return [audit.depth for audit in result.rounds]


def wait(story: Story, blocks: int) -> None:
    """So many blocks without events."""
    story.federation.chain.height += blocks


def put(story: Story, number: int, data: bytes, juror: Any = JUROR) -> str:
    """Somebody says that a slice is another file; its CID."""
    digest = story.federation.store.add(data)
    story.contract.disclose(number, digest, juror.address)
    return digest.cid


# --- what is derived ---


def test_every_disclosed_round_is_derived_without_any_private_file(each: Story) -> None:
    assert depths(public(each)) == ["light", "light", None]
    each.disclose(1)
    result = public(each)
    assert depths(result) == ["full", "light", None]
    assert result.rounds[0].notes == []
    assert not result.full
    assert result.sentence == (
        "the audit passed: 3 rounds, 3 updates; every verdict derived from samples in 1 of 2 "
        "rounds with verdicts"
    )
    each.disclose(2, by=STRANGER)
    assert depths(public(each)) == ["full", "full", None]
    assert public(each).full


def test_a_single_slice_derives_every_round_once_it_is_disclosed(single: Story) -> None:
    assert depths(public(single)) == ["light", "light"]
    single.disclose(1)
    assert depths(public(single)) == ["full", "full"]
    assert public(single).sentence == (
        "the audit passed: 2 rounds, 3 updates; every verdict derived from samples"
    )


def test_slices_that_are_given_derive_their_rounds(each: Story) -> None:
    task = each.federation.task
    given = Slices.of(task.spec, each.sets[1:2])
    result = Auditor(task, given, sleep=lambda _: None).run(each.federation.chain.block())
    assert depths(result) == ["light", "full", None]
    assert result.to_json()["derived_rounds"] == 1
    assert result.to_json()["light_rounds"] == 1


@pytest.mark.parametrize("number", [1, 2])
def test_a_wrong_verdict_is_found_in_a_disclosed_round_alone(each: Story, number: int) -> None:
    each.falsify_verdict(0, VerdictCode.NOT_IMPROVED, model_digest=each.parent())
    each.reopen(each.parent())
    each.disclose(number)
    if number == 1:
        assert depths(public(each)) == ["full", "light", None]
    else:
        client = each.federation.clients[0].address
        assert each.differs() == (
            f"round 2: the verdict on update 0 of {client} posted is not-improved, derived is "
            "accepted"
        )


def test_a_count_of_a_disclosed_round_is_derived(each: Story) -> None:
    each.falsify_record(lambda document: document["entries"][0].update(correct=5))
    assert public(each).rounds[1].depth == "light"
    each.disclose(2)
    assert each.differs() == ("round 2: the record says correct 5 of update 0, derived is 6")


def test_the_slice_of_another_round_is_not_the_rounds(each: Story) -> None:
    wrong = each.sets[1].to_bytes()
    cid = put(each, 1, wrong)
    result = public(each)
    assert depths(result) == ["light", "light", None]
    assert result.rounds[0].notes == [
        f"slice 1, by {JUROR.address} said to be {cid}, is not what the spec commits to"
    ]


# --- who says what ---


def test_garbage_before_the_right_file_is_noted_and_ignored(each: Story) -> None:
    first = put(each, 1, b"garbage")
    second = put(each, 1, replace(verification(), salt=bytes(32)).to_bytes())
    each.contract.disclose(1, OTHER, JUROR.address)
    others = account(9)
    each.disclose(1, by=others)
    result = public(each)
    assert depths(result) == ["full", "light", None]
    said = f"slice 1, by {JUROR.address} said to be"
    gone, none, another = sorted(
        result.rounds[0].notes, key=lambda note: note.split("be Qm")[1][45:]
    )
    assert gone.startswith(f"{said} {OTHER.cid}, cannot be had: ")
    assert none.startswith(f"{said} {first}, is none: the file is no readable sample file")
    assert another == f"{said} {second}, is not what the spec commits to"


def test_a_file_larger_than_its_samples_is_noted(each: Story) -> None:
    cid = put(each, 1, bytes(8 * 2**20))
    each.disclose(1, by=STRANGER)
    result = public(each)
    assert depths(result)[0] == "full"
    assert result.rounds[0].notes == [
        f"slice 1, by {JUROR.address} said to be {cid}, is larger than 6 samples are"
    ]


def test_what_a_juror_says_is_tried_before_what_others_say(each: Story) -> None:
    for number in range(40):
        put(each, 1, b"garbage %d" % number, STRANGER)
    each.disclose(1)
    result = public(each)
    assert depths(result)[0] == "full"
    assert result.rounds[0].notes == []


def test_what_most_jurors_say_is_tried_first(tmp_path: Path) -> None:
    jury = [account(number) for number in range(1, 26)]
    story = Story(tmp_path, jury=jury, quorum=17, sets=slices(2), rounds=2, disclosure=DISCLOSED)
    story.judge(GOOD)
    for number, juror in enumerate(jury[:20]):
        put(story, 1, b"garbage %d" % number, juror)
    for juror in jury[20:]:
        story.disclose(1, by=juror)
    result = public(story)
    assert depths(result)[0] == "full"
    assert result.rounds[0].notes == []


def test_what_jurors_say_gets_more_time_than_what_others_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = VerificationSet(Samples(torch.eye(3).repeat(100, 1), torch.arange(300) % 3), bytes(32))
    story = Story(tmp_path, sets=[many], disclosure=DISCLOSED)
    story.judge(GOOD)
    juror = story.federation.store.add(b"a juror's")
    stranger = story.federation.store.add(b"a stranger's")
    story.contract.disclose(1, juror, JUROR.address)
    story.contract.disclose(1, stranger, STRANGER.address)
    asked: dict[Digest, float] = {}
    fetch = story.federation.store.fetch

    def noted(digest: Digest, max_bytes: int, timeout: float) -> bytes:
        asked[digest] = timeout
        return fetch(digest, max_bytes, timeout)

    monkeypatch.setattr(story.federation.store, "fetch", noted)
    assert len(public(story).rounds[0].notes) == 2
    assert (asked[juror], asked[stranger]) == (20.0 + 255 / 4, 20.0)


def test_no_more_than_sixteen_files_are_tried(each: Story) -> None:
    for number in range(16):
        put(each, 1, b"garbage %d" % number, STRANGER)
    each.disclose(1, by=STRANGER)
    result = public(each)
    assert depths(result)[0] == "light"
    *tried, last = result.rounds[0].notes
    assert len(tried) == 16
    assert all(", is none: " in note for note in tried)
    assert last == "more than 16 files are said to be slice 1: no more tried"


def test_a_slice_of_another_number_of_samples_than_the_spec_says_is_found(tmp_path: Path) -> None:
    sets = slices(1)
    wrong = [{"samples": 7, "commitment": sets[0].commitment()}]
    story = Story(tmp_path, sets=sets, disclosure={**DISCLOSED, "slices": wrong})
    story.judge(GOOD)
    story.disclose(1)
    assert story.differs() == "round 1: slice 1 has 6 samples, the spec says 7"


def test_a_slice_that_the_model_cannot_take_gives_no_statement(tmp_path: Path) -> None:
    wide = VerificationSet(Samples(torch.zeros(6, 5), torch.zeros(6, dtype=torch.int64)), bytes(32))
    told = verification_of([wide])
    story = Story(tmp_path, disclosure={**DISCLOSED, **told})
    story.judge(GOOD)
    put(story, 1, wide.to_bytes())
    with pytest.raises(ModelError, match="even with the weights that its task began with"):
        story.audit(full=False)


def test_a_slice_that_the_store_refuses_gives_no_statement(each: Story) -> None:
    digest = each.disclose(1)
    each.federation.store.refused = {digest}
    with pytest.raises(StoreUnavailable, match="503"):
        each.audit(full=False)


# --- what should have been said, and what should not ---


def test_nobody_has_to_disclose_before_it_is_deep_enough(each: Story) -> None:
    assert [audit.notes for audit in public(each).rounds][1] == []


def test_a_slice_that_is_due_and_that_nobody_disclosed_is_noted(each: Story) -> None:
    wait(each, 3)
    result = public(each)
    assert depths(result) == ["light", "light", None]
    assert [audit.notes for audit in result.rounds] == [
        ["slice 1 is to be disclosed by now, and nobody did"],
        ["slice 2 is to be disclosed by now, and nobody did"],
        [],
    ]
    assert "2 notes, see above" in result.sentence


def test_a_single_slice_is_due_after_the_last_round_alone(single: Story) -> None:
    assert not any(audit.notes for audit in public(single).rounds)
    wait(single, 4)
    due = "slice 1 is to be disclosed by now, and nobody did"
    assert [audit.notes for audit in public(single).rounds] == [[due], []]


def test_what_is_not_to_be_disclosed_is_never_due(story: Story) -> None:
    wait(story, 1000)
    assert public(story).rounds[0].notes == []


def early(story: Story) -> str:
    """What is said of a slice that was out too early."""
    event = [each for each in story.contract.events if isinstance(each, SliceDisclosed)][-1]
    return (
        f"slice {event.slice} was disclosed by {event.discloser} in block {event.block_number}, "
        "before the round closed: the round was to be voided"
    )


@pytest.mark.parametrize("full", [True, False])
def test_a_slice_that_was_out_before_its_round_closed_is_noted(tmp_path: Path, full: bool) -> None:
    story = Story(tmp_path, sets=slices(2), rounds=2, disclosure=DISCLOSED)
    story.disclose(1)
    story.federation.chain.timestamp += 1
    story.judge(GOOD)
    result = story.audit(full)
    assert result.passed, result.difference
    assert depths(result)[0] == "full"
    assert result.rounds[0].notes == [early(story)]


def test_garbage_that_was_told_before_the_round_closed_is_no_disclosure(tmp_path: Path) -> None:
    story = Story(tmp_path, sets=slices(2), rounds=2, disclosure=DISCLOSED)
    put(story, 1, b"garbage")
    story.federation.chain.timestamp += 1
    story.judge(GOOD)
    story.disclose(1)
    assert not any("before the round closed" in note for note in public(story).rounds[0].notes)


def test_a_slice_that_is_told_once_its_round_is_closed_is_not_early(tmp_path: Path) -> None:
    story = Story(tmp_path, sets=slices(2), rounds=2, disclosure=DISCLOSED)
    for place in range(4):  # all of the roster, so that the round closes
        story.federation.submit(place, story.federation.update(place, GOOD))
    story.disclose(1)
    story.finalize()
    assert public(story).rounds[0].notes == []


def test_a_single_slice_that_is_told_between_rounds_is_early_for_the_later_ones(
    tmp_path: Path,
) -> None:
    story = Story(tmp_path, rounds=3, disclosure=DISCLOSED)
    story.judge(GOOD)
    story.disclose(1)
    story.federation.chain.timestamp += 1
    story.judge(BETTER)
    assert [audit.notes for audit in public(story).rounds] == [[], [early(story)], []]


# --- spec, contract and machine ---


def test_a_spec_with_more_slices_than_rounds_is_found(tmp_path: Path) -> None:
    story = Story(tmp_path, sets=slices(3), rounds=2)
    assert story.differs() == (
        "round 1: the spec has 3 verification slices, one a round, but the task 2 rounds"
    )


def test_a_spec_with_slices_for_a_task_without_end_is_found(tmp_path: Path) -> None:
    story = Story(tmp_path, sets=slices(3))
    assert story.differs() == (
        "round 1: the spec has 3 verification slices, one a round, but the task no last round"
    )


def test_a_model_that_is_not_trusted_is_noted_where_a_slice_is_disclosed(each: Story) -> None:
    each.disclose(1)
    each.federation.task = replace(each.federation.task, allowed_models=frozenset())
    result = public(each)
    assert depths(result) == ["light", "light", None]
    (note,) = result.rounds[0].notes
    assert note.startswith("slice 1 is known, but no verdict was derived: ")
    assert "tests.support.plugins:linear" in note


def test_a_model_that_is_not_trusted_is_an_error_where_a_slice_is_given(each: Story) -> None:
    each.federation.task = replace(each.federation.task, allowed_models=frozenset())
    with pytest.raises(ModelError, match=r"tests\.support\.plugins:linear"):
        each.audit(full=True)


def test_a_disclosed_slice_that_does_not_fit_the_task_is_noted_and_derives_nothing(
    each: Story,
) -> None:
    each.disclose(1)
    task = each.federation.task
    labels = task.spec.labels.model_copy(update={"classes": 2})
    spec = task.spec.model_copy(update={"labels": labels})
    each.federation.task = replace(task, spec=spec)
    result = public(each)
    assert depths(result) == ["light", "light", None]
    assert result.rounds[0].notes == [
        "slice 1 is what the task commits to, but its samples do not fit the task (2 classes, no "
        "padding), which is the fault of whoever made them: they have label 2, the classes are "
        "from 0; no verdict can be derived from them"
    ]


def test_a_given_file_that_vanishes_during_the_audit_is_noted(each: Story, tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    save_verification_set(each.sets[0], path)
    task = each.federation.task
    auditor = Auditor(task, Slices.read(task.spec, [path]), sleep=lambda _: None)
    path.unlink()
    result = auditor.run(each.federation.chain.block())
    assert depths(result) == ["light", "light", None]
    assert result.rounds[0].notes == [
        "the sample file of slice 1 is gone, or was changed",
        "slice 1 is to be disclosed by now, and nobody did",
    ]
    assert not any("sample file" in note for note in result.rounds[1].notes)


def test_a_set_that_is_no_slice_of_the_task_is_refused(each: Story) -> None:
    with pytest.raises(DataError, match="none of the 3 slices that the task commits to"):
        Slices.of(each.federation.spec, [verification()])


def test_the_digest_of_a_slice_is_that_of_its_file(each: Story) -> None:
    assert each.disclose(1) == Digest.of(each.sets[0].to_bytes())
