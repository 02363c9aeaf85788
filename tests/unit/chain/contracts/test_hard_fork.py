"""Chains that lack an instruction of the compiled contracts."""

from typing import Any

import pytest

from fedjury.artifacts import load_artifact
from fedjury.chain.contracts.hard_fork import require_hard_fork
from fedjury.chain.contracts.task_factory import TaskFactory
from fedjury.errors import ChainTooOld, ExitCode
from tests.support.fake_node import FakeNode, Refusal, chain_on
from tests.support.fake_pool import Pool

PUSH0, MCOPY, CLZ = 0x5F, 0x5E, 0x1E
WORDS = [
    Refusal("invalid opcode: PUSH0", -32000),  # geth
    Refusal("VM Exception while processing transaction: invalid opcode", -32000),  # Ganache
    Refusal("EVM error NotActivated", -32603),  # Anvil
    Refusal("Invalid opcode: 0x5f", -32000),  # Besu
    Refusal("no", 1),
]


def knows(*instructions: int, refusal: Refusal = WORDS[0]) -> Any:
    """A chain that runs nothing newer than these instructions."""

    def call(request: dict[str, str], _: str) -> Any:
        code = bytes.fromhex(request["data"][2:])
        newer = {PUSH0, MCOPY, CLZ} - set(instructions)
        return refusal if newer & set(code) else "0x"

    return chain_on(FakeNode(eth_call=call))


@pytest.mark.parametrize("refusal", WORDS, ids=lambda refusal: refusal.args[0])
def test_the_fork_that_is_needed_is_named(refusal: Refusal) -> None:
    with pytest.raises(ChainTooOld, match=r"PUSH0: .* hard fork Shanghai or a later") as caught:
        require_hard_fork(knows(refusal=refusal), "shanghai")
    assert caught.value.exit_code == ExitCode.WRONG_CHAIN
    with pytest.raises(ChainTooOld, match="hard fork Cancun"):
        require_hard_fork(knows(PUSH0, refusal=refusal), "cancun")
    with pytest.raises(ChainTooOld, match="hard fork Osaka"):
        require_hard_fork(knows(PUSH0, MCOPY, refusal=refusal), "osaka")


@pytest.mark.parametrize("version", ["london", "paris", "shanghai", "cancun", "prague", "osaka"])
def test_a_chain_that_knows_them_all_is_not_refused(version: str) -> None:
    require_hard_fork(knows(PUSH0, MCOPY, CLZ), version)


def test_a_chain_needs_no_more_than_the_contracts_do() -> None:
    require_hard_fork(knows(), "paris")
    require_hard_fork(knows(PUSH0), "shanghai")


def test_a_node_that_simulates_no_creation_is_not_judged_by_it() -> None:
    require_hard_fork(chain_on(FakeNode(eth_call=Refusal("no recipient", -32602))), "shanghai")


@pytest.mark.parametrize("name", ["FederatedTask", "TaskFactory"])
def test_the_contracts_say_what_they_are_compiled_for(name: str) -> None:
    require_hard_fork(knows(PUSH0, MCOPY, CLZ), load_artifact(name).evm_version)


def test_nothing_is_sent_to_a_chain_that_is_too_old() -> None:
    pool = Pool()
    pool.node.answers["eth_call"] = lambda request, _: (
        WORDS[0] if request["data"] == "0x5f5ff3" else "0x"
    )
    with pytest.raises(ChainTooOld):
        TaskFactory.deploy(pool.sender())
    assert pool.sent == []
