"""Who has which role, now and next."""

from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from fedjury.errors import KeystoreError
from fedjury.preflight.finding import CannotCheck, Outcome
from fedjury.preflight.roles import check_key, check_phase, check_role
from fedjury.preflight.subject import Role
from fedjury.protocol.roster import Roster
from tests.support.checked_role import CheckedRole
from tests.support.fake_federation import (
    CLIENTS,
    JUROR,
    OTHER_JUROR,
    OTHER_RELAYER,
    STRANGER,
)

NOBODY = "0x" + "00" * 20


def role_of(kind: Role, directory: Path) -> CheckedRole:
    return CheckedRole.of(kind, directory)


def owned(role: CheckedRole, owner: str, pending: str = NOBODY) -> CheckedRole:
    contract: Any = role.federation.contract
    contract.owner, contract.pending_owner = lambda: owner, lambda: pending
    return role


def test_a_juror_of_the_round_is_well(tmp_path: Path) -> None:
    outcome, found = role_of(Role.JUROR, tmp_path).one(check_role)
    assert outcome is Outcome.OK
    assert found == f"{JUROR.address} sits in jury 1 (1 of 1 sign)"


def test_a_juror_who_leaves_with_the_announced_jury_is_told(tmp_path: Path) -> None:
    role = role_of(Role.JUROR, tmp_path)
    role.federation.contract.announce([OTHER_JUROR], 1)
    outcome, found = role.one(check_role)
    assert outcome is Outcome.WARNING
    assert "not in jury 2, which is announced" in found


def test_a_juror_who_stays_is_well(tmp_path: Path) -> None:
    role = role_of(Role.JUROR, tmp_path)
    role.federation.contract.announce([JUROR, OTHER_JUROR], 2)
    outcome, found = role.one(check_role)
    assert outcome is Outcome.OK
    assert found.endswith("and in jury 2, which is announced")


def test_a_juror_who_only_comes_is_well(tmp_path: Path) -> None:
    role = role_of(Role.JUROR, tmp_path)
    role.has(address=OTHER_JUROR.address)
    role.federation.contract.announce([OTHER_JUROR], 1)
    outcome, found = role.one(check_role)
    assert outcome is Outcome.OK
    assert "sits in jury 2, which enters from" in found


def test_who_is_in_no_jury_is_no_juror(tmp_path: Path) -> None:
    role = role_of(Role.JUROR, tmp_path)
    role.has(address=STRANGER.address)
    assert role.one(check_role) == (Outcome.PROBLEM, f"{STRANGER.address} is not in jury 1")


def test_a_client_is_looked_for_in_the_roster_of_the_round_and_in_the_next(tmp_path: Path) -> None:
    role = role_of(Role.CLIENT, tmp_path)
    federation, me = role.federation, CLIENTS[0].address
    assert role.one(check_role) == (Outcome.OK, f"{me} is in roster 1")
    others = Roster.of([CLIENTS[1].address])
    federation.contract.set_roster_of(others, federation.store.add(others.to_bytes()))
    outcome, found = role.one(check_role)
    assert outcome is Outcome.WARNING
    assert found == f"{me} is in roster 1, but not in roster 2"
    role.has(address=STRANGER.address)
    outcome, found = role.one(check_role)
    assert outcome is Outcome.PROBLEM
    assert found == f"{STRANGER.address} is not in roster 1 nor in roster 2, which counts next"


def test_a_client_of_the_next_roster_alone_is_well(tmp_path: Path) -> None:
    role = role_of(Role.CLIENT, tmp_path)
    role.has(address=STRANGER.address)
    roster = Roster.of([STRANGER.address])
    role.federation.contract.set_roster_of(roster, role.federation.store.add(roster.to_bytes()))
    outcome, found = role.one(check_role)
    assert outcome is Outcome.OK
    assert found.endswith("is in roster 2, from the next round on")


def test_a_relayer_has_to_be_named(tmp_path: Path) -> None:
    role = role_of(Role.RELAYER, tmp_path)
    assert role.one(check_role)[0] is Outcome.OK
    role.has(address=OTHER_RELAYER.address)
    outcome, found = role.one(check_role)
    assert outcome is Outcome.PROBLEM
    assert found == f"{OTHER_RELAYER.address} is no relayer of the task"


@pytest.mark.parametrize(
    ("owner", "pending", "outcome", "words"),
    [
        (STRANGER.address, NOBODY, Outcome.OK, "is the coordinator"),
        (STRANGER.address, STRANGER.address, Outcome.OK, "is the coordinator"),
        (STRANGER.address, JUROR.address, Outcome.WARNING, "has offered the task to"),
        (JUROR.address, STRANGER.address, Outcome.WARNING, "was offered the task"),
        (JUROR.address, NOBODY, Outcome.PROBLEM, "the coordinator is"),
    ],
)
def test_the_coordinator_is_the_contracts_owner(
    tmp_path: Path, owner: str, pending: str, outcome: Outcome, words: str
) -> None:
    role = owned(role_of(Role.COORDINATOR, tmp_path), owner, pending)
    found = role.one(check_role)
    assert found[0] is outcome
    assert words in found[1]


@pytest.mark.parametrize(
    ("owner", "pending", "remedy"),
    [
        (JUROR, STRANGER, "take it with its key: `fedjury coordinator accept`"),
        (
            STRANGER,
            JUROR,
            "to take that back, offer it to itself: "
            f"`fedjury coordinator hand-over {STRANGER.address}`",
        ),
    ],
)
def test_of_a_task_that_is_offered_the_next_command_is_named(
    tmp_path: Path, owner: LocalAccount, pending: LocalAccount, remedy: str
) -> None:
    role = owned(role_of(Role.COORDINATOR, tmp_path), owner.address, pending.address)
    (found,) = role.found(check_role)
    assert found.remedy == remedy


def test_a_finished_task_needs_nobody(tmp_path: Path) -> None:
    role = role_of(Role.JUROR, tmp_path)
    assert role.one(check_phase) == (Outcome.OK, "round 1 is open")
    role.federation.contract.finished = True
    assert role.one(check_phase) == (Outcome.WARNING, "all rounds are over")


def test_a_keystore_is_opened_and_its_account_takes_the_role(tmp_path: Path) -> None:
    role = role_of(Role.JUROR, tmp_path)
    role.has(address=None, open_account=lambda: JUROR)
    assert role.one(check_key)[1] == f"the keystore opens, its account is {JUROR.address}"
    assert role.one(check_role)[0] is Outcome.OK


def test_without_a_keystore_nothing_is_known_of_the_key(tmp_path: Path) -> None:
    with pytest.raises(CannotCheck, match="no keystore was named"):
        role_of(Role.JUROR, tmp_path).found(check_key)


def test_a_keystore_that_does_not_open_leaves_the_role_unknown(tmp_path: Path) -> None:
    role = role_of(Role.JUROR, tmp_path)

    def shut() -> Any:
        raise KeystoreError("the password does not open it")

    role.has(address=None, open_account=shut)
    with pytest.raises(KeystoreError):
        role.found(check_key)
    with pytest.raises(CannotCheck, match="the password does not open it"):
        role.found(check_role)
