"""The other jurors, as a juror finds them before its start."""

from pathlib import Path

import pytest

from fedjury.oracle.exchange.docket import Docket
from fedjury.oracle.exchange.http_events import SeedUnusable
from fedjury.oracle.exchange.juror_state import JurorState
from fedjury.oracle.exchange.software import software_name
from fedjury.preflight.finding import CannotCheck, Outcome
from fedjury.preflight.peers import PEERS, check_peers
from fedjury.preflight.subject import Role
from fedjury.protocol.statements.endpoint import Announcement
from fedjury.protocol.statements.signed import TaskDomain, sign
from tests.support.checked_role import CheckedRole
from tests.support.fake_federation import (
    CHAIN_ID,
    JUROR,
    OTHER_JUROR,
    STRANGER,
    TASK_ADDRESS,
)

URL = "http://other.example"
OTHER = OTHER_JUROR.address.lower()


@pytest.fixture
def role(tmp_path: Path) -> CheckedRole:
    """One of two jurors, who knows where the other one is."""
    found = CheckedRole.of(Role.JUROR, tmp_path)
    found.federation.contract.seat([JUROR, OTHER_JUROR], 2)
    found.has(open_account=lambda: JUROR, address=None, peers=(URL,))
    return found


def answers(
    role: CheckedRole, software: str | None = None, ahead: float = 0.0, silence: str | None = None
) -> None:
    runs = software or software_name()
    state = JurorState(OTHER, URL, silence, runs, 1, "files", ahead)
    role.jury.answers[OTHER] = state


def of_other(role: CheckedRole) -> tuple[Outcome, str]:
    """What is found of the other juror, beside how many answer."""
    (found,) = (each for each in role.found(check_peers) if each.subject != PEERS)
    assert found.subject == f"juror {OTHER_JUROR.address}"
    assert bool(found.remedy) is (found.outcome is not Outcome.OK)
    return found.outcome, found.found


def of_all(role: CheckedRole) -> tuple[Outcome, str]:
    """What is found of how many answer."""
    (found,) = (each for each in role.found(check_peers) if each.subject == PEERS)
    assert bool(found.remedy) is (found.outcome is not Outcome.OK)
    return found.outcome, found.found


def test_a_juror_that_runs_the_same_is_well(role: CheckedRole) -> None:
    answers(role)
    assert of_other(role) == (Outcome.OK, f"it answers at {URL}, and runs the same")
    assert role.jury.asked == ([OTHER], [], (URL,))


@pytest.mark.parametrize(
    ("ahead", "outcome", "words"),
    [
        (3.0, Outcome.OK, "it answers"),
        (-4.0, Outcome.WARNING, "its clock is 4 s behind"),
        (31.0, Outcome.PROBLEM, "its clock is 31 s ahead"),
    ],
)
def test_its_clock_is_held_against_this_machines(
    role: CheckedRole, ahead: float, outcome: Outcome, words: str
) -> None:
    answers(role, ahead=ahead)
    found = of_other(role)
    assert found[0] is outcome
    assert words in found[1]


def test_another_version_is_a_warning(role: CheckedRole) -> None:
    answers(role, software="fedjury 0.1")
    expected = f"it runs fedjury 0.1, this machine {software_name()}"
    assert of_other(role) == (Outcome.WARNING, expected)


def test_one_that_does_not_answer_is_a_warning(role: CheckedRole) -> None:
    answers(role, silence="it cannot be reached")
    assert of_other(role) == (Outcome.WARNING, "it cannot be reached")


def test_a_seed_that_leads_nowhere_is_a_warning(role: CheckedRole) -> None:
    answers(role)
    role.jury.unusable = [SeedUnusable(url=URL, reason="nothing answers there")]
    outcomes = [each.outcome for each in role.found(check_peers)]
    assert outcomes == [Outcome.WARNING, Outcome.OK, Outcome.OK]


def test_what_its_daemon_knew_is_gone_by(role: CheckedRole, tmp_path: Path) -> None:
    directory = tmp_path / "work" / JUROR.address
    directory.mkdir(parents=True)
    owner = {"task": role.federation.task.name, "juror": JUROR.address.lower()}
    docket = Docket(directory / "jury.sqlite", owner)
    announced = Announcement(url=URL, issued_at=5)
    signed = sign(OTHER_JUROR, announced, TaskDomain(CHAIN_ID, TASK_ADDRESS))
    docket.keep_announcement(signed)
    docket.close()
    role.has(peers=())
    answers(role)
    assert of_other(role)[0] is Outcome.OK
    assert role.jury.asked == ([OTHER], [signed], ())


def test_as_many_as_have_to_sign_are_enough_without_the_others(role: CheckedRole) -> None:
    role.federation.contract.seat([JUROR, OTHER_JUROR, STRANGER], 2)
    answers(role)
    found = "2 of 3 jurors answer, this one counted, and 2 have to sign"
    assert of_all(role) == (Outcome.OK, found)


def test_too_few_are_a_warning_while_the_round_is_open(role: CheckedRole) -> None:
    found = "1 of 2 jurors answer, this one counted, and 2 have to sign"
    sentence = f"{found}: no round ends until so many do"
    assert of_all(role) == (Outcome.WARNING, sentence)
    answers(role, silence="it cannot be reached")
    assert of_all(role) == (Outcome.WARNING, sentence)


def test_too_few_are_a_problem_once_the_round_waits_for_its_report(role: CheckedRole) -> None:
    role.federation.submit_three()
    role.federation.contract.deadline = role.chain.timestamp + 1
    assert of_all(role)[0] is Outcome.WARNING
    role.federation.contract.close()
    assert of_all(role)[0] is Outcome.PROBLEM
    answers(role)
    assert of_all(role)[0] is Outcome.OK


def test_who_does_not_sit_in_the_jury_yet_is_not_counted(role: CheckedRole) -> None:
    role.federation.contract.seat([OTHER_JUROR, STRANGER], 2)
    answers(role)
    found = "1 of 2 jurors answer and 2 have to sign: no round ends until so many do"
    assert of_all(role) == (Outcome.WARNING, found)


def test_nobody_is_asked_without_a_key_or_a_place(role: CheckedRole) -> None:
    role.has(peers=())
    with pytest.raises(CannotCheck, match="say --peer"):
        role.found(check_peers)
    role.has(open_account=None, address=JUROR.address)
    with pytest.raises(CannotCheck, match="no keystore"):
        role.found(check_peers)


def test_a_jury_of_one_asks_nobody(tmp_path: Path) -> None:
    found = CheckedRole.of(Role.JUROR, tmp_path).one(check_peers)
    assert found == (Outcome.OK, "the jury has a single juror, who asks nobody")
