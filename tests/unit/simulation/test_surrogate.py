"""What the adversary's own samples say is, to the last digits, what a jury's would."""

import pytest
import torch
from torch import nn

from fedjury.clients.training import train
from fedjury.data.split import partition
from fedjury.data.verification import VerificationSet
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.evaluation.losses import LOSS_CAP, LOSS_UNITS
from fedjury.protocol.task_spec import TrainingSpec
from fedjury.simulation.surrogate import PlainScores, Surrogate
from fedjury.task.state import weights_of
from tests.support.fake_federation import spec, verification, weights
from tests.support.plugins import linear
from tests.support.sentences import PADDING, next_word, sentences

SAMPLES = verification().samples


@pytest.mark.parametrize("scale", [0.1, 1.0, 5.0])
def test_plain_scores_are_those_of_a_juror_with_the_same_samples(scale: float) -> None:
    plain = PlainScores(linear(), SAMPLES)
    jury = Evaluator(linear(), VerificationSet(SAMPLES, bytes(32)))
    tried = weights(0, 1, 2, scale=scale)
    assert plain.samples == jury.samples
    assert torch.equal(plain.correct_mask(tried), jury.correct_mask(tried))
    assert plain.correct(tried) == jury.correct(tried)
    # a juror rounds each sample at an edge of its own
    assert int((plain.losses(tried) - jury.losses(tried)).abs().max()) <= 1
    assert plain.loss(tried) == int(plain.losses(tried).sum())


def test_weights_that_are_no_numbers_cost_the_most() -> None:
    broken = {name: tensor * float("nan") for name, tensor in weights(0).items()}
    found = PlainScores(linear(), SAMPLES).losses(broken)
    assert found.tolist() == [LOSS_CAP * LOSS_UNITS] * len(SAMPLES)


def test_of_sentences_the_words_that_count_are_scored() -> None:
    model, known = next_word(), sentences().train
    plain, tried = PlainScores(model, known), weights_of(model)
    with torch.no_grad():
        logits = model(known.x)
    counts = known.y != PADDING
    assert plain.samples == int(counts.sum())
    assert torch.equal(plain.correct_mask(tried), (logits.argmax(2) == known.y)[counts])
    nats = nn.functional.cross_entropy(
        logits.transpose(1, 2), known.y, ignore_index=PADDING, reduction="none"
    )
    assert float((plain.losses(tried) - nats[counts] * LOSS_UNITS).abs().max()) < 0.51


def test_it_judges_by_the_sentences_of_the_clients_under_control() -> None:
    model, shards = next_word(), partition(sentences().train, 4, 1)
    learned = train(model, weights_of(model), shards[0], TrainingSpec(epochs=20), 1)
    spoilt = {name: tensor * -1 for name, tensor in learned.items()}
    surrogate = Surrogate(spec(), model, {3: frozenset({1, 2})}, shards)
    assert list(surrogate(weights_of(model), [learned, spoilt], 3)) == [True, False]
