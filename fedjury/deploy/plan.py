"""What a deployment will be, worked out before anything is published or put on chain."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import nn

from fedjury.data import Dataset
from fedjury.data.split import require_partition
from fedjury.data.verification import VerificationSet
from fedjury.deploy.draft import SpecDraft, SpecFacts, build_spec, choose_limits
from fedjury.deploy.extremes import notes_on_extremes
from fedjury.deploy.federated import choose_federated
from fedjury.deploy.refusals import require_acceptable
from fedjury.deploy.rehearsal import rehearse
from fedjury.deploy.trial import TriedModel, try_model
from fedjury.errors import ModelError, SpecError
from fedjury.oracle.evaluation.evaluator import Evaluator
from fedjury.oracle.first_model import choose_first_model
from fedjury.protocol.task_spec import LabelsSpec, TaskSpec, VerificationSpec
from fedjury.protocol.tensors import Tensors
from fedjury.task.creation import Members, RoundLimits, TaskFiles
from fedjury.task.models import build_trusted_model
from fedjury.task.state import ModelState, load_state, weights_of
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
        genesis: federated weights of the first model.
        rest: the state that is not federated.
        genesis_seed: the seed that gave the first model; None where no draw beat constant answers.
        notes: sentences on what whoever deploys may not know of the model.
    """

    spec: TaskSpec
    verification: VerificationSet
    genesis: Tensors
    rest: Tensors
    genesis_seed: int | None
    notes: Sequence[str] = ()

    @cached_property
    def files(self) -> TaskFiles:
        """Spec and first model as they will be published."""
        return TaskFiles.of(self.spec, self.state)

    @property
    def state(self) -> ModelState:
        """All that the genesis file holds."""
        return ModelState(self.genesis, self.rest)

    def build_model(self) -> nn.Module:
        """A new module of the task's model with the state that the task begins with."""
        model = build_trusted_model(self.spec.model, output=self.spec.output)
        load_state(model, self.state.whole)
        return model


@dataclass(frozen=True)
class DeployPlan:
    """A task's files, rounds, members and data, and the times that its daemons go by."""

    task: TaskPlan
    limits: RoundLimits
    members: Members
    data: DataSource
    timing: Timing = field(default_factory=Timing)


def plan_deployment(
    options: DeployOptions, verification: VerificationSet, data: Dataset
) -> DeployPlan:
    """Work out a deployment; depends on nothing but what is given.

    Args:
        options: what is wanted.
        verification: the jury's samples, salted.
        data: what clients and jury have.

    Raises:
        TransactionReverted: the contract would refuse, see `require_acceptable`.
        SpecError: the options make no valid task.
        ModelError: the model cannot be built, or is none that clients and jury can use.
        DataError: the two parts of the data do not fit together, or cannot be shared so.
    """
    require_acceptable(options.limits, options.members)
    if options.members.clients:
        require_partition(data.train, len(options.members.clients), options.data.partition)
    task = plan_task(options.draft, verification, data)
    if len(options.members.jurors) > 1:
        check_defined(task)
    return DeployPlan(task, options.limits, options.members, options.data, options.timing)


def plan_task(draft: SpecDraft, verification: VerificationSet, data: Dataset) -> TaskPlan:
    """Work out a task's files.

    Args:
        draft, verification, data: as of `plan_deployment`.

    Raises:
        SpecError, ModelError, DataError: as `plan_deployment`.
    """
    labels = choose_labels(draft, data)
    tried = try_model(draft, data, labels)
    federated = choose_federated(tried.model, tried.changed, draft.include, draft.exclude)
    names = federated.names
    state = ModelState.of(tried.model, names)
    limits = choose_limits(draft, state.federated, tried.largest(names))
    facts = SpecFacts(
        federated,
        state.size(),
        labels,
        limits,
        VerificationSpec(
            samples=len(verification.samples.labels), commitment=verification.commitment()
        ),
    )
    spec = build_spec(draft, facts)
    tried.require_within(names, spec.update)
    genesis, seed = choose_first_model(
        tried.model,
        verification,
        draft.genesis_seed,
        lambda number: (
            state.federated
            if number == draft.genesis_seed
            else weights_of(tried.draw(number), names)
        ),
    )
    rehearse(tried.model, state.federated, tried.update(names), spec, data.test)
    notes = [*_notes(tried, labels), *notes_on_extremes(tried.model, genesis, spec, data.test)]
    return TaskPlan(spec, verification, genesis, state.rest, seed, notes)


def _notes(tried: TriedModel, labels: LabelsSpec) -> list[str]:
    """What may be meant otherwise."""
    if tried.logits == labels.classes:
        return []
    return [
        f"{tried.name!r} gives {tried.logits} logits for {labels.classes} classes; if these are "
        "not its logits, say by --model-output which are"
    ]


def choose_labels(draft: SpecDraft, data: Dataset) -> LabelsSpec:
    """What labels the data have.

    Raises:
        SpecError: they have more classes than asked for, or all the same one.
    """
    labels = torch.cat([data.train.labels, data.test.labels])
    if bool((labels == labels[0]).all()):
        raise SpecError(f"all labels of the data are {int(labels[0])}: there is nothing to learn")
    if draft.classes is not None and draft.classes < data.classes:
        raise SpecError(f"the data have {data.classes} classes, not {draft.classes}")
    return LabelsSpec(classes=draft.classes or data.classes, padding=data.test.padding)


def check_defined(task: TaskPlan) -> None:
    """Make sure that several jurors find the same of the model, before it is put on chain.

    Raises:
        ModelError: some operation has no definition in the reference evaluation.
    """
    evaluator = Evaluator(task.build_model(), task.verification, alone=True)
    if operation := evaluator.undefined:
        raise ModelError(
            f"{task.spec.model.callable!r} does {operation}, which the reference evaluation does "
            "not define, so several jurors could count differently; a jury of one can judge this "
            "model"
        )
