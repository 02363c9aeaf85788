"""What a jury publishes says nothing of its samples but codes and models.

The same task is played twice, on two chains of which each is the other's double, by jurors whose
secret slices hold different samples. Counts differ; all that anybody else can see does not.
"""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
import torch

from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.embedded import funded_accounts
from fedjury.data import Samples
from fedjury.data.verification import VerificationSet
from fedjury.oracle.events import RoundJudged, UpdateJudged
from fedjury.oracle.slices import Slices
from fedjury.runtime.loop import Step
from tests.support.fake_federation import CLASSES
from tests.support.played_task import CLIENTS, RELAYERS, ROUNDS, PlayedTask
from tests.support.recorder import Recorder
from tests.support.sliced import make_slices


@dataclass
class Published:
    """What a juror let others see, and what it told its own log.

    Attributes:
        files: that it added to the store, in order.
        calls: to whom each of its transactions went, and the calldata.
        told: its log.
    """

    files: list[bytes] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    told: Recorder = field(default_factory=Recorder)

    @property
    def counts(self) -> list[int]:
        """Every count in the log."""
        updates = [event.correct for event in self.told.of(UpdateJudged)]
        return updates + [event.model_correct for event in self.told.of(RoundJudged)]


def _samples(slices: list[VerificationSet], each: int) -> list[VerificationSet]:
    """Slices with so many samples of each class, under other salts."""
    labels = torch.arange(CLASSES).repeat(each)
    samples = Samples(torch.eye(CLASSES).repeat(each, 1), labels)
    return [VerificationSet(samples, bytes([99 - number]) * 32) for number in range(len(slices))]


def _play(
    directory: Path,
    committed: list[VerificationSet],
    held: list[VerificationSet],
    disclosed: bool = False,
    batched: bool = False,
) -> Published:
    """Both rounds, judged by a juror that holds other slices than the spec commits to.

    Args:
        directory: for all files.
        committed: the slices that the spec commits to.
        held: the juror's.
        disclosed: whether the spec has slices disclosed.
        batched: whether updates come in batches, all but one.
    """
    chain = Chain.connect("embedded")
    accounts = funded_accounts(chain.web3)
    seconds = 3000 if batched else 0
    played = PlayedTask(
        directory, chain, accounts, committed, batch_seconds=seconds, disclosed=disclosed, depth=0
    )
    slices = Slices(played.task.spec, dict(enumerate(held, 1)))
    published = Published()
    juror = played.juror(slices, published.told)
    for number in range(1, len(ROUNDS) + 1):
        if batched:
            _submit_in_batches(played, number)
        else:
            played.submit(number)
        played.store.added.clear()
        assert juror.cycle() is Step.PROGRESS
        published.files += played.store.added
    played.store.added.clear()
    while juror.cycle() is not Step.FINISHED:
        pass
    published.files += played.store.added
    published.calls = _calls(played)
    return published


def _submit_in_batches(played: PlayedTask, number: int) -> None:
    """A round's updates: one in each relayer's batch, one alone, and a batch that is none."""
    for relayer, tensors in enumerate(ROUNDS[number - 1][:RELAYERS]):
        played.relay(relayer, [played.signed(played.clients[relayer], tensors)])
    played.announce(0, 1, played.store.add(b"no batch file"))
    played.submit_alone(CLIENTS - 1, ROUNDS[number - 1][-1])
    played.close()


def _calls(played: PlayedTask) -> list[tuple[str, str]]:
    """The juror's transactions, as the chain has them."""
    chain, numbers = played.chain, range(played.chain.block().number + 1)
    blocks = [chain.request("eth_getBlockByNumber", hex(number), True) for number in numbers]
    return [
        (each["to"], each["data"])
        for block in blocks
        for each in block["transactions"]
        if each["from"].lower() == played.account.address.lower()
    ]


@pytest.mark.parametrize("batched", [False, True], ids=["alone", "in batches"])
@pytest.mark.parametrize("count", [1, len(ROUNDS)], ids=["one slice", "a slice each round"])
def test_runs_whose_secret_counts_differ_publish_the_same_bytes(
    count: int, batched: bool, tmp_path: Path
) -> None:
    committed = make_slices(count)
    held = [committed, _samples(committed, 5), _samples(committed, 7)]
    one, two, three = (
        _play(tmp_path / str(place), committed, slices, batched=batched)
        for place, slices in enumerate(held)
    )
    assert sum(one.counts) < sum(two.counts) < sum(three.counts)
    assert one.files == two.files == three.files
    assert one.calls == two.calls == three.calls
    assert len(one.calls) == len(ROUNDS)
    assert len(one.files) == 2 * len(ROUNDS)  # a model and a record each


def test_where_slices_are_disclosed_what_is_published_tells_counts(tmp_path: Path) -> None:
    """Otherwise the test above would find nothing if counts got out."""
    committed = make_slices(len(ROUNDS))
    one, two = (
        _play(tmp_path / str(place), committed, slices, disclosed=True)
        for place, slices in enumerate([committed, _samples(committed, 5)])
    )
    assert one.files[1] != two.files[1]  # the first round's record
    assert one.calls[0] != two.calls[0]  # and its report
    assert len(one.calls) == 2 * len(ROUNDS)  # disclosures too
