"""An opened task: its contract, store and spec together, as oracle and clients need them."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from torch import nn

from fedjury.chain.connection import Chain
from fedjury.chain.federated_task import FederatedTask
from fedjury.chain.types import Config
from fedjury.errors import ContentError, ModelError, StoreUnavailable
from fedjury.models import build_model, weights_of
from fedjury.spec import MAX_SPEC_BYTES, TaskSpec
from fedjury.store import ContentStore, cid_of
from fedjury.tensors import Shapes, Tensors, check_shapes, decode, shapes_of
from fedjury.updates import UpdateTag, task_name

FETCH_TIMEOUT = 60.0


@dataclass(frozen=True)
class OpenedTask:
    """Everything about a task that does not change.

    Attributes:
        contract: the task's contract.
        store: where its files are.
        config: the contract's settings.
        spec: what the config's digest stands for.
        allowed_models: model callables beyond the built-in ones that this user trusts.
    """

    contract: FederatedTask
    store: ContentStore
    config: Config
    spec: TaskSpec
    allowed_models: frozenset[str]

    @property
    def chain(self) -> Chain:
        """The chain that the contract is on."""
        return self.contract.chain

    @cached_property
    def name(self) -> str:
        """``eip155:<chain id>:<address>``."""
        return task_name(self.chain.chain_id, self.contract.address)

    @cached_property
    def shapes(self) -> Shapes:
        """Names and shapes of the model's tensors."""
        return shapes_of(weights_of(self.build_model()))

    def build_model(self) -> nn.Module:
        """A fresh module of the spec's model."""
        return build_model(self.spec.model, self.allowed_models)

    def tag(self, round_number: int, client: str) -> UpdateTag:
        """What the metadata of a client's update has to say."""
        return UpdateTag(self.name, round_number, client)

    def fetch_model(self, digest: bytes, timeout: float = FETCH_TIMEOUT) -> Tensors:
        """The weights of a global model.

        Raises:
            StoreUnavailable: the file cannot be had now.
            ModelError: the file is not this model's.
        """
        data = _fetch(self.store, digest, self.spec.update.max_bytes, timeout, "global model")
        return self.decode_model(data, cid_of(digest))

    def decode_model(self, data: bytes, what: str) -> Tensors:
        """The weights in a global model's file.

        Raises:
            ModelError: not safetensors, or other names, shapes or types than the spec's model.
        """
        try:
            tensors, _ = decode(data)
            check_shapes(tensors, self.shapes)
        except ValueError as error:
            raise ModelError(f"the global model {what} is not the spec's model: {error}") from error
        return tensors


def open_task(
    chain: Chain,
    store: ContentStore,
    address: str,
    allowed_models: Collection[str] = (),
    timeout: float = FETCH_TIMEOUT,
) -> OpenedTask:
    """Open the task at an address: check the contract, fetch and check its spec.

    Raises:
        ChainUnavailable, NoContract: as `FederatedTask.at`.
        StoreUnavailable: the spec cannot be had now; says which CID.
        SpecError, ModelError: the spec is not valid, or its model cannot be loaded here.
    """
    contract = FederatedTask.at(chain, address)
    config = contract.config()
    data = _fetch(store, config.spec_digest, MAX_SPEC_BYTES, timeout, "task's spec")
    spec = TaskSpec.from_bytes(data)
    task = OpenedTask(contract, store, config, spec, frozenset(allowed_models))
    _ = task.shapes  # a model that cannot be loaded is said now, not in mid-round
    return task


def _fetch(store: ContentStore, digest: bytes, max_bytes: int, timeout: float, what: str) -> bytes:
    # Without these files nothing can be done, and whoever published them may yet come back.
    try:
        return store.fetch(digest, max_bytes, timeout)
    except ContentError as error:
        raise StoreUnavailable(
            f"the {what} {cid_of(digest)} cannot be had from {store.name}: {error}"
        ) from error
