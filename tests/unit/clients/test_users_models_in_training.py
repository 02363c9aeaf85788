"""Local training of models as users write them, on shards as they come."""

import random
import re
from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest
import torch
from torch import nn

from fedjury.clients.training import fit, mean_loss, train
from fedjury.clients.training_error import TrainingError
from fedjury.data import Samples
from fedjury.errors import ModelError
from fedjury.models import mlp
from fedjury.protocol.task_spec import TrainingSpec
from fedjury.protocol.tensors import Tensors, encode
from fedjury.task.state import state_of_module, weights_of
from tests.support.sentences import PADDING, next_word, sentences

SHARD = Samples(torch.rand(9, 6, generator=torch.Generator().manual_seed(1)), torch.arange(9) % 4)
FOURS = TrainingSpec(batch_size=4)
SENTENCES = sentences().train.take(torch.arange(37))


@pytest.fixture(autouse=True)
def _same_models() -> None:
    torch.manual_seed(3)


class Wrapped(nn.Module):
    """A linear layer, and what a function makes of its logits."""

    def __init__(self, change: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.layer = nn.Linear(6, 4)
        self._change = change

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self._change(self.layer(x))


class Typed(nn.Module):
    """A model of one type throughout, with a number that scales its logits."""

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        self.layer = nn.Linear(6, 4).to(dtype)
        self.scale = nn.Parameter(torch.tensor(1.0, dtype=dtype))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x.to(self.scale.dtype)).relu() * self.scale  # type: ignore[no-any-return]


def _normed() -> nn.Module:
    return nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.Linear(5, 4))


def _trained(model: nn.Module, shard: Samples = SHARD, training: TrainingSpec = FOURS) -> Tensors:
    return train(model, weights_of(model), shard, training, 7)


def _apart(one: Tensors, other: Tensors) -> float:
    return max(float((one[name] - other[name]).abs().max()) for name in one)


@pytest.mark.parametrize("recurrent", [True, False])
def test_sentences_are_trained_on_by_the_labels_that_count(recurrent: bool) -> None:
    model = next_word(recurrent=recurrent)
    start = weights_of(model)
    found = train(model, start, SENTENCES, TrainingSpec(batch_size=8, epochs=2), 5)
    plain = torch.optim.Adam(model.parameters(), lr=1e-3)
    torch.manual_seed(5)
    for _ in range(2):
        for batch in torch.split(torch.randperm(37), 8):
            plain.zero_grad()
            logits = model(SENTENCES.x[batch]).flatten(0, 1)
            labels = SENTENCES.y[batch].flatten()
            nn.functional.cross_entropy(logits, labels, ignore_index=PADDING).backward()  # type: ignore[no-untyped-call]
            plain.step()
    assert _apart(found, weights_of(model)) < 1e-5
    assert _apart(found, start) > 1e-3


def test_more_padding_changes_nothing() -> None:
    model = next_word(recurrent=False)
    longer = Samples(
        nn.functional.pad(SENTENCES.x, (0, 3)),
        nn.functional.pad(SENTENCES.y, (0, 3), value=PADDING),
        PADDING,
    )
    assert _apart(_trained(model, SENTENCES), _trained(model, longer)) < 1e-6


def test_words_that_follow_from_others_are_learned() -> None:
    model, data = next_word(), sentences()
    training = TrainingSpec(learning_rate=0.01, epochs=12)
    before = mean_loss(model, weights_of(model), data.test)
    after = mean_loss(model, _trained(model, data.train, training), data.test)
    assert before > 2.2
    assert after < 1.0


def test_the_mean_loss_is_that_of_the_labels_that_count() -> None:
    model = next_word()
    found = mean_loss(model, weights_of(model), SENTENCES)
    each = nn.functional.cross_entropy(
        model(SENTENCES.x).transpose(1, 2), SENTENCES.y, ignore_index=PADDING, reduction="none"
    )
    assert found == pytest.approx(each.sum().item() / len(SENTENCES.labels), rel=1e-5)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 9])
@pytest.mark.parametrize("model", [lambda: mlp(6, 5, 4), _normed])
def test_small_shards_and_last_batches_of_one_train(
    count: int, model: Callable[[], nn.Module]
) -> None:
    module = model()
    found = _trained(module, SHARD.take(torch.arange(count)))
    assert all(bool(tensor.isfinite().all()) for tensor in found.values())
    assert _apart(found, weights_of(module)) > 1e-4


def test_batch_norm_takes_one_sample_by_its_running_statistics() -> None:
    module, one = _normed(), SHARD.take(torch.tensor([4]))
    found = _trained(module, one, TrainingSpec(optimizer="sgd", learning_rate=0.1))
    start = weights_of(module)
    module.eval()
    nn.functional.cross_entropy(module(one.x), one.y).backward()  # type: ignore[no-untyped-call]
    for name, parameter in module.named_parameters():
        assert parameter.grad is not None
        assert torch.allclose(found[name], start[name] - 0.1 * parameter.grad, atol=1e-6)
    assert torch.equal(found["1.running_mean"], start["1.running_mean"])


def test_a_batch_of_one_leaves_nothing_in_the_statistics_of_other_layers() -> None:
    model = nn.Sequential(
        nn.Unflatten(1, (1, 6)), nn.BatchNorm1d(1), nn.Flatten(), nn.BatchNorm1d(6), nn.Linear(6, 4)
    )
    fit(model, SHARD, FOURS, 1)
    counted = [int(state_of_module(model)[f"{n}.num_batches_tracked"]) for n in (1, 3)]
    assert counted == [2, 2]
    assert model.training
    assert all(layer.training for layer in model)


