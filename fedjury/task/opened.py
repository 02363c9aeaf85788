"""An opened task: contract, store, spec and model together, as jurors and clients need them."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import nn

from fedjury.chain.rpc.connection import Chain
from fedjury.errors import ModelError
from fedjury.protocol.digest import Digest
from fedjury.protocol.task_spec import TaskSpec
from fedjury.protocol.tensors import Shapes, Tensors, check_shapes, decode, shapes_of
from fedjury.protocol.update_tag import UpdateTag
from fedjury.runtime.patience import Patience
from fedjury.store import ContentStore
from fedjury.task.files import FETCH_TIMEOUT, fetch_required, fetch_spec
from fedjury.task.location import TaskLocation
from fedjury.task.models import build_model
from fedjury.task.on_chain import TaskOnChain
from fedjury.task.state import (
    ModelState,
    load_state,
    require_same_names,
    state_of_module,
    weights_of,
)


@dataclass(frozen=True)
class OpenedTask(TaskOnChain):
    """Everything about a task that does not change.

    Attributes:
        store: where the task's files are.
        spec: what the config's digest stands for.
        allowed_models: model callables beyond the built-in ones that this user trusts.
    """

    store: ContentStore
    spec: TaskSpec
    allowed_models: frozenset[str]

    @cached_property
    def model(self) -> nn.Module:
        """The spec's module with the state of the genesis file; nobody may change it.

        Raises:
            StoreUnavailable: the file cannot be had now.
            ModelError: the module cannot be built here, or is not the file's.
        """
        digest = self.config.genesis_digest
        # the file goes before the module comes, so that they are never in memory together
        state = self._genesis()
        model = build_model(self.spec.model, self.allowed_models, output=self.spec.output)
        try:
            require_same_names(model, state.whole)
            load_state(model, state.whole)
        except ModelError as error:
            raise ModelError(
                f"{self.spec.model.callable!r} on this machine is not the task's model, whose "
                f"state is {digest.cid}: {error}"
            ) from error
        return model

    @cached_property
    def shapes(self) -> Shapes:
        """Names and shapes of the federated tensors, as updates and models have them; the genesis
        file says them, so that no module is needed.

        Raises:
            StoreUnavailable, ModelError: as of `model`.
        """
        if "model" not in vars(self):
            return shapes_of(self._genesis().federated)
        state = state_of_module(self.model)
        return {name: tuple(state[name].shape) for name in self.spec.federated.names}

    def tag(self, round_number: int, client: str) -> UpdateTag:
        """What the metadata of a client's update has to say."""
        return UpdateTag(self.name, round_number, client)

    def fetch_model(self, digest: Digest, timeout: float = FETCH_TIMEOUT) -> Tensors:
        """The weights of a global model.

        Raises:
            StoreUnavailable: the file cannot be had now.
            ModelError: not safetensors, or other names, shapes or types than the spec's model.
        """
        if digest == self.config.genesis_digest:
            return self._first_weights(timeout)
        data = fetch_required(
            self.store, digest, self.spec.update.max_bytes, timeout, "global model"
        )
        try:
            tensors, _ = decode(data)
            check_shapes(tensors, self.shapes)
        except ValueError as error:
            raise ModelError(
                f"the global model {digest.cid} is not the spec's model: {error}"
            ) from error
        return tensors

    def _first_weights(self, timeout: float) -> Tensors:
        """The genesis's federated part: of the module, where that has it in the file's own type."""
        if "model" not in vars(self):
            return self._genesis(timeout).federated
        state, names = state_of_module(self.model), self.spec.federated.names
        if all(state[name].dtype == torch.float32 for name in names):
            return weights_of(self.model, names)
        return self._genesis(timeout).federated

    def _genesis(self, timeout: float = FETCH_TIMEOUT) -> ModelState:
        """What is in the genesis file."""
        digest = self.config.genesis_digest
        data = fetch_required(self.store, digest, self.spec.genesis_bytes, timeout, "genesis model")
        try:
            state = ModelState.from_bytes(data, self.spec.federated.names)
            check_shapes(state.federated, shapes_of(state.federated))
        except ValueError as error:
            raise ModelError(
                f"the genesis model {digest.cid} is not the spec's model: {error}"
            ) from error
        return state


def open_task(
    chain: Chain,
    store: ContentStore,
    address: str,
    from_block: int,
    allowed_models: Collection[str] = (),
    timeout: float = FETCH_TIMEOUT,
    with_model: bool = True,
) -> OpenedTask:
    """Open the task at an address: check the contract, fetch and check its spec.

    Args:
        from_block: the block that created the task, or an earlier one.
        allowed_models: model callables beyond the built-in ones that this user trusts.
        timeout: seconds to wait for the spec.
        with_model: whether the spec's model is needed; else nobody's code is run.

    Raises:
        ChainUnavailable, NoContract: as `FederatedTask.at`.
        StoreUnavailable: the spec cannot be had now; says which CID.
        SpecError, ModelError: the spec is not valid, or its model cannot be loaded here.
    """
    found = TaskOnChain.at(chain, address, from_block)
    spec = fetch_spec(store, found.config.spec_digest, timeout)
    task = OpenedTask(
        found.contract, found.config, from_block, store, spec, frozenset(allowed_models)
    )
    if with_model:
        _ = task.model  # one that cannot be loaded is said now, not in mid-round
    return task


def open_task_at(
    location: TaskLocation,
    allowed_models: Collection[str] | None,
    patience: Patience | None = None,
    with_model: bool = True,
    chain: Chain | None = None,
) -> OpenedTask:
    """Open the task at a location.

    Args:
        location: where it is.
        chain: that it is on, where somebody is connected already.
        allowed_models, with_model: as of `open_task`.
        patience: with services that refuse for a while; none by default.

    Raises:
        ConfigError: nobody said where the content store is.
        FedjuryError: as `Chain.connect`, `open_store` and `open_task`.
    """
    store = location.open_store(patience)
    return open_task(
        location.connect(patience) if chain is None else chain,
        store,
        location.task,
        location.from_block,
        allowed_models or (),
        with_model=with_model,
    )
