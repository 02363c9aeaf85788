"""One juror's cycle, against a contract in memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.events import RoundFinalized
from fedjury.chain.rpc.block import BlockTag
from fedjury.chain.rpc.receipts import Receipt
from fedjury.data.verification import VerificationSet
from fedjury.errors import (
    ChainUnavailable,
    ConfigError,
    DataError,
    RevertedUnexplained,
    SpecError,
    StoreUnavailable,
    TransactionReverted,
)
from fedjury.oracle.aggregation.averaging import mean, mix
from fedjury.oracle.events import Overtaken, RoundJudged
from fedjury.oracle.fetching import UpdateFetcher
from fedjury.oracle.juror import IDLE_CHAIN_SECONDS, Juror
from fedjury.protocol.digest import Digest
from fedjury.protocol.report import NO_ACCURACY, Report
from fedjury.protocol.signing import ReportDomain
from fedjury.protocol.tensors import encode
from fedjury.protocol.verdicts import VerdictCode, unpack
from fedjury.runtime.events import Waiting
from fedjury.runtime.loop import Step
from fedjury.store import DirectoryStore
from tests.support.fake_federation import (
    CHAIN_ID,
    CLIENTS,
    JUROR,
    OTHER_JUROR,
    STRANGER,
    FakeFederation,
    FakeSender,
    verification,
    weights,
)
from tests.support.jurors import finalized_rounds, make_juror
from tests.support.recorder import Recorder

GONE = Digest(b"\7" * 32)


@dataclass
class Bench:
    """A federation and one juror of it."""

    federation: FakeFederation
    sender: FakeSender
    told: Recorder
    juror: Juror
    clock: list[float]
    kept: list[Digest]

    @property
    def finalized(self) -> list[RoundFinalized]:
        return finalized_rounds(self.federation)


MakeBench = Callable[..., Bench]


@pytest.fixture
def make(tmp_path: Path) -> MakeBench:
    def bench(
        account: LocalAccount = JUROR,
        chosen: Sequence[VerificationSet] | None = None,
        next_jury: bytes | None = None,
        **changes: Any,
    ) -> Bench:
        federation = FakeFederation(tmp_path, **changes)
        told, sender, clock = Recorder(), federation.sender(account), [0.0]
        kept: list[Digest] = []
        juror = make_juror(
            federation,
            tmp_path,
            told,
            account=account,
            sender=sender,
            chosen=chosen,
            now=lambda: clock[0],
            keep=kept.extend,
            next_jury=next_jury,
        )
        return Bench(federation, sender, told, juror, clock, kept)

    return bench


def test_a_closed_round_is_judged_signed_and_finalized(make: MakeBench) -> None:
    bench = make()
    genesis = bench.federation.genesis
    bench.federation.submit_three()
    assert bench.juror.cycle() is Step.PROGRESS
    (finalized,) = bench.finalized
    assert unpack(finalized.verdicts) == [
        VerdictCode.ACCEPTED,
        VerdictCode.NOT_IMPROVED,
        VerdictCode.ACCEPTED,
    ]
    model = encode(mix(genesis, mean([weights(0, 1), weights(0, 1, 2, scale=4)]), 0.5))
    assert finalized.model_digest == Digest.of(model)
    assert bench.federation.store.fetch(Digest.of(model), 4096, 1) == model
    domain = ReportDomain(CHAIN_ID, bench.federation.contract.address)
    report, parent = finalized.report, bench.federation.task.config.genesis_digest
    signers = domain.signers(report, parent, finalized.verdicts, finalized.signatures)
    assert signers == [JUROR.address]
    assert report == Report(
        round=1,
        jury_version=1,
        updates_hash=finalized.updates_hash,
        attempt=0,
        accuracy=NO_ACCURACY,
        model_digest=finalized.model_digest,
        record_digest=finalized.record_digest,
        next_jury=bench.federation.contract.jury().hash,
    )
    assert bench.told.names == [
        "judging",
        *["update-judged"] * 3,
        "round-judged",
        "round-finalized",
    ]


def test_a_file_that_the_store_refuses_is_waited_for(make: MakeBench) -> None:
    bench = make()
    digests = bench.federation.submit_three()
    bench.federation.store.refused = {digests[2]}
    for _ in range(3):
        with pytest.raises(StoreUnavailable, match="503"):
            bench.juror.cycle()
    assert bench.finalized == []
    bench.federation.store.refused = set()
    assert bench.juror.cycle() is Step.PROGRESS
    assert unpack(bench.finalized[0].verdicts) == [
        VerdictCode.ACCEPTED,
        VerdictCode.NOT_IMPROVED,
        VerdictCode.ACCEPTED,
    ]


def test_all_that_a_judgement_rests_on_is_kept(make: MakeBench) -> None:
    bench = make()
    there = bench.federation.submit_weights(weights(0, 1), weights())
    bench.federation.contract.submit(bench.federation.clients[2].address, GONE)
    bench.juror.cycle()
    settings, (finalized,) = bench.federation.task.config, bench.finalized
    roster = Digest.of(bench.federation.roster.to_bytes())
    assert bench.kept == [
        settings.spec_digest,
        settings.genesis_digest,
        roster,
        *there,
        finalized.record_digest,
        finalized.model_digest,
    ]


def test_model_and_record_are_published_and_all_is_kept_before_the_report_is_signed(
    tmp_path: Path,
) -> None:
    federation, kept = FakeFederation(tmp_path), list[Digest]()
    store = federation.store

    class Looking(FakeSender):
        def send(self, call: Any) -> Receipt:
            report = call[1]
            assert (store.path / report.model_digest.cid).is_file()
            assert (store.path / report.record_digest.cid).is_file()
            assert report.model_digest in kept
            return super().send(call)

    sender = Looking(federation.contract, JUROR.address)
    juror = make_juror(federation, tmp_path, sender=sender, keep=kept.extend)
    federation.submit_three()
    assert juror.cycle() is Step.PROGRESS


def test_what_cannot_be_kept_is_not_signed_and_tried_again(tmp_path: Path) -> None:
    federation, told = FakeFederation(tmp_path), Recorder()
    failures = [StoreUnavailable("no pins now"), StoreUnavailable("no pins now")]

    def keep(_: object) -> None:
        if failures:
            raise failures.pop()

    sender = federation.sender(JUROR)
    juror = make_juror(federation, tmp_path, told, sender=sender, keep=keep)
    federation.submit_three()
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="no pins now"):
            juror.cycle()
    assert sender.tried == []
    assert juror.cycle() is Step.PROGRESS
    assert len(sender.sent) == 1
    assert told.names.count("judging") == 1


def test_rounds_follow_each_other(make: MakeBench) -> None:
    bench = make(clients=1)
    for better in (weights(0, 1), weights(0, 1, 2, scale=4)):
        bench.federation.submit_weights(better)
        assert bench.juror.cycle() is Step.PROGRESS
    judged = bench.told.of(RoundJudged)
    assert [event.model_correct for event in judged] == [4, 6]
    assert judged[1].baseline_correct == 4
    words = "1 of 1 accepted, the model gets 6 right, 4 were to beat, "
    assert judged[1].what.startswith(words)
    assert bench.juror.cycle() is Step.WAITING


def test_with_nothing_accepted_the_model_stays(make: MakeBench) -> None:
    bench = make(clients=1)
    bench.federation.submit_weights(weights())
    bench.juror.cycle()
    (finalized,) = bench.finalized
    assert finalized.model_digest == bench.federation.task.config.genesis_digest


def test_a_file_that_nobody_has_is_unavailable(make: MakeBench) -> None:
    bench = make(clients=2)
    bench.federation.contract.submit(bench.federation.clients[0].address, GONE)
    bench.federation.submit(1, bench.federation.update(1, weights(0)))
    bench.juror.cycle()
    assert unpack(bench.finalized[0].verdicts)[0] is VerdictCode.UNAVAILABLE


def _waits(bench: Bench, because: str) -> None:
    assert bench.juror.cycle() is Step.WAITING
    assert bench.juror.cycle() is Step.WAITING
    (waiting,) = bench.told.of(Waiting)  # said once
    assert because in waiting.sentence
    assert bench.told.events == [waiting]
    assert bench.sender.sent == []


def test_an_open_round_is_waited_for(make: MakeBench) -> None:
    bench = make()
    bench.federation.submit_weights(weights(0))
    _waits(bench, "the round is open")


def test_a_round_that_our_own_clock_closes_is_judged(make: MakeBench) -> None:
    bench = make()
    bench.federation.submit_weights(weights(0))
    bench.clock[0] = bench.federation.contract.deadline
    assert bench.juror.cycle() is Step.PROGRESS


def test_too_few_updates_are_waited_for(make: MakeBench) -> None:
    bench = make()
    bench.federation.chain.timestamp += 1000
    _waits(bench, "0 of at least 1 update")


def test_who_is_not_in_the_jury_waits(make: MakeBench) -> None:
    bench = make(STRANGER)
    bench.federation.submit_three()
    _waits(bench, "not in jury 1")


def test_a_finished_task_ends_it(make: MakeBench) -> None:
    bench = make()
    bench.federation.contract.finished = True
    assert bench.juror.cycle() is Step.FINISHED
    assert bench.told.names == ["task-finished"]


def test_a_jury_of_several_without_an_exchange_is_a_config_error(make: MakeBench) -> None:
    bench = make()
    bench.federation.submit_three()
    bench.federation.contract.seat([JUROR, OTHER_JUROR], 2)
    with pytest.raises(ConfigError, match=r"jury 1 has 2 members, who sign together.*--listen"):
        bench.juror.cycle()


def test_every_overtaking_is_told(make: MakeBench) -> None:
    bench = make()
    bench.federation.submit_three()
    bench.sender.errors = [TransactionReverted("WrongUpdatesHash")] * 2
    assert [bench.juror.cycle(), bench.juror.cycle()] == [Step.WAITING, Step.WAITING]
    assert [event.error for event in bench.told.of(Overtaken)] == ["WrongUpdatesHash"] * 2


@pytest.mark.parametrize(
    "error",
    ["WrongRound", "TaskFinished", "WrongJuryVersion", "WrongUpdatesHash", "RoundNotClosed"],
)
def test_who_is_overtaken_waits_and_does_not_judge_twice(make: MakeBench, error: str) -> None:
    bench = make()
    bench.federation.submit_three()
    bench.sender.errors = [TransactionReverted(error)]
    assert bench.juror.cycle() is Step.WAITING
    assert bench.finalized == []
    assert bench.juror.cycle() is Step.PROGRESS
    assert len(bench.finalized) == 1
    assert bench.told.names.count("judging") == 1


def test_a_judgement_survives_a_chain_that_is_down(make: MakeBench) -> None:
    bench = make()
    bench.federation.submit_three()
    bench.sender.errors = [ChainUnavailable("down")]
    with pytest.raises(ChainUnavailable):
        bench.juror.cycle()
    bench.juror.cycle()
    assert bench.told.names.count("judging") == 1


def test_a_refusal_when_mined_that_no_node_explains_is_waited_out(make: MakeBench) -> None:
    bench = make()
    bench.federation.submit_three()
    bench.sender.errors = [RevertedUnexplained("reverted when mined")]
    assert bench.juror.cycle() is Step.WAITING
    assert [event.reason for event in bench.told.of(Overtaken)] == ["reverted when mined"]
    assert bench.juror.cycle() is Step.PROGRESS
    assert len(bench.finalized) == 1


def test_another_revert_is_a_crash(make: MakeBench) -> None:
    bench = make()
    bench.federation.submit_three()
    bench.sender.errors = [TransactionReverted("QuorumNotReached")]
    with pytest.raises(TransactionReverted, match="QuorumNotReached"):
        bench.juror.cycle()


def test_events_that_leave_an_update_out_are_the_nodes_fault(make: MakeBench) -> None:
    bench = make()
    bench.federation.submit_three()
    contract = bench.federation.contract
    contract.withheld = [*contract.submitted()[-1:]]
    with pytest.raises(ChainUnavailable, match="2 events do not hash"):
        bench.juror.cycle()
    contract.withheld = []
    assert bench.juror.cycle() is Step.PROGRESS


def test_a_global_model_that_is_gone_is_waited_for(make: MakeBench) -> None:
    bench = make()
    bench.federation.submit_three()
    bench.federation.contract.model = GONE
    with pytest.raises(StoreUnavailable, match="global model"):
        bench.juror.cycle()


def test_another_verification_set_is_a_data_error(make: MakeBench) -> None:
    with pytest.raises(DataError, match="not the one that the task commits to"):
        make(chosen=[replace(verification(), salt=b"\1" * 32)])


def test_an_unknown_rule_is_a_spec_error(make: MakeBench) -> None:
    with pytest.raises(SpecError, match="unknown rule"):
        make(rule={"name": "krum"})


def test_a_chain_without_blocks_is_woken_once_it_was_idle_for_long(make: MakeBench) -> None:
    bench = make()
    bench.federation.submit_weights(weights(0))
    bench.clock[0] = bench.federation.contract.deadline
    bench.sender.errors = [TransactionReverted("RoundNotClosed")]
    assert bench.juror.cycle() is Step.WAITING
    assert bench.sender.sent == []
    bench.clock[0] += IDLE_CHAIN_SECONDS
    bench.sender.errors = [TransactionReverted("RoundNotClosed")]
    height = bench.federation.chain.height
    assert bench.juror.cycle() is Step.PROGRESS
    assert bench.federation.chain.height == height + 1
    assert bench.juror.cycle() is Step.PROGRESS
    assert len(bench.finalized) == 1
    assert bench.told.names.count("judging") == 1


# --- between being mined and being confirmed ---


class Deep:
    """A juror that reads the chain with confirmations, of a round that everyone submitted in."""

    def __init__(self, directory: Path, confirmations: int | BlockTag) -> None:
        self.depth = 64 if isinstance(confirmations, str) else confirmations
        self.confirmations, self.directory = confirmations, directory
        self.federation = FakeFederation(directory)
        self.sender = self.federation.sender(JUROR)
        self.mine(self.depth)
        self.federation.submit_three()
        self.files = self.federation.store.added
        self.restart()

    def restart(self) -> None:
        self.told = Recorder()
        self.juror = make_juror(
            self.federation,
            self.directory,
            self.told,
            sender=self.sender,
            confirmations=self.confirmations,
        )

    def mine(self, blocks: int) -> None:
        self.federation.chain.height += blocks

    def wait(self, blocks: int) -> None:
        """So many blocks, and two looks at the chain in each, at which nothing is due."""
        for _ in range(blocks):
            assert [self.juror.cycle(), self.juror.cycle()] == [Step.WAITING] * 2
            self.mine(1)

    @property
    def uploads(self) -> int:
        return self.federation.store.added - self.files


@pytest.fixture(params=[3, "finalized"])
def deep(request: pytest.FixtureRequest, tmp_path: Path) -> Deep:
    return Deep(tmp_path, request.param)


def test_a_round_is_judged_uploaded_and_simulated_once(deep: Deep) -> None:
    deep.wait(deep.depth)
    assert deep.juror.cycle() is Step.PROGRESS
    (finalized,) = finalized_rounds(deep.federation)
    deep.wait(deep.depth)
    deep.juror.cycle()
    assert (deep.told.names.count("judging"), deep.uploads, len(deep.sender.tried)) == (1, 2, 1)
    reasons = [event.reason for event in deep.told.of(Waiting)]
    assert f"reported in block {finalized.block_number + 1}; waiting for" in reasons[-2]
    assert reasons[-1] == "0 of at least 1 update"


def test_a_restart_before_the_report_is_confirmed_judges_nothing(deep: Deep) -> None:
    deep.mine(deep.depth)
    deep.juror.cycle()
    deep.restart()
    deep.wait(deep.depth)
    assert set(deep.told.names) == {"waiting"}
    assert (deep.uploads, len(deep.sender.tried)) == (2, 1)  # a model and a record


def test_a_report_that_a_reorganization_undoes_is_sent_again_at_once(deep: Deep) -> None:
    deep.mine(deep.depth)
    contract = deep.federation.contract
    before = {**vars(contract), "events": list(contract.events)}
    deep.juror.cycle()
    assert deep.juror.cycle() is Step.WAITING
    vars(contract).update(before)
    deep.federation.chain.mined.clear()
    deep.mine(1)
    assert deep.juror.cycle() is Step.PROGRESS
    assert len(finalized_rounds(deep.federation)) == 1
    assert (deep.told.names.count("judging"), deep.uploads, len(deep.sender.tried)) == (1, 2, 2)


def test_updates_that_are_not_confirmed_yet_are_not_judged_without(tmp_path: Path) -> None:
    deep = Deep(tmp_path, 1)
    contract = deep.federation.contract
    contract.events.pop()  # the third client is late
    contract.close()
    deep.mine(1)
    contract.submit(CLIENTS[2].address, GONE)
    assert deep.juror.cycle() is Step.WAITING
    assert [event.reason for event in deep.told.of(Waiting)] == [
        "holds more updates already; waiting for 1 confirmation"
    ]
    deep.mine(1)
    assert deep.juror.cycle() is Step.PROGRESS
    assert [len(unpack(each.verdicts)) for each in finalized_rounds(deep.federation)] == [3]
    assert deep.told.names.count("judging") == 1


# --- the time for files ---


class Slow(UpdateFetcher):
    """A fetcher whose waiting takes no time."""

    def __init__(self, federation: FakeFederation, directory: Path) -> None:
        self.slept = 0.0

        def sleep(seconds: float) -> None:
            self.slept += seconds

        super().__init__(
            federation.store,
            DirectoryStore(directory / "cache"),
            4096,
            clock=lambda: self.slept,
            sleep=sleep,
        )


@pytest.mark.parametrize(
    ("late", "taken"),
    [
        (0.0, 25.0),
        (10.0, 15.0),
        (24.0, 10.0),  # a fair try
        (9999.0, 10.0),
        (-500.0, 25.0),  # this machine's clock is behind the chain's
    ],
)
def test_the_time_for_files_counts_from_the_rounds_closing(
    tmp_path: Path, late: float, taken: float
) -> None:
    federation = FakeFederation(tmp_path, clients=1)
    federation.chain.timestamp += 7
    federation.contract.submit(CLIENTS[0].address, GONE)
    closed, fetcher = federation.chain.timestamp, Slow(federation, tmp_path)
    juror = make_juror(federation, tmp_path, fetcher=fetcher, now=lambda: closed + late)
    assert juror.cycle() is Step.PROGRESS
    assert taken - 1 <= fetcher.slept <= taken  # what is left at the end is too short for a try


def test_the_newest_blocks_time_counts_where_this_machines_clock_is_late(tmp_path: Path) -> None:
    federation = FakeFederation(tmp_path, clients=1)
    federation.contract.submit(CLIENTS[0].address, GONE)
    federation.chain.timestamp += 13
    fetcher = Slow(federation, tmp_path)
    juror = make_juror(federation, tmp_path, fetcher=fetcher, now=lambda: 0.0)
    assert juror.cycle() is Step.PROGRESS
    assert 11 <= fetcher.slept <= 12


def test_after_a_store_was_down_it_has_to_work_for_a_whole_limit(tmp_path: Path) -> None:
    federation = FakeFederation(tmp_path, clients=1)
    federation.contract.submit(CLIENTS[0].address, GONE)
    closed, fetcher = federation.chain.timestamp, Slow(federation, tmp_path)
    juror = make_juror(federation, tmp_path, fetcher=fetcher, now=lambda: closed + 9999)
    federation.store.is_down = True
    with pytest.raises(StoreUnavailable):
        juror.cycle()
    assert finalized_rounds(federation) == []
    federation.store.is_down, fetcher.slept = False, 0.0
    assert juror.cycle() is Step.PROGRESS
    assert 24 <= fetcher.slept <= 25
    assert unpack(finalized_rounds(federation)[0].verdicts) == [VerdictCode.UNAVAILABLE]
