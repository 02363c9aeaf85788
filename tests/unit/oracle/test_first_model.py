"""Drawing the first model: no worse than the best constant answer."""

import pytest
import torch

from fedjury.data import Samples
from fedjury.data.verification import VerificationSet
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.first_model import choose_first_model
from fedjury.protocol.task_spec import CallableSpec
from fedjury.protocol.tensors import Tensors, encode
from fedjury.task.models import initial_weights
from tests.support.fake_federation import MODEL, verification
from tests.support.plugins import linear

SPEC = CallableSpec(callable=MODEL)


def choose(judged: VerificationSet, seed: int) -> tuple[Tensors, int | None]:
    return choose_first_model(linear(), judged, seed, lambda each: initial_weights(SPEC, each))


CONSTANT = 2  # of three classes with two samples each, any constant answer gets so many right


@pytest.mark.parametrize("seed", range(1, 30, 4))
def test_it_is_the_first_draw_that_is_no_worse(seed: int) -> None:
    weights, chosen = choose(verification(), seed)
    assert chosen is not None
    assert encode(weights) == encode(initial_weights(SPEC, chosen))
    evaluator = Evaluator(linear(), verification())
    draws = range(seed, chosen + 1)
    found = [evaluator.correct(initial_weights(SPEC, each)) >= CONSTANT for each in draws]
    assert found == [False] * (chosen - seed) + [True]


def test_some_draws_are_passed_over() -> None:
    assert any(choose(verification(), seed)[1] != seed for seed in range(30))


def test_where_no_draw_is_good_enough_it_is_the_first() -> None:
    unheard_of = VerificationSet(Samples(torch.eye(3), torch.full((3,), 5)), bytes(32))
    weights, chosen = choose(unheard_of, 7)
    assert chosen is None
    assert encode(weights) == encode(initial_weights(SPEC, 7))
