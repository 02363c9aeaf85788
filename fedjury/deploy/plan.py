"""What a deployment will be, worked out before anything is published or put on chain."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import nn

from fedjury.chain.rpc.block import BlockTag
from fedjury.data import Dataset, Samples
from fedjury.data.scheme import parse_scheme
from fedjury.data.verification import VerificationSet
from fedjury.deploy.draft import SpecDraft, SpecFacts, build_spec, choose_limits
from fedjury.deploy.extremes import notes_on_extremes
from fedjury.deploy.federated import choose_federated
from fedjury.deploy.notes import notes_on_shards, notes_on_slices, notes_on_terms
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

_SEVERAL = 3


@dataclass(frozen=True)
class DataSource:
    """Where a task's data come from, as the deployment file says it to clients.

    Attributes:
        name: the dataset's.
        partition: how the training part is shared among clients, see `fedjury.data.scheme`.
        partition_seed: of that sharing.
    """

    name: str
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
        confirmations: with which daemons read the chain, unless told otherwise.
    """

    draft: SpecDraft
    limits: RoundLimits
    members: Members
    data: DataSource
    confirmations: int | BlockTag = 0


@dataclass(frozen=True)
class TaskPlan:
    """A task's files.

    Attributes:
        spec: of the task.
        genesis: federated weights of the first model.
        rest: the state that is not federated.
        genesis_seed: the seed that gave the first model; None where it was screened and no draw
            beat constant answers.
        notes: sentences on what whoever deploys may not know of the model.
    """

    spec: TaskSpec
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
    """A task's files, rounds, members and data, and what daemons go by.

    Attributes:
        task: its files.
        limits: timing and size of the rounds.
        members: who takes part.
        data: where the data come from.
        confirmations: with which daemons read the chain, unless told otherwise.
        notes: sentences on what whoever deploys may not know of model, data and terms.
    """

    task: TaskPlan
    limits: RoundLimits
    members: Members
    data: DataSource
    confirmations: int | BlockTag = 0
    notes: Sequence[str] = ()


def plan_deployment(
    options: DeployOptions, verification: VerificationSpec, data: Dataset
) -> DeployPlan:
    """Work out a deployment; depends on nothing but what is given.

    Args:
        options: what is wanted.
        verification: what is public of the jury's samples, which nobody here sees.
        data: the coordinator's own, to try the model on.

    Raises:
        TransactionReverted: the contract would refuse, see `require_acceptable`.
        SpecError: the options make no valid task.
        ModelError: the model cannot be built, or is none that clients and jury can use.
        DataError: the two parts of the data do not fit together, or there is no such way to share
            them.
    """
    limits, members, source = options.limits, options.members, options.data
    require_acceptable(limits, members)
    parse_scheme(source.partition)
    task = plan_task(options.draft, verification, data)
    if len(members.jurors) > 1:
        check_defined(task, data.test)
    notes = [
        *task.notes,
        *notes_on_slices(data, verification.slices),
        *notes_on_shards(data, source.partition, members.roster.size),
        *notes_on_terms(task.spec, limits, members),
    ]
    return DeployPlan(task, limits, members, source, options.confirmations, notes)


def plan_task(
    draft: SpecDraft,
    verification: VerificationSpec,
    data: Dataset,
    screen: VerificationSet | None = None,
) -> TaskPlan:
    """Work out a task's files.

    Args:
        draft, verification, data: as of `plan_deployment`.
        screen: the jury's samples, where one party has both: then seeds are tried until the first
            model is no worse on them than a constant answer, see `choose_first_model`.

    Raises:
        SpecError, ModelError, DataError: as `plan_deployment`.
    """
    labels = choose_labels(draft, data)
    tried = try_model(draft, data, labels)
    federated = choose_federated(tried.model, tried.changed, draft.include, draft.exclude)
    names = federated.names
    state = ModelState.of(tried.model, names)
    limits = choose_limits(draft, state.federated, tried.largest(names))
    spec = build_spec(draft, SpecFacts(federated, state.size(), labels, limits, verification))
    tried.require_within(names, spec.update)
    genesis, seed = _first_model(draft, tried, state, screen)
    rehearse(tried.model, state.federated, tried.update(names), spec, data.test)
    notes = [*_notes(tried, labels), *notes_on_extremes(tried.model, genesis, spec, data.test)]
    return TaskPlan(spec, genesis, state.rest, seed, notes)


def _first_model(
    draft: SpecDraft, tried: TriedModel, state: ModelState, screen: VerificationSet | None
) -> tuple[Tensors, int | None]:
    """The first model's weights and their seed; arguments as of `plan_task`."""
    first, names = draft.genesis_seed, list(state.federated)
    if screen is None:
        return state.federated, first
    return choose_first_model(
        tried.model,
        screen,
        first,
        lambda number: (
            state.federated if number == first else weights_of(tried.draw(number), names)
        ),
    )


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


def check_defined(task: TaskPlan, samples: Samples) -> None:
    """Make sure that several jurors find the same of the model, before it is put on chain.

    Args:
        task: whose model it is.
        samples: that the model takes; a few of them are tried.

    Raises:
        ModelError: some operation has no definition in the reference evaluation.
    """
    some = samples.take(torch.arange(min(_SEVERAL, len(samples))))
    evaluator = Evaluator(task.build_model(), VerificationSet(some, bytes(32)), alone=True)
    if operation := evaluator.undefined:
        raise ModelError(
            f"{task.spec.model.callable!r} does {operation}, which the reference evaluation does "
            "not define, so several jurors could count differently; a jury of one can judge this "
            "model"
        )
