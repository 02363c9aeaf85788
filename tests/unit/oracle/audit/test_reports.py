"""The audit holds reports against signatures, verdicts and accuracy, and the contract's state."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fedjury.chain.contracts.events import RoundFinalized
from fedjury.chain.contracts.types import NextJury, RosterState
from fedjury.protocol.report import NO_ACCURACY
from fedjury.protocol.verdicts import VerdictCode
from tests.support.audited_story import OTHER, Story, slices
from tests.support.fake_federation import OTHER_JUROR, STRANGER
from tests.unit.oracle.audit.conftest import GOOD, JURY, USELESS

NOT_SIGNED = (
    "who is not in the jury: or else this is not the report, the parent model or the verdicts "
    "that were signed"
)


# --- signatures ---


def test_a_signer_from_outside_is_found(story: Story) -> None:
    story.falsify(STRANGER)
    assert story.differs() == f"round 1: signed by {STRANGER.address}, {NOT_SIGNED}"


def test_a_juror_of_another_jury_is_found(story: Story) -> None:
    story.contract.announce([OTHER_JUROR], 1)
    story.falsify(OTHER_JUROR)
    assert story.differs() == f"round 1: signed by {OTHER_JUROR.address}, {NOT_SIGNED}"


@pytest.mark.parametrize(
    "changes",
    [
        {"attempt": 1},
        {"next_jury": bytes(32)},
        {"model_digest": OTHER},
        {"record_digest": OTHER},
        {"verdicts": bytes([1, 2, 2, 8])},
    ],
)
def test_a_report_that_was_changed_after_signing_is_found(
    story: Story, changes: dict[str, Any]
) -> None:
    story.federation.change(RoundFinalized, **changes)
    if model := changes.get("model_digest"):
        story.reopen(model)
    found = story.differs()
    assert found.startswith("round 1: signed by 0x")
    assert found.endswith(NOT_SIGNED)


def test_a_report_that_was_judged_from_another_model_is_found(story: Story) -> None:
    story.falsify(parent=OTHER)
    found = story.differs()
    assert found.startswith("round 1: signed by 0x")
    assert found.endswith(NOT_SIGNED)


def test_a_report_of_another_task_is_found(story: Story) -> None:
    story.contract.address = "0x" + "Cd" * 20
    story.falsify()
    story.contract.address = "0x" + "Ab" * 20
    assert story.differs().endswith(NOT_SIGNED)


@pytest.mark.parametrize(
    ("signatures", "says"),
    [
        (b"", "0 signatures; quorum 1 of 1 juror"),
        (b"\1", "1 bytes of signatures are no multiple of 65"),
        (bytes(65), "not a signature"),
    ],
)
def test_missing_or_broken_signatures_are_found(story: Story, signatures: bytes, says: str) -> None:
    story.federation.change(RoundFinalized, signatures=signatures)
    assert says in story.differs()


def test_a_quorum_of_the_jury_is_enough(four: Story) -> None:
    four.falsify(*JURY[1:])
    assert four.audit().passed


def test_one_signature_less_than_the_quorum_is_found(four: Story) -> None:
    four.falsify(*JURY[:2])
    assert four.differs() == "round 1: 2 signatures; quorum 3 of 4 jurors"


def test_a_juror_that_signs_twice_is_found(four: Story) -> None:
    four.falsify(JURY[0], JURY[1], JURY[1])
    assert four.differs() == "round 1: signers are not ascending, or one signed twice"


def test_signers_out_of_order_are_found(four: Story) -> None:
    signed = four.finalized().signatures
    four.federation.change(RoundFinalized, signatures=signed[65:] + signed[:65])
    assert four.differs() == "round 1: signers are not ascending, or one signed twice"


def test_another_jury_than_the_rounds_is_found(story: Story) -> None:
    story.falsify(jury_version=2)
    assert story.differs() == "round 1: judged by jury 2, opened for 1"


# --- verdicts ---


@pytest.mark.parametrize("verdicts", [b"", bytes([1, 2, 1]), bytes([1, 2, 1, 8, 1])])
def test_verdicts_that_are_not_one_an_update_are_found(story: Story, verdicts: bytes) -> None:
    story.falsify(verdicts=verdicts)
    assert story.differs() == f"round 1: {len(verdicts)} verdicts on 4 updates"


@pytest.mark.parametrize("code", [0, max(VerdictCode) + 1, 255])
def test_a_verdict_that_is_no_code_is_found(story: Story, code: int) -> None:
    story.falsify(verdicts=bytes([1, 2, 1, code]))
    assert story.differs() == f"round 1: the verdict on update 3 is {code}, which is no code"


# --- accuracy ---


def test_an_accuracy_that_the_spec_does_not_want_is_found(story: Story) -> None:
    story.falsify(accuracy=1000)
    assert story.differs() == "round 1: the report says accuracy 1000, the spec wants none"


@pytest.fixture
def telling(tmp_path: Path) -> Story:
    """A task whose reports say the accuracy, though no record says a count."""
    told = Story(tmp_path, disclosure={"accuracy": True})
    told.judge(GOOD)
    return told


def test_the_accuracy_that_is_told_is_in_thousandths_rounded_down(telling: Story) -> None:
    assert telling.finalized().accuracy == 666
    assert telling.audit().passed


def test_a_report_without_the_accuracy_that_the_spec_wants_is_found(telling: Story) -> None:
    telling.falsify(accuracy=NO_ACCURACY)
    assert telling.differs() == "round 1: the report says no accuracy, the spec wants one"


def test_an_accuracy_beyond_all_is_found(telling: Story) -> None:
    telling.falsify(accuracy=1001)
    assert telling.differs() == "round 1: the report says accuracy 1001 of 1000"


@pytest.mark.parametrize("accuracy", [0, 665, 667, 1000])
def test_a_wrong_accuracy_is_found_where_the_slice_is_known(telling: Story, accuracy: int) -> None:
    telling.falsify(accuracy=accuracy)
    assert telling.audit(full=False).passed
    assert telling.differs(full=True) == (
        f"round 1: the report says accuracy {accuracy}, the new model's is 666"
    )


def test_a_wrong_accuracy_is_found_by_the_records_count_alone(tmp_path: Path) -> None:
    disclosure = {"disclosed": True, "accuracy": True}
    story = Story(tmp_path, sets=slices(2), rounds=2, disclosure=disclosure)
    story.judge(GOOD)
    assert story.audit(full=False).passed
    story.falsify(accuracy=667)
    assert story.differs() == ("round 1: the report says accuracy 667, the record's count is 666")


# --- the contract's state ---


def holds(what: str, held: object, told: object) -> str:
    """What is said where the contract holds something else."""
    return f"round 2: the contract holds {what} {held}, its events end with {told}"


def test_a_contract_that_holds_another_size_of_the_roster_is_found(story: Story) -> None:
    root = story.federation.roster.root
    story.contract.roster = lambda at=None: RosterState(1, root, 5)  # type: ignore[method-assign]
    tail = f"with root 0x{root.hex()}"
    assert story.differs() == holds("roster", f"1 of 5 {tail}", f"1 of 4 {tail}")


def test_a_contract_that_holds_another_quorum_is_found(four: Story) -> None:
    jury = four.contract.jury()
    held = replace(jury, quorum=4)
    four.contract.jury = lambda at=None: held  # type: ignore[method-assign]
    tail = f", {jury.hash.hex()}"
    assert four.differs() == holds(
        "jury", f"1 of 4 with quorum 4{tail}", f"1 of 4 with quorum 3{tail}"
    )


def test_a_contract_that_lets_the_next_jury_in_at_another_time_is_found(story: Story) -> None:
    announced = story.contract.announce([OTHER_JUROR], 1)
    held = NextJury(2, announced.jury, 1, 1, announced.enters_from - 1)
    story.contract.next_jury = lambda at=None: held  # type: ignore[method-assign]
    what, said = "next jury's time of entry", announced.enters_from
    assert story.differs() == holds(what, said - 1, said)


def test_a_next_jury_that_is_none_is_found(story: Story) -> None:
    story.contract.announce([OTHER_JUROR, STRANGER], 1)
    assert story.differs() == (
        "round 2: jury 2 has a quorum of 1 of 2, which is not more than two thirds"
    )


def test_every_signer_is_told(four: Story) -> None:
    assert four.audit().rounds[0].signers == [juror.address for juror in JURY]


# --- rules that never consult the samples ---


@pytest.mark.parametrize("rule", ["fedavg", "median", "trimmed-mean"])
def test_a_jury_that_shuts_an_update_out_under_a_rule_that_accepts_all_is_found_by_anyone(
    tmp_path: Path, rule: str
) -> None:
    told = Story(tmp_path, rule={"name": rule})
    told.judge(GOOD, USELESS)
    told.falsify_verdict(1, VerdictCode.NOT_IMPROVED)
    assert told.differs() == (
        f"round 1: the verdict on update 1 of {told.federation.clients[1].address} posted is "
        "not-improved, derived is accepted"
    )


def test_a_jury_that_chooses_otherwise_than_multi_krum_is_found_by_anyone(tmp_path: Path) -> None:
    told = Story(tmp_path, rule={"name": "multi-krum", "parameters": {"byzantine": 0.34}})
    near = {"weight": GOOD["weight"] + 0.01}
    told.judge(GOOD, near, {"weight": GOOD["weight"] + 9.0})
    assert list(told.finalized().verdicts) == [1, 1, 2]
    told.falsify_verdict(2, VerdictCode.ACCEPTED)
    assert told.differs() == (
        f"round 1: the verdict on update 2 of {told.federation.clients[2].address} posted is "
        "accepted, derived is not-improved"
    )
