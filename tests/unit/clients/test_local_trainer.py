"""An honest client's training from round to round, with state of its own."""

from pathlib import Path

import pytest
import torch
from torch import nn

from fedjury.clients.local_state import LocalStates, StatesInMemory, StatesOnDisk
from fedjury.clients.local_trainer import LocalTrainer
from fedjury.clients.training_error import TrainingError
from fedjury.protocol.tensors import Tensors, encode
from fedjury.task.state import load_state, state_of_module, weights_of
from tests.support.personal import FEDERATED, LOCAL, TRAINING, personal, shard
from tests.support.recorder import Recorder

MODEL = personal()
CURRENT = weights_of(MODEL, FEDERATED)
WHOLE = encode(state_of_module(MODEL))


def _trainer(states: LocalStates | None = None, seed: int = 1) -> LocalTrainer:
    return LocalTrainer(MODEL, shard(seed), TRAINING, seed, states or StatesInMemory(LOCAL))


@pytest.fixture(params=["memory", "disk"])
def states(request: pytest.FixtureRequest, tmp_path: Path) -> LocalStates:
    if request.param == "memory":
        return StatesInMemory(LOCAL)
    return StatesOnDisk(tmp_path, MODEL, LOCAL, Recorder())


def test_an_update_holds_what_is_federated_alone(states: LocalStates) -> None:
    assert _trainer(states)(1, CURRENT).keys() == set(FEDERATED)


def test_the_next_round_goes_on_from_the_local_state(states: LocalStates) -> None:
    trainer = _trainer(states)
    trainer(1, CURRENT)
    later = trainer(2, CURRENT)
    by_hand = personal()
    load_state(by_hand, states.before(2))
    fresh = LocalTrainer(by_hand, trainer.shard, TRAINING, trainer.seed)
    assert encode(later) == encode(fresh(2, CURRENT))
    assert encode(later) != encode(_trainer()(2, CURRENT))


def test_the_local_state_is_what_training_left(states: LocalStates) -> None:
    _trainer(states)(1, CURRENT)
    kept = states.before(2)
    assert kept.keys() == set(LOCAL)
    assert int(kept["norm.num_batches_tracked"]) == 2  # of 8 samples each
    assert not torch.equal(kept["head.bias"], MODEL.head.bias)


def test_what_is_neither_federated_nor_local_starts_anew_in_every_round() -> None:
    trained: list[nn.Module] = []
    model = personal()
    model.register_forward_hook(lambda module, *_: trained.append(module))
    trainer = LocalTrainer(model, shard(), TRAINING, 1, StatesInMemory(LOCAL))
    trainer(1, CURRENT)
    first = trained[-1].get_parameter("head.weight").clone()
    assert not torch.equal(first, model.head.weight)
    trained.clear()
    trainer(1, CURRENT)
    assert torch.equal(trained[-1].get_parameter("head.weight"), first)


def test_a_round_that_is_trained_anew_gives_the_same(states: LocalStates) -> None:
    trainer = _trainer(states)
    updates = [encode(trainer(number, CURRENT)) for number in (1, 2, 3)]
    assert encode(trainer(3, CURRENT)) == updates[2]
    assert encode(trainer(2, CURRENT)) == updates[1]
    assert encode(trainer(3, CURRENT)) == updates[2]


def test_memory_and_disk_give_the_same_bits(tmp_path: Path) -> None:
    on_disk = StatesOnDisk(tmp_path, MODEL, LOCAL, Recorder())
    trainers = [_trainer(), _trainer(on_disk)]
    for number in (1, 2, 3):
        first, second = (encode(trainer(number, CURRENT)) for trainer in trainers)
        assert first == second


def test_trainers_that_share_a_module_keep_their_states_apart() -> None:
    together = [_trainer(seed=1), _trainer(seed=2)]
    for number in (1, 2):
        shared = [encode(trainer(number, CURRENT)) for trainer in together]
    for seed, update in zip((1, 2), shared, strict=True):
        alone = _trainer(seed=seed)
        alone(1, CURRENT)
        assert encode(alone(2, CURRENT)) == update
    assert encode(state_of_module(MODEL)) == WHOLE


def test_training_on_other_samples_uses_the_local_state_and_does_not_keep_its_own() -> None:
    trainer = _trainer()
    trainer(1, CURRENT)
    kept = encode(trainer.states.before(2))
    own = trainer.train_on(trainer.shard, 2, CURRENT)
    trainer.train_on(shard(9), 2, CURRENT)
    assert encode(trainer.states.before(3)) == kept
    assert encode(own) == encode(trainer(2, CURRENT))


class _Raising(nn.Module):
    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.layer, self.error = nn.Linear(4, 3), error

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise self.error


def _train_with(error: BaseException) -> Tensors:
    model = _Raising(error)
    return LocalTrainer(model, shard(), TRAINING, 1)(1, weights_of(model))


@pytest.mark.parametrize(
    ("error", "sentence", "lasting"),
    [
        (ValueError("no luck"), r"the model raises in training: ValueError: no luck, in .*", True),
        (SystemExit(3), r"the model raises in training: SystemExit: 3, in .*", True),
        (
            MemoryError(),
            r"no memory for the model in training: MemoryError",
            False,
        ),
        (
            RuntimeError("DefaultCPUAllocator: can't allocate memory"),
            r"this machine has no memory for the model in training: RuntimeError: Default.*",
            False,
        ),
        (
            FileNotFoundError(2, "No such file", "words.txt"),
            r"the model raises in training: FileNotFoundError: .* No such file: 'words.txt'",
            True,
        ),
    ],
)
def test_what_a_model_raises_is_a_sentence(
    error: BaseException, sentence: str, lasting: bool
) -> None:
    with pytest.raises(TrainingError, match=sentence) as raised:
        _train_with(error)
    assert raised.value.lasting is lasting


def test_what_ends_the_process_is_no_failure_of_training() -> None:
    with pytest.raises(KeyboardInterrupt):
        _train_with(KeyboardInterrupt())


def test_a_model_that_fails_leaves_the_local_state_as_it_was(states: LocalStates) -> None:
    trainer = _trainer(states)
    trainer(1, CURRENT)
    kept = encode(states.before(3))
    with pytest.raises(TrainingError, match="in shape"):
        trainer(2, {**CURRENT, "norm.bias": torch.zeros(9)})
    assert encode(states.before(3)) == kept
