"""The audit holds what a record says that jurors had against the jury and the verdicts."""

from collections.abc import Collection, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fedjury.protocol.round_record import bitmap
from fedjury.protocol.verdicts import VerdictCode
from tests.support.audited_story import Place, Story, batched_story
from tests.support.fake_federation import JUROR, STRANGER
from tests.support.fuzzing import FUZZ
from tests.unit.oracle.audit.conftest import GOOD, JURY, Document, put


def test_what_a_stranger_had_is_found(story: Story) -> None:
    stranger = STRANGER.address.lower()
    story.falsify_record(put("haves", 0, "juror", value=stranger))
    assert story.differs() == (
        f"round 1: the record says what {stranger} had, who is not in the jury"
    )


def test_a_record_without_the_only_jurors_have_is_found(story: Story) -> None:
    story.falsify_record(put("haves", value=[]))
    assert story.differs() == (
        "round 1: the record says what 0 jurors had, fewer than the quorum of 1"
    )


def test_what_a_quorum_had_is_enough(four: Story) -> None:
    four.falsify_record(lambda document: document["haves"].pop(2))
    assert four.audit().passed
    four.falsify_record(lambda document: document["haves"].pop())
    assert four.differs() == (
        "round 1: the record says what 2 jurors had, fewer than the quorum of 3"
    )


def test_a_jury_of_four_cannot_leave_out_what_it_had(four: Story) -> None:
    four.falsify_record(put("haves", value=[]))
    assert four.differs() == (
        "round 1: the record says what 0 jurors had, fewer than the quorum of 3"
    )


def test_haves_that_do_not_ascend_are_found(four: Story) -> None:
    says = "round 1: the record's haves do not ascend by juror, or one is twice"
    honest = four.record().model_dump(exclude_none=True)["haves"]
    for haves in ([*honest[::-1]], [honest[0], *honest[:2]]):
        four.falsify_record(put("haves", value=haves))
        assert four.differs() == says


@pytest.mark.parametrize("entries", ["0x", "0xf000", "0xf8"])
def test_a_bitmap_of_other_entries_is_found(story: Story, entries: str) -> None:
    story.falsify_record(put("haves", 0, "entries", value=entries))
    assert story.differs() == (
        f"round 1: what the record says that {JUROR.address.lower()} had: {entries} is no bitmap "
        "of 4 bits"
    )


def test_an_update_that_was_judged_and_that_nobody_had_is_found(story: Story) -> None:
    story.falsify_record(put("haves", 0, "entries", value="0xb0"))
    assert story.differs() == (
        "round 1: the record says that 0 jurors had update 1, which is not-improved: available is "
        "what 1 had"
    )


def test_an_update_that_the_juror_had_and_calls_unavailable_is_found(story: Story) -> None:
    story.judge(GOOD)
    story.falsify_verdict(0, VerdictCode.UNAVAILABLE, model_digest=story.parent())
    story.reopen(story.parent())
    assert story.differs() == (
        "round 2: the record says that 1 juror had update 0, which is unavailable: available is "
        "what 1 had"
    )


def test_of_four_jurors_two_have_to_have_had_what_is_available(four: Story) -> None:
    for place in (0, 1):
        assert four.audit().passed
        four.falsify_record(put("haves", place, "entries", value="0x80"))
    assert four.audit().passed
    four.falsify_record(put("haves", 2, "entries", value="0x80"))
    assert four.differs() == (
        "round 1: the record says that 1 juror had update 1, which is not-improved: available is "
        "what 2 had"
    )


# --- batches ---

OF_FIRST, OF_SECOND, OF_AGAIN, OF_LOST, OF_MISCOUNTED = range(5)  # places of the batches
COUNTING = (Place.COUNTS, Place.BEATS, Place.USELESS)  # what alone is judged by its file


@pytest.fixture
def batched_four(tmp_path: Path) -> Story:
    """The same by a jury of four, of whom three must sign."""
    return batched_story(tmp_path, jury=JURY, quorum=3)


