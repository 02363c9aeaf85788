"""Where a task is: the deployment file, and options that win over it."""

from pathlib import Path

import pytest

from fedjury.errors import ConfigError
from fedjury.task.location import find_location
from tests.support.example_deployment import deployment


def test_options_win_over_the_deployment_file(tmp_path: Path) -> None:
    path = tmp_path / "deployment.json"
    deployment().save(path)
    assert find_location(path, None, None).rpc == "http://127.0.0.1:8545"
    assert find_location(path, None, None).from_block == 3
    chosen = find_location(path, ["http://other"], ["dir:other"], None, 0)
    assert (chosen.rpc, chosen.store, chosen.from_block) == ("http://other", "dir:other", 0)
    alone = find_location(tmp_path / "none", ["http://other"], ["dir:other"], "0x12")
    assert (alone.task, alone.from_block, alone.deployment) == ("0x12", 0, None)


def test_an_address_alone_does_not_say_where_the_task_is(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--rpc"):
        find_location(tmp_path / "none", None, None, "0x12")
