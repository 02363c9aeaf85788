"""State that each client keeps to itself from round to round, such as a head of its own.

Its names stand in the spec (`federated.local`). Jury and newcomers have the genesis's values of it.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Protocol

import torch
from torch import nn

from fedjury.clients.events import LocalStateLost
from fedjury.errors import ModelError
from fedjury.protocol.tensors import Tensors, decode, encode, settle_, shapes_of
from fedjury.runtime.events import Listener
from fedjury.runtime.files import keep_whole
from fedjury.task.state import state_of_module

# After a reorganization either of the last two rounds can be trained anew, from the state before.
_KEPT = 3


class LocalStates(Protocol):
    """One client's local state, by the round whose training left it."""

    @property
    def names(self) -> Collection[str]:
        """Which tensors of the model it consists of; none where clients keep nothing."""

    def before(self, round_number: int) -> Tensors:
        """What the latest round before this one left, each in the model's own type.

        Empty where nothing is kept: then the genesis's values are the client's.
        """

    def keep(self, round_number: int, state: Tensors) -> None:
        """Keep what a round left, in place of what it and later ones left before."""


class StatesInMemory:
    """Local state that ends with the process, as simulations need it.

    Args:
        names: of the tensors.
    """

    def __init__(self, names: Collection[str] = ()) -> None:
        self.names = tuple(names)
        self._kept: dict[int, Tensors] = {}

    def before(self, round_number: int) -> Tensors:
        """See `LocalStates`."""
        earlier = [number for number in self._kept if number < round_number]
        return self._kept[max(earlier)] if earlier else {}

    def keep(self, round_number: int, state: Tensors) -> None:
        """See `LocalStates`."""
        if self.names:
            numbers = _worth_keeping(self._kept, round_number)
            self._kept = {each: self._kept[each] for each in numbers}
            self._kept[round_number] = state


class StatesOnDisk:
    """Local state in a client's work directory: ``local-<round>.safetensors``.

    Args:
        directory: of one client and task.
        model: the task's module, whose shapes and types the state has.
        names: of the tensors.
        listener: is told of a file that cannot be used.

    Raises:
        ModelError: the model has no such tensor.
    """

    def __init__(
        self, directory: Path, model: nn.Module, names: Collection[str], listener: Listener
    ) -> None:
        self.names = tuple(names)
        self._directory, self._listener = directory, listener
        self._wanted = _named(model, names)

    def before(self, round_number: int) -> Tensors:
        """See `LocalStates`; a damaged file is passed over for the one before it.

        Raises:
            OSError: a file is there and cannot be read.
        """
        for number in reversed([each for each in self._rounds() if each < round_number]):
            try:
                return self._read(number)
            except ValueError as error:
                self._listener(LocalStateLost(round=number, reason=str(error)))
        return {}

    def keep(self, round_number: int, state: Tensors) -> None:
        """See `LocalStates`.

        Raises:
            DiskUnwritable: the file cannot be written; what was kept before is as it was.
        """
        if not self.names:
            return
        keep_whole(self._path(round_number), encode(state))
        before = self._rounds()
        for number in {*before} - {round_number, *_worth_keeping(before, round_number)}:
            self._path(number).unlink(missing_ok=True)

    def _read(self, number: int) -> Tensors:
        state, _ = decode(self._path(number).read_bytes())
        types = [{name: each.dtype for name, each in one.items()} for one in (state, self._wanted)]
        if shapes_of(state) != shapes_of(self._wanted) or types[0] != types[1]:
            raise ValueError("it is not the model's: other names, shapes or types")
        return state

    def _rounds(self) -> list[int]:
        """The rounds of which there is a file, in order; none where nothing is to be kept."""
        if not self.names:
            return []
        paths = list(self._directory.glob("local-*.safetensors"))
        words = [path.stem.removeprefix("local-") for path in paths]
        numbers = [int(word) for word in words if word.isascii() and word.isdecimal()]
        return sorted(number for number in numbers if self._path(number) in paths)

    def _path(self, number: int) -> Path:
        return self._directory / f"local-{number}.safetensors"


def local_state(model: nn.Module, names: Collection[str]) -> Tensors:
    """A copy of a module's local state, as a file would give it back.

    Raises:
        ModelError: the model has no such tensor.
    """
    own = _named(model, names)
    copies = {name: each.detach().to("cpu", copy=True).contiguous() for name, each in own.items()}
    for tensor in copies.values():
        if tensor.dtype == torch.float32:
            settle_(tensor)
    return copies


def _named(model: nn.Module, names: Collection[str]) -> Tensors:
    state = state_of_module(model)
    if missing := [name for name in names if name not in state]:
        raise ModelError(f"the spec has {missing[0]!r} kept by clients, and the model lacks it")
    return {name: state[name] for name in names}


def _worth_keeping(rounds: Collection[int], newest: int) -> list[int]:
    """Of the rounds before the newest, those that are still of use."""
    before = sorted(each for each in rounds if each < newest)
    return before[-(_KEPT - 1) :]
