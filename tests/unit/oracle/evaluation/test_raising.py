"""Weights with which the module raises: no right answer, the cap as every loss, everywhere."""

import sys
from collections.abc import Callable, Iterator

import pytest
import torch
from torch import nn

from fedjury.data import Samples
from fedjury.data.verification import VerificationSet
from fedjury.errors import ModelError, OutOfMemory, UnknownOperation
from fedjury.models import mlp
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.evaluation.losses import LOSS_CAP, LOSS_UNITS
from fedjury.oracle.evaluation.passes import Passes
from fedjury.protocol.tensors import Tensors
from fedjury.task.state import weights_of
from tests.support.plugins import Spectral
from tests.support.raising_modules import CLASSES, Fragile, fail, fragile, negative
from tests.support.reference import Applied, of_class_zero

COUNT = 120
LABELS = torch.arange(COUNT) % CLASSES
CHOSEN = VerificationSet(Samples(torch.eye(CLASSES)[LABELS], LABELS), bytes(32))
GOOD: Tensors = {"weight": torch.eye(CLASSES)}
BAD: Tensors = {"weight": torch.eye(CLASSES) - 0.5}


def _evaluator(model: nn.Module, **how: object) -> Evaluator:
    return Evaluator(model, CHOSEN, **how)  # type: ignore[arg-type]


def _fft(x: torch.Tensor) -> torch.Tensor:
    spectrum: torch.Tensor = torch.fft.fft(x)
    return spectrum.abs()


def _exit(x: torch.Tensor) -> object:
    sys.exit(3)


def _recurse(x: torch.Tensor) -> object:
    return _recurse(x)


def _raise(error: BaseException) -> Callable[[torch.Tensor], object]:
    def then(x: torch.Tensor) -> object:
        raise error

    return then


# What a module may do with some weights, and how that is told.
BREAKING: dict[str, tuple[Callable[[torch.Tensor], object], str]] = {
    "raises": (fail, "ValueError: a negative weight, in raising_modules.py, line 42"),
    "exits": (_exit, "SystemExit: 3"),
    "recurses": (_recurse, "RecursionError"),
    "an operation of torch": (lambda x: x @ torch.ones(7, 2), "RuntimeError"),
    "no definition": (_fft, "the reference evaluation has no definition of aten::_fft_r2c"),
    "no tensor": (lambda x: None, "the model does not give a tensor with an entry for each"),
    "too few samples": (lambda x: x[:1], "the model does not give a tensor with an entry for each"),
    "no logits": (lambda x: x[:, 0], "the model gives logits of shape (8,)"),
    "no classes": (lambda x: x[:, :0], "the model gives logits of shape (8, 0)"),
    "positions": (lambda x: x[:, None], "the model gives logits of shape (8, 1, 3)"),
}


@pytest.mark.parametrize("name", BREAKING)
@pytest.mark.parametrize("by_reference", [False, True])
def test_weights_with_which_the_module_raises_get_nothing_right(
    name: str, by_reference: bool
) -> None:
    then, said = BREAKING[name]
    evaluator = _evaluator(Fragile(negative, then), by_reference=by_reference)
    assert evaluator.correct(BAD) == 0
    assert evaluator.correct_mask(BAD).tolist() == [False] * COUNT
    assert evaluator.losses(BAD).tolist() == [LOSS_CAP * LOSS_UNITS] * COUNT
    assert evaluator.loss(BAD) == COUNT * LOSS_CAP * LOSS_UNITS
    assert evaluator.counts([BAD, GOOD, BAD]) == [0, COUNT, 0]
    found = evaluator.tried([GOOD, BAD, GOOD])
    assert found is not None
    assert (found[0], found[2]) == (COUNT, COUNT)
    assert str(found[1]).startswith(said)


def test_a_mean_with_which_the_module_raises_has_the_cap_as_every_loss() -> None:
    blends = _evaluator(fragile()).blends(GOOD, [BAD])
    losses, correct = blends.evaluate(BAD, blends.plus(blends.nothing, 0), 0.0)
    assert losses.tolist() == [LOSS_CAP * LOSS_UNITS] * COUNT
    assert correct() == 0
    losses, correct = blends.evaluate(GOOD, blends.nothing, 1.0)
    assert losses.max() < LOSS_CAP * LOSS_UNITS
    assert correct() == COUNT


