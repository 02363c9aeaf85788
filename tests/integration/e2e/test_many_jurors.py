"""A jury of five of which four must sign: they agree on every byte, and three are not enough."""

from collections.abc import Iterator

import pytest

from fedjury.chain.rpc.connection import Chain
from fedjury.devnet import devnet_accounts
from fedjury.errors import ConfigError, TransactionReverted
from fedjury.protocol.signing import join_signatures
from fedjury.protocol.verdicts import VerdictCode
from tests.support.federation import Federation, create_federation, cycle_until, rolled_back
from tests.support.machines import agreed, domain_of, draft_of, evaluate, finalize, signed_by
from tests.support.recorder import Recorder


@pytest.fixture(scope="module")
def submitted(own_anvil: str, tmp_path_factory: pytest.TempPathFactory) -> Federation:
    """One round, submitted by three honest clients and a poisoner; nobody has judged it yet."""
    chain, directory = Chain.connect(own_anvil), tmp_path_factory.mktemp("jury")
    made = create_federation(directory, chain, devnet_accounts(10), clients=4, jurors=5)
    for index in range(4):
        cycle_until(made.client(index, Recorder(), poison=index == 3).cycle)
    return made


@pytest.fixture
def federation(submitted: Federation) -> Iterator[Federation]:
    """The same, for one test."""
    with rolled_back(submitted):
        yield submitted


def test_four_of_five_who_never_met(federation: Federation) -> None:
    judged = agreed(federation)
    codes = [verdict.code for verdict in judged.judgement.verdicts]
    assert codes == [VerdictCode.ACCEPTED] * 3 + [VerdictCode.NOT_IMPROVED]

    draft, contract = draft_of(federation, judged), federation.task.contract
    report, verdicts = draft.report, draft.verdicts
    jurors = [federation.jurors[index] for index in (4, 0, 2, 3)]
    signed = signed_by(federation, draft, jurors)
    deliver = federation.sender(federation.clients[0])
    for short in (signed[:3], signed[1:], signed[:1]):
        with pytest.raises(TransactionReverted) as refused:
            deliver.send(contract.finalize_round(report, verdicts, join_signatures(short)))
        assert refused.value.error == "QuorumNotReached"
    twice = join_signatures([signed[0], *signed[:3]])
    with pytest.raises(TransactionReverted):
        deliver.send(contract.finalize_round(report, verdicts, twice))
    deliver.send(contract.finalize_round(report, verdicts, join_signatures(signed)))

    (event,) = federation.finalized()
    assert event.verdicts == verdicts
    signers = domain_of(federation).signers(report, draft.parent_model, verdicts, event.signatures)
    assert set(signers) == {juror.address for juror in jurors}
    assert contract.current_round().model_digest == report.model_digest


def test_a_stranger_does_not_count(federation: Federation) -> None:
    signers = [*federation.jurors[:3], federation.clients[0]]
    with pytest.raises(TransactionReverted) as refused:
        finalize(federation, evaluate(federation), signers)
    assert refused.value.error == "NotAJuror"
    assert not federation.finalized()


def test_a_juror_of_several_that_asks_nobody_says_what_it_lacks(federation: Federation) -> None:
    with pytest.raises(ConfigError, match=r"jury 1 has 5 members, who sign together: .*--listen"):
        federation.juror(Recorder()).cycle()
