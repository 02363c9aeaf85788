"""Sequences: a label for each position, of which padding does not count."""

import pytest
import torch
from torch import nn

from fedjury.data import Samples
from fedjury.data.verification import VerificationSet
from fedjury.errors import ModelError
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.evaluation.losses import LOSS_CAP, LOSS_UNITS, edges_of
from fedjury.oracle.evaluation.passes import Passes
from fedjury.oracle.evaluation.reference.evaluation import reference_logits, reference_parts
from fedjury.oracle.judging import Terms, judge
from fedjury.oracle.rules.registry import RULES, find_rule
from fedjury.protocol.task_spec import RuleSpec
from fedjury.protocol.tensors import Tensors, shapes_of
from fedjury.task.state import weights_of
from tests.support.candidates import candidates_of
from tests.support.reference import Applied
from tests.support.sentences import PADDING, WORDS, next_word, sentences

DATA = sentences()
TEST = DATA.test
CHOSEN = VerificationSet(TEST, bytes(32))
COUNTED = int((TEST.y != PADDING).sum())
GOES_BY = pytest.mark.parametrize("recurrent", [True, False], ids=["gru", "word alone"])


def _model(recurrent: bool = True) -> nn.Module:
    torch.manual_seed(1)
    return next_word(recurrent=recurrent).eval()


def _plain(model: nn.Module) -> torch.Tensor:
    """Logits of the labels that count, by an ordinary pass of the module with its own weights."""
    with torch.no_grad():
        logits = model.double()(TEST.x)
    return logits.reshape(-1, WORDS)[TEST.y.reshape(-1) != PADDING]  # type: ignore[no-any-return]


@GOES_BY
def test_every_position_that_counts_is_one_answer(recurrent: bool) -> None:
    model = _model(recurrent)
    weights = weights_of(model)
    evaluator = Evaluator(model, CHOSEN)
    mask, losses = evaluator.correct_mask(weights), evaluator.losses(weights)
    plain, labels = _plain(_model(recurrent)), TEST.labels
    assert evaluator.samples == COUNTED == len(mask) == len(losses) == len(plain)
    assert TEST.y.numel() > COUNTED
    assert torch.equal(mask, plain.argmax(dim=1) == labels)
    assert evaluator.correct(weights) == int(mask.sum()) > 0
    nats = nn.functional.cross_entropy(plain, labels, reduction="none")
    units = torch.floor(nats.clamp(0, LOSS_CAP) * LOSS_UNITS + edges_of(COUNTED))
    assert torch.equal(losses, units.to(torch.int64))


@GOES_BY
def test_no_setting_changes_what_is_found_of_sequences(recurrent: bool) -> None:
    model = _model(recurrent)
    weights = weights_of(model)
    first = Evaluator(model, CHOSEN)
    for size, by_reference, alone in ((1, True, False), (7, False, True)):
        other = Evaluator(_model(recurrent), CHOSEN, size, by_reference, alone)
        assert torch.equal(other.correct_mask(weights), first.correct_mask(weights))
        assert torch.equal(other.losses(weights), first.losses(weights))
        assert other.counts([weights]) == [first.correct(weights)]


def test_samples_go_through_the_model_a_few_at_a_time() -> None:
    model = _model()
    weights = weights_of(model)
    parts = list(reference_parts(model, weights, TEST.x.repeat(200, 1)))
    assert len(parts) > 2
    assert max(part.nbytes for part in parts) <= 2**23
    whole = reference_logits(model, weights, TEST.x)
    assert whole.shape == (len(TEST), 6, WORDS)
    assert torch.equal(torch.cat(parts), whole.repeat(200, 1, 1))


def test_a_model_of_sequences_has_no_plan() -> None:
    # it is linear all through, but its logits have three dimensions
    samples = Samples(torch.rand(9, 2, 4), torch.zeros(9, 2, dtype=torch.int64))
    model = nn.Linear(4, 3)
    passes = Passes(model, samples, 4)
    assert passes.plan is None
    assert Evaluator(model, VerificationSet(samples, bytes(32))).tried([weights_of(model)])


def test_what_padding_positions_say_does_not_matter() -> None:
    model, weights = _model(), weights_of(_model())
    x = TEST.x.clone()
    y = TEST.y
    # only the last words of short sentences are changed, which nothing that counts comes after
    x[y == PADDING] = 5
    other = Evaluator(model, VerificationSet(Samples(x, y, PADDING), bytes(32)))
    assert torch.equal(other.losses(weights), Evaluator(model, CHOSEN).losses(weights))


@pytest.mark.parametrize("wrong", ["classes second", "one answer a sentence", "a position less"])
def test_logits_of_a_wrong_shape_are_told_with_the_shape_wanted(wrong: str) -> None:
    logits = torch.zeros(6, WORDS)
    forwards = {
        "classes second": lambda x: x[:, :1, None] + logits.t(),
        "one answer a sentence": lambda x: x[:, :1] + logits[0],
        "a position less": lambda x: x[:, 1:, None] + logits[1:],
    }
    model = Applied(forwards[wrong])
    with pytest.raises(ModelError, match=r"the shape wanted is \(8, 6, classes\)"):
        Evaluator(model, CHOSEN).correct({})


def _update(seed: int) -> Tensors:
    """Some steps along the gradient on a third of the training sentences."""
    model, shard = _model(), DATA.train.take(torch.arange(60 * seed, 60 * seed + 60))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(30):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(shard.rows(model(shard.x)), shard.labels)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return weights_of(model)


@pytest.mark.parametrize("name", RULES)
def test_every_rule_judges_models_of_sequences(name: str) -> None:
    current = weights_of(_model())
    updates = [_update(seed) for seed in range(3)]
    constant = {name: tensor.clone() for name, tensor in current.items()}
    constant["head.bias"][0] = 50.0  # always the word that no label is
    terms = Terms(shapes_of(current), 1e6, 0.0, find_rule(RuleSpec(name=name)))
    found = []
    for size in (16, 2048):
        evaluator = Evaluator(_model(), CHOSEN, size)
        found.append(judge(current, candidates_of([*updates, constant]), terms, evaluator))
    assert found[0].verdicts == found[1].verdicts
    assert found[0].model_file == found[1].model_file is not None
    if name in ("paper", "loss", "selection"):
        assert found[0].model_correct > found[0].baseline_correct
        assert [each.accepted for each in found[0].verdicts] == [True, True, True, False]
