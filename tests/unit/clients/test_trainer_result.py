"""What a trainer of the user's may return, and what the sentence is where it may not."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from fedjury.clients.trainer_result import ResultForm
from fedjury.clients.training_error import TrainingError
from fedjury.protocol.task_spec import FederatedSpec
from fedjury.protocol.tensors import LEAST, Tensors, encode
from fedjury.task.state import state_of_module, weights_of
from tests.support.personal import FEDERATED, LOCAL, personal

MODEL = personal()
SPEC = FederatedSpec(names=list(FEDERATED), local=list(LOCAL))
FORM = ResultForm.of("the trainer 'my:train'", MODEL, SPEC)
GOOD = weights_of(MODEL, FEDERATED)


def _with(**changes: Any) -> dict[str, Any]:
    return {**GOOD, **{name.replace("_", ".", 1): value for name, value in changes.items()}}


def _refused(result: object) -> str:
    with pytest.raises(TrainingError) as raised:
        FORM.read(result)
    assert raised.value.lasting
    sentence = str(raised.value)
    assert sentence.startswith("the trainer 'my:train' ")
    return sentence.removeprefix("the trainer 'my:train' ")


@pytest.mark.parametrize(
    "weights",
    [
        GOOD,
        MappingProxyType(GOOD),
        {name: tensor.double() for name, tensor in GOOD.items()},
        {name: tensor.numpy() for name, tensor in GOOD.items()},
        {name: tensor.tolist() for name, tensor in GOOD.items()},
        {name: nn.Parameter(tensor) * 1 for name, tensor in GOOD.items()},
        {name: tensor.t().contiguous().t() for name, tensor in GOOD.items()},
        {**GOOD, "body.weight": GOOD["body.weight"].to_sparse()},
    ],
    ids=["plain", "a mapping", "float64", "NumPy", "lists", "with grad", "strided", "sparse"],
)
def test_weights_of_any_library_become_float32_on_the_cpu(weights: Mapping[str, object]) -> None:
    update, state = FORM.read(weights)
    assert encode(update.weights) == encode(GOOD)
    assert not any(tensor.requires_grad for tensor in update.weights.values())
    assert (state, update.metadata) == ({}, {})


def test_small_types_are_taken_by_value() -> None:
    update, _ = FORM.read({name: tensor.bfloat16() for name, tensor in GOOD.items()})
    rounded = {name: tensor.bfloat16().float() for name, tensor in GOOD.items()}
    assert encode(update.weights) == encode(rounded)


def test_weights_are_copied_and_settled() -> None:
    given = torch.full((6,), LEAST / 2)
    update, _ = FORM.read(_with(norm_bias=given))
    assert update.weights["norm.bias"].tolist() == [0.0] * 6
    assert given.tolist() == [LEAST / 2] * 6


def test_state_of_the_clients_own_is_told_apart_and_other_state_left_out() -> None:
    whole = {name: tensor.clone() for name, tensor in MODEL.state_dict().items()}
    update, state = FORM.read(whole)
    assert update.weights.keys() == set(FEDERATED)
    assert encode(state) == encode({name: state_of_module(MODEL)[name] for name in LOCAL})


def test_part_of_the_local_state_may_be_returned() -> None:
    update, state = FORM.read(_with(head_bias=np.array([1.0, 2.0, -0.0])))
    assert encode(state) == encode({"head.bias": torch.tensor([1.0, 2.0, 0.0])})
    assert "head.bias" not in update.weights


def test_tied_tensors_may_stand_there_under_all_their_names() -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one = nn.Linear(3, 3, bias=False)
            self.two = nn.Linear(3, 3, bias=False)
            self.two.weight = self.one.weight

    model = Tied()
    form = ResultForm.of("it", model, FederatedSpec(names=["one.weight"]))
    update, _ = form.read(model.state_dict())
    assert encode(update.weights) == encode(weights_of(model, ["one.weight"]))


def test_metadata_stand_beside_the_weights() -> None:
    update, _ = FORM.read((GOOD, {"dp-epsilon": "1.5", "λ": ""}))
    assert update.metadata == {"dp-epsilon": "1.5", "λ": ""}


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        (None, "returned NoneType, not weights by name, nor a pair of weights and metadata"),
        ([GOOD, {}], "returned list, not weights by name, nor a pair of weights and metadata"),
        ((GOOD, {}, {}), "returned tuple, not weights by name, nor a pair of weights and metadata"),
        (MODEL, "returned Personal, not weights by name, nor a pair of weights and metadata"),
        ({}, "returned no tensor 'body.weight'"),
        (_with(neck=torch.ones(1)), "returned a tensor 'neck', which is not the model's"),
        (
            dict([*GOOD.items(), (3, torch.ones(1))]),
            "returned a tensor 3, which is not the model's",
        ),
        (_with(norm_bias=torch.zeros(7)), "returned 'norm.bias' in shape (7,), not (6,)"),
        (_with(norm_bias=torch.zeros(6, 1)), "returned 'norm.bias' in shape (6, 1), not (6,)"),
        (
            _with(norm_bias=torch.zeros(6, dtype=torch.int64)),
            "returned 'norm.bias' as torch.int64, not as floating-point numbers",
        ),
        (
            _with(norm_bias=torch.zeros(6, dtype=torch.complex64)),
            "returned 'norm.bias' as torch.complex64, not as floating-point numbers",
        ),
        (_with(norm_bias="zeros"), "returned 'norm.bias' as str, no tensor"),
        (_with(norm_bias=[[1.0], 2.0]), "returned 'norm.bias' as list, no tensor"),
        (_with(norm_bias=None), "returned 'norm.bias' as NoneType, no tensor"),
        (
            _with(head_bias=torch.zeros(3, dtype=torch.int64)),
            "returned 'head.bias' as torch.int64, and the model's is torch.float32",
        ),
        (_with(head_bias=torch.zeros(4)), "returned 'head.bias' in shape (4,), not (3,)"),
        ((GOOD, None), "returned NoneType as metadata, not a mapping"),
        ((GOOD, {"epsilon": 1.5}), "returned metadata 'epsilon' as 1.5, which is not a string"),
        ((GOOD, {1: "epsilon"}), "returned a metadata key 1, which is not a string"),
        ((GOOD, {"a": "\ud800"}), "returned metadata 'a' as '\\ud800', which is not Unicode text"),
        (
            (GOOD, {"\ud800": "a"}),
            "returned a metadata key '\\ud800', which is not Unicode text",
        ),
        (
            (GOOD, {"round": "9"}),
            "returned metadata 'round', which says whose update it is and is not free",
        ),
        (
            (GOOD, {"format": "pt"}),
            "returned metadata 'format', which says whose update it is and is not free",
        ),
    ],
)
def test_anything_else_is_a_sentence(result: object, sentence: str) -> None:
    assert _refused(result) == sentence


def test_a_tensor_without_numbers_is_a_sentence() -> None:
    sentence = _refused(_with(norm_bias=torch.zeros(6, device="meta")))
    assert sentence.startswith("returned 'norm.bias' as a tensor that cannot be read: ")


def test_values_are_held_against_the_limit() -> None:
    for value, words in ((float("nan"), "NaN"), (1e300, "infinity"), (2000.0, "beyond ±1000")):
        update, _ = FORM.read(_with(norm_bias=torch.full((6,), value, dtype=torch.float64)))
        wanted = f"it went too far in training: .*'norm.bias'.*{words}"
        with pytest.raises(TrainingError, match=wanted) as raised:
            update.require_within(1000.0, "it")
        assert not raised.value.lasting


def test_good_values_pass() -> None:
    tensors: Tensors = _with(norm_bias=torch.full((6,), 1000.0))
    FORM.read(tensors)[0].require_within(1000.0, "it")