def test_one_sample_for_which_the_module_raises_is_enough() -> None:
    def breaks(weight: torch.Tensor, x: torch.Tensor) -> bool:
        return negative(weight, x) and bool((x > 1).any())

    for place in (0, 7, 8, COUNT - 1):  # the first pass takes 8 samples
        x = CHOSEN.samples.x.clone()
        x[place] *= 2
        chosen = VerificationSet(Samples(x, LABELS), bytes(32))
        for size in (1, 50):
            evaluator = Evaluator(Fragile(breaks, fail), chosen, size)
            assert evaluator.correct(BAD) == 0
            assert evaluator.correct(GOOD) == COUNT
            found = evaluator.tried([BAD])
            assert found is not None
            assert str(found[0]).startswith("ValueError")
    assert _evaluator(Fragile(breaks, fail)).tried([BAD, GOOD]) == [COUNT, COUNT]


def test_a_model_with_a_plan_is_known_to_raise_with_no_weights() -> None:
    def none() -> Iterator[Tensors]:
        raise AssertionError("nothing has to be mixed")
        yield {}

    assert _evaluator(nn.Linear(CLASSES, CLASSES, bias=False)).tried(none()) is None
    assert _evaluator(mlp(CLASSES, 4, CLASSES)).tried(none()) is None


def test_whether_there_is_a_plan_follows_from_the_models_own_state_alone() -> None:
    def breaks(weight: torch.Tensor, x: torch.Tensor) -> bool:
        return False

    for first in (GOOD, BAD):
        passes = Passes(Fragile(negative, fail), CHOSEN.samples, 16)
        assert passes.quick(passes.weights(first)) is None
    passes = Passes(Fragile(breaks, fail), CHOSEN.samples, 16)
    with torch.no_grad():
        assert passes.plan is not None
    assert passes.quick(passes.weights(BAD)) is not None


def test_what_the_models_own_state_raises_too_is_fatal() -> None:
    model = Fragile(lambda weight, x: bool((weight != 2).any()), fail)
    evaluator = _evaluator(model)
    for ask in (evaluator.correct, evaluator.losses, lambda each: evaluator.tried([each])):
        with pytest.raises(ModelError) as caught:
            ask(GOOD)
        assert str(caught.value).startswith(
            "the model (Fragile) raises on the verification samples even with the weights that its "
            "task began with: ValueError: a negative weight, in raising_modules.py, line 42"
        )
    assert evaluator.correct({"weight": torch.full((CLASSES, CLASSES), 2.0)}) == COUNT // CLASSES
    assert evaluator.undefined is None


def test_a_result_of_a_wrong_shape_is_fatal_where_the_models_own_has_it_too() -> None:
    with pytest.raises(ModelError, match=r"the shape wanted is \(8, classes\)"):
        _evaluator(Applied(lambda x: x[:, None])).correct({})


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError("too many open files"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 8 bytes"),
    ],
    ids=["memory", "system", "torch"],
)
def test_what_this_machine_lacks_is_no_verdict(error: BaseException) -> None:
    lacking = [True]

    def then(x: torch.Tensor) -> object:
        if lacking:
            raise error
        return x

    evaluator = _evaluator(Fragile(negative, then))
    for _ in range(2):
        with pytest.raises(OutOfMemory, match="cannot be evaluated on this machine now"):
            evaluator.tried([BAD])
    lacking.clear()
    assert evaluator.tried([BAD]) == [COUNT]


def test_a_plan_is_not_missed_where_memory_was_lacking_once() -> None:
    lacking = [True]

    class Hungry(nn.Linear):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if lacking:
                raise MemoryError
            return super().forward(x)

    evaluator = _evaluator(Hungry(CLASSES, CLASSES, bias=False))
    with pytest.raises(OutOfMemory):
        evaluator.correct(GOOD)
    lacking.clear()
    assert evaluator.correct(GOOD) == COUNT
    assert evaluator.tried([GOOD]) is None


