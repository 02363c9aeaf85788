"""What a deployment will be, worked out before anything is published or put on chain."""

from dataclasses import dataclass, field
from functools import cached_property

from fedjury.data import Samples
from fedjury.data.verification import VerificationSet
from fedjury.deploy.draft import SpecDraft, build_spec
from fedjury.deploy.refusals import require_acceptable
from fedjury.errors import ModelError
from fedjury.oracle.evaluation.definition import undefined_operation
from fedjury.oracle.first_model import choose_first_model
from fedjury.protocol.task_spec import TaskSpec
from fedjury.protocol.tensors import Tensors
from fedjury.task.creation import Members, RoundLimits, TaskFiles
from fedjury.task.models import build_trusted_model, initial_weights
from fedjury.task.timing import Timing


@dataclass(frozen=True)
class DataSource:
    """Where a task's data come from, as the deployment file says it to clients.

    Attributes:
        name: the dataset's.
        split_seed: splits the test part between the jury and the held-out set.
        partition: how the training part is shared among clients, see `fedjury.data.scheme`.
        partition_seed: of that sharing.
    """

    name: str
    split_seed: int
    partition: str
    partition_seed: int


@dataclass(frozen=True)
class DeployOptions:
    """What a coordinator asks for.

    Attributes:
        draft: of the task's spec.
        limits: timing and size of the rounds.
        members: who takes part.
        data: where the data come from.
        timing: what daemons go by unless told otherwise.
    """

    draft: SpecDraft
    limits: RoundLimits
    members: Members
    data: DataSource
    timing: Timing = field(default_factory=Timing)


@dataclass(frozen=True)
class TaskPlan:
    """A task's files.

    Attributes:
        spec: of the task.
        verification: the jury's samples, salted.
        genesis: weights of the first model.
        genesis_seed: the seed that gave them; None where no draw beat constant answers.
    """

    spec: TaskSpec
    verification: VerificationSet
    genesis: Tensors
    genesis_seed: int | None

    @cached_property
    def files(self) -> TaskFiles:
        """Spec and first model as they will be published."""
        return TaskFiles.of(self.spec, self.genesis)


@dataclass(frozen=True)
class DeployPlan:
    """A task's files, rounds, members and data, and the times that its daemons go by."""

    task: TaskPlan
    limits: RoundLimits
    members: Members
    data: DataSource
    timing: Timing = field(default_factory=Timing)


def plan_deployment(
    options: DeployOptions, verification: VerificationSet, sample: Samples
) -> DeployPlan:
    """Work out a deployment; depends on nothing but what is given.

    Args:
        options: what is wanted.
        verification: the jury's samples, salted.
        sample: samples that the model has to take.

    Raises:
        TransactionReverted: the contract would refuse, see `require_acceptable`.
        SpecError: the options make no valid task.
        ModelError: the model cannot be built, or does not take the data.
    """
    require_acceptable(options.limits, options.members)
    task = plan_task(options.draft, verification, sample)
    if len(options.members.jurors) > 1:
        check_defined(task, sample)
    return DeployPlan(task, options.limits, options.members, options.data, options.timing)


def plan_task(draft: SpecDraft, verification: VerificationSet, sample: Samples) -> TaskPlan:
    """Work out a task's files.

    Args:
        draft, verification, sample: as of `plan_deployment`.

    Raises:
        SpecError, ModelError: as `plan_deployment`.
    """
    first = initial_weights(draft.model, draft.genesis_seed)
    spec = build_spec(draft.with_room_for(first), verification)
    check_fits(spec, first, sample)
    genesis, seed = choose_first_model(spec.model, verification, draft.genesis_seed, first)
    return TaskPlan(spec, verification, genesis, seed)


def check_defined(task: TaskPlan, sample: Samples) -> None:
    """Make sure that several jurors find the same of the model, before it is put on chain.

    Raises:
        ModelError: some operation has no definition in the reference evaluation.
    """
    model, name = build_trusted_model(task.spec.model), task.spec.model.callable
    if operation := undefined_operation(model, task.genesis, sample):
        raise ModelError(
            f"{name!r} does {operation}, which the reference evaluation does not define, so "
            "several jurors could count differently; a jury of one can judge this model"
        )


def check_fits(spec: TaskSpec, weights: Tensors, sample: Samples) -> None:
    """Make sure that the model takes the data before anything is put on chain.

    Raises:
        ModelError: the model refuses the inputs, or has too few classes.
    """
    model = build_trusted_model(spec.model).eval()
    try:
        model.load_state_dict(weights, strict=False)
        logits = model(sample.x[:2])
    except Exception as error:  # the user's code may raise anything
        raise ModelError(
            f"{spec.model.callable!r} does not take inputs of shape {tuple(sample.x.shape[1:])}: "
            f"{error}"
        ) from error
    classes = int(sample.y.max()) + 1
    if logits.ndim != 2 or logits.shape[1] < classes:
        raise ModelError(
            f"{spec.model.callable!r} gives logits of shape {tuple(logits.shape)}, "
            f"the data have {classes} classes"
        )
