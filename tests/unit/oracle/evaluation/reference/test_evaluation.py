"""The logits of whole models: the same bits however they are computed, and no trace left behind."""

import copy
import hashlib
from collections.abc import Callable, Iterator

import pytest
import torch
from torch import nn

from fedjury.errors import ModelError, UnknownOperation
from fedjury.models import mlp
from fedjury.oracle.evaluation.reference.evaluation import reference_logits
from fedjury.oracle.evaluation.reference.mode import ReferenceMode
from fedjury.oracle.evaluation.reference.products import multiply
from fedjury.task.state import weights_of
from tests.support.reference import Applied, Case, case_of, normal, off_by
from tests.support.threads import threads_as_before


class Encoder(nn.Module):
    """A small attention model over sequences, which leaves out what is padded with zeros."""

    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, activation="gelu")
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.head = nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.encoder(x, src_key_padding_mask=(x == 0).all(2))
        logits: torch.Tensor = self.head(found.mean(1))
        return logits


class Recurrent(nn.Module):
    """A recurrent layer and a linear one."""

    def __init__(self, kind: Callable[..., nn.Module]) -> None:
        super().__init__()
        self.layer, self.head = kind(8, 6, batch_first=True), nn.Linear(6, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.head(self.layer(x)[0][:, -1])
        return logits


def _conv_net() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 3, groups=2),
        nn.SiLU(),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
        nn.Linear(24, 3),
    )


def _with_norms() -> nn.Module:
    return nn.Sequential(
        nn.Conv1d(8, 8, 3),
        nn.GroupNorm(2, 8),
        nn.ELU(),
        nn.Flatten(),
        nn.LayerNorm(24),
        nn.Softplus(),
    )


# with the first half of the sha256 of their logits, float64 little-endian
MODELS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...], str]] = {
    "mlp": (lambda: mlp(30, 20, 5), (30,), "ae832bba42dc02d1755890e720bb6dcf"),
    "conv net": (_conv_net, (1, 9, 9), "646f73145033090f0fd8f877a98e504b"),
    "encoder": (Encoder, (5, 8), "42b98244449ff9af995385e59fb30675"),
    "gru": (lambda: Recurrent(nn.GRU), (5, 8), "7f0ad81667fe116aeb1c3d6feda0e3e0"),
    "lstm": (lambda: Recurrent(nn.LSTM), (5, 8), "2f9aa1c5f51fe57f69ee80d3cda4a01a"),
    "norms": (_with_norms, (8, 5), "8c40298c449042b34b10f83f93c261bd"),
}


def _even(count: int) -> torch.Tensor:
    """Numbers from -0.5 to 0.5 that look random: float32, of whole numbers alone."""
    places = torch.arange(1, count + 1, dtype=torch.int64)
    return ((places * 2654435761 >> 7) % 2**20).to(torch.float32) / 2**20 - 0.5


def _model(name: str, samples: int = 40) -> Case:
    make, shape, _ = MODELS[name]
    model = make().eval()
    weights = {}
    for key, tensor in weights_of(model).items():
        numbers = _even(tensor.numel() + 3)[3:].view(tensor.shape)
        weights[key] = numbers + 1 if key.endswith("running_var") else numbers
    x = _even(samples * torch.Size(shape).numel()).view(samples, *shape) * 4
    if len(shape) > 1:
        x[1, ..., -2:, :] = 0.0
    return Case(model, weights, x)


@pytest.fixture
def threads() -> Iterator[None]:
    with threads_as_before():
        yield


@pytest.mark.parametrize("name", MODELS)
def test_a_model_has_the_logits_that_it_has_everywhere(name: str) -> None:
    logits = _model(name).reference()
    data = logits.contiguous().numpy().astype("<f8").tobytes()
    assert hashlib.sha256(data).hexdigest()[:32] == MODELS[name][2]


@pytest.mark.parametrize("name", MODELS)
def test_a_model_has_the_logits_of_torch_but_for_rounding(name: str) -> None:
    case = _model(name)
    assert off_by(case.reference(), case.plain()) < 1e-11


@pytest.mark.parametrize("name", MODELS)
def test_no_batch_changes_a_bit(name: str) -> None:
    case = _model(name, samples=90)
    expected = case.reference()
    for size in (1, 7, 89):
        parts = [Case(case.model, case.weights, x).reference() for x in torch.split(case.x, size)]
        assert torch.equal(torch.cat(parts), expected)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.usefixtures("threads")
def test_no_switch_of_the_process_changes_a_bit(name: str) -> None:
    case = _model(name)
    expected = case.reference()
    for count in (1, 2, 3):
        torch.set_num_threads(count)
        assert torch.equal(case.reference(), expected)
    before = torch.get_float32_matmul_precision()
    try:
        torch.set_float32_matmul_precision("medium")
        assert torch.equal(case.reference(), expected)
    finally:
        torch.set_float32_matmul_precision(before)
    with torch.backends.mkldnn.flags(enabled=False):
        assert torch.equal(case.reference(), expected)
    with torch.inference_mode():
        assert torch.equal(case.reference(), expected)
    with torch.autocast("cpu"):
        assert torch.equal(case.reference(), expected)
    with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        assert torch.equal(case.reference(), expected)


