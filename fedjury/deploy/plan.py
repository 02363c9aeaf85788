"""What a deployment will be, worked out before anything is published or put on chain."""

from dataclasses import dataclass

from fedjury.data import Dataset, Samples
from fedjury.data.split import split_test
from fedjury.data.verification import VerificationSet, new_verification_set
from fedjury.deploy.draft import SpecDraft, build_spec
from fedjury.errors import ModelError
from fedjury.oracle.first_model import choose_first_model
from fedjury.protocol.task_spec import TaskSpec
from fedjury.protocol.tensors import Tensors
from fedjury.task.creation import Members, RoundLimits, TaskFiles
from fedjury.task.models import build_model, initial_weights


@dataclass(frozen=True)
class DataSource:
    """Where a task's data come from, as the deployment file says it to clients.

    Attributes:
        name: the dataset's.
        split_seed: splits the test part between the jury and nobody.
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
    """

    draft: SpecDraft
    limits: RoundLimits
    members: Members
    data: DataSource


@dataclass(frozen=True)
class TaskPlan:
    """A task's files.

    Attributes:
        spec: of the task.
        verification: the jury's samples, salted.
        genesis: weights of the first model.
        genesis_seed: the seed that gave them; None where no draw beat constant answers.
        files: spec and first model as they will be published.
    """

    spec: TaskSpec
    verification: VerificationSet
    genesis: Tensors
    genesis_seed: int | None
    files: TaskFiles


@dataclass(frozen=True)
class DeployPlan:
    """A task's files, rounds, members and data."""

    task: TaskPlan
    limits: RoundLimits
    members: Members
    data: DataSource


def plan_deployment(options: DeployOptions, dataset: Dataset) -> DeployPlan:
    """Work out a deployment; salts the verification set, and else depends on the input alone.

    Raises:
        SpecError: the options make no valid task.
        ModelError: the model cannot be built, or does not take the data.
    """
    judged, _ = split_test(dataset.test, options.data.split_seed)
    task = plan_task(options.draft, new_verification_set(judged), dataset.test)
    return DeployPlan(task, options.limits, options.members, options.data)


def plan_task(draft: SpecDraft, verification: VerificationSet, sample: Samples) -> TaskPlan:
    """Work out a task's files.

    Args:
        draft: what is wanted.
        verification: the jury's samples, salted.
        sample: samples that the model has to take.

    Raises:
        SpecError, ModelError: as `plan_deployment`.
    """
    spec = build_spec(draft, verification)
    check_fits(spec, initial_weights(spec.model, draft.genesis_seed), sample)
    genesis, seed = choose_first_model(spec.model, verification, draft.genesis_seed)
    return TaskPlan(spec, verification, genesis, seed, TaskFiles.of(spec, genesis))


def check_fits(spec: TaskSpec, weights: Tensors, sample: Samples) -> None:
    """Make sure that the model takes the data before anything is put on chain.

    Raises:
        ModelError: the model refuses the inputs, or has too few classes.
    """
    model = build_model(spec.model, {spec.model.callable}).eval()
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
