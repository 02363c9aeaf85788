"""The configuration file."""

from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup

from fedjury.cli.app import root_command
from fedjury.cli.config_file import default_map
from fedjury.errors import ConfigError


def _root() -> TyperGroup:
    command = root_command()
    assert isinstance(command, TyperGroup)
    return command


def _read(tmp_path: Path, text: str) -> dict[str, Any]:
    path = tmp_path / "fedjury.toml"
    path.write_text(text, encoding="utf-8")
    return default_map(path, _root())


def test_a_key_at_the_top_holds_for_every_command_that_has_it(tmp_path: Path) -> None:
    found = _read(tmp_path, 'rpc = "http://node"\npoll = 5.0')
    assert found["oracle"] == {"rpc": ["http://node"], "poll": 5.0}
    assert found["status"] == {"rpc": ["http://node"]}
    assert found["keystore"] == {"new": {}, "address": {}}


def test_several_endpoints_hold_for_all_commands_and_deploy_takes_the_first(
    tmp_path: Path,
) -> None:
    found = _read(tmp_path, 'rpc = ["http://a", "http://b"]')
    assert found["relay"] == {"rpc": ["http://a", "http://b"]}
    assert found["deploy"] == {"rpc": "http://a"}


def test_a_table_holds_for_its_command_and_wins(tmp_path: Path) -> None:
    found = _read(tmp_path, "threads = 1\n[oracle]\nthreads = 4")
    assert found["oracle"] == {"threads": 4}
    assert found["client"] == {"threads": 1}


def test_a_table_wins_whichever_way_the_option_is_written(tmp_path: Path) -> None:
    found = _read(tmp_path, "max-fee-gwei = 1\n[oracle]\nmax_fee_gwei = 4")
    assert found["oracle"] == {"max_fee_gwei": 4}


def test_tables_nest_like_the_commands(tmp_path: Path) -> None:
    text = 'directory = "a"\n[devnet]\naccounts = 5\n[devnet.up]\naccounts = 7\nchain-id = 3'
    found = _read(tmp_path, text)["devnet"]
    assert found["up"] == {"directory": "a", "accounts": 7, "chain_id": 3}
    assert found["down"] == {"directory": "a"}


@pytest.mark.parametrize(
    ("text", "parameter", "value"),
    [("lambda = 0.25", "lam", 0.25), ("lam = 0.25", "lam", 0.25), ("json = true", "as_json", True)],
)
def test_options_are_called_as_on_the_command_line(
    tmp_path: Path, text: str, parameter: str, value: object
) -> None:
    assert _read(tmp_path, f"[deploy]\n{text}")["deploy"] == {parameter: value}


def test_an_empty_file_gives_nothing(tmp_path: Path) -> None:
    assert _read(tmp_path, "")["oracle"] == {}


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("colour = 1", "colour"),
        ("[oracles]\nrpc = 'x'", "oracles"),
        ("[oracle]\nrcp = 'x'", "rcp"),
        ("[status]\npoll = 1.0", "poll"),
        ("oracle = 3", "oracle"),
        ("[devnet]\nrpc = 'x'", "rpc"),
        ("[devnet.sideways]\naccounts = 1", "sideways"),
        ("[devnet.down]\naccounts = 1", "accounts"),
        ("[oracle.inner]\nrpc = 'x'", "inner"),
    ],
)
def test_what_does_not_exist_is_named(tmp_path: Path, text: str, unknown: str) -> None:
    with pytest.raises(ConfigError, match=f"'{unknown}' is no command or option"):
        _read(tmp_path, text)


@pytest.mark.parametrize("text", ["rpc =", "[oracle", "a = 1\na = 2", "rpc = 'x' y"])
def test_what_is_no_toml_is_a_config_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="not TOML"):
        _read(tmp_path, text)


def test_what_is_no_text_is_a_config_error(tmp_path: Path) -> None:
    path = tmp_path / "fedjury.toml"
    path.write_bytes(b"rpc = '\xff\xff'")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        default_map(path, _root())
    with pytest.raises(ConfigError, match="cannot be read"):
        default_map(tmp_path / "none", _root())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_of_any_editor(encoding: str, end: str, tmp_path: Path) -> None:
    path = tmp_path / "fedjury.toml"
    path.write_bytes(f'[demo]{end}data = "dätä"{end}'.encode(encoding))
    assert default_map(path, _root())["demo"] == {"data": "dätä"}
