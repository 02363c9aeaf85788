"""The contract's version and code, held against what the package ships."""

from pathlib import Path

import pytest
from eth_utils.crypto import keccak

from fedjury.artifacts import load_artifact
from fedjury.errors import NoContract
from fedjury.preflight.contract import check_code, check_contract
from fedjury.preflight.contract_code import (
    address_word,
    domain_words,
    immutables_of,
    implementation_of,
)
from fedjury.preflight.finding import Outcome
from fedjury.preflight.subject import Role
from tests.support.checked_role import CheckedRole
from tests.support.example_deployment import deployment
from tests.support.fake_federation import CHAIN_ID, TASK_ADDRESS

IMPLEMENTATION, FACTORY = "0x" + "1" * 40, "0x" + "2" * 40
PROXY = bytes.fromhex(
    "363d3d373d3d3d363d73" + "1" * 40 + "5af43d82803e903d91602b57fd5bf3" + "00" * 9
)
PUSH = b"\x7f" + bytes(32)


def filled(name: str, values: list[bytes]) -> bytes:
    """A contract's code with values for its immutables, the last one again and again."""
    code, left = load_artifact(name).runtime, list(values)
    while PUSH in code:
        value = left.pop(0) if len(left) > 1 else left[0]
        code = code.replace(PUSH, b"\x7f" + value, 1)
    return code


@pytest.fixture
def role(tmp_path: Path) -> CheckedRole:
    found = CheckedRole.of(Role.AUDITOR, tmp_path)
    words = sorted(domain_words(CHAIN_ID, IMPLEMENTATION))
    found.chain.codes = {
        TASK_ADDRESS: PROXY,
        IMPLEMENTATION: filled("FederatedTask", [address_word(FACTORY), *words]),
        FACTORY: filled("TaskFactory", [address_word(IMPLEMENTATION)]),
    }
    return found


def test_a_task_of_this_version_is_well(role: CheckedRole) -> None:
    outcome, found = role.one(check_contract)
    assert outcome is Outcome.OK
    assert found == f"{role.federation.task.name} is a task of version 2"


def test_what_is_no_task_is_a_problem(role: CheckedRole, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise NoContract("the contract is no fedjury task")

    monkeypatch.setattr(role, "_find_task", refuse)
    monkeypatch.setattr(
        "fedjury.preflight.contract.FederatedTask.read", lambda *_: (b"", "fedjury", "1")
    )
    assert role.one(check_contract) == (
        Outcome.PROBLEM,
        "the contract is no fedjury task: it says version 1, this fedjury speaks version 2",
    )


def test_the_packages_code_is_well_whatever_its_immutables_are(role: CheckedRole) -> None:
    code, factory = role.found(check_code)
    assert (code.outcome, factory.outcome) == (Outcome.OK, Outcome.OK)
    assert code.found == f"it runs {IMPLEMENTATION}, whose code is this package's, byte for byte"
    assert factory.found.startswith(FACTORY)


def test_a_contract_that_is_no_proxy_is_a_problem(role: CheckedRole) -> None:
    role.chain.codes[TASK_ADDRESS] = b"\0" + PROXY
    assert role.one(check_code)[0] is Outcome.PROBLEM


@pytest.mark.parametrize("at", [0, 700, -1])
def test_a_single_byte_of_other_code_is_a_problem(role: CheckedRole, at: int) -> None:
    code = bytearray(role.chain.codes[IMPLEMENTATION])
    code[at] ^= 1
    role.chain.codes[IMPLEMENTATION] = bytes(code)
    outcome, found = role.one(check_code)
    assert outcome is Outcome.PROBLEM
    assert found == f"the contract runs {IMPLEMENTATION}, whose code is not this package's"


def test_code_that_was_made_for_another_chain_is_a_problem(role: CheckedRole) -> None:
    words = sorted(domain_words(1, IMPLEMENTATION))
    code = filled("FederatedTask", [address_word(FACTORY), *words])
    role.chain.codes[IMPLEMENTATION] = code
    outcome, found = role.one(check_code)
    assert outcome is Outcome.PROBLEM
    assert "values that are not this chain's" in found


def test_a_factory_of_other_code_is_a_problem(role: CheckedRole) -> None:
    role.chain.codes[FACTORY] = b"\1\2\3"
    code, factory = role.found(check_code)
    assert (code.outcome, factory.outcome) == (Outcome.OK, Outcome.PROBLEM)


def test_a_factory_that_the_deployment_file_does_not_name_is_a_problem(role: CheckedRole) -> None:
    role.lies(deployment=deployment())
    _, factory = role.found(check_code)
    assert factory.outcome is Outcome.PROBLEM
    assert deployment().factory in factory.found


def test_the_proxy_says_what_it_runs() -> None:
    assert implementation_of(PROXY) == IMPLEMENTATION
    assert implementation_of(PROXY[:40]) is None


def test_immutables_come_in_the_codes_order() -> None:
    values = [keccak(text="a"), keccak(text="b"), keccak(text="c")]
    assert (
        immutables_of(filled("TaskFactory", values), load_artifact("TaskFactory").runtime) == values
    )


def test_code_of_another_length_has_no_immutables() -> None:
    compiled = load_artifact("TaskFactory").runtime
    assert immutables_of(compiled + b"\0", compiled) is None
