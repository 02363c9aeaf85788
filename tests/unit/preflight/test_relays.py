"""The client's relays."""

from pathlib import Path

import pytest

from fedjury.clients.relay_endpoint import RelayFailed, RelayStatus
from fedjury.preflight.finding import CannotCheck, Outcome
from fedjury.preflight.relays import check_relays
from fedjury.preflight.subject import Role
from tests.support.checked_role import RELAY, CheckedRole
from tests.support.fake_federation import OTHER_RELAYER, RELAYER


@pytest.fixture
def role(tmp_path: Path) -> CheckedRole:
    found = CheckedRole.of(Role.CLIENT, tmp_path)
    found.has(relays=(RELAY,))
    return found


def says(role: CheckedRole, task: str, relayer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(role.relay, "status", lambda: RelayStatus(task, relayer))


def test_a_relay_of_the_task_is_well(role: CheckedRole, monkeypatch: pytest.MonkeyPatch) -> None:
    says(role, role.federation.task.name, RELAYER.address, monkeypatch)
    assert role.one(check_relays) == (Outcome.OK, f"it posts for the task, by {RELAYER.address}")


@pytest.mark.parametrize(
    ("task", "relayer", "outcome", "words"),
    [
        ("eip155:1:0xab", RELAYER.address, Outcome.PROBLEM, "it is a relay of eip155:1:0xab"),
        ("", OTHER_RELAYER.address, Outcome.PROBLEM, "is no relayer of the task"),
        ("", "", Outcome.WARNING, "does not say whose account"),
        ("", "0x12", Outcome.WARNING, "does not say whose account"),
    ],
)
def test_what_is_wrong_with_a_relay_is_told(
    role: CheckedRole,
    task: str,
    relayer: str,
    outcome: Outcome,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    says(role, task or role.federation.task.name, relayer, monkeypatch)
    found = role.one(check_relays)
    assert found[0] is outcome
    assert words in found[1]


def test_a_relay_that_does_not_answer_is_a_problem(
    role: CheckedRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent() -> RelayStatus:
        raise RelayFailed("it does not answer in time")

    monkeypatch.setattr(role.relay, "status", silent)
    assert role.one(check_relays) == (Outcome.PROBLEM, "it does not answer in time")


def test_a_client_may_have_no_relay(role: CheckedRole) -> None:
    role.has(relays=())
    with pytest.raises(CannotCheck, match="submits itself"):
        role.found(check_relays)
