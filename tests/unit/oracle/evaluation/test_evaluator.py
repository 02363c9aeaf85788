"""Counting right answers: known counts, and the same count however it is computed."""

from collections.abc import Iterator, Sequence

import pytest
import torch
from torch import nn

from fedjury.clients.training import train
from fedjury.data import Samples
from fedjury.data.verification import VerificationSet
from fedjury.errors import UnknownOperation
from fedjury.models import mlp
from fedjury.oracle.evaluation import evaluator
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.evaluation.fast.weights import PassWeights
from fedjury.oracle.evaluation.logits import Logits
from fedjury.oracle.evaluation.losses import LOSS_CAP, LOSS_UNITS
from fedjury.oracle.evaluation.passes import Passes
from fedjury.oracle.judging import Terms, judge
from fedjury.oracle.rules.base import Rule
from fedjury.oracle.rules.loss import LossRule
from fedjury.oracle.rules.paper import PaperRule
from fedjury.oracle.rules.selection import SelectionRule
from fedjury.protocol.task_spec import TrainingSpec, UpdateLimits
from fedjury.protocol.tensors import Tensors, encode, shapes_of
from fedjury.task.state import weights_of
from tests.support.candidates import candidates_of
from tests.support.fake_federation import verification, weights
from tests.support.plugins import Spectral, linear
from tests.support.threads import threads_as_before

EITHER_WAY = pytest.mark.parametrize("by_reference", [False, True])
SALT = bytes(range(32))
# every thread count with every batch size once, proven and by the reference alone
SETTINGS = [
    (threads, (1, 7, 1024)[(place + turn) % 3], turn == 1)
    for place, threads in enumerate([1, 2, 4])
    for turn in (0, 1)
]


@pytest.fixture(autouse=True)
def _threads_as_before() -> Iterator[None]:
    with threads_as_before():
        yield


def _counts(model: nn.Module, samples: Samples, tensors: Tensors) -> set[int]:
    """The counts under different threads and batch sizes, either way; each sample's loss is one."""
    found, losses = set(), set()
    for threads, batch_size, by_reference in SETTINGS:
        torch.set_num_threads(threads)
        chosen = VerificationSet(samples, SALT)
        evaluator = Evaluator(model, chosen, batch_size, by_reference)
        found.add(evaluator.correct(tensors))
        losses.add(tuple(evaluator.losses(tensors).tolist()))
        assert evaluator.loss(tensors) == sum(evaluator.losses(tensors).tolist())
    assert len(losses) == 1
    return found


def _trained() -> tuple[nn.Module, Samples, Tensors]:
    generator = torch.Generator().manual_seed(1)
    centers = torch.randn(10, 64, generator=generator)
    y = torch.randint(10, (60,), generator=generator)
    x = centers[y] + 1.5 * torch.randn(60, 64, generator=generator)
    samples = Samples(x, y)
    torch.manual_seed(1)
    model = mlp(64, 32, 10)
    training = TrainingSpec(epochs=3, learning_rate=0.01)
    shard = samples.take(torch.arange(30))
    return model, samples, train(model, weights_of(model), shard, training, 1)


MODEL, SAMPLES, TRAINED = _trained()


@EITHER_WAY
@pytest.mark.parametrize("right", [(), (0,), (1, 2), (0, 1, 2)])
def test_a_linear_model_counts_what_it_should(by_reference: bool, right: tuple[int, ...]) -> None:
    evaluator = Evaluator(linear(), verification(), by_reference=by_reference)
    assert evaluator.correct(weights(*right)) == 2 * len(right)


def test_a_trained_model_counts_the_same_however_it_is_computed() -> None:
    counts = _counts(MODEL, SAMPLES, TRAINED)
    assert len(counts) == 1
    assert 30 < counts.pop() < 60


def test_an_untrained_model_counts_the_same() -> None:
    torch.manual_seed(3)
    assert len(_counts(MODEL, SAMPLES, weights_of(mlp(64, 32, 10)))) == 1


def _two_equal_classes(difference: float) -> Tensors:
    """Classes 0 and 1 have the same logits but for this relative difference; others none."""
    tensors = {name: tensor.clone() for name, tensor in TRAINED.items()}
    tensors["3.weight"][0] = tensors["3.weight"].abs().sum(dim=0)
    tensors["3.bias"][0] = 1.0
    tensors["3.weight"][1] = tensors["3.weight"][0] * (1 + difference)
    tensors["3.bias"][1] = 1 + difference
    return tensors


@pytest.mark.parametrize(("difference", "winner"), [(0.0, 0), (2.0**-22, 1), (-(2.0**-22), 0)])
def test_near_ties_are_decided_rightly(difference: float, winner: int) -> None:
    counts = _counts(MODEL, SAMPLES, _two_equal_classes(difference))
    assert counts == {int((SAMPLES.y == winner).sum())}


