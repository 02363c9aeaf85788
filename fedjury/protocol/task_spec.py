"""The task spec: everything about a task that is decided once, as canonical JSON on IPFS.

Its digest stands in the contract, so no field can change afterwards.
"""

from collections import Counter
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from fedjury.checks.json_values import canonical_json, parse_json
from fedjury.checks.validation import first_error
from fedjury.errors import SpecError

MAX_SPEC_BYTES = 2**20


class _Part(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        strict=True,
        allow_inf_nan=False,
        ser_json_inf_nan="constants",
    )


class CallableSpec(_Part):
    """Something of the user's, named as ``module:callable``, with keyword arguments."""

    callable: str = Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")
    arguments: dict[str, Any] = {}


class RuleSpec(_Part):
    """The verification rule and its parameters."""

    name: str = "paper"
    parameters: dict[str, Any] = {}


class UpdateLimits(_Part):
    """What an update file may be at most."""

    max_bytes: int = Field(gt=0, lt=2**40)
    max_magnitude: float = Field(default=1e3, gt=0)


class FederatedSpec(_Part):
    """Which tensors of the model's state are federated: what updates and later models consist of.

    All others come once, in the genesis file.

    Attributes:
        include: name patterns (``fnmatch``) that the names were chosen by; none for the default,
            which is what one epoch of training changes.
        exclude: name patterns of what was left out.
        names: the chosen names.
        local: names of what training changes and each client keeps to itself.
    """

    include: list[str] = []
    exclude: list[str] = []
    names: list[str] = Field(min_length=1)
    local: list[str] = []

    @model_validator(mode="after")
    def _each_name_once(self) -> "FederatedSpec":
        counted = Counter([*self.names, *self.local])
        name, times = counted.most_common(1)[0]
        if times > 1:
            raise ValueError(f"{name!r} is named twice")
        return self


class LabelsSpec(_Part):
    """What labels are.

    Attributes:
        classes: how many there are.
        padding: a label that does not count, as at the end of a short sequence.
    """

    classes: int = Field(gt=0, lt=2**31)
    padding: int | None = Field(default=None, ge=-(2**63), lt=2**63)


class SliceSpec(_Part):
    """One verification slice: its size, and the salted hash that commits to it.

    Attributes:
        samples: how many labels count: one a sample, or one a position of a sequence.
        commitment: ``0x`` and the hash, see `fedjury.data.verification`.
    """

    samples: int = Field(gt=0, lt=2**32)
    commitment: str = Field(pattern=r"^0x[0-9a-f]{64}$")

    @property
    def most_bytes(self) -> int:
        """How large a file is still looked at as this slice's, whoever gives it: a MiB, and a MiB
        for each label that counts, up to 4 GiB in all."""
        return min((1 + self.samples) * 2**20, 2**32)


class VerificationSpec(_Part):
    """The jury's verification samples, and what becomes public of them and when.

    Attributes:
        slices: one that serves every round, as in the paper, or as many as there are rounds: then
            round t is judged on slice t, counting from 1.
        disclosed: whether jurors disclose them: slice t once the end of round t is deeper than
            `depth`, a single one once that of the last round is.
        depth: blocks on top of a round's end.
        accuracy: whether reports say the new model's accuracy.
    """

    slices: list[SliceSpec] = Field(min_length=1, max_length=10_000)
    disclosed: bool = False
    depth: int = Field(default=12, ge=0, lt=2**32)
    accuracy: bool = False

    @model_validator(mode="after")
    def _each_slice_once(self) -> "VerificationSpec":
        counted = Counter(each.commitment for each in self.slices)
        commitment, times = counted.most_common(1)[0]
        if times > 1:
            raise ValueError(f"the slice {commitment} is listed twice")
        return self

    @property
    def each_round(self) -> bool:
        """Whether each round has a slice of its own."""
        return len(self.slices) > 1

    @property
    def counts_are_told(self) -> bool:
        """Whether round records say counts: those that anyone derives later anyway, of samples
        that serve no other round."""
        return self.disclosed and self.each_round

    def number_for(self, round_number: int) -> int:
        """The number of the slice that a round is judged on, from 1."""
        return round_number if self.each_round else 1

    def slice_for(self, round_number: int) -> SliceSpec:
        """The slice that a round is judged on.

        Raises:
            IndexError: there is none for this round.
        """
        return self.slices[self.number_for(round_number) - 1]


class TrainingSpec(_Part):
    """How clients are asked to train. Nobody can check it; the defaults are the paper's."""

    optimizer: Literal["adam", "sgd"] = "adam"
    learning_rate: float = Field(default=1e-3, gt=0)
    batch_size: int = Field(default=32, gt=0, lt=2**32)
    epochs: int = Field(default=1, gt=0, lt=2**32)


class TaskSpec(_Part):
    """A task.

    Attributes:
        lam: the paper's λ, written ``lambda`` in the file.
        genesis_bytes: size of the genesis file.
        retention_days: for how long each signer of a report keeps the files that it rests on; 0 for
            ever.
        output: which part of the model's output the logits are, where it is a mapping (a key) or a
            sequence (an index); None for its first tensor.
    """

    format: Literal["fedjury-task/2"] = "fedjury-task/2"
    name: str = Field(min_length=1, max_length=200)
    model: CallableSpec
    output: str | None = Field(default=None, min_length=1, max_length=200)
    federated: FederatedSpec
    genesis_bytes: int = Field(gt=0, lt=2**40)
    labels: LabelsSpec
    lam: float = Field(alias="lambda", ge=0, lt=1)
    rule: RuleSpec = RuleSpec()
    update: UpdateLimits
    verification: VerificationSpec
    retention_days: int = Field(default=365, ge=0, lt=2**20)
    training: TrainingSpec = TrainingSpec()

    def to_bytes(self) -> bytes:
        """Canonical JSON: UTF-8, keys sorted, no white space.

        Raises:
            SpecError: an argument or parameter is nothing that JSON can say.
        """
        try:
            return canonical_json(self.model_dump(mode="json", by_alias=True))
        except (ValueError, RecursionError) as error:
            raise SpecError(f"the task spec cannot be written as JSON: {error}") from error

    @classmethod
    def from_bytes(cls, data: bytes) -> "TaskSpec":
        """Parse and check a spec.

        Raises:
            SpecError: not JSON, a field missing, unknown, given twice or out of range.
        """
        try:
            spec = cls.model_validate(parse_json(data))
        except ValidationError as error:
            raise SpecError(f"the task spec is not valid: {first_error(error, 'spec')}") from error
        except (ValueError, RecursionError) as error:
            raise SpecError(f"the task spec is not JSON: {error}") from error
        spec.to_bytes()
        return spec
