"""Slices that are disclosed on every chain, and what anybody derives from them then."""

from pathlib import Path

import pytest

from fedjury.chain.contracts.events import RoundFinalized, SliceDisclosed
from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.embedded import funded_accounts
from fedjury.devnet import devnet_accounts
from fedjury.oracle.audit import Auditor
from fedjury.oracle.events import RoundFinalized as Delivered
from fedjury.oracle.events import WakingChain
from fedjury.oracle.juror import Juror
from fedjury.oracle.slice_events import SliceLeaked
from fedjury.oracle.slices import Slices
from fedjury.runtime.events import TaskFinished
from fedjury.runtime.loop import Step
from tests.support.played_task import ROUNDS, PlayedTask
from tests.support.recorder import Recorder
from tests.support.sliced import digest_of, make_slices
from tests.support.waiting import until

DEPTH = 3
SLICES = make_slices(len(ROUNDS))


@pytest.fixture(params=["embedded", "ganache", "anvil"])
def played(request: pytest.FixtureRequest, tmp_path: Path) -> PlayedTask:
    """A task on each chain; all but the embedded one make no blocks by themselves."""
    if request.param == "embedded":
        chain = Chain.connect("embedded")
        accounts = funded_accounts(chain.web3)
    else:
        chain = Chain.connect(request.getfixturevalue(request.param))
        accounts = devnet_accounts(10)
    return PlayedTask(tmp_path, chain, accounts, SLICES, disclosed=True, depth=DEPTH, accuracy=True)


def cycle_until_finalized(juror: Juror, told: Recorder, number: int) -> None:
    """Repeat a juror's cycle until it has delivered its report on a round."""
    until(lambda: juror.cycle() is Step.PROGRESS and told.of(Delivered, number))


def test_every_slice_is_disclosed_and_anybody_derives_every_verdict(played: PlayedTask) -> None:
    told, slices = Recorder(), Slices.of(played.task.spec, SLICES)
    for number in range(1, len(ROUNDS) + 1):
        juror = played.juror(slices, told)  # as after a restart
        played.submit(number)
        cycle_until_finalized(juror, told, number)
    juror = played.juror(slices, told)
    until(lambda: juror.cycle() is Step.FINISHED)
    assert len(told.of(TaskFinished)) == 1

    newest = played.chain.block()
    events = played.task.read_events(newest.number, [RoundFinalized, SliceDisclosed])
    ends = [each.block_number for each in events if isinstance(each, RoundFinalized)]
    disclosed = [each for each in events if isinstance(each, SliceDisclosed)]
    assert [(each.slice, each.digest) for each in disclosed] == [
        (number, digest_of(each)) for number, each in enumerate(SLICES, start=1)
    ]
    for end, event in zip(ends, disclosed, strict=True):
        assert event.block_number > end + DEPTH
        assert event.discloser == played.account.address

    result = Auditor(played.task).run(newest)
    assert result.passed, result.difference


def test_a_slice_that_gets_out_before_its_round_closes_is_not_signed_on(
    played: PlayedTask,
) -> None:
    told, slices = Recorder(), Slices.of(played.task.spec, SLICES)
    juror, contract = played.juror(slices, told), played.task.contract
    somebody = played.sender(played.clients[0])
    receipt = somebody.send(contract.disclose_slice(1, digest_of(SLICES[0])))
    played.submit(1)
    until(lambda: juror.cycle() is Step.WAITING and told.of(SliceLeaked))
    (leaked,) = told.of(SliceLeaked)
    assert (leaked.slice, leaked.block) == (1, receipt.block_number)
    assert leaked.discloser == played.clients[0].address
    assert contract.current_round().number == 1
    assert not told.of(WakingChain)
