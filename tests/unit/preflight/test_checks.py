"""Which checks are made for whom, and what becomes of those that cannot be made."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fedjury.errors import ChainUnavailable
from fedjury.preflight.bench import Bench
from fedjury.preflight.checks import CHECKS, Check, findings, made
from fedjury.preflight.finding import Finding, Outcome
from fedjury.preflight.subject import Role
from tests.support.checked_role import RPC, STORE, CheckedRole, DownStore


def outcomes(role: CheckedRole) -> dict[str, Outcome]:
    return {each.subject: each.outcome for each in findings(role.bench())}


def test_what_an_error_leaves_open_is_a_problem(tmp_path: Path) -> None:
    def fails(bench: Bench) -> Iterator[Finding]:
        raise ChainUnavailable("the node is gone")

    (found,) = made(Check("it", fails), CheckedRole.of(Role.JUROR, tmp_path).bench())
    assert (found.subject, found.outcome, found.found) == (
        "it",
        Outcome.PROBLEM,
        "the node is gone",
    )
    assert found.remedy


@pytest.mark.parametrize("role", list(Role))
def test_without_chain_and_store_nothing_is_said_to_be_well_that_rests_on_them(
    role: Role, tmp_path: Path
) -> None:
    checked = CheckedRole.of(role, tmp_path)
    checked.chains[RPC] = ChainUnavailable("nobody is there")
    checked.stores[STORE] = DownStore()
    found = outcomes(checked)
    assert found.pop("RPC http://node.example:8545") is Outcome.PROBLEM
    assert found.pop(f"store {STORE}") is Outcome.PROBLEM
    found.pop("work directory", None)  # is on this machine
    assert set(found.values()) == {Outcome.SKIPPED}


def test_a_service_that_is_down_is_asked_once(tmp_path: Path) -> None:
    checked, asked = CheckedRole.of(Role.JUROR, tmp_path), []
    bench = checked.bench()

    def connect(url: str, _: int) -> object:
        asked.append(url)
        raise ChainUnavailable("nobody is there")

    object.__setattr__(bench.subject.reach, "connect", connect)
    list(findings(bench))
    assert asked == [RPC]


@pytest.mark.parametrize(
    ("role", "subjects"),
    [
        (Role.JUROR, {"samples", "judging", "work directory", "disk space", "role", "balance"}),
        (Role.CLIENT, {"relays", "model", "time for batches", "work directory"}),
        (Role.RELAYER, {"time for batches", "work directory", "balance"}),
        (Role.COORDINATOR, {"commitments", "deployment file", "role"}),
        (Role.AUDITOR, {"logs", "samples", "spec"}),
    ],
)
def test_each_role_has_its_checks(role: Role, subjects: set[str]) -> None:
    mine = {each.subject for each in CHECKS if role in each.roles}
    assert subjects <= mine
    assert ("relays" in mine) is (role is Role.CLIENT)
    assert ("role" in mine) is (role is not Role.AUDITOR)


def test_all_checks_of_a_juror_for_whom_all_is_well(tmp_path: Path) -> None:
    found = outcomes(CheckedRole.of(Role.JUROR, tmp_path))
    assert Outcome.WARNING not in found.values()
    # no keystore, no deployment file, no HTTP, and no contract's code in memory
    skipped = {"key", "deployment file", "clock and other machines"}
    assert {name for name, each in found.items() if each is Outcome.SKIPPED} == skipped
    problems = {name for name, each in found.items() if each is Outcome.PROBLEM}
    assert problems == {"contract's code"}