def test_attention_is_taken_apart_whether_torch_would_or_not() -> None:
    case = _model("encoder")
    expected = case.reference()
    before = torch.backends.mha.get_fastpath_enabled()
    try:
        for enabled in (False, True):
            torch.backends.mha.set_fastpath_enabled(enabled)
            assert torch.equal(case.reference(), expected)
            assert torch.backends.mha.get_fastpath_enabled() == enabled
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


def test_neither_the_module_nor_torch_is_changed() -> None:
    case = _model("conv net")
    model = copy.deepcopy(case.model)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    weights = {name: tensor.clone() for name, tensor in case.weights.items()}
    x = case.x.clone()
    reference_logits(model, weights, x)
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[name])
        assert tensor.dtype == before[name].dtype
    assert all(torch.equal(weights[name], case.weights[name]) for name in weights)
    assert torch.equal(x, case.x)
    assert torch.get_default_dtype() == torch.float32
    assert torch.is_grad_enabled()


def test_the_weights_count_and_not_those_of_the_module() -> None:
    case = _model("mlp")
    with torch.no_grad():
        for parameter in case.model.parameters():
            parameter.fill_(7.0)
    again = _model("mlp")
    assert torch.equal(case.reference(), again.reference())


def test_denormal_weights_and_inputs_are_zero() -> None:
    model = nn.Linear(3, 1, bias=False).eval()
    tiny = 2.0**-127
    weights = {"weight": torch.tensor([[1.0, tiny, 1.0]])}
    x = torch.tensor([[0.0, 1.0, tiny], [2.0**-126, 0.0, 0.0]])
    assert reference_logits(model, weights, x).tolist() == [[0.0], [2.0**-126]]


def test_what_overflows_float32_does_not_overflow_here() -> None:
    model = nn.Sequential(nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)).eval()
    weights = {"0.weight": torch.tensor([[3e38]]), "1.weight": torch.tensor([[1e-38]])}
    expected = float(torch.tensor(3e38)) * float(torch.tensor(1e-38)) * 100
    # denormal weights are zero, and so is the second one unless it is normal
    found = reference_logits(model, {**weights, "1.weight": torch.tensor([[2e-38]])}, _hundred())
    assert found.item() == pytest.approx(2 * expected, rel=1e-7)
    assert reference_logits(model, weights, _hundred()).item() == 0


def _hundred() -> torch.Tensor:
    return torch.tensor([[100.0]])