def have(
    story: Story, batches: Sequence[Collection[int]], entries: Sequence[Collection[int]]
) -> None:
    """Have the record say of each juror which batches and which updates it had."""
    honest = story.record().model_dump(exclude_none=True)["haves"]

    def change(document: Document) -> None:
        document["haves"] = [
            {
                "juror": each["juror"],
                "batches": bitmap([place in of_batches for place in range(5)]),
                "entries": bitmap([place in of_entries for place in range(14)]),
            }
            for each, of_batches, of_entries in zip(honest, batches, entries, strict=False)
        ]

    story.falsify_record(change)


def test_what_the_only_juror_had_is_a_bit_a_batch_and_a_bit_a_slot(batched: Story) -> None:
    (said,) = batched.record().haves
    assert (said.batches, said.entries) == ("0xe8", "0xff3c")  # all but one batch, and its two
    batched.falsify_record(put("haves", 0, "entries", value="0xff7c"))
    assert batched.differs() == (
        "round 1: the record says that 1 juror had update 9, which is unavailable: available is "
        "what 1 had"
    )
    batched.falsify_record(put("haves", 0, "entries", value="0xff1c"))
    assert "the record says that 0 jurors had update 10, which is malformed" in batched.differs()


@pytest.mark.parametrize(
    ("bits", "claims", "what"),
    [
        ("0x68", "0 jurors", "the batch at update 0, which is read"),
        ("0xc8", "0 jurors", "the batch at update 5, which is read"),
        ("0xf8", "1 juror", "the batch at update 8, which is unavailable"),
        ("0xe0", "0 jurors", "the batch at update 10, which is malformed"),
    ],
)
def test_what_the_only_juror_had_of_batches_follows_from_their_codes(
    batched: Story, bits: str, claims: str, what: str
) -> None:
    batched.falsify_record(put("haves", 0, "batches", value=bits))
    for full in (False, True):
        assert batched.differs(full) == (
            f"round 1: the record says that {claims} had the file of {what}: available is what 1 "
            "had"
        )


@pytest.mark.parametrize("bits", ["0x", "0xe800", "0xe9", "0xec"])
def test_a_bitmap_of_other_batches_is_found(batched: Story, bits: str) -> None:
    batched.falsify_record(put("haves", 0, "batches", value=bits))
    assert batched.differs() == (
        f"round 1: what the record says that {JUROR.address.lower()} had: {bits} is no bitmap of 5 "
        "bits"
    )


def test_a_have_that_says_nothing_of_the_batches_is_found(batched_four: Story) -> None:
    batched_four.falsify_record(lambda document: document["haves"][2].pop("batches"))
    juror = JURY[2].address.lower()
    assert batched_four.differs() == (
        f"round 1: what the record says that {juror} had says nothing of batches, the round has 5"
    )


@pytest.mark.parametrize("bits", ["0x", "0x80"])
def test_a_have_that_tells_of_batches_that_there_are_not_is_found(story: Story, bits: str) -> None:
    story.falsify_record(put("haves", 0, "batches", value=bits))
    assert story.differs() == (
        f"round 1: what the record says that {JUROR.address.lower()} had tells of batches, the "
        "round has none"
    )


def test_of_four_jurors_two_have_to_have_had_a_batch_that_was_read(batched_four: Story) -> None:
    everything, lost = (0, 1, 2, 4), range(8, 10)
    entries = [set(range(14)) - set(lost)] * 4
    have(batched_four, [everything, everything, (0, 2, 4), (0, 2, 4)], entries)
    assert batched_four.audit().passed
    have(batched_four, [everything, (0, 2, 4), (0, 2, 4), (0, 2, 4)], entries)
    assert batched_four.differs() == (
        "round 1: the record says that 1 juror had the file of the batch at update 3, which is "
        "read: available is what 2 had"
    )


