"""Models as users write them that no federation can have: `deploy` says why, in a sentence.

Each sentence is given as a user reads it; ``...`` stands for words of torch's own, or for a line.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fedjury.data import Dataset
from fedjury.data.verification import VerificationSet
from fedjury.errors import FedjuryError, ModelError, OutOfMemory, SpecError
from tests.support.plans import screened_plan
from tests.support.zoo import data
from tests.support.zoo.catalogue import Specimen


@dataclass(frozen=True)
class Refused:
    """A model, and how it is refused.

    Attributes:
        model: as of `Specimen`.
        sentence: what follows the name of its callable.
        data, options: as of `Specimen`.
        error: the class of the error.
    """

    model: str
    sentence: str
    data: Callable[[], Dataset] = data.rows
    options: dict[str, Any] = field(default_factory=dict)
    error: type[FedjuryError] = ModelError

    @property
    def name(self) -> str:
        """The callable's name, for people."""
        return self.model.partition(":")[2]


LIMITS = Path(__file__).parents[3] / "docs" / "limits.md"
_WORDS = 24  # characters of a piece that says something
_ROWS = "when it is evaluated with 3 samples of shape (8,) and type float32"

REFUSED = [
    Refused(
        "norms:batch_norm_without_running_statistics",
        " normalizes by the batch in evaluation mode too, in 'norm': give that layer running "
        "statistics (track_running_stats=True), or take one that normalizes each sample by itself, "
        "as GroupNorm or LayerNorm",
    ),
    Refused(
        "norms:old_weight_norm",
        " raises when it is copied, as by copy.deepcopy before training: RuntimeError: Only "
        "Tensors created explicitly by the user ... torch.nn.utils.weight_norm usage, see ...",
    ),
    Refused(
        "sequences:classes_before_positions",
        ", when it is evaluated with 3 samples of shape (6,) and type int64: the model gives "
        "logits of shape (3, 12, 6) for labels of shape (3, 6): the shape wanted is "
        "(3, 6, classes)",
        data.words,
    ),
    Refused(
        "parts:nothing_to_train",
        " has nothing to train: no parameter requires a gradient; call requires_grad_(True) on "
        "those that are to learn",
    ),
    Refused(
        "parts:head_of_one_class",
        " gives one logit, the data have 2 classes: each needs a logit (yes and no need two, "
        "without a sigmoid)",
        data.two_classes,
    ),
    Refused(
        "parts:head_of_no_class",
        f", {_ROWS}: the model gives logits of shape (3,) for labels of shape (3,): the shape "
        "wanted is (3, classes)",
        data.two_classes,
    ),
    Refused(
        "parts:layers_made_in_forward",
        " gets a new tensor 'head.bias' when it is evaluated: make all layers and buffers when the "
        "model is made, as lazy ones where only data tell their shape",
    ),
    Refused(
        "parts:lazy_layer_that_nothing_uses",
        " has a lazy tensor 'spare.weight' that gets no shape when the model is evaluated: use its "
        "layer in the forward pass, or leave it out",
    ),
    Refused(
        "parts:buffer_of_a_batchs_size",
        " changes the shape of 'latest' from (1, 3) to (3, 3) when it is evaluated: keep what has "
        "the size of a batch out of the model's buffers, and begin each forward pass without it",
    ),
    Refused(
        "parts:buffer_that_goes",
        " loses its tensor 'latest' when it is evaluated: leave it in place, or keep it as no "
        "parameter and no buffer",
    ),
    Refused(
        "parts:layers_by_chance",
        " is another model whenever it is made: '0.weight' has shape (..., 8) or (..., 8)",
    ),
    Refused(
        "types:double",
        f" raises {_ROWS}: RuntimeError: ...Float and Double; the weights are "
        "float64: begin the forward pass with x.to(torch.float64)",
    ),
    Refused(
        "types:complex_weights",
        " has complex numbers in 'weight': keep real and imaginary parts as two tensors",
    ),
    Refused(
        "outputs:output_of_text",
        f", {_ROWS}: the model gives no tensor but list: its logits are a tensor, alone or within "
        "a dictionary, a tuple or a list",
    ),
    Refused(
        "chance:random_numbers_in_evaluation",
        " draws random numbers when it is evaluated, so its logits are others each time: draw them "
        "in training mode alone, as by torch.nn.Dropout or where self.training is true",
    ),
    Refused(
        "chance:numbers_drawn_when_made",
        " keeps numbers outside of its state, which are others whenever it is built: make them "
        "buffers by register_buffer, so that everyone gets the same",
    ),
    Refused(
        "chance:samples_that_are_mixed",
        " gives a sample other logits alone than among others, or in another order: in evaluation "
        "mode samples may not be mixed, as by statistics over a batch",
    ),
    Refused(
        "chance:calls_that_an_iterator_counts",
        " gives the same samples other logits after it has seen others: what a forward pass keeps "
        "for the next one has no place in a model that is judged",
    ),
    Refused(
        "raising:raises_in_evaluation",
        f" raises {_ROWS}: RuntimeError: not in this mode, in raising.py, line ...: raise "
        'RuntimeError("not in this mode")',
    ),
    Refused(
        "raising:raises_in_training",
        " raises when it is trained with 3 samples: RuntimeError: not in this mode, in raising.py, "
        'line ...: raise RuntimeError("not in this mode")',
    ),
    Refused(
        "raising:raises_when_made",
        " failed: FileNotFoundError: no pretrained weights here, in raising.py, line ...: raise "
        'FileNotFoundError("no pretrained weights here")',
    ),
    Refused(
        "raising:opens_a_file",
        f" takes {_ROWS}: FileNotFoundError: ... 'no-such-file.txt', in raising.py, line ...: with "
        'open("no-such-file.txt") as file',
        error=OutOfMemory,
    ),
    Refused(
        "raising:huge_output",
        " has infinity or NaN in 'layer.bias' after training, and no update may hold that: lower "
        "--learning-rate, or --exclude it, if it is no weight",
    ),
    Refused(
        "modules:cannot_be_copied",
        " raises when it is copied, as by copy.deepcopy before training: TypeError: cannot pickle "
        "'_thread.lock' object",
    ),
    Refused(
        "modules:compiled_by_torchscript",
        " returned a module of TorchScript, which takes no weights but its own: leave torch.jit "
        "away",
    ),
    Refused(
        "modules:partly_compiled_by_torchscript",
        " returned a module of TorchScript in '1', which takes no weights but its own: leave "
        "torch.jit away",
    ),
    Refused(
        "modules:data_parallel",
        " returned DataParallel, which takes no weights but its own: return the module inside",
    ),
    Refused(
        "modules:mode_that_forgets_itself",
        " gives NoneType from its method train, not itself: end its train and eval with "
        "'return self'",
    ),
    Refused(
        "modules:logits_without_a_gradient",
        " gives logits without a gradient, so that it cannot be trained: leave torch.no_grad, "
        "detach, item and numpy out of its forward pass",
    ),
    Refused(
        "modules:logits_that_are_whole_numbers",
        " gives logits of type int64: they are real numbers, one for each class, the largest for "
        "the likeliest",
    ),
    Refused(
        "modules:parameter_that_overlaps_itself",
        " cannot be given its own state: tensor 'scale' of the model cannot be written: "
        "...Please clone() the tensor before performing the operation.",
    ),
    Refused(
        "outputs:dictionary_output",
        f", {_ROWS}: the model gives no tensor 'scores' but dict with 'hidden', "
        "'logits': choose another --model-output",
        options={"output": "scores"},
    ),
]


