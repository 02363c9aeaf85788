"""Measuring a module with other weights, without a change to anything that is given."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from fedjury.protocol.tensors import encode
from fedjury.task.copies import LoadedCopy
from fedjury.task.state import load_state, state_of_module, weights_of
from tests.support.zoo import data
from tests.support.zoo.catalogue import specimen

# They write their inputs, their weights, a buffer, an attribute and nothing.
NAMES = [
    "writes_its_input",
    "embedding_that_limits_itself",
    "gru_that_notes_its_state",
    "gru_that_goes_on_from_an_attribute",
    "half",
]


@pytest.mark.parametrize("name", NAMES)
def test_the_same_is_measured_again_and_nothing_given_is_changed(name: str) -> None:
    one = specimen(name)
    model, x = _made(name), one.data().test.x[:5].clone()
    weights = {each: 3 * tensor for each, tensor in weights_of(model).items()}
    before = encode(state_of_module(model)), encode(weights), x.clone()
    first = LoadedCopy(model, weights).logits(x)
    assert torch.equal(first, LoadedCopy(model, weights).logits(x))
    assert before[:2] == (encode(state_of_module(model)), encode(weights))
    assert torch.equal(before[2], x)
    load_state(model, weights)
    with torch.no_grad():
        assert torch.equal(first, model.eval()(x))


def test_a_copy_is_in_evaluation_mode_whatever_mode_the_module_is_in() -> None:
    model, x = _made("dropout").train(), data.rows().test.x
    copy = LoadedCopy(model, weights_of(model))
    assert torch.equal(copy.logits(x), copy.logits(x))
    assert model.training


def _made(name: str) -> nn.Module:
    torch.manual_seed(1)
    place, _, called = specimen(name).callable.partition(":")
    factory: Callable[[], nn.Module] = getattr(__import__(place, fromlist=[called]), called)
    return factory()
