"""Training for a round that gives nothing to submit, and what an update says beside its weights."""

from pathlib import Path

import pytest

from fedjury.clients.client import Client
from fedjury.clients.events import Trained, TrainingFailed
from fedjury.clients.journal import Journal
from fedjury.clients.local_update import LocalUpdate
from fedjury.clients.training_error import TrainingError
from fedjury.protocol.tensors import Tensors, decode, encode
from fedjury.protocol.verdicts import VerdictCode, pack
from fedjury.runtime.events import Waiting
from fedjury.runtime.loop import Step
from tests.support.fake_federation import CLIENTS, FakeFederation, as_sender, weights
from tests.support.recorder import Recorder
from tests.support.reports import report_on

ME = CLIENTS[0]
LASTING = TrainingError("the trainer 'my:train' raises in training: ValueError: no such column")
PASSING = TrainingError("this machine has no memory for the model in training", lasting=False)


class Bench:
    """A client whose training goes as a test says, by round and try."""

    def __init__(self, directory: Path, *outcomes: LocalUpdate | TrainingError) -> None:
        self.federation = FakeFederation(directory)
        self.outcomes, self.tried = list(outcomes), 0
        self.journal, self.told = Journal(directory / "journal"), Recorder()
        self.restart()

    def restart(self) -> None:
        sender = as_sender(self.federation.sender(ME))
        self.client = Client(self.federation.task, ME, sender, self._train, self.journal, self.told)

    def _train(self, round_number: int, current: Tensors) -> LocalUpdate:
        self.tried += 1
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, TrainingError):
            raise outcome
        return outcome

    def next_round(self, model: Tensors) -> None:
        """Have the jury end the round with a model."""
        contract = self.federation.contract
        digest = self.federation.store.add(encode(model))
        verdicts = [VerdictCode.ACCEPTED for _ in contract.submitted()]
        contract.finalize(report_on(contract, digest), pack(verdicts), bytes(65))

    @property
    def submitted(self) -> int:
        return len(self.federation.contract.submitted())


GOOD = LocalUpdate(weights(0))


def _in_round_two(tmp_path: Path, *outcomes: LocalUpdate | TrainingError) -> Bench:
    """After a round that went well, in one that does not begin with the genesis."""
    bench = Bench(tmp_path, GOOD, *outcomes)
    bench.client.cycle()
    bench.next_round(weights(0))
    return bench


def test_training_that_fails_at_the_start_ends_the_client(tmp_path: Path) -> None:
    bench = Bench(tmp_path, LASTING)
    with pytest.raises(TrainingError, match="no such column"):
        bench.client.cycle()
    assert (bench.submitted, bench.told.events) == (0, [])


def test_training_that_fails_at_the_start_of_another_process_ends_it_too(tmp_path: Path) -> None:
    bench = _in_round_two(tmp_path, LASTING)
    bench.restart()
    with pytest.raises(TrainingError, match="no such column"):
        bench.client.cycle()


def test_training_that_fails_from_the_first_model_ends_a_client_that_has_trained(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path, GOOD, LASTING)
    bench.client.cycle()
    bench.federation.contract.void()
    with pytest.raises(TrainingError, match="no such column"):
        bench.client.cycle()


@pytest.mark.parametrize("error", [LASTING, PASSING])
def test_training_that_fails_later_is_told_of_once_and_the_next_round_waited_for(
    tmp_path: Path, error: TrainingError
) -> None:
    bench = _in_round_two(tmp_path, error, GOOD)
    assert [bench.client.cycle() for _ in range(3)] == [Step.WAITING] * 3
    assert (bench.tried, bench.submitted) == (2, 0)
    assert bench.told.of(TrainingFailed) == [TrainingFailed(round=2, reason=str(error))]
    assert bench.told.of(Waiting, 2) == []
    bench.next_round(weights(0, 1))
    assert bench.client.cycle() is Step.PROGRESS
    assert (bench.tried, bench.submitted) == (3, 1)


def test_a_machine_without_memory_is_waited_for_at_the_start_too(tmp_path: Path) -> None:
    bench = Bench(tmp_path, PASSING, GOOD)
    assert [bench.client.cycle(), bench.client.cycle()] == [Step.WAITING] * 2
    assert bench.tried == 1
    bench.federation.contract.void()
    assert bench.client.cycle() is Step.PROGRESS


def test_a_round_that_begins_with_another_model_is_trained_for_again(tmp_path: Path) -> None:
    bench = _in_round_two(tmp_path, LASTING, GOOD)
    bench.client.cycle()
    contract = bench.federation.contract
    contract.number -= 1
    contract.open_round(bench.federation.store.add(encode(weights(1))))
    assert bench.client.cycle() is Step.PROGRESS
    assert bench.submitted == 1


def test_a_restart_tries_again(tmp_path: Path) -> None:
    bench = _in_round_two(tmp_path, PASSING, GOOD)
    bench.client.cycle()
    bench.restart()
    assert bench.client.cycle() is Step.PROGRESS
    assert bench.tried == 3


def test_metadata_stand_in_the_file_and_in_the_event(tmp_path: Path) -> None:
    said = {"dp-epsilon": "1.5", "dp-delta": "1e-05"}
    bench = Bench(tmp_path, LocalUpdate(weights(0), said))
    bench.client.cycle()
    (update,) = bench.federation.contract.submitted()
    tensors, metadata = decode(bench.federation.store.fetch(update.digest, 4096, 0))
    tag = bench.federation.task.tag(1, ME.address).metadata()
    assert (encode(tensors), metadata) == (encode(weights(0)), {**tag, **said})
    (trained,) = bench.told.of(Trained)
    assert trained.metadata == said
    assert trained.what.endswith(" s; dp-delta 1e-05; dp-epsilon 1.5")


def test_a_file_that_metadata_make_too_large_is_not_submitted(tmp_path: Path) -> None:
    bench = Bench(tmp_path, LocalUpdate(weights(0), {"note": "x" * 4096}))
    with pytest.raises(TrainingError, match="the task allows 4,096: its metadata are too long"):
        bench.client.cycle()
    assert (bench.submitted, bench.told.events) == (0, [])