@pytest.mark.parametrize("refused", REFUSED, ids=[each.name for each in REFUSED])
def test_a_model_that_no_federation_can_have_is_refused_in_a_sentence(refused: Refused) -> None:
    one = Specimen(refused.model, refused.data, options=refused.options)
    with pytest.raises(refused.error) as raised:
        _plan(one)
    wanted = re.escape(f"{one.callable!r}{refused.sentence}").replace(r"\.\.\.", ".*")
    if refused.error is OutOfMemory:
        wanted = f"this machine lacks what {wanted}"
    assert re.fullmatch(wanted, str(raised.value)), str(raised.value)


@pytest.mark.parametrize("refused", REFUSED, ids=[each.name for each in REFUSED])
def test_our_own_words_of_each_sentence_stand_in_the_limits(refused: Refused) -> None:
    page = _worded(LIMITS.read_text(encoding="utf-8"))
    ours = re.split(r"\w+Error:", refused.sentence.replace(_ROWS, "..."))[0]
    pieces = [_worded(each).strip(" ,:") for each in ours.split("...")]
    for piece in (each for each in pieces if len(each) > _WORDS):
        assert piece in page


def _worded(text: str) -> str:
    """A text on one line, without shapes and the places that quotation marks name."""
    return re.sub(r" in '\d'", "", re.sub(r"\([^()]*\)", "()", " ".join(text.split())))


def test_data_of_one_class_leave_nothing_to_learn() -> None:
    with pytest.raises(SpecError) as raised:
        _plan(Specimen("parts:adapters", data.one_class))
    assert str(raised.value) == "all labels of the data are 0: there is nothing to learn"


def _plan(one: Specimen) -> None:
    few = one.data().test
    screened_plan(one.draft(), VerificationSet(few, bytes(32)), one.data())
