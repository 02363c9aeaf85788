"""What fits into the times of the task."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fedjury.preflight.finding import Outcome
from fedjury.preflight.subject import Role
from fedjury.preflight.times import check_batches, check_confirmations
from tests.support.checked_role import CheckedRole


def with_config(role: CheckedRole, **changes: Any) -> CheckedRole:
    federation = role.federation
    federation.task = replace(federation.task, config=replace(federation.task.config, **changes))
    return role


@pytest.mark.parametrize(
    ("confirmations", "outcome", "words"),
    [
        (2, Outcome.OK, "2 of them are over within the 25 s for files"),
        (3, Outcome.PROBLEM, "confirmations (3) take about 36 s on this chain"),
    ],
)
def test_confirmations_fit_into_the_time_for_files(
    tmp_path: Path, confirmations: int, outcome: Outcome, words: str
) -> None:
    role = CheckedRole.of(Role.JUROR, tmp_path)
    role.has(confirmations=confirmations)
    found = role.one(check_confirmations)
    assert found[0] is outcome
    assert found[1].startswith(words)


def test_a_remedy_names_the_options(tmp_path: Path) -> None:
    role = CheckedRole.of(Role.JUROR, tmp_path)
    role.has(confirmations=3)
    (found,) = role.found(check_confirmations)
    assert found.remedy.startswith("use fewer --confirmations")


@pytest.mark.parametrize(("seconds", "outcome"), [(72, Outcome.OK), (71, Outcome.PROBLEM)])
def test_a_relay_needs_time_for_batches(tmp_path: Path, seconds: int, outcome: Outcome) -> None:
    """A transaction may take three blocks of 12 seconds, and taking in as long."""
    role = with_config(CheckedRole.of(Role.RELAYER, tmp_path), batch_seconds=seconds)
    assert role.one(check_batches)[0] is outcome


@pytest.mark.parametrize(("seconds", "outcome"), [(36, Outcome.OK), (35, Outcome.PROBLEM)])
def test_a_client_can_still_go_alone(tmp_path: Path, seconds: int, outcome: Outcome) -> None:
    role = CheckedRole.of(Role.CLIENT, tmp_path)
    with_config(role, batch_seconds=80, round_seconds=80 + seconds)
    batches, alone = role.found(check_batches)
    assert (batches.outcome, alone.outcome) == (Outcome.OK, outcome)


def test_a_task_without_batches_needs_no_time_for_them(tmp_path: Path) -> None:
    role = with_config(CheckedRole.of(Role.CLIENT, tmp_path), batch_seconds=0)
    assert role.one(check_batches) == (Outcome.OK, "the task takes none")
