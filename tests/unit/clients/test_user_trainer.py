"""Training of the user's own: what it is told, and what becomes of what it returns."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from fedjury.clients.local_state import LocalStates, StatesInMemory
from fedjury.clients.local_trainer import LocalTrainer
from fedjury.clients.training import fit
from fedjury.clients.training_error import TrainingError
from fedjury.clients.training_job import TrainingJob
from fedjury.clients.user_trainer import ChosenTrainer, UserTrainer
from fedjury.data import Samples
from fedjury.protocol.task_spec import TaskSpec
from fedjury.protocol.tensors import Tensors, encode
from fedjury.task.state import state_of_module, weights_of
from tests.support.fake_federation import spec
from tests.support.personal import FEDERATED, LOCAL, TRAINING, personal, shard
from tests.support.trainers import failing, sgd

MODEL = personal()
CURRENT = weights_of(MODEL, FEDERATED)
SHARD = shard()
WHOLE = encode(state_of_module(MODEL))


def _spec() -> TaskSpec:
    federated = {"names": list(FEDERATED), "local": list(LOCAL)}
    return spec(federated=federated, training=TRAINING.model_dump())


def _trainer(function: Any, directory: Path, states: LocalStates | None = None) -> UserTrainer:
    chosen = ChosenTrainer("my:train", function)
    kept = states or StatesInMemory(LOCAL)
    return UserTrainer(chosen, _spec(), MODEL, SHARD, 1, kept, directory / "trainer")


def _as_asked(weights: Tensors, samples: Samples, job: TrainingJob) -> Tensors:
    """What the client would do by itself."""
    model = job.model()
    fit(model, samples, job.training, job.seed)
    return job.weights_of(model)


def test_a_trainer_that_does_as_the_task_asks_gives_what_the_client_would(tmp_path: Path) -> None:
    users = _trainer(_as_asked, tmp_path)
    own = LocalTrainer(MODEL, SHARD, TRAINING, 1, StatesInMemory(LOCAL))
    for number in (1, 2, 3):
        assert encode(users(number, CURRENT).weights) == encode(own(number, CURRENT))
        kept = [encode(states.before(number + 1)) for states in (users.states, own.states)]
        assert kept[0] == kept[1]
    assert encode(state_of_module(MODEL)) == WHOLE


def test_it_is_told_of_the_task_and_the_round(tmp_path: Path) -> None:
    told: list[tuple[Tensors, Samples, TrainingJob]] = []

    def train(weights: Tensors, samples: Samples, job: TrainingJob) -> Tensors:
        told.append((weights, samples, job))
        assert torch.initial_seed() == job.seed
        return weights

    _trainer(train, tmp_path)(3, CURRENT)
    ((weights, samples, job),) = told
    assert encode(weights) == encode(CURRENT)
    assert samples is SHARD
    assert (job.round_number, job.seed, job.training) == (3, 100_006, TRAINING)
    assert (job.names, job.labels.classes) == (FEDERATED, 3)
    assert encode(job.local) == encode({name: state_of_module(MODEL)[name] for name in LOCAL})
    assert job.directory == tmp_path / "trainer"
    assert job.directory.is_dir()


def test_every_model_of_a_job_is_a_new_one_with_the_global_weights_and_local_state(
    tmp_path: Path,
) -> None:
    def train(weights: Tensors, samples: Samples, job: TrainingJob) -> Tensors:
        weights["norm.bias"].fill_(9.0)
        first, second = job.model(), job.model()
        with torch.no_grad():
            first.get_parameter("norm.bias").fill_(8.0)
        wanted = {**state_of_module(MODEL), **CURRENT, **job.local}
        assert encode(state_of_module(second)) == encode(wanted)
        return job.weights_of(second)

    assert encode(_trainer(train, tmp_path)(1, CURRENT).weights) == encode(CURRENT)


def test_local_state_that_is_not_returned_stays_as_it_was(tmp_path: Path) -> None:
    def train(weights: Tensors, samples: Samples, job: TrainingJob) -> Tensors:
        if job.round_number == 1:
            return {**weights, "head.bias": torch.tensor([1.0, 2.0, 3.0])}
        assert job.local["head.bias"].tolist() == [1.0, 2.0, 3.0]
        return weights

    trainer = _trainer(train, tmp_path)
    for number in (1, 2):
        trainer(number, CURRENT)
    assert trainer.states.before(3).keys() == set(LOCAL)
    assert trainer.states.before(3)["head.bias"].tolist() == [1.0, 2.0, 3.0]


def test_what_it_raises_names_the_trainer_and_the_line(tmp_path: Path) -> None:
    wanted = r"^the trainer 'my:train' raises in training: ValueError: no such column, in trainers"
    with pytest.raises(TrainingError, match=wanted) as raised:
        _trainer(failing, tmp_path)(1, CURRENT)
    assert raised.value.lasting


def test_weights_that_went_too_far_are_not_kept_either(tmp_path: Path) -> None:
    def train(weights: Tensors, samples: Samples, job: TrainingJob) -> Tensors:
        return {**weights, "norm.bias": torch.full((6,), torch.inf), "head.bias": torch.ones(3)}

    trainer = _trainer(train, tmp_path)
    with pytest.raises(TrainingError, match=r"^the trainer 'my:train' went too far in training"):
        trainer(1, CURRENT)
    assert trainer.states.before(2) == {}


def test_what_it_prints_goes_to_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _trainer(sgd, tmp_path)(1, CURRENT)
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "this is no JSON\n")


def _careless(weights: Tensors, samples: Samples, job: TrainingJob) -> Tensors:
    """Changes whatever it can of torch and the process."""
    torch.set_num_threads(torch.get_num_threads() + 1)
    torch.set_default_dtype(torch.float64)
    torch.set_default_device("meta")
    torch.set_grad_enabled(False)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(3)
    os.chdir("/")
    sys.stdout = sys.stderr
    if job.round_number == 2:
        raise ValueError("careless")
    return weights


@pytest.mark.parametrize("round_number", [1, 2])
def test_what_it_changes_of_torch_and_the_process_is_put_back(
    tmp_path: Path, round_number: int
) -> None:
    def surroundings() -> list[object]:
        return [
            torch.get_num_threads(),
            torch.get_default_dtype(),
            torch.get_default_device(),
            torch.is_grad_enabled(),
            torch.are_deterministic_algorithms_enabled(),
            torch.random.get_rng_state().tolist(),
            Path.cwd(),
            sys.stdout,
        ]

    before = surroundings()
    trainer = _trainer(_careless, tmp_path)
    if round_number == 1:
        trainer(1, CURRENT)
    else:
        with pytest.raises(TrainingError, match="careless"):
            trainer(2, CURRENT)
    assert surroundings() == before


def test_gradients_are_there_for_it_whatever_the_caller_has(tmp_path: Path) -> None:
    with torch.no_grad():
        update = _trainer(sgd, tmp_path)(1, CURRENT)
    assert encode(update.weights) != encode(CURRENT)
