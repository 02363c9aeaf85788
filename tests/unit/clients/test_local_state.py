"""What a client keeps to itself from round to round, in memory and on disk."""

from pathlib import Path

import pytest
import torch

from fedjury.clients.events import LocalStateLost
from fedjury.clients.local_state import LocalStates, StatesInMemory, StatesOnDisk, local_state
from fedjury.errors import DiskUnwritable, ModelError
from fedjury.protocol.tensors import Tensors, encode
from tests.support.personal import LOCAL, personal
from tests.support.recorder import Recorder

MODEL = personal()


def _state(number: int) -> Tensors:
    """A state that says which round it is of."""
    state = local_state(MODEL, LOCAL)
    state["head.bias"] = torch.full((3,), float(number))
    state["norm.num_batches_tracked"] = torch.tensor(number)
    return state


def _round_of(state: Tensors) -> int | None:
    """The round that a state is of; None for the genesis's."""
    return int(state["norm.num_batches_tracked"]) if state else None


def _on_disk(directory: Path, listener: Recorder | None = None) -> StatesOnDisk:
    return StatesOnDisk(directory, MODEL, LOCAL, listener or Recorder())


@pytest.fixture(params=["memory", "disk"])
def states(request: pytest.FixtureRequest, tmp_path: Path) -> LocalStates:
    return StatesInMemory(LOCAL) if request.param == "memory" else _on_disk(tmp_path)


def test_at_first_there_is_nothing_but_the_genesis(states: LocalStates) -> None:
    assert states.before(1) == {}
    assert states.before(9) == {}


def test_a_round_starts_from_what_the_latest_one_before_it_left(states: LocalStates) -> None:
    states.keep(2, _state(2))
    states.keep(5, _state(5))
    assert [_round_of(states.before(number)) for number in (2, 3, 5, 6, 9)] == [None, 2, 2, 5, 5]


def test_it_comes_back_to_the_bit_and_in_its_own_types(states: LocalStates) -> None:
    states.keep(1, _state(1))
    assert encode(states.before(2)) == encode(_state(1))
    assert states.before(2)["norm.num_batches_tracked"].dtype == torch.int64


def test_either_of_the_last_two_rounds_can_be_trained_anew(states: LocalStates) -> None:
    for number in (1, 2, 3, 4, 5):
        states.keep(number, _state(number))
    assert [_round_of(states.before(number)) for number in (5, 4, 3)] == [4, 3, None]


def test_a_round_that_is_trained_anew_ends_what_followed_it(states: LocalStates) -> None:
    for number in (1, 2, 3):
        states.keep(number, _state(number))
    again = {**_state(2), "head.bias": torch.full((3,), 7.0)}
    states.keep(2, again)
    assert encode(states.before(4)) == encode(again)
    assert _round_of(states.before(2)) == 1


def test_where_clients_keep_nothing_no_file_is_written(tmp_path: Path) -> None:
    for states in (StatesInMemory(), StatesOnDisk(tmp_path, MODEL, [], Recorder())):
        states.keep(1, {})
        assert states.before(2) == {}
    assert list(tmp_path.iterdir()) == []


def test_another_process_goes_on_from_the_files(tmp_path: Path) -> None:
    _on_disk(tmp_path).keep(3, _state(3))
    assert _round_of(_on_disk(tmp_path).before(4)) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["local-3.safetensors"]


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"no safetensors",
        encode(_state(2))[:-1],
        encode({"head.bias": torch.zeros(3)}),
        encode({**_state(2), "head.bias": torch.zeros(4)}),
        encode({**_state(2), "norm.num_batches_tracked": torch.tensor(2.0)}),
        encode({**_state(2), "more": torch.zeros(1)}),
    ],
    ids=["empty", "other", "cut off", "missing", "shape", "type", "more"],
)
def test_a_damaged_file_is_told_of_and_passed_over(tmp_path: Path, damage: bytes) -> None:
    told = Recorder()
    states = _on_disk(tmp_path, told)
    states.keep(1, _state(1))
    states.keep(2, _state(2))
    (tmp_path / "local-2.safetensors").write_bytes(damage)
    assert _round_of(states.before(3)) == 1
    (lost,) = told.of(LocalStateLost)
    assert lost.round == 2
    assert lost.sentence.startswith("round 2: the local state kept then cannot be used (")


def test_with_no_sound_file_left_it_is_the_genesis_again(tmp_path: Path) -> None:
    told = Recorder()
    (tmp_path / "local-1.safetensors").write_bytes(b"damage")
    assert _on_disk(tmp_path, told).before(2) == {}
    assert told.names == ["local-state-lost"]


def test_files_of_other_names_are_left_alone(tmp_path: Path) -> None:
    names = {"local-mine.safetensors", "local-01.safetensors", "local-.safetensors", "local-²"}
    for name in names:
        (tmp_path / name).touch()
    states = _on_disk(tmp_path)
    assert states.before(9) == {}
    for number in range(1, 6):
        states.keep(number, _state(number))
    assert names < {path.name for path in tmp_path.iterdir()}


def test_a_write_that_was_cut_off_leaves_what_was_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = _on_disk(tmp_path)
    states.keep(1, _state(1))

    def power_cut(_: int) -> None:
        raise OSError("power cut")

    monkeypatch.setattr("os.fsync", power_cut)
    with pytest.raises(DiskUnwritable, match="power cut"):
        states.keep(2, _state(2))
    assert _round_of(states.before(3)) == 1


def test_a_name_that_the_model_lacks_is_a_sentence(tmp_path: Path) -> None:
    for make in (
        lambda: StatesOnDisk(tmp_path, MODEL, ["neck"], Recorder()),
        lambda: local_state(MODEL, ["neck"]),
    ):
        with pytest.raises(ModelError, match=r"'neck'.* the model lacks it"):
            make()