def test_classes_that_are_equal_but_summed_in_another_order_tie() -> None:
    # the hidden units are permuted for class 1: the same sum, not the same rounding
    tensors = {name: tensor.clone() for name, tensor in TRAINED.items()}
    half = {"1.weight": tensors["1.weight"][:16], "1.bias": tensors["1.bias"][:16]}
    order = torch.randperm(16, generator=torch.Generator().manual_seed(2))
    tensors["1.weight"] = torch.cat([half["1.weight"], half["1.weight"][order]])
    tensors["1.bias"] = torch.cat([half["1.bias"], half["1.bias"][order]])
    tensors["3.weight"], tensors["3.bias"] = torch.zeros(10, 32), torch.zeros(10)
    row = torch.linspace(0.1, 3.0, 16)
    tensors["3.weight"][0, :16], tensors["3.weight"][1, 16:] = row, row[order]
    assert _counts(MODEL, SAMPLES, tensors) == {int((SAMPLES.y == 0).sum())}


@pytest.mark.parametrize("bias", [0.0, 5.0])
def test_equal_logits_go_to_the_lowest_class(bias: float) -> None:
    tensors = {name: torch.zeros_like(tensor) for name, tensor in TRAINED.items()}
    tensors["3.bias"] += bias
    assert _counts(MODEL, SAMPLES, tensors) == {int((SAMPLES.y == 0).sum())}


def test_huge_weights_count_the_same() -> None:
    limit = UpdateLimits(max_bytes=1).max_magnitude
    generator = torch.Generator().manual_seed(4)
    tensors = {
        name: limit * torch.sign(torch.randn(tensor.shape, generator=generator))
        for name, tensor in TRAINED.items()
    }
    assert len(_counts(MODEL, SAMPLES, tensors)) == 1


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1e38])
def test_logits_that_are_no_numbers_are_never_right(value: float) -> None:
    tensors = {name: torch.full_like(tensor, value) for name, tensor in TRAINED.items()}
    counts = _counts(MODEL, SAMPLES, tensors)
    assert len(counts) == 1
    if value != 1e38:  # finite in float64
        assert counts == {0}


def test_large_numbers_that_cancel_out_count_the_same_wherever_they_stand() -> None:
    # float32 loses the 1 between two billions
    x = torch.zeros(90, 3)
    x[:, 1] = 1
    x[70:] = torch.tensor([1 / 3, 1.0, 1 / 3])
    samples = Samples(x, torch.zeros(90, dtype=torch.int64))
    tensors = {"weight": torch.tensor([[1e9, 1.0, -1e9], [0.0, 0.9, 0.0]])}
    assert _counts(nn.Linear(3, 2, bias=False), samples, tensors) == {90}


def test_what_cancels_in_float32_is_decided_rightly() -> None:
    # class 0 leads by 0.0015; between terms of 4000 float32 is off by more, which depends on
    # the batch size
    half = 0.5 + 0.5 * torch.rand(100, 32, generator=torch.Generator().manual_seed(6))
    samples = Samples(
        torch.cat([half, torch.ones(100, 1), half], dim=1), torch.zeros(100, dtype=torch.int64)
    )
    matrix = torch.zeros(2, 65)
    matrix[0, :32], matrix[0, 32], matrix[0, 33:] = 4000.0, 1.0, -4000.0
    matrix[1, 32] = 0.9985
    assert _counts(nn.Linear(65, 2, bias=False), samples, {"weight": matrix}) == {100}


def test_a_tie_is_a_real_tie_however_close_the_others_come() -> None:
    # class 1 leads by one unit in the last place of float64, far below what a pass can tell
    x = torch.ones(60, 2)
    samples = Samples(x, torch.arange(60) % 2)
    for lead, winner in ((0.0, 0), (2.0**-40, 1), (-(2.0**-40), 0)):
        tensors = {"weight": torch.tensor([[1.0, 0.0], [1.0, lead]])}
        assert _counts(nn.Linear(2, 2, bias=False), samples, tensors) == {30}
        found = Evaluator(nn.Linear(2, 2, bias=False), VerificationSet(samples, SALT))
        assert torch.equal(found.correct_mask(tensors), samples.y == winner)


def test_denormal_weights_and_inputs_are_zero() -> None:
    samples = Samples(torch.ones(30, 3), torch.arange(30) % 3)
    small = torch.tensor([[0.0] * 3, [1e-39] * 3, [1e-44] * 3])
    model = nn.Linear(3, 3, bias=False)
    assert _counts(model, samples, {"weight": small}) == {10}
    tiny = Samples(torch.full((30, 3), 1e-39), samples.y)
    assert _counts(model, tiny, {"weight": 1000 * torch.eye(3)}) == {10}
    assert torch.equal(
        Evaluator(model, VerificationSet(samples, SALT)).correct_mask({"weight": small}),
        samples.y == 0,
    )


