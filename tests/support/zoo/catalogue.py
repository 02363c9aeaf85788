"""Which models there are, on which data, and what becomes of each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fedjury.data import Dataset
from fedjury.deploy.draft import SpecDraft, name_model
from fedjury.protocol.task_spec import RuleSpec
from tests.support.zoo import data

_ZOO = "tests.support.zoo"
_TRAINING = {"epochs": 2, "batch_size": 16, "learning_rate": 0.01}


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