def test_what_takes_one_sample_in_no_mode_is_refused() -> None:
    model = nn.Sequential(nn.BatchNorm1d(6, track_running_stats=False), nn.Linear(6, 4))
    with pytest.raises(ModelError, match="raises in training: ValueError: Expected more than 1"):
        _trained(model)
    assert _trained(model, SHARD.take(torch.arange(8)))


def test_two_clients_with_the_same_single_sample_have_the_same_weights() -> None:
    model, shards = _normed(), [SHARD.take(torch.tensor([2])), SHARD.take(torch.tensor([2]))]
    one, other = (train(model, weights_of(model), each, FOURS, 7) for each in shards)
    assert encode(one) == encode(other)


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    [(torch.float64, 1e-5), (torch.bfloat16, 0.1), (torch.float16, 0.1)],
)
def test_every_precision_trains_as_float32_does_and_so_does_a_single_number(
    dtype: torch.dtype, tolerance: float, optimizer: Literal["adam", "sgd"]
) -> None:
    training = TrainingSpec(batch_size=4, epochs=30, optimizer=optimizer, learning_rate=0.1)
    start = weights_of(Typed(dtype))
    wide, found = (train(Typed(each), start, SHARD, training, 7) for each in (torch.float32, dtype))
    assert found["scale"] != start["scale"]
    assert _apart(found, wide) < tolerance * _apart(start, wide)


def test_complex_weights_that_are_not_federated_train_with_the_others() -> None:
    class Complex(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(6, 4)
            self.turn = nn.Parameter(torch.ones(4, dtype=torch.complex64))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            logits: torch.Tensor = (self.layer(x) * self.turn).real
            return logits

    model = Complex()
    fit(model, SHARD, FOURS, 1)
    assert bool((model.turn.detach() != 1).all())


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_sparse_embeddings_train_as_dense_ones(optimizer: Literal["adam", "sgd"]) -> None:
    dense, sparse = next_word(), next_word()
    sparse.embedding = nn.Embedding(12, 16, sparse=True)
    training, start = TrainingSpec(optimizer=optimizer, batch_size=8), weights_of(dense)
    found = [train(model, start, SENTENCES, training, 3) for model in (dense, sparse)]
    assert _apart(*found) < 1e-6


def test_what_is_frozen_stays() -> None:
    model = mlp(6, 5, 4)
    model.get_submodule("1").requires_grad_(False)
    found, start = _trained(model), weights_of(model)
    same = {name for name in start if torch.equal(found[name], start[name])}
    assert same == {"1.weight", "1.bias"}


def test_a_model_with_nothing_to_train_is_refused() -> None:
    with pytest.raises(ModelError, match="nothing to train: no parameter requires a gradient"):
        _trained(mlp(6, 5, 4).requires_grad_(False))


def test_a_label_without_a_logit_is_refused() -> None:
    with pytest.raises(ModelError, match="gives 3 logits, none of them for label 3"):
        _trained(nn.Linear(6, 3))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda logits: logits.sum(1), r"logits of shape (4,) for labels of shape (4,)"),
        (lambda logits: logits.reshape(-1, 2), "the shape wanted is (4, classes)"),
        (lambda logits: logits.detach(), "RuntimeError: element 0 of tensors does not require"),
        (lambda logits: logits.argmax(1)[:, None].expand(-1, 4), "NotImplementedError: "),
        (
            lambda logits: {"out": logits}["logits"],
            "KeyError: 'logits', in test_users_models_in_training.py",
        ),
    ],
)
def test_what_gives_no_logits_is_refused_by_a_sentence(
    change: Callable[[torch.Tensor], torch.Tensor], says: str
) -> None:
    with pytest.raises(ModelError, match=re.escape(says)):
        _trained(Wrapped(change))


def test_what_the_model_raises_is_told_with_its_line() -> None:
    def change(logits: torch.Tensor) -> torch.Tensor:
        raise LookupError("no such expert")

    line = change.__code__.co_firstlineno + 1
    says = (
        f"the model raises in training: LookupError: no such expert, in {__file__.split('/')[-1]}"
    )
    with pytest.raises(ModelError, match=re.escape(f"{says}, line {line}: raise LookupError(")):
        _trained(Wrapped(change))


def test_a_model_that_ends_the_program_is_an_error_of_the_model() -> None:
    def change(logits: torch.Tensor) -> torch.Tensor:
        raise SystemExit(3)

    with pytest.raises(ModelError, match="SystemExit: 3"):
        _trained(Wrapped(change))


@pytest.mark.parametrize("count", [1, 9])
@pytest.mark.parametrize("error", [MemoryError("out"), RuntimeError("std::bad_alloc")])
def test_a_machine_without_memory_may_have_some_another_time(error: Exception, count: int) -> None:
    def change(logits: torch.Tensor) -> torch.Tensor:
        raise error

    with pytest.raises(TrainingError, match=f"in training: {type(error).__name__}") as caught:
        _trained(Wrapped(change), SHARD.take(torch.arange(count)))
    assert not caught.value.lasting


@pytest.mark.parametrize("draw", [random.random, np.random.random, lambda: float(torch.rand(()))])
def test_whatever_a_model_draws_from_is_seeded_and_left_alone(draw: Callable[[], float]) -> None:
    model = Wrapped(lambda logits: logits * draw())
    first = encode(_trained(model))
    random.seed(1)
    np.random.seed(1)
    torch.manual_seed(1)
    wanted = [draw() for _ in range(2)]
    random.seed(1)
    np.random.seed(1)
    torch.manual_seed(1)
    found = [draw()]
    assert encode(_trained(model)) == first
    found.append(draw())
    assert found == wanted
