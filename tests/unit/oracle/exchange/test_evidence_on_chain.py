"""What the chain says of evidence: did who signed sit in the round's jury, and on what?"""

from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount

from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.embedded import funded_accounts
from fedjury.errors import ConfigError
from fedjury.oracle.exchange.evidence import Contradiction
from fedjury.oracle.exchange.evidence_on_chain import OnChain, RoundsOnChain
from fedjury.protocol.digest import Digest
from fedjury.protocol.statements.have import Have
from fedjury.protocol.statements.signed import RoundKey, TaskDomain, sign
from fedjury.task.on_chain import TaskOnChain
from tests.support.contract_task import create_contract_task
from tests.support.fake_federation import (
    CHAIN_ID,
    JUROR,
    OTHER_JUROR,
    TASK_ADDRESS,
    FakeFederation,
    weights,
)

DOMAIN = TaskDomain(CHAIN_ID, TASK_ADDRESS.lower())
ELSEWHERE = "the chain has other updates in round 1 than were signed on, as after a reorganization"


@pytest.fixture
def federation(tmp_path: Path) -> FakeFederation:
    """A task whose first round holds two updates and is judged by one juror."""
    made = FakeFederation(tmp_path)
    made.submit_weights(weights(0), weights(1))
    return made


def key_of(federation: FakeFederation) -> RoundKey:
    state = federation.contract.current_round()
    return RoundKey(state.number, state.updates_hash)


def twice(key: RoundKey, juror: LocalAccount = JUROR, domain: TaskDomain = DOMAIN) -> Contradiction:
    """A juror's two HAVEs on one key."""
    one, other = (
        sign(
            juror,
            Have(round=key.round, updates_hash=key.updates_hash, batches=b"", entries=entries),
            domain,
        )
        for entries in (b"\x80", b"\xc0")
    )
    found = Contradiction(one, other)
    assert found.fault(domain) is None
    return found


def look_up(federation: FakeFederation, found: Contradiction) -> OnChain:
    return RoundsOnChain(federation.task, DOMAIN, federation.chain.block()).look_up(found)


def test_who_sits_in_the_jury_of_a_round_that_the_chain_has_is_held_to_it(
    federation: FakeFederation,
) -> None:
    key = key_of(federation)
    seen = look_up(federation, twice(key))
    assert seen == OnChain(1, "open", sat=True, same_updates=True)
    assert (seen.fault, seen.remark) == (None, None)
    federation.contract.void()
    assert look_up(federation, twice(key)) == OnChain(1, "voided", sat=True, same_updates=True)


def test_who_did_not_sit_in_the_rounds_jury_is_no_juror_of_it(federation: FakeFederation) -> None:
    seen = look_up(federation, twice(key_of(federation), OTHER_JUROR))
    assert (seen.sat, seen.same_updates) == (False, True)
    assert seen.fault == "who signed does not sit in the jury that the chain has for round 1"


def test_each_round_has_its_own_jury(federation: FakeFederation) -> None:
    first = key_of(federation)
    federation.contract.announce([OTHER_JUROR], 1, notice=0)
    federation.contract.void()
    second = key_of(federation)
    assert second.round == 2
    sat = {
        (key.round, juror is JUROR): look_up(federation, twice(key, juror)).sat
        for key in (first, second)
        for juror in (JUROR, OTHER_JUROR)
    }
    assert sat == {(1, True): True, (1, False): False, (2, True): False, (2, False): True}


def test_what_a_reorganization_undid_still_holds_and_is_told_as_such(
    federation: FakeFederation,
) -> None:
    undone = key_of(federation)
    federation.submit(2, federation.update(2, weights(2)))
    seen = look_up(federation, twice(undone))
    assert seen == OnChain(1, "open", sat=True, same_updates=False)
    assert (seen.fault, seen.remark) == (None, ELSEWHERE)


def test_a_round_that_has_not_begun_has_no_jury(federation: FakeFederation) -> None:
    seen = look_up(federation, twice(RoundKey(2, key_of(federation).updates_hash)))
    assert (seen.sat, seen.fault) == (False, "round 2 has not begun on the chain")
    federation.contract.void()
    assert look_up(federation, twice(key_of(federation))).fault is None


@pytest.mark.parametrize(
    "domain", [DOMAIN._replace(chain_id=1), DOMAIN._replace(task="0x" + "1" * 40)]
)
def test_another_task_is_not_looked_at_in_place_of_the_evidences(
    federation: FakeFederation, domain: TaskDomain
) -> None:
    with pytest.raises(ConfigError, match=f"of task {domain.task} on chain {domain.chain_id}"):
        RoundsOnChain(federation.task, domain, federation.chain.block())


def test_a_contracts_own_events_say_who_sat_in_a_round_that_is_over() -> None:
    chain = Chain.connect("embedded")
    made = create_contract_task(chain, funded_accounts(chain.web3))
    for client in range(2):
        made.submit(client, Digest(bytes([1 + client]) * 32))
    key = RoundKey(1, made.task.current_round().updates_hash)
    made.finalize(Digest(b"\x09" * 32))
    task = TaskOnChain.at(chain, made.task.address, 0)
    domain = TaskDomain(chain.chain_id, made.task.address)
    rounds = RoundsOnChain(task, domain, chain.block())
    found = {
        juror.address: rounds.look_up(twice(key, juror, domain))
        for juror in (*made.jurors, made.coordinator)
    }
    assert found == {
        **{each.address: OnChain(1, "finalized", True, True) for each in made.jurors},
        made.coordinator.address: OnChain(1, "finalized", False, True),
    }
