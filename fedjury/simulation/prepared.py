"""What a scenario starts from, the same with a chain and without: data, files, everyone's part.

In every round the honest clients act first, in order of their index, then those that the adversary
controls. A round's updates stand in this order, or by index where a relay sorts them: both kinds of
run keep to it and so give the same bytes.
"""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from torch import nn

from fedjury.clients.adversary import Adversary
from fedjury.clients.attacks.backdoor import backdoor
from fedjury.clients.attacks.registry import ATTACKS, find_attack
from fedjury.clients.local_state import StatesInMemory
from fedjury.clients.local_trainer import LocalTrainer
from fedjury.clients.training import Trainer
from fedjury.data import Dataset, Samples
from fedjury.data.split import partition, split_test
from fedjury.data.verification import VerificationSet
from fedjury.deploy.draft import SpecDraft
from fedjury.deploy.plan import TaskPlan, plan_task
from fedjury.models import mlp
from fedjury.protocol.task_spec import CallableSpec
from fedjury.simulation.held_out import HeldOut, Trigger
from fedjury.simulation.jury_samples import commit, make_slices
from fedjury.simulation.scenario import DEFAULT_MODEL, Scenario
from fedjury.simulation.surrogate import Surrogate


@dataclass(frozen=True)
class PreparedScenario:
    """A scenario made ready to run.

    Attributes:
        scenario: the settings.
        dataset: what `scenario.data` names.
        task: the task's spec and the first model.
        slices: the jury's samples, see `fedjury.simulation.jury_samples`.
        held_out: test samples that neither clients nor jury ever see, to measure models on.
        controlled: for each round from 1 the indexes of the clients that the adversary controls.
    """

    scenario: Scenario
    dataset: Dataset
    task: TaskPlan
    slices: Sequence[VerificationSet]
    held_out: HeldOut
    controlled: dict[int, frozenset[int]]

    def order(self, number: int) -> list[int]:
        """The indexes of the clients that take part in a round, in the order they act in."""
        controlled = self.controlled[number]
        honest = [index for index in range(self.scenario.clients) if index not in controlled]
        if self.scenario.exclude_adversaries:
            return honest
        return honest + sorted(controlled)

    def submitted(self, number: int) -> list[int]:
        """The same clients in the order of the round's updates.

        A batch is sorted by address. Whoever gives clients addresses lets these ascend with the
        clients' indexes.
        """
        order = self.order(number)
        return sorted(order) if self.scenario.relay else order

    def build_model(self) -> nn.Module:
        """A module with the state that the task begins with; whoever writes the scenario vouches
        for it."""
        return self.task.build_model()

    @cached_property
    def trainers(self) -> list[Trainer]:
        """What each client does with a round's model, by index."""
        scenario, training = self.scenario, self.task.spec.training
        shards = partition(self.dataset.train, scenario.clients, scenario.seed, scenario.partition)
        seeds = [scenario.client_seed(index) for index in range(scenario.clients)]
        states = [StatesInMemory(self.task.spec.federated.local) for _ in shards]
        model = self.build_model()
        if scenario.exclude_adversaries or not scenario.controlled:
            parts = zip(shards, seeds, states, strict=True)
            return [LocalTrainer(model, shard, training, seed, kept) for shard, seed, kept in parts]
        adversary = Adversary(
            find_attack(scenario.attack.name, scenario.attack.parameters),
            self.dataset.classes,
            lambda number: sorted(self.controlled[number]),
            shards,
            model,
            training,
            seeds,
            self._surrogate(shards),
            states,
        )
        return [adversary.trainer(index) for index in range(scenario.clients)]

    def _surrogate(self, shards: Sequence[Samples]) -> Surrogate | None:
        needed = ATTACKS[self.scenario.attack.name].needs_rule
        if not needed:
            return None
        return Surrogate(self.task.spec, self.build_model(), self.controlled, shards)


def prepare(scenario: Scenario, dataset: Dataset, salt: bytes | None = None) -> PreparedScenario:
    """Split the data, draw first model and adversary.

    Args:
        scenario: the settings.
        dataset: what `scenario.data` names.
        salt: 32 bytes for the jury's samples; None takes some that follow from the seed, so that a
            run can be made again.

    Raises:
        FedjuryError: the settings make no task, or the model does not take the data.
    """
    judged, unseen = split_test(dataset.test, scenario.split_seed)
    slices = make_slices(scenario, judged, salt)
    draft = SpecDraft(
        name=f"{scenario.rule.name} on {dataset.name}",
        model=fitting_model(scenario.model, dataset),
        lam=scenario.lam,
        rule=scenario.rule,
        training=scenario.training.model_dump(),
        genesis_seed=scenario.seed,
    )
    task = plan_task(draft, commit(slices), dataset, screen=slices[0])
    held_out = HeldOut(task.build_model(), unseen, _trigger_of(scenario))
    return PreparedScenario(scenario, dataset, task, slices, held_out, scenario.draw_controlled())


def _trigger_of(scenario: Scenario) -> Trigger | None:
    """The backdoor's trigger, if the scenario's attack is one."""
    if scenario.attack.name != "backdoor" or not scenario.controlled:
        return None
    if scenario.exclude_adversaries:
        return None
    known = inspect.signature(backdoor).parameters
    chosen = {name: each.default for name, each in known.items()} | scenario.attack.parameters
    return Trigger(chosen["target"], chosen["position"], chosen["size"])


def fitting_model(model: CallableSpec, dataset: Dataset) -> CallableSpec:
    """The default model with as many inputs and outputs as the data have; others as they are."""
    if model != DEFAULT_MODEL:
        return model
    sizes = {"inputs": dataset.train.x[0].numel(), "outputs": dataset.classes}
    default = inspect.signature(mlp).parameters
    other = {key: size for key, size in sizes.items() if size != default[key].default}
    return CallableSpec(callable=model.callable, arguments=other)
