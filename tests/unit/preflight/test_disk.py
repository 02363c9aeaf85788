"""The daemon's directory, and room on its disk."""

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from fedjury.preflight.disk import check_directory, check_space
from fedjury.preflight.finding import CannotCheck, Outcome
from fedjury.preflight.subject import Role
from fedjury.runtime.lock import sole_user
from tests.support.checked_role import CheckedRole
from tests.support.fake_federation import JUROR

ROUND = 3 * 4096  # three updates of the largest size


@pytest.fixture
def role(tmp_path: Path) -> CheckedRole:
    return CheckedRole.of(Role.JUROR, tmp_path)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work" / JUROR.address


def test_a_directory_that_can_be_used_is_left_as_it_was(role: CheckedRole, work: Path) -> None:
    outcome, found = role.one(check_directory)
    assert outcome is Outcome.OK
    assert found == f"{work} can be written and locked, and holds a database"
    assert not work.exists()
    work.mkdir(parents=True)
    (work / "kept.jsonl").write_text("")
    assert role.one(check_directory)[0] is Outcome.OK
    assert {each.name for each in work.iterdir()} == {"kept.jsonl", "lock"}


def test_a_directory_that_is_in_use_is_a_problem(role: CheckedRole, work: Path) -> None:
    with sole_user(work, lambda _: None):
        outcome, found = role.one(check_directory)
    assert outcome is Outcome.PROBLEM
    assert "is already at work with this key" in found


def test_a_directory_that_cannot_be_made_is_a_problem(role: CheckedRole, work: Path) -> None:
    work.parent.write_text("a file")
    outcome, found = role.one(check_directory)
    assert outcome is Outcome.PROBLEM
    assert f"{work} cannot be used" in found


def test_a_file_system_without_databases_is_a_problem(
    role: CheckedRole, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> Any:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(sqlite3, "connect", refuse)
    assert role.one(check_directory) == (
        Outcome.PROBLEM,
        f"{work} cannot be used: disk I/O error",
    )


@pytest.mark.parametrize(
    ("free", "outcome", "rounds"),
    [
        (10 * ROUND, Outcome.OK, "10 rounds"),
        (10 * ROUND - 1, Outcome.WARNING, "9 rounds"),
        (ROUND - 1, Outcome.PROBLEM, "0 rounds"),
    ],
)
def test_free_space_is_told_in_rounds(
    role: CheckedRole, free: int, outcome: Outcome, rounds: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    found = role.one(check_space)
    assert found[0] is outcome
    assert f"enough for {rounds} of 3 files of up to 4.0 KiB" in found[1]


def test_who_has_no_daemon_needs_no_room(tmp_path: Path) -> None:
    role = CheckedRole.of(Role.AUDITOR, tmp_path)
    role.has(work_directory=None)
    for check in (check_directory, check_space):
        with pytest.raises(CannotCheck, match="no daemon"):
            role.found(check)
