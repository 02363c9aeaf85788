"""Rounds with batches of two relayers, judged on a real chain."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from fedjury.chain.rpc.connection import Chain
from fedjury.chain.rpc.embedded import funded_accounts
from fedjury.errors import TransactionReverted
from fedjury.oracle.aggregation.averaging import mean, mix
from fedjury.oracle.audit import Auditor
from fedjury.oracle.events import BatchUnread, Judging
from fedjury.oracle.slices import Slices
from fedjury.protocol.batch_file import BatchEntry, BatchFile, batch_bytes
from fedjury.protocol.digest import Digest
from fedjury.protocol.round_record import RoundRecord
from fedjury.protocol.tensors import encode
from fedjury.runtime.loop import Step
from fedjury.task.history import RoundHistory
from tests.support.fake_federation import weights
from tests.support.fetchers import Impatient
from tests.support.played_task import PlayedTask
from tests.support.recorder import Recorder
from tests.support.sliced import make_slices

GONE = Digest(b"\7" * 32)
BATCH_SECONDS = 3000  # of 3600


@pytest.fixture
def played(tmp_path: Path) -> PlayedTask:
    chain = Chain.connect("embedded")
    accounts = funded_accounts(chain.web3)
    return PlayedTask(tmp_path, chain, accounts, make_slices(1), batch_seconds=BATCH_SECONDS)


def judge(played: PlayedTask, told: Recorder) -> tuple[list[str], RoundRecord, RoundHistory]:
    """Close the round that is on, have the juror finalize it, and both audits derive it anew.

    Returns:
        The verdicts' names, the record, and what the chain tells of the round.
    """
    number = played.task.contract.current_round().number
    played.close()
    slices = Slices.of(played.task.spec, make_slices(1))
    juror = played.juror(slices, told, Impatient)
    assert juror.cycle() is Step.PROGRESS
    for given in (None, slices):
        auditor = Auditor(played.task, given, sleep=lambda _: None)
        result = auditor.run(played.chain.block())
        assert result.passed, result.difference
    history = played.task.read_history(played.chain.block()).rounds[number]
    assert history.finalized is not None
    record = played.store.fetch(history.finalized.record_digest, 2**20, 1)
    codes = [code.label for code in history.verdicts()]
    return codes, RoundRecord.from_bytes(record), history


def by_client(entries: Sequence[BatchEntry], codes: Sequence[str]) -> dict[str, str]:
    """The verdicts' names of one batch."""
    clients = [entry.client for entry in BatchFile.of(entries)]
    return dict(zip(clients, codes, strict=True))


def test_two_relayers_and_a_lone_client(played: PlayedTask) -> None:
    told, (zero, one, two) = Recorder(), played.clients
    stranger = played.relayers[0]
    good, better = weights(0, 1), weights(0, 1, 2, scale=4)
    first = [played.signed(zero, good), played.signed(one, weights()), played.signed(two, good)]
    played.relay(0, first)
    played.submit_alone(2, better)
    forged = replace(played.signed(two, better), signature=first[0].signature)
    second = [played.signed(zero, better), played.signed(stranger, better), forged]
    with pytest.raises(TransactionReverted) as refused:  # three announced, the roster has three
        played.relay(1, second)
    assert refused.value.error == "InvalidBatchCount"
    codes, record, history = judge(played, told)
    assert by_client(first, codes[:3]) == {
        zero.address: "accepted",
        one.address: "not-improved",
        two.address: "superseded",
    }
    assert codes[3:] == ["accepted"]
    assert [entry.arguments for entry in record.entries if entry.code == 12] == [[3]]
    assert [(each.index, each.count, each.code) for each in record.batches] == [(0, 3, 0)]
    assert history.size == 4
    model = encode(mix(weights(), mean([good, better]), 0.5))
    assert played.task.contract.current_round().model_digest == Digest.of(model)


def test_what_the_second_relayer_posts_after_the_first(played: PlayedTask) -> None:
    told, (zero, one, two) = Recorder(), played.clients
    good, better = weights(0, 1), weights(0, 1, 2, scale=4)
    played.relay(0, [replace(played.signed(one, good), signature=_other_signature(played))])
    played.relay(1, [played.signed(one, good), played.signed(played.relayers[1], better)])
    played.submit_alone(2, better)
    codes, record, _ = judge(played, told)
    entries = {entry.client: entry.code for entry in record.entries[1:3]}
    assert codes[0] == "bad-signature"
    assert entries == {one.address.lower(): 1, played.relayers[1].address.lower(): 11}
    assert codes[3] == "accepted"
    (judging,) = told.of(Judging)
    assert (judging.updates, judging.batched) == (4, 3)
    assert zero.address.lower() not in {entry.client for entry in record.entries}
    assert two.address.lower() == record.entries[3].client


def _other_signature(played: PlayedTask) -> bytes:
    return played.signed(played.relayers[0], weights(0, 1)).signature


def test_a_batch_of_an_earlier_round_counts_for_nothing_in_the_next(played: PlayedTask) -> None:
    told, entries = Recorder(), [played.signed(played.clients[0], weights(0, 1))]
    digest = played.relay(0, entries)
    codes, _, _ = judge(played, told)
    assert codes == ["accepted"]
    played.announce(1, 1, digest)
    played.submit_alone(0, weights(0, 1, 2, scale=16))
    codes, record, _ = judge(played, told)
    assert codes == ["bad-signature", "accepted"]
    assert [each.code for each in record.batches] == [0]


def test_batches_that_cannot_be_read_hold_nobody_up(played: PlayedTask) -> None:
    told = Recorder()
    played.announce(0, 1, GONE)
    two = BatchFile.of(played.signed(client, weights(0)) for client in played.clients[:2])
    played.announce(1, 1, played.store.add(two.content))
    played.submit_alone(0, weights(0, 1))
    codes, record, _ = judge(played, told)
    assert codes == ["unavailable", "malformed", "accepted"]
    assert [each.code for each in record.batches] == [3, 5]
    assert [entry.client for entry in record.entries] == [played.clients[0].address.lower()]
    assert [event.code for event in told.of(BatchUnread)] == ["unavailable", "malformed"]
    assert f"larger than {batch_bytes(1)} bytes" in told.of(BatchUnread)[1].reason