@pytest.mark.parametrize("plan", [False, True])
def test_a_pass_without_memory_says_so(plan: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def starve(*given: object, **named: object) -> object:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    evaluator = _evaluator(nn.Linear(CLASSES, CLASSES, bias=False) if plan else fragile())
    assert evaluator.correct(GOOD) == COUNT
    place = "passes.Passes.matrix" if plan else "exact.reference_parts"
    monkeypatch.setattr(f"fedjury.oracle.evaluation.{place}", property(starve) if plan else starve)
    with pytest.raises(OutOfMemory):
        evaluator.correct({"weight": torch.ones(CLASSES, CLASSES)})
    with pytest.raises(OutOfMemory):
        evaluator.counts([{"weight": torch.ones(CLASSES, CLASSES)}])


def test_whoever_asks_the_program_to_end_is_heeded() -> None:
    evaluator = _evaluator(Fragile(negative, _raise(KeyboardInterrupt())))
    with pytest.raises(KeyboardInterrupt):
        evaluator.correct(BAD)


def test_other_weights_never_make_a_defined_model_an_undefined_one() -> None:
    evaluator = _evaluator(Fragile(negative, _fft), alone=True)
    assert evaluator.correct(BAD) == 0
    assert evaluator.undefined is None
    evaluator.require_definition()


def test_an_undefined_model_is_undefined_whatever_weights_avoid_it() -> None:
    late = Fragile(lambda weight, x: bool((weight != 1).any()) and bool((x > 1).any()), _fft)
    x = CHOSEN.samples.x.clone()
    x[COUNT - 1] *= 2  # far behind the first few samples
    chosen = VerificationSet(Samples(x, LABELS), bytes(32))
    avoiding: Tensors = {"weight": torch.ones(CLASSES, CLASSES)}
    alone = Evaluator(late, chosen, 1, alone=True)
    assert alone.correct(avoiding) == COUNT // CLASSES
    assert alone.undefined == "aten::_fft_r2c"
    # the last sample has a flat spectrum, whose largest entry rounding chooses
    assert alone.correct_mask(GOOD)[:-1].all()
    found = alone.tried([GOOD])
    assert found is not None
    assert isinstance(found[0], int)
    several = Evaluator(late, chosen)
    with pytest.raises(UnknownOperation, match="_fft_r2c"):
        several.require_definition()
    with pytest.raises(UnknownOperation, match="_fft_r2c"):
        several.correct(GOOD)


def test_an_undefined_model_that_raises_too_is_judged_alone() -> None:
    class Both(Spectral):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            found = super().forward(x)
            if bool((self.layer.bias < 0).all()):
                raise ValueError("negative biases")
            return found

    torch.manual_seed(1)
    model = Both()
    with torch.no_grad():
        model.layer.bias.fill_(1.0)
    evaluator = _evaluator(model, alone=True)
    bad = {**weights_of(model), "layer.bias": torch.full((CLASSES,), -1.0)}
    found = evaluator.tried([weights_of(model), bad])
    assert found is not None
    assert isinstance(found[0], int)
    assert str(found[1]).startswith("ValueError: negative biases")


def test_a_module_that_raises_is_called_no_more_often_than_needed() -> None:
    calls = list[int]()

    def then(x: torch.Tensor) -> object:
        calls.append(len(x))
        raise ValueError

    evaluator = _evaluator(Fragile(negative, then))
    evaluator.tried([BAD])
    for ask in (evaluator.correct, evaluator.losses, evaluator.correct_mask, evaluator.loss):
        ask(BAD)
    assert calls == [8]


def test_frozen_tensors_are_the_modules_own_with_a_plan_and_without() -> None:
    torch.manual_seed(2)
    model = nn.Sequential(nn.Linear(CLASSES, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))
    with torch.no_grad():
        model[1].running_mean.uniform_(-0.5, 0.5)  # type: ignore[operator]
    head = {name: tensor for name, tensor in weights_of(model).items() if name.startswith("3.")}
    whole = {**weights_of(model), **{name: -tensor for name, tensor in head.items()}}
    samples = Samples(torch.randn(COUNT, CLASSES), LABELS)
    chosen = VerificationSet(samples, bytes(32))
    updates = [{name: scale * tensor for name, tensor in head.items()} for scale in (-1.0, -2.0)]
    found = []
    for by_reference in (False, True):
        evaluator = Evaluator(model, chosen, by_reference=by_reference)
        assert (evaluator.tried(updates) is None) is not by_reference
        masks = [evaluator.correct_mask(each).tolist() for each in (*updates, whole)]
        assert masks[0] == masks[2]
        blends = evaluator.blends(head, updates)
        products = blends.plus(blends.nothing, 0)
        losses, correct = blends.evaluate(updates[0], products, 0.0)
        assert losses.tolist() == evaluator.losses(updates[0]).tolist()
        found.append((masks, losses.tolist(), correct(), evaluator.counts(updates)))
    assert found[0] == found[1]


def test_one_sample_is_enough_to_be_evaluated() -> None:
    one = VerificationSet(of_class_zero(torch.tensor([[1.0, 0.0, 0.0]])), bytes(32))
    found = Evaluator(fragile(), one).tried([GOOD, BAD])
    assert found is not None
    assert found[0] == 1
    assert str(found[1]).startswith("ValueError")