def test_labels_that_the_model_has_no_logit_for_are_never_right() -> None:
    samples = Samples(torch.eye(3).repeat(2, 1), torch.tensor([0, 1, 2, 3, 5, 9]))
    for by_reference in (False, True):
        evaluator = Evaluator(linear(), VerificationSet(samples, SALT), by_reference=by_reference)
        tensors = weights(0, 1, 2)
        assert evaluator.correct_mask(tensors).tolist() == [True] * 3 + [False] * 3
        losses = evaluator.losses(tensors)
        assert (losses[3:] == LOSS_CAP * LOSS_UNITS).all()
        assert (losses[:3] < LOSS_CAP * LOSS_UNITS).all()


def test_counts_of_many_are_the_counts_of_each() -> None:
    evaluator = Evaluator(MODEL, VerificationSet(SAMPLES, SALT))
    many = [
        {name: tensor * (1 + place / 7) for name, tensor in TRAINED.items()} for place in range(19)
    ]
    many += [_two_equal_classes(0.0), {name: 0 * tensor for name, tensor in TRAINED.items()}]
    found = evaluator.counts(iter(many))
    assert found == [Evaluator(MODEL, VerificationSet(SAMPLES, SALT)).correct(w) for w in many]
    assert len(set(found)) > 1
    assert evaluator.counts([]) == []
    for each, mask in zip(many, evaluator.masks(iter(many)), strict=True):
        assert torch.equal(mask, evaluator.correct_mask(each))


