"""A scenario: a federation with every setting decided, and the id that its result goes by."""

import hashlib
import inspect
import json
import math
import random
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from fedjury.chain.contracts.limits import JURORS_LIMIT
from fedjury.clients.attacks.registry import ATTACKS
from fedjury.data.scheme import parse_scheme
from fedjury.errors import DataError
from fedjury.oracle.rules.registry import RULES
from fedjury.protocol.task_spec import CallableSpec, RuleSpec, TrainingSpec

DEFAULT_MODEL = CallableSpec(callable="fedjury.models:mlp")
_DEFAULT_DATA = "mnist"
_DEFAULT_SLICES: Literal["one"] = "one"
_DEFAULT_JURORS = 1
_ID_LENGTH = 12

# Local training that suits a dataset; the paper's (Adam, 0.001, batches of 32, 1 epoch) for all
# others. The digits are few: 108 samples a client need several passes to teach it anything.
_TRAINING = {"digits": TrainingSpec(epochs=5, batch_size=16)}


def default_training(data: str) -> TrainingSpec:
    """How clients train on this dataset unless told otherwise."""
    return _TRAINING.get(data, TrainingSpec())


def setting_name(key: str) -> str:
    """The name that files, ids and results have for a setting, which `Scenario` may call otherwise.

    Args:
        key: either name, or one that is no setting's.
    """
    field = Scenario.model_fields.get(key)
    return key if field is None else field.alias or key


def _named(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


def _called(value: Any) -> Any:
    return {"callable": value} if isinstance(value, str) else value


class AttackSpec(BaseModel):
    """An attack and its parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str = "static-label"
    parameters: dict[str, Any] = {}


class Scenario(BaseModel):
    """A federation: see docs/experiments.md for what each setting means.

    Attributes:
        verification: samples that judge a round; 0 takes as many as there are.
        verification_slices: whether the same samples judge every round, or each has its own.
        adversaries: share of the clients that the adversary controls, rounded to whole clients.
        exclude_adversaries: the adversary's clients do not take part, which makes the honest-only
            reference; written ``absent`` in files and ids.
        relay: all clients go through a relay, so that each round's updates are one batch, in which
            they are sorted by client.
        jurors: size of the jury that judges a live run; where there is no chain nobody signs.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, strict=True, allow_inf_nan=False
    )

    data: str = _DEFAULT_DATA
    split_seed: int = 0
    verification: int = Field(default=0, ge=0)
    verification_slices: Literal["one", "each-round"] = _DEFAULT_SLICES
    partition: str = "iid"
    clients: int = Field(default=10, ge=1)
    rounds: int = Field(default=10, ge=1)
    lam: float = Field(default=0.5, alias="lambda", ge=0, lt=1)
    rule: Annotated[RuleSpec, BeforeValidator(_named)] = RuleSpec()
    attack: Annotated[AttackSpec, BeforeValidator(_named)] = AttackSpec()
    adversaries: float = Field(default=0.0, ge=0, le=1)
    membership: Literal["changing", "fixed"] = "changing"
    exclude_adversaries: bool = Field(default=False, alias="absent")
    model: Annotated[CallableSpec, BeforeValidator(_called)] = DEFAULT_MODEL
    training: TrainingSpec
    relay: bool = False
    jurors: int = Field(default=_DEFAULT_JURORS, ge=1, le=JURORS_LIMIT)
    seed: int = 1

    @model_validator(mode="before")
    @classmethod
    def _training_of_the_data(cls, given: Any) -> Any:
        """What the table `training` leaves out is the dataset's default."""
        training = given.get("training", {}) if isinstance(given, Mapping) else None
        data = given.get("data", _DEFAULT_DATA) if isinstance(given, Mapping) else None
        if not isinstance(training, Mapping) or not isinstance(data, str):
            return given
        return {**given, "training": {**default_training(data).model_dump(), **training}}

    @field_validator("partition")
    @classmethod
    def _known_partition(cls, scheme: str) -> str:
        """One way to write each."""
        try:
            return str(parse_scheme(scheme))
        except DataError as error:
            raise ValueError(str(error)) from error

    @model_validator(mode="after")
    def _somebody_takes_part(self) -> "Scenario":
        if self.exclude_adversaries and self.controlled == self.clients:
            raise ValueError("all clients are adversaries and absent: nobody takes part")
        return self

    @property
    def controlled(self) -> int:
        """How many clients the adversary controls in a round."""
        return math.floor(self.adversaries * self.clients + 0.5)

    def config(self) -> dict[str, Any]:
        """The settings as one would write them, everything said but what is default in parts."""
        document = self.model_dump(mode="json", by_alias=True)
        document["rule"] = _short(document["rule"], RULES.get(self.rule.name))
        kind = ATTACKS.get(self.attack.name)
        document["attack"] = _short(document["attack"], kind.build if kind else None)
        if self.model == DEFAULT_MODEL:
            del document["model"]
        if self.training == default_training(self.data):
            del document["training"]
        if self.verification_slices == _DEFAULT_SLICES:
            del document["verification_slices"]
        if not self.relay:
            del document["relay"]
        if self.jurors == _DEFAULT_JURORS:
            del document["jurors"]
        return document

    def effective(self) -> "Scenario":
        """The same run with settings that change nothing set to their defaults."""
        changes: dict[str, Any] = {"adversaries": self.controlled / self.clients}
        if self.controlled == 0:
            changes |= {
                "attack": AttackSpec(),
                "membership": "changing",
                "exclude_adversaries": False,
            }
        elif self.exclude_adversaries:
            changes |= {"attack": AttackSpec()}
        return self.model_copy(update=changes)

    @property
    def id(self) -> str:
        """Hash of the effective settings; settings left at a default do not enter it."""
        config = self.effective().config()
        default = Scenario.model_validate({"data": self.data}).config()
        said = {key: value for key, value in config.items() if value != default.get(key)}
        said |= {"data": self.data}
        text = json.dumps(_plain_numbers(said), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:_ID_LENGTH]

    def draw_controlled(self) -> dict[int, frozenset[int]]:
        """For each round from 1 the indexes of the clients that the adversary controls.

        Drawn anew for each round, as in the paper, or once for all where membership is fixed.
        """
        draw, everyone = random.Random(self.seed), range(self.clients)
        numbers = range(1, self.rounds + 1)
        if self.membership == "fixed":
            same = frozenset(draw.sample(everyone, self.controlled))
            return dict.fromkeys(numbers, same)
        return {number: frozenset(draw.sample(everyone, self.controlled)) for number in numbers}

    def client_seed(self, index: int) -> int:
        """The seed that the client of this index trains by."""
        return self.seed * 1009 + index


def _short(spec: dict[str, Any], built_by: Callable[..., Any] | None) -> Any:
    """A name and its parameters without those at their defaults; the name alone if none is left."""
    defaults = _defaults(built_by) if built_by else {}
    parameters = {
        key: value
        for key, value in spec["parameters"].items()
        if key not in defaults or defaults[key] != value
    }
    return {"name": spec["name"], "parameters": parameters} if parameters else spec["name"]


def _defaults(built_by: Callable[..., Any]) -> dict[str, Any]:
    return {
        name: parameter.default
        for name, parameter in inspect.signature(built_by).parameters.items()
        if parameter.default is not inspect.Parameter.empty
    }


def _plain_numbers(value: Any) -> Any:
    """Whole floats as integers, so that 0 and 0.0 are written alike."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: _plain_numbers(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain_numbers(each) for each in value]
    return value
