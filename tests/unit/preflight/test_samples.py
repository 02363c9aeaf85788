"""Samples and commitments, held against the task's."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from fedjury.data.commitments import write_commitments
from fedjury.data.dataset import Samples
from fedjury.data.verification import VerificationSet, save_verification_set
from fedjury.preflight.finding import CannotCheck, Outcome
from fedjury.preflight.samples import check_commitments, check_slices
from fedjury.preflight.subject import Role
from fedjury.protocol.task_spec import SliceSpec
from tests.support.checked_role import CheckedRole
from tests.support.fake_federation import JUROR, STRANGER, verification

SETS = [replace(verification(), salt=bytes([number]) * 32) for number in (1, 2, 3)]
SPECS = [{"samples": len(each), "commitment": each.commitment()} for each in SETS]


def three(tmp_path: Path, *here: int) -> CheckedRole:
    """A juror of a task of three rounds, with some of its slices, by their numbers."""
    role = CheckedRole.of(Role.JUROR, tmp_path, verification={"slices": SPECS})
    place = tmp_path / "some"
    place.mkdir()
    for number in here:
        save_verification_set(SETS[number - 1], place / f"slice-{number}-0.safetensors")
    role.has(verification=(), beside=(place,))
    return role


def receives(role: CheckedRole, *numbers: int) -> None:
    """Other jurors have given the juror's daemon some slices."""
    assert role.own.work_directory is not None
    place = role.own.work_directory(JUROR.address) / "slices"
    place.mkdir(parents=True)
    for number in numbers:
        save_verification_set(SETS[number - 1], place / f"slice-{number}-0.safetensors")


def test_all_slices_are_well(tmp_path: Path) -> None:
    assert three(tmp_path, 1, 2, 3).one(check_slices) == (
        Outcome.OK,
        "slices 1 to 3 here, as the task commits to",
    )


def test_a_slice_that_nobody_takes_from_others_is_told(tmp_path: Path) -> None:
    large = VerificationSet(Samples(torch.zeros(2, 2**20), torch.arange(2)), bytes(32))
    listed = [{"samples": len(large), "commitment": large.commitment()}]
    role = CheckedRole.of(Role.JUROR, tmp_path, verification={"slices": listed})
    save_verification_set(large, tmp_path / "large.safetensors")
    role.has(verification=(tmp_path / "large.safetensors",))
    outcome, found = role.one(check_slices)
    assert outcome is Outcome.WARNING
    assert found.startswith("a slice with 2 labels has 8,388,")


def test_a_slice_that_is_missing_later_is_told(tmp_path: Path) -> None:
    assert three(tmp_path, 1, 2).one(check_slices) == (
        Outcome.WARNING,
        "slice 3 of later rounds not here",
    )


def test_a_slice_that_is_missing_now_is_a_problem(tmp_path: Path) -> None:
    outcome, found = three(tmp_path, 2, 3).one(check_slices)
    assert outcome is Outcome.PROBLEM
    assert found == "slice 1, for round 1, is not here (slices 2 and 3)"


def test_no_slice_at_all_is_a_problem(tmp_path: Path) -> None:
    outcome, found = three(tmp_path).one(check_slices)
    assert outcome is Outcome.PROBLEM
    assert "with a slice of this task" in found


@pytest.mark.parametrize(
    ("received", "found"),
    [
        ((), "slice 1, for round 1, is not here (none is)"),
        ((2,), "slice 1, for round 1, is not here (slice 2)"),
        ((1,), "slices 2 and 3 of later rounds not here"),
    ],
)
def test_what_a_juror_of_several_lacks_the_others_give(
    tmp_path: Path, received: tuple[int, ...], found: str
) -> None:
    role = three(tmp_path)
    role.federation.contract.seat([JUROR, STRANGER], 2)
    receives(role, *received)
    assert role.one(check_slices) == (Outcome.WARNING, found)


def test_slices_that_a_juror_of_several_was_given_are_had(tmp_path: Path) -> None:
    role = three(tmp_path, 2)
    role.federation.contract.seat([JUROR, STRANGER], 2)
    receives(role, 1, 3)
    assert role.one(check_slices) == (Outcome.OK, "slices 1 to 3 here, as the task commits to")


def test_nobody_gives_slices_to_the_only_juror(tmp_path: Path) -> None:
    role = three(tmp_path, 2)
    receives(role, 1, 3)
    assert role.one(check_slices)[0] is Outcome.PROBLEM


def test_another_tasks_samples_are_a_problem(tmp_path: Path) -> None:
    role = CheckedRole.of(Role.JUROR, tmp_path)
    other = tmp_path / "other.safetensors"
    save_verification_set(VerificationSet(verification().samples, b"\7" * 32), other)
    role.has(verification=(other,))
    outcome, found = role.one(check_slices)
    assert outcome is Outcome.PROBLEM
    assert "not the one that the task commits to" in found


def test_an_auditor_without_samples_needs_none(tmp_path: Path) -> None:
    role = CheckedRole.of(Role.AUDITOR, tmp_path)
    assert role.one(check_slices)[0] is Outcome.OK
    role.has(verification=())
    with pytest.raises(CannotCheck, match="an audit needs none"):
        role.found(check_slices)


@pytest.mark.parametrize(
    ("listed", "outcome", "words"),
    [
        (SPECS, Outcome.OK, "lists the 3 slices of the task"),
        (SPECS[:2], Outcome.PROBLEM, "lists 2 slices, the task has 3"),
        ([SPECS[0], SPECS[2], SPECS[1]], Outcome.PROBLEM, "another slice 2 than the task commits"),
    ],
)
def test_the_commitments_are_the_tasks_in_their_order(
    tmp_path: Path, listed: list[dict[str, object]], outcome: Outcome, words: str
) -> None:
    role = three(tmp_path)
    path = tmp_path / "commitments.json"
    write_commitments([SliceSpec.model_validate(each) for each in listed], path)
    role.has(commitments=path)
    found = role.one(check_commitments)
    assert found[0] is outcome
    assert words in found[1]


def test_a_file_that_lists_no_commitments_is_a_problem(tmp_path: Path) -> None:
    role, path = three(tmp_path), tmp_path / "commitments.json"
    path.write_text("{}")
    role.has(commitments=path)
    assert role.one(check_commitments)[0] is Outcome.PROBLEM


def test_without_a_file_of_commitments_nothing_is_known(tmp_path: Path) -> None:
    with pytest.raises(CannotCheck, match="say --commitments"):
        three(tmp_path).found(check_commitments)