@pytest.mark.parametrize(
    ("room", "groups"),
    [
        (0, [1] * 11),
        (1, [1] * 11),
        (2, [2] * 5 + [1]),
        (3, [3, 3, 3, 2]),
        (100, [8, 3]),
    ],
)
def test_as_many_models_are_evaluated_at_once_as_there_is_room_for(
    room: int, groups: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, samples, tensors = _trained()
    size = sum(tensor.nbytes for tensor in tensors.values())
    many = [{name: (1 + i / 4) * tensor for name, tensor in tensors.items()} for i in range(11)]
    one_by_one = Evaluator(model, VerificationSet(samples, SALT), by_reference=True)
    counts = [one_by_one.correct(each) for each in many]
    monkeypatch.setattr(evaluator, "_GROUP_BYTES", room * size)
    seen = list[int]()
    quick_many = Passes.quick_many

    def counted(self: Passes, many: Sequence[PassWeights]) -> list[Logits] | None:
        seen.append(len(many))
        return quick_many(self, many)

    monkeypatch.setattr(Passes, "quick_many", counted)
    assert Evaluator(model, VerificationSet(samples, SALT)).counts(iter(many)) == counts
    assert seen == groups


def test_a_model_without_a_plan_counts_many_too() -> None:
    model = nn.Sequential(nn.Linear(64, 10), nn.Tanh())
    evaluator = Evaluator(model, VerificationSet(SAMPLES, SALT))
    many = [weights_of(model), {name: -tensor for name, tensor in weights_of(model).items()}]
    assert evaluator.counts(many) == [evaluator.correct(each) for each in many]
    for each, mask in zip(many, evaluator.masks(many), strict=True):
        assert torch.equal(mask, evaluator.correct_mask(each))


def test_a_model_that_is_not_defined_everywhere_is_judged_alone_or_not_at_all() -> None:
    model = Spectral()
    samples = Samples(torch.eye(3), torch.arange(3))
    lone = Evaluator(model, VerificationSet(samples, SALT), alone=True)
    tensors = weights_of(model)
    with torch.no_grad():
        right = torch.fft.fft(model.layer(samples.x)).abs().argmax(dim=1) == samples.y
    assert torch.equal(lone.correct_mask(tensors), right)
    assert lone.losses(tensors).shape == (3,)
    assert str(lone.undefined).startswith("aten::")
    with pytest.raises(UnknownOperation):
        lone.require_definition()
    with pytest.raises(UnknownOperation, match="aten::"):
        Evaluator(model, VerificationSet(samples, SALT)).correct(tensors)


def test_a_model_that_is_defined_says_so() -> None:
    evaluator = Evaluator(MODEL, VerificationSet(SAMPLES, SALT))
    evaluator.require_definition()
    assert evaluator.undefined is None


def test_one_class_is_always_right() -> None:
    samples = Samples(torch.rand(9, 3) + 0.5, torch.zeros(9, dtype=torch.int64))
    assert _counts(
        nn.Linear(3, 1), samples, {"weight": torch.ones(1, 3), "bias": torch.ones(1)}
    ) == {9}


def test_integer_buffers_keep_their_defaults() -> None:
    model = nn.Sequential(nn.Linear(64, 10), nn.BatchNorm1d(10))
    assert len(_counts(model, SAMPLES, weights_of(model))) == 1


def test_evaluating_leaves_the_model_and_the_weights_alone() -> None:
    before = encode(weights_of(MODEL)), encode(TRAINED)
    Evaluator(MODEL, VerificationSet(SAMPLES, SALT)).correct(weights_of(mlp(64, 32, 10)))
    assert (encode(weights_of(MODEL)), encode(TRAINED)) == before


def test_the_correct_mask_says_which_samples_count() -> None:
    evaluator = Evaluator(linear(), verification())
    assert evaluator.samples == 6
    assert (evaluator.correct_mask(weights(1)) == (verification().samples.y == 1)).all()
    trained = Evaluator(MODEL, VerificationSet(SAMPLES, SALT))
    assert int(trained.correct_mask(TRAINED).sum()) == trained.correct(TRAINED)


def test_what_a_caller_does_with_a_mask_or_weights_changes_no_later_answer() -> None:
    evaluator = Evaluator(linear(), verification())
    tensors = weights(0)
    evaluator.correct_mask(tensors).fill_(True)
    assert evaluator.correct(tensors) == 2
    tensors["weight"].copy_(weights(0, 1)["weight"])
    assert evaluator.correct(tensors) == 4
    for scale in range(1, 200):
        assert evaluator.correct(weights(0, scale=float(scale))) == 2
    assert evaluator.correct(tensors) == 4


@EITHER_WAY
def test_what_is_remembered_is_what_a_fresh_evaluator_finds(by_reference: bool) -> None:
    chosen = VerificationSet(SAMPLES, SALT)
    many = [
        {name: tensor * (1 + place / 10) for name, tensor in TRAINED.items()} for place in range(70)
    ]
    many += [_two_equal_classes(0.0), many[3], many[69]]
    expected = []
    for tensors in many:
        fresh = [Evaluator(MODEL, chosen, by_reference=by_reference) for _ in range(2)]
        expected.append((fresh[0].correct_mask(tensors), fresh[1].losses(tensors)))
    assert len({tuple(losses.tolist()) for _, losses in expected}) == 71
    evaluator = Evaluator(MODEL, chosen, by_reference=by_reference)
    for order in (range(len(many)), reversed(range(len(many))), [0, 72, 1, 70, 0, 72]):
        for place in order:
            correct_mask, losses = expected[place]
            if place % 2:
                assert torch.equal(evaluator.correct_mask(many[place]), correct_mask)
            assert torch.equal(evaluator.losses(many[place]), losses)
            assert torch.equal(evaluator.correct_mask(many[place]), correct_mask)
            assert evaluator.loss(many[place]) == int(losses.sum())
            assert evaluator.correct(many[place]) == int(correct_mask.sum())


def test_what_a_caller_does_with_losses_changes_no_later_answer() -> None:
    evaluator = Evaluator(linear(), verification())
    before = evaluator.loss(weights(0))
    evaluator.losses(weights(0)).fill_(0)
    assert evaluator.loss(weights(0)) == before > 0


@pytest.mark.parametrize(
    "rule", [LossRule(), LossRule(rho=0.01), PaperRule(), SelectionRule(cap=1.5)], ids=repr
)
def test_a_whole_judgement_is_the_same_however_it_is_computed(rule: Rule) -> None:
    torch.manual_seed(5)
    current = weights_of(mlp(64, 32, 10))
    shard = SAMPLES.take(torch.arange(30))
    updates = [
        train(MODEL, current, shard, TrainingSpec(learning_rate=0.01, epochs=seed), seed)
        for seed in (1, 2, 3)
    ]
    updates += [_two_equal_classes(2.0**-22), current]
    terms = Terms(shapes_of(current), 1e3, 0.5, rule)
    found = set()
    for threads, batch_size, by_reference in SETTINGS:
        torch.set_num_threads(threads)
        evaluator = Evaluator(MODEL, VerificationSet(SAMPLES, SALT), batch_size, by_reference)
        judged = judge(current, candidates_of(updates), terms, evaluator)
        assert judged.model_file is not None
        counts = judged.baseline_correct, judged.model_correct
        found.add((counts, tuple(judged.verdicts), judged.model_file))
    assert len(found) == 1
    (_, verdicts, _), *_ = found
    assert {verdict.accepted for verdict in verdicts} == {True, False}
