"""The directory of a live run: an earlier run goes, keys that may be worth something do not."""

from pathlib import Path

import pytest

from fedjury.devnet.status import DevnetFile, Settings
from fedjury.errors import ConfigError
from fedjury.simulation.live.room import (
    Room,
    deployment_file,
    devnet_directory,
    keys_directory,
    require_room,
)
from tests.support.example_deployment import deployment

DEVNET_PORT = 41234


def earlier_run(directory: Path, rpc: str | None) -> Path:
    """Something like a run, with the key of one account.

    Args:
        directory: for it.
        rpc: where its task is; None where it has come to none.
    """
    keys = keys_directory(directory)
    keys.mkdir(parents=True)
    (keys / "0x1.json").write_text("a key")
    (directory / "accuracy.png").write_text("a picture")
    if rpc is not None:
        deployment().model_copy(update={"rpc": rpc}).save(deployment_file(directory))
    return directory


def with_devnet(directory: Path) -> Path:
    """The run with a devnet, which is down."""
    settings = Settings(
        accounts=1,
        chain_id=1337,
        block_time=None,
        chain_port=DEVNET_PORT,
        ipfs_port=DEVNET_PORT + 1,
        chain="ganache",
        ipfs="kubo",
        node_modules=None,
    )
    DevnetFile(settings).save(devnet_directory(directory))
    return directory


def everything_beside(directory: Path) -> list[str]:
    return sorted(each.name for each in directory.parent.iterdir())


def test_keys_of_a_chain_that_went_with_its_run_go_too(tmp_path: Path) -> None:
    embedded = earlier_run(tmp_path / "embedded", "embedded")
    devnet = with_devnet(earlier_run(tmp_path / "devnet", rpc=f"http://127.0.0.1:{DEVNET_PORT}"))
    for directory in (embedded, devnet):
        Room(directory).keep()
        assert list(directory.iterdir()) == []
    assert everything_beside(embedded) == ["devnet", "embedded"]


@pytest.mark.parametrize("rpc", ["https://rpc.example/v3/token", None])
def test_keys_of_any_other_chain_are_moved_beside_the_run(tmp_path: Path, rpc: str | None) -> None:
    directory = tmp_path / "run"
    for number in (1, 2):
        earlier_run(directory, rpc)
        Room(directory).keep()
        assert list(directory.iterdir()) == []
        moved = tmp_path / f"run-keys-{number}"
        assert [each.read_text() for each in moved.iterdir()] == ["a key"]
    assert everything_beside(directory) == ["run", "run-keys-1", "run-keys-2"]


def test_a_devnet_that_was_there_for_its_store_alone_says_nothing_of_the_chain(
    tmp_path: Path,
) -> None:
    directory = with_devnet(earlier_run(tmp_path / "run", "https://rpc.example"))
    Room(directory).keep()
    assert everything_beside(directory) == ["run", "run-keys-1"]


def test_files_that_are_damaged_save_the_keys(tmp_path: Path) -> None:
    directory = earlier_run(tmp_path / "run", None)
    deployment_file(directory).write_text("{")
    Room(directory).keep()
    assert everything_beside(directory) == ["run", "run-keys-1"]


def test_there_is_room_where_nothing_is_or_an_earlier_run(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for directory in (tmp_path / "none", empty, earlier_run(tmp_path / "run", "embedded")):
        require_room(directory)
    assert (tmp_path / "run" / "accuracy.png").exists()
    Room(tmp_path / "deep" / "none").keep()
    assert (tmp_path / "deep" / "none").is_dir()


def test_there_is_no_room_where_something_else_is(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "directory").mkdir()
    (tmp_path / "directory" / "notes.txt").touch()
    for name in ("file", "directory"):
        with pytest.raises(ConfigError, match=f"{name} exists and holds no run: say another name"):
            require_room(tmp_path / name)


def test_what_was_there_before_comes_back_where_a_run_comes_to_nothing(tmp_path: Path) -> None:
    earlier = earlier_run(tmp_path / "run", "https://rpc.example")
    empty, none = tmp_path / "empty", tmp_path / "deep" / "none"
    empty.mkdir()
    for directory in (earlier, empty, none):
        room = Room(directory)
        assert list(directory.iterdir()) == []
        keys_directory(directory).mkdir()
        room.give_back(save_keys=False)
    assert (keys_directory(earlier) / "0x1.json").read_text() == "a key"
    assert (earlier / "accuracy.png").read_text() == "a picture"
    assert list(empty.iterdir()) == []
    assert everything_beside(earlier) == ["empty", "run"]


def test_keys_of_a_run_that_comes_to_nothing_can_be_saved(tmp_path: Path) -> None:
    directory = tmp_path / "deep" / "run"
    room = Room(directory)
    keys_directory(directory).mkdir()
    (keys_directory(directory) / "0x2.json").write_text("another key")
    room.give_back(save_keys=True)
    assert everything_beside(directory) == ["run-keys-1"]
    assert (tmp_path / "deep" / "run-keys-1" / "0x2.json").read_text() == "another key"
