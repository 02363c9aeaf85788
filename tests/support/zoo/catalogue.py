"""The models of the zoo that make a federation, each on its data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fedjury.data import Dataset
from fedjury.deploy.draft import SpecDraft, name_model
from fedjury.protocol.task_spec import RuleSpec
from tests.support.zoo import data

_ZOO = "tests.support.zoo"
_TRAINING = {"epochs": 2, "batch_size": 16, "learning_rate": 0.01}
_LONGER: dict[str, Any] = {"training": {"epochs": 3, "learning_rate": 0.02}}


@dataclass(frozen=True)
class Specimen:
    """A model, and how a task of it is deployed.

    Attributes:
        model: module within the zoo, and callable.
        data: the dataset.
        defined: whether several jurors can judge it.
        options: fields of `SpecDraft`.
    """

    model: str
    data: Callable[[], Dataset] = data.rows
    defined: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The callable's name, for people."""
        return self.model.partition(":")[2]

    @property
    def callable(self) -> str:
        """The model as a spec names it."""
        return f"{_ZOO}.{self.model}"

    def draft(self) -> SpecDraft:
        """What a coordinator wants of a task of this model."""
        options = dict(self.options)
        training = {**_TRAINING, **options.pop("training", {})}
        model = name_model(self.callable, {})
        return SpecDraft(self.name, model, 0.5, RuleSpec(), training, **options)


SPECIMENS = [
    Specimen("norms:conv_net", data.images),
    Specimen("norms:batch_norm_with_cumulative_means"),
    Specimen("norms:batch_norm_that_clients_keep", options={"exclude": ["norm.*"]}),
    Specimen("norms:group_norm"),
    Specimen("norms:running_statistics_of_large_inputs", data.large_rows),
    Specimen("norms:spectral_norm"),
    Specimen("norms:weight_norm"),
    Specimen("sequences:gru_that_notes_its_state", data.words),
    Specimen("sequences:gru_that_goes_on_from_a_buffer", data.words),
    Specimen("sequences:gru_that_goes_on_from_an_attribute", data.words),
    Specimen("sequences:packed_sequences", data.words),
    Specimen("sequences:attention_with_a_saved_mask", data.words),
    Specimen("sequences:attention_with_an_unsaved_mask", data.words),
    Specimen("sequences:tied_embeddings", data.words),
    Specimen("sequences:sparse_embedding", data.words),
    Specimen("sequences:embedding_that_limits_itself", data.words, defined=False),
    Specimen("sequences:one_label_of_a_sequence", data.tokens, options=_LONGER),
    Specimen("parts:adapters"),
    Specimen("parts:personal_head", options={"exclude": ["head.*"], **_LONGER}),
    Specimen("parts:parameter_of_no_dimension"),
    Specimen("parts:parameter_without_elements"),
    Specimen("parts:lazy_layers", options=_LONGER),
    Specimen("parts:head_with_spare_classes"),
    Specimen("parts:counter"),
    Specimen("types:bfloat16"),
    Specimen("types:half"),
    Specimen("types:mixed_types", options=_LONGER),
    Specimen("types:casts_inside_forward"),
    Specimen("types:constants_made_in_forward", options=_LONGER),
    Specimen("types:signs_with_a_gradient_of_their_own"),
    Specimen("outputs:dictionary_output", options={"output": "logits"}),
    Specimen("outputs:tuple_output"),
    Specimen("outputs:named_output", options={"output": "logits"}),
    Specimen("routing:routing_by_argmax"),
    Specimen("routing:routing_by_topk", options=_LONGER),
    Specimen("chance:dropout"),
    Specimen("chance:numbers_drawn_into_a_buffer"),
    Specimen("chance:calls_that_are_counted", options=_LONGER),
    Specimen("raising:raises_for_some_weights"),
    Specimen("raising:raises_for_weights_that_are_zero"),
    Specimen("modules:writes_its_input", options=_LONGER),
    Specimen("modules:hook_of_its_own"),
    Specimen("modules:batch_norm_that_is_never_trained"),
    Specimen("modules:compiled_by_torch_compile"),
]


def specimen(name: str) -> Specimen:
    """The specimen of this name."""
    return next(each for each in SPECIMENS if each.name == name)
