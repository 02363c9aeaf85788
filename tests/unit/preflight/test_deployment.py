"""The deployment file against the chain."""

from pathlib import Path

import pytest

from fedjury.errors import LogsMissing
from fedjury.preflight.deployment import check_deployment
from fedjury.preflight.finding import CannotCheck, Outcome
from fedjury.preflight.subject import Role
from fedjury.task.deployment_file import Deployment
from tests.support.checked_role import CheckedRole
from tests.support.example_deployment import deployment
from tests.support.fake_federation import JUROR, OTHER_JUROR


@pytest.fixture
def role(tmp_path: Path) -> CheckedRole:
    return CheckedRole.of(Role.COORDINATOR, tmp_path)


def file_of(role: CheckedRole) -> Deployment:
    """The deployment file that is right."""
    config, store = role.federation.task.config, role.federation.store
    changes = {
        "spec": config.spec_digest.cid,
        "genesis": config.genesis_digest.cid,
        "jurors": [JUROR.address],
        "roster": store.add(role.federation.roster.to_bytes()).cid,
    }
    return deployment().model_copy(update=changes)


def test_a_file_that_says_what_the_chain_says_is_well(role: CheckedRole) -> None:
    role.lies(deployment=file_of(role))
    assert role.one(check_deployment) == (
        Outcome.OK,
        "it says of the task what the chain says",
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"spec": "QmOther"}, "its spec is QmOther, the chain's Qm"),
        ({"genesis": "QmOther"}, "its first model is QmOther"),
        ({"jurors": [OTHER_JUROR.address]}, "its jurors are not those of the task's first jury"),
        ({"roster": None}, "its roster is None, the first one on chain Qm"),
    ],
)
def test_what_the_file_says_otherwise_is_named(
    role: CheckedRole, change: dict[str, object], words: str
) -> None:
    role.lies(deployment=file_of(role).model_copy(update=change))
    outcome, found = role.one(check_deployment)
    assert outcome is Outcome.PROBLEM
    assert words in found
    assert ";" not in found


def test_later_juries_and_rosters_are_none_of_the_files(role: CheckedRole) -> None:
    role.lies(deployment=file_of(role))
    role.federation.contract.announce([OTHER_JUROR], 1)
    assert role.one(check_deployment)[0] is Outcome.OK


def test_a_first_block_after_the_tasks_creation_is_told(role: CheckedRole) -> None:
    role.lies(deployment=file_of(role), from_block=role.chain.height)
    with pytest.raises(LogsMissing, match="no first jury and roster are told from block"):
        role.found(check_deployment)


def test_without_a_deployment_file_nothing_is_known(role: CheckedRole) -> None:
    with pytest.raises(CannotCheck, match="no deployment file"):
        role.found(check_deployment)