class Stateful(nn.Module):
    """Keeps numbers of all kinds, and counts its passes."""

    scale: torch.Tensor
    passes: torch.Tensor
    offset: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3))
        self.constant = torch.tensor(0.1)
        self.register_buffer("scale", torch.tensor(0.1), persistent=False)
        self.register_buffer("passes", torch.zeros((), dtype=torch.long))
        self.register_buffer("offset", torch.zeros(3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        assert self.weight.dtype == self.scale.dtype == self.offset.dtype == torch.float64
        assert self.passes.dtype == torch.long
        assert torch.zeros(1).dtype == torch.zeros(1, dtype=torch.float32).dtype == torch.float64
        assert (torch.tensor(0.5) + self.constant).dtype == torch.float64
        self.passes += 1
        self.offset.add_(1)
        self.constant.add_(1)
        return x * self.weight * self.constant * self.scale + self.offset * self.passes


def test_every_pass_begins_with_the_same_state() -> None:
    model = Stateful().eval()
    weights = {"weight": torch.tensor([1.0, 2.0, 3.0]), "offset": torch.tensor([0.0, 0.5, 0.0])}
    tenth = float(torch.tensor(0.1))
    x = normal(20, 3).abs()
    factor = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64) * (tenth + 1) * tenth
    expected = x.double() * factor + torch.tensor([1.0, 1.5, 1.0], dtype=torch.float64)
    for samples in (x, x[:1]):
        assert off_by(reference_logits(model, weights, samples), expected[: len(samples)]) < 1e-15
    assert model.passes == 0
    assert float(model.constant) == tenth


class Tied(nn.Module):
    """One matrix embeds tokens and gives their logits."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(7, 4)
        self.head = nn.Linear(4, 7, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.head(self.embedding(x).mean(1))
        return logits


@pytest.mark.parametrize("name", ["embedding.weight", "head.weight"])
def test_a_shared_tensor_has_its_weight_by_any_of_its_names(name: str) -> None:
    x = torch.arange(12).view(4, 3) % 7
    case = case_of(Tied(), x)
    assert list(case.weights) == ["embedding.weight"]
    assert off_by(case.reference(), case.plain()) < 1e-14
    again = {name: case.weights["embedding.weight"]}
    assert torch.equal(Case(case.model, again, x).reference(), case.reference())


def test_of_several_weights_for_a_shared_tensor_the_last_one_counts() -> None:
    x = torch.arange(12).view(4, 3) % 7
    case = case_of(Tied(), x)
    both = {"head.weight": case.weights["embedding.weight"], "embedding.weight": torch.ones(7, 4)}
    assert torch.equal(Case(case.model, both, x).reference(), case.reference())


class SharedMemory(nn.Module):
    """A parameter and a buffer of the same memory, as tensors of their own."""

    memory: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3))
        self.register_buffer("memory", self.weight.detach())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.memory + self.weight


def test_tensors_that_share_their_memory_have_one_weight() -> None:
    weights = {"weight": torch.tensor([1.0, 2.0, 3.0])}
    found = reference_logits(SharedMemory().eval(), weights, torch.full((2, 3), 10.0))
    assert found.tolist() == [[11.0, 22.0, 33.0]] * 2


def test_integers_and_truth_values_are_passed_as_they_are() -> None:
    def forward(x: torch.Tensor) -> torch.Tensor:
        assert x.dtype in (torch.long, torch.bool, torch.uint8)
        return x

    for x in (torch.tensor([[1, 2]]), torch.tensor([[True]]), torch.ones(2, 3, dtype=torch.uint8)):
        assert torch.equal(reference_logits(Applied(forward), {}, x), x.double())


def test_float64_inputs_stay_what_they_are() -> None:
    x = torch.tensor([[0.1], [1e-300]], dtype=torch.float64)
    assert reference_logits(Applied(lambda x: x), {}, x).tolist() == [[0.1], [0.0]]


def test_no_samples_have_no_logits() -> None:
    case = _model("mlp")
    assert Case(case.model, case.weights, case.x[:0]).reference().shape == (0, 5)


def test_a_module_that_mixes_samples_by_batch_norm_is_told() -> None:
    model = nn.BatchNorm1d(4, track_running_stats=False).eval()
    for samples in (1, 2, 9):
        with pytest.raises(UnknownOperation, match="statistics of a batch"):
            reference_logits(model, weights_of(model), normal(samples, 4))


@pytest.mark.parametrize(
    "forward",
    [lambda x: (x, x), lambda x: x.sum(), lambda x: x[:1], lambda x: 3],
    ids=["tuple", "number", "too few", "no tensor"],
)
def test_a_module_has_to_give_an_entry_for_each_sample(
    forward: Callable[[torch.Tensor], torch.Tensor],
) -> None:
    with pytest.raises(ModelError, match="an entry for each sample"):
        reference_logits(Applied(forward), {}, normal(3, 2))


def test_what_the_module_raises_is_passed_on_and_everything_set_back() -> None:
    class Own(Exception):
        pass

    error = Own("mine")

    def forward(x: torch.Tensor) -> torch.Tensor:
        raise error

    with pytest.raises(Own) as caught:
        reference_logits(Applied(forward), {}, normal(3, 2))
    assert caught.value is error
    assert torch.get_default_dtype() == torch.float32
    assert torch.is_grad_enabled()
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        reference_logits(nn.Linear(3, 2), weights_of(nn.Linear(3, 2)), normal(3, 5))


def test_an_operation_of_another_library_is_named() -> None:
    with torch.library._scoped_library("reference_test", "FRAGMENT") as library:
        library.define("twice(Tensor x) -> Tensor")
        library.impl("twice", lambda x: x * 2, "CPU")
        with pytest.raises(UnknownOperation, match="reference_test::twice"):
            reference_logits(Applied(torch.ops.reference_test.twice), {}, normal(2, 2))


@pytest.mark.parametrize(
    ("tiny", "dtype"),
    [(1e-310, torch.float64), (2.0**-20, torch.float16), (2.0**-130, torch.float32)],
)
def test_constants_of_a_module_lose_their_denormal_numbers(tiny: float, dtype: torch.dtype) -> None:
    constant = torch.tensor([tiny, 0.25], dtype=dtype)
    found = reference_logits(Applied(lambda x: x + (constant > 0)), {}, torch.zeros(3, 2))
    assert found.tolist() == [[0, 1]] * 3


def test_the_mode_tells_how_large_tensors_become() -> None:
    mode = ReferenceMode()
    with mode:
        torch.cat([torch.zeros(4, dtype=torch.float64)] * 10)
    assert mode.largest == 320


def test_slices_of_weights_are_cut_again_once_the_weights_change() -> None:
    class Growing(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.eye(3))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            first = x @ self.weight
            with torch.no_grad():
                self.weight.mul_(2)
            return first + x @ self.weight

    x = normal(5, 3)
    found = reference_logits(Growing(), {"weight": torch.eye(3)}, x)
    assert torch.equal(found, multiply(x.double(), torch.eye(3, dtype=torch.float64)) * 3)
