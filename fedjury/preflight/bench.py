"""What the checks share, each thing opened once."""

from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

from eth_account.signers.local import LocalAccount

from fedjury.chain.contracts.types import Overview
from fedjury.chain.rpc.block import BlockTag
from fedjury.chain.rpc.connection import Chain
from fedjury.errors import FedjuryError, WrongChain
from fedjury.oracle.slices import RECEIVED, Slices
from fedjury.preflight.finding import CannotCheck
from fedjury.preflight.once import Once
from fedjury.preflight.subject import Role, Subject
from fedjury.protocol.task_spec import TaskSpec
from fedjury.protocol.tensors import Tensors
from fedjury.store import ContentStore, without_secrets
from fedjury.task.files import fetch_spec
from fedjury.task.on_chain import TaskOnChain
from fedjury.task.opened import OpenedTask
from fedjury.task.timing import choose_confirmations

NO_ADDRESS = "no account was named: say --keystore or --address"
NO_STORE = "no content store was named: say --store"
T = TypeVar("T")


class Bench:
    """Opens what checks look at when the first of them asks for it.

    Args:
        subject: what is checked.

    Attributes:
        subject: the same.
    """

    def __init__(self, subject: Subject) -> None:
        self.subject = subject

    @cached_property
    def chains(self) -> dict[str, Once[Chain]]:
        """A connection to each RPC endpoint, by its URL; one of another chain is an error."""
        named = self.subject.place.rpcs
        return {
            url: Once("the endpoint", partial(self._connect, url, number))
            for number, url in enumerate(named, 1)
        }

    @cached_property
    def stores(self) -> dict[str, Once[ContentStore]]:
        """Each content store that answers, by its location without secrets."""
        named = self.subject.place.stores
        return {
            without_secrets(each): Once("the store", partial(self._open_store, each, number))
            for number, each in enumerate(named, 1)
        }

    @cached_property
    def chain(self) -> Once[Chain]:
        """The first endpoint that serves the chain."""
        return Once("the chain", self._first_chain)

    @cached_property
    def task(self) -> Once[TaskOnChain]:
        """The task, by that endpoint."""
        return Once("the task's contract", lambda: self.task_on(self.chain.need()))

    @cached_property
    def overview(self) -> Once[Overview]:
        """What the contract says to the account, or where none is named to nobody."""
        return Once("the contract's overview", self._overview)

    @cached_property
    def store(self) -> Once[ContentStore]:
        """The first content store that answers."""
        return Once("the content store", self._first_store)

    @cached_property
    def spec(self) -> Once[TaskSpec]:
        """The task's spec."""
        return Once("the task's spec", self._spec)

    @cached_property
    def opened(self) -> Once[OpenedTask]:
        """The task with its model."""
        return Once("the task's model", self._opened)

    @cached_property
    def weights(self) -> Once[Tensors]:
        """Of the current global model."""
        return Once("the current model", self._weights)

    @cached_property
    def account(self) -> Once[LocalAccount]:
        """The account of the keystore."""
        return Once("the key", self._account)

    @cached_property
    def address(self) -> Once[str]:
        """The account's address."""
        return Once("the account", self._address)

    @cached_property
    def slices(self) -> Once[Slices]:
        """The jury's samples that are at hand."""
        return Once("the jury's samples", self._slices)

    @property
    def is_one_of_several(self) -> bool:
        """Whether the role is a juror's, of a jury whose jurors give each other slices."""
        return self.subject.role is Role.JUROR and self.overview.need().jury.size > 1

    @property
    def confirmations(self) -> int | BlockTag:
        """With which the role's daemon reads the chain."""
        own = self.subject.own
        return choose_confirmations(self.subject.place.deployment, own.confirmations)

    def task_on(self, chain: Chain) -> TaskOnChain:
        """The task, by one endpoint.

        Raises:
            ChainUnavailable, NoContract: as `TaskOnChain.at`.
        """
        place = self.subject.place
        return self.subject.reach.find_task(chain, place.task, place.from_block)

    def _connect(self, url: str, number: int) -> Chain:
        chain, wanted = self.subject.reach.connect(url, number), self.subject.place.chain_id
        if wanted not in (None, chain.chain_id):
            raise WrongChain(f"it serves chain {chain.chain_id}, not {wanted}")
        return chain

    def _open_store(self, location: str, number: int) -> ContentStore:
        store = self.subject.reach.open_store(location, number)
        store.check()
        return store

    def _first_chain(self) -> Chain:
        return _first(list(self.chains.values()))

    def _first_store(self) -> ContentStore:
        if not self.stores:
            raise CannotCheck(NO_STORE)
        return _first(list(self.stores.values()))

    def _overview(self) -> Overview:
        own = self.subject.own
        named = own.address is not None or own.open_account is not None
        account = self.address.need() if named else "0x" + "00" * 20
        return self.task.need().contract.overview(account)

    def _spec(self) -> TaskSpec:
        config = self.task.need().config
        return fetch_spec(self.store.need(), config.spec_digest)

    def _opened(self) -> OpenedTask:
        found = self.task.need()
        task = OpenedTask(
            found.contract,
            found.config,
            found.from_block,
            self.store.need(),
            self.spec.need(),
            self.subject.own.allowed_models,
        )
        _ = task.model
        return task

    def _weights(self) -> Tensors:
        return self.opened.need().fetch_model(self.overview.need().round.model_digest)

    def _account(self) -> LocalAccount:
        if self.subject.own.open_account is None:
            raise CannotCheck("no keystore was named: say --keystore")
        return self.subject.own.open_account()

    def _address(self) -> str:
        if self.subject.own.address is not None:
            return self.subject.own.address
        if self.subject.own.open_account is None:
            raise CannotCheck(NO_ADDRESS)
        return self.account.need().address

    def _slices(self) -> Slices:
        own, spec, received = self.subject.own, self.spec.need(), self._received()
        if own.verification:
            return Slices.read(spec, own.verification, received)
        return Slices.among(spec, own.beside, received)

    def _received(self) -> Path | None:
        """Where the juror's daemon keeps slices that others of its jury give; None for nobody."""
        directory = self.subject.own.work_directory
        if directory is None or not self.is_one_of_several:
            return None
        return directory(self.address.need()) / RECEIVED


def _first(candidates: list[Once[T]]) -> T:
    """The first that is there.

    Raises:
        FedjuryError: none is; says why of the last.
    """
    *others, last = candidates
    for each in others:
        try:
            return each.get()
        except FedjuryError:
            continue
    return last.get()