def test_a_batch_that_two_of_four_jurors_had_is_not_unavailable(batched_four: Story) -> None:
    everything, entries = (0, 1, 2, 4), [COUNTING] * 4
    have(batched_four, [(*everything, OF_LOST), *[everything] * 3], entries)
    assert batched_four.audit().passed
    have(batched_four, [(*everything, OF_LOST)] * 2 + [everything] * 2, entries)
    assert batched_four.differs() == (
        "round 1: the record says that 2 jurors had the file of the batch at update 8, which is "
        "unavailable: available is what 2 had"
    )


def test_a_file_that_was_posted_twice_is_available_where_it_is_so_once(batched_four: Story) -> None:
    entries = [COUNTING] * 4
    for place in (0, 2):
        have(batched_four, [(place, 1, 4), (place, 1, 4), (), ()], entries)
        assert batched_four.audit().passed
    have(batched_four, [(0, 1, 4), (2, 1, 4), (), ()], entries)
    assert batched_four.differs() == (
        "round 1: the record says that 1 juror had the file of the batch at update 0, which is "
        "read: available is what 2 had"
    )


def test_what_the_batch_or_the_entry_decides_needs_no_claim_of_the_updates_file(
    batched_four: Story,
) -> None:
    batches = [(0, 1, 2, 4)] * 4
    decided = set(range(14)) - set(COUNTING)
    for said in (set[int](), decided):
        have(batched_four, batches, [{*COUNTING, *said}] * 4)
        assert batched_four.audit().passed
    for place in COUNTING:
        others = {*decided, *COUNTING} - {place}
        have(batched_four, batches, [range(14), others, others, others])
        assert f"that 1 juror had update {place}, which is " in batched_four.differs()


def test_an_audit_passes_exactly_where_claims_and_verdicts_agree(batched_four: Story) -> None:
    events = list(batched_four.contract.events)
    honest_batches = [place != OF_LOST for place in range(5)]
    honest_entries = [place not in Place.LOST for place in range(14)]

    def claimed(bits: Sequence[Sequence[bool]], *places: int) -> int:
        return max(sum(each[place] for each in bits) for place in places)

    @settings(FUZZ, max_examples=100, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def agree(data: st.DataObject) -> None:
        jurors = data.draw(st.sampled_from([3, 4]))
        batches = [list(honest_batches) for _ in range(jurors)]
        entries = [list(honest_entries) for _ in range(jurors)]
        who = st.integers(0, jurors - 1)
        for juror, place in data.draw(st.lists(st.tuples(who, st.integers(0, 4)), max_size=6)):
            batches[juror][place] ^= True
        of_counting = st.one_of(st.sampled_from(COUNTING), st.integers(0, 13))
        for juror, place in data.draw(st.lists(st.tuples(who, of_counting), max_size=6)):
            entries[juror][place] ^= True
        batched_four.contract.events[:] = events
        have(
            batched_four,
            [[place for place, bit in enumerate(each) if bit] for each in batches],
            [[place for place, bit in enumerate(each) if bit] for each in entries],
        )
        agrees = (
            claimed(batches, OF_FIRST, OF_AGAIN) >= 2
            and claimed(batches, OF_SECOND) >= 2
            and claimed(batches, OF_LOST) < 2
            and claimed(batches, OF_MISCOUNTED) >= 2
            and all(claimed(entries, place) >= 2 for place in COUNTING)
        )
        assert batched_four.audit(full=False).passed is agrees

    agree()


def test_an_update_that_too_few_had_is_unavailable_whatever_the_store_has(
    batched_four: Story,
) -> None:
    everything, batches = set(range(14)), [(0, 1, 2, 4)] * 4
    without = everything - {Place.USELESS}
    batched_four.falsify_verdict(Place.USELESS, VerdictCode.UNAVAILABLE)
    have(batched_four, batches, [everything, without, without, without])
    assert batched_four.audit().full
    have(batched_four, batches, [everything, everything, without, without])
    assert batched_four.differs() == (
        f"round 1: the record says that 2 jurors had update {Place.USELESS}, which is unavailable: "
        "available is what 2 had"
    )
